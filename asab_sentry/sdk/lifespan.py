"""Servers of ASGI that ask an application for its lifespan: that Django refuses it is no error."""

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from ..patches import replace
from ..runtime.imports import when_imported

MIDDLEWARE = "sentry_sdk.integrations.asgi"
"""The module of the middleware, which the first framework of ASGI brings."""

REFUSES = "django.core.handlers.asgi"
"""The module that raises what says that it does: a server goes on without."""


def install() -> Callable[[], None]:
    """Leave that out of what sentry-sdk's middleware of ASGI captures; return the function that ends it."""
    undo = contextlib.ExitStack()

    def make(capture: Callable[..., Any]) -> Callable[..., Any]:
        def capture_others(self: Any, exc: BaseException) -> Any:
            return None if _is_refusal(exc) else capture(self, exc)

        return capture_others

    def watch() -> None:
        undo.callback(replace(sys.modules[MIDDLEWARE].SentryAsgiMiddleware, "_capture_lifespan_exception", make))

    undo.callback(when_imported(MIDDLEWARE, watch))
    return undo.close


def _is_refusal(error: BaseException) -> bool:
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return type(error) is ValueError and step is not None and step.tb_frame.f_globals.get("__name__") == REFUSES
