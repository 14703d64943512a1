"""What this package says of itself: on the logger `asab_sentry`, at most one line a minute for one cause."""

import logging
import time

L = logging.getLogger("asab_sentry")

INTERVAL = 60.0
MAX_CAUSES = 256

_said: dict[str, float] = {}


def counted(count: int, one: str, many: str) -> str:
    """Return a number with what is counted: `one` for 1, else `many`."""
    return f"{count} {one if count == 1 else many}"


def say(level: int, message: str, *, cause: str = "", exc_info: bool = False) -> None:
    """Log a message, unless one of the same cause (by default: the same message) was logged within a minute."""
    now = time.monotonic()
    if now - _said.get(cause or message, -INTERVAL) < INTERVAL:
        return
    if len(_said) >= MAX_CAUSES:
        _said.clear()
    _said[cause or message] = now
    L.log(level, message, exc_info=exc_info)
