"""For whom Django and Flask answer a request: the id of the user, as in applications of ASAB.

With `send_default_pii` sentry-sdk tells of the user itself. Who was not loaded is not asked for: that may be a query,
of a connection that has just failed.
"""

import contextlib
import sys
import weakref
from collections.abc import Callable
from typing import Any

import sentry_sdk

from ...objects.json_values import MAX_IDENTITY, text
from ...patches import replace
from ...pipeline.log_breadcrumbs import Event, Hint
from ...runtime.guards import attempt
from ...runtime.imports import when_imported

DJANGO = "django.core.handlers.base"
"""The module of what handles its requests."""

NOT_LOADED = "_wrapped"
"""Where Django keeps what a lazy object stands for, once it was asked for it."""


def install(*, pii: bool) -> Callable[[], None]:
    """Let events of requests have the id of the user; return the function that ends it."""
    undo = contextlib.ExitStack()
    if not pii:
        undo.callback(when_imported(DJANGO, lambda: _watch_django(undo)))
        scope = sentry_sdk.get_global_scope()
        scope.add_event_processor(_of_flask)  # type: ignore[arg-type]
    return undo.close


def _watch_django(undo: contextlib.ExitStack) -> None:
    handler = sys.modules[DJANGO].BaseHandler
    undo.callback(replace(handler, "get_response", _of_django))
    undo.callback(replace(handler, "get_response_async", _of_django))


def _of_django(get_response: Callable[..., Any]) -> Callable[..., Any]:
    def respond(self: Any, request: Any) -> Any:
        attempt("Events of a request have no user", _watch, request)
        return get_response(self, request)

    return respond


def _watch(request: Any) -> None:
    reference = weakref.ref(request)

    def process(event: Event, hint: Hint) -> Event:  # noqa: ARG001  # the signature is sentry-sdk's
        request = reference()
        if request is not None:
            attempt("An event has no user", _write, event, _loaded(request), "pk")
        return event

    sentry_sdk.get_isolation_scope().add_event_processor(process)  # type: ignore[arg-type]


def _loaded(request: Any) -> Any:
    """Return the user of a request of Django, if it is known already."""
    user = vars(request).get("user")
    kept = getattr(user, "__dict__", {}).get(NOT_LOADED, user)
    if type(kept) is object:
        kept = vars(request).get("_cached_user") or vars(request).get("_acached_user")
    return kept


def _of_flask(event: Event, hint: Hint) -> Event:  # noqa: ARG001  # as above
    flask = sys.modules.get("flask")
    if flask is not None and not event.get("type") and "flask_login" in sys.modules:
        with contextlib.suppress(Exception):  # as where there is no request
            if flask.has_request_context():
                _write(event, flask.g.get("_login_user"), "get_id")
    return event


def _write(event: Event, user: Any, attribute: str) -> None:
    if event.get("type") or user is None or not getattr(user, "is_authenticated", False):
        return
    user_id = getattr(user, attribute, None)
    user_id = user_id() if callable(user_id) else user_id
    if user_id is not None and not (event.get("user") or {}).get("id"):
        event["user"] = {**(event.get("user") or {}), "id": text(user_id, MAX_IDENTITY)}
