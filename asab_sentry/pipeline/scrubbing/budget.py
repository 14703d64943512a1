"""How much of the breadcrumbs of an event is cleaned: a hundred long texts would take longer than an event may take."""

import time
from typing import Any

from ...objects import json_values
from ...runtime import expressions

MOST = 60_000
"""So much of breadcrumbs is cleaned for one event, in characters; what was cleaned for another one is no work."""

LONGEST = 0.03
"""So long it is cleaned, in seconds of CPU: hostile texts take ten times what others do. Compiling does not count."""

OTHERS = 100
"""So long is what a breadcrumb has beside its message and its data."""

SHORT = 200
"""How long the messages of the others are then."""

EACH = 300
"""How much is cleaned until the clock is asked again, in characters: to ask takes as long as to clean fifty."""


class Budget:
    """What may still be cleaned for one event, the newest first; of the others only a beginning is."""

    def __init__(self) -> None:
        self._left = self._asked = MOST
        self._until = _clock() + LONGEST

    @property
    def is_spent(self) -> bool:
        """Whether the other breadcrumbs are to be short."""
        if self._asked - self._left >= EACH:
            self._asked = self._left
            if _clock() > self._until:
                self._left = self._asked = 0
        return self._left <= 0

    def spend(self, breadcrumb: Any) -> None:
        """Take note of a breadcrumb that was cleaned."""
        if type(breadcrumb) is dict and type(message := breadcrumb.get("message")) is str:
            data = breadcrumb.get("data")
            self._left -= OTHERS + len(message) + (len(str(data)) if data else 0)
        else:
            self._left -= len(str(breadcrumb))


def _clock() -> float:
    return time.thread_time() - expressions.time_spent()


def shortened(breadcrumb: dict[str, Any]) -> dict[str, Any]:
    """Return what is short of a breadcrumb."""
    short = {key: value for key, value in breadcrumb.items() if key != "data"}
    short["message"] = json_values.text(short.get("message"), SHORT)
    return short
