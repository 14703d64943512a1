"""Descriptors that others may have closed: who becomes a daemon closes all, and opens files of its own."""

import os
from typing import NamedTuple, Self


def identity(facts: os.stat_result) -> tuple[int, int]:
    """Return which file this is, of all that are on this machine."""
    return facts.st_dev, facts.st_ino


class Descriptor(NamedTuple):
    """A descriptor and the file that was opened by it: the number may be that of another file since."""

    number: int
    file: tuple[int, int]

    @classmethod
    def of(cls, number: int) -> Self:
        """Return that of a file that is open; raise OSError."""
        return cls(number, identity(os.fstat(number)))

    @property
    def is_ours(self) -> bool:
        """Whether it still leads to our file."""
        try:
            return identity(os.fstat(self.number)) == self.file
        except OSError:
            return False

    def close(self) -> None:
        """Close it, unless somebody has done so before; raise OSError."""
        if self.is_ours:
            os.close(self.number)
