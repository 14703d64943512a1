"""The doors between this package and code of others: nothing that fails here gets there.

Users call methods, which never raise. Frameworks call what is put in the place of theirs, which goes on without this
package: nothing of it, nor a version of sentry-sdk that does otherwise, may turn a request into a failure.
"""

import contextlib
import functools
import logging
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from ..objects.calls import AT_ONCE, SECONDS, is_interrupt, let_through
from .diagnostics import reason, say

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def complain(what: str, error: BaseException) -> None:
    """Say what does not happen, and why, where an exception is being handled: once a minute for each `what`.

    What a signal handler has raised goes on to the application.
    """
    let_through(error)
    with contextlib.suppress(Exception):  # as where there is no stack left
        say(logging.ERROR, f"{what} ({reason(error)})", cause=what, exc_info=True)


def attempt(what: str, step: Callable[..., Any], *args: Any) -> Any:
    """Return what a step of this package returns; where it fails, say what does not happen, and return None."""
    try:
        return step(*args)
    except Exception as error:
        complain(what, error)
        return None


def never_raises(
    otherwise: Callable[[], Any] = lambda: None,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Let a method say what has failed and return what `otherwise` makes; an interrupt by the user gets through."""

    def guard(method: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @functools.wraps(method)
        def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            is_first = AT_ONCE.left is None
            try:
                if is_first:
                    AT_ONCE.left = SECONDS
                result = method(*args, **kwargs)
            except BaseException as error:
                if is_interrupt(error):
                    raise
                say(logging.ERROR, f"{method.__name__}() does nothing ({reason(error)})", exc_info=True)
                result = otherwise()
            finally:
                if is_first:
                    AT_ONCE.left = None
            return result

        return guarded

    return guard
