"""What the server asked to be spared: `X-Sentry-Rate-Limits`, and `Retry-After` where there is no such header."""

import datetime
import email.utils
import math
import time
from collections.abc import Callable, Mapping

WAITS = {429: 60.0}
"""Statuses that ask to wait, and for how many seconds where they do not say so."""
MAX_CATEGORIES = 100
"""More are not taken note of; Sentry has about 20."""
LONGEST = 24 * 3600.0
"""Seconds after which the server is asked again, whatever it said."""


class RateLimits:
    """Until when which category of data is not to be sent."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def update(self, status: int, headers: Mapping[str, str]) -> None:
        """Take note of an answer, whatever its status."""
        limits = headers.get("X-Sentry-Rate-Limits")
        if limits:
            for limit in limits.split(","):
                # seconds:categories:scope:reason, without categories for all of them
                seconds, categories, *_ = [*limit.strip().split(":"), ""]
                if (delay := number(seconds)) is not None:
                    self._limit(categories, delay)
        elif status in WAITS or status == 503:
            said = delay_of(headers.get("Retry-After") or "", headers.get("Date") or "")
            delay = WAITS.get(status) if said is None else said
            if delay is not None:
                self._limit("", delay)

    def _limit(self, categories: str, delay: float) -> None:
        """Note for how many seconds nothing of some categories is sent: `error;session`, or none for all of them."""
        until = self._clock() + min(delay, LONGEST)
        for category in map(str.strip, categories.split(";")):
            if category in self._until or len(self._until) < MAX_CATEGORIES:
                self._until[category] = max(self._until.get(category, 0.0), until)

    def wait(self, category: str) -> float:
        """Return the seconds until something of the category may be sent, 0 for now."""
        until = max(self._until.get(category, 0.0), self._until.get("", 0.0))
        return max(until - self._clock(), 0.0)

    @property
    def any(self) -> bool:
        """Whether anything is not to be sent now."""
        return any(until > self._clock() for until in self._until.values())


def number(text: str) -> float | None:
    """Return a number that is not negative and has an end, else None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def delay_of(text: str, date: str) -> float | None:
    """Return the seconds of a `Retry-After` header, which may be a date: by the clock of the server, if it tells it."""
    seconds = number(text)
    if seconds is not None:
        return seconds
    moment = _moment(text)
    if moment is None:
        return None
    return max((moment - (_moment(date) or datetime.datetime.now(datetime.UTC))).total_seconds(), 0.0)


def _moment(text: str) -> datetime.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)
