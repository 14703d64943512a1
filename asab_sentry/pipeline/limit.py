"""The same error 10,000 times: a few events and a count, fewer the longer it lasts.

Whoever asks may be a signal handler in the middle of another question: between two calls, all that is kept is in order.
"""

import contextlib
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import NamedTuple

from ..runtime.locks import Lock
from .issue_limit import IssueLimit, has_room

MAX_ISSUES = 1000
"""So many issues are told apart; those that were not seen for the longest time are forgotten, their counts are not."""

MANY = 10**9
"""Budgets beyond that are as good as none."""

OTHERS = "other issues"

MISTAKEN = 100
"""So many events an interval of one issue are made, only to be suppressed as those of another one."""


class Admission(NamedTuple):
    """An event may be sent, at a `moment` of the clock of the limits.

    It tells of `suppressed` events of its issue before it, the first `age` seconds ago, of `total` in the flood so far.
    """

    moment: float
    suppressed: int = 0
    age: float = 0.0
    total: int = 0


class Untold(NamedTuple):
    """So many events of an issue were suppressed, and no event told of them; of `total` in the flood so far."""

    suppressed: int
    total: int


class Limiter:
    """Two rolling budgets, `issue_events` of one issue and `total_events` in all, per any `interval` seconds.

    None switches a budget off. The first event of an issue that was not seen for an interval passes also over the total
    budget, up to twice of it, so that one noisy issue does not hide a new one. An issue that stays at its budget gets
    fewer events the longer it does. A forked child begins anew.
    """

    def __init__(
        self,
        issue_events: int | None,
        total_events: int | None,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issue_events = issue_events
        self._issue_budget = min(issue_events or 0, MANY), interval
        self._total_events = total_events
        self._interval = interval
        self._clock = clock
        self._begin()
        self._lock = Lock(self._begin)

    def _begin(self) -> None:
        self._issues: OrderedDict[Hashable, IssueLimit] = OrderedDict()
        self._admitted: deque[float] = deque(maxlen=2 * min(self._total_events or 0, MANY))
        self._forgotten = 0
        self.suppressed = 0
        """How many events were suppressed in all."""
        self._said = self._clock()

    def admit(self, issue: Hashable) -> Admission | None:
        """Return whether an event of the issue may be sent; None when it is suppressed, which is counted."""
        budget = self._issue_events
        if budget is None and self._total_events is None:
            return _UNTROUBLED
        with self._lock:
            now, is_new = self._clock(), False
            known = self._issues.get(issue) or self._remember(issue)
            if now - known.begun >= self._interval:
                is_new = now - known.seen >= self._interval
                self._begin_interval(issue, known, now)
            known.seen = now
            known.asked += 1
            if budget is not None and known.asked >= budget:
                known.full = now
                if known.flood is None:
                    known.flood = known.begun
            fits = known.mistaken < MISTAKEN and (budget is None or has_room(known.admitted, known.budget, now))
            if not fits or not self._fits_total(now, is_new=is_new):
                if not known.suppressed:
                    known.since = now
                if known.flood is None:
                    known.full = now
                known.suppressed += 1
                known.total += 1
                self.suppressed += 1
                return None
            if budget is not None:
                known.admitted.append(now)
            if self._total_events is not None:
                self._admitted.append(now)
            age, count = now - known.since, known.take()
            return Admission(now, count, age, known.total) if count else Admission(now)

    def _remember(self, issue: Hashable) -> IssueLimit:
        while len(self._issues) >= MAX_ISSUES:
            _, oldest = self._issues.popitem(last=False)
            count = oldest.take()
            self._forgotten += count
        # Unless a signal handler has come first.
        return self._issues.setdefault(issue, IssueLimit(self._issue_budget))

    def _begin_interval(self, issue: Hashable, known: IssueLimit, now: float) -> None:
        """Begin another interval of an issue."""
        try:
            self._issues.move_to_end(issue)
        except KeyError:  # a signal handler has filled the last place
            self._issues[issue] = known
        known.begin_interval(now)

    def _fits_total(self, now: float, *, is_new: bool) -> bool:
        budget = self._total_events
        return budget is None or has_room(self._admitted, (2 * budget if is_new else budget, self._interval), now)

    def give_back(self, issue: Hashable, admission: Admission) -> None:
        """Take back that an event was admitted, and what it told of: it was not sent after all."""
        with self._lock:
            with contextlib.suppress(ValueError):
                self._admitted.remove(admission.moment)
            known = self._issues.get(issue)
            if known is not None:
                with contextlib.suppress(ValueError):
                    known.admitted.remove(admission.moment)
            if admission.suppressed:
                known = known or self._remember(issue)
                if not known.suppressed:
                    known.since = self._clock() - admission.age
                known.suppressed += admission.suppressed

    def move(self, issue: Hashable, admission: Admission, other: Hashable) -> Admission | None:
        """Return what `admit` says of an event that was admitted as of one issue and turned out to be of another."""
        self.give_back(issue, admission)
        moved = self.admit(other)
        with self._lock:
            known = self._issues.get(issue)
            if known is not None:
                known.asked -= known.asked > 0
                known.mistaken += moved is None
        return moved

    def untold(self, *, everything: bool = False) -> dict[Hashable, Untold]:
        """Return how many events of which issues were suppressed and not told of since, and count them as told.

        Those of which nothing came for an interval, or for longer than the next event of a flood takes to come, and
        that once an interval at most; or everything.
        """
        with self._lock:
            now = self._clock()
            if not everything and now - self._said < self._interval:
                return {}
            told: dict[Hashable, Untold] = {}
            for issue in list(self._issues):
                known = self._issues.get(issue)
                if known is not None and known.suppressed and (everything or known.is_due(now)):
                    total = known.total
                    told[issue] = Untold(known.take(), total)
            count, self._forgotten = self._forgotten, 0
            if count:
                told[OTHERS] = Untold(count, count)
            if told:
                self._said = now
            return told


_UNTROUBLED = Admission(0.0)
