"""Secrets in the rows of a table, below a line of names: CSV, and what databases and tools print in columns."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ....secret_keys import denylist
from . import judge, names
from .shape import Cleaned

MOST_LINES = 400
"""So many lines are looked at; where the last one is a row, all that is behind it is left out."""

_break = re.compile(r"\r?\n")
_break_in_text = re.compile(r"(?:\\{1,4}r)?\\{1,4}n")
_rule = re.compile(r"[\s|+:=-]*")
# A cell and what separates it from the next one; in quotes that may be a part of it.
_separators = tuple(
    re.compile(rf"(\\*\"[^\"\\]*\\*\"(?={sign}|\Z)|{others}*)({sign}|\Z)")
    for sign, others in ((r"\t", r"[^\t]"), (r"\\t", r"(?:(?!\\t).)"), (r"\|", r"[^|]"), (";", "[^;]"), (",", "[^,]"))
)
_column = re.compile(r"()(\S+(?: \S+)*)")
_name = re.compile(r"(?:[bBuU]?\\*[\"'])?\s*([A-Za-z_][\w.-]{0,40}(?: [\w.-]{1,20})?)?\s*\\*[\"']?")
# What may tell of the names, before them.
_told = re.compile(r"[:=] |(?:\A|[\s(\[:=,])[bBuU]?\\*[\"']")
_opening = re.compile(r".*[\s(\[{:=,][bBuU]?\\*[\"'](?=[A-Za-z_])")
_marks = "\\\"' \t\r\n"


class _Cell(NamedTuple):
    text: str
    start: int
    end: int


class _Head(NamedTuple):
    """The line above the rows, which begins at `start`."""

    start: int
    separator: re.Pattern[str] | None
    """What separates its cells; None: white space."""
    cells: list[_Cell]
    secret: dict[int, str]
    """The names that name a secret, by the place of their cells."""
    is_prose: bool
    """Whether it may be a sentence: then only what is written as secrets are is one."""


def clean(text: str) -> str:
    """Return a text without the values of columns whose names name a secret."""
    cleaned = Cleaned(text)
    head: _Head | None = None
    for number, (start, end) in enumerate(_lines(text)):
        if number == MOST_LINES:
            if head is not None:
                cleaned.leave_out(start, len(text))
            break
        if head is not None and _rule.fullmatch(text, start, end):
            continue
        cells = None if head is None else _cells_below(head, text, start, end)
        if cells is None:
            head = _head(text, start, end) if names.may_hold(text[start:end]) else None
            continue
        for name, cell in cells:
            value = cell.text.strip(_marks)
            if _can_be_secret(head, name, value):  # type: ignore[arg-type]  # it has cells
                if cleaned.is_enough(cell.start):
                    return cleaned.text()
                place = cell.start + cell.text.index(value)
                cleaned.leave_out(place, place + len(value))
    return cleaned.text()


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in (_break if "\n" in text else _break_in_text).finditer(text):
        yield start, end.start()
        start = end.end()
    yield start, len(text)


def _head(text: str, start: int, end: int) -> _Head | None:
    """Return what names are in a line, if it has nothing else and some name a secret."""
    # It may be the first one of a text that is shown by its `repr`, behind others.
    opening = _opening.match(text, start, end)
    head = _head(text, opening.end(), end) if opening is not None else None
    if head is not None:
        return head
    for separator in _separators:
        cells = [*_split(separator, text, start, end)]
        if len(cells) > 1:
            told = _told.split(cells[0].text)[-1]
            secret = _secret_names([told, *(cell.text for cell in cells[1:])])
            if secret:
                return _Head(start, separator, cells, secret, ", " in text[start:end])
    cells = [*_split(None, text, start, end)]
    if len(cells) > 1 and (secret := _secret_names([cell.text for cell in cells])):
        return _Head(start, None, cells, secret, is_prose=True)
    return None


def _secret_names(cells: list[str]) -> dict[int, str]:
    matches = [_name.fullmatch(cell.strip()) for cell in cells]
    if None in matches:
        return {}
    found = [match[1] or "" for match in matches if match]
    return {place: name for place, name in enumerate(found) if denylist.is_secret(name)}


def _split(separator: re.Pattern[str] | None, text: str, start: int, end: int) -> Iterator[_Cell]:
    if separator is None:
        for match in _column.finditer(text, start, end):
            yield _Cell(match[2], *match.span(2))
        return
    for match in separator.finditer(text, start, end):
        yield _Cell(match[1], *match.span(1))
        if not match[2]:
            return


def _cells_below(head: _Head, text: str, start: int, end: int) -> list[tuple[str, _Cell]] | None:
    """Return the cells of a line that are below the name of a secret; None: it is no row."""
    cells = [*_split(head.separator, text, start, end)]
    if head.separator is not None:
        return [(name, cells[place]) for place, name in head.secret.items()] if len(cells) == len(head.cells) else None
    if len(cells) < len(head.cells):
        return None
    moved = start - head.start
    return [
        (name, cell)
        for place, name in head.secret.items()
        for cell in cells
        if cell.start < head.cells[place].end + moved and head.cells[place].start + moved < cell.end
    ]


def _can_be_secret(head: _Head, name: str, value: str) -> bool:
    if not value or (head.is_prose and not judge.is_random(value)):
        return False
    return judge.can_be_secret(name, denylist.weight(name), value, quoted=False, colon=True)


EXAMPLES = {
    "name,password\njoe,hunter2\nann,hunter3": "name,password\njoe,[Filtered]\nann,[Filtered]",
    '"id";"token"\r\n"1";"0f5a9c77ab"\r\n': '"id";"token"\r\n"1";"[Filtered]"\r\n',
    "b'name\\tapi_key\\njoe\\t0f5a9c77ab\\n'": "b'name\\tapi_key\\njoe\\t[Filtered]\\n'",
    " name | password\n------+---------\n joe  | hunter2": " name | password\n------+---------\n joe  | [Filtered]",
    "   name   password\n0   joe  0f5a9c77ab": "   name   password\n0   joe  [Filtered]",
    "name,password\njoe,\n\nname,token": "name,password\njoe,\n\nname,token",
    "missing: user, password\ngiven: host, port": "missing: user, password\ngiven: host, port",
}
"""Texts and what is left of them."""
