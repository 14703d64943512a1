"""Monitors: check-ins of work that is to happen at certain times, begun, well ended or failed."""

import contextlib
import datetime
import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import sentry_sdk.crons

from ...config import names, option_types, units
from ...objects import json_values
from ...objects.calls import Calls
from ...objects.contents import claim_of
from ...objects.reprs import bounded_repr
from ...runtime.diagnostics import reason, say
from . import schedules
from .blocks import Block, Off
from .runs import Run, is_failure

Config = dict[str, Any]
"""How Sentry is to judge a monitor: its schedule, and when a run is late or takes too long."""

MAX_TEXT = 200
MAX_SHOWN = 60

MAX_MINUTES = 40320
"""Of margin and runtime: 28 days (`sentry.monitors.constants`)."""
MAX_RUNS = 720
"""Of the thresholds (as above)."""
MARGINS = {
    "checkin_margin": MAX_MINUTES,
    "max_runtime": MAX_MINUTES,
    "failure_issue_threshold": MAX_RUNS,
    "recovery_threshold": MAX_RUNS,
}
"""With the largest number that Sentry takes."""
UNITS = {"week": 10080, "day": 1440, "hour": 60, "minute": 1}

_crontab = re.compile(r"\S+( \S+){2,}")
"""What is meant as a crontab entry, beside presets; an interval such as `1 h 30 m` has a letter in each second word."""


class InvalidMonitor(ValueError):
    """A monitor breaks one of the rules; the message is one sentence that says which."""


class Check(Run):
    """Checks in when work begins and how it ends."""

    def __init__(self, slug: str, config: Config | None = None) -> None:
        self._slug = slug
        self._config = config

    def _begin(self) -> None:
        self._end_run = begin(self._slug, self._config)

    def _end(self, error: BaseException | None) -> None:
        self._end_run(not is_failure(error))


Ender = Callable[[bool], None]
"""Ends a run, well or not."""


def begin(slug: str, config: Config | None) -> Ender:
    """Check in that a run has begun; return the function that checks in how it ended."""
    run, started = uuid.uuid4().hex, time.monotonic()
    check_in(slug, "in_progress", config, run)

    def end(well: bool) -> None:  # noqa: FBT001  # how it ended
        check_in(slug, "ok" if well else "error", config, run, time.monotonic() - started)

    return end


def check_in(
    slug: str, status: str, config: Config | None, run: str | None = None, duration: float | None = None
) -> None:
    """Send a check-in; `duration` is in seconds. Never raises."""
    try:
        sentry_sdk.crons.capture_checkin(slug, run, status, duration, config)  # type: ignore[arg-type]
    except Exception as error:
        say(logging.ERROR, f"A check-in of {slug} could not be sent ({reason(error)})", exc_info=True)


def monitor(slug: Any, schedule: Any = None, **how: Any) -> Block[None]:
    """Return a monitor; a fault is said. Without a usable slug nothing is sent, without a usable schedule none."""
    try:
        checked_slug = _checked_slug(slug)
    except InvalidMonitor as error:
        say(logging.ERROR, f"{error}; it is not watched")
        return Off(Check)
    try:
        return Block(Check, checked_slug, config(schedule, **how))
    except InvalidMonitor as error:
        say(logging.ERROR, f"Monitor {checked_slug!r}: {error}; its check-ins are sent without a schedule")
        return Block(Check, checked_slug)


def _checked_slug(slug: Any) -> str:
    text = _text(slug)
    if text is None or re.fullmatch(names.SLUG_PATTERN, text) is None:
        raise InvalidMonitor(f"Monitor {_shown(slug)}: {option_types.SLUG.accepts}")
    return text


def _text(value: Any) -> str | None:
    """Return a text, also of what stands for one as a proxy does; None of anything else."""
    return json_values.text(value, MAX_TEXT) if issubclass(claim_of(value, Calls()), str) else None


def _shown(value: Any) -> str:
    return json_values.text(bounded_repr(value, MAX_SHOWN, Calls()), MAX_SHOWN)


def config(schedule: Any, timezone: Any = None, **margins: Any) -> Config | None:
    """Return how Sentry is to judge a monitor; None when there is no schedule: then it is set up in Sentry.

    Args:
        schedule: A crontab entry as in `0 3 * * *` or `@daily`; or an interval, as a `datetime.timedelta`, a number of
            seconds or a text as in `10m`, of at least a minute.
        timezone: Of the crontab entry, as in `Europe/Prague`; by default UTC.
        **margins: Those of `MARGINS`, numbers; the first two in minutes. None is left out.
    """
    set_margins = {key: value for key, value in margins.items() if value is not None}
    for key, value in set_margins.items():
        if key not in MARGINS or type(value) is not int or not 1 <= value <= MARGINS[key]:
            shown = f"{key} = {_shown(value)}"
            limits = f"whole numbers from 1 to {MAX_MINUTES} minutes or {MAX_RUNS} runs"
            raise InvalidMonitor(f"{shown}: accepted are {', '.join(MARGINS)}, {limits}")
    if schedule is None:
        if set_margins or timezone is not None:
            raise InvalidMonitor(f"{', '.join(set_margins) or 'timezone'} without a schedule")
        return None
    judged = {"schedule": _schedule(schedule), **set_margins}
    return judged if timezone is None else judged | {"timezone": _timezone(timezone)}


def _timezone(timezone: Any) -> str:
    text = _text(timezone)
    if text is None or not schedules.is_timezone(text):
        raise InvalidMonitor(f"there is no timezone {_shown(timezone)}; accepted is a name as in 'Europe/Prague'")
    return text


def _schedule(schedule: Any) -> Config:
    text, kind = _text(schedule), type(schedule)
    entry = " ".join((text or "").split())
    if entry in schedules.PRESETS or _crontab.fullmatch(entry):
        try:
            schedules.check_crontab(entry)
        except schedules.InvalidSchedule as error:
            shown = _shown(schedule)
            raise InvalidMonitor(f"schedule {shown} must be a crontab entry as in '0 3 * * *': {error}") from None
        return {"type": "crontab", "value": entry}
    minutes = 0
    with contextlib.suppress(ValueError, TypeError, OverflowError, AttributeError, LookupError):
        if issubclass(kind, datetime.timedelta):
            minutes = round(schedule / datetime.timedelta(minutes=1))
        elif text is not None or kind in (int, float):
            minutes = round(units.seconds(schedule if text is None else text) / 60)
    if minutes < 1:
        raise InvalidMonitor(
            f"schedule {_shown(schedule)} must be a crontab entry as in '0 3 * * *', or an interval as in '10m'"
        )
    unit = next(unit for unit, length in UNITS.items() if minutes % length == 0)
    return {"type": "interval", "value": minutes // UNITS[unit], "unit": unit}
