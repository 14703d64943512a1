"""Files that are written, and open before they are: to open one is most of the time that an event takes on its way.

They are as large already as most events, as to find room for one is most of what is left. What was too much is cut off
later.
"""

import contextlib
import os
import secrets
from typing import NamedTuple, Self

from .descriptors import Descriptor, identity
from .files import ROOM

MOST = 2
"""So many are open."""

MOST_PIECES = 16
"""So many pieces are written as they are: POSIX promises no more at once."""


class File(NamedTuple):
    """A new file that is open to be written. Methods raise OSError."""

    name: str
    path: str
    descriptor: Descriptor

    @classmethod
    def create(cls, directory: str, moment: str) -> Self:
        """Create a file where none is; `moment` is the beginning of its name."""
        name = f"{moment}-{secrets.token_hex(4)}.v2"
        path = f"{directory}/{name}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        return cls(name, path, Descriptor.of(descriptor))

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


class Spares:
    """Files of a directory that are open for what is written next."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._files: list[File] = []
        self._too_large: list[tuple[str, int]] = []
        self._is_over = False

    def prepare(self, moment: str) -> None:
        """Open as many as there may be, at that moment; raise OSError."""
        while self._too_large:
            path, size = self._too_large.pop()
            with contextlib.suppress(FileNotFoundError):  # it was sent
                os.truncate(path, size)
        while len(self._files) < MOST and not self._is_over:
            self._files.append(self._made(moment))
        if self._is_over:  # meanwhile
            self.close()

    def _made(self, moment: str) -> File:
        file = File.create(self._directory, moment)
        try:
            os.pwrite(file.descriptor.number, bytes(ROOM), 0)
        except OSError:  # a full disk
            os.close(file.descriptor.number)
            os.unlink(file.path)  # noqa: PTH108  # a text
            raise
        return file

    def cut_later(self, file: File, size: int) -> None:
        """Let a file have so many bytes, when there is time."""
        if size < ROOM:
            self._too_large.append((file.path, size))

    def take(self) -> File | None:
        """Return one that is open, which is the caller's from now on; None when there is none."""
        while True:
            try:
                file = self._files.pop()
            except IndexError:
                return None
            if not file.descriptor.is_ours:
                continue
            # Somebody may have removed the file, or moved its directory: a link on its path leads elsewhere.
            try:
                if identity(os.stat(file.path)) == file.descriptor.file:  # noqa: PTH116  # a text takes less time
                    return file
            except OSError:
                pass
            os.close(file.descriptor.number)

    def close(self) -> None:
        """Close them, and open none any more; they stay where they are."""
        self._is_over = True
        while (file := self.take()) is not None:
            os.close(file.descriptor.number)
