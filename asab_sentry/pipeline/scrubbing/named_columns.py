"""Secrets in rows: what stands below a name, or beside the names of columns."""

import re
from collections.abc import Mapping
from typing import Any

from ...secret_keys.denylist import Keys
from ...secret_keys.key_words import words_of
from . import request_data
from .secret_patterns import judge

COLUMNS = words_of("columns column_names columnNames cols fields fieldnames field_names header schema names")
"""Keys under which the names of columns are, on which it depends what is secret beside them."""

_rows = ("rows", "row", "data", "values", "records", "record", "items", "result", "results", "line")
_column = re.compile(r"[A-Za-z_][\w .-]{0,40}")


def unquoted(name: str) -> str:
    """Return a name without the quotes that a `repr` has."""
    return name.strip("b'\"") if name[-1:] in {"'", '"'} else name


def without_secret_columns(rows: list[Any] | tuple[Any, ...], keys: Keys) -> list[Any] | tuple[Any, ...]:
    """Return some rows without the values below a name, in the first of them, that names a secret."""
    names = rows[0]
    if len(names) < 2 or not _are_names(names):
        return rows
    secret = {place for place in _secret_places(names, keys) if place or len(names) > 2}
    return [names, *(_without_columns(row, secret, len(names)) for row in rows[1:])] if secret else rows


def of_columns(mapping: Mapping[str, Any], names: Any, keys: Keys) -> dict[str, Any] | None:
    """Return a mapping without the values of its rows that are in a column which names a secret; None: it has none."""
    if not isinstance(names, (list, tuple)) or not names or not _are_names(names):
        return None
    secret = _secret_places(names, keys)
    if not secret:
        return None
    rows = {key: _without_places(mapping[key], secret, len(names)) for key in _rows if key in mapping}
    return {**mapping, **rows} if any(value != mapping[key] for key, value in rows.items()) else None


def _are_names(names: list[Any] | tuple[Any, ...]) -> bool:
    return all(isinstance(name, str) and _column.fullmatch(unquoted(name)) for name in names)


def _secret_places(names: list[Any] | tuple[Any, ...], keys: Keys) -> set[int]:
    return {place for place, name in enumerate(names) if keys.is_secret(unquoted(name))}


def _without_places(value: Any, secret: set[int], columns: int) -> Any:
    """Return rows, or one of them, without the values of these columns."""
    if not isinstance(value, (list, tuple)):
        return value
    if all(isinstance(row, (list, tuple)) for row in value):
        return [_without_places(row, secret, columns) if len(row) == columns else row for row in value]
    if len(value) != columns or all(isinstance(inner, (int, float)) for inner in value):  # how many of each
        return value
    return [_blank(inner) if place in secret else inner for place, inner in enumerate(value)]


def _blank(value: Any) -> Any:
    return value if isinstance(value, str) and judge.is_harmless(value) else request_data.blank(value)


def _without_columns(row: Any, secret: set[int], columns: int) -> Any:
    """Return a row without the values of these columns, if it has this many."""
    if not isinstance(row, (list, tuple)) or len(row) != columns:
        return row
    # Two of them may be the name and the value of anything.
    return [
        request_data.blank(value)
        if place in secret and (columns > 2 or (isinstance(value, str) and judge.is_random(value)))
        else value
        for place, value in enumerate(row)
    ]
