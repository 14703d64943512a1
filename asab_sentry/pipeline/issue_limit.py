"""One issue of the limits: what was admitted of it, what was not, and how its budget shrinks in a flood."""

from collections import deque

PAUSES = (100, 10, 1)
"""An issue that has been at its budget for so many intervals gets one event in so many intervals, ..."""
LONGEST = 3600.0
"""... but one in so many seconds, where an interval is not longer than that."""
CALM = 10
"""After so many intervals below its budget an issue has recovered: it gets its whole budget again."""


class IssueLimit:
    """What is known of an issue; a flood is the time for which it stays at its budget."""

    __slots__ = (
        "admitted",
        "asked",
        "begun",
        "budget",
        "flood",
        "full",
        "mistaken",
        "seen",
        "since",
        "suppressed",
        "total",
        "whole",
    )

    def __init__(self, budget: tuple[int, float]) -> None:
        self.whole = budget
        """So many events in so many seconds, an interval, while there is no flood."""
        self.budget = budget
        self.admitted: deque[float] = deque(maxlen=budget[0])
        self.seen = float("-inf")
        self.begun = float("-inf")
        """The interval in which it was `asked` about so often."""
        self.asked = 0
        self.mistaken = 0
        """How many in it were admitted and turned out to be of another issue, which was at its budget."""
        self.flood: float | None = None
        """Since when it has been at its budget, without recovering."""
        self.full = float("-inf")
        """When it last was, counting what was not admitted, or was suppressed for others."""
        self.suppressed = 0
        """How many, and `since` when, no event and no line has told of."""
        self.since = 0.0
        self.total = 0
        """How many since it had recovered."""

    def take(self) -> int:
        """Return how many were suppressed and not told of, which counts as telling."""
        count, self.suppressed = self.suppressed, 0
        return count

    def begin_interval(self, now: float) -> None:
        """Begin another interval: with the whole budget after a calm, with less of it the longer a flood lasts."""
        interval = self.whole[1]
        if now - self.full >= CALM * interval:
            self.flood, self.budget, self.total = None, self.whole, self.suppressed
        elif self.flood is not None:
            self.budget = self._budget((now if now - self.full < interval else self.full) - self.flood)
        self.begun, self.asked, self.mistaken = now, 0, 0

    def _budget(self, lasted: float) -> tuple[int, float]:
        """Return the budget after so many seconds of a flood."""
        interval = self.whole[1]
        for intervals in PAUSES:
            if lasted >= intervals * interval:
                return 1, min(intervals * interval, max(LONGEST, interval))
        return self.whole

    def is_due(self, now: float) -> bool:
        """Return whether what was suppressed is to be told: while it goes on, the next event tells of it."""
        interval = self.whole[1]
        return now - self.seen >= interval or now - self.since >= self.budget[1] + interval


def has_room(admitted: deque[float], budget: tuple[int, float], now: float) -> bool:
    """Return whether there is room for another event: so many in so many seconds."""
    events, seconds = budget
    try:
        return admitted[-events] <= now - seconds
    except IndexError:
        return True
