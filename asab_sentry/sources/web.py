"""Web requests of `asab.web`: the errors and transactions of all of them.

A request costs little until something happens: it gets a scope of its own and leaves a reference to itself there.
What it was is looked at when an event or a sampled transaction needs it (`request.py`). sentry-sdk's own integration
does all of that for each request; only its part for outgoing requests is used.
"""

import asyncio
import functools
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp.web
import sentry_sdk
from aiohttp.web import HTTPException

from ..options import Options
from ..replaced import replace
from ..sdk import traces
from ..sdk.spans import spans
from . import callers, measured, scopes, tracing, weblog
from .capture import Capture
from .request import BODY_SIZES, Describe, name_transaction, title
from .tracebacks import step_aside

CLIENT_CLOSED_REQUEST = 499

_WATCHED = "__asab_sentry_watched__"


class Requests:
    """The requests of all web containers of the process, those of today and those that are added later."""

    def __init__(self, options: Options, capture: Capture) -> None:
        self._capture = capture
        self._failed = options.failed_request_status_codes
        self._pii = options.send_default_pii
        self._body = BODY_SIZES[options.max_request_body_size]
        self._is_traced = options.traces_sample_rate is not None or options.traces_sampler is not None
        self._rate = options.traces_sample_rate if options.traces_sampler is None else None
        self._ignored = re.compile("|".join(options.ignore_transactions) or r"(?!)")

    def install(self) -> Callable[[], None]:
        """Take part in all requests from now on; return the function that ends it."""
        application = aiohttp.web.Application
        # Private, but there all requests pass, whatever middlewares there are; sentry-sdk does the same.
        handle, startup = application._handle, application.startup  # noqa: SLF001
        requests = self

        def handle_request(self: aiohttp.web.Application, request: aiohttp.web.Request) -> Any:
            if weblog.served() is request:  # the application is a part of one that got here before
                return handle(self, request)
            return requests.handle(functools.partial(handle, self), request)

        def start(self: aiohttp.web.Application) -> Any:
            requests.watch_handlers(self)
            return startup(self)

        # Both return coroutines and are none themselves, so they are not in the traceback of what fails.
        application._handle = handle_request  # type: ignore[method-assign]  # noqa: SLF001
        application.startup = start  # type: ignore[method-assign]

        def uninstall() -> None:
            application._handle, application.startup = handle, startup  # type: ignore[method-assign]  # noqa: SLF001

        return uninstall

    async def handle(self, handler: Callable[[Any], Any], request: aiohttp.web.Request) -> Any:
        """Handle a request, which has a task of its own, as a unit of work."""
        __tracebackhide__ = True
        try:
            return await self._handle(handler, request)
        except BaseException as error:
            step_aside(error)
            raise

    def _handle(self, handler: Callable[[Any], Any], request: aiohttp.web.Request) -> Awaitable[Any]:
        scopes.enter()
        scope = sentry_sdk.Scope.get_isolation_scope()
        scope.clear_breadcrumbs()
        called = title(request)
        scope.add_event_processor(Describe(request, called, pii=self._pii, body=self._body))  # type: ignore[arg-type]
        weblog.serve(request)
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
            status = 500
            try:
                response = await self._watch(handler, request)
                status = getattr(response, "status", status)
            except HTTPException as error:
                status = error.status
                raise
            except asyncio.CancelledError:
                status = CLIENT_CLOSED_REQUEST
                raise
            except TimeoutError:
                status = 504  # aiohttp's answer
                raise
            except ConnectionResetError as error:
                if weblog.is_client_gone(error, request):
                    status = CLIENT_CLOSED_REQUEST
                raise
            finally:
                name_transaction(span, request)
                spans.tell_status(span, status)
            return response

    async def _watch(self, handler: Callable[[Any], Any], request: aiohttp.web.Request) -> Any:
        __tracebackhide__ = True
        try:
            return await handler(request)
        except HTTPException as error:
            if error.status in self._failed:
                self._capture.unhandled(error, weblog.LOGGER)
            raise
        except Exception as error:
            if not weblog.is_client_gone(error, request):
                self._capture.unhandled(error, weblog.LOGGER)
            raise

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
            if self._is_traced and (request := weblog.served()) is not None:
                name_transaction(sentry_sdk.Scope.get_current_scope().span, request)
            try:
                return await handler(*args, **kwargs)
            except BaseException as error:
                if isinstance(error, Exception):
                    callers.keep(sentry_sdk.Scope.get_isolation_scope(), error, pii=self._pii)
                step_aside(error)
                raise

        setattr(noting, _WATCHED, True)
        return noting


def isolate() -> Callable[[], None]:
    """Let each request be a unit of work, and no more; return the function that ends it."""

    def make(handle: Any) -> Any:
        @functools.wraps(handle)
        async def handle_request(self: aiohttp.web.Application, request: aiohttp.web.Request) -> Any:
            __tracebackhide__ = True
            scopes.enter()
            try:
                return await handle(self, request)
            except BaseException as error:
                step_aside(error)
                raise

        return handle_request

    return replace(aiohttp.web.Application, "_handle", make)


def _trace_headers(request: aiohttp.web.Request) -> dict[str, str]:
    return {name: request.headers[name] for name in ("sentry-trace", "baggage") if name in request.headers}
