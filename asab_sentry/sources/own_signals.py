"""Signals by which a process ends itself when it has ended all else, as uvicorn does: no `atexit` comes after them."""

import contextlib
import os
import signal
from collections.abc import Callable
from typing import Any

from ..patches import replace
from ..runtime.guards import attempt
from .tracebacks import step_aside

ENDS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
"""Signals by which somebody asks a process to end."""

_FAILED = "A process that ends itself is not ended"


def install(end: Callable[[], None], come_back: Callable[[], None]) -> Callable[[], None]:
    """Call `end` before such a signal, and `come_back` where it has not ended the process; return what undoes it."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def send(*args: Any) -> Any:
            is_end = _is_end(args)
            if is_end:
                attempt(_FAILED, end)
            try:
                return original(*args)
            except BaseException as error:
                step_aside(error)
                raise
            finally:
                if is_end:  # as where it is blocked
                    attempt(_FAILED, come_back)

        return send

    undo = contextlib.ExitStack()
    undo.callback(replace(os, "kill", make))
    undo.callback(replace(signal, "raise_signal", make))
    return undo.close


def _is_end(args: tuple[Any, ...]) -> bool:
    """Return whether these arguments, with or without the number of a process before that of the signal, end this one.

    0 stands for all processes of its group.
    """
    *pids, number = args or (0,)
    with contextlib.suppress(Exception):  # they may be anything
        is_own = all(pid in {0, os.getpid()} for pid in pids)
        return is_own and number in ENDS and signal.getsignal(number) is signal.SIG_DFL
    return False
