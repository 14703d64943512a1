"""Whether an event is worth being made: not twice for one exception, not for ignored ones, not in a storm.

The question is asked before anything of the event is built; for events that sentry-sdk captures by itself when it does.
"""

import datetime
from collections.abc import Hashable
from typing import Any

from .. import marks, stacks
from ..notices import L, counted
from ..options import Options
from . import grouping
from .grouping import Grouping
from .limit import Admission, Limiter

_ADMISSION = "asab_sentry.admission"

MAX_SAID = 20


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

    def admit(self, issue: Hashable, error: BaseException | None) -> dict[str, Any] | None:
        """Return what the hint of an admitted event must hold, or None when there is to be no event of the issue."""
        if error is not None and (marks.is_reported(error) or (self._ignored and self._is_ignored(type(error)))):
            return None
        admission = self._limiter.admit(issue)
        if admission is not None:
            return {_ADMISSION: admission}
        if error is not None:
            # So that it is counted once: most exceptions get here by several ways.
            marks.report(error)
        return None

    def _is_ignored(self, kind: type[BaseException]) -> bool:
        # By the rule of sentry-sdk, which would say so when the event is built.
        return kind.__name__ in self._ignored or f"{kind.__module__}.{kind.__name__}" in self._ignored

    def give_back(self, issue: Hashable, admitted: dict[str, Any]) -> None:
        """Take note that an admitted event was not sent after all, by a hook or by chance."""
        self._limiter.give_back(issue, admitted[_ADMISSION])

    def enter(self, event: dict[str, Any], hint: dict[str, Any]) -> bool:
        """Return whether an event may go on, which is asked unless it was before; write into it what was suppressed."""
        exc_info = hint.get("exc_info")
        error = exc_info[1] if exc_info else None
        admitted = hint if _ADMISSION in hint else self._admit_event(event, hint, error)
        if admitted is None:
            return False
        admission: Admission = admitted[_ADMISSION]
        hint.pop(_ADMISSION, None)
        if error is not None:
            marks.report(error)
        if admission.suppressed:
            since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=admission.age)
            facts = {
                "count": admission.suppressed,
                "since": since.isoformat(timespec="milliseconds"),
                "total": admission.total,
            }
            event.setdefault("contexts", {})["suppressed"] = facts
            event.setdefault("tags", {})["suppressed"] = str(admission.suppressed)
        return True

    def _admit_event(
        self, event: dict[str, Any], hint: dict[str, Any], error: BaseException | None
    ) -> dict[str, Any] | None:
        issue = self.grouping.of_event(event, error, stacks.caller())
        grouping.note(hint, issue)
        return self.admit(issue.name, error)

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
        # Not by `notices.say`: the limiter minds how often, and no count may be lost.
        events = counted(sum(count for count, _ in untold.values()), "event was", "events were")
        L.warning("%s suppressed: %s", events, ", ".join(counts))


def _in_words(issue: Hashable, count: int, total: int) -> str:
    return f"{count} of {label(issue)}" + (f" ({total} in all)" if total > count else "")


def label(issue: Hashable) -> str:
    """Return an issue in words: its parts, which are texts and, behind those of files, numbers of lines."""
    parts = issue if isinstance(issue, tuple) else (issue,)
    return "".join(f":{part}" if type(part) is int else f" {part}" for part in parts)[1:]
