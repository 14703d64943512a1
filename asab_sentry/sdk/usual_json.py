"""Whether what anybody gave to sentry-sdk is JSON of a usual size, by a short look: most is."""

from typing import Any

from ..objects.ready_json import ReadyDict, ReadyList
from .bounded_values import VALUE, is_scalar

USUAL_DEPTH = 20
LARGE = 2**63
"""Larger whole numbers are none of JSON."""


def is_usual(value: Any, most: int) -> bool:
    """Return whether this is JSON of at most so many characters."""
    kind = type(value)
    if kind is dict:
        return is_usual_dict(value, most)
    if value is None or kind is str:
        return value is None or len(value) <= most
    try:
        return _left_of(value, most, USUAL_DEPTH) >= 0
    except RuntimeError:  # another thread changes it meanwhile
        return False


def is_usual_dict(values: dict[Any, Any], most: int) -> bool:
    """Return the same of a dict of any kind, by what it has."""
    try:
        return _left_of_dict(values, most, USUAL_DEPTH) >= 0
    except RuntimeError:  # another thread changes it meanwhile
        return False


def _left_of(value: Any, left: int, depth: int) -> int:
    """Return how much is left of `left` characters beside a value; less than nothing where it is no plain JSON."""
    kind = type(value)
    if kind is dict:
        return _left_of_dict(value, left, depth)
    if kind is list or kind is tuple:
        left -= VALUE * len(value)
        if left < 0 or depth < 0:
            return -1
        for inner in value:
            left = left - len(inner) if type(inner) is str else _left_of(inner, left, depth - 1)
            if left < 0:
                return -1
        return left
    if kind is int or kind is bool:
        return left if kind is bool or -LARGE < value < LARGE else -1
    return left if issubclass(kind, (ReadyDict, ReadyList)) or is_scalar(value, kind) else -1


def _left_of_dict(values: dict[Any, Any], left: int, depth: int) -> int:
    left -= VALUE * len(values)
    if left < 0 or depth < 0:
        return -1
    for key, value in values.items():
        if type(key) is not str:
            return -1
        left -= len(key)
        kind = type(value)
        # Most values, without another call.
        if kind is str:
            left -= len(value)
        elif value is not None and kind is not ReadyDict and kind is not bool:
            left = (_left_of_dict if kind is dict else _left_of)(value, left, depth - 1)
            if left < 0:
                return -1
    return left
