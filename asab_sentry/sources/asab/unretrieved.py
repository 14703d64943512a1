"""Tasks that have failed without a word: who keeps a task, as in an attribute, keeps asyncio from telling of it."""

import asyncio
import collections
import contextvars
import os
import weakref
from typing import Any

from ...pipeline import exception_marks
from ..capture import Capture
from ..work import scopes
from . import tasks

MESSAGE = "Task exception was not retrieved"

AGAIN = 1.0
"""Seconds, at most, after which is looked again: where the loop was held up, who waits for a task may be late."""

MANY = 1000
"""So many that have failed are watched before it is looked which of them still need be."""


class Unretrieved:
    """Watches tasks that have failed, until somebody has asked for their result or `after` seconds are over.

    What is told of is no second event when somebody asks for it later. With `after` None nothing is watched.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, capture: Capture, after: float | None) -> None:
        self._loop = loop
        self._capture = capture
        self._after = after
        self._context = contextvars.copy_context()
        self._process = os.getpid()
        self._most = MANY
        # Not the tasks themselves: of one that nobody keeps asyncio is to tell at once.
        self._failed: collections.deque[tuple[float, weakref.ref[Any]]] = collections.deque()
        self._overdue: list[weakref.ref[Any]] = []
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, task: Any) -> None:
        """Watch a task that has failed, unless somebody has asked for its result already."""
        if self._after is None or not tasks.is_unretrieved(task):
            return
        if isinstance(tasks.error(task), (SystemExit, KeyboardInterrupt)):  # asyncio lets them end the process
            return
        if len(self._failed) >= self._most:
            # Most that fail are asked at once.
            self._failed = collections.deque(entry for entry in self._failed if tasks.is_unretrieved(entry[1]()))
            self._most = max(MANY, 2 * len(self._failed))
        self._failed.append((self._loop.time() + self._after, weakref.ref(task)))
        self._look_after(self._after)

    def _look_after(self, seconds: float) -> None:
        if self._timer is None:
            # As the application: no unit of work has to do with all of them.
            self._timer = self._loop.call_later(seconds, self._look, context=self._context)

    def _look(self) -> None:
        self._timer = None
        overdue, self._overdue = self._overdue, []
        for task in overdue:
            self._tell(task())
        now = self._loop.time()
        while self._failed and self._failed[0][0] <= now:
            self._overdue.append(self._failed.popleft()[1])
        if self._overdue:
            self._look_after(min(self._after or 0.0, AGAIN))
        elif self._failed:
            self._look_after(self._failed[0][0] - now)

    def tell_all(self) -> None:
        """Tell of all that nobody has asked for, as nobody will any more."""
        if os.getpid() != self._process:  # a forked child: they are its parent's
            return
        failed = [*self._overdue, *(task for _, task in self._failed)]
        self._overdue.clear()
        self._failed.clear()
        for task in failed:
            self._tell(task())

    def _tell(self, task: Any) -> None:
        error = tasks.error(task)
        if error is not None and tasks.is_unretrieved(task):
            with scopes.resumed(exception_marks.take_left(error, task=task)):
                self._capture.unhandled(error, "asab.loop", MESSAGE, tasks.describe(task))
            exception_marks.settle(error)
