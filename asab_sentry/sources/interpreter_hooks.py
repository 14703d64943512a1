"""The interpreter's hooks: what they are given is an event, or has been one, and is printed as without this package."""

import contextlib
import functools
import re
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

import sentry_sdk

from ..objects import json_values
from ..objects.errors import is_exception
from ..patches import replace
from ..runtime.guards import attempt, complain
from .capture import Capture
from .tracebacks import clean

_in_message = re.compile(
    r"\AException ignored .*"
    r"<(?:function|generator object|coroutine|coroutine object|async_generator object|bound method) "
    r"(\S+)(?: of .*)?(?: at 0x[0-9a-f]+)>\Z",
    re.ASCII | re.DOTALL,
)
_NO_EVENT = "What ends the interpreter is not an event"
_address = re.compile(r" at 0x[0-9a-f]+", re.ASCII)


def install(capture: Capture) -> tuple[Callable[[], None], Callable[[], None]]:
    """Capture exceptions that end the interpreter, and those that it can raise nowhere.

    Returns what ends it, and what captures at the end of the program what a hook of somebody else has kept from ours.
    """
    undo = contextlib.ExitStack()
    ends = _Ends(capture)
    undo.callback(replace(sys, "excepthook", ends.hook))
    undo.callback(replace(sys, "unraisablehook", functools.partial(_of_unraisable, capture)))
    undo.callback(replace(threading, "excepthook", functools.partial(_of_thread, capture)))
    return undo.close, ends.catch_up


def what_ended() -> BaseException | None:
    """Return the exception that has ended the program, if one has: the interpreter keeps it for whatever hook shows it.

    So do consoles within a program that of a line, which has callers.
    """
    error, traceback = getattr(sys, "last_value", None), getattr(sys, "last_traceback", None)
    has_left = is_exception(error) and isinstance(traceback, TracebackType) and traceback.tb_frame.f_back is None
    return error if has_left else None


class _Ends:
    """Captures what ends the interpreter, once."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._last: BaseException | None = what_ended()

    def _take(self, error: BaseException) -> None:
        self._last = error
        # As sentry-sdk does it: what is typed wrongly at a prompt is no error; nor is it that somebody has stopped it.
        if not hasattr(sys, "ps1") and not issubclass(type(error), KeyboardInterrupt):
            self._capture.unhandled(error, "excepthook")

    def catch_up(self) -> None:
        """Capture what has ended the program where a hook that stands in the place of ours has not called it."""
        error = what_ended()
        if error is not None and error is not self._last:
            attempt(_NO_EVENT, self._take, error)

    def hook(self, before: Callable[..., Any]) -> Callable[..., None]:
        """Return the hook that captures and then does what `before` does."""

        def hook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
            attempt(_NO_EVENT, self._take, error)
            try:
                shown = clean(error, traceback)
            except Exception as failure:
                complain("A traceback is not cleaned", failure)
                shown = traceback
            before(kind, error, shown)

        return hook


def _of_thread(capture: Capture, before: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Print: the thread was told of by sentry-sdk, by way of frames that are not to be seen, unless it began before."""

    def hook(args: Any) -> None:
        attempt("What ends a thread is not an event", tell, args)
        attempt("A traceback is not cleaned", clean, args.exc_value)
        before(args)

    def tell(args: Any) -> None:
        is_watched = "run" in vars(args.thread) if args.thread is not None else True
        if not is_watched and sentry_sdk.get_client().get_integration("threading") is not None:
            capture.unhandled(args.exc_value, "threading")

    return hook


def _of_unraisable(capture: Capture, before: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Capture what `__del__`, a callback of a weak reference and the like have raised; print it as before."""

    def tell(unraisable: Any) -> None:
        error = unraisable.exc_value
        if isinstance(error, Exception):
            capture.unhandled(error, "unraisable", json_values.text(_title(unraisable), json_values.MAX_MESSAGE))
            clean(error)

    def hook(unraisable: Any) -> None:
        try:
            attempt("What can be raised nowhere is not an event", tell, unraisable)
        except Exception:  # noqa: S110  # at the very end of the interpreter modules have lost what they name
            pass
        finally:  # whatever comes by a signal
            before(unraisable)

    return hook


def _title(unraisable: Any) -> str:
    """Return where an exception was ignored; Python 3.14 has that in the message, with the address of a function."""
    message, source = unraisable.err_msg or "Exception ignored in", unraisable.object
    if source is not None:
        return f"{message} {_name(source)}"
    return _address.sub("", _in_message.sub(r"Exception ignored in \1", message))


def _name(source: object) -> str:
    """Return the name of a function, or of the type of anything else: its repr may be at its end, as it is."""
    name = getattr(source, "__qualname__", None)
    return name if isinstance(name, str) else type(source).__qualname__
