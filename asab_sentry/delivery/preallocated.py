"""Files that are open and have room before anything is written to them, as these two take most of the time of a write.

Room that was too much is cut off later. Some stay open when they are written: what is in them is mostly sent at once,
and then they are made empty, for what is written next.
"""

import contextlib
import os
import secrets
from typing import NamedTuple, Self

from ..runtime.locks import Lock
from .descriptors import Descriptor, identity
from .files import ROOM

MOST = 2
"""So many are open before they are written, and so many after that."""

NONE = None, 0
"""In place of a file and its bytes."""

MOST_PIECES = 16
"""So many pieces are written as they are: POSIX promises no more at once."""


class File(NamedTuple):
    """A new file that is open to be written. Methods raise OSError."""

    name: str
    path: str
    descriptor: Descriptor
    has_room: bool = False
    """Whether it has `ROOM` bytes, of which none was to be found on a full disk."""

    @classmethod
    def create(cls, directory: str, moment: str) -> Self:
        """Create a file where none is; `moment` is the beginning of its name."""
        name = f"{moment}-{secrets.token_hex(4)}.v2"
        path = f"{directory}/{name}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        return cls(name, path, Descriptor.of(descriptor))

    @property
    def is_there(self) -> bool:
        """Whether it is where it was made: somebody may have removed it, or moved its directory, with a link there."""
        try:
            return identity(os.stat(self.path)) == self.descriptor.file  # noqa: PTH116  # a text takes less time
        except OSError:
            return False

    def write(self, size: int, *pieces: bytes) -> None:
        """Write all of the pieces, which are so many bytes."""
        if len(pieces) > MOST_PIECES:
            pieces = (b"".join(pieces),)
        # Not by `os.fdopen`: it imports something, which fails while the interpreter finalizes.
        written = os.writev(self.descriptor.number, pieces)
        if written < size:
            # A full disk may take a part of it and only then say so.
            rest = memoryview(b"".join(pieces))[written:]
            while rest:
                rest = rest[os.write(self.descriptor.number, rest) :]


class PreallocatedFiles:
    """Files of a directory that are open for what is written next, or just written."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._lock = Lock()
        self._files: list[File] = []
        self._written: dict[str, tuple[File, int]] = {}
        """Those that stay open, by name, with the bytes that are written; used under the lock, as one may be closed."""
        self._too_large: list[tuple[str, int]] = []
        self._is_over = False

    def prepare(self, moment: str) -> None:
        """Open as many as there may be, at that moment, if there are none left; raise OSError."""
        while self._too_large:
            path, size = self._too_large.pop()
            with contextlib.suppress(FileNotFoundError):  # it was sent
                os.truncate(path, size)
        if not self._files:
            while len(self._files) < MOST and not self._is_over:
                self._files.append(self._made(moment))
        if self._is_over:  # meanwhile
            self.close()

    def _made(self, moment: str) -> File:
        file = File.create(self._directory, moment)
        try:
            has_room = os.pwrite(file.descriptor.number, bytes(ROOM), 0) == ROOM
            if not has_room:  # a full disk may take a part
                os.ftruncate(file.descriptor.number, 0)
        except OSError:  # a full disk
            os.close(file.descriptor.number)
            os.unlink(file.path)  # noqa: PTH108  # a text
            raise
        return file._replace(has_room=has_room)

    def keep(self, file: File, size: int) -> None:
        """Keep a file open that was taken from here and has so many bytes now; close it where there are too many."""
        with self._lock:
            if len(self._written) < MOST and size <= ROOM and not self._is_over:
                self._written[file.name] = file, size
                return
        os.close(file.descriptor.number)
        if size < ROOM:
            self._too_large.append((file.path, size))

    def read(self, name: str) -> bytes | None:
        """Return what was written to a file that is kept open; None of any other, and of one that was removed."""
        with self._lock:
            file, size = self._written.get(name, NONE)
            if file is None or not (file.descriptor.is_ours and file.is_there):
                return None
            return os.pread(file.descriptor.number, size, 0)

    def reuse(self, name: str) -> bool:
        """Make a file empty that is kept open, for what is written next; return whether that was done."""
        with self._lock:
            file, size = self._written.get(name, NONE)
            if file is None or len(self._files) >= MOST or not (file.has_room and file.descriptor.is_ours):
                return False
            os.pwrite(file.descriptor.number, bytes(size), 0)
            os.lseek(file.descriptor.number, 0, os.SEEK_SET)
            del self._written[name]
            self._files.append(file)
            return True

    def forget(self, name: str) -> None:
        """Close a file that is kept open, if it is one."""
        with self._lock:
            file, _ = self._written.pop(name, NONE)
            if file is not None:
                file.descriptor.close()

    def take(self) -> File | None:
        """Return one that is open, which is the caller's from now on; None when there is none."""
        while True:
            try:
                file = self._files.pop()
            except IndexError:
                return None
            if not file.descriptor.is_ours:
                continue
            if file.is_there:
                return file
            os.close(file.descriptor.number)

    def close(self) -> None:
        """Close them, and open none any more; they stay where they are."""
        with self._lock:
            self._is_over = True
            for name in [*self._written]:
                self.forget(name)
        while (file := self.take()) is not None:
            os.close(file.descriptor.number)
