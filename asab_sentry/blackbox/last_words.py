"""What a dead process left in its directory, as the event of its death."""

import contextlib
import datetime
import hashlib
import time
from pathlib import Path
from typing import Any, NamedTuple

from ..delivery.clock import boot_id
from ..runtime import in_app
from . import faults, files, ring
from .faults import Crash
from .memory import Cgroup
from .ring import Entry, Sign
from .state import Phase, State
from .trail import LEVELS

MECHANISM = "asab.exit"
KIND = "UncleanExit"
"""The type of the exception that stands for a death."""

APART = 60.0
"""Seconds between the last sign of life and a breadcrumb behind it: one that is newer has the time of another clock."""

KILLED, NO_MEMORY, CRASHED = "killed", "out of memory", "crashed"
WHILE = {Phase.STARTING: " while it started", Phase.ENDING: " while it ended"}


class Remains(NamedTuple):
    """What is left in the directory of a dead process."""

    state: State
    sign: Sign
    entries: list[Entry]
    crash: Crash | None
    event_id: str
    """Of the event: the same whoever reads this, and however often."""

    @property
    def end(self) -> float:
        """When it was last seen alive, in seconds since 1970."""
        last = self.entries[-1].moment if self.entries else 0.0
        return last if 0 < last - self.sign.moment < APART else self.sign.moment

    @property
    def is_clean(self) -> bool:
        """Whether it has said good-bye."""
        return self.sign.phase >= Phase.GONE

    @property
    def cause(self) -> str | None:
        """How it died, as far as that can be known; None where it may have been asked to end, and could not say so."""
        if self.crash is not None:
            return CRASHED
        if self.is_out_of_memory:
            return NO_MEMORY
        # Without its loop an application of ASAB handles SIGTERM no more; it was told to end before.
        return None if self.sign.is_mute and self.sign.phase < Phase.ENDING else KILLED

    def reported_as(self, earliest: float) -> str | None:
        """Return as what a death is told of, if it was not before a moment; None where it is not to be told of."""
        is_death = not self.is_clean and self.is_of_this_boot and self.end >= earliest
        return self.cause if is_death else None

    @property
    def is_of_this_boot(self) -> bool:
        """Whether the machine has not been restarted since; a process on another machine was started otherwise, too."""
        now = boot_id()
        if now and self.state.boot:
            return self.state.boot == now
        return self.sign.steady <= time.monotonic()  # which begins anew when the machine does

    @property
    def is_out_of_memory(self) -> bool:
        """Whether the kernel has killed in the cgroup since it was last seen alive."""
        cgroup = Cgroup.at(self.state.cgroup) if self.state.cgroup is not None else None
        return (
            cgroup is not None
            and cgroup.key == self.state.cgroup_key
            and (kills := cgroup.kills) is not None
            and kills > self.sign.kills
        )


def find(directory: Path, owners: frozenset[int] | None) -> Remains | None:
    """Return what is left in a directory; None where nothing can be told. Raises OSError for what may pass."""
    try:
        content = files.read(directory / files.STATE, owners)
        sign, entries = ring.read(files.read(directory / files.RING, owners))
        state = State.parse(content)
    except FileNotFoundError:
        return None
    except OSError:
        raise
    except Exception:  # whatever somebody has written there
        return None
    crash = None
    with contextlib.suppress(FileNotFoundError):
        crash = faults.parse(files.read(directory / files.FAULTS, owners)[: faults.LONGEST].decode(errors="replace"))
    event_id = hashlib.sha256(directory.name.encode() + content).hexdigest()[:32]
    return Remains(state, sign, entries, crash, event_id)


def title_of(remains: Remains, cause: str) -> str:
    """Return in a few words who has died, and how."""
    who, when = remains.state.appclass, WHILE.get(Phase(remains.sign.phase), "")
    if cause == CRASHED:
        return f"{who} crashed{when}: {remains.crash and remains.crash.reason}"
    if cause == NO_MEMORY:
        return f"{who} was killed by the kernel, as there was no memory left"
    return f"{who} was killed{when}"


def event_of(remains: Remains, cause: str, most_breadcrumbs: int) -> dict[str, Any]:
    """Return the event of a death: who it was, how it ended, and the last that it did."""
    state, crash = remains.state, remains.crash
    entries = remains.entries[max(len(remains.entries) - most_breadcrumbs, 0) :]
    exception: dict[str, Any] = {
        "type": KIND,
        "value": title_of(remains, cause),
        "mechanism": {"type": MECHANISM, "handled": False},
    }
    event: dict[str, Any] = {
        "event_id": remains.event_id,
        "timestamp": _text(remains.end),
        "level": "fatal",
        "platform": "python",
        # Not those of whoever tells: sentry-sdk adds them where there is nothing.
        "release": state.release or "",
        "dist": state.dist or "",
        "environment": state.environment,
        "server_name": state.server_name,
        "modules": {},
        "tags": {**state.tags, "exit": cause.replace(" ", "_")},
        "contexts": {"exit": _facts(remains, cause)},
        "fingerprint": [MECHANISM, state.appclass, state.tags.get("service_id", "")],
        "breadcrumbs": {"values": [breadcrumb(entry) for entry in entries]},
    }
    if crash is not None:
        _add_stacks(event, exception, crash)
    event["exception"] = {"values": [exception]}
    return event


def _facts(remains: Remains, cause: str) -> dict[str, Any]:
    state, sign = remains.state, remains.sign
    facts: dict[str, Any] = {
        "cause": cause,
        "phase": Phase(sign.phase).name.lower(),
        "started": _text(state.started),
        "last_sign_of_life": _text(remains.end),
        # By the clock that nobody sets, as far as that goes.
        "ran_for_seconds": round(sign.steady - state.steady + remains.end - sign.moment, 3),
        "pid": state.pid,
    }
    if sign.memory:
        facts["memory_used_bytes"] = sign.memory
    if state.memory_limit is not None:
        facts["memory_limit_bytes"] = state.memory_limit
    return facts


def breadcrumb(entry: Entry) -> dict[str, Any]:
    """Return an entry of the trail as the breadcrumb of an event."""
    level = LEVELS[entry.level] if entry.level < len(LEVELS) else "info"
    shown = {"type": "default", "level": level, "message": entry.text, "timestamp": _text(entry.moment)}
    return {**shown, "category": entry.name} if entry.name else shown


def _add_stacks(event: dict[str, Any], exception: dict[str, Any], crash: Crash) -> None:
    """Add the stacks of a crash: that of the thread that crashed is the exception's."""
    for thread in crash.threads:
        if thread.crashed and thread.frames:
            exception["stacktrace"] = {"frames": _frames(thread)}
            exception["thread_id"] = thread.ident
            inner = next((frame for frame in reversed(exception["stacktrace"]["frames"]) if frame["in_app"]), None)
            inner = inner or exception["stacktrace"]["frames"][-1]
            event["fingerprint"] += [crash.reason, inner["filename"], inner["function"]]
    event["threads"] = {
        "values": [
            {
                "id": thread.ident,
                "crashed": thread.crashed,
                "current": thread.crashed,
                **({} if thread.crashed or not thread.frames else {"stacktrace": {"frames": _frames(thread)}}),
            }
            for thread in crash.threads
        ]
    }


def _frames(thread: faults.Thread) -> list[dict[str, Any]]:
    application = in_app.current()
    return [
        {
            **application.show(None, frame.path, frame.path)._asdict(),
            "function": frame.function,
            "lineno": frame.line,
        }
        for frame in thread.frames
    ]


def _text(moment: float) -> str:
    try:
        shown = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        shown = datetime.datetime.fromtimestamp(0, datetime.UTC)
    return shown.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
