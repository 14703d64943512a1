"""The last lines of the log, to be attached to events."""

import copy
import itertools
import logging
from collections import deque
from collections.abc import Callable

from ..objects.calls import Calls
from ..patches import replace

MAX_LINE = 8192
"""Longest entry, an exception with its traceback."""

CallHandlers = Callable[[logging.Logger, logging.LogRecord], None]


class LogLines:
    """Keeps the last lines of what the handlers of the root logger are given.

    It is none of them: where the root logger has a handler, neither `logging` shows records that nobody handles, nor
    does `logging.basicConfig` of the application anything.
    """

    def __init__(self, count: int, formatter: logging.Formatter) -> None:
        self._lines: deque[str] = deque(maxlen=count)
        self._formatter = formatter

    def keep(self, record: logging.LogRecord) -> None:
        """Keep a record as text; raise what goes wrong."""
        # A copy, as the text of an exception would stay in it, for the formatters of others.
        record = copy.copy(record)
        record.exc_text = None
        line: str = Calls()(self._formatter.format, record)
        self._lines.append(line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} ...")

    def text(self, most: int) -> str:
        """Return the lines; where these have more than so many characters, the first of them, which are more, too."""
        lines = self._lines.copy()
        ends = itertools.accumulate(len(line) + 1 for line in lines)
        count = next((count for count, end in enumerate(ends, 1) if end > most), len(lines))
        return "\n".join([*itertools.islice(lines, count), ""])

    def install(self) -> Callable[[], None]:
        """Keep lines from now on, of what handlers are given; return the function that ends it."""
        root = logging.getLogger()

        def reaches_root(logger: logging.Logger | None) -> bool:
            while logger is not None and logger is not root and logger.propagate:
                logger = logger.parent
            return logger is root

        def make(call_handlers: CallHandlers) -> CallHandlers:
            def call(logger: logging.Logger, record: logging.LogRecord) -> None:
                try:
                    call_handlers(logger, record)
                finally:
                    try:
                        if reaches_root(logger):
                            self.keep(record)
                    except Exception:  # noqa: S110  # the console says it
                        pass

            # As that of `record_taps`: frames of logging are skipped where somebody looks for who has logged.
            call.__code__ = call.__code__.replace(co_filename=logging.__file__)
            return call

        return replace(logging.Logger, "callHandlers", make)
