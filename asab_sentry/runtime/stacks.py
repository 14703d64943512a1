"""Where the stack of whoever called begins and where it ends.

It begins at the line that called into logging, sentry-sdk or this package, and ends where the application ends: at the
event loop, the thread pool, the thread or `app.run()`, below which all stacks are the same.
"""

import importlib.util
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, cast

import sentry_sdk

from ..objects.cache import Cache
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
        ("concurrent.futures.thread", "WorkerContext.run"),  # from Python 3.14 on
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

HIDDEN = ("asab_sentry.", "sentry_sdk.")
"""Packages whose frames are no part of what happened."""

MAX_KNOWN = 4096

PACKAGES = tuple(str(Path(path).parents[up]) + os.sep for path, up in ((__file__, 1), (sentry_sdk.__file__, 0)))
"""Where the code of this package and of sentry-sdk is."""


def _log_of_asab() -> str:
    """Return the file of the logger class of ASAB, which a process that is no application of it does not import."""
    package = importlib.util.find_spec("asab")
    assert package is not None and package.origin is not None, "this package depends on it"  # noqa: PT018
    return str(Path(package.origin).with_name("log.py"))


_machinery = (*PACKAGES, logging.__file__, _log_of_asab())

_ends: Cache[int, tuple[CodeType, bool]] = Cache(MAX_KNOWN)
"""By the id of the code; who knows the code keeps its id."""


def is_end(frame: FrameType) -> bool:
    """Return whether a frame is one of the machinery that calls the application."""
    code = frame.f_code
    known = _ends.get(id(code))
    if known is None:
        known = _ends.add(id(code), (code, _named(frame) in ENDS))
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


class _Kept:
    """A frame at the line where it was, with all that is asked of one."""

    __slots__ = ("_variables", "f_back", "f_code", "f_globals", "f_lasti", "f_lineno")

    def __init__(self, frame: FrameType, caller: Any, *, with_variables: bool) -> None:
        self._variables = frame if with_variables else None
        self.f_back, self.f_code, self.f_globals = caller, frame.f_code, frame.f_globals
        self.f_lasti, self.f_lineno = frame.f_lasti, frame.f_lineno

    def __reduce__(self) -> tuple[Any, ...]:
        return str, ()  # a frame is of its process only

    @property
    def f_locals(self) -> Mapping[str, Any]:
        return {} if self._variables is None else self._variables.f_locals


def keep(
    frames: Iterable[FrameType], caller: FrameType | None = None, *, with_variables: bool = True
) -> FrameType | None:
    """Return the first of some frames, for when it has gone on; the others, and then `caller`, have called it.

    Without local variables, nothing that the frames refer to is kept alive.
    """
    kept: Any = caller
    for frame in reversed(list(frames)):
        kept = _Kept(frame, kept, with_variables=with_variables)
    return cast("FrameType | None", kept)


def interrupting(frame: FrameType | None, handling: Sequence[CodeType]) -> tuple[FrameType | None, bool]:
    """Return a frame for when the function of `handling` is over that it interrupts or that has called it.

    And whether an object was asked for something there, as for its repr.
    """
    inner = []
    while frame is not None and not is_hidden(frame):
        inner.append(frame)
        frame = frame.f_back
    name = inner[-1].f_code.co_name if inner else ""
    while frame is not None and frame.f_code not in handling:
        frame = frame.f_back
    return keep(inner, frame), name.startswith("__") and name != "__del__"


def is_hidden(frame: FrameType) -> bool:
    """Return whether a frame is of this package or sentry-sdk, and so no part of what happened."""
    # By the module: a function of this package says that it is in a file of logging (`sources.records`).
    name = dict.get(frame.f_globals, "__name__")
    return isinstance(name, str) and name.startswith(HIDDEN)


def whole(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield a frame and all those that called it, the innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


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
