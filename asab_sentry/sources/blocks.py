"""Blocks: what stands around a piece of work, however that is written.

A block is a `with` block, an `async with` block and a decorator at once. Each use of it is a run of its own, so one may
be used within itself and by several tasks at once.
"""

import asyncio
import logging
import threading
from typing import Any, Generic, TypeVar

from ..notices import say
from . import decorated

Function = TypeVar("Function")
Value = TypeVar("Value")


class Run:
    """One use of a block. What goes wrong here is said, and the work goes on without."""

    _is_open = False

    @staticmethod
    def otherwise() -> Any:
        """Return what a block is given where nothing is to happen."""
        return None

    def begin(self) -> Any:
        """Begin; return what the block is given."""
        try:
            value = self._begin()
        except Exception as error:
            _tell(error)
            return self.otherwise()
        self._is_open = True
        return value

    def end(self, error: BaseException | None) -> None:
        """End, in whatever context; `error` is what the work has ended by."""
        if self._is_open:
            self._is_open = False
            try:
                self._end(error)
            except Exception as failure:
                _tell(failure)

    def leave(self) -> None:
        """Take what holds within the run out of the current context: the work waits, and others work."""
        if self._is_open:
            try:
                self._leave()
            except Exception as failure:
                _tell(failure)

    def resume(self) -> None:
        """Put it into the current context, which need not be the one that it was taken out of."""
        if self._is_open:
            try:
                self._resume()
            except Exception as failure:
                _tell(failure)

    def __enter__(self) -> Any:
        return self.begin()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        self.end(error)

    def _begin(self) -> Any:
        raise NotImplementedError

    def _end(self, error: BaseException | None) -> None:
        raise NotImplementedError

    def _leave(self) -> None:
        """Nothing by default, as for runs of which nothing is in a context."""

    def _resume(self) -> None:
        """Nothing by default."""


def _tell(error: Exception) -> None:
    say(logging.ERROR, f"A block is not watched ({type(error).__name__}: {error})", exc_info=True)


def is_failure(error: BaseException | None) -> bool:
    """Return whether work that ended so has failed: not by `sys.exit()`, nor when a generator is closed."""
    if error is None or isinstance(error, GeneratorExit):
        return False
    return not isinstance(error, SystemExit) or error.code not in (None, 0)


class Block(Generic[Value]):
    """Something around a `with` or `async with` block, or around each call of the function that it decorates."""

    __slots__ = ("_arguments", "_kind", "_runs")

    def __init__(self, kind: type[Run], *arguments: Any) -> None:
        """Let each use be a run of this kind."""
        self._kind = kind
        self._arguments = arguments
        self._runs: list[tuple[object, Run]] = []
        """Those of `with` that have not ended, each with the task or thread that began it."""

    def __enter__(self) -> Value:
        run = self._kind(*self._arguments)
        value: Value = run.begin()
        self._runs.append((_who(), run))
        return value

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        runs = self._runs
        if len(runs) == 1:  # as nearly always; it is this one, as it is there until it ends
            ended = runs[0]
        elif runs:
            who = _who()
            # One that another task ends, as it may end an asynchronous generator, is any of those that are open.
            ended = next((one for one in reversed(runs) if one[0] == who), runs[-1])
        else:
            return
        runs.remove(ended)
        ended[1].end(error)

    async def __aenter__(self) -> Value:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        self.__exit__(kind, error)

    def __call__(self, function: Function) -> Function:
        """Return the function with a run around each call of it, and around what it returns while that works on."""

        def begin() -> Run:
            run = self._kind(*self._arguments)
            run.begin()
            return run

        try:
            return decorated.decorate(function, begin)
        except Exception as error:
            say(logging.ERROR, f"{error}; it is not watched")
            return function


class Off(Block[Value]):
    """A block around which nothing happens."""

    __slots__ = ()

    def __enter__(self) -> Value:
        value: Value = self._kind.otherwise()
        return value

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, function: Function) -> Function:
        """Return the function as it is."""
        return function


def _who() -> object:
    try:
        return asyncio.current_task() or threading.get_ident()
    except RuntimeError:  # no loop runs in this thread
        return threading.get_ident()
