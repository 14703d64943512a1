"""Ends that leave no time to say good-bye, but are no deaths: a process that replaces itself, or leaves at once."""

import contextlib
import os
from collections.abc import Callable
from typing import Any

from ..patches import replace
from ..runtime.guards import attempt
from .box import BlackBox

EXECS = ("execv", "execve")
"""All functions of `os` that replace the process call one of these."""

_FAILED = "A process that ends may be told of as killed"


def install(box: BlackBox) -> Callable[[], None]:
    """Let these be good-byes; return the function that ends it."""
    undo = contextlib.ExitStack()

    def of_exec(original: Callable[..., Any]) -> Callable[..., Any]:
        def execute(*args: Any, **kwargs: Any) -> Any:
            attempt(_FAILED, box.say_goodbye)
            try:
                return original(*args, **kwargs)
            finally:  # it is not there, or cannot be executed
                attempt(_FAILED, box.come_back)

        return execute

    def of_exit(original: Callable[..., Any]) -> Callable[..., Any]:
        def leave(*args: Any, **kwargs: Any) -> Any:
            try:
                attempt(_FAILED, box.say_goodbye)
            finally:  # whatever comes by a signal
                original(*args, **kwargs)

        return leave

    for name in EXECS:
        undo.callback(replace(os, name, of_exec))
    undo.callback(replace(os, "_exit", of_exit))
    return undo.close
