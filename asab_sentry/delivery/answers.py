"""What an answer means for what was sent. What keeps the server from taking events is said once, until it changes."""

import logging

from sentry_sdk.utils import Dsn

from ..config.levels import NOTICE
from ..runtime.diagnostics import say
from .channel import Outcome
from .connections import Response
from .counts import Counts
from .ratelimits import WAITS, RateLimits
from .responses import describe_foreign, first_cause, reason_to_doubt, safe_text

EVENT = "error"
"""The category of events."""

SHUT_OUT = ("HTTP 401", "HTTP 403", "HTTP 404")
"""Refusals of the key or the project, which may be accepted again later: nothing is wrong with the event."""

PASSING = frozenset({407, 408, *WAITS})
"""Statuses that say nothing of what was sent: a proxy wants a login, it took too long, there was too much."""

OF_ANYBODY = frozenset({401, 403, 404, 413})
"""Refusals that mean the same whoever says them."""

LONG = 3600.0
"""Seconds for which a server wants nothing of a kind that has no use for it; one that has had too much wants less."""

UNWANTED = {
    "transaction": "transactions",
    "span": "spans",
    "log_item": "logs",
    "session": "sessions",
    "profile": "profiles",
    "profile_chunk": "profiles",
    "monitor": "check-ins",
}
"""Kinds of data that a server may not take, by their category."""


class Answers:
    """Judges the answers of the server of a DSN, and takes note of its limits and of what it has taken.

    What comes of each is the outcome, and why it was not taken: done and not taken is refused for good.
    """

    def __init__(self, dsn: Dsn | None, counts: Counts) -> None:
        self._dsn = dsn
        self._counts = counts
        self._down = ""
        """Why nothing is sent at present."""
        self._unwanted: set[str] = set()
        self.limits = RateLimits()

    def judge(self, response: Response, categories: list[str]) -> tuple[Outcome, str]:
        """Return what comes of an answer to an envelope with items of these categories."""
        self.limits.update(response.status, response.headers)
        self._tell_unwanted()
        if 200 <= response.status < 300:
            why = reason_to_doubt(response.data, response.error, self._dsn, is_event=EVENT in categories)
            if why:
                return self._unreachable(f"HTTP {response.status} with {why}", f"HTTP {response.status}")
            if self._down:
                self._down = ""
                say(NOTICE, "Sentry takes events again", cause="up")
            self._counts.count_sent(categories)
            return Outcome.DONE, ""
        location = safe_text(response.headers.get("Location", ""), self._dsn)
        answer = f"HTTP {response.status} {location}".strip()
        if response.status in WAITS and any(map(self.limits.wait, categories)):
            asked = f"{max(map(self.limits.wait, categories)):.0f} s (HTTP {response.status})"
            say(logging.WARNING, f"Sentry asks to wait for {asked}; events are kept", cause="limited")
            return Outcome.LIMITED, answer
        if 400 <= response.status < 500 and response.status not in PASSING:
            why = "" if response.status in OF_ANYBODY else describe_foreign(response.data, self._dsn)
            if why:
                return self._unreachable(f"HTTP {response.status} with {why}", f"HTTP {response.status}")
            return Outcome.DONE, f"{answer} {safe_text(response.data, self._dsn)}".strip()
        return self._unreachable(answer)

    def judge_failure(self, error: Exception) -> tuple[Outcome, str]:
        """Return what comes of a request that there is no answer to."""
        return self._unreachable(safe_text(first_cause(error), self._dsn))

    def keep_if_shut_out(self, outcome: Outcome, why: str) -> Outcome:
        """Return what comes of that for an envelope that is kept, which no refusal of the key or project costs."""
        if not why.startswith(SHUT_OUT):
            return outcome
        # By the status, as the text of an answer may differ each time.
        if self._down != refusal(why):
            self._down = refusal(why)
            message = f"Sentry refuses the key or the project of the DSN ({why}); events are kept and sent later"
            say(logging.WARNING, message, cause="shut out")
        return Outcome.LATER

    def _tell_unwanted(self) -> None:
        """Say once what a server does not take at all while it takes errors, as Bugsink does with spans."""
        if not self.limits.any:
            return
        unwanted = {kind for label, kind in UNWANTED.items() if self.limits.wait(label) > LONG} - self._unwanted
        if unwanted and not self.limits.wait(EVENT):
            self._unwanted |= unwanted
            kinds = ", ".join(sorted(unwanted))
            say(logging.WARNING, f"The server takes no {kinds}: they are lost; errors are sent as before")

    def _unreachable(self, reason: str, cause: str = "") -> tuple[Outcome, str]:
        # Not again each minute while nothing changes; by the cause, as the text of an answer may differ each time.
        if self._down != (cause or reason):
            self._down = cause or reason
            say(logging.WARNING, f"Sentry does not take events ({reason}); they are kept and sent later", cause="down")
        return Outcome.LATER, reason


def refusal(why: str) -> str:
    """Return why something was refused, in the same words each time."""
    return f"refused with {why[:8]}"
