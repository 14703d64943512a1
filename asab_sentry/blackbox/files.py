"""The files of a black box, beside what waits in the directory of its process: by names that are no envelopes'."""

import os
import stat
from pathlib import Path

STATE = "blackbox.json"
RING = "blackbox.ring"
FAULTS = "blackbox.faults"
ALL = (FAULTS, STATE, RING)
"""In the order in which they are removed: without its ring there is nothing to be told."""

LARGEST = 1_000_000


def read(path: Path, owners: frozenset[int] | None = None) -> bytes:
    """Return the content of a file of `owners` (None: of anybody); raise OSError, also for what is no file."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode) or (owners is not None and facts.st_uid not in owners):
            raise FileNotFoundError(path)
        return file.read(LARGEST)


def remove(directory: Path) -> None:
    """Remove the files of a black box; raise OSError."""
    for name in ALL:
        (directory / name).unlink(missing_ok=True)
