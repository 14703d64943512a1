"""What an application attaches by hand: data with a name, or the path of a file that is read when the event is made."""

import errno
import logging
import os
from collections.abc import Callable
from typing import Any

from sentry_sdk.attachments import Attachment

from ..objects import json_values
from ..objects.kinds import name_of
from ..runtime.diagnostics import reason, say

MAX_NAME = 200
"""Longest name of a file."""

MOST = 50
"""Attachments of one capture, and of one unit of work, at most."""

LONGEST_PATH = 65_536
"""Characters of a path, of which Linux takes 4096; to look at a longer one takes as long as it is."""

ACCEPTS = "accepted are bytes with a name, and the path of a file"


def attachment(data_or_path: Any, filename: Any = None, content_type: Any = None) -> Attachment:
    """Return an attachment; raise ValueError with a sentence about what cannot be one."""
    kind = type(data_or_path)
    name = json_values.text(filename, MAX_NAME) if issubclass(type(filename), str) else ""
    if issubclass(kind, (bytes, bytearray, memoryview)):
        if not name:
            raise ValueError(f"data without a name; {ACCEPTS}")
        # Not as `bytes()` does, which asks a subclass; most need no copy.
        content = data_or_path if kind is bytes else _asked(lambda data: memoryview(data).tobytes(), data_or_path)
        return Attachment(bytes=content, filename=name, content_type=_text(content_type))
    path = _asked(_path, data_or_path) if issubclass(kind, (str, os.PathLike)) else None
    if not path:
        raise ValueError(f"{name_of(kind)}; {ACCEPTS}")
    return Attachment(
        path=path,
        filename=name or json_values.text(os.path.basename(path), MAX_NAME),  # noqa: PTH119  # it is a text
        content_type=_text(content_type),
    )


def attachments(values: Any) -> list[Attachment]:
    """Return the attachments of one capture: of paths, and of tuples of data or path, name and content type.

    Says which cannot be one; raises ValueError where none can be.
    """
    if not issubclass(type(values), (list, tuple)):
        raise ValueError("it must be a list of paths and of tuples of data, name and content type")  # noqa: TRY004
    if len(values) > MOST:
        say(logging.ERROR, f"A capture takes {MOST} attachments; what is more than that is not attached")
    made = []
    for value in values[:MOST]:
        try:
            is_tuple = issubclass(type(value), tuple) and value
            made.append(attachment(*value[:3]) if is_tuple else attachment(value))
        except ValueError as error:
            say(logging.ERROR, f"A capture takes no {error}; it is not attached")
    return made


def _asked(convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        return convert(value)
    except Exception as error:
        raise ValueError(f"{name_of(type(value))} that fails ({reason(error)}); {ACCEPTS}") from None


def _path(path: Any) -> str | None:
    """Return an absolute path, as the process may change its directory; None where it is empty or no text."""
    path = os.fspath(path)
    text = str.__str__(path) if isinstance(path, str) else ""
    if len(text) > LONGEST_PATH:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    return os.path.abspath(text) if text else None  # noqa: PTH100  # it is a text to begin with


def _text(content_type: Any) -> str | None:
    return json_values.text(content_type, MAX_NAME) if issubclass(type(content_type), str) else None
