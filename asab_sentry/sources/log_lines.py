"""The last lines of the log, to be attached to events."""

import contextlib
import logging
from collections import deque
from collections.abc import Callable

MAX_LINE = 8192
"""Longest entry, an exception with its traceback."""


class LogLines(logging.Handler):
    """Keeps the last lines of what the handlers of the root logger are given."""

    def __init__(self, count: int, formatter: logging.Formatter) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=count)
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record as text."""
        with contextlib.suppress(Exception):  # the console says it
            line = self.format(record)
            self._lines.append(line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} ...")

    def text(self) -> str:
        """Return the lines."""
        return "\n".join([*self._lines.copy(), ""])

    def install(self) -> Callable[[], None]:
        """Keep lines from now on; return the function that ends it."""
        logging.getLogger().addHandler(self)
        return lambda: logging.getLogger().removeHandler(self)
