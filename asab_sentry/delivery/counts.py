"""Counts of what was sent, and of what is lost."""

import itertools
from collections import Counter
from collections.abc import Iterable
from typing import Any

import sentry_sdk.transport
from sentry_sdk.envelope import Item

from ..runtime.locks import Lock
from ..sdk.version import TRACED

CATEGORIES = {"error": "events", **TRACED, "monitor": "check_ins"}
"""What is counted, by the names that Sentry and its SDK have for it; client reports and sessions are not."""


KEPT = {"event": "error", "check_in": "monitor", "feedback": "default", "user_report": "default"}
"""Types of items that are worth a file, with their categories. Others live in memory, as many as sentry-sdk's
`transport_queue_size`, and are in files only when a process has ended with them."""


def is_kept(label: str) -> bool:
    """Return whether something of this category is what users know to wait, an event or a check-in."""
    return label in KEPT.values()


class Counts:
    """Totals since the start, in a forked child since the fork: `sent` by what it was, `dropped` by reason."""

    def __init__(self) -> None:
        self._lock = Lock(self._begin)
        self._begin()

    def _begin(self) -> None:
        self.sent: Counter[str] = Counter(dict.fromkeys(CATEGORIES.values(), 0))
        self.dropped: Counter[str] = Counter()
        self.reduced = 0
        """Events that could not be made as a whole."""

    def count_sent(self, categories: Iterable[str]) -> None:
        """Count what the server has taken."""
        with self._lock:
            self.sent.update(CATEGORIES[category] for category in categories if category in CATEGORIES)

    def count_dropped(self, reason: str, category: str | None, quantity: int = 1) -> None:
        """Count what will not arrive."""
        if category in CATEGORIES:
            with self._lock:
                # In one go: a signal handler between reading and writing would not be counted.
                self.dropped.update(itertools.repeat(reason, quantity))

    def count_reduced(self) -> None:
        """Count an event of which only type, text and place are sent."""
        with self._lock:
            self.reduced += 1


class Counting(sentry_sdk.transport.Transport):
    """A transport that counts what is lost, on its way or before."""

    def __init__(self, options: dict[str, Any] | None = None, counts: Counts | None = None) -> None:
        self.counts = Counts() if counts is None else counts
        super().__init__(options)

    def record_lost_event(
        self, reason: str, data_category: Any = None, item: Item | None = None, *, quantity: int = 1
    ) -> None:
        """Count it here, and where the transport reports it to the server, there."""
        super().record_lost_event(reason, data_category, item, quantity=quantity)
        self.counts.count_dropped(reason, data_category if item is None else item.data_category, quantity)
