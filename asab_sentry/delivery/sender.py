"""The thread that sends what is kept: the oldest first, again and again until it is taken."""

import enum
import logging
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol

from ..notices import say
from .entries import Entry
from .spool import Spool

FIRST = 1.0
"""Seconds to wait after a first failure, less up to a half by chance; twice as long after each one more."""
LONGEST = 60.0
PATIENCE = 8
"""After so many failures on end (3 minutes), the second is tried in turn: one envelope must not hold up the rest."""
LONGEST_ALONE = 3600.0
"""Longest wait for an envelope that fails where others are taken."""
TEND = 30.0
"""Seconds between looks for what dead processes left."""


class Outcome(enum.Enum):
    """What became of an attempt."""

    DONE = enum.auto()
    """Taken or refused for good: it is to be forgotten."""
    LATER = enum.auto()
    """Nobody took it: it is to be tried again after a while."""
    LIMITED = enum.auto()
    """The server asked to wait, and said how long."""


class Road(Protocol):
    """How to send (`transport`). Methods do not raise."""

    def post(self, label: str, content: bytes) -> Outcome:
        """Send what was kept."""

    def wait(self, label: str) -> float:
        """Return the seconds until something with that label may be sent."""

    def others(self) -> Outcome | None:
        """Send one of the things that are not worth being kept; None when there are none."""

    def tend(self) -> None:
        """Do what is to be done from time to time."""


class Sender:
    """Sends from its own thread, which is started when it is needed."""

    def __init__(
        self,
        spool: Spool,
        road: Road,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._spool = spool
        self._road = road
        self._clock = clock
        self._chance = chance
        # Of an RLock: a signal handler or a finalizer may capture something while this thread is in here.
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._woken = True
        self._resume = 0.0
        """When the next attempt is due, while nothing changes."""
        self._tended = float("-inf")
        self._failures = 0
        self._pause_until = 0.0
        self._alone: dict[str, tuple[int, float]] = {}
        """Of envelopes that failed where a later one was taken: how often since, and until when they are left alone."""

    def wake(self) -> None:
        """Let the thread look again; start it if need be."""
        # Then no thread runs but this one, and in Python 3.11 to start one has no end. The next process sends.
        if sys.is_finalizing():
            return
        with self._changed:
            self._woken = True
            self._start()
            self._changed.notify_all()

    def _start(self) -> None:
        before = self._thread
        # Without an id it is being started: a signal handler has come meanwhile.
        if self._stopped or (before is not None and (before.ident is None or before.is_alive())):
            return
        thread = threading.Thread(target=self._run, name="asab-sentry.sender", daemon=True)
        if self._thread is not before:  # one has started another
            return
        self._thread = thread
        try:
            thread.start()
        except RuntimeError:  # the interpreter ends; what is kept is sent by the next one
            self._thread = None
        except BaseException:  # of a signal handler
            if thread.ident is None:
                self._thread = None
            raise

    def flush(self, timeout: float) -> None:
        """Wait until all is sent, or nothing more can be within `timeout` seconds."""
        if sys.is_finalizing():
            return
        deadline = self._clock() + timeout
        with self._changed:
            # It may have recovered since the last failure.
            self._pause_until = 0.0
            self.wake()
            while self._thread is not None and not self._stopped and (self._woken or self._resume <= deadline):
                remaining = deadline - self._clock()
                if remaining <= 0:
                    return
                self._changed.wait(remaining)

    def stop(self) -> None:
        """Let the thread end after the attempt that is under way."""
        self._stopped = True
        if not sys.is_finalizing():
            with self._changed:
                self._changed.notify_all()

    def _run(self) -> None:
        while not self._stopped:
            with self._changed:
                self._woken = False
                self._resume = 0.0
            try:
                if self._clock() - self._tended >= TEND:
                    self._tended = self._clock()
                    self._road.tend()
                    self._spool.tend()
                pause = self.step()
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                say(logging.ERROR, f"Sending failed and is tried again ({reason})", cause="sender", exc_info=True)
                pause = LONGEST
            with self._changed:
                self._resume = self._clock() + pause
                self._changed.notify_all()
                if not self._woken and not self._stopped and pause:
                    self._changed.wait(min(pause, TEND))

    def step(self) -> float:
        """Make one attempt, if one is due; return the seconds until the next one is, infinite for never."""
        now = self._clock()
        if now < self._pause_until:
            return self._pause_until - now
        labels: dict[str, float] = {}
        entry = self._choose(now, labels)
        content = None if entry is None else self._spool.read(entry)
        if entry is not None and content is None:
            return 0.0
        outcome = self._road.others() if entry is None or content is None else self._road.post(entry.label, content)
        if outcome is None:
            # Nothing to do now: only what waits for its time.
            alone = [until - now for _, until in self._alone.values()]
            return max(min([*labels.values(), *alone], default=float("inf")), 0.0)
        if outcome is Outcome.LATER and entry is not None and entry.name in self._alone:
            count = self._alone[entry.name][0] + 1
            self._alone[entry.name] = (count, self._clock() + self._delay(count + 6, LONGEST_ALONE))
            return 0.0
        if outcome is Outcome.LATER:
            self._failures += 1
            self._pause_until = self._clock() + self._delay(self._failures, LONGEST)
            return self._pause_until - self._clock()
        if outcome is Outcome.DONE:
            self._took(entry)
        return 0.0

    def _choose(self, now: float, labels: dict[str, float]) -> Entry | None:
        def usable(entry: Entry) -> bool:
            if entry.label not in labels:
                wait = self._road.wait(entry.label)
                if not wait:
                    return self._alone.get(entry.name, (0, 0.0))[1] <= now
                labels[entry.label] = wait
            return False

        return self._spool.first(usable, skip=self._failures >= PATIENCE and self._failures % 2)

    def _took(self, entry: Entry | None) -> None:
        if entry is not None:
            self._spool.remove(entry)
            self._alone.pop(entry.name, None)
            if self._failures >= PATIENCE:
                # What is older and could have been sent may be what the server cannot take.
                suspects = self._spool.before(entry, lambda older: not self._road.wait(older.label))
                self._alone = {name: self._alone.get(name, (0, 0.0)) for name in suspects}
        self._failures = 0

    def _delay(self, failures: int, longest: float) -> float:
        return float(min(FIRST * 2 ** min(failures - 1, 30), longest) * (1 - self._chance() / 2))
