"""Who has died and was not told of yet: what dead processes left of themselves in the spool."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from ..blackbox import last_words
from ..delivery.folder import folders
from ..delivery.folder_lock import is_held
from ..delivery.homes import home, homes
from ..delivery.responses import printable
from ..delivery.storage import destination


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
    deaths = []
    for place in homes(directory):
        for path in folders(place):
            with contextlib.suppress(FileNotFoundError):  # somebody tells of it at this moment
                left = None if is_held(path) else last_words.find(path, None)
                if left is None or (cause := left.reported_as(time.time() - max_age)) is None:
                    continue
                title = printable(last_words.title_of(left, cause))
                deaths.append(Death(path, title, left.end, left.state.pid, None if mine is None else place == mine))
    return sorted(deaths, key=lambda death: death.end)
