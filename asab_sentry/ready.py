"""JSON that is ready: sentry-sdk's serializer passes it on as it is, instead of walking it.

The serializer asks the type of a value for `__sentry_repr__` and uses what that returns. This is undocumented; a test
fails when it changes.
"""

import math
from typing import Any, Self

SHORT = 1000
DEPTH = 20
"""What is nested deeper has no end, as far as anybody would look."""

_scalars = frozenset({str, int, bool, type(None)})


def flat(value: Any) -> Any:
    """Return a dict of short texts and whole numbers as one that is ready, anything else as it is."""
    if type(value) is not dict:
        return value
    for key, each in value.items():
        kind = type(each)
        if type(key) is not str or kind not in _scalars or (kind is str and len(each) > SHORT):
            return value
    return ReadyDict(value)


def is_ready(value: Any, longest: int = SHORT, depth: int = DEPTH) -> bool:
    """Return whether the serializer would leave a value as it is: JSON with texts of at most `longest` characters."""
    if depth == 0:
        return False
    kind = type(value)
    if kind is str:
        return len(value) <= longest
    if kind is dict:
        return all(type(key) is str and is_ready(each, longest, depth - 1) for key, each in value.items())
    if kind is list:
        return all(is_ready(each, longest, depth - 1) for each in value)
    return kind in _scalars or isinstance(value, (ReadyDict, ReadyList)) or (kind is float and math.isfinite(value))


class ReadyDict(dict[str, Any]):
    """A dict of JSON values."""

    __slots__ = ()

    def __sentry_repr__(self) -> Self:
        return self


class ReadyList(list[Any]):
    """A list of JSON values."""

    __slots__ = ()

    def __sentry_repr__(self) -> Self:
        return self
