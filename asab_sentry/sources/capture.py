"""Events: asked about first, then built, then handed to sentry-sdk. Exceptions and messages that are no log records."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import sentry_sdk

from .. import levels, marks, stacks, tags, values
from ..finalizing import keep_modules
from ..notices import say
from ..objects.errors import traceback_of
from ..pipeline import grouping
from ..pipeline.gate import Gate
from ..pipeline.grouping import Issue
from ..sdk.client import TICKET
from . import exceptions, frames, scopes
from .breadcrumbs import Event, Hint
from .turns import THREAD

SCOPE_ARGS = frozenset({"user", "level", "extras", "contexts", "tags", "fingerprint"})


class Capture:
    """The way of all events of this package into sentry-sdk. Its methods never raise."""

    def __init__(self, gate: Gate, *, attach_stacktrace: bool) -> None:
        self._gate = gate
        self.grouping = gate.grouping
        self.attach_stacktrace = attach_stacktrace

    def event(
        self,
        issue: Issue,
        error: BaseException | None,
        build: Callable[[], tuple[Event, Hint]],
        scope: Any = None,
        scope_args: dict[str, Any] | None = None,
    ) -> str | None:
        """Capture what `build` returns, unless there is to be no event; return the id of the event, if it was sent."""
        ticket = sent = None
        try:
            keep_modules()
            ticket = self._gate.admit(issue.name, error, scopes.here())
            if ticket is None:
                return None
            event, hint = build()
            grouping.note(hint, issue)
            current = sentry_sdk.Scope.get_current_scope()
            sent = current.capture_event(event, {**hint, TICKET: ticket}, scope=scope, **(scope_args or {}))  # type: ignore[arg-type]
        except Exception as failure:
            reason = f"{type(failure).__name__}: {failure}"
            say(logging.ERROR, f"An event could not be captured ({reason})", exc_info=True)
        finally:
            if sent is None and ticket is not None:
                ticket.take_back()
        return sent

    def exception(self, error: Any, scope: Any, scope_args: dict[str, Any]) -> str | None:
        """Capture an exception or a triple as of `sys.exc_info()`; anything else as the text of a message."""
        exc_info, frame = exceptions.exc_info_of(error), stacks.caller()
        if exc_info is None:
            return self.message(error, "error", scope, scope_args)
        _, raised, traceback = exc_info

        def build() -> tuple[Event, Hint]:
            event, hint = from_exception(exc_info)
            if traceback is None and self.attach_stacktrace:
                event["threads"] = frames.threads(frame)
            return event, hint

        issue = self.grouping.of_exception(raised, frame)
        issue = grouping.given(scope_args.get("fingerprint"), issue) or issue
        return self.event(issue, raised, build, *_usable(scope, scope_args))

    def message(self, text: Any, level: Any, scope: Any, scope_args: dict[str, Any]) -> str | None:
        """Capture a message with the caller's stack."""
        level, message, frame = _level(level) or "info", values.text(text, values.MAX_MESSAGE), stacks.caller()

        def build() -> tuple[Event, Hint]:
            event: Event = {"message": message, "level": level}
            if self.attach_stacktrace:
                event["threads"] = frames.threads(frame)
            return event, {}

        issue = self.grouping.of_message("", lambda: message, frame)
        issue = grouping.given(scope_args.get("fingerprint"), issue) or issue
        return self.event(issue, None, build, *_usable(scope, scope_args))

    def unhandled(
        self, error: BaseException, mechanism: str, message: str = "", struct_data: dict[str, Any] | None = None
    ) -> None:
        """Capture an exception that nobody handled, with the scope of the unit of work that it left.

        `message` and `struct_data` are shown as those of a log record. While the thread handles something else, this
        waits until that is done.
        """
        THREAD.turn.take(self._unhandled, error, mechanism, message, struct_data)

    def _unhandled(
        self, error: BaseException, mechanism: str, message: str, struct_data: dict[str, Any] | None
    ) -> None:
        def build() -> tuple[Event, Hint]:
            event, hint = from_exception(
                (type(error), error, traceback_of(error)), {"type": mechanism, "handled": False}
            )
            if message:
                event["logentry"] = {"message": message}
            if struct_data:
                event["contexts"] = {"struct_data": values.mapping(struct_data, **values.CONTEXT)}
            return event, hint

        with scopes.resumed(marks.take_left(error, scopes.here())):
            self.event(self.grouping.of_exception(error, None), error, build)


def from_exception(exc_info: exceptions.ExcInfo, mechanism: dict[str, Any] | None = None) -> tuple[Event, Hint]:
    """Return event and hint of an exception."""
    _, error, traceback = exc_info
    described = exceptions.describe(error, traceback, mechanism)
    event: Event = {"level": "error", "exception": described}
    described.remark(event)
    return event, {"exc_info": exc_info}


def _usable(scope: Any, scope_args: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return what sentry-sdk can use of the arguments; say what was left out."""
    usable = {key: value for key, value in scope_args.items() if key in SCOPE_ARGS and value is not None}
    for key in sorted(set(scope_args) - SCOPE_ARGS):
        say(logging.ERROR, f"Capture argument {key!r} is left out; accepted are {', '.join(sorted(SCOPE_ARGS))}")
    for key in ("user", "extras", "contexts", "tags"):
        if key in usable and not isinstance(usable[key], Mapping):
            say(logging.ERROR, f"Capture argument {key!r} is left out: it must be a dict")
            del usable[key]
    if "level" in usable:
        usable["level"] = _level(usable["level"])
    if "tags" in usable:
        usable["tags"] = _tags(usable["tags"])
    if scope is not None and not (isinstance(scope, sentry_sdk.Scope) or callable(scope)):
        say(logging.ERROR, f"Capture argument 'scope' is left out: it must be a sentry_sdk.Scope, not {scope!r:.60}")
        scope = None
    if scope is not None and usable:
        # sentry-sdk takes one or the other.
        given = scope

        def both(merged: sentry_sdk.Scope) -> None:
            given(merged) if callable(given) else merged.update_from_scope(given)
            merged.update_from_kwargs(**usable)

        return both, {}
    return scope, usable


def _level(level: Any) -> Any:
    if level is None:
        return None
    try:
        return levels.sentry(levels.number(str(level)))
    except ValueError as error:
        say(logging.ERROR, f"Level {str(level)[:60]!r} is not known, the event gets level error: {error}")
        return "error"


def _tags(given: Mapping[Any, Any]) -> dict[str, str]:
    found = {}
    for key, value in given.items():
        try:
            found[key] = tags.text(key, value)
        except tags.InvalidTag as error:
            say(logging.ERROR, f"{error}; it is not set")
    return found
