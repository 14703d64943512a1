"""Secrets in the rows of a table, below a line of names: CSV, and what databases and tools print in columns."""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from . import judge, names
from .extents import Extents
from .rule import Cleaned

MOST_LINES = 200
"""So many lines are looked at; where the last one is a row, all that is behind it is left out."""
MOST_CELLS = 1000
"""So many cells of a line are looked at."""

# As it is, and as a `repr` or JSON has it.
_break = compile_later(r"\r?\n|(?:\\{1,16}+r)?\\{1,16}+n")
_rule = compile_later(r"[\s|+:=-]*")
# A cell and what separates it from the next one; in quotes that may be a part of it.
_shown_tab = r"\\{1,16}+t"
_separators = tuple(
    compile_later(rf"(\\*\"[^\"\\]*\\*\"(?={sign}|\Z)|{others}*)({sign}|\Z)")
    for sign, others in (
        (r"\t", r"[^\t]"),
        (_shown_tab, rf"(?:(?!{_shown_tab}).)"),
        (r"\|", r"[^|]"),
        (";", "[^;]"),
        (",", "[^,]"),
    )
)
_bars = _separators[2]
_column = compile_later(r"()(\S+(?: \S+)*)")
_name = compile_later(r"\s*(?:[bBuU]?\\*[\"'])?\s*([A-Za-z_][\w.-]{0,40}(?: [\w.-]{1,20})?)?\s*\\*[\"']?\s*")
# The first name may stand behind what tells of the table.
_last_name = compile_later(r"(?<![\w.-])([A-Za-z_][\w.-]{0,40}(?: [\w.-]{1,20})?)\s?\\*[\"']?\s?\Z")
_opening = compile_later(r"(?:.*[\s(\[{:=,]|)[bBuU]?\\*[\"'](?=[A-Za-z_ |+])")
_marks = "\\\"' \t\r\n"


class _Cell(NamedTuple):
    text: str
    start: int
    end: int


class _Table:
    """The names above the rows, and which of them name a secret."""

    def __init__(
        self, start: int, until: int, separator: re.Pattern[str] | None, cells: list[_Cell], told: list[str]
    ) -> None:
        self._start = start
        self.until = until
        """Where the text ends that has the table in it."""
        self._separator = separator
        """What separates cells; None: white space."""
        self._cells = cells
        self._names = told
        self._secret = {place for place, name in enumerate(told) if denylist.is_secret(name)}
        # It may be a sentence: then only what is written as secrets are is one.
        has_spaces = separator is _separators[-1] and any(cell.text[:1] == " " for cell in cells[1:])
        self._is_prose = separator is None or has_spaces
        is_whole = len(told) == len(cells) and not has_spaces and _name.fullmatch(cells[0].text) is not None
        self._width = len(cells) if is_whole else None
        """How many cells a row has; where something is told before the names, the first row says it."""

    def __bool__(self) -> bool:
        return bool(self._secret)

    def row(self, text: str, start: int, end: int) -> list[_Cell] | None:
        """Return the secrets of a line; None: it is no row."""
        cells = _split(self._separator, text, start, end)
        if self._separator is None:
            return self._below(cells, start - self._start) if len(cells) >= len(self._cells) else None
        width = len(cells)
        if width < 2 or width > len(self._names) or (self._width is not None and width != self._width):
            return None
        self._width = width
        behind = len(self._names) - width
        return [
            cell for place, cell in enumerate(cells, behind) if place in self._secret and self._is_one(place, cell.text)
        ]

    def _below(self, cells: list[_Cell], moved: int) -> list[_Cell]:
        return [
            cell
            for place in self._secret
            for cell in cells
            if cell.start < self._cells[place].end + moved
            and self._cells[place].start + moved < cell.end
            and self._is_one(place, cell.text)
        ]

    def _is_one(self, place: int, written: str) -> bool:
        name, value = self._names[place], written.strip(_marks)
        if not value or (self._is_prose and not judge.is_random(value)):
            return False
        return judge.can_be_secret(name, denylist.weight(name), value, quoted=False, colon=True)


def clean(text: str) -> str:
    """Return a text without the values of columns whose names name a secret."""
    cleaned, extents = Cleaned(text), Extents(text)
    table: _Table | None = None
    for number, (start, end) in enumerate(_lines(text)):
        if table is not None and start >= table.until:
            table = None
        if number == MOST_LINES:
            if table is not None:
                cleaned.leave_out(start, len(text))
            break
        if table is not None and _rule.fullmatch(text, start, end):
            continue
        secrets = None if table is None else table.row(text, start, min(end, table.until))
        if secrets is None:
            table = _table(text, start, end, extents) if names.may_hold(text[start:end]) else None
            continue
        for cell in secrets:
            if cleaned.is_enough(cell.start):
                return cleaned.text()
            value = cell.text.strip(_marks)
            place = cell.start + cell.text.index(value)
            cleaned.leave_out(place, place + len(value))
    return cleaned.text()


def names_above(text: str) -> str:
    """Return the line of names of a table in the rows of which a text ends; nothing where it ends in none."""
    if not names.may_hold(text):
        return ""
    extents, table, line = Extents(text), None, ""
    for start, end in _lines(text.removesuffix("\n")):
        if table is not None and (_rule.fullmatch(text, start, end) or table.row(text, start, end) is not None):
            continue
        table, line = None, text[start:end]
        if names.may_hold(line):
            table = _table(text, start, end, extents)
    return line if table is not None and table.until == len(text) else ""


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _break.finditer(text):
        yield start, end.start()
        start = end.end()
    yield start, len(text)


def _table(text: str, start: int, end: int, extents: Extents) -> _Table | None:
    """Return the table of whose columns the names stand in a line, if some name a secret."""
    # It may begin a text that is shown by its `repr`, behind others.
    opening = _opening.match(text, start, end)
    if opening is not None:
        until = extents.enclosing(opening.end()) or len(text)
        table = _table_of(text, opening.end(), end, until) if until >= end else None
        if table is not None:
            return table
    return _table_of(text, start, end, len(text))


def _table_of(text: str, start: int, end: int, until: int) -> _Table | None:
    for separator in _separators:
        cells = _split(separator, text, start, end)
        names = _names_of(cells)
        if len(names) > 1 and (table := _Table(start, until, separator, cells, names)):
            return table
    cells = _split(None, text, start, end)
    matches = [_name.fullmatch(cell.text) for cell in cells]
    if len(cells) < 2 or None in matches:
        return None
    table = _Table(start, until, None, cells, [match[1] or "" for match in matches if match])
    return table or None


def _names_of(cells: list[_Cell]) -> list[str]:
    """Return the last cells that are names, and the name with which the one before them ends."""
    names: list[str] = []
    for cell in reversed(cells):
        name = _name.fullmatch(cell.text)
        if name is None:
            name = _last_name.search(cell.text)
            return [name[1], *names] if name else names
        names.insert(0, name[1] or "")
    return names


def _split(separator: re.Pattern[str] | None, text: str, start: int, end: int) -> list[_Cell]:
    if separator is None:
        columns = itertools.islice(_column.finditer(text, start, end), MOST_CELLS)
        return [_Cell(match[2], *match.span(2)) for match in columns]
    cells = []
    for match in itertools.islice(separator.finditer(text, start, end), MOST_CELLS):
        cells.append(_Cell(match[1], *match.span(1)))
        if not match[2]:
            break
    # Bars also stand at both ends.
    ends = slice(not cells[0].text.strip(), len(cells) - (not cells[-1].text.strip())) if cells else slice(0)
    return cells[ends] if separator is _bars else cells


EXAMPLES = {
    "name,password\njoe,hunter2\nann,hunter3": "name,password\njoe,[Filtered]\nann,[Filtered]",
    '"id";"token"\r\n"1";"0f5a9c77ab"\r\n': '"id";"token"\r\n"1";"[Filtered]"\r\n',
    "b'name\\tapi_key\\njoe\\t0f5a9c77ab\\n'": "b'name\\tapi_key\\njoe\\t[Filtered]\\n'",
    " name | password\n------+---------\n joe  | hunter2": " name | password\n------+---------\n joe  | [Filtered]",
    "   name   password\n0   joe  0f5a9c77ab": "   name   password\n0   joe  [Filtered]",
    "{'a': 'bad: name,token\\njoe,0f5a9c77ab', 'b': 1}": "{'a': 'bad: name,token\\njoe,[Filtered]', 'b': 1}",
    "name,password\njoe,\n\nname,token": "name,password\njoe,\n\nname,token",
    "missing: user, password\ngiven: host, port": "missing: user, password\ngiven: host, port",
}
"""Texts and what is left of them."""
