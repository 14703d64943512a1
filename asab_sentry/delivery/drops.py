"""What of that which was kept is dropped, said in one line a minute at most."""

import time
from collections import Counter

from ..runtime.diagnostics import INTERVAL, L, counted
from ..runtime.locks import Lock


class Drops:
    """Counts by reason of what was dropped and not said yet; none in a forked child."""

    def __init__(self) -> None:
        self._last_said = time.monotonic() - INTERVAL
        self._lock = Lock(self._begin)
        self._begin()

    def _begin(self) -> None:
        self._dropped: Counter[str] = Counter()

    def count(self, reason: str) -> None:
        """Count one."""
        with self._lock:
            # In one go: a signal handler between reading and writing would not be counted.
            self._dropped.update((reason,))

    def tell(self) -> None:
        """Say in one line what was dropped, once a minute at most."""
        now = time.monotonic()
        if self._dropped and now - self._last_said >= INTERVAL:
            self._last_said = now
            with self._lock:
                dropped, self._dropped = self._dropped, Counter()
            # Not by `diagnostics.say`, as no count may be lost.
            reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(dropped.items()))
            L.warning("%s dropped: %s", counted(dropped.total(), "event was", "events were"), reasons)
