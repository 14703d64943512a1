"""Finds words in a text by their rarest letters, so that most letters of a text are passed over at once."""

import collections
import functools
import re
from collections.abc import Callable, Iterable, Iterator

BY_FREQUENCY = "etaoinsrhdlucmfpgwybvkxjqz"
"""Letters in the order of how often they are in English texts; others are rarer."""

ALONE = frozenset({"ip", "pat", "pin", "sig"})
"""What is a part of so many words that it is looked for where no letter follows."""


def finder(names: Iterable[str]) -> Callable[[str], Iterator[re.Match[str]]]:
    """Return what finds names of several words in a text in lower case, or rather a part of each.

    The part is a word that many of the names have, or a part of a word that is one of the names.
    """
    return _finder(frozenset(names))


@functools.lru_cache(maxsize=8)  # it takes a good part of a start, and a second one has the same names
def _finder(of: frozenset[str]) -> Callable[[str], Iterator[re.Match[str]]]:
    names = sorted(of, key=lambda name: (name.count(" "), len(name)))
    count = collections.Counter(word for name in names for word in name.split())
    parts: set[str] = set()
    for name in names:
        if not any(_is_in(part, name) for part in parts):
            parts.add(max(name.split(), key=lambda word: (count[word], max(map(_rarity, word)), word)))
    needed = (part for part in parts if not any(other != part and _is_in(other, part) for other in parts))
    by_letter: dict[str, list[str]] = {}
    for part in sorted(needed):
        place = max(range(len(part)), key=lambda place: (_rarity(part[place]), place))
        before, rest = part[: place + 1], part[place + 1 :] + ("(?![a-z])" if part in ALONE else "")
        by_letter.setdefault(part[place], []).append(f"(?<={before}){rest}" if place else rest)
    return re.compile("|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())).finditer


def _is_in(part: str, name: str) -> bool:
    return part in (name.split() if part in ALONE else name)


def _rarity(letter: str) -> int:
    return BY_FREQUENCY.index(letter) if letter in BY_FREQUENCY else len(BY_FREQUENCY)
