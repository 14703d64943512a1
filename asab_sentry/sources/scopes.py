"""Units of work: a web request, an asyncio task, a PubSub delivery, a thread, a `with service.scope():` block.

Each has an isolation scope of its own, so what is set in one is not seen in another. What is set outside of all of
them belongs to the application and goes to the global scope, which is part of everything that is sent.
"""

import contextlib
import contextvars
import threading
from collections.abc import Iterator

import sentry_sdk
from sentry_sdk.scope import _current_scope

from .. import marks

_inside: contextvars.ContextVar[bool] = contextvars.ContextVar("asab_sentry_unit_of_work", default=False)


def current() -> sentry_sdk.Scope:
    """Return the scope for what is set now: the unit of work's, or the application's."""
    # A thread works for somebody: the scope that sentry-sdk gave it is a fork of its creator's.
    if _inside.get() or threading.current_thread() is not threading.main_thread():
        return sentry_sdk.Scope.get_isolation_scope()
    return sentry_sdk.get_global_scope()


@contextlib.contextmanager
def unit() -> Iterator[sentry_sdk.Scope]:
    """Run a block as a unit of work. An exception that leaves the block keeps its scope (`marks.origin`)."""
    with sentry_sdk.isolation_scope() as scope:
        token = _inside.set(True)
        try:
            yield scope
        except Exception as error:
            marks.leave(error, scope)
            raise
        finally:
            # A generator may be closed in another context than it was started in.
            with contextlib.suppress(ValueError):
                _inside.reset(token)


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
