"""What is kept without a part that takes long to be made: a thread makes that, and then it is kept as a whole."""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from ..runtime.diagnostics import reason, say

MOST = 32 * 2**20
"""So many bytes of parts wait to be made, at most."""


BEFORE = 0.02
"""So many seconds the call that has kept something has to return before the thread begins to work."""


class _Part(NamedTuple):
    size: int
    finish: Callable[[], object]


class Unfinished:
    """Things by name, each with what finishes it: by a thread that ends when nothing is left to do.

    `then` is called after each.
    """

    def __init__(self, then: Callable[[], object]) -> None:
        self._then = then
        # Of an RLock: a signal handler may come to this while its thread is in here.
        self._changed = threading.Condition()
        self._waiting: dict[str, _Part] = {}
        self._under_way: set[str] = set()
        self._thread: threading.Thread | None = None
        self._worked = 0.0
        self._awaiting = 0
        """How many threads wait for it."""

    def __contains__(self, name: object) -> bool:
        return name in self._waiting

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def has_room(self, size: int) -> bool:
        """Return whether a part of this size may wait as well; any may wait alone."""
        waiting = [part.size for part in list(self._waiting.values())]
        return not waiting or sum(waiting) + size <= MOST

    def add(self, name: str, size: int, finish: Callable[[], object]) -> None:
        """Take note of what is to be finished. It is not begun before `start`."""
        self._waiting[name] = _Part(size, finish)

    def start(self) -> None:
        """Begin to finish what waits; where no thread can be started, do it now."""
        with self._changed:
            # One that is not alive may be about to be started, or a signal handler has raised before that was done.
            if self._thread is not None and self._thread.is_alive():
                return
            thread = self._thread = threading.Thread(target=self._run, name="asab-sentry.finisher", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter ends, or there are too many
            self._thread = None
            self.finish_all()

    def _run(self) -> None:
        self._rest(BEFORE)
        self._worked = time.thread_time()
        while True:
            while self._finish_one():
                pass
            with self._changed:
                if not self._chosen():
                    self._thread = None
                    return

    def pause(self) -> None:
        """Where this is the thread, and nobody waits for it, let others work for as long as it has since the last one.

        Python runs one thread at a time, and each step of another one would wait for milliseconds.
        """
        if threading.current_thread() is self._thread:
            before, self._worked = self._worked, time.thread_time()
            self._rest(self._worked - before)

    def _rest(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._awaiting, seconds)

    def _chosen(self) -> list[str]:
        return [name for name in self._waiting if name not in self._under_way]

    def _finish_one(self) -> bool:
        """Finish the oldest; return whether there was one."""
        with self._changed:
            name = next(iter(self._chosen()), None)
            if name is None:
                return False
            self._under_way.add(name)
        try:
            self._waiting[name].finish()
        except Exception as error:
            say(logging.ERROR, f"An event is sent without its attachments ({reason(error)})", exc_info=True)
        finally:
            with self._changed:
                self._waiting.pop(name, None)
                self._under_way.discard(name)
                self._changed.notify_all()
        self._then()
        return True

    def finish_all(self, timeout: float = float("inf")) -> None:
        """Finish all in this thread, but for what another one is about to finish, for which it waits."""
        until = time.monotonic() + timeout
        while time.monotonic() < until and self._finish_one():
            pass
        self.wait(max(until - time.monotonic(), 0.0))

    def wait(self, timeout: float) -> None:
        """Wait until all that was begun is finished, at most so many seconds."""
        with self._changed:
            self._awaiting += 1
            try:
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._waiting, min(timeout, threading.TIMEOUT_MAX))
            finally:
                self._awaiting -= 1
