"""Secrets that stand beside their name: the second of a pair, the value of a field with a name, the next argument."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...secret_keys.denylist import FILTERED, Keys
from ...secret_keys.key_words import listed
from . import request_data
from .secret_patterns import commands

NAMES = tuple(
    written
    for name in listed(
        "name key field header variable param parameter setting option property attribute attr column env label id "
        "path loc ParameterKey"
    )
    for written in (name, name.title(), name.upper())
)
"""Keys under which a field has its name, or its place, as the errors of pydantic have it."""
_names = frozenset(NAMES)

VALUES = listed("value val content contents default input new old newvalue oldvalue new_value old_value parametervalue")
"""Keys, in lower case, under which it has its value."""

_field = re.compile(r"['\"]?[a-z_]{1,20}['\"]?")
_option = re.compile(r"--?[A-Za-z]")


def plain(name: str) -> str:
    """Return a name without the quotes that a `repr` has."""
    return name.strip("b'\"") if name[-1:] in {"'", '"'} else name


def in_list(values: Sequence[Any], keys: Keys) -> Iterator[tuple[int, Any]]:
    """Yield which of the values are secret, by their place, and what is left of each."""
    if len(values) == 2 and keys.is_secret(plain(values[0])):
        # Else both are names of fields.
        if not isinstance(values[1], str) or _field.fullmatch(values[1]) is None:
            yield 1, request_data.blank(values[1])
        return
    if not _may_have_options(values):
        return
    arguments = [plain(value) if isinstance(value, str) else "" for value in values]
    for place, (argument, following) in enumerate(itertools.pairwise(arguments)):
        is_option = argument[:1] == "-" and "=" not in argument
        if is_option and following and not _option.match(following) and keys.is_secret(argument.strip("-")):
            yield place + 1, FILTERED
    yield from commands.in_arguments(arguments)


def _may_have_options(values: Sequence[Any]) -> bool:
    try:
        return "-" in "".join(values)
    except TypeError:  # there is something else than texts
        return True


def of_field(mapping: Mapping[str, Any], keys: Keys) -> bool:
    """Return whether a mapping is a field whose name names a secret."""
    if _names.isdisjoint(mapping):  # most have none, as exceptions
        return False
    for key in NAMES:
        name = mapping.get(key)
        for part in name if isinstance(name, (list, tuple)) else (name,):
            if isinstance(part, str) and keys.is_secret(plain(part)):
                return True
    return False
