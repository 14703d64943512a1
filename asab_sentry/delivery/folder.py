"""A directory that belongs to one living process: others take its files over when it is dead.

    <home>/<pid>-<random>/lock              held with flock(2) while the process lives; in it, how its clock was set
    <home>/<pid>-<random>/<name>.v2         a file of an envelope (`files`), or one that is not written yet
    <home>/<pid>-<random>/<name>            one of an older version
    <home>/<pid>-<random>/.<name>           one that an older version has not written to its end

The lock ends with the process, however it ends, and with `exec`. What is no file of ours is left alone and never waited
for, whatever its name: directories, links, pipes, sockets, devices, files of others.
"""

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from . import ownership
from .files import head, look, names, read, waiting
from .spares import File, Spares

LOCK = "lock"

ATTEMPTS = 5
"""Directories that are made for a process: another may take one for that of a dead process in between."""

_own = re.compile(r"[0-9]+-[0-9a-f]{8}")


class Left(NamedTuple):
    """What a dead process left in a file, and how the clock of that was set at its start."""

    file: str
    name: str
    size: int
    mark: str


class Folder:
    """A directory that is ours, as are the files of `owners` in it (None: of anybody). Methods raise OSError."""

    def __init__(self, path: Path, lock: int, owners: frozenset[int] | None = None) -> None:
        self.path = path
        self.owners = owners
        self._lock = lock
        self._spares = Spares(str(path))
        self._is_let_go = False

    @classmethod
    def claim(cls, home: Path, mark: str = "") -> Self:
        """Make a directory of our own in `home`, which is made if it is missing."""
        # One after the other, as `parents=True` does not give them a mode: in a daemon all may write to them.
        for above in reversed(home.parent.parents):
            if not above.exists():
                above.mkdir(mode=0o755, exist_ok=True)
        home.parent.mkdir(mode=0o700, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
        if home.is_symlink():
            raise NotADirectoryError(errno.ENOTDIR, "it is a link", str(home))
        for _ in range(ATTEMPTS):
            path = home / f"{os.getpid()}-{secrets.token_hex(4)}"
            path.mkdir(mode=0o700)
            lock = _locked(path)
            if lock is None:  # another process has taken it for a dead one's
                continue
            try:
                owners = ownership.owners(home, path)
            except BaseException:
                _clear(path)
                os.close(lock)
                raise
            with contextlib.suppress(OSError):  # a full disk
                os.pwrite(lock, mark.encode(), 0)
            return cls(path, lock, owners)
        raise OSError(errno.ENOLCK, "its locks do not hold", str(home))

    @classmethod
    def inherit(cls, path: Path) -> Self | None:
        """Return the directory that a dead process left, which is ours from now on; None when its owner lives."""
        owners = ownership.heirs(path)
        lock = _locked(path)
        return None if lock is None else cls(path, lock, owners)

    def prepare(self, moment: str) -> None:
        """Make ready for what is written next, at the moment that a file name begins with."""
        self._spares.prepare(moment)

    def write(self, name: str, length: int, content: Sequence[bytes], *, fsync: bool) -> tuple[str, int]:
        """Write the pieces of an envelope, so many bytes; return the name of its file and the size of that.

        When this returns they are there, and else they are not.
        """
        # Texts, and one call of the system for each step: this is on the way of each event.
        first = head(name, length, content)
        size = len(first) + length
        spare = self._spares.take()
        file = spare or File.create(str(self.path), name.partition("-")[0])
        try:
            try:
                file.write(size, first, *content)
                if fsync:
                    os.fsync(file.descriptor)
            finally:
                os.close(file.descriptor)
            if self._is_let_go:  # meanwhile, and perhaps it was taken for one that is not written
                raise FileNotFoundError(errno.ENOENT, "it was left to others", str(self.path))
        except BaseException:
            self.remove(file.name)
            raise
        if fsync:
            _fsync(self.path)
        if spare is not None:
            self._spares.cut_later(spare, size)
        return file.name, size

    def read(self, file: str) -> bytes:
        """Return the envelope in a file; raise `Damaged` or `Foreign`."""
        return read(f"{self.path}/{file}", self.owners)

    def remove(self, file: str) -> None:
        """Remove a file, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.path}/{file}")  # noqa: PTH108  # a text takes less time

    def take_over(self, other: Path, last: Callable[[Path], None] = lambda _: None) -> Iterator[Left]:
        """Move the files of a dead process here and yield them. A living one is left alone.

        One that cannot be moved stays, and the rest is moved all the same before that is raised. `last` is given what
        is left, while nobody else can have it.
        """
        if self.owners is not None and (user := other.lstat().st_uid) not in self.owners:
            raise PermissionError(errno.EPERM, f"it belongs to user {user}", str(other))
        lock = _locked(other)
        if lock is None:
            return
        failure = None
        try:
            mark = _mark(lock)
            for name in names(other):
                try:
                    if self.owners is not None and (other / name).lstat().st_uid not in self.owners:
                        continue
                    kept = look(other / name)
                    if kept is None:
                        continue
                    (other / name).rename(self.path / name)
                except OSError as error:
                    failure = error
                else:
                    yield Left(*kept, mark)
            if failure is not None:
                raise failure
            last(other)
            _clear(other)
        finally:
            os.close(lock)

    def let_go(self) -> None:
        """Leave the directory to others; remove it when nothing waits in it."""
        self._is_let_go = True
        self._spares.close()
        try:
            _clear(self.path)
        finally:
            self.disown()

    def disown(self) -> None:
        """Close what is open: after `fork` the parent still holds the lock."""
        self._spares.close()
        os.close(self._lock)


def folders(home: Path) -> list[Path]:
    """Return the directories of all processes in `home`."""
    try:
        with os.scandir(home) as entries:
            return sorted(
                home / entry.name
                for entry in entries
                if _own.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            )
    except FileNotFoundError:
        return []


def is_held(path: Path) -> bool:
    """Return whether the process of a directory lives."""
    try:
        if not stat.S_ISREG((path / LOCK).lstat().st_mode):
            return False
        # Not by `_locked`, as looking is to leave no trace.
        lock = os.open(path / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


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
    lock = _locked(path)
    if lock is None:
        return 0
    try:
        mark = _mark(lock)
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
            _clear(path)
        return expired
    finally:
        os.close(lock)


def _locked(path: Path) -> int | None:
    """Return the descriptor of the lock of a directory, or None when it is locked or gone."""
    try:
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had the lock before may have removed the directory since we opened it.
        if os.fstat(lock).st_ino == (path / LOCK).stat().st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(lock)
        raise
    os.close(lock)
    return None


def _mark(lock: int) -> str:
    return os.pread(lock, 100, 0).decode("ascii", "replace") if stat.S_ISREG(os.fstat(lock).st_mode) else ""


def _clear(path: Path) -> None:
    """Remove what was not written from a directory that is locked by us, and that, unless something is left in it."""
    for name in names(path):
        with contextlib.suppress(OSError):  # of what cannot be read something may wait
            if look(path / name) is None:
                (path / name).unlink(missing_ok=True)
    for name in names(path, "."):
        (path / name).unlink(missing_ok=True)
    if os.listdir(path) == [LOCK]:  # noqa: PTH208  # only names
        (path / LOCK).unlink(missing_ok=True)
        path.rmdir()


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
