"""Requests of aiohttp's client that fail: a breadcrumb of each, as sentry-sdk leaves one of each that is answered."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sentry_sdk
import sentry_sdk.utils

from ...objects import json_values
from ...patches import replace
from ...runtime.guards import attempt
from ...runtime.imports import when_imported

if TYPE_CHECKING:
    import aiohttp

INTEGRATION = "sentry_sdk.integrations.aiohttp"
"""By which sentry-sdk watches each session; it asks for answers only."""

MAX_URL = 2000
MAX_REASON = 300


def install() -> Callable[[], None]:
    """Leave breadcrumbs of failed requests of sessions that are made from now on; return the function that ends it."""

    def make(create_trace_config: "Callable[[], aiohttp.TraceConfig]") -> "Callable[[], aiohttp.TraceConfig]":
        def create() -> "aiohttp.TraceConfig":
            trace_config = create_trace_config()
            attempt("Requests that fail are no breadcrumbs", _watch, trace_config)
            return trace_config

        return create

    undo = contextlib.ExitStack()

    def watch() -> None:
        undo.callback(replace(sys.modules[INTEGRATION], "create_trace_config", make))

    undo.callback(when_imported(INTEGRATION, watch))
    return undo.close


def _watch(trace_config: "aiohttp.TraceConfig") -> None:
    trace_config.on_request_exception.append(_failed)


async def _failed(_session: Any, _context: Any, params: "aiohttp.TraceRequestExceptionParams") -> None:
    if isinstance(params.exception, asyncio.CancelledError):
        return  # nobody waits for an answer any more
    with contextlib.suppress(Exception):
        leave(
            {
                "http.method": params.method,
                "url": json_values.text(params.url.with_query(None).with_fragment(None), MAX_URL),
                "http.query": json_values.text(params.url.query_string, MAX_URL),
            },
            params.exception,
        )


def leave(data: dict[str, Any], error: BaseException) -> None:
    """Leave a breadcrumb of a request that has failed, as sentry-sdk leaves one of each that is answered."""
    with contextlib.suppress(Exception):  # the exception of the request is on its way
        url = data.get("url") or data.get("url.full", "")  # as sentry-sdk 2 and 3 call it
        if sentry_sdk.utils.is_sentry_url(sentry_sdk.get_client(), url):
            return  # these are events on their way
        data = {**data, "reason": json_values.error(error, MAX_REASON)}
        sentry_sdk.add_breadcrumb(type="http", category="httplib", level="error", data=data)
