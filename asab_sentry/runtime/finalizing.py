"""What is done while the interpreter finalizes: by then modules are out of `sys.modules`, and no thread can start."""

import collections
import copyreg
import io
import os
import random
import sys
import threading
import time
import tokenize

LATE = {
    "_io": sys.modules["_io"],  # by `linecache`, for source lines
    "collections": collections,  # by `ast.walk`, for the source of a message
    "copyreg": copyreg,  # by `copy.deepcopy`
    "io": io,  # by `open`
    "os": os,  # by `linecache` of Python 3.13
    "sys": sys,
    "time": time,  # by `strftime`, for the date of an event
    "tokenize": tokenize,  # by `linecache`, for source lines
}
"""What the standard library imports while an event is made: by whom and for what."""

# From Python 3.13 on the first one imports what it is hashed by; sentry-sdk makes one for each trace.
random.Random("")  # noqa: S311  # nothing is secret


def keep_modules() -> None:
    """Put back what is imported late, if the interpreter finalizes."""
    if sys.is_finalizing():
        for name, module in LATE.items():
            if sys.modules.get(name) is None:
                sys.modules[name] = module


def refuse_threads() -> None:
    """Let sentry-sdk start no thread from then on: in Python 3.11 that has no end.

    It is told what Python says itself from 3.12 on, and goes on without a thread.
    """
    if sys.version_info >= (3, 12):
        return
    start, is_finalizing, caller = threading.Thread.start, sys.is_finalizing, sys._getframe  # noqa: SLF001

    def start_unless_late(thread: threading.Thread) -> None:
        if is_finalizing() and str(caller(1).f_globals.get("__name__")).startswith("sentry_sdk."):
            raise RuntimeError("can't create new thread at interpreter shutdown")
        start(thread)

    threading.Thread.start = start_unless_late  # type: ignore[method-assign, assignment]
