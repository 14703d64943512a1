"""Which request the current task serves."""

import contextvars
from typing import Any

_served: contextvars.ContextVar[Any] = contextvars.ContextVar("asab_sentry_request", default=None)


def begin(request: Any) -> None:
    """Note the request that the current task serves."""
    _served.set(request)


def current() -> Any:
    """Return the request that the current task serves, or None."""
    return _served.get()


def is_client_gone(error: BaseException, request: Any) -> bool:
    """Return whether the exception says no more than that the client of the request has closed the connection."""
    if not isinstance(error, ConnectionResetError):
        return False
    transport = getattr(request, "transport", None)
    return transport is None or transport.is_closing()
