"""Exceptions that end a process of `multiprocessing`, which prints them and calls no hook."""

import contextlib
import sys
import traceback
from collections.abc import Callable
from typing import Any

from ..patches import replace
from ..runtime.guards import attempt
from ..runtime.imports import when_imported
from .capture import Capture

MECHANISM = "multiprocessing"

PROCESSES = "multiprocessing.process"
"""The module that prints what ends a process."""


class _Watcher:
    """Captures what has ended this process, if it is one of `multiprocessing`; a child of it does the same."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._undo = contextlib.ExitStack()
        self._has_begun = False

    def watch(self) -> None:
        """Begin, where `multiprocessing` is imported."""
        sys.modules["multiprocessing.util"].register_after_fork(self, _Watcher.begin)  # held weakly
        if sys.modules[PROCESSES].parent_process() is not None:
            self.begin()

    def begin(self) -> None:
        """Begin in a child, unless its parent is one that has begun."""
        if not self._has_begun:
            self._has_begun = True
            self._undo.callback(replace(traceback, "print_exc", self._make))

    def _make(self, original: Callable[..., None]) -> Callable[..., None]:
        def print_exc(*args: Any, **options: Any) -> None:
            # Nowhere else are exceptions at hand that end a process: Python 3.13 finalizes when they are forgotten.
            if sys._getframe(1).f_globals.get("__name__") == PROCESSES:  # noqa: SLF001
                attempt("What ends a process is not an event", self._capture_last)
            original(*args, **options)

        return print_exc

    def _capture_last(self) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            self._capture.unhandled(error, MECHANISM)

    def end(self) -> None:
        """Capture nothing any more."""
        self._has_begun = True
        self._undo.close()


def install(capture: Capture) -> Callable[[], None]:
    """Capture what ends processes that this one starts by `multiprocessing`, or this one; return what ends it."""
    watcher = _Watcher(capture)
    no_waiting = when_imported("multiprocessing.util", watcher.watch)

    def end() -> None:
        no_waiting()
        watcher.end()

    return end
