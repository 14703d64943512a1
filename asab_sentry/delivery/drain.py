"""Several connections at once, while much waits and the server takes it."""

import sys
import threading
from collections.abc import Callable

from ..runtime.locks import Lock

CONNECTIONS = 10
"""At most: with 50 ms for each answer, as to a server far away, ten take up to 200 events in a second."""

HANDFUL = 20
"""For so many that wait there is one connection: what a service has now and then arrives in order."""


def connections(waiting: int) -> int:
    """Return over how many connections to send what waits."""
    return max(min(waiting // HANDFUL, CONNECTIONS), 1)


class Drain:
    """Lets threads do a thing again and again, this one among them, until it says to one of them that it is over.

    `work()` does it once. What it raises ends all of them, and is raised by `run` where it was this thread's.
    """

    def __init__(self, work: Callable[[], bool]) -> None:
        self._work = work
        self._over = False
        self.lock = Lock()
        """For what only one of the threads may do at a time."""

    def run(self, threads: int) -> None:
        """Return when all threads are done."""
        others = [
            threading.Thread(target=self._repeat, name=f"asab-sentry.sender-{number}", daemon=True)
            for number in range(2, threads + 1)
        ]
        started = []
        for other in others:
            if sys.is_finalizing():
                break
            try:
                other.start()
            except RuntimeError:  # there are too many threads
                break
            started.append(other)
        self._repeat()
        for other in started:
            other.join()

    def _repeat(self) -> None:
        try:
            while not self._over and self._work():
                pass
        finally:
            self._over = True
