"""What dead processes left: it is taken over, or removed when it is too old."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from .files import look, names, waiting
from .folder import Folder, clear
from .folder_lock import lock, mark_of


class Left(NamedTuple):
    """What a dead process left in a file, and how the clock of that was set at its start."""

    file: str
    name: str
    size: int
    mark: str


def take_over(folder: Folder, other: Path, last: Callable[[Path], None] = lambda _: None) -> Iterator[Left]:
    """Move the files of a dead process to our folder and yield them. A living one is left alone.

    One that cannot be moved stays, and the rest is moved all the same before that is raised. `last` is given what
    is left, while nobody else can have it.
    """
    if folder.owners is not None and (user := other.lstat().st_uid) not in folder.owners:
        raise PermissionError(errno.EPERM, f"it belongs to user {user}", str(other))
    held = lock(other)
    if held is None:
        return
    failure = None
    try:
        mark = mark_of(held)
        for name in names(other):
            try:
                if folder.owners is not None and (other / name).lstat().st_uid not in folder.owners:
                    continue
                kept = look(other / name)
                if kept is None:
                    continue
                (other / name).rename(folder.path / name)
            except OSError as error:
                failure = error
            else:
                yield Left(*kept, mark)
        if failure is not None:
            raise failure
        last(other)
        clear(other)
    finally:
        os.close(held)


def expire(
    path: Path,
    is_old: Callable[[str, str], bool],
    owners: frozenset[int] | None = None,
    last: Callable[[Path], None] = lambda _: None,
) -> int:
    """Remove what a dead process left and is old, by its name and the mark of its process; return how many files.

    Nothing is done to a directory of somebody else. `last` is given one without any file that waits, while nobody else
    can have it.
    """
    if owners is not None and path.lstat().st_uid not in owners:
        return 0
    # By when the files were made, which is before what is in them came.
    if not any(is_old(name, "") for name in names(path)) and any(waiting(path)):
        return 0
    held = lock(path)
    if held is None:
        return 0
    try:
        mark = mark_of(held)
        expired, is_left = 0, False
        for name in names(path):
            try:
                kept = look(path / name)
                if kept is not None and is_old(kept.name, mark):
                    (path / name).unlink(missing_ok=True)
                    expired += 1
                elif kept is not None:
                    is_left = True
            except OSError:
                is_left = True
        if not is_left:
            last(path)
            clear(path)
        return expired
    finally:
        os.close(held)
