"""The lines of source around one, as Python's tracebacks read them: what sentry-sdk does with them differs by major."""

import contextlib
import linecache
import os
from types import FrameType
from typing import NamedTuple

AROUND = 5
"""So many lines before and after are shown."""
LONGEST = 1000
"""Of a longer line, as generated modules have them, the beginning is shown."""


MOST = 2_000_000
"""So many bytes of source are read for one event."""
OF_ANY = 20_000
"""So many bytes take as long as a file does beside them."""


class Lines(NamedTuple):
    """A line with those around it; None and none where there is no source."""

    before: list[str]
    line: str | None
    after: list[str]


NONE = Lines([], None, [])


class Files:
    """The files that are read for one event, as long as these are few and short; at least one is."""

    def __init__(self) -> None:
        self._left = MOST

    def may_read(self, path: str) -> bool:
        """Return whether a file may be read, if it was not before."""
        if path in linecache.cache:
            return True
        if self._left <= 0:
            return False
        size = OF_ANY
        with contextlib.suppress(OSError, ValueError):  # it is in an archive, or there is none
            size += os.stat(path).st_size  # noqa: PTH116  # it is a text
        self._left -= size
        return True


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
