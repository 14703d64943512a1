"""Web requests of `asab.web`: what its log records mean."""

import logging
import uuid
from typing import Any

from .breadcrumbs import LogBreadcrumb

LOGGER = "asab.web"
"""Logger of ASAB's JsonExceptionMiddleware."""

ACCESS_LOG = "asab.web.al"


def is_no_event(record: logging.LogRecord) -> bool:
    """Return whether the record is a line of the access log, or about an HTTP status below 500, the client's fault."""
    if record.name == ACCESS_LOG:
        return True
    status = getattr(record.msg, "status", None)
    return record.name == LOGGER and isinstance(status, int) and status < 500


def event_id(struct_data: Any) -> str | None:
    """Return the id that the client was shown in the JSON of a failed request, as an event id."""
    try:
        return uuid.UUID(struct_data["uuid"]).hex
    except (LookupError, TypeError, ValueError, AttributeError):
        return None


def breadcrumb(record: logging.LogRecord) -> LogBreadcrumb:
    """Return the breadcrumb of a line of the access log: method, path, status and duration in seconds."""
    line: dict[str, Any] = record.__dict__.get("_struct_data") or {}
    return LogBreadcrumb(
        type="http",
        level="info",
        category=ACCESS_LOG,
        timestamp=record.created,
        data={
            "method": str(line.get("al.m")),
            "url": str(line.get("al.p"))[:1024],
            "status_code": line.get("al.c"),
            "duration": line.get("D"),
        },
    )
