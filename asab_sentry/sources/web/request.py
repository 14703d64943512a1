"""What a web request looks like in an event: route, address, headers, tenant and authorized user."""

import codecs
import contextlib
import weakref
from typing import Any

import aiohttp.web

from ...objects.json_values import text
from ...objects.ready_json import ReadyDict
from ...pipeline.log_breadcrumbs import Event, Hint
from ...runtime.guards import attempt
from ...sdk.spans import spans
from ..asab import callers

MAX_VALUE = 500
MAX_URL = 2000

BODY_SIZES = {"never": 0, "small": 1_000, "medium": 10_000, "always": 1_000_000}
"""`max_request_body_size` in characters; longer bodies are cut."""

NOT_READ = "[Can't show request body due to implementation details.]"
"""In place of a body that the handler has not read, as sentry-sdk says it."""

QUADRATIC = frozenset({"punycode", "idna"})
"""Encodings that no body has, and whose time grows with the square of the text."""


class Describe:
    """Writes a request into the events of its scope (an event processor)."""

    __slots__ = ("_body", "_pii", "_request", "_title")

    def __init__(self, request: aiohttp.web.Request, title: str, *, pii: bool, body: int) -> None:
        # The scope may live on in a task that outlives the request.
        self._request = weakref.ref(request)
        self._title = title
        self._pii = pii
        self._body = body

    def __call__(self, event: Event, hint: Hint) -> Event:  # noqa: D102  # the signature is sentry-sdk's
        attempt("An event does not tell of its request", self._describe, event, hint)
        return event

    def _describe(self, event: Event, hint: Hint) -> None:
        request = self._request()
        if request is None:
            return
        transaction, route = event.get("transaction"), name_of(request)
        if transaction is None or transaction == self._title:
            event["transaction"] = route
            event["transaction_info"] = {"source": "route"}
        elif transaction != route and (event.get("transaction_info") or {}).get("source") in {None, "url", "route"}:
            # A name that the application gave, without saying what kind of name it is.
            event["transaction_info"] = {"source": "custom"}
        # What more of this may not leave is for `pipeline.scrubbing.request_data` to say.
        facts = ReadyDict(
            method=request.method,
            url=text(f"{request.scheme}://{request.host}{request.path}", MAX_URL),
            headers=ReadyDict({header: text(value, MAX_VALUE) for header, value in request.headers.items()}),
        )
        if request.query_string:
            facts["query_string"] = text(request.query_string, MAX_URL)
        if self._pii and request.remote:
            facts["env"] = ReadyDict(REMOTE_ADDR=request.remote)
        if self._body and (shown := body_of(request)):
            facts["data"] = text(shown, self._body)
        described = event.get("request")
        # What the application says of the request stays, where nothing is known of it: as sentry-sdk does it.
        event["request"] = {**described, **facts} if described and isinstance(described, dict) else facts
        exc_info = hint.get("exc_info")
        callers.write(event, *callers.find(exc_info[1] if exc_info else None, pii=self._pii))


def name_transaction(span: Any, request: aiohttp.web.Request) -> None:
    """Call the transaction of a request by its route, unless it has a name of its own.

    By this name Sentry's rules of sampling know it, also those that apply where it calls.
    """
    if span is not None:
        spans.rename(span, title_of(request), name_of(request))


def body_of(request: aiohttp.web.Request) -> str | None:
    """Return the body of a request as far as the handler has read it, in words if it has not; None: there is none."""
    read = request._read_bytes  # noqa: SLF001  # to ask publicly is to wait for it
    if read is None:
        return NOT_READ if request.can_read_body else None
    # What the client says need not be an encoding.
    with contextlib.suppress(Exception):
        charset = codecs.lookup(request.charset or "utf-8").name
        if charset not in QUADRATIC:
            return read.decode(charset, "replace")
    return read.decode(errors="replace")


def title_of(request: aiohttp.web.Request) -> str:
    """Return what a request is called before its route is known."""
    return f"{request.method} {request.path}"


def name_of(request: aiohttp.web.Request) -> str:
    """Return the name by which requests are grouped: `GET /path/{pattern}`."""
    try:
        info = request.match_info.get_info()
    except (AssertionError, AttributeError):  # no route has been looked for yet: there is none, with -O it is None
        info = {}
    # Of paths without a route there are as many as scanners think of.
    return text(f"{request.method} {info.get('path') or info.get('formatter') or '(no route)'}", 200)
