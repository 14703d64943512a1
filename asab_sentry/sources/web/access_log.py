"""What the log records of ASAB's web server mean."""

import contextlib
import contextvars
import logging
import re
import sys
from typing import Any

import sentry_sdk
from aiohttp.http_exceptions import HttpProcessingError

from ...sdk.other_setups import SERVER_LOG
from ..breadcrumbs import LogBreadcrumb

LOGGER = "asab.web"
"""Logger of ASAB's JsonExceptionMiddleware, and the mechanism of the exceptions of requests."""

ACCESS_LOG = "asab.web.al"

LOGGERS = frozenset({LOGGER, ACCESS_LOG, SERVER_LOG})

_uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch

_served: contextvars.ContextVar[Any] = contextvars.ContextVar("asab_sentry_request", default=None)


def serve(request: Any) -> None:
    """Note the request that the current task serves."""
    _served.set(request)


def served() -> Any:
    """Return the request that the current task serves, or None."""
    return _served.get()


def is_client_gone(error: BaseException, request: Any) -> bool:
    """Return whether the exception says no more than that the client of the request has closed the connection."""
    if not isinstance(error, ConnectionResetError):
        return False
    transport = getattr(request, "transport", None)
    return transport is None or transport.is_closing()


def is_event(record: logging.LogRecord, failed: frozenset[int]) -> bool | None:
    """Return whether a record of the web server is an event; None: its level decides, as for all others.

    No event is a line of the access log, an HTTP status that is not a failure of the service (`failed` holds those that
    are), and a client that went away or that does not speak HTTP.
    """
    if record.name == ACCESS_LOG:
        return False
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if _is_no_failure(record.name, error, failed):
        return False
    struct_data: Any = record.__dict__.get("_struct_data")
    status = struct_data.get("status") if issubclass(type(struct_data), dict) else None
    if record.name != LOGGER or record.levelno < logging.WARNING or status is None:
        return None
    # An exception that nobody handled is an error, whatever status it was turned into.
    if error is not None and record.levelno >= logging.ERROR:
        return None
    return issubclass(type(status), int) and status in failed


def _is_no_failure(logger: str, error: BaseException | None, failed: frozenset[int]) -> bool:
    if error is None:
        # aiohttp logs a TimeoutError without it, while it handles it: it has left a handler and is known.
        return logger == SERVER_LOG and served() is not None and isinstance(sys.exc_info()[1], TimeoutError)
    if logger == SERVER_LOG and isinstance(error, HttpProcessingError):
        return error.code not in failed
    return is_client_gone(error, served())


def ends_request(record: logging.LogRecord, *, is_event: bool) -> bool:
    """Return whether a record of the web server is the last of a request, so that no event of it comes after.

    That are the line of the access log, and the error that ASAB's JsonExceptionMiddleware answers with an id.
    """
    if served() is None:
        return False
    return record.name == ACCESS_LOG or (is_event and event_id(record.__dict__.get("_struct_data")) is not None)


def beside_headers(struct_data: Any) -> Any:
    """Return what ASAB's JsonExceptionMiddleware logs without the headers, which an event has of its request."""
    request = served()
    if request is None or not issubclass(type(struct_data), dict):
        return struct_data
    header = request.headers.get
    return {
        key: value
        for key, value in struct_data.items()
        if not (issubclass(type(key), str) and type(value) is str and header(key) == value)
    }


def add_trace(record: logging.LogRecord) -> None:
    """Add the trace id of the request to a line of the access log, by which its events and transaction are found."""
    struct_data: Any = record.__dict__.get("_struct_data")
    # The line is logged with or without it.
    with contextlib.suppress(Exception):
        if issubclass(type(struct_data), dict) and served() is not None:
            # A transaction continues the propagation context of its request, so both have one id.
            struct_data["trace_id"] = sentry_sdk.Scope.get_isolation_scope().get_active_propagation_context().trace_id


def event_id(struct_data: Any) -> str | None:
    """Return the id that the client was shown in the JSON of a failed request, as an event id."""
    shown = struct_data.get("uuid") if issubclass(type(struct_data), dict) else None
    return shown.replace("-", "") if type(shown) is str and _uuid(shown) else None


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
