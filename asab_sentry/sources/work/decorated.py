"""Functions of all kinds with a run of a block around each call, until the work of the call is over.

That is when the function returns, or when the coroutine, generator or future is over that it returns.
"""

import asyncio
import concurrent.futures
import functools
import inspect
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar, cast

from ...runtime.guards import complain
from ..tracebacks import step_aside
from . import wrappers
from .runs import Run

Function = TypeVar("Function")

_FUTURES = (asyncio.Future, concurrent.futures.Future)

_MORE = ("__aiter__", "__call__", "__enter__", "__getitem__", "__iter__", "__len__")
"""What an awaitable may be besides, for which nothing else can stand."""


def decorate(function: Function, begin: wrappers.Begin) -> Function:
    """Return a function of the same kind with a run around each call; raises TypeError for what is no function."""
    if isinstance(function, (staticmethod, classmethod)):
        return cast("Function", type(function)(decorate(function.__func__, begin)))
    if inspect.isclass(function) or not callable(function):
        what = "a class" if inspect.isclass(function) else type(function).__name__
        raise TypeError(f"What a block decorates is to be a function, not {what}")
    return cast("Function", functools.wraps(function)(_maker(function)(function, begin)))


def _maker(function: Any) -> Callable[[Any, wrappers.Begin], Any]:
    if inspect.iscoroutinefunction(function):
        return wrappers.coroutine
    if inspect.isasyncgenfunction(function):
        return wrappers.asynchronous_generator
    if inspect.isgeneratorfunction(function):
        while isinstance(function, (functools.partial, types.MethodType)):
            function = function.func if isinstance(function, functools.partial) else function.__func__
        return _maker_for_generator(function.__code__)
    return _plain


def _maker_for_generator(code: types.CodeType) -> Callable[[Any, wrappers.Begin], Any]:
    return wrappers.awaitable_generator if code.co_flags & inspect.CO_ITERABLE_COROUTINE else wrappers.generator


def _plain(function: Any, begin: wrappers.Begin) -> Any:
    def watched(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        run = begin()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            run.end(error)
            step_aside(error)
            raise
        try:
            return _to_its_end(run, result)
        except Exception as error:
            complain("What a function returned is not watched", error)
            run.end(None)
            return result

    return watched


def _to_its_end(run: Run, result: Any) -> Any:
    """Return what a function returned, or what stands for it, so that the run ends when the work does."""
    # By the type: an instance may say that it is something else, or fail when it is asked.
    kind = type(result)
    maker: Any = None
    if kind is types.CoroutineType:
        maker = wrappers.coroutine
    elif kind is types.GeneratorType:
        maker = _maker_for_generator(result.gi_code)
    elif kind is types.AsyncGeneratorType:
        maker = wrappers.asynchronous_generator
    elif issubclass(kind, _FUTURES):
        _end_with(result, run)
        return result
    elif not _can_be_stood_for(kind):
        run.end(None)
        return result

    def go_on() -> Run:
        run.resume()
        return run

    run.leave()
    if maker is None:
        return Awaited(result, go_on)
    watched = maker(lambda: result, go_on)()
    watched.__name__, watched.__qualname__ = result.__name__, result.__qualname__
    return watched


def _can_be_stood_for(kind: type) -> bool:
    if issubclass(kind, Coroutine):
        return True
    # Not by `hasattr`: each class can be called.
    return issubclass(kind, Awaitable) and not any(name in vars(base) for base in kind.__mro__ for name in _MORE)


def _end_with(future: Any, run: Run) -> None:
    def end(future: Any) -> None:
        run.resume()
        # Not `exception()`: that would count as somebody having looked at it.
        run.end(asyncio.CancelledError() if future.cancelled() else getattr(future, "_exception", None))

    if future.done():
        end(future)
    else:
        run.leave()
        future.add_done_callback(end)


class Awaited(Coroutine[Any, Any, Any]):
    """Stands for an awaitable that is no coroutine of Python's, and maybe an asynchronous context manager, too."""

    def __init__(self, awaitable: Any, begin: wrappers.Begin) -> None:
        self._awaitable = awaitable
        self._begin = begin
        self._coroutine: Coroutine[Any, Any, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._awaitable, name)

    def _steps(self) -> Coroutine[Any, Any, Any]:
        if self._coroutine is None:
            self._coroutine = wrappers.coroutine(lambda: self._awaitable, self._begin)()
        return self._coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._steps().__await__()

    def send(self, value: Any) -> Any:
        """As of a coroutine."""
        __tracebackhide__ = True
        try:
            return self._steps().send(value)
        except BaseException as error:
            step_aside(error)
            raise

    def throw(self, *error: Any) -> Any:
        """As of a coroutine."""
        __tracebackhide__ = True
        try:
            return self._steps().throw(*error)
        except BaseException as raised:
            step_aside(raised)
            raise

    def close(self) -> None:
        """As of a coroutine."""
        if self._coroutine is not None:
            self._coroutine.close()
        elif (close := getattr(self._awaitable, "close", None)) is not None:
            close()

    async def __aenter__(self) -> Any:
        run = self._begin()
        try:
            value = await type(self._awaitable).__aenter__(self._awaitable)
        except BaseException as error:
            run.end(error)
            step_aside(error)
            raise
        run.leave()
        return value

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> Any:
        run = self._begin()
        try:
            is_handled = await type(self._awaitable).__aexit__(self._awaitable, kind, error, traceback)
        except BaseException as raised:
            run.end(raised)
            step_aside(raised)
            raise
        run.end(None if is_handled else error)
        return is_handled
