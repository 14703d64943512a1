"""Sentry's web API: issues and events are read and changed, releases registered.

```python
from asab_sentry.api import Sentry

sentry = Sentry("https://sentry.io", "acme", "shop", auth_token)
for issue in sentry.issues(query="is:unresolved", period="24h"):
    print(issue["shortId"], issue["title"])
sentry.update_issue(issue["id"], status="resolved")
```

Objects are dicts, as https://docs.sentry.io/api/ describes them.
"""

import datetime
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3

from .config.masking import without_credentials
from .delivery import connections, ratelimits

Json = dict[str, Any]

TIMEOUT = 30.0
"""Seconds that an answer may take."""

PATIENCE = 120.0
"""Seconds in all that a call waits while the server says that there were too many."""

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


class SentryError(Exception):
    """A call of the API that has failed; the message is one sentence."""

    def __init__(self, message: str, status: int | None = None, detail: str = "") -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status; None where there was no answer."""
        self.detail = detail
        """What the server has said."""


class Unreachable(SentryError):
    """There is no server, it has a fault, asks for patience for too long, or is something else."""


class Refused(SentryError):
    """The token is not known, or lacks a scope."""

    scope: str | None = None
    """The scope that the call takes."""


class NotFound(SentryError):
    """There is no such organization, project, issue or event, or the token may not see it."""


class Rejected(SentryError):
    """The server does not take what it was given."""


class Sentry:
    """A project on a server that speaks Sentry's API.

    Args:
        url: The address for browsers, as in `https://sentry.io`.
        organization: Its slug or number.
        project: Its slug or number.
        auth_token: With the scopes of `SCOPES`; it is sent to `url` and nowhere else.
        pool: The connections; by default direct ones, with the certificates of the system.
        timeout: Seconds that a whole answer may take (of a `pool` of one's own: each read).
        patience: Seconds in all that a call waits when the server has had too many.
    """

    def __init__(
        self,
        url: str,
        organization: str,
        project: str,
        auth_token: str,
        *,
        pool: urllib3.PoolManager | None = None,
        timeout: float = TIMEOUT,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self.organization = organization
        self.project = project
        self._token = auth_token
        self._pool = pool or connections.bounded(urllib3.PoolManager())
        self._timeout = timeout
        self._patience = patience
        self._sleep = sleep
        self._is_bugsink: bool | None = None

    # The six endpoints

    def events(self, *, full: bool = False) -> Iterator[Json]:
        """Yield the error events of the project, the newest first; `full`: with their stacks and breadcrumbs."""
        return self._pages(f"{self._of_project}/events/", {"full": "true"} if full else {})

    def issues(self, *, query: str | None = None, period: str | None = None) -> Iterator[Json]:
        """Yield the issues of the project, the newest first.

        Args:
            query: A search, as in `is:unresolved level:error`; empty: all. By default the server's: those unresolved.
            period: Of which statistics are made, `24h`, `14d` or empty.
        """
        return self._pages(f"{self._of_project}/issues/", {"query": query, "statsPeriod": period})

    def issue_events(
        self,
        issue: str,
        *,
        start: str | None = None,
        end: str | None = None,
        environment: str | None = None,
        query: str | None = None,
        full: bool = False,
    ) -> Iterator[Json]:
        """Yield the events of an issue, the newest first; `start` and `end` are moments in ISO 8601."""
        parameters = {"start": start, "end": end, "environment": environment, "query": query}
        return self._pages(f"{self._of_issue(issue)}events/", parameters | ({"full": "true"} if full else {}))

    def issue(self, issue: str) -> Json:
        """Return an issue by its number or short id, as in `SHOP-1A`."""
        return self._ask("GET", self._of_issue(issue))

    def update_issue(self, issue: str, **changes: Any) -> Json:
        """Change `status`, `statusDetails`, `assignedTo`, `isBookmarked` and others of an issue; return them."""
        return self._ask("PUT", self._of_issue(issue), changes)

    def delete_issue(self, issue: str) -> None:
        """Remove an issue with its events."""
        self._request("DELETE", self._of_issue(issue))

    # What goes with them

    def event(self, event_id: str) -> Json:
        """Return an event by its id, also as a UUID with dashes."""
        return self._ask("GET", f"{self._of_project}/events/{quote(event_id.replace('-', ''), safe='')}/")

    def newest_event(self, issue: str) -> Json:
        """Return the newest event of an issue."""
        return self._ask("GET", f"{self._of_issue(issue)}events/latest/")

    def create_release(self, version: str, **facts: Any) -> Json:
        """Register a release of the project; `refs` and `commits` say what is in it. One that is known stays."""
        body = {"version": version, "projects": [self.project], **facts}
        return self._ask("POST", f"{self._of_organization}/releases/", body)

    def finalize_release(self, version: str) -> Json:
        """Say that a release is out since now."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return self._ask("PUT", self._of_release(version), {"dateReleased": now})

    def create_deploy(self, version: str, environment: str) -> Json:
        """Say that a release was deployed to an environment now."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        body = {"environment": environment, "dateFinished": now}
        return self._ask("POST", f"{self._of_release(version)}deploys/", body)

    def is_bugsink(self) -> bool:
        """Return whether this is a Bugsink, which takes events as Sentry does and has an API of its own."""
        if self._is_bugsink is None:
            self._is_bugsink = self._has("/api/canonical/0/")
        return self._is_bugsink

    def _has(self, path: str) -> bool:
        try:
            response = self._answer("GET", path)
        except Unreachable:
            return False
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        return response.status in {200, 401, 403} and is_json

    @property
    def _of_organization(self) -> str:
        return f"/api/0/organizations/{quote(self.organization, safe='')}"

    @property
    def _of_project(self) -> str:
        return f"/api/0/projects/{quote(self.organization, safe='')}/{quote(self.project, safe='')}"

    def _of_issue(self, issue: str) -> str:
        return f"{self._of_organization}/issues/{quote(issue, safe='')}/"

    def _of_release(self, version: str) -> str:
        return f"{self._of_organization}/releases/{quote(version, safe='')}/"

    def _pages(self, path: str, parameters: Mapping[str, str | None]) -> Iterator[Json]:
        wanted = {name: value for name, value in parameters.items() if value is not None}
        cursor: str | None = None
        known = set()
        empty = 0
        while cursor not in known and empty < MAX_EMPTY:
            known.add(cursor)
            response = self._request("GET", path, fields=wanted | ({"cursor": cursor} if cursor else {}))
            page = self._content(response, path)
            if not isinstance(page, list) or not all(isinstance(entry, dict) for entry in page):
                raise self._odd(path, "no list of objects")
            yield from page
            empty = 0 if page else empty + 1
            cursor = next_cursor(response.headers.get("Link", ""))
            if cursor is None:
                return

    def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        response = self._request(method, path, body=None if body is None else json.dumps(body).encode())
        content = self._content(response, path)
        if not isinstance(content, dict):
            raise self._odd(path, "no object")
        return content

    def _content(self, response: connections.Response, path: str) -> Any:
        if response.error:
            raise self._odd(path, f"no whole answer: {response.error}")
        try:
            return json.loads(response.data)
        except (ValueError, RecursionError):
            raise self._odd(path, "something else than JSON") from None

    def _odd(self, path: str, what: str) -> "Unreachable":
        return Unreachable(f"{self._host} answers {path} with {what}", 200)

    def _request(self, method: str, path: str, **more: Any) -> connections.Response:
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

    def _answer(self, method: str, path: str, **more: Any) -> connections.Response:
        try:
            # Not elsewhere: the token is for this server.
            response = self._pool.request(
                method,
                self.url + path,
                timeout=self._timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                **more,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:  # a ValueError: what is no URL
            said = without_credentials(f"{type(error).__name__}: {error}")
            raise Unreachable(f"{self._host} is not reachable ({said})") from None
        return connections.read(response, LARGEST)

    @property
    def _host(self) -> str:
        return _without_query(self.url)

    def _error(self, method: str, path: str, response: connections.Response) -> SentryError:
        status, detail = response.status, _detail(response.data).replace(self._token, "***")
        said = f"HTTP {status}" + (f", {detail}" if detail else "")
        if status in {401, 403}:
            refused = Refused(f"{self._host} refuses the token ({said})", status, detail)
            if status == 403:
                # /api/0/organizations/acme/issues/…, /api/0/projects/acme/shop/events/…
                parts = path.split("/")
                refused.scope = SCOPES.get((method, parts[5 if parts[3] == "organizations" else 6]))
            return refused
        if status == 404:
            return NotFound(f"{self._host} has no {path} ({said})", status, detail)
        if status == 429 or status >= 500:
            return Unreachable(f"{self._host} does not answer ({said})", status, detail)
        if status < 400:
            location = _without_query(response.headers.get("Location", "nowhere"))
            return Unreachable(f"{self._host} sends to {location} instead ({said})", status)
        return Rejected(f"{self._host} does not take it ({said})", status, detail)


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
        said = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    detail = said.get("detail", said) if isinstance(said, dict) else said
    if isinstance(detail, dict):
        detail = detail.get("message") or "; ".join(
            f"{key}: {' '.join(map(str, value)) if isinstance(value, list) else value}" for key, value in detail.items()
        )
    return " ".join(str(detail).split())[:MAX_TEXT]
