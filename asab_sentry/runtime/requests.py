"""Whether this thread makes a request of this package's own, which is nothing that the application does."""

import contextlib
import threading
from collections.abc import Iterator


class _Requests(threading.local):
    is_own = False


THREAD = _Requests()
"""`THREAD.is_own` is that of the current thread."""


@contextlib.contextmanager
def own() -> Iterator[None]:
    """Make requests of this package's own."""
    THREAD.is_own = True
    try:
        yield
    finally:
        THREAD.is_own = False
