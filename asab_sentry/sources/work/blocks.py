"""Blocks: what stands around a piece of work, however that is written.

A block is a `with` block, an `async with` block and a decorator at once. Each use of it is a run of its own, so one may
be used within itself and by several tasks at once.
"""

import asyncio
import threading
from typing import Any, Generic, TypeVar

from ...runtime.guards import complain
from . import decorated
from .runs import Run

Function = TypeVar("Function")
Value = TypeVar("Value")


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
        try:
            ended = runs[0]
            if len(runs) > 1:  # else it is this one, as nearly always: it is there until it ends
                who = _who()
                # One that another task ends, as it may end an asynchronous generator, is any of those that are open.
                ended = next((one for one in reversed(runs) if one[0] == who), ended)
            runs.remove(ended)
        except (IndexError, ValueError):  # it has ended
            return
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
            complain("A function is not watched", error)
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
