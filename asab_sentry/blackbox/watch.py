"""A thread that looks at the same things again and again."""

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence

from ..runtime.diagnostics import say
from ..runtime.guards import attempt


class Watch:
    """Calls each of `looks` every `interval` seconds, until it is ended. A forked child has no such thread."""

    def __init__(self, looks: Sequence[Callable[[], None]], interval: float) -> None:
        self._looks = looks
        self._interval = interval
        # No event of `threading`, whose lock a fork may leave locked.
        self._has_ended = False

    def start(self) -> None:
        """Start the thread."""
        if sys.is_finalizing():
            return
        try:
            threading.Thread(target=self._run, name="asab-sentry.watch", daemon=True).start()
        except RuntimeError as error:  # there are too many threads
            say(logging.WARNING, f"Nobody looks whether the service hangs ({error})")

    def end(self) -> None:
        """Let the thread end, within `interval`; it is not waited for."""
        self._has_ended = True

    def _run(self) -> None:
        while True:
            time.sleep(self._interval)
            if self._has_ended:
                return
            for look in self._looks:
                attempt("What a service does before it dies is not looked at", look)
