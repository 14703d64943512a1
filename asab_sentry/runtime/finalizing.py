"""What is captured while the interpreter finalizes: by then the modules are out of `sys.modules`."""

import collections
import copyreg
import io
import os
import sys
import time
import tokenize

LATE = {
    "_io": sys.modules["_io"],  # by `linecache`, for source lines
    "collections": collections,  # by `ast.walk`, for the source of a message
    "copyreg": copyreg,  # by `copy.deepcopy`
    "io": io,  # by `open`
    "os": os,  # by `linecache` of Python 3.13
    "sys": sys,
    "time": time,  # by `strftime`, for the date of an event
    "tokenize": tokenize,  # by `linecache`, for source lines
}
"""What the standard library imports while an event is made: by whom and for what."""


def keep_modules() -> None:
    """Put back what is imported late, if the interpreter finalizes."""
    if sys.is_finalizing():
        for name, module in LATE.items():
            if sys.modules.get(name) is None:
                sys.modules[name] = module
