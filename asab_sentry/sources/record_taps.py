"""Where log records are taken: the logger hands them to its handlers there, so `propagate=False` hides nothing.

Where the root logger lets too little through, its level is lowered and what it would have stopped is kept from all
handlers, so that console, log file and syslog show what they always did.
"""

import logging
import sys
from collections.abc import Callable

from ..patches import replace
from ..runtime.guards import complain
from .root_level import Shown
from .tracebacks import clean_record, step_aside
from .usual_records import Take


def install(  # noqa: C901  # what each record passes is one function: calls cost
    handle: Callable[[logging.LogRecord], None], lowest: int, first: int, take: Take, more: int
) -> Callable[[], None]:
    """Give all log records of level `lowest` and above to `handle` from now on; return the function that ends it.

    Those of level `first` and above are given to it before the handlers of logging see them, others after. Of records
    below level `more`, `take` takes the usual ones.
    """
    shown = Shown(lowest)
    root, before, lowered = shown.root, shown.before, shown.lowered
    call_handlers: Callable[[logging.Logger, logging.LogRecord], None] = logging.Logger.callHandlers

    def tell(what: str, error: Exception) -> None:
        # In the end the interpreter takes modules down: what they hold is None, also what would suppress that.
        try:
            complain(what, error)
        except Exception as failure:
            if failure is error:  # it is meant for the application
                raise

    def receive(logger: logging.Logger, record: logging.LogRecord) -> None:
        levelno, is_shown = record.levelno, True
        try:
            if record.exc_info:
                clean_record(record)
            is_shown = levelno >= before or root.level is not lowered or shown.to_handlers(logger)
            if levelno >= first:
                handle(record)
        except Exception as error:
            tell("A log record is not looked at", error)
        try:
            if is_shown:
                call_handlers(logger, record)
        except BaseException as error:
            try:  # noqa: SIM105
                step_aside(error)
            except Exception:  # noqa: S110  # as in `tell`
                pass
            raise
        finally:
            if lowest <= levelno < first:
                try:
                    if levelno >= more or take(record) is None:
                        handle(record)
                except Exception as error:
                    tell("A log record is not sent", error)

    # Where a handler fails, logging prints the stack up to the first frame that is none of its own.
    receive.__code__ = receive.__code__.replace(co_filename=logging.__file__)
    # Patched in the class as sentry-sdk's own integration does it: a handler would miss what does not propagate.
    undo = replace(logging.Logger, "callHandlers", lambda _: receive)

    def uninstall() -> None:
        nonlocal first, lowest
        first = lowest = sys.maxsize  # where it stays, records pass it as they are
        undo()
        shown.restore()

    return uninstall
