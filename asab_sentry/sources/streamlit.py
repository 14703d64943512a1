"""Streamlit: exceptions of scripts, which it shows and prints itself, are events without a call in the script."""

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from ..patches import replace
from ..runtime.imports import when_imported
from .capture import Capture

MODULE = "streamlit.error_util"

LOG = "_log_uncaught_app_exception"
"""The function there that tells the console of an exception, by a log record or by rich, whatever the browser shows."""


def install(capture: Capture) -> Callable[[], None]:
    """Capture them from now on; return the function that ends it."""
    undo = contextlib.ExitStack()

    def make(log: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def tell(error: Any) -> Any:
            if isinstance(error, Exception):
                capture.unhandled(error, "streamlit")
            return log(error)

        return tell

    undo.callback(when_imported(MODULE, lambda: undo.callback(replace(sys.modules[MODULE], LOG, make))))
    return undo.close
