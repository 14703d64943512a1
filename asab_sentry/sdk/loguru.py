"""Records of loguru, of which the logging of Python knows nothing: events from ERROR, breadcrumbs from INFO.

In sentry-sdk 2 the integration of loguru is on where that is installed. In 3 it is not; it makes no events by itself,
and a log item of each record.
"""

import logging
from collections.abc import Iterator

from sentry_sdk.integrations import DidNotEnable, Integration

from .version import THREE


def integrations() -> Iterator[Integration]:
    """Yield the integration, where it is to be named and loguru is installed."""
    if not THREE:
        return
    try:
        from sentry_sdk.integrations.loguru import LoguruIntegration  # noqa: PLC0415  # it imports loguru
    except (DidNotEnable, ImportError):
        return
    yield LoguruIntegration(level=None, event_level=logging.ERROR)
