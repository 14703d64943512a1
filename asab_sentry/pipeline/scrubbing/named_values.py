"""Secrets that stand beside their name: the second of a pair, the value of a field with a name, the next argument."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...secret_keys.denylist import FILTERED, SURE, Keys
from ...secret_keys.key_words import words_of
from . import request_data
from .secret_patterns import commands, judge, sql

NAMES = tuple(
    written
    for name in words_of(
        "name key field header variable param parameter setting option property attribute attr column env label id "
        "path loc k ParameterKey"
    )
    for written in (name, name.title(), name.upper())
)
"""Keys under which a field has its name, or its place, as the errors of pydantic have it."""
_names = frozenset(NAMES)
_values = frozenset({"value", "Value"})
_of_exception = frozenset({"mechanism", "module", "stacktrace"})
"""Keys of what is an exception, which has a type, too."""

VALUES = words_of(
    "value val v content contents default input new old newvalue oldvalue new_value old_value parametervalue "
    "rejectedvalue rejected_value"
)
"""Keys, in lower case, under which it has its value."""

KIND, KEY_TYPE = "kind", "kty"
"""Keys of what a manifest or a key of JOSE is of, on which it depends what is secret beside it."""
PARAMETERS = words_of("params parameters args arguments vars binds")
"""Keys of the parameters of a statement, on which it depends which are secret."""
_statements = ("sql", "query", "statement", "operation", "stmt")
_parts_of_key = frozenset({"k", "d", "p", "q", "dp", "dq", "qi"})
CODE, GRANT = "code", "grant_type"
"""Keys of what OAuth grants a token for, and of what it is, beside which the code is secret."""
_DATA = ("data", "stringData", "string_data")
_column = re.compile(r"[A-Za-z_][\w .-]{0,40}")
_field = re.compile(r"['\"]?[a-z_]{1,20}['\"]?")
_option = re.compile(r"--?[A-Za-z]")


def unquoted(name: str) -> str:
    """Return a name without the quotes that a `repr` has."""
    return name.strip("b'\"") if name[-1:] in {"'", '"'} else name


def is_digest(name: str, value: Any) -> bool:
    """Return whether a pair is a scheme of ZooKeeper with user and password: `("digest", "joe:x")`."""
    return name == "digest" and isinstance(value, str) and ":" in value and not unquoted(value).startswith("sha")


def is_change(values: Sequence[Any], keys: Keys) -> bool:
    """Return whether a triple is what LDAP is told to do with a secret: `(2, "userPassword", [b"x"])`."""
    operation, name, value = values
    if not isinstance(name, str) or not isinstance(value, (list, tuple)) or not str(operation).isdigit():
        return False
    return keys.weight(unquoted(name)) == SURE


def _is_of_redis(command: str, before: Any) -> bool:
    """Return whether what is before the last word of a command of Redis says that it is a password."""
    return unquoted(command) == "AUTH" or (
        isinstance(before, str) and unquoted(before) in {"requirepass", "masterauth"}
    )


def in_list(values: Sequence[Any], keys: Keys) -> Iterator[tuple[int, Any]]:
    """Yield which of the values are secret, by their place, and what is left of each."""
    if len(values) == 2 and keys.is_secret(unquoted(values[0])):
        # Else both are names of fields.
        if not isinstance(values[1], str) or _field.fullmatch(values[1]) is None:
            yield 1, request_data.blank(values[1])
        return
    if 2 < len(values) < 5 and _is_of_redis(values[0], values[-2]):
        yield len(values) - 1, FILTERED
    if not _may_have_options(values):
        return
    arguments = [unquoted(value) if isinstance(value, str) else "" for value in values]
    for place, (argument, following) in enumerate(itertools.pairwise(arguments)):
        is_option = argument[:1] == "-" and "=" not in argument
        if is_option and following and not _option.match(following) and keys.is_secret(argument.strip("-")):
            yield place + 1, FILTERED
    yield from commands.in_arguments(arguments)


def without_secret_columns(rows: list[Any] | tuple[Any, ...], keys: Keys) -> list[Any] | tuple[Any, ...]:
    """Return some rows without the values below a name, in the first of them, that names a secret."""
    names = rows[0]
    if len(names) < 2 or not all(isinstance(name, str) and _column.fullmatch(unquoted(name)) for name in names):
        return rows
    secret = {place for place, name in enumerate(names) if keys.is_secret(unquoted(name)) and (place or len(names) > 2)}
    return [names, *(_without_columns(row, secret, len(names)) for row in rows[1:])] if secret else rows


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


def of_kind(mapping: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a secret of Kubernetes or a key of JOSE without its values; None: it is none, or has none."""
    if KEY_TYPE in mapping:
        return _without(mapping, _parts_of_key)
    # What Kubernetes' client lists has no kind.
    if not (isinstance(mapping[KIND], str) and unquoted(mapping[KIND]) == "Secret") and "string_data" not in mapping:
        return None
    return _without(mapping, _DATA)


def _without(mapping: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any] | None:
    """Return a mapping without the values of some keys; None: it has none."""
    data = {key: request_data.blank(mapping[key]) for key in keys if isinstance(mapping.get(key), (dict, str))}
    return {**mapping, **data} if any(value != mapping[key] for key, value in data.items()) else None


def without_parameters(mapping: Mapping[str, Any], parameters: Any) -> Any:
    """Return the parameters of a statement without those that go to columns which name a secret."""
    statement = next((text for key in _statements if isinstance(text := mapping.get(key), str)), "")
    if not isinstance(parameters, (list, tuple)) or not sql.may_hold(statement):
        return parameters
    secret = sql.secret_parameters(unquoted(statement))
    return [
        request_data.blank(value) if is_secret else value
        for value, is_secret in itertools.zip_longest(parameters, secret[: len(parameters)], fillvalue=False)
    ]


def _may_have_options(values: Sequence[Any]) -> bool:
    try:
        return "-" in "".join(values)
    except TypeError:  # there is something else than texts
        return True


def of_field(mapping: Mapping[str, Any], keys: Keys) -> bool:
    """Return whether a mapping is a field whose name names a secret."""
    if _names.isdisjoint(mapping):  # most have none, as exceptions
        return _is_of_type(mapping, keys)
    for key in NAMES:
        name = mapping.get(key)
        for part in name if isinstance(name, (list, tuple)) else (name,):
            if isinstance(part, str) and keys.is_secret(unquoted(part)):
                return True
    return _is_of_type(mapping, keys)


def _is_of_type(mapping: Mapping[str, Any], keys: Keys) -> bool:
    """Return whether a mapping is of a type that names a secret and nothing else: `{"type": "userPassword"}`."""
    type_ = mapping.get("type") or mapping.get("Type")
    if not isinstance(type_, str) or not _of_exception.isdisjoint(mapping) or _values.isdisjoint(mapping):
        return False
    return keys.weight(unquoted(type_)) == SURE and not judge.is_of_state(type_)
