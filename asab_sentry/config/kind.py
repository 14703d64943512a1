"""What a kind of option is, and kinds that are made of others."""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from . import near_names

_comma = re.compile(r"(?<!\\),(?![^\[{(]*[\]})])")


class Kind(NamedTuple):
    """A kind of option: `parse` raises ValueError when a text is not what `accepts` says."""

    parse: Callable[[str], Any]
    accepts: str
    write: Callable[[Any], str] = str
    """The reverse of `parse`, for values that have one."""

    def written(self, value: Any) -> str:
        """Return a value as one would write it into an ini file."""
        return "" if value is None or value == () else self.write(value)


class Reason(ValueError):
    """Says more about what is wrong with a text than `Kind.accepts` does, in words meant for operators."""


def spaced(text: str) -> tuple[str, ...]:
    """Return the words of a text, separated by white space or lines; raise `Reason` where it is also by commas."""
    parts = text.split()
    for part in parts[:-1]:
        if part.endswith(","):
            raise Reason(f"{part!r} ends with a comma, which does not separate here")
    return tuple(parts)


def spaced_only(text: str) -> tuple[str, ...]:
    """Return words as `spaced` does; raise `Reason` also where one has a comma that is in no brackets."""
    parts = spaced(text)
    for part in parts:
        if _comma.search(part):
            raise Reason(f"{part!r} has a comma, which does not separate here")
    return parts


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text that have no comma in them, separated by white space, commas or lines."""
    return tuple(filter(None, re.split(r"[\s,]+", text)))


def one_of(table: dict[str, Any]) -> Callable[[str], Any]:
    """Return what parses a word of a table, in any case, to what it stands for."""

    def parse(text: str) -> Any:
        if text.lower() not in table:
            raise ValueError
        return table[text.lower()]

    return parse


def parser_of_words(
    is_right: Callable[[str], Any], fault: str, split: Callable[[str], tuple[str, ...]] = words
) -> Callable[[str], tuple[str, ...]]:
    """Return what parses words, each of which is right."""

    def parse(text: str) -> tuple[str, ...]:
        parts = split(text)
        for part in parts:
            if not is_right(part):
                raise Reason(f"{part!r} {fault}")
        return parts

    return parse


def or_nearest(parse: Callable[[str], Any], known: Iterable[str]) -> Callable[[str], Any]:
    """Return what parses a value of which some have names, and says which name was meant by one that is not known."""

    def parsed(text: str) -> Any:
        try:
            return parse(text)
        except ValueError:
            hint = near_names.nearest(text.lower(), known, "{}", otherwise="")
            if not hint:
                raise
            raise Reason(hint.removeprefix("; ")) from None

    return parsed


def or_off(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return what parses a value, or `off`, which is None."""
    return lambda text: None if text.lower() == "off" else parse(text)
