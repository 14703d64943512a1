"""A loopback server that follows the description of Sentry's API (docs.sentry.io/api): fields, paging, errors."""

import json
import re
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from far import Loopback

TOKEN = "sntrys_0123456789abcdef"
EVENT_ID = "9fac2ceed9344f2bbfdd1fdacb0ed9b1"
PAGE = 2


def issue(number: int, **facts: Any) -> dict[str, Any]:
    """Return an issue as the API shows it."""
    return {
        "id": str(number),
        "shortId": f"SHOP-{number}",
        "title": f"ValueError: order {number}",
        "culprit": "shop.orders in load",
        "level": "error",
        "status": "unresolved",
        "count": str(number * 10),
        "userCount": number,
        "firstSeen": "2026-11-25T10:00:00Z",
        "lastSeen": "2026-11-26T12:00:00Z",
        "permalink": f"http://sentry.invalid/organizations/acme/issues/{number}/",
        "assignedTo": None,
        **facts,
    }


def event(event_id: str = EVENT_ID, group: int = 1) -> dict[str, Any]:
    """Return an event as the API shows it."""
    frames = [
        {
            "filename": "asyncio/events.py",
            "module": "asyncio.events",
            "function": "_run",
            "lineNo": 84,
            "inApp": False,
            "context": [[84, "        self._context.run(self._callback, *self._args)"]],
        },
        {
            "filename": "shop/orders.py",
            "module": "shop.orders",
            "function": "load",
            "lineNo": 12,
            "inApp": True,
            "context": [[11, "def load(order):"], [12, "    return int(order)"], [13, ""]],
        },
    ]
    return {
        "id": event_id,
        "eventID": event_id,
        "groupID": str(group),
        "title": "ValueError: invalid literal for int()",
        "message": "",
        "culprit": "shop.orders in load",
        "dateCreated": "2026-11-26T12:00:00Z",
        "tags": [{"key": "environment", "value": "staging"}, {"key": "release", "value": "Shop@1.2.3"}],
        "contexts": {"struct_data": {"order": "x7", "type": "default"}},
        "entries": [
            {
                "type": "exception",
                "data": {
                    "values": [{"type": "ValueError", "value": "invalid literal", "stacktrace": {"frames": frames}}]
                },
            },
            {
                "type": "breadcrumbs",
                "data": {
                    "values": [
                        {
                            "timestamp": "2026-11-26T11:59:59Z",
                            "level": "info",
                            "category": "shop",
                            "message": "Order \x1b[31mx7 came",
                        }
                    ]
                },
            },
        ],
    }


class Api(Loopback):
    """Runs the server; keeps what it was asked. `answers` are answers that come first, as (status, headers, body)."""

    def __init__(self) -> None:
        self.issues = {str(number): issue(number) for number in range(1, 6)}
        self.requests: list[tuple[str, str, Any]] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.scopes = {"event:read", "event:write", "event:admin", "project:read", "project:releases"}
        api = self

        class Handler(BaseHTTPRequestHandler):
            def respond(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                api.requests.append((self.command, self.path, body))
                if api.answers:
                    status, headers, content = api.answers.pop(0)
                elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    status, headers, content = 401, {}, b'{"detail": "Invalid token"}'
                else:
                    status, headers, content = api.answer(self.command, self.path, body)
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(content))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = respond

            def log_message(self, *args: Any) -> None:
                pass

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, target: str, body: Any) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and content of an answer."""
        path = urlsplit(target).path
        query = {key: values[0] for key, values in parse_qs(urlsplit(target).query, keep_blank_values=True).items()}
        for (verb, pattern), (scope, function) in ROUTES.items():
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                if scope not in self.scopes:
                    detail = {"detail": "You do not have permission to perform this action."}
                    return 403, {}, json.dumps(detail).encode()
                # Issues are known by number and by short id.
                names = [name.removeprefix("SHOP-") for name in found.groups()]
                return function(self, *names, query=query, body=body)
        return 404, {}, b'{"detail": "The requested resource does not exist"}'

    def page(self, values: list[Any], query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Return a page, with links to the ones before and after it."""
        start = int(query.get("cursor", "0:0:0").split(":")[1])
        more = str(start + PAGE < len(values)).lower()
        link = (
            f'<{self.url}/?cursor=0:0:1>; rel="previous"; results="{str(start > 0).lower()}"; cursor="0:0:1", '
            f'<{self.url}/?cursor=0:{start + PAGE}:0>; rel="next"; results="{more}"; cursor="0:{start + PAGE}:0"'
        )
        return 200, {"Link": link}, json.dumps(values[start : start + PAGE]).encode()


def _json(value: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {}, json.dumps(value).encode()


def _missing() -> tuple[int, dict[str, str], bytes]:
    return _json({"detail": "The requested resource does not exist"}, 404)


def _issues(api: Api, *, query: dict[str, str], body: Any) -> Any:
    wanted = query.get("query", "is:unresolved")
    return api.page([each for each in api.issues.values() if wanted in {"", f"is:{each['status']}"}], query)


def _issue(api: Api, number: str, *, query: dict[str, str], body: Any) -> Any:
    return _json(api.issues[number]) if number in api.issues else _missing()


def _update(api: Api, number: str, *, query: dict[str, str], body: Any) -> Any:
    if number not in api.issues:
        return _missing()
    if body.get("status", "resolved") not in {"resolved", "unresolved", "ignored", "resolvedInNextRelease"}:
        return _json({"status": [f'"{body["status"]}" is not a valid choice.']}, 400)
    api.issues[number].update(body)
    return _json(body)


def _delete(api: Api, number: str, *, query: dict[str, str], body: Any) -> Any:
    return (202, {}, b"") if api.issues.pop(number, None) else _missing()


def _events(api: Api, *_: str, query: dict[str, str], body: Any) -> Any:
    return api.page([event(f"{number:032x}") for number in range(3)], query)


def _event(api: Api, event_id: str, *, query: dict[str, str], body: Any) -> Any:
    return _json(event()) if event_id in {EVENT_ID, "1"} else _missing()


def _created(api: Api, *_: str, query: dict[str, str], body: Any) -> Any:
    return _json(body, 201)


def _changed(api: Api, *_: str, query: dict[str, str], body: Any) -> Any:
    return _json(body)


ORGANIZATION, PROJECT = "/api/0/organizations/acme", "/api/0/projects/acme/shop"

ROUTES: dict[tuple[str, str], tuple[str, Any]] = {
    ("GET", f"{PROJECT}/issues/"): ("event:read", _issues),
    ("GET", f"{PROJECT}/events/"): ("project:read", _events),
    ("GET", rf"{PROJECT}/events/(\w+)/"): ("project:read", _event),
    ("GET", rf"{ORGANIZATION}/issues/([\w-]+)/"): ("event:read", _issue),
    ("PUT", rf"{ORGANIZATION}/issues/([\w-]+)/"): ("event:write", _update),
    ("DELETE", rf"{ORGANIZATION}/issues/([\w-]+)/"): ("event:admin", _delete),
    ("GET", rf"{ORGANIZATION}/issues/([\w-]+)/events/"): ("event:read", _events),
    ("GET", rf"{ORGANIZATION}/issues/([\w-]+)/events/latest/"): ("event:read", _event),
    ("POST", f"{ORGANIZATION}/releases/"): ("project:releases", _created),
    ("PUT", rf"{ORGANIZATION}/releases/([^/]+)/"): ("project:releases", _changed),
    ("POST", rf"{ORGANIZATION}/releases/([^/]+)/deploys/"): ("project:releases", _created),
}
"""By method and path: the scope that is needed, and who answers."""
