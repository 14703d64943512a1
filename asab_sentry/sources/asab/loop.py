"""asyncio: an isolation scope for each task (a request gets its own elsewhere), and lost exceptions as log records."""

import asyncio
import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Any

import asab.log
import asab.task

from ...patches import replace
from ...pipeline import exception_marks
from ...runtime.guards import attempt, complain
from ...runtime.imports import when_imported
from ..capture import Capture
from ..record_events import STACK
from ..tracebacks import clean, step_aside
from ..work import scopes
from . import callers, dropped, tasks
from .pending import Pending
from .unretrieved import Unretrieved

L = logging.getLogger("asab.loop")

_UNWATCHED = "A task that failed is not watched"
PUBSUB = logging.getLogger("asab.pubsub")

_address = re.compile(r" at 0x[0-9a-fA-F]+|(?<=\.\.\.)[0-9a-fA-F]{6,}(?=>)")
"""Whole, or cut at its beginning by asyncio."""

NOT_FORKED = [asab.task.TaskService.main.__code__]
"""Of tasks that are no units of work: what starts those of `TaskService.schedule()`, and what serves a request."""

SERVING = "aiohttp.web_protocol"
"""The module of what serves a request, which not every application imports."""


def _learn_of_requests() -> None:
    # Private; where it is called otherwise, a request has the scopes of a task that are forked again.
    function = getattr(sys.modules[SERVING].RequestHandler, "_handle_request", None)
    if function is not None:
        NOT_FORKED[1:] = [function.__code__]


class Task(asyncio.Task[Any]):
    """A task that keeps its name where Python calls `set_name(None)` on what a factory made, as 3.12 and 3.13 do."""

    def set_name(self, value: object) -> None:
        """Set a name, if there is one."""
        if value is not None:
            super().set_name(value)


_Task = Task if sys.version_info[:2] in {(3, 12), (3, 13)} else asyncio.Task


def install(loop: asyncio.AbstractEventLoop, capture: Capture, unretrieved: Unretrieved) -> Callable[[], None]:
    """Give each new task of the loop a scope and report lost exceptions; return the function that ends it."""
    factory, handler = loop.get_task_factory(), loop.get_exception_handler()
    pending = Pending(loop)
    no_pending = pending.install()
    no_waiting = when_imported(SERVING, _learn_of_requests)
    loop.set_task_factory(_task_factory(factory, unretrieved))
    loop.set_exception_handler(_exception_handler(handler, capture, pending))

    def make(close: Callable[[], None]) -> Callable[[], None]:
        def tell_and_close() -> None:
            # When ASAB restarts, this is the end: it has the process replaced.
            attempt("Tasks that have failed are not told of", unretrieved.tell_all)
            close()

        return tell_and_close

    def make_setter(set_factory: Callable[[Any], None]) -> Callable[[Any], None]:
        def set_task_factory(other: Any) -> None:
            # Those of others call the one that was there before.
            is_of_python = other is None or getattr(other, "__module__", None) == asyncio.tasks.__name__
            set_factory(_task_factory(other, unretrieved) if is_of_python else other)

        return set_task_factory

    put_back = replace(loop, "close", make)
    no_setter = replace(loop, "set_task_factory", make_setter)

    def uninstall() -> None:
        no_setter()
        no_pending()
        no_waiting()
        put_back()
        if not loop.is_closed():
            loop.set_task_factory(factory)
            loop.set_exception_handler(handler)

    return uninstall


def _task_factory(before: Any, unretrieved: Unretrieved) -> Any:  # noqa: C901  # calls cost
    """Return a task factory that forks the scopes of the creator into the context of the task."""

    def done(task: Any) -> None:
        attempt(_UNWATCHED, _leave, task, unretrieved)

    def watch(task: Any) -> None:
        attempt(_UNWATCHED, unretrieved.watch, task)

    def create(loop: asyncio.AbstractEventLoop, coroutine: Any, **more: Any) -> Any:
        # A context of the caller's choice may be in use by others and stays as it is. Tasks that are made while the
        # loop is not running are the application itself: its initialize(), main() and finalize(), and what publishes
        # ticks meanwhile. So is what starts the tasks of the TaskService: they begin with what holds for the
        # application then. A request becomes a unit of work where it is handled (`sources.web.server`): newer versions
        # of Python and aiohttp make its task elsewhere.
        context, is_known = None, getattr(coroutine, "cr_code", None) in NOT_FORKED
        # Of uvloop there always is one, which may be None.
        is_unit = not is_known and loop.is_running()
        if not is_known and more.get("context") is None:
            context = attempt("A task has no scope of its own", scopes.forked if is_unit else scopes.measured_apart)
        own = more if context is None else {**more, "context": context}
        try:
            # Called here, as a frame of ours between would be shown where there is no coroutine.
            if before is None:
                task: Any = _Task(coroutine, loop=loop, **own)
                made = task._source_traceback  # noqa: SLF001  # private; only in the debug mode of asyncio
                if made:
                    attempt("A task tells of this package where it was made", _hide_maker, made)
            elif context is None:
                task = before(loop, coroutine, **more)
            else:
                # A task takes a copy of the context that its factory runs in; so any factory will do.
                task = context.run(before, loop, coroutine, **more)
        except BaseException as error:
            step_aside(error)
            raise
        if is_unit and context is not None:
            task.add_done_callback(done, context=context)
        elif not is_known:
            task.add_done_callback(watch)
        return task

    return create


def _hide_maker(made: list[traceback.FrameSummary]) -> None:
    """Let the stack of whoever made a task end where it does without a factory: asyncio shows its last line."""
    del made[-1]
    if made and made[-1].filename == asyncio.base_events.__file__:
        del made[-1]


def _leave(task: Any, unretrieved: Unretrieved) -> None:
    """Note the unit of work of a task that has failed, if it has."""
    error = tasks.error(task)
    if error is not None:
        scopes.leave(error, task)
        with contextlib.suppress(Exception):  # whatever an application made of a tenant
            # This is the context of the task, which began as a copy of its creator's.
            callers.keep_tenant(scopes.current())
        unretrieved.watch(task)


def _exception_handler(before: Any, capture: Capture, pending: Pending) -> Any:
    """Return an exception handler that logs with `exc_info`; a handler that the application set is called instead."""
    stands_for = before is None or (isinstance(before, FunctionType) and before.__module__ == asab.log.__name__)

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if stands_for:
            try:
                _log(context, pending)
            except Exception as failure:
                complain("What the loop tells of is not an event", failure)
                (before or type(loop).default_exception_handler)(loop, context)
            return
        error = context.get("exception")
        with contextlib.ExitStack() as unit:
            attempt("What the loop tells of has no scope", lambda: unit.enter_context(_of_failure(error, context)))
            before(loop, context)
            # It may have decided to keep the console clean. What it logged is reported already and not sent again.
            if error is not None:
                capture.unhandled(error, L.name)

    return handle


def _of_failure(error: BaseException | None, context: dict[str, Any]) -> contextlib.AbstractContextManager[None]:
    """Return a block in which events have the scope that an exception left."""
    clean(error)
    return scopes.resumed(_left(error, context))


def _left(error: BaseException | None, context: dict[str, Any]) -> exception_marks.Left | None:
    """Return the unit of work that an exception left; the collector, which finds lost tasks, may run in any other."""
    return None if error is None else exception_marks.take_left(error, task=_task(context))


def _described(frame: FrameType) -> str:
    return f"in {frame.f_code.co_qualname}, {frame.f_code.co_filename}:{frame.f_lineno}"


def _task(context: dict[str, Any]) -> Any:
    return context.get("task") or context.get("future")


def _log(context: dict[str, Any], pending: Pending) -> None:
    error = context.get("exception")
    exc_info = (type(error), error, error.__traceback__) if error is not None else None
    # A handle: what PubSub hands to the loop; elsewhere the exception has been on its way since.
    message_type = exception_marks.delivery(error) if error is not None and "handle" in context else None
    if message_type is not None:
        # The line by which ASAB itself tells of a delivery that was made at once.
        facts = {"message_type": message_type}
        PUBSUB.error("Error in a PubSub callback", exc_info=exc_info, extra={"_struct_data": facts})
        return
    task = _task(context)
    # The message tells of the handle already.
    known = {"exception", "message", "task", "future", "handle"}
    facts = {key: value for key, value in context.items() if key not in known}
    facts |= tasks.describe(task)
    # An address would make each occurrence look like another one.
    message = _address.sub("", context.get("message") or "Unhandled error in the event loop")
    more: dict[str, Any] = {}
    if error is None and facts.get("coroutine"):
        # As "Task was destroyed but it is pending!": of another coroutine, it is something else.
        message = f"{message} ({facts['coroutine']})"
        frame = pending.waits(task)
        if frame is not None:
            more[STACK] = frame
            facts["waits"] = _described(frame)
    elif not pending.is_collecting and (error is None or error.__traceback__ is None):
        frame = dropped.find_dropper()
        if frame is not None:
            more[STACK] = frame
            facts["dropped"] = _described(frame)
            if error is None:
                message = f"{message} ({frame.f_code.co_qualname})"
    with scopes.resumed(_left(error, context)):
        L.error(message, exc_info=exc_info, extra={"_struct_data": facts or None, **more})
