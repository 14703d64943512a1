"""What dead processes left: it is taken over, or removed when it is too old."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from .clock import Clock
from .files import Kept, look, names, waiting_in
from .folder import Folder, clear
from .folder_lock import lock, mark_of
from .storage import Entry


class Heir(Protocol):
    """Who has a use for what else dead processes leave in their directories, which nobody else can have meanwhile."""

    def adopt(self, directory: Path, owners: frozenset[int] | None) -> None:
        """Take and remove what a process for the same destination has left; raise OSError."""

    def expire(self, directory: Path, owners: frozenset[int] | None) -> None:
        """Remove what a process for another one has left, if it is old; raise OSError."""


def take_over(folder: Folder, other: Path, clock: Clock, heir: Heir | None) -> Iterator[Entry]:
    """Move the files of a dead process to our folder and yield what is in them. A living one is left alone.

    One that cannot be moved stays, and the rest is moved all the same before that is raised. The heir is given what is
    left then.
    """
    held = _hold(other, folder.owners)
    if held is None:
        return
    failure = None
    try:
        mark = mark_of(held)
        for name in names(other):
            try:
                kept = _moved(folder, other / name)
            except OSError as error:
                failure = error
                continue
            if kept is not None:
                age = clock.age(Entry(kept.name, 0).moment, mark)
                yield Entry(kept.name, kept.size, None, clock.steady() - age, kept.file)
        if failure is not None:
            raise failure
        if heir is not None:
            heir.adopt(other, folder.owners)
        clear(other)
    finally:
        os.close(held)


def _moved(folder: Folder, path: Path) -> Kept | None:
    """Move a file to our folder; return what it holds, None where it is none of ours or holds nothing."""
    if folder.owners is not None and path.lstat().st_uid not in folder.owners:
        return None
    kept = look(path)
    if kept is not None:
        path.rename(folder.path / path.name)
    return kept


def _hold(path: Path, owners: frozenset[int] | None) -> int | None:
    """Return the lock of the directory of a dead process; None where that lives, or somebody has taken it over."""
    try:
        user = path.lstat().st_uid
    except FileNotFoundError:
        return None
    if owners is not None and user not in owners:
        raise PermissionError(errno.EPERM, f"it belongs to user {user}", str(path))
    return lock(path)


def expire(path: Path, clock: Clock, max_age: float, owners: frozenset[int] | None, heir: Heir | None) -> None:
    """Remove what a dead process left and is too old. The heir is given a directory in which nothing waits any more.

    Nothing is done to a directory of somebody else.
    """

    def is_old(name: str, mark: str) -> bool:
        return clock.age(Entry(name, 0).moment, mark) > max_age

    if owners is not None and path.lstat().st_uid not in owners:
        return
    # By when the files were made, which is before what is in them came.
    if not any(is_old(name, "") for name in names(path)) and any(waiting_in(path)):
        return
    held = lock(path)
    if held is None:
        return
    try:
        mark = mark_of(held)
        left = [name for name in names(path) if not _expired(path / name, lambda name: is_old(name, mark))]
        if not left:
            if heir is not None:
                heir.expire(path, owners)
            clear(path)
    finally:
        os.close(held)


def _expired(path: Path, is_old: Callable[[str], bool]) -> bool:
    """Remove a file that is old; return whether nothing waits in it."""
    try:
        kept = look(path)
        if kept is not None and is_old(kept.name):
            path.unlink(missing_ok=True)
            kept = None
    except OSError:
        return False
    return kept is None
