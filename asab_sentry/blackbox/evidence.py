"""For how long something has certainly hung: not while the process was stopped, or the machine had no time for it."""

import time

from .cpu import ThreadTimes

LATE = 2.0
"""Whoever looks is late after so many intervals: what held up this thread has held up others, too."""


class Evidence:
    """Adds up, look by look, for how long a thread was able to go on and did not."""

    def __init__(self, times: ThreadTimes, interval: float) -> None:
        self._times = times
        self._interval = interval
        self._moment = time.monotonic()
        self._before = times.read()
        self.seconds = 0.0

    def look(self, last: float = float("-inf")) -> None:
        """Take note of when, by the monotonic clock, the thread `last` went on.

        Between two looks at their time a thread that did not go on has hung, but for the time for which it waited for
        a processor. Where the look comes late, the whole process was held up: stopped, unless the thread was at work
        meanwhile, as in a function that lets no other thread of Python run.
        """
        now, times, before, since = time.monotonic(), self._times.read(), self._before, self._moment
        self._moment, self._before = now, times
        if last > since:
            self.seconds = 0.0
        if now - since > LATE * self._interval:
            self.seconds += max(min(now - max(last, since), times.worked - before.worked), 0.0)
        elif last <= since:
            self.seconds += max(now - since - (times.waited - before.waited), 0.0)
