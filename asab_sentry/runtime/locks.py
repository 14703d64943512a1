"""A lock for what signal handlers, finalizers and forked children run as well."""

import sys
import threading
from collections.abc import Callable

from .forks import AllForked


class Lock:
    """A lock that one thread may enter again, in a `with` block.

    - A signal handler or a finalizer that interrupts its owner enters it, as with `threading.RLock`.
    - It is new in a forked child, where the thread that had it does not exist. What that thread left half done is made
      anew by `begin`.
    - While the interpreter finalizes nobody waits for it: other threads are gone, one of them perhaps with the lock.
    """

    def __init__(self, begin: Callable[[], None] | None = None) -> None:
        self._lock = threading.RLock()
        self._begin = begin
        _locks.add(self)

    def __enter__(self) -> None:
        self._lock.acquire(blocking=not sys.is_finalizing())

    def __exit__(self, *_: object) -> None:
        try:  # not by `contextlib.suppress`, which takes longer than all the rest
            self._lock.release()
        except RuntimeError:  # not acquired: at the end of the interpreter, or in the child of a fork within the block
            return

    def after_fork(self) -> None:
        """Begin anew in a child process."""
        self._lock = threading.RLock()
        if self._begin is not None:
            self._begin()


_locks: AllForked[Lock] = AllForked()
