"""Stack frames as JSON that is ready: source lines from a cache, local variables bounded.

Frames are most of the cost of an event. sentry-sdk builds all of them, also those of its own integrations, by two
functions, which are replaced: one frame, and the frames of one exception. Chains, groups and notes of exceptions stay
its business.
"""

import contextlib
import inspect
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

import asab.log
import sentry_sdk
import sentry_sdk.utils
from sentry_sdk._types import AnnotatedValue

from .. import in_app, values
from ..ready import ReadyDict, ReadyList
from ..replaced import replace

MAX_FRAMES = 100
MAX_KNOWN = 4096

_package, _sdk = (str(Path(path).parents[up]) + os.sep for path, up in ((__file__, 1), (sentry_sdk.__file__, 0)))
_machinery = (_package, _sdk, logging.__file__, asab.log.__file__)


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


_known: dict[tuple[int, int], _Line] = {}
"""By the id of the code, as that of equal functions in different files is equal; who knows the code keeps its id."""


def install() -> Callable[[], None]:
    """Let sentry-sdk build its frames here; return the function that ends it."""
    undo = contextlib.ExitStack()
    undo.callback(_known.clear)
    undo.callback(replace(sentry_sdk.utils, "serialize_frame", lambda _: describe))
    undo.callback(replace(sentry_sdk.utils, "single_exception_from_error_tuple", _with_frames))
    return undo.close


def _with_frames(exception: Any) -> Any:
    """Return what describes an exception by sentry-sdk, and its frames here."""

    def describe_exception(*args: Any, **given: Any) -> dict[str, Any]:
        described: dict[str, Any]
        # Called otherwise than by these names, it is left to sentry-sdk.
        if "tb" not in given or given.get("full_stack"):
            described = exception(*args, **given)
            return described
        described = exception(*args, **{**given, "tb": None})
        if frames := _of_traceback(given["tb"], given.get("client_options") or sentry_sdk.get_client().options):
            described["stacktrace"] = {"frames": frames}
        return described

    return describe_exception


def describe_alone(exc_info: Any, options: dict[str, Any], mechanism: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return an exception that is all there is to describe; None: it has others, or sentry-sdk is to describe it.

    Most have no cause, no context and no group. To find that out takes sentry-sdk as long as to describe one.
    """
    kind, error, traceback = exc_info
    if (
        error is None
        or error.__context__ is not None
        or error.__cause__ is not None
        or isinstance(error, BaseExceptionGroup)
    ):
        return None
    try:
        described: dict[str, Any] = sentry_sdk.utils.single_exception_from_error_tuple(
            exc_type=kind, exc_value=error, tb=traceback, client_options=options, mechanism=mechanism
        )
    except (AttributeError, TypeError):  # a version without it, or where it takes something else
        return None
    return described


def describe(
    frame: FrameType,
    tb_lineno: int | None = None,
    include_local_variables: bool = True,  # noqa: FBT001, FBT002  # the signature is sentry-sdk's
    include_source_context: bool = True,  # noqa: FBT001, FBT002
    max_value_length: int | None = None,
    **_: Any,
) -> dict[str, Any]:
    """Return a frame as Sentry's `frame` interface, in place of `sentry_sdk.utils.serialize_frame`."""
    lineno = frame.f_lineno if tb_lineno is None else tb_lineno
    line = _line(frame, lineno, max_value_length, with_source=include_source_context)
    return _frame(line, frame, with_variables=include_local_variables)


def _frame(line: _Line, frame: FrameType, *, with_variables: bool) -> Frame:
    described = Frame(line.described)
    if with_variables and line.with_variables:
        described["vars"] = values.variables(frame.f_locals)
    return described


def _of_traceback(traceback: TracebackType | None, options: dict[str, Any]) -> Frames:
    """Return the frames of a traceback that are not hidden, of a long one, as of an endless recursion, both ends."""
    longest, with_source = options["max_value_length"], options["include_source_context"]
    steps = []
    while traceback is not None:
        frame = traceback.tb_frame
        line = _line(frame, traceback.tb_lineno, longest, with_source=with_source)
        if not (line.is_hidden or (line.may_hide and _hides(frame))):
            steps.append((line, frame))
        traceback = traceback.tb_next
    frames = Frames()
    frames.total = len(steps)
    if len(steps) > values.FRAMES:
        steps[values.FRAMES // 2 : -values.FRAMES // 2] = []
    with_variables = options["include_local_variables"]
    frames.extend(_frame(line, frame, with_variables=with_variables) for line, frame in steps)
    return frames


def _hides(frame: FrameType) -> bool:
    variables = frame.f_locals
    for name in HIDING:
        with contextlib.suppress(Exception):  # whatever an application calls so
            if variables.get(name):
                return True
    return False


def remarks(exceptions: list[Any]) -> dict[str, Any]:
    """Return which of the exceptions of an event have lost frames, as sentry-sdk and Sentry remark on what they cut."""
    found = {}
    for place, exception in enumerate(exceptions):
        stacktrace = exception.get("stacktrace")
        frames = stacktrace.get("frames") if isinstance(stacktrace, dict) else None
        if type(frames) is Frames and frames.total > len(frames):
            found[str(place)] = {"stacktrace": {"frames": {"": {"len": frames.total}}}}
    return found


def _line(frame: FrameType, lineno: int, longest: int | None, *, with_source: bool) -> _Line:
    place = id(frame.f_code), lineno
    known = _known.get(place)
    if known is None:
        if len(_known) >= MAX_KNOWN:
            _known.clear()
        known = _known[place] = _describe_line(frame, lineno, longest, with_source=with_source)
    return known


def _describe_line(frame: FrameType, lineno: int, longest: int | None, *, with_source: bool) -> _Line:
    module = frame.f_globals.get("__name__")
    path = frame.f_code.co_filename
    shown = in_app.current().show(module, path, sentry_sdk.utils.filename_for_module(module, path) or None)
    place: dict[str, Any] = {
        **shown._asdict(),
        "function": frame.f_code.co_name or "<unknown>",
        "module": module,
        "lineno": lineno,
    }
    if with_source:
        before, line, after = sentry_sdk.utils.get_source_context(frame, lineno, longest)
        place |= {"pre_context": _plain(before), "context_line": _plain(line), "post_context": _plain(after)}
    code = frame.f_code
    return _Line(
        code,
        place,
        with_variables=module not in WITHOUT_VARIABLES,
        is_hidden=str(module).startswith("sentry_sdk."),
        # Code that is no function has its variables elsewhere.
        may_hide=not code.co_flags & inspect.CO_OPTIMIZED
        or not {*HIDING}.isdisjoint(code.co_varnames + code.co_cellvars + code.co_freevars),
    )


def _plain(context: Any) -> Any:
    """Return source lines without the SDK's annotations of what was cut."""
    if isinstance(context, list):
        return [_plain(line) for line in context]
    return context.value if isinstance(context, AnnotatedValue) else context


def place(error: BaseException) -> tuple[str | int, ...]:
    """Return type and innermost lines of an exception, as the name of its issue."""
    traceback = error.__traceback__
    inner = outer = None
    while traceback is not None:
        inner, outer = traceback, inner
        traceback = traceback.tb_next
    if inner is None:
        return (type(error).__qualname__,)
    line = type(error).__qualname__, inner.tb_frame.f_code.co_filename, inner.tb_lineno
    return line if outer is None else (*line, outer.tb_frame.f_code.co_filename, outer.tb_lineno)


def caller_place() -> str:
    """Return the line that called into logging, sentry-sdk or this package."""
    frame = _caller()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""


def _caller() -> FrameType | None:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # as logging itself does
    while frame is not None and frame.f_code.co_filename.startswith(_machinery):
        frame = frame.f_back
    return frame


def threads() -> dict[str, Any]:
    """Return the stack of whoever called into logging, sentry-sdk or this package, as the `threads` of an event."""
    thread = {"name": threading.current_thread().name, "stacktrace": {"frames": _stack(_caller())}}
    return {"values": [{**thread, "crashed": False, "current": True}]}


def all_threads() -> dict[str, Any]:
    """Return the stacks of all threads, as the `threads` of an event about a main thread that hangs."""
    this, main = threading.get_ident(), threading.main_thread().ident
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    values = [
        {
            "id": ident,
            "name": names.get(ident, "unknown"),
            # Sentry shows and groups by the thread that crashed.
            "crashed": ident == main,
            "current": ident == this,
            "main": ident == main,
            # Without local variables: the repr of one may need a lock that a thread which hangs holds.
            "stacktrace": {"frames": _stack(_caller() if ident == this else frame, local_variables=False)},
        }
        for ident, frame in sys._current_frames().items()  # noqa: SLF001  # made for this
    ]
    return {"values": values}


def _stack(frame: FrameType | None, *, local_variables: bool = True) -> ReadyList:
    options = sentry_sdk.get_client().options
    frames = ReadyList()
    while frame is not None and len(frames) < MAX_FRAMES:
        frames.append(
            describe(
                frame,
                include_local_variables=local_variables and options["include_local_variables"],
                include_source_context=options["include_source_context"],
                max_value_length=options["max_value_length"],
            )
        )
        frame = frame.f_back
    frames.reverse()
    return frames
