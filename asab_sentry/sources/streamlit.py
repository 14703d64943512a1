"""Streamlit: exceptions of scripts, which it shows and prints itself, are events without a call in the script."""

import sys
from collections.abc import Callable
from typing import Any

from ..patches import replace
from .capture import Capture

MODULE = "streamlit.error_util"

LOG = "_log_uncaught_app_exception"
"""The function there that tells the console of an exception, by a log record or by rich, whatever the browser shows."""


def install(capture: Capture) -> Callable[[], None]:
    """Capture them from now on, where Streamlit runs the process; return the function that ends it."""
    module = sys.modules.get(MODULE)
    if not callable(getattr(module, LOG, None)):
        return lambda: None

    def make(log: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def tell(error: Any) -> Any:
            if isinstance(error, Exception):
                capture.unhandled(error, "streamlit")
            return log(error)

        return tell

    return replace(module, LOG, make)
