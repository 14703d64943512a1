"""The lines of source around one, as Python's tracebacks read them: what sentry-sdk does with them differs by major."""

import linecache
from types import FrameType
from typing import NamedTuple

AROUND = 5
"""So many lines before and after are shown."""
LONGEST = 1000
"""Of a longer line, as generated modules have them, the beginning is shown."""


class Lines(NamedTuple):
    """A line with those around it; None and none where there is no source."""

    before: list[str]
    line: str | None
    after: list[str]


def around(frame: FrameType, lineno: int | None, longest: int) -> Lines:
    """Return the lines around one of the file of a frame, each of `longest` characters at most."""
    if lineno is None:
        return Lines([], None, [])
    try:
        lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    except Exception:  # a loader of modules, which is asked for the source, may be anybody's
        lines = []
    place = lineno - 1
    if not 0 <= place < len(lines):  # as where the file has changed since
        return Lines([], None, [])
    longest = min(longest, LONGEST)
    shown = [line.strip("\r\n")[:longest] for line in lines[max(place - AROUND, 0) : place + AROUND + 1]]
    here = min(place, AROUND)
    return Lines(shown[:here], shown[here], shown[here + 1 :])
