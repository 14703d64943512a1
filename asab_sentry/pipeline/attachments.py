"""Attachments of an event: read and bounded before the event is kept, and cleaned where they are text.

A few short texts are cleaned at once, others when they are asked for: by the thread that keeps them. What cannot be
read or does not fit is left out, which is said; the event goes without it.
"""

import codecs
import contextlib
import errno
import itertools
import logging
import os
import stat
from collections.abc import Callable, Iterable
from typing import Any

from sentry_sdk.attachments import Attachment

from ..objects import json_values
from ..runtime.diagnostics import reason, say
from ..sdk.attachments import Cleaned, Later, Made, Pause, cleaned_later
from ..secret_keys.denylist import FILTERED
from .scrubbing.secret_patterns import tables
from .scrubbing.secret_patterns.rule import MOST as MOST_SECRETS

PIECE = 28_000
"""Characters that are cleaned in one go."""

LINES = tables.MOST_LINES - 20
"""So many lines at most: of many more it is not seen whether they are rows of a table."""

FEWEST_LINES = 8
"""A piece that has more lines is made shorter where it has so many secrets that what is behind them is left out."""

LONGEST_NAMES = 4000
"""So much of the names above a table is known to the pieces that go on below them."""

AROUND = 1000
"""So many characters before the end of a piece, and behind it, tell whether a secret is cut there from its name."""

BACK = (0, 100, 400, 1600, 6400)
"""So many characters before its latest end a piece may end where a secret would be cut."""

MAX_NAME = 200
"""Longest name of a file."""

MOST = 100
"""Attachments of one event by hand, at most: of the capture, and of its unit of work."""

UNNAMED = "attachment"
"""The name of what has none."""

MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""By which a text says its encoding; it is a part of the text. That of UTF-32 begins with one of UTF-16."""

UNMARKED = {"utf-16-le": (2, 1), "utf-16-be": (2, 0), "utf-32-le": (4, 3), "utf-32-be": (4, 0)}
"""Encodings of texts that may have no mark: the bytes of a character, and which of them is zero for most."""

CONTROLS = "".join(map(chr, (*range(7), *range(14, 27), 127)))
"""Which texts do not have; colours of a terminal and the like are texts."""

CONTROL_BYTES = [character.encode() for character in CONTROLS]

MOST_ODD = 0.3
"""The share of bytes that are odd in a text, at most; random ones are above one half."""

LEAST = 8
"""Characters that are a text whose encoding is a guess, at least."""

FEW = 0.01
"""The share of characters that are odd in a text whose encoding is a guess, at most."""

AT_ONCE = 4000
"""Of attachments that have no more bytes together, texts are cleaned at once."""

Hint = dict[str, Any]


def complete(hint: Hint, more: Iterable[Attachment], clean: Callable[[str], str], max_bytes: int) -> None:
    """Make the attachments in the hint of an event such as may leave, and add more. Does not raise.

    Args:
        hint: In which sentry-sdk puts those of scopes and captures.
        more: What is attached beside them, if there is room.
        clean: Returns a text of up to `PIECE` characters without its secrets.
        max_bytes: Of all of them.
    """
    ready: list[Cleaned] = []
    for attachment in itertools.chain((hint.get("attachments") or ())[:MOST], more):
        name = UNNAMED
        try:
            if isinstance(attachment, Cleaned):  # by a hook it is seen, and comes here again
                made, name = attachment, attachment.filename or UNNAMED
            else:
                name = clean(json_values.text(attachment.filename or UNNAMED, MAX_NAME))
                made = _made(attachment, name, clean, max_bytes)
            if made.payload.size > max_bytes:
                raise _too_large(max_bytes)
        except Exception as error:
            shown = "".join(character if character.isprintable() else "?" for character in name)
            say(logging.WARNING, f"{shown} is not attached to an event ({_why(error)})", cause=f"attach {name}")
            continue
        max_bytes -= made.payload.size
        ready.append(made)
    if sum(made.payload.size for made in ready) <= AT_ONCE:
        ready = [made for made in ready if made.payload.made() is not None]
    hint["attachments"] = ready


def _made(attachment: Attachment, name: str, clean: Callable[[str], str], max_bytes: int) -> Cleaned:
    content = _content(attachment, max_bytes)

    def make(pause: Pause) -> Made:
        encoding = encoding_of(content)
        if encoding is None:
            return content, None
        odd = "surrogateescape" if encoding == "utf-8" else "replace"
        return cleaned(content.decode(encoding, odd), clean, pause).encode(encoding, odd), "text/plain"

    return cleaned_later(attachment, Later(make, len(content)), name)


def cleaned(text: str, clean: Callable[[str], str], pause: Pause = bool) -> str:
    """Return a text of any length without its secrets; it is cleaned in pieces, that end with a line if they can.

    Between these `pause` is called.
    """
    pieces, start, names, lines = [], 0, "", LINES
    while start < len(text):
        longest = _longest(text, start, lines)
        end = start + longest
        if end < len(text):
            end = _end_of_piece(text, start, longest, clean)
        left = _below(names, text[start:end], clean)
        if lines > FEWEST_LINES and left.count(FILTERED) >= MOST_SECRETS:
            lines //= 2
            continue
        pieces.append(left)
        names = tables.names_above(names + text[start:end])[:LONGEST_NAMES]
        names += "\n" * bool(names)
        start, lines = end, min(lines + FEWEST_LINES, LINES)
        pause()
    return "".join(pieces)


def _longest(text: str, start: int, lines: int) -> int:
    """Return how many characters a piece of so many lines has at most that begins at a place."""
    end = start
    for _ in range(lines):
        end = text.find("\n", end, start + PIECE) + 1
        if not end:
            return min(PIECE, len(text) - start)
    return end - start


def _below(names: str, piece: str, clean: Callable[[str], str]) -> str:
    """Return a piece without its secrets that goes on below the names of a table."""
    left, above = clean(names + piece), clean(names) if names else ""
    return left[len(above) :] if left.startswith(above) else clean(piece)


def _end_of_piece(text: str, start: int, longest: int, clean: Callable[[str], str]) -> int:
    """Return where a piece ends that begins at a place: where what is cleaned apart is cleaned as it is together."""
    for back in BACK:
        latest = start + longest - back
        if latest <= start:
            break
        ends = (text.rfind(mark, start, latest) + 1 for mark in ("\n", " ", ","))
        for end in (*(end for end in ends if end > start), latest):
            # A private key stays in one piece, by which it is known.
            begin = text.rfind("-----BEGIN", start + 1, end)
            if begin > start and text.find("-----END", begin, end) < 0:
                return begin
            before, behind = text[max(end - AROUND, start) : end], text[end : end + AROUND]
            if clean(before) + clean(behind) == clean(before + behind):
                return end
    return start + longest


def read(path: str, longest: int) -> bytes:
    """Return the content of a file; raise OSError, also for what is no file or has more than `longest` bytes.

    Pipes, sockets and devices are not opened: who writes to a pipe would take us for its reader.
    """
    _check(os.stat(path))  # noqa: PTH116  # it is a text
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        facts = os.fstat(descriptor)
        _check(facts)  # it may be another one by now
        parts, left = [], longest + 1  # files of /proc have another size than they say
        while facts.st_size <= longest and left and (part := os.read(descriptor, min(left, 2**20))):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(descriptor)
    if facts.st_size > longest or not left:
        raise _too_large(longest)
    return b"".join(parts)


def _check(facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")


def _content(attachment: Attachment, longest: int) -> bytes:
    content = attachment.bytes
    if content is None:
        return read(attachment.path or "", longest)
    if callable(content):
        content = content()
    if not isinstance(content, (bytes, bytearray)):
        raise TypeError(f"it holds {type(content).__name__}, not bytes")
    if len(content) > longest:
        raise _too_large(longest)
    return bytes(content)


def _too_large(longest: int) -> OSError:
    return OSError(errno.EFBIG, f"there is room for {max(longest, 0)} bytes, and it has more")


def encoding_of(content: bytes) -> str | None:
    """Return the encoding of a text, in which single bytes may be odd; None where it is no text.

    Which a log remains when a line of it was cut within a character, or is of a program that writes Latin-1.
    """
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return encoding
    # A log that was emptied while a program writes it begins with zeros.
    text = content.strip(b"\0")
    odd = len(text) - len(text.decode(errors="ignore").encode()) + sum(map(text.count, CONTROL_BYTES))
    return _unmarked(content) if odd > len(text) * MOST_ODD else "utf-8"


def _unmarked(content: bytes) -> str | None:
    """Return the encoding of a text with many zeros that has no mark; None where it is no text."""
    for encoding, (size, place) in UNMARKED.items():
        places = content[place::size]
        if len(places) < LEAST or places.count(0) * 2 < len(places):
            continue
        with contextlib.suppress(UnicodeDecodeError):
            text = content[: len(content) // size * size].decode(encoding)
            if sum(map(text.count, CONTROLS)) <= len(text) * FEW:
                return encoding
    return None


def _why(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else reason(error)
