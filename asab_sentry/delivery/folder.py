"""A directory that belongs to one living process: others take its files over when it is dead (`dead_folders`).

    <home>/<pid>-<random>/lock              held with flock(2) while the process lives; in it, how its clock was set
    <home>/<pid>-<random>/<name>.v2         a file of an envelope (`files`), or one that is not written yet
    <home>/<pid>-<random>/<name>            one of an older version
    <home>/<pid>-<random>/.<name>           one that an older version has not written to its end

The lock ends with the process, however it ends, and with `exec`. What is no file of ours is left alone and never waited
for, whatever its name: directories, links, pipes, sockets, devices, files of others.
"""

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from . import ownership
from .descriptors import Descriptor
from .files import envelope_in, head, look, names, read
from .folder_lock import LOCK, lock
from .preallocated import File, PreallocatedFiles

ATTEMPTS = 5
"""Directories that are made for a process: another may take one for that of a dead process in between."""

_own = re.compile(r"[0-9]+-[0-9a-f]{8}")


class Folder:
    """A directory that is ours, as are the files of `owners` in it (None: of anybody). Methods raise OSError."""

    def __init__(self, path: Path, lock: int, owners: frozenset[int] | None = None) -> None:
        self.path = path
        self.owners = owners
        self._lock = Descriptor.of(lock)
        self._preallocated = PreallocatedFiles(str(path))
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
            held = lock(path)
            if held is None:  # another process has taken it for a dead one's
                continue
            try:
                owners = ownership.owners(home, path)
            except BaseException:
                clear(path)
                os.close(held)
                raise
            with contextlib.suppress(OSError):  # a full disk
                os.pwrite(held, mark.encode(), 0)
            return cls(path, held, owners)
        raise OSError(errno.ENOLCK, "its locks do not hold", str(home))

    @classmethod
    def inherit(cls, path: Path) -> Self | None:
        """Return the directory that a dead process left, which is ours from now on; None when its owner lives."""
        owners = ownership.heirs(path)
        held = lock(path)
        return None if held is None else cls(path, held, owners)

    def hold(self) -> bool:
        """Lock it again, where somebody has closed the descriptor of its lock; return whether it is ours."""
        if not self._lock.is_ours:
            held = lock(self.path)
            if held is None:  # somebody has taken it for a dead one's
                return False
            self._lock = Descriptor.of(held)
        return True

    def prepare(self, moment: str) -> None:
        """Make ready for what is written next, at the moment that a file name begins with."""
        self._preallocated.prepare(moment)

    def write(self, name: str, length: int, content: Sequence[bytes], *, fsync: bool) -> tuple[str, int]:
        """Write the pieces of an envelope, so many bytes; return the name of its file and the size of that.

        When this returns they are there, and else they are not.
        """
        # Texts, and one call of the system for each step: this is on the way of each event.
        first = head(name, length, content)
        size = len(first) + length
        spare = self._preallocated.take()
        file = spare or File.create(str(self.path), name.partition("-")[0])
        try:
            file.write(size, first, *content)
            if fsync:
                os.fsync(file.descriptor.number)
                _fsync(self.path)
            if self._is_let_go:  # meanwhile, and perhaps it was taken for one that is not written
                raise FileNotFoundError(errno.ENOENT, "it was left to others", str(self.path))
        except BaseException:
            os.close(file.descriptor.number)
            self.remove(file.name)
            raise
        if spare is None:
            os.close(file.descriptor.number)
        else:
            self._preallocated.keep(spare, size)
        return file.name, size

    def read(self, file: str) -> bytes:
        """Return the envelope in a file; raise `Damaged` or `Foreign`."""
        path, written = f"{self.path}/{file}", self._preallocated.read(file)
        return read(path, self.owners) if written is None else envelope_in(written, path)

    def remove(self, file: str, *, is_sent: bool = False) -> None:
        """Remove a file, if it is there; one whose envelope `is_sent` may be there, empty, for what is written next."""
        with contextlib.suppress(OSError):
            if is_sent and self._preallocated.reuse(file):
                return
        self._preallocated.forget(file)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.path}/{file}")  # noqa: PTH108  # a text takes less time

    def let_go(self) -> None:
        """Leave the directory to others; remove it when nothing waits in it."""
        self._is_let_go = True
        self._preallocated.close()
        try:
            clear(self.path)
        finally:
            self.disown()

    def disown(self) -> None:
        """Close what is open: after `fork` the parent still holds the lock."""
        self._preallocated.close()
        self._lock.close()


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


def clear(path: Path) -> None:
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
