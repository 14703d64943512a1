"""Whether an event is worth being made: not twice for one exception, not for ignored ones, not in a storm.

The question is asked before anything of the event is built; for events that sentry-sdk captures by itself when it does.
"""

import datetime
from collections.abc import Callable, Hashable
from typing import Any

from ..config.options import Options
from ..objects.kinds import module_of, name_of
from ..runtime import stacks
from ..runtime.diagnostics import L, counted
from ..sdk import fingerprint
from ..sdk.client import TICKET
from . import exception_marks, grouping
from .grouping import Grouping, Issue
from .limit import Admission, Limiter

CurrentUnit = Callable[[], exception_marks.Unit]
"""Tells the current unit of work, where that is to be known."""

MAX_SAID = 20

_ADMITTED = "asab_sentry.admitted"


class Ticket:
    """An event may be sent."""

    def __init__(
        self,
        limiter: Limiter,
        issue: Hashable,
        admission: Admission,
        mark: tuple[BaseException, exception_marks.Report] | None,
    ) -> None:
        self.admission = admission
        self._limiter: Limiter | None = limiter
        self._issue = issue
        self._mark = mark
        self.also_take_back: Callable[[], object] | None = None
        """What else is to be as it was, where nothing was sent."""

    def move(self, issue: Hashable) -> bool:
        """Take the event for one of another issue; return whether it may be sent as such."""
        if self._limiter is None or issue == self._issue:
            return True
        moved = self._limiter.move(self._issue, self.admission, issue)
        if moved is None:
            # It is suppressed as that, which is counted: nothing is to be taken back.
            self._limiter = None
            return False
        self._issue, self.admission = issue, moved
        return True

    def take_back(self) -> None:
        """Leave budgets, counts and the exception as they were before: nothing was sent."""
        limiter, self._limiter = self._limiter, None
        if self.also_take_back is not None:
            self.also_take_back()
        if limiter is not None:
            limiter.give_back(self._issue, self.admission)
            if self._mark is not None:
                exception_marks.take_back(*self._mark)


class Gate:
    """Asks the limiter about issues, and says what was suppressed."""

    def __init__(self, options: Options) -> None:
        self._ignored = frozenset(options.ignore_errors)
        self.grouping = Grouping(options.fingerprints)
        self._limiter = Limiter(options.issue_events, options.total_events, options.interval)

    @property
    def suppressed(self) -> int:
        """How many events the limits kept back since the start."""
        return self._limiter.suppressed

    def admit(self, issue: Hashable, error: BaseException | None, current_unit: CurrentUnit) -> Ticket | None:
        """Return the ticket of an event of the issue, or None when there is to be none."""
        mark = None
        if error is not None:
            if self.ignores(error):
                return None
            # Also of what is suppressed, so that it is counted once: most exceptions get here by several ways.
            report = exception_marks.report(error, current_unit())
            if report is None:
                return None
            mark = error, report
        admission = self._limiter.admit(issue)
        return None if admission is None else Ticket(self._limiter, issue, admission, mark)

    def ignores(self, error: BaseException | None) -> bool:
        """Return whether `ignore_errors` names an exception."""
        if error is None or not self._ignored:
            return False
        # By the rule of sentry-sdk, which would say so when the event is built.
        kind = type(error)
        name = name_of(kind)
        return name in self._ignored or f"{module_of(kind)}.{name}" in self._ignored

    def enter(self, event: dict[str, Any], hint: dict[str, Any], current_unit: CurrentUnit) -> Ticket | None:
        """Return the ticket of an event, which is asked for unless it was before; write into it what was suppressed."""
        ticket: Ticket | None = hint.pop(TICKET, None) or self._admit_event(event, hint, current_unit)
        if ticket is None:
            return None
        hint[_ADMITTED] = ticket
        if ticket.admission.suppressed:
            _tell_suppressed(event, ticket.admission)
        return ticket

    def _admit_event(self, event: dict[str, Any], hint: dict[str, Any], current_unit: CurrentUnit) -> Ticket | None:
        exc_info = hint.get("exc_info")
        error = exc_info[1] if exc_info else None
        issue = self.grouping.of_event(event, error, stacks.caller())
        grouping.note(hint, issue)
        issue = grouping.of_fingerprint(event.get("fingerprint") or fingerprint.of_scopes(), issue) or issue
        return self.admit(issue.name, error, current_unit)

    def tell(self, *, everything: bool = False) -> None:
        """Say in one WARNING line what was suppressed and told of by no event since."""
        untold = self._limiter.untold(everything=everything)
        if not untold:
            return
        most = sorted(untold.items(), key=lambda item: -item[1].suppressed)
        counts = [_in_words(issue, count, total) for issue, (count, total) in most[:MAX_SAID]]
        if len(most) > MAX_SAID:
            rest = sum(count for _, (count, _) in most[MAX_SAID:])
            counts.append(f"{rest} of {len(most) - MAX_SAID} more issues")
        # Not by `diagnostics.say`: the limiter minds how often, and no count may be lost.
        events = counted(sum(count for count, _ in untold.values()), "event was", "events were")
        L.warning("%s suppressed: %s", events, ", ".join(counts))


def take_ticket(hint: dict[str, Any]) -> Ticket | None:
    """Take the ticket of an event out of its hint; None of an event that was not asked about."""
    ticket: Ticket | None = hint.pop(_ADMITTED, None)
    return ticket


def move(event: dict[str, Any], ticket: Ticket | None, issue: Issue | None) -> bool:
    """Let an event count as one of the issue that it turned out to be; return whether it may be sent as such."""
    if ticket is None or issue is None:
        return True
    before = ticket.admission
    if not ticket.move(issue.name):
        return False
    if ticket.admission is not before:
        if before.suppressed:
            for part in ("contexts", "tags"):
                event.get(part, {}).pop("suppressed", None)
        if ticket.admission.suppressed:
            _tell_suppressed(event, ticket.admission)
    return True


def _tell_suppressed(event: dict[str, Any], admission: Admission) -> None:
    """Write into an event how many of its issue were suppressed before it."""
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=admission.age)
    facts = {
        "count": admission.suppressed,
        "since": since.isoformat(timespec="milliseconds"),
        "total": admission.total,
    }
    event.setdefault("contexts", {})["suppressed"] = facts
    event.setdefault("tags", {})["suppressed"] = str(admission.suppressed)


def _in_words(issue: Hashable, count: int, total: int) -> str:
    return f"{count} of {label(issue)}" + (f" ({total} in all)" if total > count else "")


def label(issue: Hashable) -> str:
    """Return an issue in words: its parts, which are texts and, behind those of files, numbers of lines."""
    parts = issue if isinstance(issue, tuple) else (issue,)
    return "".join(f":{part}" if type(part) is int else f" {part}" for part in parts)[1:]
