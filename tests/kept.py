"""What waits in the directory of a spool, as tests find it on disk."""

import contextlib
from pathlib import Path

from asab_sentry.delivery import files


def kept(directory: Path) -> list[files.Kept]:
    """Return what waits anywhere in a directory, the oldest first."""
    return [envelope for envelope, _ in _found(directory)]


def kept_files(directory: Path) -> list[Path]:
    """Return the files of that."""
    return [path for _, path in _found(directory)]


def _found(directory: Path) -> list[tuple[files.Kept, Path]]:
    found = []
    for path in directory.rglob("*"):
        if files.NAME.fullmatch(path.name) or files.FILE.fullmatch(path.name):
            with contextlib.suppress(OSError):  # it is no file, or it was sent meanwhile
                found.append((files.look(path), path))
    waiting = [(envelope, path) for envelope, path in found if envelope is not None]
    return sorted(waiting, key=lambda pair: pair[0].name)
