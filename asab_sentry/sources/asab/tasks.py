"""What is known of an asyncio task: its name, its coroutine, where that waits, and whether its result was asked for."""

import asyncio
import types
from collections.abc import Iterator
from types import FrameType
from typing import Any

from ...runtime import stacks

MAX_DEPTH = 100
"""Of coroutines that wait for one another."""


def describe(task: Any) -> dict[str, str]:
    """Return name and coroutine of a task; nothing of other futures."""
    if not isinstance(task, asyncio.Task):
        return {}
    return {"task": task.get_name(), "coroutine": coroutine_name(task)}


def coroutine_name(task: Any) -> str:
    """Return the name of the coroutine of a task, empty where that is over and forgotten."""
    name = getattr(_coroutine(task), "__qualname__", "")
    return name if isinstance(name, str) else ""


def error(task: Any) -> BaseException | None:
    """Return the exception by which a task or other future has ended."""
    # Private: `exception()` would count as somebody having looked at it.
    exception = getattr(task, "_exception", None)
    return exception if isinstance(exception, BaseException) else None


def is_unretrieved(task: Any) -> bool:
    """Return whether a task has failed, and nobody has asked for its result."""
    # Private: by this asyncio itself decides whether to say "never retrieved".
    return bool(getattr(task, "_log_traceback", False))


def waits(task: Any, *, with_variables: bool = True) -> FrameType | None:
    """Return where a task waits: the innermost frame, called by those of the coroutines that wait for it."""
    return stacks.keep(reversed(list(_frames(_coroutine(task)))), with_variables=with_variables)


def _coroutine(task: Any) -> Any:
    # Private: `get_coro()` of an eager task that is over ends the process, up to Python 3.12.4.
    return getattr(task, "_coro", None)


def _frames(coroutine: Any) -> Iterator[FrameType]:
    """Yield the frames of a coroutine and of what it waits for, the outermost first."""
    for _ in range(MAX_DEPTH):
        # What else can be awaited may have attributes that say anything.
        if type(coroutine) is types.CoroutineType:
            frame, coroutine = coroutine.cr_frame, coroutine.cr_await
        elif type(coroutine) is types.GeneratorType:
            frame, coroutine = coroutine.gi_frame, coroutine.gi_yieldfrom
        elif type(coroutine) is types.AsyncGeneratorType:
            frame, coroutine = coroutine.ag_frame, coroutine.ag_await
        else:
            return
        if frame is None:  # it is over
            return
        yield frame
