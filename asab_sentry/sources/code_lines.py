"""What of a frame is the same each time its line is reached: its place, its source, whether it is shown."""

import contextlib
import inspect
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any, NamedTuple

import sentry_sdk.utils

from ..objects.cache import Cache
from ..runtime import in_app, stacks
from . import source_lines

MAX_KNOWN = 4096

HIDING = ("__traceback_hide__", "__tracebackhide__")
"""Local variables that keep a frame out of events when they are true, as sentry-sdk has it."""


class Line(NamedTuple):
    """What is the same each time a line is reached."""

    code: CodeType
    described: dict[str, Any]
    with_variables: bool
    is_hidden: bool
    may_hide: bool
    """Whether a local variable tells if the frame is hidden."""


_known: Cache[tuple[int, int], Line] = Cache(MAX_KNOWN)
"""By the id of the code, as that of equal functions in different files is equal; who knows the code keeps its id."""

_without_variables: set[str] = set()

_files: Cache[tuple[str, str], dict[str, Any]] = Cache(MAX_KNOWN)
"""What is the same for all lines of a file, by the name of its module and its path."""


def describe(frame: FrameType, lineno: int, longest: int, files: source_lines.Files) -> Line:
    """Return a line of the code of a frame; lines of source have `longest` characters at most.

    Where files of too much source would be read for one event, it has none, which is not remembered.
    """
    place = id(frame.f_code), lineno
    known = _known.get(place)
    if known is None:
        may_read = files.may_read(frame.f_code.co_filename)
        known = _described(frame, lineno, longest if may_read else 0)
        if may_read:
            _known.add(place, known)
    return known


def _described(frame: FrameType, lineno: int, longest: int) -> Line:
    module = frame.f_globals.get("__name__")
    place: dict[str, Any] = {
        **_described_file(module, frame.f_code.co_filename),
        "function": frame.f_code.co_name or "<unknown>",
        "module": module,
        "lineno": lineno,
    }
    before, line, after = source_lines.around(frame, lineno, longest) if longest else source_lines.NONE
    place |= {"pre_context": before, "context_line": line, "post_context": after}
    code = frame.f_code
    return Line(
        code,
        place,
        with_variables=module not in _without_variables,
        is_hidden=str(module).startswith(stacks.HIDDEN),
        # Code that is no function has its variables elsewhere.
        may_hide=not code.co_flags & inspect.CO_OPTIMIZED
        or not {*HIDING}.isdisjoint(code.co_varnames + code.co_cellvars + code.co_freevars),
    )


def _described_file(module: Any, path: str) -> dict[str, Any]:
    name = module if type(module) is str else "", path
    known = _files.get(name)
    if known is None:
        shown = in_app.current().show(module, path, sentry_sdk.utils.filename_for_module(module, path) or None)
        known = shown._asdict()
        if name[0]:
            _files.add(name, known)
    return known


def is_hidden(line: Line, frame: FrameType) -> bool:
    """Return whether a frame that is at a line is kept out of events."""
    return line.is_hidden or (line.may_hide and _hides(frame))


def _hides(frame: FrameType) -> bool:
    variables = frame.f_locals
    for name in HIDING:
        with contextlib.suppress(Exception):  # whatever an application calls so
            if variables.get(name):
                return True
    return False


def leave_out_variables(modules: Iterable[str]) -> None:
    """Show no local variables of frames of some modules from now on: what they hold is told elsewhere."""
    if not _without_variables.issuperset(modules):
        _without_variables.update(modules)
        _known.clear()


def forget() -> None:
    """Forget all lines, as the configuration by which they were described is another one from now on."""
    _known.clear()
    _files.clear()
