"""What a rule is that knows secrets by their shape."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ....objects.json_values import CUT
from ....runtime.expressions import compile_later
from ....secret_keys.denylist import FILTERED
from . import judge

Match = re.Match[str]
Span = tuple[int, int]
"""Where a part of a text begins and ends."""


class Rule(NamedTuple):
    """A rule. What it needs, and then `may_hold`, tell cheaply which texts are searched."""

    needs: str
    """What each text has that it is for."""
    may_hold: Callable[[str], Any]
    remove: Callable[[str], str]
    examples: dict[str, str]
    """Texts and what is left of them."""
    personal: bool = False
    """Opened by `send_default_pii`."""

    def clean(self, text: str) -> str:
        """Return the text without what has this shape."""
        return self.remove(text) if self.needs in text and self.may_hold(text) else text


def always(text: str) -> bool:  # noqa: ARG001  # a `may_hold`
    """Return that what a rule needs is all there is to look for."""
    return True


LINE = r"(?:\r?\n|(?:\\{1,8}r)?\\{1,8}n)"
"""A line break, also as a `repr` or JSON has it."""

WORD = r"(?:\b|(?<=\\[nrt]))"
"""Where a word begins: also behind the letter of an escape, in a `repr`."""

MOST = 60
"""So many secrets of a shape are looked for in one text; what is behind them is left out with them."""


MARKS = "\"'`*&@%$()[]{}<>.,;: "
"""What may stand around a secret where it is found, and not where it stands again."""


class Cleaned:
    """A text that is left without its secrets, from its beginning on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self.done = 0
        """So far the text is clean."""
        self._left = MOST
        self._left_out: list[str] = []

    def leave_out(self, start: int, end: int) -> None:
        """Leave out what stands from `start` to `end`, none of which is left out yet."""
        self.replace(start, end, FILTERED)
        self._left_out.append(self._text[start:end])

    def leave_out_all(self, spans: Iterable[Span]) -> None:
        """Leave out what stands in these places, which are in order, as far as it is there yet."""
        for start, end in spans:
            if self.is_enough(start):
                break
            if self.done <= start < end and self._text[start:end] != FILTERED:
                self.leave_out(start, end)

    def replace(self, start: int, end: int, left: str) -> None:
        """Put what is left of it into the place of what stands from `start` to `end`."""
        self._parts += self._text[self.done : start], left
        self.done = end

    def is_enough(self, place: int) -> bool:
        """Count a place that is to be looked at; return whether there are so many that all behind it is left out."""
        self._left -= 1
        if self._left < 0 and max(place, self.done) < len(self._text):
            self.leave_out(max(place, self.done), len(self._text))
        return self._left < 0

    def remaining(self, matches: Iterable[Match], *, whole: bool = False) -> Iterator[Match]:
        """Yield the matches that are not left out yet, `MOST` at most; all that is behind one more is left out.

        `whole`: with that one, as what matches is the secret itself.
        """
        for match in matches:
            if match.start() < self.done:
                continue
            if self.is_enough(match.start() if whole else match.end()):
                return
            yield match

    def text(self) -> str:
        """Return what is left; what is written as only secrets are is left out wherever else it stands, too."""
        if not self._parts:
            return self._text
        text = "".join((*self._parts, self._text[self.done :]))
        for secret in {part.strip(MARKS) for part in self._left_out}:
            if secret in text and judge.is_unmistakable(secret):
                text = text.replace(secret, FILTERED)
        return text


def replacing(expression: str, replace: Callable[[Match], str], flags: int = 0) -> Callable[[str], str]:
    """Return what replaces each match of an expression."""
    compiled = compile_later(expression, flags)
    return lambda text: compiled.sub(replace, text)


def spans(expression: re.Pattern[str], text: str, span_of: Callable[[Match], Span | None]) -> Iterator[Span]:
    """Yield where the secrets of the first `MOST` matches are; of one more match, all that is behind it."""
    for number, match in enumerate(expression.finditer(text)):
        if number == MOST:
            yield match.end(), len(text)
            return
        span = span_of(match)
        if span is not None:
            yield span


def without(text: str, start: int, end: int) -> str:
    """Return a text without the secret in one place of it."""
    return f"{text[:start]}{FILTERED}{text[end:]}"


def without_cut(text: str, begun: re.Pattern[str], far: int) -> str:
    """Return a text that was cut without the secret that is begun at its end, at most `far` characters before that."""
    match = begun.search(text, max(len(text) - far, 0))
    return without(text, match.start(), len(text) - len(CUT)) if match else text


def keep_prefix(match: Match) -> str:
    """Return what stands before a secret, which is left."""
    return match[1] + FILTERED
