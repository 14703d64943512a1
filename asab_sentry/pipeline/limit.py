"""The same error 10,000 times: a few events and a count."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import NamedTuple

MAX_ISSUES = 1000
"""So many issues are told apart; those that were not seen for the longest time are forgotten, their counts are not."""

OTHERS = "other issues"


class Admission(NamedTuple):
    """An event may be sent. It tells of `suppressed` events of its issue before it, the first `age` seconds ago."""

    suppressed: int = 0
    age: float = 0.0


class _Issue:
    __slots__ = ("admitted", "seen", "since", "suppressed")

    def __init__(self) -> None:
        self.admitted: deque[float] = deque()
        self.seen = 0.0
        self.suppressed = 0
        self.since = 0.0


class Limiter:
    """Two rolling budgets, `issue_events` of one issue and `total_events` in all, per any `interval` seconds.

    None switches a budget off. The first event of an issue that was not seen for an interval passes also over the total
    budget, up to twice of it, so that one noisy issue does not hide a new one.
    """

    def __init__(
        self,
        issue_events: int | None,
        total_events: int | None,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issue_events = issue_events
        self._total_events = total_events
        self._interval = interval
        self._clock = clock
        self._lock = threading.Lock()
        self._issues: OrderedDict[Hashable, _Issue] = OrderedDict()
        self._admitted: deque[float] = deque()
        self._forgotten = 0
        self.suppressed = 0
        """How many events were suppressed in all."""
        self._said = clock()

    def admit(self, issue: Hashable) -> Admission | None:
        """Return whether an event of the issue may be sent; None when it is suppressed, which is counted."""
        if self._issue_events is None and self._total_events is None:
            return _UNTROUBLED
        with self._lock:
            now = self._clock()
            known = self._issues.get(issue)
            if known is None:
                known = self._remember(issue)
                is_new = True
            else:
                self._issues.move_to_end(issue)
                is_new = now - known.seen >= self._interval
            known.seen = now
            if not self._fits(known, now, is_new=is_new):
                if not known.suppressed:
                    known.since = now
                known.suppressed += 1
                self.suppressed += 1
                return None
            if self._issue_events is not None:
                known.admitted.append(now)
            if self._total_events is not None:
                self._admitted.append(now)
            if not known.suppressed:
                return _UNTROUBLED
            admission = Admission(known.suppressed, now - known.since)
            known.suppressed = 0
            return admission

    def _remember(self, issue: Hashable) -> _Issue:
        if len(self._issues) >= MAX_ISSUES:
            _, oldest = self._issues.popitem(last=False)
            self._forgotten += oldest.suppressed
        known = self._issues[issue] = _Issue()
        return known

    def _fits(self, known: _Issue, now: float, *, is_new: bool) -> bool:
        horizon = now - self._interval
        if self._issue_events is not None:
            _forget(known.admitted, horizon)
            if len(known.admitted) >= self._issue_events:
                return False
        if self._total_events is None:
            return True
        _forget(self._admitted, horizon)
        return len(self._admitted) < self._total_events * (2 if is_new else 1)

    def give_back(self, issue: Hashable, admission: Admission) -> None:
        """Count again what an admitted event told of that was not sent after all."""
        if not admission.suppressed:
            return
        with self._lock:
            known = self._issues.get(issue) or self._remember(issue)
            if not known.suppressed:
                known.since = self._clock() - admission.age
            known.suppressed += admission.suppressed

    def untold(self, *, everything: bool = False) -> dict[Hashable, int]:
        """Return how many events of which issues were suppressed and not told of since, and count them as told.

        Those for which no event came for an interval, and that once an interval at most; or everything.
        """
        with self._lock:
            now = self._clock()
            if not everything and now - self._said < self._interval:
                return {}
            told: dict[Hashable, int] = {}
            for issue, known in self._issues.items():
                if known.suppressed and (everything or now - known.since >= self._interval):
                    told[issue] = known.suppressed
                    known.suppressed = 0
            if self._forgotten:
                told[OTHERS] = self._forgotten
                self._forgotten = 0
            if told:
                self._said = now
            return told


_UNTROUBLED = Admission()


def _forget(moments: deque[float], horizon: float) -> None:
    while moments and moments[0] <= horizon:
        moments.popleft()
