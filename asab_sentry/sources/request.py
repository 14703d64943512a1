"""What a web request looks like in an event: route, address, harmless headers, tenant and authorized user."""

import contextlib
import weakref
from typing import Any

import aiohttp.web
import asab.contextvars
import sentry_sdk

from .. import tags
from ..ready import ReadyDict
from ..values import FILTERED, text
from .breadcrumbs import Event, Hint

HARMLESS_HEADERS = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "baggage",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "expect",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "pragma",
        "range",
        "sentry-trace",
        "te",
        "traceparent",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
        "x-request-id",
    }
)
"""Headers whose values say nothing of persons and hold no secrets; of all others only the names are sent."""

MAX_VALUE = 500
MAX_URL = 2000


class Describe:
    """Writes a request into the events of its scope (an event processor)."""

    __slots__ = ("_pii", "_request")

    def __init__(self, request: aiohttp.web.Request, *, pii: bool) -> None:
        # The scope may live on in a task that outlives the request.
        self._request = weakref.ref(request)
        self._pii = pii

    def __call__(self, event: Event, hint: Hint) -> Event:  # noqa: ARG002, D102  # the signature is sentry-sdk's
        request = self._request()
        if request is None:
            return event
        event["transaction"] = name(request)
        event["transaction_info"] = {"source": "route"}
        headers = ReadyDict(
            (header, text(value, MAX_VALUE) if header.lower() in HARMLESS_HEADERS else FILTERED)
            for header, value in request.headers.items()
        )
        url = text(f"{request.scheme}://{request.host}{request.path}", MAX_URL)
        event["request"] = ReadyDict(method=request.method, url=url, headers=headers)
        tenant, user = caller(pii=self._pii)
        if tenant is not None:
            event.setdefault("tags", {}).setdefault("tenant", tenant)
        if user and not event.get("user"):
            event["user"] = user
        return event


def name(request: aiohttp.web.Request) -> str:
    """Return the name by which requests are grouped: `GET /path/{pattern}`."""
    # Private, as the public property fails where no route has been looked for yet.
    match = request._match_info  # noqa: SLF001
    info = match.get_info() if match is not None else {}
    # Of paths without a route there are as many as scanners think of.
    return text(f"{request.method} {info.get('path') or info.get('formatter') or '(no route)'}", 200)


def caller(*, pii: bool) -> tuple[str | None, dict[str, str]]:
    """Return tenant and user of the running handler: the id of the user, and name and email with `pii`."""
    tenant = asab.contextvars.Tenant.get(None)
    if tenant is not None:
        try:
            tenant = tags.text("tenant", tenant)
        except tags.InvalidTag:
            tenant = None
    authz = asab.contextvars.Authz.get(None)
    facts = {"id": "CredentialsId", "username": "Username", "email": "Email"} if pii else {"id": "CredentialsId"}
    found = {key: getattr(authz, attribute, None) for key, attribute in facts.items()}
    return tenant, {key: text(value, 128) for key, value in found.items() if value is not None}


def note_caller(scope: sentry_sdk.Scope, *, pii: bool) -> None:
    """Keep tenant and user of the running handler in a scope, unless the application has set a user itself."""
    # Whatever an application put into ASAB's context variables, its own exception is on its way.
    with contextlib.suppress(Exception):
        tenant, user = caller(pii=pii)
        if tenant is not None:
            scope.set_tag("tenant", tenant)
        if user and not _has_user(scope):
            scope.set_user(user)


def _has_user(scope: sentry_sdk.Scope) -> Any:
    return scope._user or sentry_sdk.get_global_scope()._user  # noqa: SLF001  # can only be set publicly
