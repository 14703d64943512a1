"""A ring of entries in a file, as a rule mapped into memory: readable at whatever instruction its process is killed.

    0     MAGIC, then the seed of the checksums, then two signs of life, written in turn
    1024  `SLOTS` entries of up to 1024 bytes: number, moment, level, length and checksum, then name and text

The number of an entry says in which slot it is. So threads and signal handlers need no lock. What was not written to
its end has the checksum of something else. Nothing of this is a call of the system where a mapping is safe (`mapping`).
Elsewhere each entry is written to the file, after a look whether the descriptor still is that of ours.
"""

import contextlib
import functools
import itertools
import mmap
import os
import secrets
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple, Self

from ..delivery.descriptors import Descriptor
from . import mapping

MAGIC = b"asab-sentry ring 1\n"
SLOTS = 128
SLOT = 1024
SIZE = (SLOTS + 1) * SLOT
LATEST = 253_402_300_800
"""A clock that says the year 10000 or later says nothing."""
LONGEST = 920
"""Bytes of the text of an entry."""
LONGEST_NAME = 64
"""Bytes of the name of its logger."""

_seed = struct.Struct("<I")
_sign = struct.Struct("<ddQQB?")
_checksum = struct.Struct("<I")
# Level and length by themselves, ready: to pack these small numbers takes as long as all the rest.
_facts = struct.Struct("<Qd3sQ")
_kind = struct.Struct("<BH")
_BODY = _facts.size
_SEED_AT, _SIGNS_AT = 32, (64, 128)


class Sign(NamedTuple):
    """A sign of life: seconds since 1970 and since the machine started."""

    moment: float
    steady: float
    memory: int
    """Bytes that its cgroup had in use; 0: not known."""
    kills: int
    """How often the kernel had killed a process of its cgroup for want of memory."""
    phase: int
    """How far its life had come (`state.Phase`)."""
    is_mute: bool
    """Whether SIGTERM would have ended it without a word, as where nobody handles it."""


class Entry(NamedTuple):
    """What happened at a moment, in seconds since 1970."""

    number: int
    moment: float
    level: int
    name: str
    text: str


class Ring:
    """A ring that this process writes."""

    def __init__(self, path: str, memory: mmap.mmap | bytearray, seed: int, file: Descriptor | None) -> None:
        """`file` is what `memory` is written to; None: it is the file."""
        self._path = path
        self._memory = memory
        self._file = file
        self._places = zip(itertools.count(1), itertools.cycle(range(SLOT, SIZE, SLOT)), strict=False)
        self._seed = seed
        self._signs = 0

    @classmethod
    def make(cls, path: str) -> Self:
        """Make a file; raise OSError. All of it is on the disk from the beginning: a full one would end the process."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        memory: mmap.mmap | bytearray
        file = None
        try:
            os.posix_fallocate(descriptor, 0, SIZE)
            if mapping.is_safe(descriptor):
                memory = mmap.mmap(descriptor, SIZE)
            else:
                memory, file = bytearray(SIZE), Descriptor.of(descriptor)
        finally:
            if file is None:
                os.close(descriptor)
        seed = secrets.randbits(32)
        memory[_SEED_AT : _SEED_AT + _seed.size] = _seed.pack(seed)
        memory[: len(MAGIC)] = MAGIC
        ring = cls(path, memory, seed, file)
        ring._write_down(0, SLOT)
        return ring

    def _write_down(self, at: int, length: int) -> None:
        file = self._file
        # Somebody may have closed all descriptors, and have a file of their own there.
        if file is not None and file.is_ours:
            with contextlib.suppress(OSError):  # a full disk
                os.pwrite(file.number, self._memory[at : at + length], at)

    def restore(self) -> None:
        """Open the file again where somebody has closed it; raise OSError."""
        if self._file is not None and not self._file.is_ours:
            self._file = Descriptor.of(os.open(self._path, os.O_WRONLY | os.O_NOFOLLOW))
            self._write_down(0, SIZE)

    def close(self) -> None:
        """Write no more to a file that is not mapped."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def body(self, level: int, name: bytes, text: bytes) -> "Body":
        """Return level, name and text, each no longer than it may be, as they are written."""
        content = name + b"\0" + text
        return *_how_to_pack(level, len(content)), content, zlib.crc32(content, self._seed)

    def writer(self, known: Mapping[str, "Known"], make: Callable[[str, str, str, float], "Known"]) -> "Write":
        """Return what writes an entry; `make` returns what is written of a message that is not `known`."""
        # A function without any attribute to look up: it is on the way of each INFO record.
        memory, next_place = self._memory, self._places.__next__

        def write(message: str, category: str, level: str, moment: float) -> int:
            entry = known.get(message)
            # By identity, as names of loggers and levels are.
            if entry is None or entry[0] is not category or entry[1] is not level:
                entry = make(message, category, level, moment)
            _, _, pack_into, kind, content, checksum = entry
            number, at = next_place()
            pack_into(memory, at, number, moment, kind, checksum ^ number, content)
            return at

        def write_down(message: str, category: str, level: str, moment: float) -> None:
            self._write_down(write(message, category, level, moment), SLOT)

        return write if self._file is None else write_down

    @property
    def content(self) -> bytes:
        """What the file holds now, which may be written meanwhile."""
        return bytes(self._memory[:])

    def sign(self, sign: Sign) -> None:
        """Write a sign of life over the last but one."""
        self._signs += 1
        content, at = _sign.pack(*sign), _SIGNS_AT[self._signs % 2]
        content += _checksum.pack(zlib.crc32(content, self._seed))
        self._memory[at : at + len(content)] = content
        self._write_down(at, len(content))


Body = tuple[Callable[..., None], bytes, bytes, int]
"""What writes an entry of that length; level and length, name and text, and a checksum of name and text."""

Known = tuple[str, str, Callable[..., None], bytes, bytes, int]
"""Name of the logger and level as a breadcrumb has them, and the body that is written."""

Write = Callable[[str, str, str, float], object]
"""Writes a message, the name of its logger, its level, and when it was logged, in seconds since 1970."""


@functools.cache
def _how_to_pack(level: int, length: int) -> tuple[Callable[..., None], bytes]:
    return struct.Struct(f"{_facts.format}{length}s").pack_into, _kind.pack(level, length)


class Damaged(Exception):
    """What was read is no ring."""


def read(content: bytes) -> tuple[Sign, list[Entry]]:
    """Return the last sign of life and the entries of a ring, the oldest first; raise `Damaged`."""
    if len(content) != SIZE or not content.startswith(MAGIC):
        raise Damaged("it is no ring")
    (seed,) = _seed.unpack_from(content, _SEED_AT)
    slots = (_entry(content, number, seed) for number in range(1, SLOTS + 1))
    entries = sorted(entry for entry in slots if entry is not None)
    signs = [sign for at in _SIGNS_AT if (sign := _read_sign(content, at, seed)) is not None]
    if not signs:
        raise Damaged("it has no sign of life")
    return max(signs, key=lambda sign: (sign.steady, sign.phase)), entries


def _read_sign(content: bytes, at: int, seed: int) -> Sign | None:
    written = content[at : at + _sign.size]
    (checksum,) = _checksum.unpack_from(content, at + _sign.size)
    sign = Sign(*_sign.unpack(written))
    return sign if zlib.crc32(written, seed) == checksum and 0 <= sign.moment < LATEST else None


def _entry(content: bytes, slot: int, seed: int) -> Entry | None:
    number, moment, kind, checksum = _facts.unpack_from(content, slot * SLOT)
    level, length = _kind.unpack(kind)
    begin = slot * SLOT + _BODY
    body = content[begin : begin + length]
    if not number or length > SLOT - _BODY or zlib.crc32(body, seed) ^ number != checksum:
        return None
    name, _, text = body.partition(b"\0")
    # What was cut may have been cut within a letter.
    return Entry(number, moment, level, name.decode(errors="ignore"), text.decode(errors="ignore"))
