"""Secrets in statements of SQL: values of columns whose names name one, also where they are parameters."""

import itertools
import re
from collections.abc import Iterator

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from . import judge
from .extents import Extents
from .rule import WORD, Span

_verb = compile_later(
    r"\[SQL: |\b(?:SELECT|INSERT|UPDATE|DELETE|MERGE|REPLACE)\b|"
    r"\b(?:insert into|delete from|update \S{1,60} set|select [^\n]{1,200}? from)\b"
)
_insert = compile_later(
    WORD + r"(?:INSERT|REPLACE)\s+INTO\s+\S{1,100}\s*\(([^()]{1,2000})\)\s*VALUES\s*\(", re.IGNORECASE
)
# With the name with which it is compared, or of which it becomes the value.
_placeholder = compile_later(
    r"'[^']*'|(?:(?<![\w.])([A-Za-z_][\w.]{0,80}+)[\"`\]]?\s{0,3}(?:[=<>!]{1,2}|\b(?i:I?LIKE|IN)\b)\s{0,3}\(?\s{0,3})?"
    r"(?:\?|%s|\$(\d{1,3})\b)"
)
# The same where a parameter has a name of its own.
_own_name = compile_later(
    r"(?<![\w.])([A-Za-z_][\w.]{0,80}+)[\"`\]]?\s{0,3}(?:[=<>!]{1,2}|\b(?i:I?LIKE|IN)\b)\s{0,3}\(?\s{0,3}"
    r"(?::|@|%\()([A-Za-z_]\w{0,60})"
)
_any_own_name = compile_later(r"(?:(?<!:):|@|%\()([A-Za-z_]\w{0,60})")
_given = compile_later(r"(?<!\w)[\"']?([A-Za-z_]\w{0,60})\\*[\"']?\s{0,3}(?:=>|[:=])\s{0,3}(?=[bu]?\\*[\"'])")
_variable = compile_later(r"(?<!\w)([A-Za-z_]\w{0,60}+)\s{0,3}:\s{0,3}\$(\w{1,60})")
"""A variable of GraphQL that is given to what has a name."""
_marked = compile_later(r"\[parameters: \[?\(|\bParameters: (?=\S)")
# Behind a statement, a list of parameters, or the first of them.
_listed = compile_later(r"[\[(]{1,2}(?=[bu]?\\*[\"']|-?\d|(?:None|True|False)\b)|;[ ]{1,3}(?=[\"'])")
_next = compile_later(r"[^\n\[(\"']{0,200}[\"']\s{0,3},\s{0,3}(?=[bu]?\\*[\"'])")
# The same, where both are values of a dict.
_named = compile_later(
    r"[^\n\[(\"']{0,200}\\*[\"']\s{0,3},\s{0,3}\\*[\"'](?:param(?:eter)?s|arg(?:ument)?s|values|binds|bindings|vars)\\*[\"']:"
    r"\s{0,3}[\[(]{1,2}(?=[bu]?\\*[\"']|-?\d|(?:None|True|False|null|true|false)\b)"
)
_numbered = compile_later(r"\$(\d{1,3}) = (?=')")
_separator = compile_later(r"(?:\([A-Z]\w{2,20}\))?\s*,\s*")
_next_row = compile_later(r"\s*\)\s*,\s*\(")
_bare = compile_later(r"[^\s,()]*")
_aliased = compile_later(r"'((?:[^'\r\n]|''){1,300})' AS [\"`]?(\w{1,60})")
_call = compile_later(
    r"\b(?:PRAGMA (?:re)?key ?= ?|AS \w{1,60} KEY |crypt\(|"
    r"(?:pgp_sym_(?:en|de)crypt(?:_bytea)?|(?:AES|aes)_(?:EN|DE|en|de)(?:CRYPT|crypt))\("
    r"(?:'[^'\r\n]{0,300}'|[^,'()\r\n]{1,100}), ?)(?=\\*')"
)
"""What is given a key or a password, and no column: of SQLite, PostgreSQL and MySQL."""
_MARKS = " \t\r\n\"'`[]"
MOST_PLACEHOLDERS = 1000
"""So many of a statement are looked at."""
BEHIND = 400
"""So far behind the last one their values begin."""


def has_parameters(text: str) -> bool:
    """Return whether there may be a statement with parameters in a text."""
    is_marked = "%s" in text or "?" in text or "$1" in text or "%(" in text or "=:" in text or "= :" in text
    return is_marked and _verb.search(text) is not None


def may_hold(text: str) -> bool:
    """Return whether there may be parameters of a statement in a text, or what is given a key."""
    if "variables" in text and "$" in text:
        return True
    return has_parameters(text) or "crypt(" in text or "CRYPT(" in text or "PRAGMA " in text or "' AS " in text


def secret_names(statement: str) -> set[str]:
    """Return the names of the parameters of a statement that are compared with what names a secret, or become it."""
    compared = _own_name.finditer(statement)
    names = {name[2] for name in compared if denylist.is_secret(name[1].rpartition(".")[2])}
    for insert in _insert.finditer(statement):
        columns = [denylist.is_secret(column.strip(_MARKS)) for column in insert[1].split(",")]
        given = itertools.islice(_any_own_name.finditer(statement, insert.end()), len(columns))
        names.update(name[1] for name, is_secret in zip(given, columns, strict=False) if is_secret)
    return names


def secret_variables(query: str) -> set[str]:
    """Return the names of the variables of a query of GraphQL that are given to what names a secret."""
    return {variable[2] for variable in _variable.finditer(query) if denylist.is_secret(variable[1])}


def in_columns(text: str) -> Iterator[Span]:
    """Yield the values of an INSERT that go to columns which name a secret."""
    extents = Extents(text)
    for insert in _insert.finditer(text):
        columns = [denylist.is_secret(column.strip(_MARKS)) for column in insert[1].split(",")]
        if any(columns):
            yield from _of_rows(text, insert.end(), columns, extents)
            parameters = _parameters(text, insert.end()) if _placeholder.match(text, insert.end()) else None
            if parameters is not None:
                yield from _of_rows(text, parameters, columns, extents)


def secret_parameters(statement: str) -> list[bool]:
    """Return of the parameters of a statement which are secret; of none, if none is."""
    insert = _insert.search(statement)
    if insert is None:
        columns = _by_place(statement)[0]
    else:
        columns = [denylist.is_secret(column.strip(_MARKS)) for column in insert[1].split(",")]
    return columns if any(columns) else []


def _by_place(text: str) -> tuple[list[bool], int]:
    """Return whether each parameter of a statement is secret, and where the last one that has a name stands."""
    verb = _verb.search(text)
    if verb is None:
        return [], 0
    secret: dict[int, bool] = {}
    start, end = verb.start(), 0
    placeholders = (match for match in _placeholder.finditer(text, start) if match[0][0] != "'")
    for place, placeholder in enumerate(itertools.islice(placeholders, MOST_PLACEHOLDERS)):
        name = placeholder[1]
        is_secret = name is not None and denylist.is_secret(name.rpartition(".")[2])
        number = int(placeholder[2]) - 1 if placeholder[2] else place
        secret[number] = secret.get(number, False) or is_secret
        if name is not None:
            end = placeholder.end()
    return [secret.get(place, False) for place in range(min(max(secret, default=-1) + 1, MOST_PLACEHOLDERS))], end


def in_placeholders(text: str) -> Iterator[Span]:
    """Yield the parameters of a statement that are compared with what names a secret, or become its value."""
    extents = Extents(text)
    names = secret_names(text) if "%(" in text or "=:" in text or "= :" in text else set()
    if "variables" in text and "$" in text:
        names |= secret_variables(text)
    for given in _given.finditer(text) if names else ():
        value = extents.quoted(given.end()) if given[1] in names else None
        if value is not None and not judge.is_harmless(text[value.inner_start : value.inner_end]):
            yield value[2:4]
    columns, end = _by_place(text)
    if not any(columns):
        return
    for numbered in _numbered.finditer(text):
        place = int(numbered[1]) - 1
        value = extents.quoted(numbered.end()) if 0 <= place < len(columns) and columns[place] else None
        if value is not None:
            yield value[2:4]
    parameters = _parameters(text, end)
    if parameters is not None:
        yield from _of_rows(text, parameters, columns, extents)


def in_expressions(text: str) -> Iterator[Span]:
    """Yield what gets the name of a secret, and what is given where a key or a password belongs."""
    for aliased in _aliased.finditer(text) if "' AS " in text else ():
        if denylist.is_secret(aliased[2]) and not judge.is_harmless(aliased[1]):
            yield aliased.span(1)
    extents = Extents(text)
    for call in _call.finditer(text):
        value = extents.quoted(call.end())
        if value is not None and not judge.is_harmless(text[value.inner_start : value.inner_end]):
            yield value[2:4]


def _parameters(text: str, end: int) -> int | None:
    """Return where the parameters of a statement begin, whose last placeholder ends at a place."""
    first = (
        _marked.search(text, end)
        or _named.match(text, end)
        or _next.match(text, end)
        or _listed.search(text, end, end + BEHIND)
    )
    return first.end() if first else None


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


EXAMPLES = {
    "INSERT INTO users (password, id) VALUES ('hunter2', 1),\n ('hunter3', 2)": (
        "INSERT INTO users (password, id) VALUES ('[Filtered]', 1),\n ('[Filtered]', 2)"
    ),
    "[SQL: UPDATE users SET name=?, password=? WHERE id=?]\n[parameters: ('joe', 'hunter2', 3)]": (
        "[SQL: UPDATE users SET name=?, password=? WHERE id=?]\n[parameters: ('joe', '[Filtered]', 3)]"
    ),
    "('SELECT 1 FROM t WHERE token = %s', ['hunter2'])": "('SELECT 1 FROM t WHERE token = %s', ['[Filtered]'])",
    "{'sql': 'UPDATE t SET token = %s WHERE id = %s', 'params': ['hunter2', 3]}": (
        "{'sql': 'UPDATE t SET token = %s WHERE id = %s', 'params': ['[Filtered]', 3]}"
    ),
    "execute('UPDATE t SET token = $1 WHERE id = $2', 'hunter2', 3)": (
        "execute('UPDATE t SET token = $1 WHERE id = $2', '[Filtered]', 3)"
    ),
    "parameters: $1 = 'joe', $2 = 'hunter2'\nSTATEMENT: UPDATE t SET name = $1, token = $2": (
        "parameters: $1 = 'joe', $2 = '[Filtered]'\nSTATEMENT: UPDATE t SET name = $1, token = $2"
    ),
    "SELECT 'hunter2' AS token, crypt('hunter3', salt)": "SELECT '[Filtered]' AS token, crypt('[Filtered]', salt)",
    "[SQL: SELECT 1 FROM t WHERE token = %(a)s AND name = %(b)s]\n[parameters: {'a': 'hunter2', 'b': 'joe'}]": (
        "[SQL: SELECT 1 FROM t WHERE token = %(a)s AND name = %(b)s]\n[parameters: {'a': '[Filtered]', 'b': 'joe'}]"
    ),
    "INSERT INTO t (name, token) VALUES (%(a)s, %(b)s); b='hunter2', a='joe'": (
        "INSERT INTO t (name, token) VALUES (%(a)s, %(b)s); b='[Filtered]', a='joe'"
    ),
    'UPDATE "t" SET "token"=$1 WHERE "id"=$2; "hunter2", 7': 'UPDATE "t" SET "token"=$1 WHERE "id"=$2; "[Filtered]", 7',
    "Preparing: SELECT 1 FROM t WHERE name=? AND token=?\nParameters: joe(String), hunter2(String)": (
        "Preparing: SELECT 1 FROM t WHERE name=? AND token=?\nParameters: joe(String), [Filtered](String)"
    ),
    "{'query': 'mutation { login(password: $a, name: $b) }', 'variables': {'a': 'hunter2', 'b': 'joe'}}": (
        "{'query': 'mutation { login(password: $a, name: $b) }', 'variables': {'a': '[Filtered]', 'b': 'joe'}}"
    ),
    "('SELECT 1 FROM t WHERE name = %s', ['hunter2'])": "('SELECT 1 FROM t WHERE name = %s', ['hunter2'])",
}
"""Texts and what is left of them."""
