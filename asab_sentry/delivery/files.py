"""Files of envelopes: one line of format and checksum, then the content. What is no such file is not waited for."""

import contextlib
import errno
import os
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FORMAT = b"asab-sentry 1 "
NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}\.[a-z_]{1,40}")
"""Names of files: nanoseconds since 1970, so that they sort by time; something random; a label."""

LARGEST = 2**28
"""Bytes of a file that are read: no server takes an envelope as large."""


class Damaged(Exception):
    """The content of a file is not what was written, or was written by another version."""


class Foreign(FileNotFoundError):
    """Something that is no file of ours is where one was."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(errno.ENOENT, "something else is in its place", str(path))


def head(*content: bytes) -> bytes:
    """Return the first line of a file of these pieces."""
    checksum = 0
    for piece in content:
        checksum = zlib.crc32(piece, checksum)
    return FORMAT + b"%08x\n" % checksum


def names(path: Path, prefix: str = "") -> list[str]:
    """Return the names of the files in a directory, the oldest first; `prefix` is what is before their names."""
    with os.scandir(path) as entries:
        return sorted(
            entry.name
            for entry in entries
            if entry.name.startswith(prefix)
            and NAME.fullmatch(entry.name, len(prefix))
            and entry.is_file(follow_symlinks=False)
        )


@contextlib.contextmanager
def opened(path: str | Path, owners: frozenset[int] | None) -> Iterator[tuple[BinaryIO, os.stat_result]]:
    """Open a file of `owners` (None: of anybody); raise `Foreign` for what is none, or OSError; wait for none."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode) or (owners is not None and facts.st_uid not in owners):
            raise Foreign(path)
        yield file, facts


def read(path: str | Path, owners: frozenset[int] | None = None) -> bytes:
    """Return the content of a file of `owners` (None: of anybody); raise `Damaged`, `Foreign` or OSError."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise Foreign(path)
    with opened(path, owners) as (file, facts):
        if facts.st_size > LARGEST:
            raise Damaged(str(path))
        # As much as there is: to be asked for `LARGEST` a file makes room for that.
        first, _, content = file.read(facts.st_size).partition(b"\n")
    if first + b"\n" != head(content):
        raise Damaged(str(path))
    return content
