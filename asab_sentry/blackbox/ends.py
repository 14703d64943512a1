"""Ends that leave no time, but are no deaths: a process that replaces itself, or leaves at once."""

import contextlib
import os
from collections.abc import Callable
from typing import Any

from ..patches import replace
from ..runtime.guards import attempt

EXECS = ("execv", "execve")
"""All functions of `os` that replace the process call one of these."""

_FAILED = "A process that leaves at once may be told of as killed, or lose what is not on disk"


def install(leave: Callable[[], None], come_back: Callable[[], None]) -> Callable[[], None]:
    """Call `leave` before such an end, and `come_back` where it was none; return the function that ends it."""
    undo = contextlib.ExitStack()

    def of_exec(original: Callable[..., Any]) -> Callable[..., Any]:
        def execute(*args: Any, **kwargs: Any) -> Any:
            attempt(_FAILED, leave)
            try:
                return original(*args, **kwargs)
            finally:  # it is not there, or cannot be executed
                attempt(_FAILED, come_back)

        return execute

    def of_exit(original: Callable[..., Any]) -> Callable[..., Any]:
        def exit_at_once(*args: Any, **kwargs: Any) -> Any:
            try:
                attempt(_FAILED, leave)
            finally:  # whatever comes by a signal
                original(*args, **kwargs)

        return exit_at_once

    for name in EXECS:
        undo.callback(replace(os, name, of_exec))
    undo.callback(replace(os, "_exit", of_exit))
    return undo.close
