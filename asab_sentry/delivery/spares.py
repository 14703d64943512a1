"""Files that are written, and open before they are: to open one is most of the time that an event takes on its way."""

import os
import secrets
from typing import NamedTuple, Self

MOST = 2
"""So many are open."""

MOST_PIECES = 16
"""So many pieces are written as they are: POSIX promises no more at once."""


class File(NamedTuple):
    """A new file that is open to be written. Methods raise OSError."""

    path: str
    descriptor: int
    number: tuple[int, int]

    @classmethod
    def create(cls, path: str) -> Self:
        """Create a file where none is."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        return cls(path, descriptor, _number(descriptor))

    def write(self, *pieces: bytes) -> None:
        """Write all of the pieces."""
        if len(pieces) > MOST_PIECES:
            pieces = (b"".join(pieces),)
        # Not by `os.fdopen`: it imports something, which fails while the interpreter finalizes.
        written = os.writev(self.descriptor, pieces)
        if written < sum(map(len, pieces)):
            # A full disk may take a part of it and only then say so.
            rest = memoryview(b"".join(pieces))[written:]
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]

    def is_open(self) -> bool:
        """Return whether the descriptor is that of the file: who becomes a daemon closes those of others."""
        try:
            return _number(self.descriptor) == self.number
        except OSError:
            return False


def _number(descriptor: int) -> tuple[int, int]:
    facts = os.fstat(descriptor)
    return facts.st_dev, facts.st_ino


class Spares:
    """Files of a directory that are open for what is written next, by names that begin with a dot."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._files: list[File] = []
        self._is_over = False

    def prepare(self) -> None:
        """Open as many as there may be; raise OSError."""
        while len(self._files) < MOST and not self._is_over:
            self._files.append(File.create(f"{self._directory}/.{0:020d}-{secrets.token_hex(4)}.spare"))
        if self._is_over:  # meanwhile
            self.close()

    def take(self) -> File | None:
        """Return one that is open, which is the caller's from now on; None when there is none."""
        while True:
            try:
                file = self._files.pop()
            except IndexError:
                return None
            if file.is_open():
                return file

    def close(self) -> None:
        """Close them, and open none any more; they stay where they are."""
        self._is_over = True
        while (file := self.take()) is not None:
            os.close(file.descriptor)
