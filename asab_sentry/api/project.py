"""A project on a server that speaks Sentry's API: its issues, events and releases."""

import datetime
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import urllib3

from ..delivery import connections
from .calls import Calls, Json

TIMEOUT = 30.0
"""Seconds that an answer may take."""

PATIENCE = 120.0
"""Seconds in all that a call waits while the server says that there were too many."""


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
        self._calls = Calls(
            self.url,
            auth_token,
            pool or connections.bounded(urllib3.PoolManager()),
            timeout=timeout,
            patience=patience,
            sleep=sleep,
        )
        self._is_bugsink: bool | None = None

    def events(self, *, full: bool = False) -> Iterator[Json]:
        """Yield the error events of the project, the newest first; `full`: with their stacks and breadcrumbs."""
        return self._calls.pages(f"{self._of_project}/events/", {"full": "true"} if full else {})

    def issues(self, *, query: str | None = None, period: str | None = None) -> Iterator[Json]:
        """Yield the issues of the project, the newest first.

        Args:
            query: A search, as in `is:unresolved level:error`; empty: all. By default the server's: those unresolved.
            period: Of which statistics are made, `24h`, `14d` or empty.
        """
        return self._calls.pages(f"{self._of_project}/issues/", {"query": query, "statsPeriod": period})

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
        return self._calls.pages(f"{self._of_issue(issue)}events/", parameters | ({"full": "true"} if full else {}))

    def issue(self, issue: str) -> Json:
        """Return an issue by its number or short id, as in `SHOP-1A`."""
        return self._calls.ask("GET", self._of_issue(issue))

    def update_issue(self, issue: str, **changes: Any) -> Json:
        """Change `status`, `statusDetails`, `assignedTo`, `isBookmarked` and others of an issue; return them."""
        return self._calls.ask("PUT", self._of_issue(issue), changes)

    def delete_issue(self, issue: str) -> None:
        """Remove an issue with its events."""
        self._calls.request("DELETE", self._of_issue(issue))

    def event(self, event_id: str) -> Json:
        """Return an event by its id, also as a UUID with dashes."""
        return self._calls.ask("GET", f"{self._of_project}/events/{quote(event_id.replace('-', ''), safe='')}/")

    def newest_event(self, issue: str) -> Json:
        """Return the newest event of an issue."""
        return self._calls.ask("GET", f"{self._of_issue(issue)}events/latest/")

    def create_release(self, version: str, **facts: Any) -> Json:
        """Register a release of the project; `refs` and `commits` say what is in it. One that is known stays."""
        body = {"version": version, "projects": [self.project], **facts}
        return self._calls.ask("POST", f"{self._of_organization}/releases/", body)

    def finalize_release(self, version: str) -> Json:
        """Say that a release is out since now."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return self._calls.ask("PUT", self._of_release(version), {"dateReleased": now})

    def create_deploy(self, version: str, environment: str) -> Json:
        """Say that a release was deployed to an environment now."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        body = {"environment": environment, "dateFinished": now}
        return self._calls.ask("POST", f"{self._of_release(version)}deploys/", body)

    def is_bugsink(self) -> bool:
        """Return whether this is a Bugsink, which takes events as Sentry does and has an API of its own."""
        if self._is_bugsink is None:
            self._is_bugsink = self._calls.has("/api/canonical/0/")
        return self._is_bugsink

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
