"""Events of exceptions and messages that are no log records: captured by hand, or uncaught."""

import logging
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import sentry_sdk
import sentry_sdk.scope
import sentry_sdk.utils

from .. import levels, marks, tags, values
from ..notices import say
from . import frames
from .breadcrumbs import Event, Hint

SCOPE_ARGS = frozenset({"user", "level", "extras", "contexts", "tags", "fingerprint"})


def exception(error: Any, scope: Any, scope_args: dict[str, Any], *, attach_stacktrace: bool) -> str | None:
    """Capture an exception or a triple as of `sys.exc_info()`; anything else as the text of a message. Never raises."""
    try:
        options = sentry_sdk.get_client().options
        event, hint = sentry_sdk.utils.event_from_exception(error, client_options=options)
    except Exception:
        return message(error, "error", scope, scope_args, attach_stacktrace=attach_stacktrace)
    return _capture(event, hint, scope, scope_args)  # type: ignore[arg-type]


def install_excepthook() -> Callable[[], None]:
    """Capture exceptions that end the interpreter; return the function that ends it."""
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        # As sentry-sdk does it: what is typed wrongly at a prompt is no error.
        if not hasattr(sys, "ps1"):
            unhandled(error, "excepthook")
        before(kind, error, traceback)

    sys.excepthook = hook

    def uninstall() -> None:
        if sys.excepthook is hook:
            sys.excepthook = before

    return uninstall


def unhandled(error: BaseException, mechanism: str) -> None:
    """Capture an exception that nobody handled, with the scope of the unit of work that it left. Never raises."""
    try:
        options = sentry_sdk.get_client().options
        told = {"type": mechanism, "handled": False}
        event, hint = sentry_sdk.utils.event_from_exception(error, client_options=options, mechanism=told)
        with sentry_sdk.scope.use_isolation_scope(marks.origin(error) or sentry_sdk.get_isolation_scope()):
            sentry_sdk.capture_event(event, hint)
    except Exception as failure:
        _not_captured(failure)


def message(text: Any, level: Any, scope: Any, scope_args: dict[str, Any], *, attach_stacktrace: bool) -> str | None:
    """Capture a message with the caller's stack. Never raises."""
    event: Event = {"message": values.text(text, values.MAX_MESSAGE), "level": _level(level) or "info"}
    if attach_stacktrace:
        event["threads"] = frames.threads()
    return _capture(event, {}, scope, scope_args)


def _capture(event: Event, hint: Hint, scope: Any, scope_args: dict[str, Any]) -> str | None:
    scope, scope_args = _usable(scope, scope_args)
    try:
        return sentry_sdk.capture_event(event, hint, scope=scope, **scope_args)  # type: ignore[arg-type]
    except Exception as failure:
        _not_captured(failure)
        return None


def _not_captured(failure: Exception) -> None:
    say(logging.ERROR, f"An event could not be captured ({type(failure).__name__}: {failure})", exc_info=True)


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
