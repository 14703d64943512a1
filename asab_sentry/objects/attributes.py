"""Values as attributes of logs and spans, by which Sentry can search: texts, numbers, truth values, lists of such."""

import json
import math
from typing import Any

from . import json_values

MAX_TEXT = 1000
"""Longest text of an attribute, in characters."""

MAX_LIST = 100
"""Longest list."""

LARGEST = 2**63
"""Numbers are sent with 64 bits."""

_PLAIN = frozenset({str, int, float, bool})

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
    if type(value) in _PLAIN:
        return attribute(value, limit)
    if type(value) in (list, tuple) and value and type(value[0]) in _PLAIN:
        beginning = list(value[:MAX_LIST])
        if all(type(part) is type(value[0]) for part in beginning):
            return [attribute(part, limit) for part in beginning]
    (made,) = json_values.sequence([value], **json_values.DATA)
    return attribute(made, limit)
