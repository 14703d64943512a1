"""Stack frames as JSON that is ready: source lines from a cache, local variables bounded.

Frames are most of the cost of an event. sentry-sdk is told to build bare ones; those that are sent are built here, from
the exceptions in the hint (`exceptions`).
"""

import collections
import contextlib
import inspect
import itertools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

import sentry_sdk
import sentry_sdk.utils

from ..config import option_types
from ..config.options import Options
from ..objects import json_values
from ..objects.concealed import Concealed
from ..objects.known import Known
from ..objects.ready_json import ReadyDict, ReadyList
from ..objects.variables import Variables
from ..runtime import in_app, stacks
from . import source_lines

MAX_FRAMES = 100
MAX_THREADS = 100
MAX_NAME = 200
"""Longest name of a thread."""
MAX_KNOWN = 4096

WITHOUT_VARIABLES = frozenset({"asab.web.rest.json"})
"""Modules in whose frames local variables are headers and body of a request, of which the event tells elsewhere."""

HIDING = ("__traceback_hide__", "__tracebackhide__")
"""Local variables that keep a frame out of events when they are true, as sentry-sdk has it."""


class Frame(ReadyDict):
    """A frame that was built here."""

    __slots__ = ()


class Frames(ReadyList):
    """The frames of an exception. `total` is how many there were, of which the middle may have been left out."""

    __slots__ = ("total",)
    total: int


class _Line(NamedTuple):
    """What is the same each time a line is reached."""

    code: CodeType
    described: dict[str, Any]
    with_variables: bool
    is_hidden: bool
    may_hide: bool
    """Whether a local variable tells if the frame is hidden."""


_known: Known[tuple[int, int], _Line] = Known(MAX_KNOWN)
"""By the id of the code, as that of equal functions in different files is equal; who knows the code keeps its id."""


_files: Known[tuple[str, str], dict[str, Any]] = Known(MAX_KNOWN)
"""What is the same for all lines of a file, by the name of its module and its path."""

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
        _known.clear()
        _files.clear()

    return uninstall


def variables() -> Variables:
    """Return what shows the local variables of the frames of one event."""
    return Variables(_concealed)


def _frame(line: _Line, frame: FrameType, variables: Variables | None, included: object) -> Frame:
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


def of_traceback(traceback: TracebackType | None, variables: Variables, longest: int) -> Frames:
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
        line = _line(frame, step.tb_lineno)
        if _is_hidden(line, frame):
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


def _is_hidden(line: _Line, frame: FrameType) -> bool:
    return line.is_hidden or (line.may_hide and _hides(frame))


def _hides(frame: FrameType) -> bool:
    variables = frame.f_locals
    for name in HIDING:
        with contextlib.suppress(Exception):  # whatever an application calls so
            if variables.get(name):
                return True
    return False


def _line(frame: FrameType, lineno: int) -> _Line:
    place = id(frame.f_code), lineno
    known = _known.get(place)
    if known is None:
        known = _known.add(place, _describe_line(frame, lineno))
    return known


def _describe_line(frame: FrameType, lineno: int) -> _Line:
    module = frame.f_globals.get("__name__")
    place: dict[str, Any] = {
        **_describe_file(module, frame.f_code.co_filename),
        "function": frame.f_code.co_name or "<unknown>",
        "module": module,
        "lineno": lineno,
    }
    before, line, after = source_lines.around(frame, lineno, _settings.max_value_length)
    place |= {"pre_context": before, "context_line": line, "post_context": after}
    code = frame.f_code
    return _Line(
        code,
        place,
        with_variables=module not in WITHOUT_VARIABLES,
        is_hidden=str(module).startswith(stacks.HIDDEN),
        # Code that is no function has its variables elsewhere.
        may_hide=not code.co_flags & inspect.CO_OPTIMIZED
        or not {*HIDING}.isdisjoint(code.co_varnames + code.co_cellvars + code.co_freevars),
    )


def _describe_file(module: Any, path: str) -> dict[str, Any]:
    name = module if type(module) is str else "", path
    known = _files.get(name)
    if known is None:
        shown = in_app.current().show(module, path, sentry_sdk.utils.filename_for_module(module, path) or None)
        known = shown._asdict()
        if name[0]:
            _files.add(name, known)
    return known


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
            "stacktrace": {"frames": _stack(stacks.whole(stacks.caller() if ident == this else running[ident]), None)},
        }
        for ident in itertools.islice(chosen, MAX_THREADS)
    ]
    return ReadyDict(values=entries)


def waiting(places: Iterable[tuple[str, FrameType]]) -> dict[str, Any]:
    """Return named places where something waits as the `threads` of an event, which is about the first of them."""
    entries = [
        {
            "id": number,
            "name": json_values.text(name, MAX_NAME),
            "crashed": not number,
            "current": not number,
            "stacktrace": {"frames": _stack(stacks.whole(frame), None)},
        }
        for number, (name, frame) in enumerate(itertools.islice(places, MAX_THREADS))
    ]
    return ReadyDict(values=entries)


def _stack(outward: Iterator[FrameType], variables: Variables | None) -> ReadyList:
    included = _settings.include_local_variables and option_types.OWN
    frames = ReadyList()
    for frame in outward:  # not generators within one another: each is a function of its own
        line = _line(frame, frame.f_lineno)
        if _is_hidden(line, frame):
            continue
        frames.append(_frame(line, frame, variables, included))
        if len(frames) == MAX_FRAMES:
            break
    frames.reverse()
    return frames
