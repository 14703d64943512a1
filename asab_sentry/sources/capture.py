"""Events: asked about first, then built, then handed to sentry-sdk. Exceptions and messages that are no log records."""

import logging
from collections.abc import Callable
from typing import Any

import sentry_sdk

from ..objects import json_values
from ..objects.calls import is_interrupt
from ..objects.errors import traceback_of
from ..pipeline import exception_marks, grouping
from ..pipeline.gate import Gate
from ..pipeline.grouping import Issue
from ..pipeline.log_breadcrumbs import Event, Hint
from ..runtime import stacks
from ..runtime.diagnostics import reason, say
from ..runtime.guards import attempt
from ..runtime.losses import NOT_MADE, count_lost
from ..runtime.reentrancy import THREAD
from ..sdk import fingerprint
from ..sdk.client import TICKET, Ticket
from . import capture_arguments, exceptions, frames, health
from .headroom import with_room
from .work import scopes

Build = Callable[[], tuple[Event, Hint]]
"""Makes an event and its hint."""


Arguments = tuple[Any, dict[str, Any]]
"""A scope and other arguments of a capture by hand (`capture_arguments.usable`)."""
NOTHING: Arguments = (None, {})


class Capture:
    """The way of all events of this package into sentry-sdk. Its methods never raise."""

    def __init__(
        self, gate: Gate, *, attach_stacktrace: bool, count_reduced: Callable[[], None] = lambda: None
    ) -> None:
        self._gate = gate
        self.grouping = gate.grouping
        self.attach_stacktrace = attach_stacktrace
        self._count_reduced = count_reduced

    def event(
        self,
        issue: Issue,
        error: BaseException | None,
        build: Build,
        facts: Callable[[], Event],
        arguments: Arguments = NOTHING,
    ) -> str | None:
        """Capture what `build` returns, unless there is to be no event; return the id of the event, if it was sent.

        Where it cannot be built or sent, a reduced event is captured: of `facts`, of the exception and its place.
        """
        ticket = sent = None
        try:
            ticket = self._gate.admit(_named(issue, arguments).name, error, scopes.current_unit)
            if ticket is not None:
                sent = _send(build, issue, ticket, arguments)
            elif health.is_without_error() and not self._gate.ignores(error) and facts().get("level") in health.ERRORS:
                health.note_error()  # that the limits have suppressed
        except BaseException as failure:
            if ticket is not None:
                ticket.take_back()
            sent = self._reduced(failure, error, facts, issue)
            if is_interrupt(failure):
                raise
        else:
            if sent is None and ticket is not None:
                ticket.take_back()
        return sent

    def _reduced(
        self, failure: BaseException, error: BaseException | None, facts: Callable[[], Event], issue: Issue
    ) -> str | None:
        """Capture what is left of an event that could not be captured as a whole; if that fails, too, count it."""
        say(logging.ERROR, f"An event is sent reduced, as it could not be made ({reason(failure)})", exc_info=True)

        def build() -> tuple[Event, Hint]:
            if error is None:
                return facts(), {}
            described = exceptions.reduced(error)
            # A class whose own class is another one may fail when sentry-sdk asks for its names.
            is_usual = type(type(error)) is type
            hint = {"exc_info": (type(error), error, traceback_of(error))} if is_usual else {}
            return {**facts(), "exception": described}, hint

        ticket = sent = None
        try:
            ticket = self._gate.admit(_named(issue, NOTHING).name, error, scopes.current_unit)
            if ticket is not None:
                sent = _send(build, issue, ticket, NOTHING)
        except Exception as again:
            say(logging.ERROR, f"A reduced event could not be sent either ({reason(again)})", exc_info=True)
            count_lost(NOT_MADE, "error")
        if sent is not None:
            self._count_reduced()
        elif ticket is not None:
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

        def capture() -> str | None:
            usable = capture_arguments.usable(scope, scope_args)
            issue = self.grouping.of_exception(raised, frame)
            with scopes.joined(raised):
                return self.event(issue, raised, build, _error, usable)

        return with_room(capture)

    def message(self, text: Any, level: Any, scope: Any, scope_args: dict[str, Any]) -> str | None:
        """Capture a message with the caller's stack."""
        frame = stacks.caller()

        def capture() -> str | None:
            message = json_values.text(text, json_values.MAX_MESSAGE)
            facts: Event = {"message": message, "level": capture_arguments.level(level) or "info"}

            def build() -> tuple[Event, Hint]:
                if not self.attach_stacktrace:
                    return facts, {}
                return {**facts, "threads": frames.threads(frame)}, {}

            usable = capture_arguments.usable(scope, scope_args)
            issue = self.grouping.of_message("", lambda: message, frame)
            return self.event(issue, None, build, lambda: {**facts}, usable)

        return with_room(capture)

    def unhandled(
        self, error: BaseException, mechanism: str, message: str = "", struct_data: dict[str, Any] | None = None
    ) -> None:
        """Capture an exception that nobody handled, with the scope of the unit of work that it left.

        `message` and `struct_data` are shown as those of a log record. While the thread handles something else, this
        waits until that is done.
        """
        attempt(
            "An exception that nobody handled is not an event",
            *(THREAD.turn.take, self._unhandled, error, mechanism, message, struct_data),
        )

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
                event["contexts"] = {"struct_data": json_values.mapping(struct_data, **json_values.CONTEXT)}
            return event, hint

        def capture() -> None:
            with scopes.resumed(exception_marks.take_left(error, scopes.current_unit())):
                self.event(self.grouping.of_exception(error, None), error, build, _error)

        with_room(capture)


def from_exception(exc_info: exceptions.ExcInfo, mechanism: dict[str, Any] | None = None) -> tuple[Event, Hint]:
    """Return event and hint of an exception."""
    _, error, traceback = exc_info
    described = exceptions.describe(error, traceback, mechanism)
    event: Event = {"level": "error", "exception": described}
    described.remark(event)
    return event, {"exc_info": exc_info}


def _error() -> Event:
    """Return what is known of an exception, whatever it is."""
    return {"level": "error"}


def _named(issue: Issue, arguments: Arguments) -> Issue:
    """Return the issue that the application makes of it: by an argument, or in a scope."""
    scope, scope_args = arguments
    instead = scope_args.get("fingerprint") or fingerprint.of_scopes(scope)
    return issue if instead is None else grouping.of_fingerprint(instead, issue) or issue


def _send(build: Build, issue: Issue, ticket: Ticket, arguments: Arguments) -> str | None:
    (event, hint), (scope, scope_args) = build(), arguments
    if capture_arguments.ATTACHMENTS in scope_args:
        scope_args = {**scope_args}
        hint[capture_arguments.ATTACHMENTS] = scope_args.pop(capture_arguments.ATTACHMENTS)
    grouping.note(hint, issue)
    current = sentry_sdk.Scope.get_current_scope()
    return current.capture_event(event, {**hint, TICKET: ticket}, scope=scope, **scope_args)  # type: ignore[arg-type]
