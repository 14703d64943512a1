"""What is not worth a file: it waits in memory, and the oldest of too many is dropped."""

from collections import deque

from sentry_sdk.envelope import Envelope

from ..runtime.locks import Lock
from .backoff import MANY
from .channel import Outcome


class Unspooled:
    """Envelopes in the order in which they came, `most` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._queue: deque[Envelope] = deque()
        self._stuck = 0
        """How often on end the first one was not taken."""

    def add(self, envelope: Envelope) -> Envelope | None:
        """Add one; return the one that is dropped for it."""
        with self._lock:
            self._queue.append(envelope)
            return self._queue.popleft() if len(self._queue) > self._most else None

    def first(self) -> Envelope | None:
        """Return the one that is to be sent next."""
        with self._lock:
            return self._queue[0] if self._queue else None

    def take_all(self) -> list[Envelope]:
        """Take all of them."""
        with self._lock:
            taken = list(self._queue)
            self._queue.clear()
            return taken

    def settle(self, envelope: Envelope, outcome: Outcome) -> None:
        """Take note of an attempt: what was not taken again and again lets the next one be tried."""
        with self._lock:
            self._stuck = 0 if outcome is Outcome.DONE else self._stuck + 1
            if self._queue and self._queue[0] is envelope and self._stuck in {0, MANY}:
                self._queue.popleft()
                if outcome is not Outcome.DONE:
                    self._stuck = 0
                    self._queue.append(envelope)  # the next one may be taken
