"""Log records as events."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from .. import tags
from ..config import levels
from ..config.options import Options
from ..objects import json_values
from ..objects.calls import is_interrupt
from ..objects.errors import traceback_of
from ..objects.kinds import name_of
from ..pipeline import exception_marks
from ..pipeline.grouping import Issue
from ..pipeline.last_stage import SECRETS
from ..pipeline.log_breadcrumbs import Event, Hint
from ..runtime import stacks
from . import frames, record_facts
from .capture import Capture, from_exception
from .headroom import with_room
from .record_rules import Rule
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


class RecordEvents:
    """Makes events of log records; `before_kill` is called when ASAB's watchdog has spoken, and kills."""

    def __init__(self, options: Options, capture: Capture, before_kill: Callable[[], None]) -> None:
        self._capture = capture
        self._before_kill = before_kill
        self._tags = options.log_tags
        self._ids = options.log_ids

    def send(self, record: logging.LogRecord, frame: FrameType | None, rule: Rule) -> Sequence[str]:
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


def _is_of_watchdog(record: logging.LogRecord) -> bool:
    return type(record.msg) is str and (record.name, record.msg) == WATCHDOG
