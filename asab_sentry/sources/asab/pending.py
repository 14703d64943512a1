"""Where a task waited that is destroyed: when asyncio tells of it, the collector has closed its coroutine."""

import asyncio
import contextlib
import gc
from collections.abc import Callable
from types import FrameType
from typing import Any

from . import tasks

OLDEST = 2
"""The generation of a full collection. Others are too frequent to look at all tasks before them."""

MAX_TASKS = 1000
"""Where there are more, to look at them would take a good part of the time of a collection."""


class Pending:
    """Notes where the tasks of a loop wait, for as long as a full collection lasts."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waited: dict[int, FrameType | None] = {}
        self.is_collecting = False
        """Whether the collector is at work: what goes then may have been given up anywhere."""

    def install(self) -> Callable[[], None]:
        """Look at the tasks before each full collection; return the function that ends it."""
        gc.callbacks.append(self._look)

        def uninstall() -> None:
            with contextlib.suppress(ValueError):
                gc.callbacks.remove(self._look)

        return uninstall

    def waits(self, task: Any) -> FrameType | None:
        """Return where a task waits or waited, as far as that is known."""
        return tasks.waits(task) or self._waited.get(id(task))

    def _look(self, phase: str, info: dict[str, int]) -> None:
        self._waited = {}
        self.is_collecting = phase == "start"
        if phase == "start" and info["generation"] >= OLDEST:
            # The collector may run in any thread, and whenever the loop is at work.
            with contextlib.suppress(Exception):
                running = asyncio.all_tasks(self._loop)
                if len(running) <= MAX_TASKS:
                    # Frames themselves would keep the tasks from being collected.
                    self._waited = {id(task): tasks.waits(task, with_variables=False) for task in running}
