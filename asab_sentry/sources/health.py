"""How the work of a service goes, counted: sessions for Sentry's release health, and Apdex by route.

A request, and a task of the TaskService, is a session: crashed when it ended with an exception or a status of 500 and
above, errored when an error was reported meanwhile, else healthy. Sent are the numbers of each minute,
https://develop.sentry.dev/sdk/telemetry/sessions/#session-aggregates-payload.
"""

import asyncio
import contextvars
import datetime
import time
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from sentry_sdk.envelope import Envelope

from ..config.identity import Identity
from ..config.options import Options
from ..runtime.locks import Lock

MINUTE = 60

FAILED = 500
"""HTTP statuses from this one on are failures of the service."""

ERRORS = frozenset({None, "error", "fatal"})
"""Levels of events by which a session is errored."""

MOST_ROUTES = 500
"""Routes that are counted each for itself."""

OTHERS = "(others)"


class Begun(NamedTuple):
    """A unit of work that is counted when it has ended: when it began, and whether errors were reported since."""

    moment: float
    errors: list[None]


_begun: contextvars.ContextVar[Begun | None] = contextvars.ContextVar("asab_sentry_begun", default=None)


def begin() -> Begun:
    """Begin a unit of work that is counted."""
    begun = Begun(time.perf_counter(), [])
    _begun.set(begun)
    return begun


_errors = 0
_tasks_with_errors: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
"""Tasks that are a part of no request, of which the TaskService may have some."""


def note_error() -> None:
    """Note that an error is reported in this unit of work."""
    global _errors  # noqa: PLW0603  # of the process
    _errors += 1
    begun = _begun.get()
    if begun is not None:
        if not begun.errors:
            begun.errors.append(None)
    elif (task := _current_task()) is not None:
        _tasks_with_errors.add(task)


def is_without_error() -> bool:
    """Return whether this is work that may be counted, in which no error was reported until now."""
    begun = _begun.get()
    if begun is not None:
        return not begun.errors
    task = _current_task()
    return task is not None and task not in _tasks_with_errors


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop runs in this thread
        return None


class Sessions:
    """Counts sessions by minute and outcome, and sends what is over. `facts` are release and environment."""

    def __init__(self, facts: dict[str, str], send: Callable[[Envelope], None]) -> None:
        self._facts = facts
        self._send = send
        self._lock = Lock(self._begin)
        self._begin()

    def _begin(self) -> None:
        self._counts: Counter[tuple[int, str]] = Counter()

    def count(self, *, crashed: bool, errored: bool) -> None:
        """Count a session that has ended."""
        outcome = "crashed" if crashed else "errored" if errored else "exited"
        with self._lock:
            # In one go: a signal handler between reading and writing would not be counted.
            self._counts.update(((int(time.time()) // MINUTE, outcome),))

    def send(self, *, everything: bool = False) -> None:
        """Send the minutes that are over, or all."""
        now = int(time.time()) // MINUTE
        if not self._counts or (not everything and all(minute >= now for minute, _ in list(self._counts))):
            return
        with self._lock:
            counts, self._counts = self._counts, Counter()
            later = {key: number for key, number in counts.items() if key[0] >= now and not everything}
            self._counts.update(later)
        minutes: dict[int, dict[str, Any]] = {}
        for (minute, outcome), number in counts.items():
            if (minute, outcome) not in later:
                started = datetime.datetime.fromtimestamp(minute * MINUTE, datetime.UTC)
                minutes.setdefault(minute, {"started": started.strftime("%Y-%m-%dT%H:%M:%SZ")})[outcome] = number
        envelope = Envelope()
        envelope.add_sessions({"attrs": self._facts, "aggregates": [minutes[minute] for minute in sorted(minutes)]})
        self._send(envelope)


class Apdex:
    """Counts requests by route as satisfied, tolerated and frustrated, https://www.apdex.org."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._lock = Lock(self._begin)
        self._begin()

    def _begin(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def count(self, route: str, seconds: float, *, failed: bool) -> None:
        """Count a request that was answered after so many seconds."""
        if failed or seconds > 4 * self._threshold:
            outcome = "frustrated"
        else:
            outcome = "satisfied" if seconds <= self._threshold else "tolerated"
        with self._lock:
            counts = self._counts.get(route)
            if counts is None:
                if len(self._counts) >= MOST_ROUTES:
                    route = OTHERS
                counts = self._counts.setdefault(route, Counter())
            counts.update((outcome,))

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many requests of each route were `satisfied`, `tolerated` and `frustrated` since the start."""
        return {
            route: {outcome: counts[outcome] for outcome in ("satisfied", "tolerated", "frustrated")}
            for route, counts in list(self._counts.items())
        }

    @property
    def scores(self) -> dict[str, float]:
        """The Apdex of each route since the start: from 0, all frustrated, to 1, all satisfied."""
        return {
            route: round((counts["satisfied"] + counts["tolerated"] / 2) / sum(counts.values()), 4)
            for route, counts in self.counts.items()
        }


class Health:
    """What is told of each request and task that has ended."""

    def __init__(self, sessions: Sessions | None, apdex: Apdex | None) -> None:
        self.sessions = sessions
        self.apdex = apdex
        self._errors_before = _errors
        self.is_on = sessions is not None or apdex is not None
        self.has_units = False
        """Whether there are requests or tasks that are sessions, so that the run of the process is none."""

    @property
    def has_errors(self) -> bool:
        """Whether an error was reported in the process since this was made."""
        return _errors != self._errors_before

    def count_request(self, request: Begun, status: int, route: Callable[[], str | None]) -> None:
        """Count a request that was answered with a status; `route` returns None for one that Apdex leaves out."""
        failed = status >= FAILED
        if self.sessions is not None:
            self.sessions.count(crashed=failed, errored=bool(request.errors))
        if self.apdex is not None and (name := route()) is not None:
            self.apdex.count(name, time.perf_counter() - request.moment, failed=failed)

    def send(self, *, everything: bool = False) -> None:
        """Send the sessions of the minutes that are over, or all."""
        if self.sessions is not None:
            self.sessions.send(everything=everything)

    def count_task(self, message_type: str, task: Any) -> None:  # noqa: ARG002  # PubSub gives it
        """Count a task that the TaskService has waited for (a subscriber of `TaskService.task_done!`)."""
        self.has_units = True
        if self.sessions is not None:
            crashed = not task.cancelled() and task.exception() is not None
            self.sessions.count(crashed=crashed, errored=task in _tasks_with_errors)


def make(options: Options, identity: Identity, send: Callable[[Envelope], None]) -> Health:
    """Return what is counted, by configuration; Sentry takes sessions of releases only."""
    facts = {"release": identity.release or "", "environment": identity.environment}
    tracked = options.auto_session_tracking and identity.release
    threshold = options.apdex_threshold
    return Health(Sessions(facts, send) if tracked else None, None if threshold is None else Apdex(threshold))
