"""Values as attributes of logs and spans, by which Sentry can search: texts, numbers, truth values, lists of such."""

import json
import math
from collections.abc import Iterable
from typing import Any

from . import json_values

MAX_TEXT = 1000
"""Longest text of an attribute, in characters."""

MAX_LIST = 100
"""Longest list."""

LARGEST = 2**63
"""Numbers are sent with 64 bits."""

_plain = frozenset(map(id, (str, int, float, bool)))


def are_plain(values: Iterable[Any]) -> bool:
    """Return whether all these are texts, numbers or truth values."""
    return _plain.issuperset(map(id, map(type, values)))  # by id: the class of a class may fail to be asked for a hash


Attribute = str | int | float | bool


def attribute(value: Any, limit: int = MAX_TEXT) -> Attribute:
    """Return a value of JSON as one attribute: lists and mappings as JSON, None and very large numbers as texts."""
    kind = type(value)
    if kind is str:
        return str(value[:limit])
    if kind is bool or (kind is int and -LARGEST <= value < LARGEST) or (kind is float and math.isfinite(value)):
        return value  # type: ignore[no-any-return]
    if kind is int or kind is float or value is None:
        return json_values.text(value, limit)
    return json.dumps(value, ensure_ascii=False, default=str)[:limit]


def attribute_of(value: Any, limit: int) -> Attribute | list[Attribute]:
    """Return any value as one attribute; lists of texts, numbers or truth values stay lists."""
    kind = type(value)
    if are_plain((value,)):
        return attribute(value, limit)
    if (kind is list or kind is tuple) and value and are_plain(value[:1]):
        beginning = list(value[:MAX_LIST])
        if all(type(part) is type(value[0]) for part in beginning):
            return [attribute(part, limit) for part in beginning]
    (made,) = json_values.sequence([value], **json_values.DATA)
    return attribute(made, limit)
