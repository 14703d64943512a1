"""Log records: each becomes a breadcrumb, an event, both or nothing."""

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

import sentry_sdk

from ..config.options import Options
from ..objects.calls import AT_ONCE, SECONDS, let_through
from ..pipeline.log_breadcrumbs import Cleaner, LogBreadcrumb, hide_secrets
from ..runtime import stacks
from ..runtime.diagnostics import reason, say
from ..runtime.reentrancy import BUSY, HANDLING, THREAD, Turn, interrupting, lose_event
from ..sdk.ignored_loggers import OF_LOGS
from ..sdk.other_setups import OURS
from . import breadcrumbs, record_facts, record_taps, usual_records
from .capture import Capture
from .ignored import Ignored
from .logs import Logs
from .record_events import LOOP, RecordEvents
from .record_rules import ORDINARY, Rule
from .usual_records import Trail


class Records:
    """Receives the log records of the process; `rules` are for records of loggers of these names."""

    def __init__(
        self,
        options: Options,
        capture: Capture,
        rules: Mapping[str, Rule],
        trail: Trail,
        *,
        logs: Logs,
        cleaner: Cleaner,
        before_kill: Callable[[], None],
    ) -> None:
        """`trail` is given each breadcrumb, `before_kill` called when ASAB's watchdog has spoken, and kills."""
        self._send = RecordEvents(options, capture, before_kill).send
        self._cleaner = cleaner
        self._trail = trail
        self._take_log = logs.take
        self._rules = rules
        self._breadcrumbs = _or_never(options.breadcrumbs if options.max_breadcrumbs else None)
        self._events = _or_never(options.events)
        self._logs = _or_never(options.logs)
        self._lowest = min(self._breadcrumbs, self._events, self._logs)
        self._hooked = options.before_breadcrumb is not None
        self._usual = sys.maxsize if self._hooked else self._breadcrumbs
        """The level from which a record is a breadcrumb that `usual_records` can leave."""
        self._max_breadcrumbs = options.max_breadcrumbs
        self._ids = options.log_ids
        self._ignored = Ignored(options.ignore)
        self._without_logs = Ignored((), OF_LOGS)
        self._take = usual_records.taking(options.max_breadcrumbs, trail, self._ignored, rules)

    def install(self) -> Callable[[], None]:
        """Receive all log records from now on; return the function that ends it."""
        # Those that are to tell the id of their event come before they are shown.
        first = self._events if self._ids else sys.maxsize
        more = min(self._events, self._logs) if self._usual == self._lowest else self._lowest
        return record_taps.install(self.handle, self._lowest, first, self._take, more)

    def handle(self, record: logging.LogRecord) -> None:
        """Make of a record what it is worth. Never raises."""
        if self._ignored.covers(record.name):
            return
        made = self._take(record) if max(self._usual, self._logs) <= record.levelno < self._events else None
        turn = THREAD.turn
        if turn.busy:
            self._put_off(turn, record)
            return
        turn.busy = True
        try:
            BUSY.add(turn)
            self._handle(record, made=made)
        finally:
            turn.busy = False
            if turn.waiting:
                turn.catch_up()
            BUSY.discard(turn)

    def _put_off(self, turn: Turn, record: logging.LogRecord) -> None:
        is_event = record.levelno >= self._events
        # A lost task may be found anywhere.
        if record.name == LOOP:
            turn.put_off(self._handle, record)
        elif turn.in_hook:
            if is_event:
                lose_event()
        else:
            frame, is_asked = interrupting(stacks.caller())
            turn.put_off(self._handle, record, frame, is_event=is_event, is_asked=is_asked)

    def _handle(
        self, record: logging.LogRecord, frame: FrameType | None = None, made: LogBreadcrumb | None = None
    ) -> None:
        """Make of a record what it is worth; `frame` is that of whoever logged it, where it is another one by now.

        `made` is its breadcrumb, if that was left already.
        """
        name, levelno = record.name, record.levelno
        is_first = AT_ONCE.left is None
        try:
            if is_first:
                AT_ONCE.left = SECONDS
            rule = self._rules.get(name) if type(name) is str else None
            is_event = None if rule is None else rule.is_event(record)
            if is_event is None:
                is_event = levelno >= self._events
            secrets = self._send(record, frame, rule or ORDINARY) if is_event else ()
            if made is None and levelno >= self._breadcrumbs:
                made = self._leave_breadcrumb(record, rule or ORDINARY, secrets, is_event=is_event)
            if levelno >= self._logs and not self._without_logs.covers(name):
                self._take_log(record, frame or stacks.caller(), rule or ORDINARY, made, secrets)
        except Exception as error:
            let_through(error)
            name = record_facts.name_of(record)
            say(logging.ERROR, f"A log record of {name} could not be sent ({reason(error)})", exc_info=True)
        finally:
            if is_first:
                AT_ONCE.left = None

    def _leave_breadcrumb(
        self, record: logging.LogRecord, rule: Rule, secrets: Sequence[str], *, is_event: bool
    ) -> LogBreadcrumb | None:
        """Leave the breadcrumb of a record; return what its log can be made of, which hides them itself."""
        if not rule.has_breadcrumb(record, is_event=is_event):
            return None
        whole = breadcrumb = rule.breadcrumb(record)
        if secrets:
            breadcrumb = LogBreadcrumb(whole)
            hide_secrets([breadcrumb], secrets, self._cleaner)
        if self._hooked:
            # What a hook makes of it may be no JSON any more: it takes the road of all other breadcrumbs.
            crumb = {"data": {}, **breadcrumb, "timestamp": record_facts.moment(record)}
            sentry_sdk.add_breadcrumb(crumb, hint={"log_record": record, OURS: True})
            return None
        breadcrumbs.add(breadcrumb, self._max_breadcrumbs)
        self._trail.note(breadcrumb)
        return whole


HANDLING.append(Records.handle.__code__)


def _or_never(level: int | None) -> int:
    return sys.maxsize if level is None else level
