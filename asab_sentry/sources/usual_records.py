"""Records that hold nothing but texts and numbers, as most do, and what becomes of those that are no events.

That is one function, as calls are most of what it would cost. What it does not take is for `records` to handle.
"""

import logging
from collections.abc import Callable, Container
from typing import Any, Protocol

import sentry_sdk

from ..config import levels
from ..objects.cache import Cache
from ..objects.calls import let_through
from ..objects.json_values import FEW, MAX_MESSAGE, SHORT
from ..pipeline.log_breadcrumbs import Event, LogBreadcrumb
from ..runtime.reentrancy import BUSY, THREAD
from ..sdk.ignored_loggers import SETS
from .ignored import Ignored
from .record_facts import BARE, MAX_CATEGORY, SIMPLE

MAX_KNOWN = 4096
WITH_DATA = BARE + 1

Take = Callable[[logging.LogRecord], LogBreadcrumb | None]
"""Leaves the breadcrumb of a record and returns it; None where nothing was done. Only signal handlers raise there."""

Common = tuple[str, str, dict[str, Any], dict[str, Any]]
"""What breadcrumbs of a logger and a level have in common: both, what those without data have, and those with it."""


class Trail(Protocol):
    """Who else is given what each record says."""

    write: Callable[[str, str, str, float], object]
    """Given the message, the name of the logger, the level and the time. May be another function at any time."""

    def note(self, breadcrumb: Event) -> None:
        """Do the same with a breadcrumb."""


_levels = {levelno: levels.sentry(levelno) for levelno in levels.NAMES.values()}
_isolation_scope = sentry_sdk.Scope.get_isolation_scope
_LogRecord = logging.LogRecord


def _nothing_known() -> dict[int, Cache[str, Common]]:
    return {levelno: Cache(MAX_KNOWN) for levelno in _levels}


def taking(limit: int, trail: Trail, ignored: Ignored, rules: Container[str]) -> Take:  # noqa: C901, PLR0915
    """Return what takes usual records: of their breadcrumbs the newest `limit` are left in the current isolation scope.

    A breadcrumb is that of `breadcrumbs.made_of`. `rules` are the names of loggers whose records are none of these.
    """
    seen: tuple[frozenset[str], ...] = ()
    commons = _nothing_known()

    def find_common(name: str, levelno: int) -> Common | None:
        nonlocal seen, commons
        if seen != SETS:
            # Anew, as another thread may be about to add what it was told before. The sets last, as a signal handler
            # may come here meanwhile.
            now, commons = tuple(map(frozenset, SETS)), _nothing_known()
            seen = now
        known, level = commons[levelno], _levels[levelno]
        if type(name) is not str or len(name) > MAX_CATEGORY or name in rules or ignored.covers(name):
            return None
        common = {"type": "log", "level": level, "category": name, "message": "", "timestamp": 0.0}
        return known.add(name, (name, level, common, {**common, "data": None}))

    def take(record: logging.LogRecord) -> LogBreadcrumb | None:  # noqa: C901, PLR0911, PLR0912
        try:
            facts, created = record.__dict__, record.created
            name, message, args = record.name, record.msg, record.args
            if (
                type(record) is not _LogRecord
                or type(message) is not str
                or type(args) is not tuple
                or type(created) is not float
                or record.exc_info
                or (BUSY and THREAD.turn.busy)
            ):
                return None
            levelno = record.levelno
            common = commons[levelno].get(name)
            if common is None or seen != SETS:
                common = find_common(name, levelno)
                if common is None:
                    return None
            data: Any = facts.get("_struct_data")
            value: Any
            known = BARE if data is None else WITH_DATA
            if len(facts) != known:  # a handler was here before, or somebody has added something
                message = facts.get("message")
                if type(message) is not str or len(facts) != known + 1 + ("asctime" in facts):
                    return None
            elif args:
                for value in args:
                    kind = type(value)
                    if kind not in SIMPLE or (kind is str and len(value) > MAX_MESSAGE):
                        return None
                message = message % args
            if len(message) > MAX_MESSAGE or not message.isascii():
                return None
            category, level, without_data, with_data = common
            if data is None:
                breadcrumb = LogBreadcrumb(without_data)
            else:
                if type(data) is not dict or not 0 < len(data) <= FEW:
                    return None
                data = data.copy()  # another thread may change it meanwhile
                for value in data.values():
                    kind = type(value)
                    if kind not in SIMPLE or (kind is str and len(value) > SHORT):
                        return None
                breadcrumb = LogBreadcrumb(with_data)
                # Not looked at again before an event needs it: `log_breadcrumbs.put_back` makes JSON of it.
                breadcrumb["data"] = data
            breadcrumb["message"] = message
            breadcrumb["timestamp"] = created
            trail.write(message, category, level, created)
            # Private, because `Scope.add_breadcrumb` copies into a plain dict and looks up client and hooks each time.
            kept = _isolation_scope()._breadcrumbs  # noqa: SLF001
            kept.append(breadcrumb)
            while len(kept) > limit:
                kept.popleft()
        except Exception as error:
            let_through(error)
            return None
        return breadcrumb

    return take
