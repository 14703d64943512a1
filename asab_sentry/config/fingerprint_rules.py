"""Rules by which an operator says which events are one issue: `logger:kazoo* = zookeeper-away`.

They read as those of Sentry's server do, which knows only what was sent: these hold for the limits as well.
"""

import fnmatch
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..objects.errors import cause_of
from .kind import Reason

MATCHERS = ("logger", "type", "message")
"""What a rule may ask about, each with a pattern in which `*` stands for any characters."""

DEFAULT = "{{ default }}"
"""What an issue would be without the rule."""

MAX_CHAIN = 10
"""So many exceptions that led to another one are asked about."""

_matcher = re.compile(r'\s*([A-Za-z_.]+):(?:"([^"]*)"|([^\s"=]+))')
_equals = re.compile(r"\s*(?:=|->)\s*")
_part = re.compile(r'\s*(?:(\{\{\s*[\w.]*\s*\}\})|"([^"]*)"|([^\s",]+))\s*,?')
_default = re.compile(r"\{\{\s*default\s*\}\}")


class Rule(NamedTuple):
    """A rule: what all must match, and the fingerprint of what does."""

    matchers: tuple[tuple[str, re.Pattern[str]], ...]
    fingerprint: tuple[str, ...]

    def matches(self, logger: str, error: BaseException | None, texts: Callable[[], list[str]]) -> bool:
        """Return whether an event is meant; `texts` returns its message and those of its exceptions."""
        names = {"logger": lambda: [logger], "type": lambda: list(_kinds(error)), "message": texts}
        return all(any(map(pattern.match, names[key]())) for key, pattern in self.matchers)


def parse(text: str) -> Rule:
    """Return the rule of a line; raise ValueError with what is wrong with it."""
    matchers, position = [], 0
    while match := _matcher.match(text, position):
        key, quoted, plain = match.groups()
        if key.lower() not in MATCHERS:
            raise ValueError(f"{key} is not known, there are {', '.join(MATCHERS)}")
        pattern = fnmatch.translate(quoted if plain is None else plain)
        matchers.append((key.lower(), re.compile(pattern, re.IGNORECASE if key.lower() == "message" else 0)))
        position = match.end()
    equals = _equals.match(text, position)
    if not matchers or not equals:
        raise ValueError("it is not matchers = fingerprint")
    position, parts = equals.end(), []
    while match := _part.match(text, position):
        variable, quoted, plain = match.groups()
        if variable and not _default.fullmatch(variable):
            raise ValueError(f"{variable} is not known, there is {DEFAULT}")
        parts.append(DEFAULT if variable else quoted if plain is None else plain)
        position = match.end()
    if not all(parts) or not parts or text[position:].strip():
        raise ValueError("its fingerprint is not one or more words or texts in quotes")
    return Rule(tuple(matchers), tuple(parts))


def parse_lines(text: str) -> tuple[Rule, ...]:
    """Return the rules of a text, one a line; raise `Reason` with what is wrong with any."""
    rules, reasons = [], []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        try:
            rules.append(parse(line))
        except ValueError as error:
            reasons.append(f"{line!r}: {error}" if len(lines) > 1 else str(error))
    if reasons:
        raise Reason("; ".join(reasons))
    return tuple(rules)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those that led to it."""
    for _ in range(MAX_CHAIN):
        if error is None:
            return
        yield error
        error, _ = cause_of(error)


def _kinds(error: BaseException | None) -> Iterator[str]:
    """Yield the names of the classes of an exception, and of those that led to it, as `except` would know them."""
    for link in chain(error):
        for kind in type(link).__mro__[:-1]:
            yield kind.__name__
            yield f"{kind.__module__}.{kind.__qualname__}"
