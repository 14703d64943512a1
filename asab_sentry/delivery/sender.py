"""The thread that sends what is kept: the oldest first, again and again until it is taken.

While much waits and the server takes it, some threads beside it do the same.
"""

import logging
import random
import sys
import threading
import time
from collections.abc import Callable

from ..runtime import forks
from ..runtime.diagnostics import brief_reason, reason, say
from .backoff import LONGEST, SELDOM, Backoff
from .channel import Channel, Outcome
from .drain import HANDFUL, Drain, connections
from .spool import Spool
from .storage import Entry

MAINTENANCE = 30.0
"""Seconds between looks for what dead processes left."""

MOMENT = 0.001
"""Seconds between looks whether an attempt is over."""

STEP = 1.0
"""Seconds for which is waited at once: a flush sees a signal that another thread is given, a thread that it is over."""


class Sender:
    """Sends from its own thread, which is started when it is needed."""

    def __init__(
        self,
        spool: Spool,
        channel: Channel,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._spool = spool
        self._channel = channel
        self._clock = clock
        self._backoff = Backoff(clock, chance)
        # Of an RLock: a signal handler or a finalizer may capture something while this thread is in here.
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = self._is_disowned = self._is_paused = False
        self._is_trying = False
        """Whether an attempt may be under way."""
        self._is_running = False
        """Whether the thread is known to run: to ask it takes longer."""
        self._woken = True
        self._resume = 0.0
        """When the next attempt is due, while nothing changes."""
        self._maintained = float("-inf")
        self._under_way: set[str] = set()
        """Envelopes that are being sent by one of several threads."""

    def wake(self) -> None:
        """Let the thread look again; start it if need be."""
        # Then no thread runs but this one, and in Python 3.11 to start one has no end. The next process sends.
        if sys.is_finalizing():
            return
        with self._changed:
            self._woken = True
            if not self._is_running:
                self._start()
            self._changed.notify_all()

    def hurry(self) -> None:
        """Look now for what dead processes left."""
        self._maintained = float("-inf")
        self.wake()

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
        except RuntimeError as error:  # the interpreter ends, or there are too many
            self._thread = None
            if not sys.is_finalizing():
                say(logging.WARNING, f"Nothing is sent ({error}); events are kept", cause="sender-thread")
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
            self._backoff.retry_now()
            self.wake()
            while self._thread is not None and not self._stopped and (self._woken or self._resume <= deadline):
                remaining = deadline - self._clock()
                if remaining <= 0:
                    return
                self._changed.wait(min(remaining, STEP))

    def stop(self) -> None:
        """Let the thread end after the attempt that is under way."""
        self._stopped = True
        if not sys.is_finalizing():
            with self._changed:
                self._changed.notify_all()

    def pause(self, patience: float = 0.0) -> None:
        """Begin no attempt, and wait so many seconds for one that is under way.

        What is not over when a process leaves at once may arrive twice.
        """
        self._is_paused = True
        deadline = time.monotonic() + patience
        # Not by the condition: whoever has it may have been interrupted by the handler of a signal that comes here.
        while self._is_trying and time.monotonic() < deadline and not sys.is_finalizing():
            time.sleep(MOMENT)

    def resume(self) -> None:
        """Begin attempts again after `pause`."""
        self._is_paused = False
        self.wake()

    def disown(self) -> None:
        """After `fork`: what waits is the parent's to send, also where the thread lives on, as one of gevent does."""
        self._stopped = self._is_disowned = True

    def _run(self) -> None:
        self._is_running = True
        try:
            self._repeat()
        finally:
            self._is_running = False
        while self._is_disowned:  # it cannot end, as `threading` knows it no more
            time.sleep(LONGEST)

    def _repeat(self) -> None:
        while not self._stopped:
            with self._changed:
                self._woken = False
                self._resume = 0.0
            self._spool.prepare()
            self._maintain()
            pause = LONGEST
            try:
                pause = self.step()
            except Exception as error:
                _say_failed(error)
            with self._changed:
                self._resume = self._clock() + pause
                self._changed.notify_all()
                if not self._woken and not self._stopped and pause:
                    if forks.is_over():
                        return
                    due = max(self._maintained + MAINTENANCE - self._clock(), STEP)
                    self._changed.wait(min(pause, STEP if forks.is_by_thread() else due))

    def _maintain(self) -> None:
        if self._clock() - self._maintained < MAINTENANCE:
            return
        self._maintained = self._clock()
        try:
            self._channel.maintain()
            self._spool.maintain()
        except Exception as error:
            _say_failed(error)

    def step(self) -> float:
        """Make one attempt, if one is due; return the seconds until the next one is, infinite for never."""
        self._is_trying = True  # before it is asked whether it may be
        try:
            return self._attempt()
        finally:
            self._is_trying = False

    def _attempt(self) -> float:
        if self._is_paused:
            return float("inf")
        if pause := self._backoff.pause:
            return pause
        now = self._clock()
        labels: dict[str, float] = {}
        entry = self._choose(now, labels)
        if entry is None:
            # Without anything that could be sent now: what waits for its time.
            if self._send_other(now):
                return 0.0
            waits = self._backoff.waits(now, lambda name: name in self._spool)
            return min([*labels.values(), *waits], default=float("inf"))
        outcome = self._post(entry)
        pause = self._settle(entry, outcome)
        if outcome is Outcome.DONE and (threads := connections(len(self._spool))) > 1:
            self._drain(threads)
            pause = self._backoff.pause
        return pause

    def _settle(self, entry: Entry, outcome: Outcome | None) -> float:
        """Take note of an attempt; return the seconds until the next one is due."""
        if outcome is Outcome.LATER:
            return self._backoff.failed(entry.name)
        if outcome is Outcome.DONE:
            self._spool.remove(entry)
            self._backoff.took(entry.name, lambda: self._spool.before(entry, self._is_allowed))
        return 0.0

    def _is_allowed(self, entry: Entry) -> bool:
        return not self._channel.wait(entry.label)

    def _drain(self, threads: int) -> None:
        """Send over several connections, until something is not taken or but a handful waits of what came meanwhile."""
        newest = self._spool.newest

        def work() -> bool:
            with drain.lock:
                if self._stopped or self._is_paused or self._clock() - self._maintained >= MAINTENANCE:
                    return False
                entry = self._choose(self._clock(), {})
                if entry is None or (entry.name > newest and len(self._spool) <= HANDFUL):
                    return False
                self._under_way.add(entry.name)
            try:
                outcome = self._post(entry)
                with drain.lock:
                    self._settle(entry, outcome)
            finally:
                self._under_way.discard(entry.name)
            return outcome in {Outcome.DONE, None}

        drain = Drain(work)
        drain.run(threads)

    def _post(self, entry: Entry) -> Outcome | None:
        """Send an entry; None when there is nothing of it to be sent, now or at all. Others are not held up by it."""
        try:
            content = self._spool.read(entry)
        except (OSError, MemoryError) as error:
            message = f"An envelope cannot be read now ({brief_reason(error)}); it stays"
            say(logging.WARNING, message, cause="sender-read")
            self._backoff.put_off(entry.name, 0)
            return None
        try:
            outcome = None if content is None else self._channel.post(entry.label, content)
        except Exception as error:
            _say_failed(error)
            self._backoff.put_off(entry.name, SELDOM)
            return None
        self._backoff.forgive(entry.name)
        return outcome

    def _send_other(self, now: float) -> bool:
        """Send what is not worth being kept, if it is time; return whether an attempt was made."""
        if not self._backoff.is_other_due(now) or (outcome := self._channel.send_unspooled()) is None:
            return False
        if outcome is Outcome.LATER:
            self._backoff.other_failed()
        elif outcome is Outcome.DONE:
            self._backoff.other_taken()
        return True

    def _choose(self, now: float, labels: dict[str, float]) -> Entry | None:
        def usable(entry: Entry) -> bool:
            if entry.name in self._under_way:
                return False
            if entry.label not in labels:
                wait = self._channel.wait(entry.label)
                if not wait:
                    return self._backoff.is_due(entry.name, now)
                labels[entry.label] = wait
            return False

        return self._spool.first(usable, skip=self._backoff.skip)


def _say_failed(error: Exception) -> None:
    say(logging.ERROR, f"Sending failed and is tried again ({reason(error)})", cause="sender", exc_info=True)
