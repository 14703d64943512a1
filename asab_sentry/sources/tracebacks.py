"""Tracebacks as they are without this package: no frames of it, or of sentry-sdk, that only called others."""

import inspect
import logging
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from ..objects.errors import is_exception, links_of, members_of, traceback_of
from ..runtime import diagnostics
from ..runtime.stacks import PACKAGES

MAX_EXCEPTIONS = 100
"""Of a chain or group; the tracebacks of others stay as they are."""


def step_aside(error: BaseException) -> None:
    """Take the frame that handles an exception, and is about to raise it again by `raise`, out of its traceback.

    So are those of the same module by which it called further.
    """
    own, traceback = inspect.currentframe(), sys.exc_info()[2]
    frame = None if own is None else own.f_back
    if traceback is None or frame is None or traceback.tb_frame is not frame:
        return
    path, traceback = frame.f_code.co_filename, traceback.tb_next
    while traceback is not None and traceback.tb_next is not None and traceback.tb_frame.f_code.co_filename == path:
        traceback = traceback.tb_next
    # Not by setting `__traceback__`: an exception may be a frozen dataclass.
    BaseException.with_traceback(error, traceback)


def clean(error: Any, traceback: TracebackType | None = None) -> TracebackType | None:
    """Take the frames that only called others out of the traceback of an exception, and of those that led to it.

    Returns what is to be shown in place of the traceback that is given.
    """
    # Not isinstance(): a mock is whatever it says.
    if not is_exception(error):
        return traceback
    for link in _all(error):
        before = traceback_of(link)
        after = _without_ours(before)
        if after is not before:
            BaseException.with_traceback(link, after)
            if traceback is before:
                traceback = after
    return traceback


def clean_record(record: logging.LogRecord) -> None:
    """Clean the exception of a log record, unless it is one of this package, which has fallen there."""
    exc_info = record.exc_info
    if isinstance(exc_info, tuple) and record.name != diagnostics.L.name:
        shown = clean(exc_info[1], exc_info[2])
        if shown is not exc_info[2]:
            record.exc_info = exc_info[0], exc_info[1], shown  # type: ignore[assignment]  # as it was


def _all(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], {id(error)}
    while waiting and len(seen) <= MAX_EXCEPTIONS:
        link = waiting.pop()
        yield link
        for other in (*links_of(link), *members_of(link)[:MAX_EXCEPTIONS]):
            if other is not None and id(other) not in seen:
                seen.add(id(other))
                waiting.append(other)


def _without_ours(first: TracebackType | None) -> TracebackType | None:
    """Return the traceback without the frames of `PACKAGES` that lead to others."""
    kept: TracebackType | None = None
    passed = step = first
    while step is not None:
        path = step.tb_frame.f_code.co_filename
        # The first question is the cheaper one, and the answer is no for most frames.
        if not ("sentry" in path and path.startswith(PACKAGES)):
            if kept is None:
                first = step
            elif passed is not step:
                kept.tb_next = step
            kept, passed = step, step.tb_next
        step = step.tb_next
    return first
