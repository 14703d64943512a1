"""What is lost before it reaches the transport, counted where the server is told of it."""

from typing import Any

import sentry_sdk

NOT_MADE = "internal_sdk_error"
"""The reason for which events are lost that could not be made."""


def count_lost(reason: str, *categories: Any) -> None:
    """Count one of each category that is not to be; reasons and categories are those of Sentry's client reports."""
    transport = sentry_sdk.get_client().transport
    if transport is not None:
        for category in categories:
            transport.record_lost_event(reason, data_category=category)
