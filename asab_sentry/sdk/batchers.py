"""What sentry-sdk lets wait for threads of its own: logs and metrics of its functions, and spans of sentry-sdk 3.

Their locks are such as a thread may not enter again, as a signal handler would that interrupts it there.
"""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import sentry_sdk

from ..patches import replace
from ..runtime.finalizing import keep_modules

PATIENCE = 1.0
"""Seconds for which a flush waits for another thread."""

MOMENT = 0.001

NAMES = ("log_batcher", "metrics_batcher", "span_batcher")


def _batchers(client: sentry_sdk.Client) -> list[Any]:
    return [batcher for name in NAMES if (batcher := getattr(client, name, None)) is not None]


def guard(client: sentry_sdk.Client) -> None:
    """Let whoever flushes pass over what this thread is at, and what others have locked for too long."""
    for batcher in _batchers(client):
        if hasattr(batcher, "_active") and hasattr(batcher, "_lock"):
            replace(batcher, "flush", _unless_busy)


def _unless_busy(flush: Callable[[], None]) -> Callable[[], None]:
    batcher: Any = getattr(flush, "__self__", None)

    def flush_unless_busy() -> None:
        # Private: by this sentry-sdk itself knows that a thread comes to its lock again.
        active, lock = batcher._active, batcher._lock  # noqa: SLF001
        if getattr(active, "flag", False):
            return
        deadline = time.monotonic() + PATIENCE
        while lock.locked():  # not taken, as a signal handler may raise before it is given back
            if sys.is_finalizing() or time.monotonic() > deadline:  # who has it may be gone
                return
            time.sleep(MOMENT)
        flush()

    return flush_unless_busy


def hand_over(client: sentry_sdk.Client) -> None:
    """Hand over to the transport what waits."""
    for batcher in _batchers(client):
        batcher.flush()


@contextlib.contextmanager
def without_thread(client: Any) -> Iterator[None]:
    """Hand over behind the block what spans end in it: while the interpreter finalizes there is no thread for them."""
    keep_modules()
    before, transport = client.span_batcher, client.transport
    # One of its own: a thread that is gone may have the lock of the other.
    late = type(before)(transport.capture_envelope, transport.record_lost_event)
    late._flusher, late._flusher_pid = late, os.getpid()  # noqa: SLF001  # else it would start a thread
    client.span_batcher = late
    try:
        yield
    finally:
        client.span_batcher = before
        late.flush()
