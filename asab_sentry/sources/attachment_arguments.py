"""What an application attaches by hand: data with a name, or the path of a file that is read when the event is made."""

import os
from typing import Any

from sentry_sdk.attachments import Attachment

from ..objects import json_values
from ..objects.kinds import name_of

MAX_NAME = 200
"""Longest name of a file."""

MOST = 50
"""Attachments of one capture, at most."""

ACCEPTS = "accepted are bytes with a name, and the path of a file"


def attachment(data_or_path: Any, filename: Any = None, content_type: Any = None) -> Attachment:
    """Return an attachment; raise ValueError with a sentence about what cannot be one."""
    kind = type(data_or_path)
    name = json_values.text(filename, MAX_NAME) if issubclass(type(filename), str) else ""
    if issubclass(kind, (bytes, bytearray, memoryview)):
        if not name:
            raise ValueError(f"data without a name; {ACCEPTS}")
        return Attachment(bytes=bytes(data_or_path), filename=name, content_type=_text(content_type))
    if issubclass(kind, (str, os.PathLike)) and (path := os.fspath(data_or_path)) and isinstance(path, str):
        # Absolute, as the process may change its directory.
        return Attachment(
            path=os.path.abspath(path),  # noqa: PTH100  # it is a text to begin with
            filename=name or json_values.text(os.path.basename(path), MAX_NAME),  # noqa: PTH119
            content_type=_text(content_type),
        )
    raise ValueError(f"{name_of(kind)}; {ACCEPTS}")


def attachments(values: Any) -> list[Attachment]:
    """Return the attachments of one capture: of paths, and of tuples of data or path, name and content type."""
    if not issubclass(type(values), (list, tuple)):
        raise ValueError("it must be a list of paths and of tuples of data, name and content type")  # noqa: TRY004
    return [
        attachment(*value[:3]) if issubclass(type(value), tuple) and value else attachment(value)
        for value in values[:MOST]
    ]


def _text(content_type: Any) -> str | None:
    return json_values.text(content_type, MAX_NAME) if issubclass(type(content_type), str) else None
