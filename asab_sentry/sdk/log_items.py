"""Structured logs of sentry-sdk, whose attributes are what they are to be."""

from typing import Any

import sentry_sdk

Severity = tuple[str, int]
"""Level and number of a log, as OpenTelemetry has them."""

DEBUG: Severity = ("debug", 5)
INFO: Severity = ("info", 9)
WARNING: Severity = ("warn", 13)
ERROR: Severity = ("error", 17)
FATAL: Severity = ("fatal", 21)


def capture(severity: Severity, text: str, attributes: dict[str, Any], moment: int) -> None:
    """Send a log with the scope and the trace of now; `moment` in nanoseconds since 1970.

    Attributes are texts, finite numbers and truth values, and belong to the log from then on.
    """
    # Private, as sentry-sdk's integration of logging does it: `sentry_sdk.logger` looks at each attribute again, and
    # takes the time of now.
    sentry_sdk.get_current_scope()._capture_log(  # noqa: SLF001
        {
            "severity_text": severity[0],
            "severity_number": severity[1],
            "attributes": attributes,
            "body": text,
            "time_unix_nano": moment,
            "trace_id": None,
            "span_id": None,
        }
    )
