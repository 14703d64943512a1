"""Calls of the API over HTTP: with patience, page by page, and what refusals mean."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import urllib3

from ..config.masking import without_credentials
from ..delivery import connections, ratelimits
from ..delivery.responses import first_cause
from .errors import NotFound, Refused, Rejected, SentryError, Unreachable

Json = dict[str, Any]

LARGEST = 100 * 1024 * 1024
"""Bytes that an answer may have; a page of a hundred full events has some ten million."""

MAX_EMPTY = 10
"""Pages without anything, one after the other, until there are no more."""

MAX_TEXT = 500
"""Of what a server says, in characters."""

SCOPES = {
    ("GET", "events"): "project:read",
    ("GET", "issues"): "event:read",
    ("PUT", "issues"): "event:write",
    ("DELETE", "issues"): "event:admin",
    ("POST", "releases"): "project:releases",
    ("PUT", "releases"): "project:releases",
}
"""By method and by what it is about: the scope that the token has to have."""


class Calls:
    """Calls of one server, each with the token; they raise `SentryError`."""

    def __init__(
        self,
        url: str,
        token: str,
        pool: urllib3.PoolManager,
        *,
        timeout: float,
        patience: float,
        sleep: Callable[[float], None],
    ) -> None:
        self.url = url
        self._token = token
        self._pool = pool
        self._timeout = timeout
        self._patience = patience
        self._sleep = sleep

    def pages(self, path: str, parameters: Mapping[str, str | None]) -> Iterator[Json]:
        """Yield what a list has, page by page; parameters that are None are left out."""
        wanted = {name: value for name, value in parameters.items() if value is not None}
        cursor: str | None = None
        known = set()
        empty = 0
        while cursor not in known and empty < MAX_EMPTY:
            known.add(cursor)
            response = self.request("GET", path, fields=wanted | ({"cursor": cursor} if cursor else {}))
            page = self._content(response, path)
            if not isinstance(page, list) or not all(isinstance(entry, dict) for entry in page):
                raise self._odd(path, "no list of objects")
            yield from page
            empty = 0 if page else empty + 1
            cursor = next_cursor(response.headers.get("Link", ""))
            if cursor is None:
                return

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Return the object that is the answer."""
        response = self.request(method, path, body=None if body is None else json.dumps(body).encode())
        content = self._content(response, path)
        if not isinstance(content, dict):
            raise self._odd(path, "no object")
        return content

    def request(self, method: str, path: str, **more: Any) -> connections.Response:
        """Return an answer that is no error; `more` is for the pool."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if more.get("body") is not None:
            headers["Content-Type"] = "application/json"
        patience = self._patience
        while True:
            response = self._answer(method, path, headers=headers, **more)
            wait = _wait(response.headers) if response.status == 429 else None
            if wait is None or wait > patience:
                break
            patience -= wait
            self._sleep(wait)
        if not 200 <= response.status < 300:
            raise self._error(method, path, response)
        return response

    def has(self, path: str) -> bool:
        """Return whether there is something under a path that speaks JSON."""
        try:
            response = self._answer("GET", path)
        except Unreachable:
            return False
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        return response.status in {200, 401, 403} and is_json

    def _content(self, response: connections.Response, path: str) -> Any:
        if response.error:
            raise self._odd(path, f"no whole answer: {response.error}")
        try:
            return json.loads(response.data)
        except (ValueError, RecursionError):
            raise self._odd(path, "something else than JSON") from None

    def _odd(self, path: str, what: str) -> Unreachable:
        return Unreachable(f"{self._host} answers {path} with {what}", 200)

    def _answer(self, method: str, path: str, **more: Any) -> connections.Response:
        try:
            response = self._pool.request(
                method,
                self.url + path,
                timeout=self._timeout,
                retries=False,
                **connections.UNREAD,
                **more,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:  # a ValueError: what is no URL
            reason = without_credentials(first_cause(error))
            raise Unreachable(f"{self._host} is not reachable ({reason})") from None
        return connections.read(response, LARGEST)

    @property
    def _host(self) -> str:
        return _without_query(self.url)

    def _error(self, method: str, path: str, response: connections.Response) -> SentryError:
        status, detail = response.status, _detail(response.data).replace(self._token, "***")
        answer = f"HTTP {status}" + (f", {detail}" if detail else "")
        if status in {401, 403}:
            refused = Refused(f"{self._host} refuses the token ({answer})", status, detail)
            if status == 403:
                # /api/0/organizations/acme/issues/…, /api/0/projects/acme/shop/events/…
                parts = path.split("/")
                refused.scope = SCOPES.get((method, parts[5 if parts[3] == "organizations" else 6]))
            return refused
        if status == 404:
            return NotFound(f"{self._host} has no {path} ({answer})", status, detail)
        if status == 429 or status >= 500:
            return Unreachable(f"{self._host} does not answer ({answer})", status, detail)
        if status < 400:
            location = _without_query(response.headers.get("Location", "nowhere"))
            return Unreachable(f"{self._host} sends to {location} instead ({answer})", status)
        return Rejected(f"{self._host} does not take it ({answer})", status, detail)


def next_cursor(link: str) -> str | None:
    """Return the cursor of the next page, None on the last one: `<…>; rel="next"; results="true"; cursor="…"`."""
    for part in link.split(", <"):
        facts = dict(re.findall(r';\s*(\w+)="([^"]*)"', part))
        if facts.get("rel") == "next" and facts.get("results") == "true":
            return facts.get("cursor") or None
    return None


def _wait(headers: Mapping[str, str]) -> float:
    """Return for how many seconds the server wants to be left alone, at least one."""
    delay = ratelimits.delay_of(headers.get("Retry-After") or "", headers.get("Date") or "")
    if delay is None:
        reset = ratelimits.number(headers.get("X-Sentry-Rate-Limit-Reset") or "")
        delay = 0.0 if reset is None else reset - time.time()
    return max(delay, 1.0)


def _without_query(url: str) -> str:
    """Return the host and path of an address, without a login and a query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "what is no URL"
    return parts.netloc.rpartition("@")[2] + parts.path


def _detail(content: bytes) -> str:
    """Return what the server says of an error: a text, or what is wrong with which field."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    detail = answer.get("detail", answer) if isinstance(answer, dict) else answer
    if isinstance(detail, dict):
        detail = detail.get("message") or "; ".join(
            f"{key}: {' '.join(map(str, value)) if isinstance(value, list) else value}" for key, value in detail.items()
        )
    return " ".join(str(detail).split())[:MAX_TEXT]
