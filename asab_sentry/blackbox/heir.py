"""Whoever takes a directory over tells of the process that has left it, once."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..runtime.guards import attempt
from . import files, last_words


class Heir:
    """Tells of dead processes by events, which `capture` is given; where it is None, nobody is told of.

    `capture` returns when the event is kept. Only then what it was made of is removed: whoever dies in between leaves
    that to the next, who makes the same event again, with the same id.
    """

    def __init__(
        self, capture: Callable[[dict[str, Any]], object] | None, most_breadcrumbs: int, max_age: float
    ) -> None:
        self._capture = capture
        self._most_breadcrumbs = most_breadcrumbs
        self._max_age = max_age

    def adopt(self, directory: Path, owners: frozenset[int] | None) -> None:
        """Tell of the process whose directory is locked by us, and remove what it has left of itself; raise OSError."""
        if not any((directory / name).exists() for name in files.ALL):
            return
        remains = last_words.find(directory, owners)
        if self._capture is not None and remains is not None:
            attempt("A process that was killed is not told of", self._tell, remains, self._capture)
        files.remove(directory)

    def _tell(self, remains: last_words.Remains, capture: Callable[[dict[str, Any]], object]) -> None:
        cause = remains.reported_as(time.time() - self._max_age)
        if cause is not None:
            capture(last_words.event_of(remains, cause, self._most_breadcrumbs))

    def expire(self, directory: Path, owners: frozenset[int] | None) -> None:
        """Remove what a process for another destination has left of itself, if nobody will tell of it any more."""
        remains = last_words.find(directory, owners)
        if remains is None or remains.is_clean or time.time() - remains.end > self._max_age:
            files.remove(directory)
