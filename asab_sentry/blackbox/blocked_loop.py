"""An event loop that does not turn: where its thread is, whose work that is, and for how long.

The loop notes by a timer that it turns, a few times in the time after which it counts as blocked; another thread looks
at that.
"""

import asyncio
import contextvars
import logging
import selectors
import sys
import threading
import time
from types import FrameType
from typing import NamedTuple

from ..objects import json_values
from ..pipeline.grouping import Issue
from ..pipeline.log_breadcrumbs import Event, Hint
from ..runtime import in_app, stacks
from ..runtime.diagnostics import say
from ..runtime.guards import attempt
from ..sources import frames
from ..sources.asab import tasks
from ..sources.capture import Capture
from .cpu import ThreadTimes, is_traced
from .evidence import Evidence

MESSAGE = "The event loop was blocked"
LOOKS = 5
"""So often is looked within the time after which a loop counts as blocked."""
LONGEST = 1.0
"""Seconds between two looks, at most."""
LEAST = 0.05
"""A loop that does not turn for less is not looked at: that would take too much of the processor."""
DEBUGGERS = frozenset({"bdb", "pdb", "pydevd", "debugpy"})
"""Modules, or their packages, in whose code a thread waits for a person."""


def interval_of(threshold: float) -> float:
    """Return the seconds between two looks for what is to be told after so many."""
    return min(max(threshold, LEAST) / LOOKS, LONGEST)


class _Place(NamedTuple):
    """Where a thread is, in which context, and in which task."""

    frame: FrameType
    context: contextvars.Context
    task: dict[str, str]


class BlockedLoop:
    """Tells of a loop that does not turn for `threshold` seconds, by one event for each time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, threshold: float, capture: Capture) -> None:
        self._loop = loop
        self._threshold = max(threshold, LEAST)
        self._interval = interval_of(threshold)
        self._capture = capture
        self._turned = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self._evidence: Evidence | None = None
        self._thread = 0
        self._told = False

    def begin(self) -> None:
        """Begin, in the thread of the loop, while it runs: the application has initialized."""
        self._thread = threading.get_ident()
        self._evidence = Evidence(ThreadTimes(threading.get_native_id()), self._interval)
        self._turn()

    def _turn(self) -> None:
        self._turned = time.monotonic()
        self._timer = self._loop.call_later(self._interval, self._turn, context=contextvars.Context())

    @property
    def turns(self) -> bool:
        """Whether the loop has turned within the threshold."""
        return time.monotonic() - self._turned < self._threshold

    def end(self) -> None:
        """Let the loop be."""
        timer, self._timer, self._evidence = self._timer, None, None
        if timer is not None:
            timer.cancel()

    def look(self) -> None:
        """Look whether the loop has turned since the last look, in another thread than its own."""
        evidence = self._evidence
        if evidence is None:
            return
        now = time.monotonic()
        last = self._turned if self._loop.is_running() else now
        # First, as a function in C that lets no other thread run may be over now: whatever reads a file lets it go on.
        place = None if self._told or now - last < self._interval else self._place()
        before = evidence.seconds
        evidence.look(last)
        if self._told and evidence.seconds < before:
            self._told = False
            say(logging.WARNING, f"{MESSAGE} for {before:.1f} s", cause=MESSAGE)
        elif place is not None and evidence.seconds >= self._threshold:
            self._told = True
            if not is_traced():
                # A copy, as the context itself is in use.
                context = place.context.copy()
                attempt("A blocked event loop is not told of", context.run, self._tell, place, evidence.seconds)

    def _place(self) -> "_Place | None":
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001  # made for this
        if frame is None or waits(frame) or is_debugged(frame):
            return None
        kept = stacks.keep(stacks.whole(frame), with_variables=False)
        task = asyncio.current_task(self._loop)
        # From Python 3.12 on a task can be asked; one that was begun eagerly is not what the loop has called.
        context = getattr(task, "get_context", lambda: context_of(frame))()
        return None if kept is None else _Place(kept, context or contextvars.Context(), tasks.describe(task))

    def _tell(self, place: _Place, seconds: float) -> None:
        facts: Event = {"level": "error", "logger": "asab.loop", "logentry": {"message": MESSAGE}}
        described = {**place.task, "blocked_seconds": round(seconds, 3)}

        def build() -> tuple[Event, Hint]:
            contexts = {"loop": json_values.mapping(described, **json_values.CONTEXT)}
            return {**facts, "threads": frames.all_threads(self._thread, place.frame), "contexts": contexts}, {}

        self._capture.event(issue_of(MESSAGE, place.frame), None, build, lambda: {**facts})


def context_of(frame: FrameType) -> contextvars.Context | None:
    """Return the context in which the loop runs what this is the innermost frame of."""
    for step in stacks.whole(frame):
        if step.f_code is asyncio.Handle._run.__code__:  # noqa: SLF001  # there is no other way to what another thread runs
            context = getattr(step.f_locals.get("self"), "_context", None)
            return context if isinstance(context, contextvars.Context) else None
    return None


def waits(frame: FrameType) -> bool:
    """Return whether the loop of asyncio waits for something to do: what has blocked it is over just now."""
    caller = frame.f_back
    return (
        caller is not None
        and frame.f_code.co_filename == selectors.__file__
        and caller.f_code.co_filename == asyncio.base_events.__file__
    )


def is_debugged(frame: FrameType) -> bool:
    """Return whether somebody steps through the code of a thread."""
    return any(
        step.f_trace is not None or str(dict.get(step.f_globals, "__name__")).partition(".")[0] in DEBUGGERS
        for step in stacks.whole(frame)
    )


def issue_of(what: str, frame: FrameType | None) -> Issue:
    """Return the issue of what happened in a frame: by the innermost function of the application, else of all."""
    steps = list(stacks.outward(frame))
    own = next(filter(in_app.is_own, steps), steps[0] if steps else None)
    if own is None:
        return Issue((what,), (what,))
    module, function = str(dict.get(own.f_globals, "__name__")), own.f_code.co_qualname
    return Issue((what, module, function), (what, module, function), f"{module} in {function}")
