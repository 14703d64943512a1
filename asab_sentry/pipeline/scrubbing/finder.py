"""Many texts are looked for in one at once, in a time that does not depend on how many they are.

Of each that is looked for, the pieces of four characters at its beginning are known by heart. Of the text, a piece is
looked up each so many characters that none can stand between two of them.
"""

import bisect
from collections.abc import Iterable, Iterator

PIECE = 4
"""Characters of a piece; what is looked for has at least as many."""
LARGEST_STEP = 64
"""So far apart pieces of a text are looked up at most: for each character between them one of each text is known."""
FEW = 20
"""So many are looked for one by one, which Python does in less time than it takes to cut a text into pieces."""


class Finder:
    """Finds these texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = frozenset(texts)
        self._ordered = sorted(self._texts)
        self._heads = frozenset(text[:PIECE] for text in self._texts)
        self._longest = max(map(len, self._texts), default=0)
        self._step = min(min(map(len, self._texts), default=PIECE) - PIECE + 1, LARGEST_STEP)
        pieces: dict[tuple[str, ...], dict[int, set[int]]] = {}
        for text in self._texts:
            for offset in range(self._step):
                lengths = pieces.setdefault((*text[offset : offset + PIECE],), {}).setdefault(offset, set())
                lengths.add(len(text))
        self._pieces = {piece: tuple(places.items()) for piece, places in pieces.items()}

    def may_find(self, text: str) -> bool:
        """Return whether one of them may be in a text: in most there is none."""
        if len(self._texts) <= FEW:
            return any(map(text.__contains__, self._texts))
        return not self._pieces.keys().isdisjoint(self._looked_at(text))

    def _looked_at(self, text: str) -> Iterable[tuple[str, ...]]:
        """Return the pieces of a text that are looked up, as tuples, of which none is kept."""
        step = self._step
        return zip(text[::step], text[1::step], text[2::step], text[3::step], strict=False)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where they begin and end in a text, in order; those that overlap as one."""
        begin = end = 0
        for start, stop in sorted(self._places(text)):
            if start < end:
                end = max(end, stop)
            else:
                if end:
                    yield begin, end
                begin, end = start, stop
        if end:
            yield begin, end

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        pieces = self._pieces
        matches = [(number, piece) for number, piece in enumerate(self._looked_at(text)) if piece in pieces]
        for number, piece in matches:
            for offset, lengths in pieces[piece]:
                start = number * self._step - offset
                if start < 0:
                    continue
                for length in lengths:
                    end = start + length
                    if end <= len(text) and text[start:end] in self._texts:
                        yield start, end

    def begun(self, text: str) -> int | None:
        """Return where one begins at the end of a text, which has not all of it."""
        for start in range(max(len(text) - self._longest, 0), len(text) - PIECE + 1):
            if text[start : start + PIECE] in self._heads:
                rest = text[start:]
                place = bisect.bisect_left(self._ordered, rest)
                if place < len(self._ordered) and self._ordered[place].startswith(rest):
                    return start
        return None
