"""Secrets in statements: those of SQL, those by which servers are told a password, and lines of password files."""

import itertools
import re
from collections.abc import Iterator

from ....secret_keys import denylist
from ....secret_keys.denylist import FILTERED
from . import judge
from .extents import Extents
from .shape import MOST, Cleaned, Shape

_may_hold = re.compile(
    r"I(?:DENTIFIED|NSERT) |REPLACE INTO |AUTH|PASSWORD |Key \(|Duplicate entry|\[SQL: |:(?:\d{2,5}|\*):[A-Za-z*]|"
    r"i(?:nsert into|dentified by) |SecureString |requirepass|masterauth"
)
# A word begins also behind the letter of an escape, in a `repr`.
_WORD = r"(?:\b|(?<=\\[nrt]))"
_told = re.compile(
    _WORD + r"(?:PASSWORD FOR \S{1,60} ?=|IDENTIFIED (?:WITH \S+ )?(?:BY|AS)(?: PASSWORD)?|identified by|"
    r"requirepass|masterauth|"
    r"ConvertTo-SecureString(?: -String)?|CONFIG SET \S+|PASSWORD|"
    r"AUTH(?: (?:PLAIN|LOGIN|CRAM-MD5|XOAUTH2|default|\w{1,30}(?=[ ][\"'\w]{6}))|[\"'])?)[ ](?=\\*[\"']?[^\s\"']{4})"
)
_insert = re.compile(
    _WORD + r"(?:INSERT|REPLACE)\s+INTO\s+\S{1,100}\s*\(([^()]{1,2000})\)\s*VALUES\s*\(", re.IGNORECASE
)
_parameters = re.compile(r"\[parameters: \[?\(")
_placeholder = re.compile(r"'[^']*'|\?|%s|\$(\d{1,3})\b")
_name_before = re.compile(
    r"([A-Za-z_][\w.]{0,80})[\"`\]]?\s{0,3}(?:[=<>!]{1,2}|\b(?:LIKE|ILIKE|IN)\b)\s{0,3}\(?\s{0,3}\Z", re.IGNORECASE
)
_duplicate = re.compile(r"Duplicate entry \\*'(?=[^\r\n]{1,300}?\\*' for key \\*'([\w.]{1,100})\\*')")
_duplicate_end = re.compile(r"\\*' for key ")
_separator = re.compile(r"\s*,\s*")
_next_row = re.compile(r"\s*\)\s*,\s*\(")
_bare = re.compile(r"[^\s,()]*")
_key = re.compile(_WORD + r"Key \(([^()]{1,500})\)=\((?=\S)")
_key_end = re.compile(r"\) (?:already|is |conflicts)|\Z")
_password_file = re.compile(
    r"(?:\A|(?<=[\s'\"]))[\w.*-]+:(?:\d{2,5}|\*):[A-Za-z*][\w*-]*:[A-Za-z][\w*.-]*:(?=[^\s:/]{5})"
)

FAR = 120
"""So far before a placeholder a name is looked for."""

Span = tuple[int, int]


def may_hold(text: str) -> bool:
    """Return whether there may be such a statement in a text."""
    return _may_hold.search(text) is not None


def clean(text: str) -> str:
    """Return a text without the secrets in its statements."""
    finders = (
        _told_by_word(text),
        _in_columns(text),
        _in_placeholders(text),
        _in_keys(text),
        _in_entries(text),
        _in_password_file(text),
    )
    spans = sorted(set(itertools.chain(*(itertools.islice(spans_of_one, MOST + 1) for spans_of_one in finders))))
    cleaned = Cleaned(text)
    for start, end in spans:
        if cleaned.is_enough(start):
            break
        if start >= cleaned.done and text[start:end] != FILTERED:
            cleaned.leave_out(start, end)
    return cleaned.text()


def _told_by_word(text: str) -> Iterator[Span]:
    extents = Extents(text)
    for number, told in enumerate(_told.finditer(text)):
        if number == MOST:
            yield told.end(), len(text)
            return
        value = extents.value(told.end())
        if value is None:
            continue
        shown = text[value.inner_start : value.inner_end]
        if (value.kind == "quoted" or judge.is_random(shown)) and not judge.is_harmless(shown):
            yield value.inner_start, value.inner_end


def _in_columns(text: str) -> Iterator[Span]:
    """Yield the values of an INSERT that go to columns which name a secret."""
    extents = Extents(text)
    for insert in _insert.finditer(text):
        columns = [denylist.is_secret(column.strip(" \t\r\n\"'`[]")) for column in insert[1].split(",")]
        if any(columns):
            yield from _of_rows(text, insert.end(), columns, extents)
            parameters = _parameters.search(text, insert.end())
            if parameters is not None:
                yield from _of_rows(text, parameters.end(), columns, extents)


def _in_placeholders(text: str) -> Iterator[Span]:
    """Yield the parameters of a statement that are compared with what names a secret, or become its value."""
    start, parameters = text.find("[SQL: "), _parameters.search(text)
    if start < 0 or parameters is None:
        return
    secret: dict[int, bool] = {}
    placeholders = (match for match in _placeholder.finditer(text, start, parameters.start()) if match[0][0] != "'")
    for place, placeholder in enumerate(placeholders):
        name = _name_before.search(text, max(placeholder.start() - FAR, start), placeholder.start())
        is_secret = name is not None and denylist.is_secret(name[1].rpartition(".")[2])
        secret[int(placeholder[1]) - 1 if placeholder[1] else place] = is_secret
    if any(secret.values()):
        columns = [secret.get(place, False) for place in range(max(secret) + 1)]
        yield from _of_rows(text, parameters.end(), columns, Extents(text))


def _of_rows(text: str, place: int, columns: list[bool], extents: Extents) -> Iterator[Span]:
    """Yield the values of some columns, of each of the rows that begin at a place, which are separated by commas."""
    row: re.Match[str] | None
    while True:
        for is_secret in columns:
            value = extents.quoted(place)
            start, end = value[2:4] if value else _bare.match(text, place).span()  # type: ignore[union-attr]
            if is_secret and not judge.is_harmless(text[start:end]):
                yield start, end
            place = value.end if value else end
            separator = _separator.match(text, place)
            if separator is None:
                break
            place = separator.end()
        row = _next_row.match(text, place)
        if row is None:
            return
        place = row.end()


def _in_keys(text: str) -> Iterator[Span]:
    """Yield what PostgreSQL shows of a row that violates a constraint."""
    for key in _key.finditer(text):
        if any(denylist.is_secret(column.strip('" ')) for column in key[1].split(",")):
            yield key.end(), _key_end.search(text, key.end()).start()  # type: ignore[union-attr]  # there is an end


def _in_entries(text: str) -> Iterator[Span]:
    """Yield what MySQL shows of a row that violates a constraint."""
    for entry in _duplicate.finditer(text) if "' for key " in text else ():
        if denylist.is_secret(entry[1].rpartition(".")[2]):
            yield entry.end(), _duplicate_end.search(text, entry.end()).start()  # type: ignore[union-attr]  # it is there


def _in_password_file(text: str) -> Iterator[Span]:
    """Yield the passwords of lines of PostgreSQL's password file: `host:port:database:user:password`."""
    extents = Extents(text)
    for line in _password_file.finditer(text):
        value = extents.bare(line.end(), "", "")
        if value is not None and not text.startswith(FILTERED, value.start):
            yield value.start, value.end


RULE = Shape(
    "",
    may_hold,
    clean,
    {
        "ALTER USER joe IDENTIFIED BY 'hunter2'": "ALTER USER joe IDENTIFIED BY '[Filtered]'",
        "INSERT INTO users (name, password) VALUES ('joe', 'hunter2')": (
            "INSERT INTO users (name, password) VALUES ('joe', '[Filtered]')"
        ),
        "INSERT INTO users (password, id) VALUES ('hunter2', 1),\n ('hunter3', 2)": (
            "INSERT INTO users (password, id) VALUES ('[Filtered]', 1),\n ('[Filtered]', 2)"
        ),
        "CONFIG SET requirepass 0f5a9c77": "CONFIG SET requirepass [Filtered]",
        "Key (id, token)=(7, hunter2) already exists.": "Key (id, token)=([Filtered]) already exists.",
        "[SQL: UPDATE users SET name=?, password=? WHERE id=?]\n[parameters: ('joe', 'hunter2', 3)]": (
            "[SQL: UPDATE users SET name=?, password=? WHERE id=?]\n[parameters: ('joe', '[Filtered]', 3)]"
        ),
        "Duplicate entry '0f5a9c77ab' for key 'users.token'": "Duplicate entry '[Filtered]' for key 'users.token'",
        "db:5432:shop:joe:hunter2": "db:5432:shop:joe:[Filtered]",
        "AUTH default failed for joe": "AUTH default failed for joe",
    },
)
