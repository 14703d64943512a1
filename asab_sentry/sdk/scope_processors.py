"""Event processors of a scope that fail: the event goes on without, and that is said.

sentry-sdk 2 sends it without a word, 3 drops it.
"""

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import sentry_sdk

from ..patches import replace
from ..runtime.guards import complain


def install() -> Callable[[], None]:
    """Guard what scopes are given from now on; return the function that ends it."""
    undo = contextlib.ExitStack()
    for name in ("add_event_processor", "add_error_processor"):
        undo.callback(replace(sentry_sdk.Scope, name, _guarding))
    return undo.close


def _guarding(add: Any) -> Any:
    @functools.wraps(add)
    def add_guarded(scope: sentry_sdk.Scope, func: Any, *more: Any, **named: Any) -> None:
        add(scope, _guarded(func) if callable(func) else func, *more, **named)

    return add_guarded


def _guarded(processor: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def process(event: Any, facts: Any) -> Any:
        try:
            return processor(event, facts)
        except Exception as error:
            complain("An event processor of a scope failed; the event goes on without", error)
            return event

    return process
