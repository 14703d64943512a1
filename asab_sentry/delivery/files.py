"""Files of envelopes. What is no such file is not waited for.

    <moment>-<random>.v2    `asab-sentry 2 <checksum> <bytes> <name>` in a line, then so many bytes
    <name>                  `asab-sentry 1 <checksum>` in a line, then the content: as older versions have made them

One of the former may be made before there is anything to be written (`preallocated`), at the moment in its name. Until
then it is empty or has zeros, of which some may be left behind the envelope; zeros of another size are what a
power failure has made of one. For older versions it is a file of somebody else, which they leave alone.
"""

import contextlib
import errno
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}\.[a-z_]{1,40}")
"""Names of envelopes: nanoseconds since 1970, so that they sort by time; something random; a label."""

FILE = re.compile(r"([0-9]{20}-[0-9a-f]{8}\.)v2")
"""Names of files, none of which is the name of an envelope."""

LARGEST = 2**28
"""Bytes of a file that are read: no server takes an envelope as large."""

FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
"""How files are opened to be read: nothing is followed, and nothing waited for."""

ROOM = 65536
"""Bytes of zeros that a file has before it is written."""

PAGE = 4096
"""So many of them are there, and so many more, when whoever makes such a file is killed meanwhile."""

LONGEST_HEAD = 128
"""Bytes of a first line, at the most."""

UNKNOWN = "error"
"""The label of an envelope whose file does not tell it any more."""

_head = re.compile(rb"asab-sentry 2 [0-9a-f]{8} ([0-9]{1,10}) (%s)\n" % NAME.pattern.encode())


class Damaged(Exception):
    """The content of a file is not what was written, or was written by another version."""


class Foreign(FileNotFoundError):
    """Something that is no file of ours is where one was."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(errno.ENOENT, "something else is in its place", str(path))


class Kept(NamedTuple):
    """An envelope in a file, and how many bytes of that it takes."""

    file: str
    name: str
    size: int


def head(name: str, length: int, content: Iterable[bytes]) -> bytes:
    """Return the first line of a file for these pieces of an envelope, which are so many bytes."""
    rest = f"{length} {name}\n".encode()
    checksum = zlib.crc32(rest)
    for piece in content:
        checksum = zlib.crc32(piece, checksum)
    return f"asab-sentry 2 {checksum:08x} ".encode() + rest


def names(path: Path, prefix: str = "") -> list[str]:
    """Return the names of the files of envelopes in a directory, the oldest first; `prefix` is what is before them."""
    with os.scandir(path) as entries:
        return sorted(
            entry.name
            for entry in entries
            if entry.name.startswith(prefix)
            and (NAME.fullmatch(entry.name, len(prefix)) or FILE.fullmatch(entry.name, len(prefix)))
            and entry.is_file(follow_symlinks=False)
        )


@contextlib.contextmanager
def opened(path: str | Path, owners: frozenset[int] | None) -> Iterator[tuple[int, os.stat_result]]:
    """Open a file of `owners` (None: of anybody); raise `Foreign` for what is none, or OSError; wait for none."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise Foreign(path)
    descriptor = os.open(path, FLAGS)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or (owners is not None and facts.st_uid not in owners):
            raise Foreign(path)
        yield descriptor, facts
    finally:
        os.close(descriptor)


def look(path: Path) -> Kept | None:
    """Return what is in a file of that name; None when nothing was written to it. Raises `Foreign` or OSError."""
    made = FILE.fullmatch(path.name)
    if made is None:
        return Kept(path.name, path.name, path.lstat().st_size)
    with opened(path, None) as (descriptor, facts):
        first = os.read(descriptor, LONGEST_HEAD)
    match = _head.match(first)
    if match is None:
        if first[:1] in {b"", b"\0"} and facts.st_size <= ROOM and not facts.st_size % PAGE:
            return None
        return Kept(path.name, made[1] + UNKNOWN, facts.st_size)
    return Kept(path.name, match[2].decode(), min(match.end() + int(match[1]), facts.st_size))


def waiting_in(path: Path) -> Iterator[Kept]:
    """Yield what is in the files of a directory."""
    for name in names(path):
        kept = look(path / name)
        if kept is not None:
            yield kept


def read_beginning(descriptor: int, most: int) -> bytes:
    """Return so many bytes of a file at most. Not by `os.fdopen`, which asks twice as much of the system."""
    content = b""
    while len(content) < most and (part := os.read(descriptor, most - len(content))):
        content += part
    return content


def read(path: str | Path, owners: frozenset[int] | None = None) -> bytes:
    """Return the envelope in a file of `owners` (None: of anybody); raise `Damaged`, `Foreign` or OSError."""
    with opened(path, owners) as (descriptor, facts):
        if facts.st_size > LARGEST:
            raise Damaged(str(path))
        # As much as there is: to be asked for `LARGEST` makes room for that.
        whole = read_beginning(descriptor, facts.st_size)
    return envelope_in(whole, path)


def envelope_in(whole: bytes, path: str | Path) -> bytes:
    """Return the envelope in the content of a file; raise `Damaged`."""
    match = _head.match(whole)
    if match is not None:
        content = whole[match.end() : match.end() + int(match[1])]
        is_whole = head(match[2].decode(), len(content), [content]) == match[0]
    else:
        first, _, content = whole.partition(b"\n")
        is_whole = first == b"asab-sentry 1 %08x" % zlib.crc32(content)
    if not is_whole:
        raise Damaged(str(path))
    return content
