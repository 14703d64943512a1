"""What a kind of option is, and kinds that are made of others."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """A kind of option: `parse` raises ValueError when a text is not what `accepts` says."""

    parse: Callable[[str], Any]
    accepts: str


class Reason(ValueError):
    """Says more about what is wrong with a text than `Kind.accepts` does, in words meant for operators."""


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, separated by white space or lines."""
    return tuple(text.split())


def one_of(table: dict[str, Any]) -> Callable[[str], Any]:
    """Return what parses a word of a table, in any case, to what it stands for."""

    def parse(text: str) -> Any:
        if text.lower() not in table:
            raise ValueError
        return table[text.lower()]

    return parse


def each(is_right: Callable[[str], Any], fault: str) -> Callable[[str], tuple[str, ...]]:
    """Return what parses words, each of which is right."""

    def parse(text: str) -> tuple[str, ...]:
        for word in words(text):
            if not is_right(word):
                raise Reason(f"{word!r} {fault}")
        return words(text)

    return parse


def or_off(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return what parses a value, or `off`, which is None."""
    return lambda text: None if text.lower() == "off" else parse(text)
