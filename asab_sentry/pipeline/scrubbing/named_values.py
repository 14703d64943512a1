"""Secrets that stand beside their name: the second of a pair, the value of a field with a name, the next argument."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...secret_keys.denylist import FILTERED, SURE, Keys
from ...secret_keys.key_words import words_of
from . import request_data
from .named_columns import unquoted
from .secret_patterns import commands, judge

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
OTHERS = words_of("to from before after actual received got current previous stringvalue string_value")
"""The same, which also stand beside names that name a secret perhaps: then only a text is one, and by a sure name."""

GROUPS = words_of(
    "aes aws cipher crypto encryption fernet gpg hmac kms license mfa pgp rsa signing ssh tls twoFactor two_factor "
    "verification verify vpn wallet wifi"
)
"""Keys that name a secret together with a `key` or a `code` that stands below them."""
_in_groups = frozenset({"key", "Key", "private", "seed", "code"})
_code = re.compile(r"\d{6}")

KIND, KEY_TYPE = "kind", "kty"
"""Keys of what a manifest or a key of JOSE is of, on which it depends what is secret beside it."""
_parts_of_key = frozenset({"k", "d", "p", "q", "dp", "dq", "qi"})
CODE, GRANT = "code", "grant_type"
"""Keys of what OAuth grants a token for, and of what it is, beside which the code is secret."""
_FIELDS = frozenset({"HSET", "HMSET", "HSETNX"})
_KEPT = frozenset({"SET", "SETEX", "PSETEX", "SETNX", "GETSET"})
_DATA = ("data", "stringData", "string_data")
_field = re.compile(r"['\"]?[a-z_]{1,20}['\"]?")
_option = re.compile(r"--?[A-Za-z]")


def is_digest(name: str, value: Any) -> bool:
    """Return whether a pair is a scheme of ZooKeeper with user and password: `("digest", "joe:x")`."""
    return name == "digest" and isinstance(value, str) and ":" in value and not unquoted(value).startswith("sha")


def is_change(values: Sequence[Any], keys: Keys) -> bool:
    """Return whether a triple is what LDAP is told to do with a secret: `(2, "userPassword", [b"x"])`.

    The operation may have a name, and stand behind that of the attribute.
    """
    operation, name, value = values
    if isinstance(name, str) and name.startswith("MODIFY_"):
        operation, name = "0", operation
    if not isinstance(name, str) or not isinstance(value, (list, tuple)) or not str(operation).isdigit():
        return False
    return keys.weight(unquoted(name)) == SURE


def _is_of_redis(command: str, before: Any) -> bool:
    """Return whether what is before the last word of a command of Redis says that it is a password."""
    return unquoted(command) == "AUTH" or (
        isinstance(before, str) and unquoted(before) in {"requirepass", "masterauth"}
    )


def _kept_in_redis(values: Sequence[Any], keys: Keys) -> Iterator[tuple[int, Any]]:
    """Yield what a command of Redis keeps under a name, or as a field that has one: `HSET user:7 password x`."""
    command = unquoted(values[0])
    if command in _FIELDS:
        for place in range(2, len(values) - 1, 2):
            if isinstance(values[place], str) and keys.is_secret(unquoted(values[place])):
                yield place + 1, FILTERED
    elif command in _KEPT and isinstance(values[1], str) and keys.is_secret(values[1].strip("b'\"").partition(":")[0]):
        place = 3 if command in {"SETEX", "PSETEX"} else 2
        if place < len(values) and isinstance(values[place], str) and judge.is_random(values[place]):
            yield place, FILTERED


def in_list(values: Sequence[Any], keys: Keys) -> Iterator[tuple[int, Any]]:
    """Yield which of the values are secret, by their place, and what is left of each."""
    if len(values) == 2 and keys.is_secret(unquoted(values[0])):
        # Else both are names of fields.
        if not isinstance(values[1], str) or _field.fullmatch(values[1]) is None:
            yield 1, request_data.blank(values[1])
        return
    if 2 < len(values) < 5 and _is_of_redis(values[0], values[-2]):
        yield len(values) - 1, FILTERED
    yield from _kept_in_redis(values, keys)
    if not _may_have_options(values):
        return
    arguments = [unquoted(value) if isinstance(value, str) else "" for value in values]
    for place, (argument, following) in enumerate(itertools.pairwise(arguments)):
        is_option = argument[:1] == "-" and "=" not in argument
        if is_option and following and not _option.match(following) and keys.is_secret(argument.strip("-")):
            yield place + 1, FILTERED
    yield from commands.in_arguments(arguments)


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


def _may_have_options(values: Sequence[Any]) -> bool:
    try:
        return "-" in "".join(values)
    except TypeError:  # there is something else than texts
        return True


def without_keys(group: dict[Any, Any]) -> dict[Any, Any]:
    """Return what stands under one of `GROUPS` without its key: `{"encryption": {"key": "x"}}`."""
    return {
        key: FILTERED
        if key in _in_groups and isinstance(value, str) and (judge.is_unmistakable(value) or _code.fullmatch(value))
        else value
        for key, value in group.items()
    }


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


def of_sure_field(mapping: Mapping[str, Any], value: Any, keys: Keys) -> bool:
    """Return whether a text is the value of a field whose name names a secret and nothing else."""
    if not isinstance(value, str) or _names.isdisjoint(mapping):
        return False
    names = (mapping.get(key) for key in NAMES)
    parts = (part for name in names for part in (name if isinstance(name, (list, tuple)) else (name,)))
    return any(isinstance(part, str) and keys.weight(unquoted(part)) == SURE for part in parts)


def _is_of_type(mapping: Mapping[str, Any], keys: Keys) -> bool:
    """Return whether a mapping is of a type that names a secret and nothing else: `{"type": "userPassword"}`."""
    type_ = mapping.get("type") or mapping.get("Type")
    if not isinstance(type_, str) or not _of_exception.isdisjoint(mapping) or _values.isdisjoint(mapping):
        return False
    return keys.weight(unquoted(type_)) == SURE and not judge.is_of_state(type_)
