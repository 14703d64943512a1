"""How what a server says is shown in a terminal: in columns, with colours where one reads, and without its controls."""

import os
import sys
from collections.abc import Sequence

COLOURS = {
    "fatal": "35",
    "error": "31",
    "warning": "33",
    "info": "36",
    "debug": "2",
    "dim": "2",
    "bold": "1",
    "good": "32",
}

LONGEST = 100
"""The most characters of a text in a column."""


def plain(text: object) -> str:
    """Return a text on one line, in which no character is a command to the terminal."""
    return "".join(character if character.isprintable() else " " for character in ("" if text is None else str(text)))


def coloured(text: str, name: str) -> str:
    """Return a text in the colour of a level, where a terminal reads and NO_COLOR is not set."""
    code = COLOURS.get(name)
    if code is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def columns(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return rows below their titles; the last column is not filled up."""
    cut = [[plain(value)[:LONGEST] for value in row] for row in rows]
    table = [list(titles), *cut]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(f"{text:{width}}" for text, width in zip(row, widths, strict=True)).rstrip() for row in table]
