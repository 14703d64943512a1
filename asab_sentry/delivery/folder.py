"""A directory that belongs to one living process: others take its files over when it is dead.

    <parent>/<pid>-<random>/lock            held with flock(2) while the process lives
    <parent>/<pid>-<random>/<name>          a file: one line of format and checksum, then the content

The lock ends with the process, however it ends, and with `exec`.
"""

import fcntl
import os
import re
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Self

FORMAT = b"asab-sentry 1 "
LOCK = "lock"
NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}\.[a-z_]{1,40}")
"""Names of files: nanoseconds since 1970, so that they sort by time; something random; a label."""

_own = re.compile(r"[0-9]+-[0-9a-f]{8}")


class Damaged(Exception):
    """The content of a file is not what was written, or was written by another version."""


class Folder:
    """A directory that is ours. Methods raise OSError."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def claim(cls, parent: Path) -> Self:
        """Make a directory of our own in `parent`, which is made if it is missing."""
        # One after the other, as `parents=True` does not give them a mode: in a daemon all may write to them.
        for above in reversed(parent.parent.parents):
            if not above.exists():
                above.mkdir(mode=0o755, exist_ok=True)
        parent.parent.mkdir(mode=0o700, exist_ok=True)
        parent.mkdir(mode=0o700, exist_ok=True)
        while True:
            path = parent / f"{os.getpid()}-{secrets.token_hex(4)}"
            path.mkdir(mode=0o700)
            if (lock := _locked(path)) is not None:
                return cls(path, lock)

    @classmethod
    def inherit(cls, path: Path) -> Self | None:
        """Return the directory that a dead process left, which is ours from now on; None when its owner lives."""
        lock = _locked(path)
        return None if lock is None else cls(path, lock)

    def write(self, name: str, content: bytes, *, fsync: bool) -> int:
        """Write a file, which is there in whole or not at all; return its size."""
        temporary = self.path / f".{name}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                # Not by `os.fdopen`: it imports something, which fails while the interpreter finalizes.
                for part in (_head(content), content):
                    # A full disk may take a part of it and only then say so.
                    rest = memoryview(part)
                    while rest:
                        rest = rest[os.write(descriptor, rest) :]
                if fsync:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            temporary.rename(self.path / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if fsync:
            _fsync(self.path)
        return len(_head(content)) + len(content)

    def read(self, name: str) -> bytes:
        """Return the content of a file; raise `Damaged`."""
        return read(self.path / name)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def take_over(self, other: Path) -> Iterator[tuple[str, int]]:
        """Move the files of a dead process here and yield their names and sizes. A living one is left alone."""
        lock = _locked(other)
        if lock is None:
            return
        try:
            for name in names(other):
                size = (other / name).lstat().st_size
                (other / name).rename(self.path / name)
                yield name, size
            _clear(other)
        finally:
            os.close(lock)

    def let_go(self) -> None:
        """Leave the directory to others; remove it when it is empty."""
        try:
            if next(names(self.path), None) is None:
                _clear(self.path)
        finally:
            self.disown()

    def disown(self) -> None:
        """Close the lock: after `fork` the parent still holds it."""
        os.close(self._lock)


def folders(parent: Path) -> list[Path]:
    """Return the directories of all processes in `parent`."""
    try:
        return sorted(path for path in parent.iterdir() if _own.fullmatch(path.name) and not path.is_symlink())
    except FileNotFoundError:
        return []


def read(path: Path) -> bytes:
    """Return the content of a file of any process; raise `Damaged`."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        head, content = file.readline(100), file.read()
    if head != _head(content):
        raise Damaged(path.name)
    return content


def names(path: Path) -> Iterator[str]:
    """Yield the names of the files in a directory, the oldest first."""
    return (name for name in sorted(os.listdir(path)) if NAME.fullmatch(name))  # noqa: PTH208  # only names


def is_held(path: Path) -> bool:
    """Return whether the process of a directory lives."""
    try:
        # Not by `_locked`, as looking is to leave no trace.
        lock = os.open(path / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def expire(path: Path, oldest: str) -> int:
    """Remove what a dead process left before `oldest` (a name, or its beginning); return how many files."""
    if all(name >= oldest for name in names(path)) and next(names(path), None) is not None:
        return 0
    lock = _locked(path)
    if lock is None:
        return 0
    try:
        expired = [name for name in names(path) if name < oldest]
        for name in expired:
            (path / name).unlink(missing_ok=True)
        if next(names(path), None) is None:
            _clear(path)
        return len(expired)
    finally:
        os.close(lock)


def _head(content: bytes) -> bytes:
    return FORMAT + b"%08x\n" % zlib.crc32(content)


def _locked(path: Path) -> int | None:
    """Return the descriptor of the lock of a directory, or None when it is locked or gone."""
    try:
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
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


def _clear(path: Path) -> None:
    """Remove a directory that is locked by us, with what was not written to its end; what is foreign stays."""
    for name in os.listdir(path):  # noqa: PTH208  # only names
        if name.startswith(".") and NAME.fullmatch(name[1:]):
            (path / name).unlink(missing_ok=True)
    if os.listdir(path) == [LOCK]:  # noqa: PTH208
        (path / LOCK).unlink(missing_ok=True)
        path.rmdir()


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
