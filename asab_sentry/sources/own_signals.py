"""Signals by which a process ends itself when it has ended all else, as uvicorn does: no `atexit` comes after them."""

import contextlib
import functools
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

    def make(is_own: Callable[[Any], bool], original: Callable[..., Any]) -> Callable[..., Any]:
        def send(*args: Any) -> Any:
            is_end = _is_end(is_own, args)
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
    for owner, name, is_own in (
        (os, "kill", lambda pid: pid in {0, os.getpid()}),  # 0: all of its group
        (os, "killpg", lambda group: group in {0, os.getpgrp()}),
        (signal, "pthread_kill", lambda _: True),  # threads are of this process
        (signal, "raise_signal", lambda _: True),
    ):
        undo.callback(replace(owner, name, functools.partial(make, is_own)))
    return undo.close


def _is_end(is_own: Callable[[Any], bool], args: tuple[Any, ...]) -> bool:
    """Return whether these arguments, the last of which is the number of a signal, end this process."""
    *targets, number = args or (0,)
    with contextlib.suppress(Exception):  # they may be anything
        return number in ENDS and all(map(is_own, targets)) and signal.getsignal(number) is signal.SIG_DFL
    return False
