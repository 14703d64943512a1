"""What is remembered with an exception: that it was reported, and the scope of the unit of work that it left.

The mark is an attribute of the exception, so it costs nothing to look up and is gone with the exception. (Most
exceptions cannot be referenced weakly.)
"""

import time
from typing import Any

import sentry_sdk

_ATTRIBUTE = "__asab_sentry__"

AGAIN_AFTER = 60.0
"""Seconds after which the same exception object counts as raised anew, as some code keeps one and raises it often."""


class _Mark:
    """A mark. Pickled with its exception (for another process, say) it becomes a plain False."""

    reported: float | None = None
    scope: sentry_sdk.Scope | None = None
    message_type: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        return bool, ()


def _mark(error: BaseException) -> _Mark:
    mark = getattr(error, _ATTRIBUTE, None)
    if not isinstance(mark, _Mark):
        mark = _Mark()
        # Not setattr(): an exception may be a frozen dataclass.
        BaseException.__setattr__(error, _ATTRIBUTE, mark)
    return mark


def report(error: BaseException) -> None:
    """Remember that the exception was reported, or counted as suppressed."""
    _mark(error).reported = time.monotonic()


def is_reported(error: BaseException) -> bool:
    """Return whether the exception was reported, and is not likely to have been raised anew since."""
    mark = getattr(error, _ATTRIBUTE, None)
    return isinstance(mark, _Mark) and mark.reported is not None and time.monotonic() - mark.reported < AGAIN_AFTER


def leave(error: BaseException, scope: sentry_sdk.Scope) -> None:
    """Remember the scope of the innermost unit of work that the exception left."""
    mark = _mark(error)
    if mark.scope is None:
        mark.scope = scope


def note_delivery(error: BaseException, message_type: Any) -> None:
    """Remember the type of the PubSub message that was delivered when the exception was raised."""
    _mark(error).message_type = message_type


def delivery(error: BaseException) -> Any:
    """Return the type of the PubSub message that was delivered when the exception was raised; None: none was."""
    mark = getattr(error, _ATTRIBUTE, None)
    return mark.message_type if isinstance(mark, _Mark) else None


def origin(error: BaseException) -> sentry_sdk.Scope | None:
    """Return the scope of the innermost unit of work that the exception left, if it left one."""
    mark = getattr(error, _ATTRIBUTE, None)
    return mark.scope if isinstance(mark, _Mark) else None
