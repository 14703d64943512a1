"""Units of work: a web request, an asyncio task, a PubSub delivery, a thread, a `with service.scope():` block.

Each has an isolation scope of its own, so what is set in one is not seen in another. What is set outside of all of
them belongs to the application and goes to the global scope, which is part of everything that is sent.
"""

import contextvars
import threading
from typing import Any

import sentry_sdk
from sentry_sdk.scope import _current_scope

from .. import marks
from .runs import Run

_inside: contextvars.ContextVar[bool] = contextvars.ContextVar("asab_sentry_unit_of_work", default=False)


def current() -> sentry_sdk.Scope:
    """Return the scope for what is set now: the unit of work's, or the application's."""
    # A thread works for somebody: the scope that sentry-sdk gave it is a fork of its creator's.
    if _inside.get() or threading.current_thread() is not threading.main_thread():
        return sentry_sdk.Scope.get_isolation_scope()
    return sentry_sdk.get_global_scope()


def set_tag(scope: sentry_sdk.Scope, key: str, text: str) -> None:
    """Set a tag of events, and an attribute of what has no tags: logs, metrics and spans of sentry-sdk 3."""
    scope.set_tag(key, text)
    scope.set_attribute(key, text)


def set_user(scope: sentry_sdk.Scope, user: dict[str, Any] | None) -> None:
    """Set the user of events, and the id as an attribute of what has no user."""
    scope.set_user(user)
    if user is not None and (user_id := user.get("id")) is not None:
        scope.set_attribute("user.id", user_id)
    else:
        scope.remove_attribute("user.id")


class Unit(Run):
    """Makes work a unit of work. An exception that leaves it keeps its scope (`marks.origin`)."""

    def __init__(self) -> None:
        self._scope: sentry_sdk.Scope | None = None
        self._outer: _Place = None, None, False
        self._inner: _Place = None, None, False
        """Where the work goes on, while it waits."""

    @staticmethod
    def otherwise() -> sentry_sdk.Scope:
        """Return a scope that nothing is made of."""
        return sentry_sdk.Scope()

    def _begin(self) -> sentry_sdk.Scope:
        self._outer = _place()
        enter()
        self._scope = scope = sentry_sdk.Scope.get_isolation_scope()
        return scope

    def _end(self, error: BaseException | None) -> None:
        if isinstance(error, Exception) and self._scope is not None:
            marks.leave(error, self._scope)
        # Not where the end comes from elsewhere, or out of turn.
        if sentry_sdk.Scope.get_isolation_scope() is self._scope:
            _go(self._outer)

    def _leave(self) -> None:
        self._inner = _place()
        _go(self._outer)

    def _resume(self) -> None:
        self._outer = _place()
        _go(self._inner)


_Place = tuple[sentry_sdk.Scope | None, sentry_sdk.Scope | None, bool]
"""Isolation scope, current scope, and whether that is a unit of work."""


def _place() -> _Place:
    return sentry_sdk.Scope.get_isolation_scope(), _current_scope.get(), _inside.get()


def _go(place: _Place) -> None:
    isolation_scope, current_scope, is_inside = place
    if isolation_scope is not None:
        sentry_sdk.Scope.set_isolation_scope(isolation_scope)
    # Private, as in `enter`; there may be none.
    _current_scope.set(current_scope)
    _inside.set(is_inside)


def forked() -> contextvars.Context:
    """Return a copy of the current context that is a unit of work, for a new asyncio task."""
    context = contextvars.copy_context()
    context.run(enter)
    return context


def enter() -> None:
    """Make the rest of the current context a unit of work."""
    _inside.set(True)
    sentry_sdk.Scope.set_isolation_scope(sentry_sdk.Scope.get_isolation_scope().fork())
    # The current scope holds the active span. Private: to ask for it publicly is to make one, at the cost of a fork.
    current = _current_scope.get()
    if current is not None:
        sentry_sdk.Scope.set_current_scope(current.fork())
