"""Reentrancy: what comes up in a thread while it handles something waits until that is done.

Records and exceptions come up anywhere: in a `__repr__` that is asked for an event, in a signal handler, and wherever
the collector finds a lost task or calls back for a weak reference.
"""

import collections
import contextvars
import os
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

from . import stacks
from .losses import count_lost

RECURSION = "recursion"
"""The reason for which events are lost that would go on for ever, each because of the one before."""

MAX_DEPTH = 10
"""How often in a row something may come up while what came up before is handled."""

MAX_CAUSED = 1000
"""How much may come up so in all, beyond the first time."""


class _Waiting(NamedTuple):
    depth: int
    context: contextvars.Context
    work: Callable[..., None]
    args: tuple[Any, ...]


class Turn:
    """What a thread handles, and what waits for it.

    Who handles something sets `busy` meanwhile. Asked for after that, `waiting` calls for `catch_up`. All that time it
    is in `BUSY`.
    """

    __slots__ = ("_caused", "_depth", "busy", "in_hook", "waiting")

    def __init__(self) -> None:
        self.busy = False
        self.in_hook = False
        """Whether a hook of the application is being called, of which each event is a new call."""
        self.waiting: collections.deque[_Waiting] = collections.deque()
        self._depth = self._caused = 0

    def take(self, work: Callable[..., None], *args: Any) -> None:
        """Call a function that handles an event: now, or when the thread has handled what it is at."""
        if self.busy:
            self.put_off(work, *args, is_asked=interrupting(stacks.caller())[1])
            return
        self.busy = True
        try:
            BUSY.add(self)
            work(*args)
        finally:
            self.busy = False
            # Asked for after that, as a signal may come between any two steps: what it brings is handled there.
            if self.waiting:
                self.catch_up()
            BUSY.discard(self)

    def put_off(self, work: Callable[..., None], *args: Any, is_event: bool = True, is_asked: bool = False) -> None:
        """Call a function later, in the context of now, unless that would go on for ever.

        What an object does when it is asked for its repr, it does for each event that shows it.
        """
        depth = self._depth + 1
        if depth > 1:
            self._caused += 1
        if depth > (1 if is_asked else MAX_DEPTH) or self._caused > MAX_CAUSED:
            if is_event:
                lose_event()
        else:
            self.waiting.append(_Waiting(depth, contextvars.copy_context(), work, args))

    def catch_up(self) -> None:
        """Handle what waits."""
        failure: BaseException | None = None
        while self.waiting:
            self.busy = True
            try:
                if self.waiting:  # still, now that no signal handler comes before
                    self._depth, context, work, args = self.waiting.popleft()
                    context.run(work, *args)
            except BaseException as error:  # as of a signal: the others are no worse for it
                failure = error
            finally:
                self.busy = False
        self._depth = self._caused = 0
        if failure is not None:
            raise failure


BUSY: set[Turn] = set()
"""Where it is empty no thread is busy, which is cheaper to ask than for one's own turn.

A turn may stay here where a signal handler raises something just then: that costs time, until it is taken again.
"""


def lose_event() -> None:
    """Count an event that is not to be."""
    count_lost(RECURSION, "error")


HANDLING = [Turn.take.__code__]
"""The code of those that have the turn of a thread."""


def interrupting(frame: FrameType | None) -> tuple[FrameType | None, bool]:
    """Return a frame for when that is over which it interrupts; and whether an object was asked for something there."""
    return stacks.interrupting(frame, HANDLING)


class _Turns(threading.local):
    def __init__(self) -> None:
        self.turn = Turn()


THREAD = _Turns()
"""`THREAD.turn` is that of the current thread."""


def _begin_in_child() -> None:
    # What waits is the parent's. A child that was forked while something was handled may never come back to that.
    THREAD.turn.waiting.clear()
    THREAD.turn = Turn()
    BUSY.clear()


os.register_at_fork(after_in_child=_begin_in_child)


def call_hook(hook: Callable[..., Any], *args: Any) -> Any:
    """Call a hook of the application: what it logs about an event is not to be another one."""
    turn = THREAD.turn
    before, turn.in_hook = turn.in_hook, True
    try:
        return hook(*args)
    finally:
        turn.in_hook = before
