"""Log records as structured logs of Sentry, beside breadcrumbs and events.

They are made and cleaned when many are sent, from a thread of their own (`delivery.log_batches`).
"""

import logging
from collections.abc import Sequence
from types import FrameType
from typing import Any

import sentry_sdk

from ..config.options import Options
from ..delivery.log_batches import LogBatches
from ..pipeline import hooks
from ..pipeline.last_stage import SECRETS
from ..pipeline.log_breadcrumbs import LogBreadcrumb
from ..pipeline.scrubbing.recurring_secrets import without_secrets
from ..pipeline.scrubbing.scrubber import Scrubber
from ..runtime.guards import attempt
from ..runtime.losses import NOT_MADE
from ..sdk import log_items
from ..sdk.log_items import Log
from .log_facts import Noted, make, note
from .record_rules import Rule


class Logs:
    """Sends log records as logs by the transport of a client."""

    def __init__(self, options: Options, scrubber: Scrubber, client: sentry_sdk.Client) -> None:
        self._with_user = options.send_default_pii
        self._scrubber = scrubber
        self._client = client
        # A hook of users may ask what holds where the record is logged: it is called there.
        self._hook = hooks.completed(hooks.guarded(options.before_send_log), hooks.TELEMETRY)
        self._batches = LogBatches(self._send)
        self.flush = self._batches.flush
        """Hand over what waits to the transport."""
        self.end = self._batches.end
        """Let the thread end."""

    def take(
        self,
        record: logging.LogRecord,
        frame: FrameType | None,
        rule: Rule,
        breadcrumb: LogBreadcrumb | None,
        secrets: Sequence[str],
    ) -> None:
        """Take a record that `frame` has logged; `breadcrumb` is what was made of it before, if that was done.

        `secrets` are what its event has told to be secret.
        """
        noted = note(record, frame, rule, breadcrumb, secrets, with_user=self._with_user)
        if self._hook is None:
            self._scrubber.glance()
            self._batches.add(noted)
            return
        for cleaned in self._cleaned([noted]):
            shown = self._hook(cleaned, {})
            if shown is not None:
                self._batches.add(shown)
                return
        self._lose("before_send", item=log_items.item([log_items.written(make(noted))]))

    def _cleaned(self, several: list[Noted]) -> list[Log]:
        """Return logs as they may leave."""
        logs = self._scrubber.logs([make(noted) for noted in several])
        return [without_secrets(log, secrets) if (secrets := log.pop(SECRETS)) else log for log in logs]

    def _send(self, batch: list[Any]) -> None:
        logs = self._cleaned(batch) if self._hook is None else batch
        # What a hook has returned may hold anything.
        written = [text for log in logs if (text := attempt("A log is not sent", log_items.written, log)) is not None]
        if len(written) < len(batch):
            self._lose(NOT_MADE, data_category="log_item", quantity=len(batch) - len(written))
        if written and self._client.transport is not None:
            self._client.transport.capture_envelope(log_items.envelope(written))

    def _lose(self, reason: str, **lost: Any) -> None:
        if self._client.transport is not None:
            self._client.transport.record_lost_event(reason, **lost)
