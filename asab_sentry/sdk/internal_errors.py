"""What goes wrong within sentry-sdk, which hides all of it: what a handler of a signal has raised goes on.

As the end of a process that was asked to end, or the interrupt by a user.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import sentry_sdk.serializer
import sentry_sdk.utils

from ..objects.calls import is_interrupt
from ..patches import replace


def recover() -> None:
    """Let sentry-sdk capture what comes next, also where a signal handler has raised between two steps of its own."""
    sentry_sdk.utils.disable_capture_event.set(False)


def install() -> Callable[[], None]:
    """Let through what is meant for the application; return the function that ends it."""

    def make(hide: Callable[[Any], None]) -> Callable[[Any], None]:
        def hide_unless_interrupted(exc_info: Any) -> None:
            error = exc_info[1]
            if error is not None and is_interrupt(error):
                raise error
            hide(exc_info)

        return hide_unless_interrupted

    undo = contextlib.ExitStack()
    for module in (sentry_sdk.utils, sentry_sdk.serializer):
        undo.callback(replace(module, "capture_internal_exception", make))
    return undo.close
