"""Where the stack of whoever called begins and where it ends.

It begins at the line that called into logging, sentry-sdk or this package, and ends where the application ends: at the
event loop, the thread pool, the thread or `app.run()`, below which all stacks are the same.
"""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType

import asab.log
import sentry_sdk

from . import in_app

ENDS = frozenset(
    {
        ("asab.application", "Application.run"),
        ("asyncio.base_events", "BaseEventLoop._run_once"),
        ("asyncio.base_events", "BaseEventLoop.run_forever"),
        ("asyncio.base_events", "BaseEventLoop.run_until_complete"),
        ("asyncio.events", "Handle._run"),
        ("asyncio.runners", "Runner.run"),
        ("asyncio.runners", "run"),
        ("concurrent.futures.process", "_process_worker"),
        ("concurrent.futures.thread", "_WorkItem.run"),
        ("concurrent.futures.thread", "_worker"),
        ("multiprocessing.process", "BaseProcess._bootstrap"),
        ("multiprocessing.process", "BaseProcess.run"),
        ("threading", "Thread._bootstrap"),
        ("threading", "Thread._bootstrap_inner"),
        ("threading", "Thread.run"),
    }
)
"""Modules and functions that call the application; whoever called them has nothing to do with what it does."""

LAUNCH = ("asab.application", "Application.run")
"""The one that is called by the application too, once."""

MAX_KNOWN = 4096

_package, _sdk = (str(Path(path).parents[up]) + os.sep for path, up in ((__file__, 0), (sentry_sdk.__file__, 0)))
_machinery = (_package, _sdk, logging.__file__, asab.log.__file__)

_ends: dict[int, tuple[CodeType, bool]] = {}
"""By the id of the code; who knows the code keeps its id."""


def is_end(frame: FrameType) -> bool:
    """Return whether a frame is one of the machinery that calls the application."""
    code = frame.f_code
    known = _ends.get(id(code))
    if known is None:
        if len(_ends) >= MAX_KNOWN:
            _ends.clear()
        known = _ends[id(code)] = code, _named(frame) in ENDS
    return known[1]


def _named(frame: FrameType) -> tuple[object, str]:
    name = dict.get(frame.f_globals, "__name__")
    return name if isinstance(name, str) else None, frame.f_code.co_qualname


def caller() -> FrameType | None:
    """Return the frame that called into logging, sentry-sdk or this package."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # as logging itself does
    while frame is not None and frame.f_code.co_filename.startswith(_machinery):
        frame = frame.f_back
    return frame


def outward(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield a frame and those that called it, the innermost first, until the application ends."""
    while frame is not None:
        yield frame
        frame = frame.f_back
        if frame is not None and is_end(frame):
            return


def inward(traceback: TracebackType | None) -> TracebackType | None:
    """Return the traceback of an exception from where the application begins.

    That is behind what called the application, and behind `app.run()`, which is the same for all.
    """
    step, is_within = traceback, False
    while step is not None:
        frame, step = step.tb_frame, step.tb_next
        if step is not None and is_end(frame) and (not is_within or _named(frame) == LAUNCH):
            traceback, is_within = step, False
        elif not is_within:
            is_within = in_app.is_own(frame)
    return traceback
