"""What a web request looks like in an event: route, address, headers, tenant and authorized user."""

import codecs
import contextlib
import weakref
from typing import Any

import aiohttp.web
import asab.contextvars
import sentry_sdk

from .. import tags
from ..ready import ReadyDict
from ..sdk.spans import spans
from ..values import text
from . import scopes
from .breadcrumbs import Event, Hint

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

    def __call__(self, event: Event, hint: Hint) -> Event:  # noqa: ARG002, D102  # the signature is sentry-sdk's
        request = self._request()
        if request is None:
            return event
        transaction, route = event.get("transaction"), name(request)
        if transaction is None or transaction == self._title:
            event["transaction"] = route
            event["transaction_info"] = {"source": "route"}
        elif transaction != route and (event.get("transaction_info") or {}).get("source") in {None, "url", "route"}:
            # A name that the application gave, without saying what kind of name it is.
            event["transaction_info"] = {"source": "custom"}
        # What more of this may not leave is for `pipeline.personal` to say.
        facts = ReadyDict(
            method=request.method,
            url=text(f"{request.scheme}://{request.host}{request.path}", MAX_URL),
            headers=ReadyDict({header: text(value, MAX_VALUE) for header, value in request.headers.items()}),
        )
        if request.query_string:
            facts["query_string"] = text(request.query_string, MAX_URL)
        if self._pii and request.remote:
            facts["env"] = ReadyDict(REMOTE_ADDR=request.remote)
        if self._body and (shown := body(request)):
            facts["data"] = text(shown, self._body)
        given = event.get("request")
        # What the application says of the request stays, where nothing is known of it: as sentry-sdk does it.
        event["request"] = {**given, **facts} if given and isinstance(given, dict) else facts
        tenant, user = caller(pii=self._pii)
        if tenant is not None:
            event.setdefault("tags", {}).setdefault("tenant", tenant)
        if user and not event.get("user"):
            event["user"] = user
        return event


def name_transaction(span: Any, request: aiohttp.web.Request) -> None:
    """Call the transaction of a request by its route, unless it has a name of its own.

    By this name Sentry's rules of sampling know it, also those that apply where it calls.
    """
    if span is not None:
        spans.rename(span, title(request), name(request))


def body(request: aiohttp.web.Request) -> str | None:
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


def title(request: aiohttp.web.Request) -> str:
    """Return what a request is called before its route is known."""
    return f"{request.method} {request.path}"


def name(request: aiohttp.web.Request) -> str:
    """Return the name by which requests are grouped: `GET /path/{pattern}`."""
    # Private, as the public property fails where no route has been looked for yet.
    match = request._match_info  # noqa: SLF001
    info = match.get_info() if match is not None else {}
    # Of paths without a route there are as many as scanners think of.
    return text(f"{request.method} {info.get('path') or info.get('formatter') or '(no route)'}", 200)


def caller(*, pii: bool) -> tuple[str | None, dict[str, str]]:
    """Return tenant and user of the running handler: the id of the user, and name and email with `pii`."""
    tenant = current_tenant()
    authz = asab.contextvars.Authz.get(None)
    if authz is None:
        return tenant, {}
    facts = {"id": "CredentialsId", "username": "Username", "email": "Email"} if pii else {"id": "CredentialsId"}
    found = {key: getattr(authz, attribute, None) for key, attribute in facts.items()}
    return tenant, {key: text(value, 128) for key, value in found.items() if value is not None}


def current_tenant() -> str | None:
    """Return the tenant of the current context, where it is one that a tag can be."""
    tenant = asab.contextvars.Tenant.get(None)
    if tenant is None:
        return None
    try:
        return tags.text("tenant", tenant)
    except tags.InvalidTag:
        return None


def keep_tenant(scope: sentry_sdk.Scope) -> None:
    """Let the events of a scope have the tenant of the current context, unless they have one of their own."""
    tenant = current_tenant()
    if tenant is None:
        return

    def process(event: Event, hint: Hint) -> Event:  # noqa: ARG001  # the signature is sentry-sdk's
        event.setdefault("tags", {}).setdefault("tenant", tenant)
        return event

    scope.add_event_processor(process)  # type: ignore[arg-type]


def note_caller(scope: sentry_sdk.Scope, *, pii: bool) -> None:
    """Keep tenant and user of the running handler in a scope, unless the application has set a user itself."""
    # Whatever an application put into ASAB's context variables, its own exception is on its way.
    with contextlib.suppress(Exception):
        tenant, user = caller(pii=pii)
        if tenant is not None:
            scopes.set_tag(scope, "tenant", tenant)
        if user and not _has_user(scope):
            scopes.set_user(scope, user)


def _has_user(scope: sentry_sdk.Scope) -> Any:
    return scope._user or sentry_sdk.get_global_scope()._user  # noqa: SLF001  # can only be set publicly
