"""What is kept, where, and how much of it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Storage:
    """Where to keep (None: in memory) and how much: bytes, number and seconds."""

    directory: Path | None
    max_bytes: int
    max_envelopes: int
    max_age: float
    fsync: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is kept; its name begins with the nanosecond since 1970 at which it came."""

    name: str
    size: int
    content: bytes | None = None
    """None: it is in a file."""

    @property
    def label(self) -> str:
        """What it was labelled with."""
        return self.name.rpartition(".")[2]
