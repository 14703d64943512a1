"""Exceptions as they are, whatever their classes make of access to attributes."""

import itertools
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from .kinds import attributes_of

MAX_NOTES = 100

TICKING = "asab.application"
"""The module that publishes the ticks of an application while it handles the end of a waiting time."""


def is_exception(value: object) -> bool:
    """Return whether something is an exception, and not a mock of one."""
    return issubclass(type(value), BaseException)


def traceback_of(error: BaseException) -> TracebackType | None:
    """Return the traceback of an exception; None when it was never raised."""
    traceback: TracebackType | None = _traceback(error)
    return traceback


def cause_of(error: BaseException) -> tuple[BaseException | None, str]:
    """Return the exception that led to this one, and the name of the attribute that says so."""
    if _suppress_context(error):
        return _cause(error), "__cause__"
    context = _context(error)
    # What was on its way already when ASAB called has led to nothing.
    return None if context is not None and _is_tick(context) else context, "__context__"


def links_of(error: BaseException) -> tuple[BaseException | None, BaseException | None]:
    """Return the cause of an exception, and what was on its way when it was raised."""
    return _cause(error), _context(error)


def _is_tick(error: BaseException) -> bool:
    traceback = traceback_of(error) if issubclass(type(error), TimeoutError) else None
    return traceback is not None and dict.get(traceback.tb_frame.f_globals, "__name__") == TICKING


def members_of(error: BaseException) -> tuple[BaseException, ...]:
    """Return the exceptions of a group; of another exception, none."""
    return _exceptions(error) if issubclass(type(error), BaseExceptionGroup) else ()


def notes_of(error: BaseException) -> Iterator[str]:
    """Yield the notes of an exception, `MAX_NOTES` at most."""
    notes: Any = attributes_of(error).get("__notes__")
    if issubclass(type(notes), list):
        for note in itertools.islice(list.__iter__(notes), MAX_NOTES):
            if issubclass(type(note), str):
                yield note


def number_of(error: BaseException) -> int | None:
    """Return the `errno` of an exception, if it has one."""
    number = attributes_of(error).get("errno")
    if number is None and issubclass(type(error), OSError):
        number = _errno(error)
    return number if type(number) is int else None


def _getter(kind: type, name: str) -> Any:
    return kind.__dict__[name].__get__


_traceback = _getter(BaseException, "__traceback__")
_cause = _getter(BaseException, "__cause__")
_context = _getter(BaseException, "__context__")
_suppress_context = _getter(BaseException, "__suppress_context__")
_exceptions = _getter(BaseExceptionGroup, "exceptions")
_errno = _getter(OSError, "errno")
