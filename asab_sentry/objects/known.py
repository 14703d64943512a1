"""What is known already, so that it is not found out again; of so many things at most."""

from typing import TypeVar

Name = TypeVar("Name")
Fact = TypeVar("Fact")


class Known(dict[Name, Fact]):
    """A dict that begins anew when `most` are in it. What was added may be gone at once, as others add to it, too.

    Not `functools.lru_cache`: to ask it is a step of its own, and the names here are not the arguments of a function.
    """

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def add(self, name: Name, fact: Fact) -> Fact:
        """Remember a fact, and return it."""
        if len(self) >= self._most:
            self.clear()
        self[name] = fact
        return fact

    def add_all(self, names: list[Name], facts: list[Fact]) -> None:
        """Remember several facts, which are few."""
        if len(self) + len(names) > self._most:
            self.clear()
        self.update(zip(names, facts, strict=True))
