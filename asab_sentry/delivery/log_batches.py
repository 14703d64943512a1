"""Logs wait in memory and are sent many at once, from a thread of their own: what is done for many costs less for each.

The thread looks each `INTERVAL` seconds, and when `MANY` wait.
"""

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ..runtime import forks
from ..runtime.finalizing import keep_modules
from ..runtime.guards import attempt

MANY = 100
"""So many are sent at once."""
INTERVAL = 5.0
MOST = 1000
"""Where so many wait, whoever adds one sends some of them, unless others do; where twice as many wait, beside them."""
PATIENCE = 1.0
"""Seconds for which a flush waits for others that are sending, in all."""


class LogBatches:
    """Gives logs to `send`, in the order in which they came, at most `MANY` at once."""

    def __init__(self, send: Callable[[list[Any]], None]) -> None:
        self._send = send
        self._has_ended = False
        self._begin()
        _batches.add(self)

    def _begin(self) -> None:
        self._waiting: deque[Any] = deque()
        # Not one of `runtime.locks`: who waits for it while somebody logs within may hold what that waits for.
        self._sending = threading.RLock()
        # Of an RLock: a signal handler may add a log while one is being added. No queue, which is of C: gevent, as that
        # of `gunicorn --preload`, may replace what threads are and wait by later.
        self._changed = threading.Condition()
        self._is_due = False
        self._thread: threading.Thread | None = None

    def after_fork(self) -> None:
        """Begin anew in a child process: what waits is the parent's to send."""
        self._begin()

    def add(self, log: Any) -> None:
        """Let a log wait. This is on the way of each, and waits for nobody."""
        waiting = self._waiting
        waiting.append(log)
        if sys.is_finalizing():  # no thread has any time left
            keep_modules()
            self.flush()
            return
        if self._thread is None:
            self._start()
        if len(waiting) % MANY == 0:
            self._wake()
            if len(waiting) >= MOST:
                self._send_some(0, leave_to_others=len(waiting) < 2 * MOST)

    def flush(self) -> None:
        """Send what waits; what others are sending is sent when this returns."""
        deadline = time.monotonic() + PATIENCE
        for _ in range(len(self._waiting) // MANY + 1):
            self._send_some(max(deadline - time.monotonic(), 0.0))

    def end(self) -> None:
        """Let the thread end; it is not waited for."""
        self._has_ended = True
        self._wake()
        _batches.discard(self)

    def _wake(self) -> None:
        self._is_due = True
        if not sys.is_finalizing():  # else the thread is gone, perhaps with the lock
            with self._changed:
                self._changed.notify_all()

    def _start(self) -> None:
        thread = self._thread = threading.Thread(target=self._run, name="asab-sentry.logs", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # there are too many: `flush` sends, or whoever adds too many
            self._thread = None
        except BaseException:  # of a signal handler
            if thread.ident is None:
                self._thread = None
            raise

    def _run(self) -> None:
        changed = self._changed
        while not self._has_ended:
            with changed:
                if not self._is_due:
                    changed.wait(INTERVAL)
                self._is_due = False
            self.flush()
            if forks.is_over():
                return

    def _send_some(self, patience: float, *, leave_to_others: bool = False) -> None:
        """Send `MANY`; after `patience` seconds beside others that send, unless it is left to those."""
        sending = self._sending
        is_ours = sending.acquire(timeout=0 if sys.is_finalizing() else patience)
        try:
            batch = self._take() if is_ours or not leave_to_others else []
            if batch:
                attempt("Logs are not sent", self._send, batch)
        finally:
            if is_ours:
                sending.release()

    def _take(self) -> list[Any]:
        batch: list[Any] = []
        with contextlib.suppress(IndexError):  # there are no more
            while len(batch) < MANY:
                batch.append(self._waiting.popleft())
        return batch


_batches: forks.AllForked[LogBatches] = forks.AllForked()
