"""A lock for what signal handlers, finalizers and forked children run as well."""

import contextlib
import sys
import threading
from collections.abc import Callable

from .forks import AllForked

NONE = contextlib.nullcontext()
"""In place of a lock when there is one thread only."""


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

    # A `with` statement looks these up before it calls any of them. They are functions of C: in one of Python a signal
    # handler might raise while it has the lock, which then nobody gives back.

    @property
    def __enter__(self) -> Callable[[], object]:
        return (NONE if sys.is_finalizing() else self._lock).__enter__

    @property
    def __exit__(self) -> Callable[..., None]:  # noqa: PLE0302, PYI036  # what it returns takes the arguments
        return (NONE if sys.is_finalizing() else self._lock).__exit__

    def after_fork(self) -> None:
        """Begin anew in a child process."""
        self._lock = threading.RLock()
        if self._begin is not None:
            self._begin()


_locks: AllForked[Lock] = AllForked()
