"""Tracebacks as they are without this package."""

import sys


def step_aside(error: BaseException) -> None:
    """Take the frame that handles an exception, and is about to raise it again by `raise`, out of its traceback."""
    traceback = sys.exc_info()[2]
    if traceback is not None and traceback.tb_frame is sys._getframe(1):  # noqa: SLF001  # as logging itself does
        # Not by setting `__traceback__`: an exception may be a frozen dataclass.
        BaseException.with_traceback(error, traceback.tb_next)
