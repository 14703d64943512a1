"""Stack frames as JSON that is ready: source lines from a cache, local variables bounded.

Frames are most of the cost of an event. sentry-sdk is told to build bare ones; those that are sent are built here, from
the exceptions in the hint (`exceptions`).
"""

import collections
import itertools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any

from ..config import option_types
from ..config.options import Options
from ..objects import json_values
from ..objects.concealed import Concealed
from ..objects.ready_json import ReadyDict, ReadyList
from ..objects.variables import Variables
from ..runtime import stacks
from . import code_lines
from .code_lines import Line
from .source_lines import Files

MAX_FRAMES = 100
MAX_THREADS = 100
MAX_NAME = 200
"""Longest name of a thread."""


class Frame(ReadyDict):
    """A frame that was built here."""

    __slots__ = ()


class Frames(ReadyList):
    """The frames of an exception. `total` is how many there were, of which the middle may have been left out."""

    __slots__ = ("total",)
    total: int


_settings = Options()
_concealed: Concealed | None = None


def install(options: Options) -> Callable[[], None]:
    """Build frames as configured; return the function that ends it."""
    global _settings, _concealed
    before, _settings = _settings, options
    concealed, _concealed = _concealed, Concealed(options.hide_variables) if options.hide_variables else None

    def uninstall() -> None:
        global _settings, _concealed
        _settings, _concealed = before, concealed
        code_lines.forget()

    return uninstall


def variables() -> Variables:
    """Return what shows the local variables of the frames of one event."""
    return Variables(_concealed)


def _frame(line: Line, frame: FrameType, variables: Variables | None, included: object) -> Frame:
    """Return a frame as Sentry's `frame` interface; `variables` shows its local variables, if they are included."""
    described = Frame(line.described)
    if (
        variables is not None
        and line.with_variables
        and included
        and (included != option_types.OWN or described["in_app"])
    ):
        described["vars"] = variables.show(frame.f_locals)
    return described


def of_traceback(traceback: TracebackType | None, variables: Variables, longest: int, files: Files) -> Frames:
    """Return the frames of a traceback that are not hidden; of a long one, as of an endless recursion, both ends."""
    steps = []
    traceback = stacks.inward(traceback)
    while traceback is not None:
        steps.append(traceback)
        traceback = traceback.tb_next
    frames = Frames()
    frames.total = len(steps)
    if len(steps) > longest:
        steps[longest // 2 : -longest // 2] = []
    # The innermost first, as they may have the more of the place for variables.
    for step in reversed(steps):
        frame = step.tb_frame
        line = code_lines.describe(frame, step.tb_lineno, _settings.max_value_length, files)
        if code_lines.is_hidden(line, frame):
            frames.total -= 1
        else:
            frames.append(_frame(line, frame, variables, _settings.include_local_variables))
    frames.reverse()
    return frames


def places(traceback: TracebackType | None) -> ReadyList:
    """Return the innermost frames of a traceback by what Python itself knows of them: file, function and line."""
    steps: collections.deque[TracebackType] = collections.deque(maxlen=MAX_FRAMES)
    while traceback is not None:
        steps.append(traceback)
        traceback = traceback.tb_next
    return ReadyList(
        ReadyDict(
            filename=step.tb_frame.f_code.co_filename,
            abs_path=step.tb_frame.f_code.co_filename,
            function=step.tb_frame.f_code.co_name,
            lineno=step.tb_lineno,
        )
        for step in steps
    )


def threads(frame: FrameType | None) -> dict[str, Any]:
    """Return the stack of a frame as the `threads` of an event.

    Nothing was raised in it: local variables of libraries explain nothing, and are most of what it costs.
    """
    thread = {
        "name": json_values.text(threading.current_thread().name, MAX_NAME),
        "stacktrace": {"frames": _stack(stacks.outward(frame), variables())},
    }
    return ReadyDict(values=[{**thread, "crashed": False, "current": True}])


def all_threads(hangs: int | None = None, place: FrameType | None = None) -> dict[str, Any]:
    """Return the stacks of all threads, as the `threads` of an event about one that hangs, by default the main thread.

    `place` is where that was, if it is elsewhere by now.
    Of very many threads these are that one, the main thread, the current one, and some of the others.
    """
    this, main = threading.get_ident(), threading.main_thread().ident
    hangs = main if hangs is None else hangs
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    running = sys._current_frames()  # noqa: SLF001  # made for this
    if hangs is not None and place is not None:
        running[hangs] = place
    files = Files()
    chosen = dict.fromkeys(ident for ident in (hangs, main, this, *running) if ident in running)
    entries = [
        {
            "id": ident,
            "name": json_values.text(names.get(ident, "unknown"), MAX_NAME),
            # Sentry shows and groups by the thread that crashed.
            "crashed": ident == hangs,
            "current": ident == this,
            "main": ident == main,
            # Without local variables: the repr of one may need a lock that a thread which hangs holds.
            "stacktrace": {
                "frames": _stack(stacks.whole(stacks.caller() if ident == this else running[ident]), None, files)
            },
        }
        for ident in itertools.islice(chosen, MAX_THREADS)
    ]
    return ReadyDict(values=entries)


def waiting(places: Iterable[tuple[str, FrameType]]) -> dict[str, Any]:
    """Return named places where something waits as the `threads` of an event, which is about the first of them."""
    files = Files()
    entries = [
        {
            "id": number,
            "name": json_values.text(name, MAX_NAME),
            "crashed": not number,
            "current": not number,
            "stacktrace": {"frames": _stack(stacks.whole(frame), None, files)},
        }
        for number, (name, frame) in enumerate(itertools.islice(places, MAX_THREADS))
    ]
    return ReadyDict(values=entries)


def _stack(outward: Iterator[FrameType], variables: Variables | None, files: Files | None = None) -> ReadyList:
    included = _settings.include_local_variables and option_types.OWN
    frames, longest = ReadyList(), _settings.max_value_length
    files = Files() if files is None else files
    for frame in outward:  # not generators within one another: each is a function of its own
        line = code_lines.describe(frame, frame.f_lineno, longest, files)
        if code_lines.is_hidden(line, frame):
            continue
        frames.append(_frame(line, frame, variables, included))
        if len(frames) == MAX_FRAMES:
            break
    frames.reverse()
    return frames
