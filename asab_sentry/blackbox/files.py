"""The files of a black box, beside what waits in the directory of its process: by names that are no envelopes'."""

from pathlib import Path

from ..delivery.files import opened, read_beginning

STATE = "blackbox.json"
RING = "blackbox.ring"
FAULTS = "blackbox.faults"
ALL = (RING, STATE, FAULTS)
"""In the order in which they are removed: without its ring there is nothing to be told, and so not a second time."""

LARGEST = 1_000_000


def read(path: Path, owners: frozenset[int] | None = None) -> bytes:
    """Return the content of a file of `owners` (None: of anybody); raise OSError, also for what is no file."""
    with opened(path, owners) as (descriptor, _):
        return read_beginning(descriptor, LARGEST)


def remove(directory: Path) -> None:
    """Remove the files of a black box; raise OSError."""
    for name in ALL:
        (directory / name).unlink(missing_ok=True)
