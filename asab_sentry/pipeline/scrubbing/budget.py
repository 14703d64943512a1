"""How much of an event is cleaned: hundreds of long texts would take longer than an event may take.

A text of which all was cleaned before, for this event or another one, is no work.
"""

import math
import re
import threading
import time
from collections.abc import Callable
from typing import Any

from ...objects import json_values
from ...runtime import expressions

MOST = 60_000
"""So much of breadcrumbs is cleaned for one event, in characters; what was cleaned for another one is no work."""

LONGEST = 0.015
"""So long it is cleaned, in seconds of CPU: hostile texts take ten times what others do. Compiling does not count."""

EVENT = 0.020
"""So long all else of an event is. Of texts that come then, a beginning is cleaned and sent."""
FIRST = 0.045
"""So long is the first one of a process: all its texts are new, and what looks at them runs for the first time."""
ANEW = 0.010
"""So long it is cleaned once more, where something in it turned out to be no JSON."""
MORE = 0.005
"""So long these are. Of those that come then nothing is sent."""
LEAST = 0.004
"""So long breadcrumbs are cleaned in any case, where the rest has taken all that there is for both."""

WORST = 4e-6
"""Seconds that a character takes, at most."""
OF_ANY = 5
"""So many characters take as long as a text does beside them."""

LONG = 2000
"""Of a longer text a part tells whether it would take too long."""
PART = 500

OTHERS = 100
"""So long is what a breadcrumb has beside its message and its data."""

SHORT = 200
"""How long the messages of the others are then."""

EACH = 300
"""How much is cleaned until the clock is asked again, in characters: to ask takes as long as to clean fifty."""


class Watch:
    """How long cleaning has taken, in seconds of CPU.

    No step counts for more than what the worst text takes: it may be that the collector of Python works meanwhile,
    which takes long in a large process.
    """

    __slots__ = ("_last", "_took")

    def __init__(self) -> None:
        self._took = 0.0
        self._last = self._clock()

    def look(self, cleaned: int) -> float:
        """Return the time so far, when so many characters were cleaned since the last look."""
        now = self._clock()
        self._took += min(now - self._last, cleaned * WORST)
        self._last = now
        return self._took

    @staticmethod
    def _clock() -> float:
        return time.thread_time() - expressions.time_spent()


class Budget:
    """What may still be cleaned for one event, the newest first; of the others only a beginning is."""

    def __init__(self, seconds: float = LONGEST) -> None:
        self._seconds = seconds
        self._left = self._asked = MOST
        self._watch = Watch()

    @property
    def is_spent(self) -> bool:
        """Whether the other breadcrumbs are to be short."""
        if self._asked - self._left >= EACH:
            if self._watch.look(self._asked - self._left) > self._seconds:
                self._left = 0
            self._asked = self._left
        return self._left <= 0

    def spend(self, breadcrumb: Any) -> None:
        """Take note of a breadcrumb that was cleaned."""
        if type(breadcrumb) is dict and type(message := breadcrumb.get("message")) is str:
            data = breadcrumb.get("data")
            self._left -= OTHERS + len(message) + (len(str(data)) if data else 0)
        else:
            self._left -= len(str(breadcrumb))


_part = r"(?:[A-Za-z]{1,20}\d{0,2}|\d{1,2})"
_is_name = re.compile(rf"<?{_part}(?:[._<>]{{1,3}}{_part}){{0,5}}>?").fullmatch
"""Names of fields, functions and modules, which take no time."""


class Work(threading.local):
    """What may still be cleaned by this thread; without an end, unless it was begun."""

    _watch: "Watch | None" = None
    _soft = _hard = math.inf
    _unasked = 0
    _is_short = is_over = False
    """Whether nothing is sent any more of what is not known."""
    took = 0.0
    """For how long the last block has cleaned."""
    cuts = 0
    """The number of texts that were cut: what came of one is not to be remembered."""

    def within(self, seconds: float) -> "_Within":
        """Return a `with` block within which so long is cleaned, in seconds of CPU."""
        return _Within(self, seconds)

    def part(self, text: str, clean: Callable[[str], object]) -> str:
        """Return as much of a text as may be cleaned: all of it, or what has `CUT` at its end."""
        if self._watch is None:
            return text
        size = len(text)
        if not self.is_over:
            is_asked = size > LONG or self._unasked >= EACH or self._is_short
            longest = self._longest(text, size, self._watch, clean) if is_asked else size
            if size <= longest:
                self._unasked += size + OF_ANY
                return text
        if self.is_over:
            longest = 0
            if _is_name(text):
                return text
        self.cuts += 1
        self._unasked += longest + OF_ANY
        return text[:longest] + json_values.CUT

    def _longest(self, text: str, size: int, watch: "Watch", clean: Callable[[str], object]) -> int:
        """Return how much of a text may be cleaned."""
        took = watch.look(self._unasked)
        self._unasked = 0
        if took >= self._soft:
            self._is_short = True
            self.is_over = took >= self._hard
            return SHORT
        if size <= LONG:
            return size
        clean(text[size // 2 : size // 2 + PART])
        part = watch.look(PART) - took
        return int(PART * (self._soft - took - part) / (part + 1e-9))

    def begin(self, seconds: float) -> tuple[Any, ...]:
        """Clean for so long from now on; return what `restore` takes to go on as before."""
        before = self._watch, self._soft, self._hard, self._unasked, self._is_short, self.is_over
        self.restore((Watch(), seconds, seconds + MORE, 0, False, False))
        return before

    def end(self, before: tuple[Any, ...]) -> None:
        """Go on as it was before a `begin`, and note how long that has cleaned."""
        self.took = 0.0 if self._watch is None else self._watch.look(self._unasked)
        self.restore(before)

    def left_for_breadcrumbs(self) -> float:
        """Return for how long breadcrumbs are cleaned, after the block of their event."""
        took, self.took = self.took, 0.0
        return max(min(LONGEST, EVENT - took), LEAST)

    def restore(self, before: tuple[Any, ...]) -> None:
        """Go on as it was before a `begin`."""
        self._watch, self._soft, self._hard, self._unasked, self._is_short, self.is_over = before


class _Within:
    def __init__(self, work: Work, seconds: float) -> None:
        self._work = work
        self._seconds = seconds

    def __enter__(self) -> None:
        self._before = self._work.begin(self._seconds)

    def __exit__(self, *_: object) -> None:
        self._work.end(self._before)


work = Work()


def shortened(breadcrumb: dict[str, Any]) -> dict[str, Any]:
    """Return what is short of a breadcrumb."""
    short = {key: value for key, value in breadcrumb.items() if key != "data"}
    short["message"] = json_values.text(short.get("message"), SHORT)
    return short
