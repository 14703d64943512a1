"""Names of secrets in a text, as any language writes them."""

import string
from collections.abc import Iterator
from typing import NamedTuple

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from ....secret_keys.key_words import FIRST, LAST

LONGEST = 64
"""Characters of a name before the word by which it is found."""
DENSEST = 20
"""A text that seems to have a name each so many characters is no text that anybody reads."""
FEWEST = 400
"""So many are looked at in each text."""

_IN_NAMES = f"{string.ascii_letters}{string.digits}_-.$"
_lower = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_rest = compile_later(r"[\w.-]*(?:\[\d{0,4}\])*")
# What a `repr`, JSON or a URL writes for a character is no part of the name behind it; nor is the -D of Java.
_escaped = compile_later(
    r"(?:(?<=\\)(?:[nrtfvb]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[0-7]{3})|(?<=%)[0-9a-fA-F]{2})+|-D(?=[^\W\d_])"
)
_word_before = compile_later(r"[^\W_]+\Z")
_word_behind = compile_later(r" ([^\W\d_]{2,9})(?=[\W_]|\Z)")


class Name(NamedTuple):
    """The name of a secret in a text, from `start` to `end`; `weight` is that of the denylist."""

    start: int
    end: int
    text: str
    weight: int


def lowered(text: str) -> str:
    """Return a text in lower case, of the same length: of some letters the lower case has another one."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.translate(_lower)


def may_hold(text: str) -> bool:
    """Return whether there may be the name of a secret in a text."""
    return next(denylist.find(lowered(text)), None) is not None


class Names:
    """The names of secrets in a text, in order. What a value takes up is passed over: `end` is where it ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.end = 0
        self.are_too_many = False
        """Whether there are more than are looked at: what is behind `end` was not."""

    def __iter__(self) -> Iterator[Name]:
        text, weigh = self._text, denylist.weight
        left = max(FEWEST, len(text) // DENSEST)
        for part in denylist.find(lowered(text)):
            start = part.start()
            if start < self.end:
                continue
            left -= 1
            if not left:
                self.are_too_many = True
                return
            begin, least = start, max(self.end, start - LONGEST)
            begin = least + len(text[least:start].rstrip(_IN_NAMES))
            while begin > least and (text[begin - 1].isalnum() or text[begin - 1] in "_-.$"):
                begin -= 1
            end = self.end = _rest.match(text, part.end()).end()  # type: ignore[union-attr]  # it matches anything
            written = begin
            if text[begin] == "-" or (begin and text[begin - 1] in "\\%"):
                escaped = _escaped.match(text, begin)
                if escaped is not None and escaped.end() <= start:
                    written = escaped.end()
                    begin = begin if text[begin] == "-" else written
            name = text[written:end].strip("-.$")
            weight = weigh(name)
            if weight < denylist.SURE or name in {"Secret", "secret"}:  # those of Nomad and others have an id
                name, end, weight = self._of_two_words(begin, end, name, weight)
            if weight:
                self.end = end
                yield Name(begin, end, name, weight)

    def _of_two_words(self, begin: int, end: int, name: str, weight: int) -> tuple[str, int, int]:
        """Return a name with the word beside it, as in `API key` and `session id`, if they are one."""
        text = self._text
        if weight or name.lower() in FIRST:
            behind = _word_behind.match(text, end)
            both = f"{name} {behind[1]}" if behind else ""
            is_id = weight > 0 and behind is not None and behind[1].lower() == "id"
            if behind is not None and (is_id or weight < denylist.SURE == denylist.weight(both)):
                return both, behind.end(), denylist.weight(both)
        if not weight and begin and text[begin - 1] == " " and name.lower() in LAST:
            before = _word_before.search(text, max(begin - 20, 0), begin - 1)
            if before is not None:
                word = before[0][1:] if text[before.start() - 1 : before.start()] == "\\" else before[0]
                return f"{word} {name}", end, denylist.weight(f"{word} {name}")
        return name, end, weight
