"""JSON that is ready: sentry-sdk's serializer passes it on as it is, instead of walking it.

The serializer asks the type of a value for `__sentry_repr__` and uses what that returns. This is undocumented; a test
fails when it changes.
"""

from typing import Any, Self

SHORT = 1000

_scalars = frozenset({str, int, bool, type(None)})


def ready_if_flat(value: Any) -> Any:
    """Return a dict of short texts and whole numbers as one that is ready, anything else as it is."""
    if type(value) is not dict:
        return value
    for key, inner in list(value.items()):  # another thread may change it meanwhile
        kind = type(inner)
        if type(key) is not str or kind not in _scalars or (kind is str and len(inner) > SHORT):
            return value
    return ReadyDict(value)


def copy_json(value: Any) -> Any:
    """Return a copy of JSON, in which another one may write."""
    if isinstance(value, dict):
        return {key: copy_json(inner) if isinstance(inner, (dict, list)) else inner for key, inner in value.items()}
    if isinstance(value, list):
        return [copy_json(inner) if isinstance(inner, (dict, list)) else inner for inner in value]
    return value


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


class SmallNumbers(ReadyList):
    """A list of whole numbers as texts, none of which has more than `LONGEST_SMALL` characters."""

    __slots__ = ()


LONGEST_SMALL = 5
