"""Envelopes are sent, those that were kept and others; what becomes of each is said and counted."""

import contextlib
import logging
import time
from typing import Any

from sentry_sdk.envelope import Envelope, Item

from ..runtime.diagnostics import reason, say
from ..runtime.losses import NOT_MADE
from ..sdk.attachments import is_missing
from .answers import Answers, refusal
from .channel import Outcome
from .counts import Counts, is_kept
from .drops import Drops
from .http_requests import HttpRequests
from .payload import NoEnvelope, headers_of, items_of, sendable, with_sent_at
from .trimming import attempts
from .unspooled import Unspooled

TOO_LARGE = "HTTP 413"
"""Refusal of an event that is sent again with less in it."""


class Posting(HttpRequests):
    """The channel (`channel`) to the server of the DSN, and what waits for it in memory."""

    def __init__(self, options: dict[str, Any], counts: Counts | None = None) -> None:
        super().__init__(options, counts)
        self._answers = Answers(self.parsed_dsn, self.counts)
        self._drops = Drops()
        self._begin_posting()

    def _begin_posting(self) -> None:
        self._unspooled = Unspooled(self.options["transport_queue_size"])
        self._trouble: tuple[float, str] | None = None
        """Since when the server takes nothing of what is kept, and why."""

    def after_fork(self) -> None:
        """Begin anew in a child process: what waits in memory is the parent's to send, as are its connections."""
        self.leave_connections()
        self._fetch_pending_client_report(force=True)
        self._begin_posting()

    @property
    def trouble(self) -> tuple[float, str] | None:
        """For how many seconds the server has not taken what is kept, and why; None while it does."""
        trouble = self._trouble
        return trouble and (time.monotonic() - trouble[0], trouble[1])

    def _note(self, reason: str) -> None:
        """Remember since when the server takes nothing of what is kept; without a reason it does."""
        if not reason:
            self._trouble = None
        else:
            self._trouble = (self._trouble[0] if self._trouble else time.monotonic(), reason)

    def post(self, label: str, content: bytes) -> Outcome:
        """Send an envelope that was kept."""
        try:
            headers = headers_of(content)
        except NoEnvelope as error:
            say(logging.WARNING, f"What is no envelope is dropped: {error}", cause="no envelope")
            self._lose(label, "unreadable")
            return Outcome.DONE
        outcome, why, attempt = Outcome.LATER, "", content
        for attempt in attempts(content):
            outcome, why = self._send(with_sent_at(attempt, headers), [label])
            if not why.startswith(TOO_LARGE):
                break
        outcome = self._answers.keep_if_shut_out(outcome, why)
        self._note("" if outcome is Outcome.DONE else why)
        event_id = headers.get("event_id")
        what = f"event {event_id}" if event_id else "an envelope"
        if outcome is Outcome.DONE and not why and attempt is not content:
            message = f"Sentry would not take {what} of {len(content)} bytes; it was sent with less in it"
            say(logging.WARNING, message, cause="large")
            self._lose_items("send_error", [item for item in items_of(content) if item.type == "attachment"])
        if outcome is Outcome.DONE and why:
            say(logging.WARNING, f"Sentry refused {what} ({why})", cause=refusal(why))
            self._tell_drop(label, refusal(why))
            self._lose_items("send_error", items_of(content))
        return outcome

    def wait(self, label: str) -> float:
        """Return the seconds until something of the category may be sent."""
        return self._answers.limits.wait(label)

    def send_unspooled(self) -> Outcome | None:
        """Send the oldest envelope of those that are not worth being kept."""
        envelope = self._unspooled.first()
        if envelope is None:
            return None
        try:
            outcome = self._send_other(envelope)
        except Exception as error:
            say(logging.ERROR, f"An envelope could not be sent ({reason(error)})", exc_info=True)
            self._lose_items(NOT_MADE, envelope.items)
            outcome = Outcome.DONE
        self._unspooled.settle(envelope, outcome)
        return outcome

    def _send_other(self, envelope: Envelope) -> Outcome:
        items = [item for item in envelope.items if not self.wait(item.data_category)]
        self._lose_items("ratelimit_backoff", [item for item in envelope.items if item not in items])
        items = [item for item in items if not is_missing(item)]
        envelope.items[:] = items
        if not items:
            return Outcome.DONE
        content = Envelope(envelope.headers, [sendable(item) for item in items]).serialize()
        outcome, why = self._send(content, [item.data_category for item in items])
        if outcome is Outcome.DONE and why:
            types = ", ".join(item.type or "" for item in items)
            say(logging.WARNING, f"Sentry refused an envelope of {types} ({why})", cause=refusal(why))
            self._lose_items("send_error", items)
        return outcome

    def _send(self, content: bytes, categories: list[str]) -> tuple[Outcome, str]:
        try:
            response = self.request(content)
        except Exception as error:
            return self._answers.judge_failure(error)
        return self._answers.judge(response, categories)

    def maintain(self) -> None:
        """Report losses to the server and in the log."""
        self._report_losses()
        self.tell()

    def enqueue(self, envelope: Envelope) -> None:
        """Let an envelope wait in memory."""
        oldest = self._unspooled.add(envelope)
        self._lose_items("queue_overflow", oldest.items if oldest else [])

    def _lose(self, label: str, reason: str) -> None:
        """Count what the spool dropped."""
        self._tell_drop(label, f"over {reason}" if reason.startswith("max_") else reason)
        self.record_lost_event("cache_overflow", label)

    def _tell_drop(self, label: str, reason: str) -> None:
        if is_kept(label):  # else it is no event, and was in a file since a process ended
            self._drops.count(reason)

    def _lose_items(self, reason: str, items: list[Item]) -> None:
        for item in items:
            if item.type != "client_report":  # a report of a report would never end
                with contextlib.suppress(Exception):  # anybody may have made it
                    self.record_lost_event(reason, item=item)

    def tell(self) -> None:
        """Say in one line what was lost, once a minute at most."""
        self._drops.tell()

    def _report_losses(self, *, force: bool = False) -> None:
        # Private, as is all that a transport can be built on.
        report = self._fetch_pending_client_report(force=force, interval=60)
        if report is not None:
            self.enqueue(Envelope(items=[report]))
