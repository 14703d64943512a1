"""Stack frames as JSON that is ready: source lines from a cache, local variables bounded.

Frames are most of the cost of an event. sentry-sdk builds all of them, also those of its own integrations, by one
function, which is replaced; chains, groups and notes of exceptions stay its business.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

import asab.log
import sentry_sdk
import sentry_sdk.utils
from sentry_sdk._types import AnnotatedValue

from .. import values
from ..ready import ReadyDict, ReadyList

MAX_FRAMES = 100
MAX_KNOWN = 4096

_package, _sdk = (str(Path(path).parents[up]) + os.sep for path, up in ((__file__, 1), (sentry_sdk.__file__, 0)))
_machinery = (_package, _sdk, logging.__file__, asab.log.__file__)


WITHOUT_VARIABLES = frozenset({"asab.web.rest.json"})
"""Modules in whose frames local variables are headers and body of a request, of which the event tells elsewhere."""


class Frame(ReadyDict):
    """A frame that was built here."""

    __slots__ = ()


_known: dict[tuple[CodeType, int], dict[str, Any]] = {}


def install() -> Callable[[], None]:
    """Let sentry-sdk build its frames here; return the function that ends it."""
    original = sentry_sdk.utils.serialize_frame
    sentry_sdk.utils.serialize_frame = describe  # type: ignore[assignment]

    def uninstall() -> None:
        sentry_sdk.utils.serialize_frame = original
        _known.clear()

    return uninstall


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
    place = (frame.f_code, lineno)
    known = _known.get(place)
    if known is None:
        if len(_known) >= MAX_KNOWN:
            _known.clear()
        known = _known[place] = _describe_place(
            frame, lineno, max_value_length, include_source_context=include_source_context
        )
    described = Frame(known)
    if include_local_variables and known["module"] not in WITHOUT_VARIABLES:
        described["vars"] = values.variables(frame.f_locals)
    return described


def _describe_place(
    frame: FrameType, lineno: int, max_value_length: int | None, *, include_source_context: bool
) -> dict[str, Any]:
    module = frame.f_globals.get("__name__")
    path = frame.f_code.co_filename
    place: dict[str, Any] = {
        "filename": sentry_sdk.utils.filename_for_module(module, path) or None,
        "abs_path": str(Path(path).absolute()) if path else None,
        "function": frame.f_code.co_name or "<unknown>",
        "module": module,
        "lineno": lineno,
    }
    if include_source_context:
        before, line, after = sentry_sdk.utils.get_source_context(frame, lineno, max_value_length)
        place |= {"pre_context": _plain(before), "context_line": _plain(line), "post_context": _plain(after)}
    options = sentry_sdk.get_client().options
    sentry_sdk.utils.set_in_app_in_frames(
        [place], options["in_app_exclude"], options["in_app_include"], options["project_root"]
    )
    return place


def _plain(context: Any) -> Any:
    """Return source lines without the SDK's annotations of what was cut."""
    if isinstance(context, list):
        return [_plain(line) for line in context]
    return context.value if isinstance(context, AnnotatedValue) else context


def both_ends(traceback: TracebackType | None) -> tuple[TracebackType | None, int]:
    """Return a traceback without the middle of a long one, as of an endless recursion, and how many frames it had."""
    steps = []
    step = traceback
    while step is not None:
        steps.append(step)
        step = step.tb_next
    if len(steps) <= values.FRAMES:
        return traceback, len(steps)
    kept = steps[-values.FRAMES // 2]
    for step in reversed(steps[: values.FRAMES // 2]):
        kept = TracebackType(kept, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return kept, len(steps)


def place(error: BaseException) -> tuple[str, str]:
    """Return type and innermost frames of an exception, as the name of its issue."""
    traceback = error.__traceback__
    inner = outer = None
    while traceback is not None:
        inner, outer = traceback, inner
        traceback = traceback.tb_next
    where = " < ".join(_where(tb.tb_frame, tb.tb_lineno) for tb in (inner, outer) if tb is not None)
    return type(error).__qualname__, where


def caller_place() -> str:
    """Return the line that called into logging, sentry-sdk or this package."""
    frame = _caller()
    return _where(frame, frame.f_lineno) if frame is not None else ""


def _where(frame: FrameType, lineno: int) -> str:
    return f"{frame.f_code.co_filename}:{lineno}"


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
