"""Records of loguru, of which the logging of Python knows nothing: events from ERROR, breadcrumbs from INFO.

In sentry-sdk 2 the integration of loguru is on where that is installed. In 3 it is not; it makes no events by itself,
and a log item of each record.
"""

import logging

from sentry_sdk.integrations import Integration

from .version import THREE

IS_TO_BE_NAMED = THREE


def integration() -> Integration:
    """Return the integration; raise DidNotEnable where there is no loguru that it works with."""
    from sentry_sdk.integrations.loguru import LoguruIntegration  # noqa: PLC0415  # it imports loguru

    return LoguruIntegration(level=None, event_level=logging.ERROR)
