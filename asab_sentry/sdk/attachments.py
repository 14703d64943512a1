"""Attachments of the installed version: transactions, which may have some, are gone in sentry-sdk 3."""

import logging
from collections.abc import Callable
from typing import Any

from sentry_sdk.attachments import Attachment
from sentry_sdk.envelope import Envelope, Item, PayloadRef

from ..runtime.diagnostics import reason, say
from .version import THREE

Pause = Callable[[], object]
Made = tuple[bytes, str | None]
"""A content, and its type where the name of the file tells none."""


class Later(PayloadRef):
    """A payload that is made when it is first asked for, of a text of about `size` bytes.

    What cannot be made is None, and never what it was to be made of.
    """

    def __init__(self, make: Callable[[Pause], Made], size: int) -> None:
        super().__init__()
        self._make: Callable[[Pause], Made] | None = make
        self.size = size
        self.content_type: str | None = None

    def made(self, pause: Pause = bool) -> bytes | None:
        """Return the content; None where it could not be made, which is said. `pause` is called between its parts."""
        make = self._make
        if make is not None:
            try:
                self.bytes, self.content_type = make(pause)
            except Exception as error:
                say(logging.ERROR, f"A file is not attached to an event ({reason(error)})", exc_info=True)
            self._make = None
        return self.bytes

    def get_bytes(self) -> bytes:
        """Return the content; nothing where it could not be made."""
        return self.made() or b""

    @property
    def is_made(self) -> bool:
        """Whether it was asked for."""
        return self._make is None


class Cleaned(Attachment):
    """An attachment such as may leave, whose content is cleaned when it is first asked for."""

    def __init__(self, payload: Later, **facts: Any) -> None:
        super().__init__(bytes=payload.get_bytes, **facts)
        self.payload = payload

    def to_envelope_item(self) -> Item:
        """Return an item whose content is not made yet, unless it was."""
        return LaterItem(self.payload, self.content_type, self.filename or "")


class LaterItem(Item):
    """The item of an attachment, whose headers tell the type of its content once that is made."""

    payload: Later

    def __init__(self, payload: Later, content_type: str | None, filename: str) -> None:
        super().__init__(payload, type="attachment", content_type=content_type, filename=filename)
        self.has_type = content_type is not None

    def get_bytes(self) -> bytes:
        """Return the content."""
        content = self.payload.get_bytes()
        if not self.has_type and self.payload.content_type is not None:
            self.headers["content_type"] = self.payload.content_type
        return content


def cleaned_later(attachment: Any, payload: Later, name: str) -> Cleaned:
    """Return an attachment of this content and name that is for the same events as another one."""
    facts = {} if THREE else {"add_to_transactions": attachment.add_to_transactions}
    return Cleaned(payload, filename=name, content_type=attachment.content_type, **facts)


def items_made_later(envelope: Envelope) -> list[LaterItem]:
    """Return the items of an envelope whose contents are to be made yet."""
    return [item for item in envelope.items if isinstance(item, LaterItem) and not item.payload.is_made]


def is_missing(item: Item) -> bool:
    """Return whether the content of an item could not be made."""
    return isinstance(item, LaterItem) and item.payload.made() is None
