"""What is told of it in forked children, and which of these a thread has forked.

The latter are over with that thread, and nothing of an end of the interpreter comes. Such a process ends with its last
thread, so none of ours may stay for its own sake.
"""

import os
import threading
import weakref
from typing import Protocol, TypeVar


class Forked(Protocol):
    """What is different in a forked child."""

    def after_fork(self) -> None:
        """Begin anew in a child process."""


T = TypeVar("T", bound=Forked)


class AllForked(weakref.WeakSet[T]):
    """Objects that are told of it in each forked child, as long as they live; in no order."""

    def __init__(self) -> None:
        super().__init__()
        os.register_at_fork(after_in_child=self._tell)

    def _tell(self) -> None:
        for forked in list(self):
            forked.after_fork()


_is_by_thread = _will_be = False


def is_by_thread() -> bool:
    """Return whether this is such a child."""
    return _is_by_thread


def is_over() -> bool:
    """Return whether this is such a child, and the thread that it has begun with has ended."""
    return _is_by_thread and not threading.main_thread().is_alive()


def _before() -> None:
    global _will_be  # noqa: PLW0603  # it is of the process
    _will_be = _is_by_thread or threading.get_ident() != threading.main_thread().ident


def _after() -> None:
    global _is_by_thread  # noqa: PLW0603
    _is_by_thread = _will_be


os.register_at_fork(before=_before, after_in_child=_after)
