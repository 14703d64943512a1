"""Log records: each becomes a breadcrumb, an event, both or nothing."""

import contextlib
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

import sentry_sdk

from .. import tags
from ..config import levels
from ..config.options import Options
from ..objects import json_values
from ..objects.calls import AT_ONCE, SECONDS, is_interrupt, let_through
from ..objects.errors import traceback_of
from ..objects.kinds import name_of
from ..pipeline import exception_marks
from ..pipeline.grouping import Issue
from ..pipeline.last_stage import SECRETS
from ..pipeline.log_breadcrumbs import Cleaner, Event, Hint, LogBreadcrumb, hide_secrets
from ..runtime import stacks
from ..runtime.diagnostics import reason, say
from ..runtime.reentrancy import BUSY, HANDLING, THREAD, Turn, interrupting, lose_event
from ..sdk.ignored_loggers import OF_LOGS
from ..sdk.other_setups import OURS
from . import breadcrumbs, frames, record_facts, record_taps, usual_records
from .capture import Capture, from_exception
from .headroom import with_room
from .ignored import Ignored
from .logs import Logs
from .record_rules import ORDINARY, Rule
from .usual_records import Trail
from .work import scopes

LOOP = "asab.loop"

STACK = "_asab_sentry_stack"
"""Attribute of a record of the loop: where the task waits that it is about."""

ELSEWHERE = frozenset({"asab.application", "asab.pubsub", "asab.task"})
"""Loggers by which ASAB reports exceptions that nobody handled elsewhere than where they were raised."""

MACHINERY = ELSEWHERE | {LOOP}
"""All loggers, beside those of rules, that report such exceptions; Sentry shows their names as the mechanism."""

WATCHDOG = ("asab.application", "The event loop lost its interactivity. Stopping the application!")
"""Logger and message of the last words before ASAB's watchdog kills the process."""

MAX_REDUCED = 1000
"""Of the message of an event that cannot be made as a whole."""


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
        self._capture = capture
        self._cleaner = cleaner
        self._trail = trail
        self._take_log = logs.take
        self._before_kill = before_kill
        self._rules = rules
        self._breadcrumbs = _or_never(options.breadcrumbs if options.max_breadcrumbs else None)
        self._events = _or_never(options.events)
        self._logs = _or_never(options.logs)
        self._lowest = min(self._breadcrumbs, self._events, self._logs)
        self._hooked = options.before_breadcrumb is not None
        self._usual = sys.maxsize if self._hooked else self._breadcrumbs
        """The level from which a record is a breadcrumb that `usual_records` can leave."""
        self._max_breadcrumbs = options.max_breadcrumbs
        self._tags = options.log_tags
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

    def _send(self, record: logging.LogRecord, frame: FrameType | None, rule: Rule) -> Sequence[str]:
        """Make an event of a record; return what that has told to be secret in its texts."""
        # Who logs for the loop is not who has failed.
        frame = None if record.name == LOOP else frame or stacks.caller()
        return with_room(self._send_with_room, record, frame, rule)

    def _send_with_room(self, record: logging.LogRecord, frame: FrameType | None, rule: Rule) -> Sequence[str]:
        error = record_facts.exception(record)
        interrupt: BaseException | None = None
        secrets: list[str] = []
        try:
            issue = self._issue(record, error, frame, rule)
        except BaseException as failure:  # as of a signal handler: it goes on to the application when the event is made
            interrupt = failure if is_interrupt(failure) or not isinstance(failure, Exception) else None
            issue = Issue((record_facts.name_of(record), json_values.text(record.msg, MAX_REDUCED)))
        if record.name == LOOP:
            frame = record.__dict__.get(STACK)

        def facts() -> Event:
            return {
                "level": levels.sentry(record.levelno),
                "logger": record_facts.name_of(record)[: record_facts.MAX_LOGGER],
                "timestamp": record_facts.moment(record),
                "logentry": {"message": json_values.text(record.msg, MAX_REDUCED)},
            }

        def build() -> tuple[Event, Hint]:
            event, hint = self._event(record, error, frame, facts(), rule)
            return event, hint | {SECRETS: secrets}

        if error is None:
            event_id = self._capture.event(issue, error, build, facts)
        else:
            with self._place(record, error):
                event_id = self._capture.event(issue, error, build, facts)
        if self._ids and event_id is not None:
            record_facts.add_id(record, event_id)
        if event_id is not None and _is_of_watchdog(record):
            self._before_kill()
        if interrupt is not None:
            raise interrupt
        return secrets

    @staticmethod
    def _place(record: logging.LogRecord, error: BaseException) -> contextlib.AbstractContextManager[None]:
        """Return where the event of an exception is made: what it has left behind explains it."""
        if record_facts.name_of(record) in ELSEWHERE:
            return scopes.resumed(exception_marks.take_left(error))
        return scopes.joined(error)

    def _issue(
        self, record: logging.LogRecord, error: BaseException | None, frame: FrameType | None, rule: Rule
    ) -> Issue:
        grouping, template, logger = self._capture.grouping, record.msg, record_facts.name_of(record)
        if error is not None:
            issue = grouping.of_exception(error, frame, logger, lambda: record_facts.message(record))
            return rule.issue(issue, error)
        if type(template) is not str:
            # To make a text of what may be anything can cost more than all the rest.
            text = record_facts.event_of(template) or f"<{name_of(type(template))}>"
            return grouping.of_message(logger, lambda: text, frame)
        has_args = record_facts.has_args(record)
        return grouping.of_message(logger, lambda: record_facts.message(record), frame, template if has_args else None)

    def _event(
        self, record: logging.LogRecord, error: BaseException | None, frame: FrameType | None, facts: Event, rule: Rule
    ) -> tuple[Event, Hint]:
        event: Event = {}
        hint: Hint = {}
        if error is not None:
            name = record_facts.name_of(record)
            handled = not (rule.is_machinery or name in MACHINERY)
            mechanism = {"type": "logging" if handled else name, "handled": handled}
            event, hint = from_exception((type(error), error, traceback_of(error)), mechanism)
        if self._capture.attach_stacktrace and frame is not None and (error is None or traceback_of(error) is None):
            event["threads"] = frames.all_threads() if _is_of_watchdog(record) else frames.threads(frame)
        event |= facts
        event["logentry"] = record_facts.logentry(record, with_template=rule.shows_template)
        event["extra"] = record_facts.added(record)
        data = record.__dict__.get("_struct_data")
        if not record_facts.is_nothing(data):
            if self._tags:
                event["tags"] = self._tags_of(data)
            data = rule.complete(event, data)
            event["contexts"] = {"struct_data": record_facts.struct_data(data, json_values.CONTEXT)}
        hint["log_record"] = record
        return event, hint

    def _tags_of(self, struct_data: Any) -> dict[str, str]:
        if not issubclass(type(struct_data), dict):
            return {}
        keys = (key for key in self._tags if dict.__contains__(struct_data, key))
        return tags.usable(((key, dict.__getitem__(struct_data, key)) for key in keys), logging.WARNING)


HANDLING.append(Records.handle.__code__)


def _or_never(level: int | None) -> int:
    return sys.maxsize if level is None else level


def _is_of_watchdog(record: logging.LogRecord) -> bool:
    return type(record.msg) is str and (record.name, record.msg) == WATCHDOG
