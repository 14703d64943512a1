"""Who has died and was not told of yet: what dead processes left of themselves in the spool."""

import time
from dataclasses import dataclass
from pathlib import Path

from ..blackbox import last_words
from ..delivery.folder import folders
from ..delivery.folder_lock import is_held
from ..delivery.responses import printable
from ..delivery.storage import destination, home, homes


@dataclass(frozen=True)
class Death:
    """A process that was killed or has crashed; `end` is when it was last seen alive, in seconds since 1970.

    `mine` says whether the next start with the DSN of the configuration tells of it (None: there is no DSN).
    """

    path: Path
    title: str
    end: float
    process: int
    mine: bool | None


def look(directory: Path, dsn: str | None, max_age: float) -> list[Death]:
    """Return who will be told of, the oldest first; raise OSError. Nothing is changed."""
    mine = home(directory, destination(dsn)) if dsn else None
    deaths = [
        death
        for place in homes(directory)
        for path in folders(place)
        if (death := _death(path, max_age, mine=None if mine is None else place == mine)) is not None
    ]
    return sorted(deaths, key=lambda death: death.end)


def _death(path: Path, max_age: float, *, mine: bool | None) -> Death | None:
    try:
        left = None if is_held(path) else last_words.find(path, None)
    except FileNotFoundError:  # somebody tells of it at this moment
        return None
    if left is None or (cause := left.reported_as(time.time() - max_age)) is None:
        return None
    return Death(path, printable(last_words.title_of(left, cause)), left.end, left.state.pid, mine)
