"""A lock that survives signal handlers, forks and the end of the interpreter."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections import Counter

import pytest
from test_signals import interrupt, traced

from asab_sentry.runtime import locks
from asab_sentry.runtime.locks import Lock


def test_one_at_a_time() -> None:
    """A second thread waits until the first one has left."""
    lock, entered, left = Lock(), threading.Event(), []

    def second() -> None:
        entered.set()
        with lock:
            left.append("second")

    with lock:
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait(10)
        thread.join(0.05)
        left.append("first")
    thread.join(10)
    assert left == ["first", "second"]


def test_signal_handler() -> None:
    """A signal handler enters the lock that the interrupted code holds, and leaves it held."""
    lock, entered = Lock(), []

    def handler(*_: object) -> None:
        with lock:
            entered.append(True)

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with lock:
            signal.raise_signal(signal.SIGUSR1)
            assert entered == [True]
            other = threading.Thread(target=handler, daemon=True)
            other.start()
            other.join(0.05)
            assert entered == [True]
    finally:
        signal.signal(signal.SIGUSR1, before)
    other.join(10)
    assert entered == [True, True]


def test_signal_handler_that_raises() -> None:
    """Wherever a signal handler ends a block, or keeps it from beginning, other threads can enter the lock then."""

    class Raised(BaseException):
        pass

    def raise_it() -> None:
        raise Raised

    def work() -> None:
        for _ in range(2):
            with lock:
                entered.append(True)

    def enter() -> None:
        with lock:
            entered.append(True)

    lock, entered = Lock(), []
    places = []
    counts: Counter[object] = Counter()

    def reach(code, offset) -> None:
        places.append((code, offset, counts[code, offset]))
        counts[code, offset] += 1

    with traced(lambda code: code is work.__code__ or code.co_filename == locks.__file__, reach):
        work()
    assert len(places) > 10
    for place in places:
        with contextlib.suppress(Raised):
            interrupt(work, raise_it, place)
        entered.clear()
        thread = threading.Thread(target=enter, daemon=True)
        thread.start()
        thread.join(10)
        assert entered == [True], place


@pytest.mark.parametrize("holder", ["thread", "block"])
def test_child(holder: str) -> None:
    """In a forked child the lock is free, whoever had it when the process was forked."""
    lock, held, done = Lock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            done.wait(10)

    def child_can_enter() -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child:
            return os.waitpid(child, 0)[1] == 0
        signal.alarm(10)
        with lock:
            os._exit(0)

    if holder == "block":
        with lock:
            assert child_can_enter()
        return
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    assert child_can_enter()
    done.set()
    thread.join(10)


ENDS = """
import os, threading
from asab_sentry.runtime.locks import Lock

HOLD = "with lock: held.set(); threading.Event().wait()"
lock, held = Lock(), threading.Event()

# With globals of its own, as the frame of the thread keeps them.
globals_of_its_own = {"lock": lock, "held": held, "threading": threading}
threading.Thread(target=exec, args=(HOLD, globals_of_its_own), daemon=True).start()
held.wait(10)

class Last:
    def __del__(self):
        with lock:
            with lock:
                os.write(1, b"entered")

last = Last()
"""


def test_end_of_the_interpreter() -> None:
    """A lock that a daemon thread had when the interpreter ended does not hold up what still runs then."""
    done = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "entered", "")
