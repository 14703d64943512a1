"""Secrets among what a statement or a function is given, which it tells by its text or its name."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...secret_keys.denylist import FILTERED, SURE, Keys
from ...secret_keys.key_words import words_of
from . import named_values, request_data
from .named_columns import unquoted
from .secret_patterns import dialogs, judge, sql

ARGUMENTS = words_of("params parameters args arguments vars values variables binds bindings")
"""Keys of what a statement or a function is given, on which it depends which of it is secret."""
LOGINS = words_of("login userinfo user_info userpwd")
"""Keys under which a user may stand with a password."""
_statements = ("sql", "query", "statement", "operation", "stmt", "text")
_functions = ("func", "function", "call", "method", "name", "op", "task")
_named = frozenset(_statements + _functions + named_values.NAMES)
_BRACKETS = frozenset({"(", "["})
_changes = re.compile(r"(?i)(?:change|check|create|hash|reset|set|update|validate|verify)_?[a-z]")
_user = re.compile(r"[\w.@+\\-]{1,60}:")


def without_secrets(mapping: Mapping[str, Any], arguments: Any, keys: Keys, clean: Callable[[str], str]) -> Any:
    """Return what a statement or a function is given without what goes to a column or a place of a secret.

    `clean` is what cleans a text: arguments may be one.
    """
    if _named.isdisjoint(mapping):  # as with the variables of a frame
        return arguments
    if isinstance(arguments, str) and arguments[:1] in _BRACKETS:
        name = _function_of(mapping, keys)
        return f"{arguments[0]}{clean(f'{name}({arguments[1:]}')[len(name) + 1 :]}" if name else arguments
    if not isinstance(arguments, (list, tuple, dict)):
        return arguments
    statement = next((text for key in _statements if isinstance(text := mapping.get(key), str)), "")
    if sql.has_parameters(statement):
        return _of_statement(unquoted(statement), arguments)
    if isinstance(arguments, dict):
        return _without(arguments, sql.secret_variables(statement))
    return _of_function(mapping, arguments, keys)


def _of_function(mapping: Mapping[str, Any], arguments: Sequence[Any], keys: Keys) -> Any:
    """Return what a function is given, or the values of a field."""
    if arguments and named_values.of_sure_field(mapping, arguments[0], keys):
        return request_data.blank(arguments)
    name = _function_of(mapping, keys)
    if not name:
        return arguments
    # A user stands before it.
    first = 1 if dialogs.is_login(name) else 0
    return [*arguments[:first], *map(_unless_harmless, arguments[first:])]


def _of_statement(statement: str, parameters: Sequence[Any] | dict[Any, Any]) -> Any:
    if isinstance(parameters, dict):
        return _without(parameters, sql.secret_names(statement))
    secret = sql.secret_parameters(statement)
    return [
        request_data.blank(value) if is_secret else value
        for value, is_secret in itertools.zip_longest(parameters, secret[: len(parameters)], fillvalue=False)
    ]


def _without(parameters: dict[Any, Any], names: set[str]) -> dict[Any, Any]:
    if not names:
        return parameters
    return {key: request_data.blank(value) if key in names else value for key, value in parameters.items()}


def _function_of(mapping: Mapping[str, Any], keys: Keys) -> str:
    """Return the name of a function that is given a password, as one that logs in or that changes it."""
    for key in _functions:
        name = mapping.get(key)
        if isinstance(name, str):
            last = unquoted(name).rpartition(".")[2]
            if dialogs.is_login(last) or (_changes.match(last) and keys.weight(last) == SURE):
                return last
    return ""


def _unless_harmless(value: Any) -> Any:
    """Return what a function is given, unless that is none of what passwords are."""
    return request_data.blank(value) if isinstance(value, str) and not judge.is_harmless(value) else value


def without_password(login: Any) -> Any:
    """Return a user without the password behind it: `["joe", "x"]`, `"joe:x"`."""
    if isinstance(login, (list, tuple)) and len(login) == 2 and all(isinstance(part, str) for part in login):
        return [login[0], FILTERED] if judge.is_random(login[1]) else login
    user = _user.match(login) if isinstance(login, str) else None
    return user[0] + FILTERED if user and judge.is_random(login[user.end() :]) else login
