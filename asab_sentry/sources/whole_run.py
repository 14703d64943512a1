"""The run of a process as one session, where nothing in it is one by itself: a script, a job."""

import os
import sys
from collections.abc import Callable
from typing import Any

from ..patches import replace
from .health import Health
from .interpreter_hooks import what_ended


class WholeRun:
    """Counts the run of this process: crashed when an exception ended it, errored when an error was reported."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._pid = os.getpid()
        self._has_crashed = self._is_counted = False

    def install(self) -> Callable[[], None]:
        """Note how the process ends; return the function that ends it."""
        return replace(sys, "excepthook", self._note_crash)

    def _note_crash(self, before: Callable[..., Any]) -> Callable[..., Any]:
        def hook(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
            self._has_crashed = issubclass(kind, Exception)
            before(kind, error, traceback)

        return hook

    def count(self) -> None:
        """Count it: once, not in forked children, and not where requests or tasks are the sessions."""
        sessions = self._health.sessions
        if sessions is None or self._health.has_units or self._is_counted or os.getpid() != self._pid:
            return
        self._is_counted = True
        # A hook of somebody else may stand in the place of ours.
        has_crashed = self._has_crashed or isinstance(what_ended(), Exception)
        sessions.count(crashed=has_crashed, errored=self._health.has_errors)
