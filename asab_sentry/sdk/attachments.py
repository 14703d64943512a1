"""Attachments of the installed version: transactions, which may have some, are gone in sentry-sdk 3."""

from typing import Any

from sentry_sdk.attachments import Attachment

from .version import THREE


def remake(attachment: Any, content: bytes, name: str, content_type: str | None) -> Attachment:
    """Return an attachment of this content and name that is for the same events as another one."""
    if THREE:
        return Attachment(bytes=content, filename=name, content_type=content_type)
    return Attachment(content, name, content_type=content_type, add_to_transactions=attachment.add_to_transactions)
