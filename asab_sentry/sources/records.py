"""Log records: each becomes a breadcrumb, an event, both or nothing.

Records are taken where the logger hands them to its handlers, so `propagate=False` hides nothing. Where the root logger
lets too little through, its level is lowered and what it would have stopped is kept from all handlers, so that console,
log file and syslog show what they always did.
"""

import datetime
import logging
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import sentry_sdk

from .. import levels, marks, stacks, tags, values
from ..notices import say
from ..objects.errors import traceback_of
from ..options import Options
from ..pipeline.grouping import Issue
from ..sdk.others import OURS, SERVER_LOG
from . import breadcrumbs, frames, scopes, weblog
from .breadcrumbs import Event, Hint, LogBreadcrumb
from .capture import Capture, from_exception
from .ignored import Ignored
from .tracebacks import clean_record, step_aside
from .turns import HANDLING, THREAD, Turn, interrupting, lose

LOOP = "asab.loop"

STACK = "_asab_sentry_stack"
"""Attribute of a record of the loop: where the task waits that it is about."""

MACHINERY = frozenset({"asab.application", LOOP, "asab.pubsub", "asab.task", "asab.web"})
"""Loggers by which ASAB reports exceptions that nobody handled; Sentry shows their names as the mechanism."""

ELSEWHERE = MACHINERY - {weblog.LOGGER, LOOP}
"""Those that report them elsewhere than where they were raised: exceptions of tasks and PubSub deliveries."""

WATCHDOG = ("asab.application", "The event loop lost its interactivity. Stopping the application!")
"""Logger and message of the last words before ASAB's watchdog kills the process."""

# Looked up for each record.
ACCESS_LOG, WEB_LOGGERS = weblog.ACCESS_LOG, weblog.LOGGERS

MAX_LOGGER = 64
MAX_CATEGORY = 128
MAX_ERROR = 300

_bare = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None)))
_standard = _bare | {"message", "asctime", "taskName"}
_BARE = len(_bare)


class Records:
    """Receives the log records of the process."""

    def __init__(self, options: Options, capture: Capture) -> None:
        self._capture = capture
        self._breadcrumbs = _or_never(options.breadcrumbs if options.max_breadcrumbs else None)
        self._events = _or_never(options.events)
        self._lowest = min(self._breadcrumbs, self._events)
        self._max_breadcrumbs = options.max_breadcrumbs
        self._hooked = options.before_breadcrumb is not None
        self._tags = options.log_tags
        self._failed = options.failed_request_status_codes
        self._ignored = Ignored(options.ignore)

    def install(self) -> Callable[[], None]:
        """Receive all log records from now on; return the function that ends it."""
        shown = _Shown(self._lowest)
        call_handlers = logging.Logger.callHandlers
        handle, lowest = self.handle, self._lowest

        def receive(logger: logging.Logger, record: logging.LogRecord) -> None:
            levelno = record.levelno
            if record.name == ACCESS_LOG:
                weblog.add_trace(record)
            if record.exc_info:
                clean_record(record)
            try:
                if levelno >= shown.before or shown.to_handlers(logger):
                    call_handlers(logger, record)
            except BaseException as error:
                step_aside(error)
                raise
            finally:
                if levelno >= lowest:
                    handle(record)

        # Where a handler fails, logging prints the stack up to the first frame that is none of its own.
        receive.__code__ = receive.__code__.replace(co_filename=logging.__file__)
        # Patched in the class as sentry-sdk's own integration does it: a handler would miss what does not propagate.
        logging.Logger.callHandlers = receive  # type: ignore[method-assign,assignment]

        def uninstall() -> None:
            logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
            shown.restore()

        return uninstall

    def handle(self, record: logging.LogRecord) -> None:
        """Make of a record what it is worth. Never raises."""
        if record.name in self._ignored:
            return
        turn = THREAD.turn
        if turn.busy:
            self._put_off(turn, record)
            return
        turn.busy = True
        try:
            self._handle(record)
        finally:
            turn.busy = False
            if turn.waiting:
                turn.catch_up()

    HANDLING.append(handle.__code__)

    def _put_off(self, turn: Turn, record: logging.LogRecord) -> None:
        is_event = record.levelno >= self._events
        # A lost task may be found anywhere.
        if record.name == LOOP:
            turn.put_off(self._handle, record)
        elif turn.in_hook:
            lose(int(is_event))
        else:
            frame, is_asked = interrupting(stacks.caller())
            turn.put_off(self._handle, record, frame, is_event=is_event, is_asked=is_asked)

    def _handle(self, record: logging.LogRecord, frame: FrameType | None = None) -> None:
        """Make of a record what it is worth; `frame` is that of whoever logged it, where it is another one by now."""
        name, levelno = record.name, record.levelno
        try:
            is_web = name in WEB_LOGGERS
            is_event = weblog.is_event(record, self._failed) if is_web else None
            if is_event is None:
                is_event = levelno >= self._events
            if is_event:
                self._send(record, frame)
            if levelno >= self._breadcrumbs and not (is_web and weblog.ends_request(record, is_event=is_event)):
                breadcrumb = weblog.breadcrumb(record) if name == ACCESS_LOG else _breadcrumb(record)
                if self._hooked:
                    # What a hook makes of it may be no JSON any more: it takes the road of all other breadcrumbs.
                    given = {"data": {}, **breadcrumb, "timestamp": _moment(record)}
                    sentry_sdk.add_breadcrumb(given, hint={"log_record": record, OURS: True})
                else:
                    breadcrumbs.add(breadcrumb, self._max_breadcrumbs)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            say(logging.ERROR, f"A log record of {record.name} could not be sent ({reason})", exc_info=True)

    def _send(self, record: logging.LogRecord, frame: FrameType | None) -> None:
        error = exception(record)
        # Who logs for the loop is not who has failed.
        if record.name == LOOP:
            issue, frame = self._issue(record, error, None), record.__dict__.get(STACK)
        else:
            frame = frame or stacks.caller()
            issue = self._issue(record, error, frame)
        left = marks.take_left(error) if error is not None and record.name in ELSEWHERE else None
        if left is not None:
            with scopes.resumed(left):
                self._capture.event(issue, error, lambda: self._event(record, error, frame))
        else:
            self._capture.event(issue, error, lambda: self._event(record, error, frame))

    def _issue(self, record: logging.LogRecord, error: BaseException | None, frame: FrameType | None) -> Issue:
        grouping, template = self._capture.grouping, record.msg
        if error is not None:
            return grouping.of_exception(error, frame, record.name, lambda: message(record))
        if type(template) is not str:
            # To make a text of what may be anything can cost more than all the rest.
            return grouping.of_message(record.name, lambda: f"<{type(template).__name__}>", frame)
        return grouping.of_message(record.name, lambda: message(record), frame, template if record.args else None)

    def _event(
        self, record: logging.LogRecord, error: BaseException | None, frame: FrameType | None
    ) -> tuple[Event, Hint]:
        event: Event = {}
        hint: Hint = {}
        struct_data = record.__dict__.get("_struct_data")
        if error is not None:
            handled = record.name not in MACHINERY
            mechanism = {"type": "logging" if handled else record.name, "handled": handled}
            event, hint = from_exception((type(error), error, traceback_of(error)), mechanism)
        if self._capture.attach_stacktrace and frame is not None and (error is None or error.__traceback__ is None):
            event["threads"] = frames.all_threads() if (record.name, record.msg) == WATCHDOG else frames.threads(frame)
        event["level"] = levels.sentry(record.levelno)
        event["logger"] = record.name[:MAX_LOGGER]
        event["timestamp"] = _moment(record)
        event["logentry"] = _logentry(record)
        event["extra"] = _extra(record)
        if struct_data:
            if self._tags:
                event["tags"] = self._tags_of(struct_data)
            if record.name == weblog.LOGGER:
                if event_id := weblog.event_id(struct_data):
                    event["event_id"] = event_id
                struct_data = weblog.beside_headers(struct_data)
            event["contexts"] = {"struct_data": _struct_data(struct_data, values.CONTEXT)}
        hint["log_record"] = record
        return event, hint

    def _tags_of(self, struct_data: Any) -> dict[str, str]:
        found = {}
        for key in self._tags:
            if isinstance(struct_data, dict) and key in struct_data:
                try:
                    found[key] = tags.text(key, struct_data[key])
                except tags.InvalidTag as error:
                    say(logging.WARNING, f"{error}; it is not set")
        return found


class _Shown:
    """Lowers the level of the root logger and knows what handlers would have been given without that."""

    class _Lowered(int):
        """A level that is known again by identity: whoever sets another one since then is heard."""

    def __init__(self, lowest: int) -> None:
        self._root = logging.getLogger()
        self.before = self._root.level
        self._lowered = self._Lowered(lowest)
        if self.before > lowest:
            self._root.setLevel(self._lowered)

    def to_handlers(self, logger: logging.Logger) -> bool:
        """Return whether handlers would have been given a record below `before`."""
        if self._root.level is not self._lowered:
            return True
        # The record got here by the level of the root logger or by one that is set on the way there.
        above: logging.Logger | None = logger
        while above is not None and above is not self._root:
            if above.level:
                return True
            above = above.parent
        return False

    def restore(self) -> None:
        if self._root.level is self._lowered:
            self._root.setLevel(self.before)


def _or_never(level: int | None) -> int:
    return sys.maxsize if level is None else level


def _moment(record: logging.LogRecord) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(record.created, datetime.UTC)


def exception(record: logging.LogRecord) -> BaseException | None:
    """Return the exception that the record is about: of `exc_info`, or the message itself."""
    exc_info = record.exc_info
    if isinstance(exc_info, tuple) and isinstance(exc_info[1], BaseException):
        return exc_info[1]
    return record.msg if isinstance(record.msg, BaseException) else None


def message(record: logging.LogRecord) -> str:
    """Return the formatted message; where arguments do not fit, the message without them."""
    # Set by a formatter that was here before.
    formatted = record.__dict__.get("message")
    if formatted is None:
        formatted = record.msg
        if record.args:
            try:
                formatted = record.getMessage()
            except Exception:
                formatted = record.msg
    return values.text(formatted, values.MAX_MESSAGE)


def _breadcrumb(record: logging.LogRecord) -> LogBreadcrumb:
    facts = record.__dict__
    breadcrumb = LogBreadcrumb(
        type="log",
        level=levels.sentry(record.levelno),
        category=record.name[:MAX_CATEGORY],
        message=message(record),
        timestamp=record.created,
    )
    if more := len(facts) - _BARE:
        # Most records have nothing, or struct_data and nothing else.
        data = facts["_struct_data"] if more == 1 and "_struct_data" in facts else _data(facts)
        if data:
            # Most are plain and not looked at again: `breadcrumbs.lift` makes JSON of those that an event needs.
            breadcrumb["data"] = data.copy() if values.is_plain(data) else _struct_data(data, values.DATA)
    error = exception(record) if record.exc_info or type(record.msg) is not str else None
    if error is not None:
        breadcrumb.setdefault("data", {}).setdefault("exception", values.error(error, MAX_ERROR))
    return breadcrumb


def _data(facts: dict[Any, Any]) -> Any:
    """Return struct_data and what `extra=` added; of equal keys that of struct_data."""
    struct_data, added = facts.get("_struct_data"), _added(facts)
    if not struct_data or not added:
        return struct_data or added
    return added | (struct_data if isinstance(struct_data, dict) else {"struct_data": struct_data})


def _struct_data(struct_data: Any, bounds: dict[str, int]) -> dict[str, Any]:
    if not isinstance(struct_data, dict):
        struct_data = {"struct_data": struct_data}
    return values.mapping(struct_data, **bounds)


def _logentry(record: logging.LogRecord) -> dict[str, Any]:
    formatted = message(record)
    # Sentry shows an event without any text as "<unlabeled event>".
    entry: dict[str, Any] = {"message": formatted or record.name}
    # Of aiohttp's server it is the address of the client.
    if record.args and isinstance(record.msg, str) and record.name != SERVER_LOG:
        entry = {"message": values.text(record.msg, values.MAX_MESSAGE), "formatted": formatted}
        if isinstance(record.args, dict):
            entry["params"] = values.mapping(record.args, **values.DATA)
        else:
            entry["params"] = values.sequence(record.args, **values.DATA)
    return entry


def _added(facts: dict[Any, Any]) -> dict[Any, Any]:
    """Return what `extra=` added to a record, which takes any keys."""
    # The last two are of handlers that have formatted the record.
    if len(facts) == _BARE + ("_struct_data" in facts) + ("message" in facts) + ("asctime" in facts):
        return {}
    return {
        key: value
        for key, value in facts.items()
        if key not in _standard and not (isinstance(key, str) and key[:1] == "_")
    }


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    extra = _added(record.__dict__)
    if record.stack_info:
        extra["stack_info"] = record.stack_info
    return values.mapping(extra, **values.EXTRA) if extra else {}
