"""A service that does not end after it was told to: where it hangs, while there is still time to tell.

docker kills ten seconds after it has asked.
"""

import asyncio
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NamedTuple

from ..objects import json_values
from ..pipeline.log_breadcrumbs import Event, Hint
from ..runtime import in_app, stacks
from ..runtime.guards import attempt
from ..sources import frames
from ..sources.asab import tasks
from ..sources.capture import Capture
from .blocked_loop import BlockedLoop, interval_of, is_debugged, issue_of
from .cpu import ThreadTimes, is_traced
from .evidence import Evidence

MESSAGE = "The service does not end"
WAITS = 3.0
"""ASAB itself waits so long for tasks that do not end."""
MAX_TASKS = 50
HOOKS = ("finalize", "main")
"""Functions that an end waits for, in this order."""
_IDLE = "selectors"


class Hanging(NamedTuple):
    """A task or thread that goes on, where it is, and how well it explains that there is no end."""

    name: str
    frame: FrameType
    rank: int


class SlowEnd:
    """Tells of an end that takes more than `threshold` seconds, and `WAITS` more, once."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        threshold: float,
        capture: Capture,
        blocked: BlockedLoop,
        breadcrumbs: Callable[[], list[dict[str, Any]]],
    ) -> None:
        self._loop = loop
        self._blocked = blocked
        self._breadcrumbs = breadcrumbs
        self._threshold = threshold + WAITS
        self._interval = interval_of(threshold)
        self._capture = capture
        self._evidence: Evidence | None = None
        self._told = False

    def begin(self) -> None:
        """Take note that the service was told to end."""
        if self._evidence is None:
            number = threading.main_thread().native_id or 0
            self._evidence = Evidence(ThreadTimes(number), self._interval)

    def look(self) -> None:
        """Look whether it takes too long."""
        if self._evidence is None or self._told:
            return
        self._evidence.look()
        if self._evidence.seconds >= self._threshold:
            main = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001  # made for this
            # Behind `app.run()` there may be whatever else: it is an end where the interpreter itself ends.
            if main is not None and (not self._loop.is_closed() or _has_left_modules(main)):
                self._told = True
                attempt("A slow end is not told of", self._tell, main, self._evidence.seconds)

    def _tell(self, main: FrameType, seconds: float) -> None:
        if is_debugged(main) or is_traced():
            return
        hanging = sorted(self._hanging(main), key=lambda place: place.rank)[:MAX_TASKS]
        facts: Event = {"level": "warning", "logger": "asab.application", "logentry": {"message": MESSAGE}}
        described: dict[str, Any] = {"seconds": round(seconds, 3)}
        if hanging:
            described["hangs"] = hanging[0].name

        def build() -> tuple[Event, Hint]:
            contexts = {"end": json_values.mapping(described, **json_values.CONTEXT)}
            threads = frames.waiting((place.name, place.frame) for place in hanging)
            # Not those of this thread, which has none.
            crumbs = attempt("A slow end has no breadcrumbs", self._breadcrumbs) or []
            return {**facts, "threads": threads, "contexts": contexts, "breadcrumbs": {"values": crumbs}}, {}

        issue = issue_of(MESSAGE, hanging[0].frame if hanging else main)
        self._capture.event(issue, None, build, lambda: {**facts})

    def _hanging(self, main: FrameType) -> Iterator[Hanging]:
        """Yield what goes on: tasks that wait, the main thread unless it waits for them, and other threads."""
        # Not every loop waits in Python.
        is_idle = self._loop.is_running() and (
            self._blocked.turns
            or any(dict.get(step.f_globals, "__name__") == _IDLE for step in itertools.islice(stacks.whole(main), 2))
        )
        running = sys._current_frames()  # noqa: SLF001  # made for this
        for thread in threading.enumerate():
            frame = running.get(thread.ident or 0)
            if frame is None or thread is threading.current_thread():
                continue
            if thread is threading.main_thread():
                is_waiting = is_idle or _waits_for_threads(frame)
                yield Hanging(thread.name, frame, 90 if is_waiting else 0)
            else:
                yield Hanging(thread.name, frame, 95 if thread.daemon else 50)
        if not self._loop.is_closed():
            for task in asyncio.all_tasks(self._loop):
                frame = tasks.waits(task)
                if frame is not None:
                    yield Hanging(f"{task.get_name()} ({tasks.coroutine_name(task)})", frame, _rank(frame))


def _waits_for_threads(main: FrameType) -> bool:
    return any(
        step.f_code.co_name == "_shutdown" and dict.get(step.f_globals, "__name__") == "threading"
        for step in stacks.whole(main)
    )


def _has_left_modules(main: FrameType) -> bool:
    """Return whether the program is over: the interpreter waits for threads, or does what `atexit` was given."""
    return all(step.f_code.co_name != "<module>" for step in stacks.whole(main))


def _rank(frame: FrameType) -> int:
    names = {step.f_code.co_name for step in stacks.whole(frame) if in_app.is_own(step)}
    hook = next((number for number, name in enumerate(HOOKS) if name in names), len(HOOKS))
    return 10 + hook if names else 60
