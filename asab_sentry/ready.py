"""JSON that is ready: sentry-sdk's serializer passes it on as it is, instead of walking it.

The serializer asks the type of a value for `__sentry_repr__` and uses what that returns. This is undocumented; a test
fails when it changes.
"""

from typing import Any, Self


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
