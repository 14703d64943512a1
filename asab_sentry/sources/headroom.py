"""Room on the stack: what is captured near the limit of recursion is made on a stack of its own."""

import _thread
import contextvars
import queue
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from ..runtime import reentrancy
from ..runtime.finalizing import keep_modules

ROOM = 250
"""How many frames it takes, with a good deal to spare, to make an event."""
SECONDS = 2.0
"""How long is waited for what is made there: it may need a lock of who waits."""

Result = TypeVar("Result")


def with_room(function: Callable[..., Result], *args: Any) -> Result:
    """Call a function here, or where there is too little room in a thread and in the same context."""
    keep_modules()
    is_deep = True
    try:
        sys._getframe(sys.getrecursionlimit() - ROOM)  # noqa: SLF001  # nothing else asks for a depth at once
    except ValueError:  # the stack is not as deep as that
        is_deep = False
    # Not within `except`: what is raised there would have the exception of the question as its context.
    return _elsewhere(function, *args) if is_deep else function(*args)


def _elsewhere(function: Callable[..., Result], *args: Any) -> Result:
    if sys.is_finalizing():
        return function(*args)
    context, turn = contextvars.copy_context(), reentrancy.THREAD.turn
    # Neither this nor `_thread` needs room, as the functions of `threading` do.
    done: queue.SimpleQueue[tuple[list[Result], BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        reentrancy.THREAD.turn = turn
        try:
            done.put(([context.run(function, *args)], None))
        except BaseException as failure:
            done.put(([], failure))

    _thread.start_new_thread(work, ())
    results, failure = done.get(timeout=SECONDS)
    if failure is not None:
        raise failure
    return results[0]
