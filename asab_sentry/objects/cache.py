"""A bounded cache of what was found out once."""

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Cache(dict[Key, Value]):
    """A dict that begins anew when `most` are in it. What was added may be gone at once: other threads add, too.

    Not `functools.lru_cache`: to ask it is a step of its own, and the keys here are not the arguments of a function.
    """

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def add(self, key: Key, value: Value) -> Value:
        """Remember a value, and return it."""
        if len(self) >= self._most:
            self.clear()
        self[key] = value
        return value

    def add_all(self, keys: list[Key], values: list[Value]) -> None:
        """Remember several values, which are few."""
        if len(self) + len(keys) > self._most:
            self.clear()
        self.update(zip(keys, values, strict=True))
