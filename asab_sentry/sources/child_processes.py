"""Exceptions that end a process of `multiprocessing`, which prints them and calls no hook."""

import sys
from collections.abc import Callable
from typing import Any

from ..runtime.guards import attempt
from ..runtime.imports import when_imported
from .capture import Capture

MECHANISM = "multiprocessing"


class _Watcher:
    """Captures what has ended this process; a child of it does the same."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._is_watching = True

    def watch(self) -> None:
        """Begin, where `multiprocessing` is imported."""
        util: Any = sys.modules["multiprocessing.util"]
        util.register_after_fork(self, _Watcher.begin)  # held weakly
        if sys.modules["multiprocessing.process"].parent_process() is not None:
            self.begin()

    def begin(self) -> None:
        """Begin in a child: what is done at its end is done while the exception is on its way."""
        sys.modules["multiprocessing.util"].Finalize(None, self._tell, exitpriority=100)

    def _tell(self) -> None:
        error = sys.exc_info()[1]
        if self._is_watching and isinstance(error, Exception):
            attempt("What ends a process is not an event", self._capture.unhandled, error, MECHANISM)

    def end(self) -> None:
        """Capture nothing any more."""
        self._is_watching = False


def install(capture: Capture) -> Callable[[], None]:
    """Capture what ends processes that this one starts by `multiprocessing`, or this one; return what ends it."""
    watcher = _Watcher(capture)
    no_waiting = when_imported("multiprocessing.util", watcher.watch)

    def end() -> None:
        no_waiting()
        watcher.end()

    return end
