"""When what was not taken is tried again: ever more seldom. One that fails by itself does not hold up the others."""

from collections.abc import Callable

FIRST = 1.0
"""Seconds to wait after a first failure, less up to a half by chance; twice as long after each one more."""
LONGEST = 60.0
MANY = 8
"""After so many failures on end (3 minutes), the second is tried in turn: one envelope must not hold up the rest."""
SELDOM = 6
"""So many failures a single envelope is given at once whose first wait is to be half a minute or more."""
LONGEST_ALONE = 3600.0
"""Longest wait for an envelope that fails where others are taken."""


class Backoff:
    """Takes note of attempts, and says when the next one is due.

    `clock` returns seconds, and `chance` a number from 0 to 1.
    """

    def __init__(self, clock: Callable[[], float], chance: Callable[[], float]) -> None:
        self._clock = clock
        self._chance = chance
        self._failures = 0
        self._pause_until = 0.0
        self._other_failures = 0
        self._other_until = 0.0
        """When something is tried again of what is not worth being kept."""
        self._alone: dict[str, tuple[int, float]] = {}
        """Of envelopes that failed where a later one was taken: how often since, and until when they are left alone."""
        self._faulty: dict[str, tuple[int, float]] = {}
        """The same of envelopes that failed here, and not at the server."""

    def retry_now(self) -> None:
        """Let all be tried again now, but what fails where others are taken."""
        self._pause_until = self._other_until = 0.0
        self._faulty = {name: (count, 0.0) for name, (count, _) in list(self._faulty.items())}

    @property
    def pause(self) -> float:
        """The seconds until anything of what is kept is to be tried."""
        return max(self._pause_until - self._clock(), 0.0)

    @property
    def skip(self) -> int:
        """How many are to be left out, as it may be the oldest that cannot be taken."""
        return self._failures >= MANY and self._failures % 2

    def is_due(self, name: str, now: float) -> bool:
        """Return whether an envelope is to be tried."""
        return all(waits.get(name, (0, 0.0))[1] <= now for waits in (self._alone, self._faulty))

    def failed(self, name: str) -> float:
        """Take note that nobody took an envelope; return the seconds until the next one is to be tried."""
        if name in self._alone:
            count = self._alone[name][0] + 1
            self._alone[name] = (count, self._clock() + self._delay(count + SELDOM, LONGEST_ALONE))
            return 0.0
        if self._pause_until <= self._clock():  # else another thread has met with the same
            self._failures += 1
            self._pause_until = self._clock() + self._delay(self._failures, LONGEST)
        return self._pause_until - self._clock()

    def took(self, name: str, older: Callable[[], list[str]]) -> None:
        """Take note that an envelope was taken; `older` returns those before it that could have been sent."""
        self._alone.pop(name, None)
        if self._failures >= MANY:
            # What is older and could have been sent may be what the server cannot take.
            self._alone = {suspect: self._alone.get(suspect, (0, 0.0)) for suspect in older()}
        self._failures = 0

    def put_off(self, name: str, failures: int) -> None:
        """Try an envelope again after a while, ever more seldom, as if it had failed so often already."""
        count = self._faulty.get(name, (failures, 0.0))[0] + 1
        self._faulty[name] = (count, self._clock() + self._delay(count, LONGEST_ALONE))

    def forgive(self, name: str) -> None:
        """Take note that there is no fault here with an envelope any more."""
        self._faulty.pop(name, None)

    def is_other_due(self, now: float) -> bool:
        """Return whether something is to be tried of what is not worth being kept."""
        return now >= self._other_until

    def other_failed(self) -> None:
        """Take note that nobody took that; no pause for all, as it may be this one alone that fails."""
        self._other_failures += 1
        self._other_until = self._clock() + self._delay(self._other_failures, LONGEST)

    def other_taken(self) -> None:
        """Take note that it was taken."""
        self._other_failures = self._failures = 0

    def waits(self, now: float, is_there: Callable[[str], bool]) -> list[float]:
        """Return the seconds until single envelopes are tried again."""
        for waits in (self._alone, self._faulty):
            for name in [name for name in waits if not is_there(name)]:
                del waits[name]
        moments = [until for waits in (self._alone, self._faulty) for _, until in waits.values()]
        # One whose time has come waits for something else.
        return [until - now for until in (*moments, self._other_until) if until > now]

    def _delay(self, failures: int, longest: float) -> float:
        return float(min(FIRST * 2 ** min(failures - 1, 30), longest) * (1 - self._chance() / 2))
