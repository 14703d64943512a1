"""Secrets among what a statement or a function is given, which it tells by its text or its name."""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...secret_keys.denylist import FILTERED
from ...secret_keys.key_words import words_of
from . import request_data
from .named_columns import unquoted
from .secret_patterns import dialogs, judge, sql

ARGUMENTS = words_of("params parameters args arguments vars binds bindings")
"""Keys of what a statement or a function is given, on which it depends which of it is secret."""
LOGINS = words_of("login userinfo user_info userpwd")
"""Keys under which a user may stand with a password."""
_statements = ("sql", "query", "statement", "operation", "stmt")
_functions = ("func", "function", "call", "method", "name", "task")
_user = re.compile(r"[\w.@+\\-]{1,60}:")


def without_secrets(mapping: Mapping[str, Any], arguments: Any) -> Any:
    """Return what a statement or a function is given without what goes to a column or a place of a secret."""
    if not isinstance(arguments, (list, tuple, dict)):
        return arguments
    statement = next((text for key in _statements if isinstance(text := mapping.get(key), str)), "")
    if sql.has_parameters(statement):
        return _of_statement(unquoted(statement), arguments)
    if len(arguments) > 1 and not isinstance(arguments, dict) and _is_login(mapping):
        return [arguments[0], *map(_unless_harmless, arguments[1:])]
    return arguments


def _of_statement(statement: str, parameters: Sequence[Any] | dict[Any, Any]) -> Any:
    if isinstance(parameters, dict):
        names = sql.secret_names(statement)
        return {key: request_data.blank(value) if key in names else value for key, value in parameters.items()}
    secret = sql.secret_parameters(statement)
    return [
        request_data.blank(value) if is_secret else value
        for value, is_secret in itertools.zip_longest(parameters, secret[: len(parameters)], fillvalue=False)
    ]


def _is_login(mapping: Mapping[str, Any]) -> bool:
    names = (mapping.get(key) for key in _functions)
    return any(isinstance(name, str) and dialogs.is_login(unquoted(name)) for name in names)


def _unless_harmless(value: Any) -> Any:
    """Return what a function is given behind a user, unless that is none of what passwords are."""
    return request_data.blank(value) if isinstance(value, str) and not judge.is_harmless(value) else value


def without_password(login: Any) -> Any:
    """Return a user without the password behind it: `["joe", "x"]`, `"joe:x"`."""
    if isinstance(login, (list, tuple)) and len(login) == 2 and all(isinstance(part, str) for part in login):
        return [login[0], FILTERED] if judge.is_random(login[1]) else login
    user = _user.match(login) if isinstance(login, str) else None
    return user[0] + FILTERED if user and judge.is_random(login[user.end() :]) else login
