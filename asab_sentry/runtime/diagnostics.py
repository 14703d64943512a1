"""What this package says of itself: on the logger `asab_sentry`, at most one line a minute for one cause."""

import contextlib
import errno
import logging
import os
import sys
import time

from ..objects import json_values
from ..objects.cache import Cache

L = logging.getLogger("asab_sentry")

INTERVAL = 60.0
MAX_CAUSES = 256
MAX_REASON = 300

said_at: Cache[str, float] = Cache(MAX_CAUSES)
"""When something was said last, by its cause, on the monotonic clock."""


def counted(count: int, one: str, many: str) -> str:
    """Return a number with what is counted: `one` for 1, else `many`."""
    return f"{count} {one if count == 1 else many}"


def reason(error: BaseException) -> str:
    """Return type and text of an exception, whatever it does when it is asked."""
    return json_values.error(error, MAX_REASON)


def brief_reason(error: Exception) -> str:
    """Return why the operating system refused something, and to which user; or the type of another exception."""
    why = getattr(error, "strerror", None) or type(error).__name__
    # Of a directory of a container nobody knows by heart whose it is.
    return f"{why} for user {os.geteuid()}" if getattr(error, "errno", None) == errno.EACCES else why


def say(level: int, message: str, *, cause: str = "", exc_info: bool = False) -> None:
    """Log a message, unless one of the same cause (by default: the same message) was logged within a minute."""
    now = time.monotonic()
    if now - said_at.get(cause or message, -INTERVAL) < INTERVAL:
        return
    said_at.add(cause or message, now)
    # The lines of a traceback cannot be read any more where modules are gone.
    shown = exc_info and not sys.is_finalizing()
    with contextlib.suppress(Exception):  # handlers of the application may fail
        L.log(level, message, exc_info=shown)
