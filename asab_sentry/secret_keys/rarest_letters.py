"""Finds words in a text by their rarest letters, so that most letters of a text are passed over at once."""

import collections
import functools
import re
from collections.abc import Callable, Iterable, Iterator

BY_FREQUENCY = "etaoinsrhdlucmfpgwybvkxjqz"
"""Letters in the order of how often they are in English texts; others are rarer."""
_RARITY = {letter: number for number, letter in enumerate(BY_FREQUENCY)}

ALONE = frozenset({"ip", "pat", "pin", "sig"})
"""What is a part of so many words that it is looked for where no letter follows."""


def finder(names: Iterable[str]) -> Callable[[str], Iterator[re.Match[str]]]:
    """Return what finds names of several words in a text in lower case, or rather a part of each.

    The part is a word that many of the names have, or a part of a word that is one of the names.
    """
    return _finder(frozenset(names))


@functools.lru_cache(maxsize=8)  # it takes a part of a first event, and a second one has the same names
def _finder(of: frozenset[str]) -> Callable[[str], Iterator[re.Match[str]]]:
    by_letter: dict[str, list[str]] = {}
    for part in sorted(_needed(_parts(of))):
        place = max(range(len(part)), key=lambda place: (_rarity(part[place]), place))
        before, rest = part[: place + 1], part[place + 1 :] + ("(?![a-z])" if part in ALONE else "")
        by_letter.setdefault(part[place], []).append(f"(?<={before}){rest}" if place else rest)
    return re.compile("|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())).finditer


def _parts(of: frozenset[str]) -> set[str]:
    """Return words of which each name has one, or a part of one."""
    names = sorted(of, key=lambda name: (name.count(" "), len(name)))
    count = collections.Counter(word for name in names for word in name.split())
    parts: set[str] = set()
    within: list[str] = []
    for name in names:
        words = name.split()
        if parts.isdisjoint(words) and not any(map(name.__contains__, within)):
            part = max(words, key=lambda word: (count[word], max(map(_rarity, word)), word))
            parts.add(part)
            if part not in ALONE:
                within.append(part)
    return parts


def _needed(parts: set[str]) -> set[str]:
    """Return those in which no other stands."""
    within = parts - ALONE
    return {part for part in parts if sum(map(part.__contains__, within)) <= (part in within)}


def _rarity(letter: str) -> int:
    return _RARITY.get(letter, len(_RARITY))
