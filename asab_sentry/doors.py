"""The doors of the package: what users call, which never raises, whatever it is given."""

import functools
import logging
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from .notices import reason, say
from .objects.calls import is_interrupt

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def never_raises(
    otherwise: Callable[[], Any] = lambda: None,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Let a method say what has failed and return what `otherwise` makes; an interrupt by the user gets through."""

    def guard(method: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @functools.wraps(method)
        def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            try:
                return method(*args, **kwargs)
            except BaseException as error:
                if is_interrupt(error):
                    raise
                say(logging.ERROR, f"{method.__name__}() does nothing ({reason(error)})", exc_info=True)
                result: Result = otherwise()
                return result

        return guarded

    return guard
