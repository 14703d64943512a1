"""Requests of http.client, urllib3 (and so requests) and httpx that fail: a breadcrumb of each that has no answer."""

import contextlib
import http.client
import sys
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import sentry_sdk
import urllib3

from ...objects import json_values
from ...patches import replace
from ...runtime.imports import when_imported
from ..tracebacks import step_aside
from . import outgoing

Function = Callable[..., Any]

DATA = "_sentrysdk_breadcrumb"
"""Attribute of a connection of http.client: what sentry-sdk will tell of the request, once it is answered."""


class _Thread(threading.local):
    depth = 0
    """How deep it is in calls of urllib3, which calls itself to try again."""
    is_told = False
    """Whether the newest failure of them has a breadcrumb."""


_thread = _Thread()


def install() -> Callable[[], None]:
    """Leave breadcrumbs where sentry-sdk's integrations leave those of answers; return the function that ends it."""
    undo = contextlib.ExitStack()
    client = sentry_sdk.get_client()
    if client.get_integration("stdlib") is not None:
        undo.callback(replace(http.client.HTTPConnection, "endheaders", _telling(outgoing.leave)))
        undo.callback(replace(http.client.HTTPConnection, "getresponse", _telling(_tell_unanswered)))
        undo.callback(replace(urllib3.HTTPConnectionPool, "urlopen", _urlopen))

    def watch_httpx() -> None:
        if client.get_integration("httpx") is not None:
            undo.callback(replace(sys.modules["httpx"].Client, "send", _send))
            undo.callback(replace(sys.modules["httpx"].AsyncClient, "send", _send_async))

    # After sentry-sdk's integration, which waits for the same.
    undo.callback(when_imported("httpx", watch_httpx))
    return undo.close


def _telling(tell: Callable[[dict[str, Any], Exception], Any]) -> Callable[[Function], Function]:
    """Return what makes of a method of a connection one that tells of its failure."""

    def make(before: Function) -> Function:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return before(self, *args, **kwargs)
            except Exception as error:
                data = getattr(self, DATA, None)
                # urllib3 1 asks each connection for what those of Python 2 could do, and then without that.
                is_question = "buffering" in kwargs and isinstance(error, TypeError)
                if data and not is_question:
                    _thread.is_told = True
                    tell(data, error)
                step_aside(error)
                raise

        return call

    return make


def _tell_unanswered(data: dict[str, Any], error: Exception) -> None:
    """Tell of a request without an answer: where none comes sentry-sdk tells of the request, but not why."""
    if not _complete(data, error):
        outgoing.leave(data, error)


def _complete(data: dict[str, Any], error: Exception) -> bool:
    """Write into the newest breadcrumb why there is no answer; return whether it is one of this request."""
    with contextlib.suppress(Exception):  # as of breadcrumbs that somebody else has left
        newest = sentry_sdk.get_isolation_scope()._breadcrumbs[-1]  # noqa: SLF001  # there is no public way to them
        if newest.get("data") is data:
            newest["level"] = "error"
            newest["data"] = {**data, "reason": json_values.error(error, outgoing.MAX_REASON)}
            return True
    return False


def _urlopen(before: Function) -> Function:
    """Return the function of urllib3 that makes a request: what fails before http.client is asked is told here."""

    def urlopen(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        if not _thread.depth:
            _thread.is_told = False
        _thread.depth += 1
        try:
            return before(self, method, url, *args, **kwargs)
        except Exception as error:
            if _thread.depth == 1 and not _thread.is_told:
                # The text of what has given up has the query in it.
                reason = getattr(error, "reason", None)
                reason = reason if isinstance(reason, Exception) else error
                _leave(method, lambda: url if "://" in url else f"{self.scheme}://{self.host}:{self.port}{url}", reason)
            step_aside(error)
            raise
        finally:
            _thread.depth -= 1

    return urlopen


def _send(before: Function) -> Function:
    def send(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return before(self, request, *args, **kwargs)
        except Exception as error:
            _leave(request.method, lambda: str(request.url), error)
            step_aside(error)
            raise

    return send


def _send_async(before: Function) -> Function:
    async def send(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await before(self, request, *args, **kwargs)
        except Exception as error:
            _leave(request.method, lambda: str(request.url), error)
            step_aside(error)
            raise

    return send


def _leave(method: str, url: Callable[[], str], error: Exception) -> None:
    with contextlib.suppress(Exception):  # the exception of the request is on its way
        parts = urlsplit(url())
        outgoing.leave(
            {"http.method": method, "url": parts._replace(query="", fragment="").geturl(), "http.query": parts.query},
            error,
        )
