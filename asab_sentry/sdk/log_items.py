"""Structured logs of sentry-sdk, whose attributes are what they are to be."""

from typing import Any

import sentry_sdk

PARAMETER = "sentry.message.parameter."
"""The attributes that are arguments of the message begin so."""

SEVERITIES = {
    "debug": ("debug", 5),
    "info": ("info", 9),
    "warning": ("warn", 13),
    "error": ("error", 17),
    "fatal": ("fatal", 21),
}
"""Text and number of a level of Sentry in a log, as OpenTelemetry has them."""


def capture(level: str, text: str, attributes: dict[str, Any], moment: int) -> None:
    """Send a log of a level of Sentry with the scope and the trace of now; `moment` in nanoseconds since 1970.

    Attributes are texts, finite numbers and truth values, and belong to the log from then on.
    """
    severity, number = SEVERITIES[level]
    # Private, as sentry-sdk's integration of logging does it: `sentry_sdk.logger` looks at each attribute again, and
    # takes the time of now.
    sentry_sdk.get_current_scope()._capture_log(  # noqa: SLF001
        {
            "severity_text": severity,
            "severity_number": number,
            "attributes": attributes,
            "body": text,
            "time_unix_nano": moment,
            "trace_id": None,
            "span_id": None,
        }
    )
