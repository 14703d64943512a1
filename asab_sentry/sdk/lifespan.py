"""Servers of ASGI that ask an application for its lifespan: that Django refuses it is no error."""

import sys
from collections.abc import Callable
from typing import Any

from ..patches import replace

REFUSES = "django.core.handlers.asgi"
"""The module that raises what says that it does: a server goes on without."""


def install() -> Callable[[], None]:
    """Leave that out of what sentry-sdk's middleware of ASGI captures; return the function that ends it."""
    module = sys.modules.get("sentry_sdk.integrations.asgi")
    if module is None:
        return lambda: None

    def make(capture: Callable[..., Any]) -> Callable[..., Any]:
        def capture_others(self: Any, exc: BaseException) -> Any:
            return None if _is_refusal(exc) else capture(self, exc)

        return capture_others

    return replace(module.SentryAsgiMiddleware, "_capture_lifespan_exception", make)


def _is_refusal(error: BaseException) -> bool:
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return type(error) is ValueError and step is not None and step.tb_frame.f_globals.get("__name__") == REFUSES
