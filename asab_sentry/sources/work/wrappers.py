"""Coroutines and generators with a run of a block around what they do.

While they wait for somebody to go on with them, nothing of the run is in the context of others. What they raise has the
traceback that it has without a block.
"""

import sys
import types
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from ..tracebacks import step_aside
from .runs import Run

Begin = Callable[[], Run]
"""Returns a run that begins, or goes on, in the current context."""


def coroutine(function: Any, begin: Begin) -> Any:
    """Return a coroutine function; a run is around each coroutine of `function`."""

    async def watched(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        run = begin()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            run.end(error)
            step_aside(error)
            raise
        run.end(None)
        return result

    return watched


def generator(function: Any, begin: Begin) -> Any:
    """Return a generator function; a run is around each generator of `function`."""

    def watched(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        __tracebackhide__ = True
        run = begin()
        try:
            inner = function(*args, **kwargs)
            step, value = inner.send, None
            while True:
                result = step(value)
                run.leave()
                try:
                    value = yield result
                    step = inner.send
                except BaseException as error:
                    step_aside(error)
                    step, value = inner.throw, error
                run.resume()
        except StopIteration as stop:
            run.end(None)
            return stop.value
        except BaseException as error:
            run.end(error)
            step_aside(error)
            raise

    return watched


def awaitable_generator(function: Any, begin: Begin) -> Any:
    """Return the same of a function that `types.coroutine` made."""
    return types.coroutine(generator(function, begin))


def asynchronous_generator(function: Any, begin: Begin) -> Any:
    """Return an asynchronous generator function; a run is around each generator of `function`."""

    async def watched(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        __tracebackhide__ = True
        run = begin()
        try:
            inner = function(*args, **kwargs)
            step = _first_step(inner)
            while True:
                result = await step
                run.leave()
                try:
                    value = yield result
                    step = inner.asend(value)
                except BaseException as error:
                    step_aside(error)
                    step = inner.athrow(error)
                run.resume()
        except StopAsyncIteration:
            run.end(None)
        except BaseException as error:
            run.end(error)
            step_aside(error)
            raise

    return watched


def _first_step(inner: AsyncGenerator[Any, Any]) -> Any:
    """Begin a generator that the event loop is not to close: it closes the one around it, which closes this one."""
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        return inner.asend(None)
    finally:
        sys.set_asyncgen_hooks(*hooks)
