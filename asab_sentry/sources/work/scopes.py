"""Units of work: a web request, an asyncio task, a PubSub delivery, a thread, a `with service.scope():` block.

Each has an isolation scope of its own, so what is set in one is not seen in another. What is set outside of all of
them belongs to the application and goes to the global scope, which is part of everything that is sent.
"""

import contextlib
import contextvars
import itertools
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import sentry_sdk
import sentry_sdk.scope
from sentry_sdk.attachments import Attachment
from sentry_sdk.scope import _current_scope

from ...pipeline import exception_marks
from ...runtime.guards import attempt
from .runs import Run

MAX_DEPTH = 8
"""Of so many units of work one is known to be part: a task may be made by a task, and so on."""

_unit: contextvars.ContextVar[exception_marks.Unit] = contextvars.ContextVar("asab_sentry_unit_of_work", default=())
_numbers = itertools.count()


class _Thread(threading.local):
    """The scope that a thread had when it was last asked for its unit of work, and which that is."""

    scope: sentry_sdk.Scope | None = None
    unit: exception_marks.Unit = ()


_thread = _Thread()


_outermost: sentry_sdk.Scope | None = None


def isolated_by_others(outermost: sentry_sdk.Scope | None) -> None:
    """Take each isolation scope but `outermost` for that of a unit of work, as frameworks have them; None: none."""
    global _outermost  # noqa: PLW0603  # of the process
    _outermost = outermost


def current() -> sentry_sdk.Scope:
    """Return the scope for what is set now: the unit of work's, or the application's."""
    # A thread works for somebody: the scope that sentry-sdk gave it is a fork of its creator's.
    if _unit.get() or threading.current_thread() is not threading.main_thread():
        return sentry_sdk.Scope.get_isolation_scope()
    if _outermost is not None:
        isolation = sentry_sdk.Scope.get_isolation_scope()
        if isolation is not _outermost:
            return isolation
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


def current_unit() -> exception_marks.Unit:
    """Return the current unit of work, of the application an empty one."""
    unit = _unit.get()
    if unit or threading.current_thread() is threading.main_thread():
        return unit
    # What a thread does is told apart by the scope that sentry-sdk gives it, in a pool one for each work.
    scope = sentry_sdk.Scope.get_isolation_scope()
    if _thread.scope is not scope:
        _thread.scope, _thread.unit = scope, (next(_numbers),)
    return _thread.unit


class Unit(Run):
    """Makes work a unit of work. An exception that leaves it keeps its scope (`exception_marks.take_left`)."""

    def __init__(self) -> None:
        self._scope: sentry_sdk.Scope | None = None
        self._unit: exception_marks.Unit = ()
        self._outer: _Place = None, None, ()
        self._inner: _Place = None, None, ()
        """Where the work goes on, while it waits."""

    @staticmethod
    def otherwise() -> sentry_sdk.Scope:
        """Return a scope that nothing is made of."""
        return sentry_sdk.Scope()

    def _begin(self) -> sentry_sdk.Scope:
        self._outer = _place()
        enter()
        self._scope = scope = sentry_sdk.Scope.get_isolation_scope()
        self._unit = _unit.get()
        return scope

    def _end(self, error: BaseException | None) -> None:
        if isinstance(error, Exception) and self._scope is not None:
            exception_marks.leave(error, self._unit, self._scope)
        # Not where the end comes from elsewhere, or out of turn.
        if sentry_sdk.Scope.get_isolation_scope() is self._scope:
            _go(self._outer)

    def _leave(self) -> None:
        self._inner = _place()
        _go(self._outer)

    def _resume(self) -> None:
        self._outer = _place()
        _go(self._inner)


_Place = tuple[sentry_sdk.Scope | None, sentry_sdk.Scope | None, exception_marks.Unit]
"""Isolation scope, current scope, and which unit of work that is."""


def _place() -> _Place:
    return sentry_sdk.Scope.get_isolation_scope(), _current_scope.get(), _unit.get()


def _go(place: _Place) -> None:
    isolation_scope, current_scope, unit = place
    if isolation_scope is not None:
        sentry_sdk.Scope.set_isolation_scope(isolation_scope)
    # Private, as in `enter`; there may be none.
    _current_scope.set(current_scope)
    _unit.set(unit)


@contextlib.contextmanager
def resumed(left: exception_marks.Left | None) -> Iterator[None]:
    """Run a block in the unit of work that an exception left; None: where it is."""
    if left is None:
        yield
        return
    token = _unit.set(left.unit)
    try:
        with sentry_sdk.scope.use_isolation_scope(left.scope) if left.scope is not None else contextlib.nullcontext():
            yield
    finally:
        _unit.reset(token)


@contextlib.contextmanager
def joined(error: BaseException) -> Iterator[None]:
    """Run a block in the current unit of work, with what one that an exception left has besides.

    Whoever handles an exception may do so outside of the block that it was raised in, whose tags and breadcrumbs
    explain it; of both, those of the inner one hold.
    """
    unit = current_unit()
    left = exception_marks.take_left(error, unit)
    scope = left and left.scope and attempt("An exception is told of without where it was raised", _both, left.scope)
    if scope is None:
        yield
        return
    token = _unit.set(unit)  # of a thread it is told by the scope
    try:
        with sentry_sdk.scope.use_isolation_scope(scope):
            yield
    finally:
        _unit.reset(token)


def attach(scope: sentry_sdk.Scope, attachment: Attachment, most: int) -> bool:
    """Attach something to the events of a scope, `most` things at most; return whether the oldest had to go for it."""
    scope.add_attachment(
        bytes=attachment.bytes,
        filename=attachment.filename,
        path=attachment.path,
        content_type=attachment.content_type,
    )
    is_full = len(scope._attachments) > most  # noqa: SLF001
    if is_full:
        del scope._attachments[:-most]  # noqa: SLF001
    return is_full


def _both(inner: sentry_sdk.Scope) -> sentry_sdk.Scope | None:
    """Return the current isolation scope with what an inner one has; None where it is that one."""
    outer = sentry_sdk.Scope.get_isolation_scope()
    if inner is outer:
        return None
    scope = outer.fork()
    scope.update_from_scope(inner)
    # Private: the inner one is a fork of the outer one, so most of both is the same.
    scope._breadcrumbs = deque(_each_once(scope._breadcrumbs))  # noqa: SLF001
    scope._attachments = _each_once(scope._attachments)  # noqa: SLF001
    return scope


def _each_once(values: Iterable[Any]) -> list[Any]:
    return list({id(value): value for value in values}.values())


def leave(error: BaseException, task: object) -> None:
    """Note that an exception leaves the current unit of work, which is a task."""
    exception_marks.leave(error, current_unit(), current(), task)


def forked() -> contextvars.Context:
    """Return a copy of the current context that is a unit of work, for a new asyncio task."""
    context = contextvars.copy_context()
    context.run(enter)
    return context


def measured_apart() -> contextvars.Context | None:
    """Return a copy of the current context in which what is measured is no part of what others measure; None: it is."""
    current = _current_scope.get()
    if current is None:  # each makes one
        return None
    context = contextvars.copy_context()
    context.run(sentry_sdk.Scope.set_current_scope, current.fork())
    return context


def enter() -> None:
    """Make the rest of the current context a unit of work, which is part of the one before."""
    _unit.set((*current_unit()[1 - MAX_DEPTH :], next(_numbers)))
    sentry_sdk.Scope.set_isolation_scope(sentry_sdk.Scope.get_isolation_scope().fork())
    # The current scope holds the active span. Private: to ask for it publicly is to make one, at the cost of a fork.
    current = _current_scope.get()
    if current is not None:
        sentry_sdk.Scope.set_current_scope(current.fork())
