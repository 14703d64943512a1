"""Web requests of `asab.web`: the errors and transactions of all of them.

A request costs little until something happens: it gets a scope of its own and leaves a reference to itself there.
What it was is looked at when an event or a sampled transaction needs it (`request.py`). sentry-sdk's own integration
does all of that for each request; only its part for outgoing requests is used.
"""

import asyncio
import contextlib
import functools
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp.web
import sentry_sdk
from aiohttp.web import HTTPException

from ...config.options import Options
from ...patches import replace
from ...runtime.guards import attempt, complain
from ...sdk import traces
from ...sdk.spans import spans
from ..asab import callers
from ..capture import Capture
from ..health import Begun, Health, begin
from ..tracebacks import step_aside
from ..work import measured, scopes, tracing
from . import log_rules, served
from .request import BODY_SIZES, Describe, name_of, name_transaction, title_of

CLIENT_CLOSED_REQUEST = 499

_WATCHED = "__asab_sentry_watched__"


class Requests:
    """The requests of all web containers of the process, those of today and those that are added later."""

    def __init__(self, options: Options, capture: Capture, health: Health) -> None:
        self._capture = capture
        self._health = health
        self._failed = options.failed_request_status_codes
        self._pii = options.send_default_pii
        self._body = BODY_SIZES[options.max_request_body_size]
        self._is_traced = options.is_traced
        self._rate = options.drawn_rate
        self._ignored = re.compile("|".join(options.ignore_transactions) or r"(?!)")

    def install(self) -> Callable[[], None]:
        """Take part in all requests from now on; return the function that ends it."""
        requests = self

        # Both return coroutines and are none themselves, so they are not in the traceback of what fails.

        def make_handle(handle: Any) -> Any:
            def handle_request(self: aiohttp.web.Application, request: aiohttp.web.Request) -> Any:
                if served.current() is request:  # the application is a part of one that got here before
                    return handle(self, request)
                return requests.handle(functools.partial(handle, self), request)

            return handle_request

        def make_startup(startup: Any) -> Any:
            def start(self: aiohttp.web.Application) -> Any:
                requests._health.has_units = True
                attempt("Handlers of requests are not watched", requests.watch_handlers, self)
                return startup(self)

            return start

        undo = contextlib.ExitStack()
        # Private, but there all requests pass, whatever middlewares there are; sentry-sdk does the same.
        undo.callback(replace(aiohttp.web.Application, "_handle", make_handle))
        undo.callback(replace(aiohttp.web.Application, "startup", make_startup))
        undo.callback(log_rules.trace_access_log())
        return undo.close

    async def handle(self, handler: Callable[[Any], Any], request: aiohttp.web.Request) -> Any:
        """Handle a request, which has a task of its own, as a unit of work."""
        __tracebackhide__ = True
        begun = begin() if self._health.is_on else None
        try:
            try:
                work = self._begin(handler, request)
            except Exception as error:
                complain("A request is not watched", error)
                work = handler(request)
            response = await work
        except BaseException as error:
            if begun is not None:
                attempt(_UNCOUNTED, self._count, begun, request, error)
            step_aside(error)
            raise
        if begun is not None:
            attempt(_UNCOUNTED, self._count, begun, request, response)
        return response

    def _count(self, begun: Begun, request: aiohttp.web.Request, end: Any) -> None:
        def route() -> str | None:
            # A web socket is open for as long as both want it.
            is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
            return None if is_socket or self._ignored.match(title_of(request)) else name_of(request)

        self._health.count_request(begun, _status_of(end, request), route)

    def _begin(self, handler: Callable[[Any], Any], request: aiohttp.web.Request) -> Awaitable[Any]:
        scopes.enter()
        scope = sentry_sdk.Scope.get_isolation_scope()
        scope.clear_breadcrumbs()
        called = title_of(request)
        scope.add_event_processor(Describe(request, called, pii=self._pii, body=self._body))  # type: ignore[arg-type]
        served.begin(request)
        incoming = traces.continued(scope, _trace_headers(request)) if "sentry-trace" in request.headers else None
        if self._is_traced:
            may_be, number = tracing.decide(self._rate, incoming)
            if may_be and not self._ignored.match(called):
                return self._trace(handler, request, called, number)
            tracing.leave_out(scope, incoming)
        elif incoming is None:
            traces.begin(scope)
        # Also without tracing, as sentry-sdk does it.
        spans.place(sentry_sdk.Scope.get_current_scope(), spans.Nothing(called, "url"))
        return self._watch(handler, request)

    async def _trace(
        self, handler: Callable[[Any], Any], request: aiohttp.web.Request, called: str, number: float | None
    ) -> Any:
        __tracebackhide__ = True
        facts = {"aiohttp_request": request, "method": request.method, "path": request.path}
        with measured.Request(called, number, facts, _trace_headers(request)) as span:
            try:
                response = await self._watch(handler, request)
            except BaseException as error:
                attempt(_UNTOLD, _tell, span, request, error)
                raise
            attempt(_UNTOLD, _tell, span, request, response)
            return response

    async def _watch(self, handler: Callable[[Any], Any], request: aiohttp.web.Request) -> Any:
        __tracebackhide__ = True
        try:
            return await handler(request)
        except Exception as error:
            attempt("The exception of a request is not sent", self._capture_failure, error, request)
            raise

    def _capture_failure(self, error: Exception, request: aiohttp.web.Request) -> None:
        is_failure = (
            error.status in self._failed
            if isinstance(error, HTTPException)
            else not served.is_client_gone(error, request)
        )
        if is_failure:
            self._capture.unhandled(error, log_rules.WEB_LOGGER)

    def watch_handlers(self, application: aiohttp.web.Application) -> None:
        """Let the handlers of an application note tenant and user when they fail: ASAB forgets them before it logs.

        And let them name the transaction when they begin, before others are told of it.
        """
        for route in application.router.routes():
            handler = route.handler
            if inspect.iscoroutinefunction(handler) and not hasattr(handler, _WATCHED):
                route._handler = self._noting(handler)  # noqa: SLF001  # as ASAB's own wrappers do

    def _noting(self, handler: Any) -> Any:
        @functools.wraps(handler)
        async def noting(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True  # from events, as sentry-sdk hides its own frames
            if self._is_traced:
                attempt("A transaction is not named by its route", _name_current)
            try:
                return await handler(*args, **kwargs)
            except BaseException as error:
                if isinstance(error, Exception):
                    attempt("An exception has no tenant and user", self._keep_caller, error)
                step_aside(error)
                raise

        setattr(noting, _WATCHED, True)
        return noting

    def _keep_caller(self, error: Exception) -> None:
        callers.keep(sentry_sdk.Scope.get_isolation_scope(), error, pii=self._pii)


_UNTOLD = "A transaction is not told how its request ended"
_UNCOUNTED = "A request is not counted"


def _tell(span: Any, request: aiohttp.web.Request, end: Any) -> None:
    name_transaction(span, request)
    spans.tell_status(span, _status_of(end, request))


def _status_of(end: Any, request: aiohttp.web.Request) -> int:
    """Return the status of a response, or the one that a request gets which an exception has ended."""
    if not isinstance(end, BaseException):
        status: Any = getattr(end, "status", None)
        return status if isinstance(status, int) else 500
    if isinstance(end, HTTPException):
        return end.status
    if isinstance(end, TimeoutError):
        return 504  # aiohttp's answer
    is_gone = isinstance(end, asyncio.CancelledError) or served.is_client_gone(end, request)
    return CLIENT_CLOSED_REQUEST if is_gone else 500


def _name_current() -> None:
    request = served.current()
    if request is not None:
        name_transaction(sentry_sdk.Scope.get_current_scope().span, request)


def isolate() -> Callable[[], None]:
    """Let each request be a unit of work, and no more; return the function that ends it."""

    def make(handle: Any) -> Any:
        @functools.wraps(handle)
        async def handle_request(self: aiohttp.web.Application, request: aiohttp.web.Request) -> Any:
            __tracebackhide__ = True
            attempt("A request has no scope of its own", scopes.enter)
            try:
                return await handle(self, request)
            except BaseException as error:
                step_aside(error)
                raise

        return handle_request

    return replace(aiohttp.web.Application, "_handle", make)


def _trace_headers(request: aiohttp.web.Request) -> dict[str, str]:
    return {name: request.headers[name] for name in ("sentry-trace", "baggage") if name in request.headers}
