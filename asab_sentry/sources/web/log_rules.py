"""What the log records of the web server mean: of ASAB's middleware, of its access log and of aiohttp itself."""

import contextlib
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import sentry_sdk

from ...objects import json_values
from ...pipeline.grouping import Issue, has_own_lines, with_part
from ...pipeline.log_breadcrumbs import Event, LogBreadcrumb
from ...pipeline.scrubbing import request_data
from ...sdk.other_setups import SERVER_LOG
from .. import breadcrumbs, record_facts
from ..record_rules import Rule
from . import served

WEB_LOGGER = "asab.web"
"""Logger of ASAB's JsonExceptionMiddleware, and the mechanism of the exceptions of requests."""

ACCESS_LOG = "asab.web.al"

NO_HEADERS = frozenset({"uuid", "path", "status", "method", "exception"})
"""What it logs beside the headers of a request, and what a breadcrumb has beside that."""

_uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch


def rules(failed: frozenset[int], *, pii: bool) -> dict[str, Rule]:
    """Return the rules, by the names of the loggers.

    `failed` holds the HTTP statuses that are errors; `pii`: whether personal data may be shown.
    """
    return {WEB_LOGGER: Middleware(failed, pii=pii), ACCESS_LOG: AccessLog(), SERVER_LOG: Server(failed)}


class AccessLog(Rule):
    """A line for each request: a breadcrumb of its own kind, and of nothing that comes after."""

    log_keys = ("method", "url", "status_code")

    def is_event(self, record: logging.LogRecord) -> bool:  # noqa: ARG002  # none is
        """Return that it is none."""
        return False

    def has_breadcrumb(self, record: logging.LogRecord, *, is_event: bool) -> bool:  # noqa: ARG002  # none is
        """Return whether it is about another request than the one that is served, which ends with it."""
        return served.current() is None

    def breadcrumb(self, record: logging.LogRecord) -> LogBreadcrumb:
        """Return method, path, status and duration in seconds."""
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


def trace_access_log() -> Callable[[], None]:
    """Add to each line of the access log the trace id of its request, by which its events and transaction are found.

    Return the function that ends it.
    """
    logger = logging.getLogger(ACCESS_LOG)
    logger.addFilter(_add_trace)
    return lambda: logger.removeFilter(_add_trace)


def _add_trace(record: logging.LogRecord) -> bool:
    struct_data: Any = record.__dict__.get("_struct_data")
    # The line is logged with or without it.
    with contextlib.suppress(Exception):
        if issubclass(type(struct_data), dict) and served.current() is not None:
            # A transaction continues the propagation context of its request, so both have one id.
            struct_data["trace_id"] = sentry_sdk.Scope.get_isolation_scope().get_active_propagation_context().trace_id
    return True


class Middleware(Rule):
    """ASAB's JsonExceptionMiddleware logs what handlers raise: an HTTP status, or an exception that nobody handled."""

    is_machinery = True

    def __init__(self, failed: frozenset[int], *, pii: bool) -> None:
        self._failed = failed
        self._pii = pii

    def is_event(self, record: logging.LogRecord) -> bool | None:
        """Return that an HTTP status is none unless it is a failure of the service, nor a client that went away."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if error is not None and served.is_client_gone(error, served.current()):
            return False
        struct_data: Any = record.__dict__.get("_struct_data")
        status = struct_data.get("status") if issubclass(type(struct_data), dict) else None
        if record.levelno < logging.WARNING or status is None:
            return None
        # An exception that nobody handled is an error, whatever status it was turned into.
        if error is not None and record.levelno >= logging.ERROR:
            return None
        return issubclass(type(status), int) and status in self._failed

    def has_breadcrumb(self, record: logging.LogRecord, *, is_event: bool) -> bool:
        """Return whether the request goes on: it does not after an error that is answered with an id."""
        is_last = is_event and event_id(record.__dict__.get("_struct_data")) is not None
        return not is_last or served.current() is None

    def breadcrumb(self, record: logging.LogRecord) -> LogBreadcrumb:
        """Return its breadcrumb, with those headers that may be shown."""
        crumb = breadcrumbs.made_of(record)
        if "data" in crumb:
            crumb["data"] = self.shown(crumb["data"])
        return crumb

    def shown(self, struct_data: dict[str, Any]) -> dict[str, Any]:
        """Return what is logged; of the headers of the request only those that say nothing of who sends them."""
        if self._pii:
            return struct_data
        return {
            name: value if _may_be_shown(name) else request_data.blank(value) for name, value in struct_data.items()
        }

    def complete(self, event: Event, struct_data: Any) -> Any:
        """Give the event the id that the client was shown; return what is logged without what the request has, too."""
        if event_id_shown := event_id(struct_data):
            event["event_id"] = event_id_shown
        request = served.current()
        if request is not None and issubclass(type(struct_data), dict):
            header = request.headers.get
            struct_data = {
                key: value
                for key, value in struct_data.items()
                if not (issubclass(type(key), str) and type(value) is str and header(key) == value)
            }
        plain = json_values.plain_copy(struct_data)
        return self.shown(record_facts.struct_data(struct_data, json_values.CONTEXT) if plain is None else plain)


def _may_be_shown(name: Any) -> bool:
    return type(name) is str and (name in NO_HEADERS or request_data.is_harmless(name))


def event_id(struct_data: Any) -> str | None:
    """Return the id that the client was shown in the JSON of a failed request, as an event id."""
    shown = struct_data.get("uuid") if issubclass(type(struct_data), dict) else None
    return shown.replace("-", "") if type(shown) is str and _uuid(shown) else None


def _status_of(error: BaseException) -> int | None:
    """Return the status by which aiohttp answers what is no HTTP; None: it is something else."""
    module = sys.modules.get("aiohttp.http_exceptions")
    is_no_http = module is not None and isinstance(error, module.HttpProcessingError)
    return error.code if is_no_http else None  # type: ignore[attr-defined]


class Server(Rule):
    """aiohttp's server logs what leaves a handler, what a handler returns instead of an answer, and what is no HTTP."""

    is_machinery = True
    shows_template = False  # the address of the client is put into it

    def __init__(self, failed: frozenset[int]) -> None:
        self._failed = failed

    def is_event(self, record: logging.LogRecord) -> bool | None:
        """Return that none are a client that does not speak HTTP or went away, and what is known already."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        request = served.current()
        if error is None:
            # aiohttp logs a TimeoutError without it, while it handles it: it has left a handler and is known.
            is_none = request is not None and isinstance(sys.exc_info()[1], TimeoutError)
        elif (status := _status_of(error)) is not None:
            is_none = status not in self._failed
        else:
            is_none = served.is_client_gone(error, request)
        return False if is_none else None

    def issue(self, issue: Issue, error: BaseException) -> Issue:
        """Return, where an exception came through no line of the application, the issue of it in the route."""
        request = served.current()
        if request is None or issue.fingerprint or has_own_lines(error):
            return issue
        from .request import name_of  # noqa: PLC0415  # it imports aiohttp, which is there if a request is

        return with_part(issue, name_of(request))
