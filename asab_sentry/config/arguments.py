"""Options that code gives by name: the text that one would write for a value."""

import datetime
import os
import re
from collections.abc import Callable
from typing import Any

from ..objects.kinds import name_of

WAYS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "yes" if value else "no",
    str: str.__str__,
    int: str,
    float: str,
    datetime.timedelta: lambda value: str(value.total_seconds()),
    os.PathLike: os.fsdecode,
    re.Pattern: lambda value: str(value.pattern),
    type: lambda value: f"{value.__module__}.{value.__qualname__}".removeprefix("builtins."),
}
"""How values are written, by their types; of a number that is a truth value the first holds."""


def text_of(value: Any, *, is_of_lines: bool = False) -> str:
    """Return the text of a value; raise ValueError where there is none.

    Args:
        value: A text, number, truth value, time, path, regular expression or class; or a list, tuple or set of them.
        is_of_lines: Whether one value in a list may be of several words.
    """
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_single(part) for part in value]
        for part in parts:
            if not is_of_lines and len(part.split()) > 1:
                raise ValueError(f"{part[:100]!r} has white space in it")
        return "\n".join(parts)
    return _single(value)


def _single(value: Any) -> str:
    try:
        return next(write(value) for kind, write in WAYS.items() if isinstance(value, kind))
    except Exception:  # it may be anybody's
        raise ValueError(f"{name_of(type(value))} is not accepted") from None
