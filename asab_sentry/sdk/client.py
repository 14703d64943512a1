"""Our client of sentry-sdk: each event is prepared once, whoever captured it, and passes the serializer as it is."""

import logging
import os
import warnings
from collections.abc import Callable
from typing import Any, Protocol

import sentry_sdk

from ..objects.calls import AT_ONCE, SECONDS, let_through
from ..objects.ready_json import ReadyDict
from ..runtime.diagnostics import reason, say
from ..runtime.finalizing import keep_modules
from ..runtime.losses import NOT_MADE
from . import batchers, internal_errors
from .bounded_events import bounded, well_formed
from .settings import adapt

TICKET = "asab_sentry.ticket"
"""Key in a hint: the ticket of an event that was asked about before it was made."""


class Ticket(Protocol):
    """An event may be sent."""

    def take_back(self) -> None:
        """Take note that nothing was sent after all; a second time it does nothing."""


Prepare = Callable[[dict[str, Any], dict[str, Any]], Ticket | None]
"""Completes an event, with its hint, in place; returns its ticket, or None when it is not to be sent."""


class SdkClient(sentry_sdk.Client):
    """The client that captures everything, also what sentry-sdk's own integrations and functions are given.

    Only the public `capture_event` and `flush` are overridden. The event that goes on is a `ReadyDict`, which the
    serializer of sentry-sdk passes untouched: `before_send`, which scrubs it, makes JSON of it. Where that way is gone
    in a version of sentry-sdk, events are walked by its serializer again: slower, and as clean.
    """

    prepare: Prepare | None = None
    collect: Callable[[], None] | None = None
    """Hands over to the transport what waits elsewhere."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        batchers.guard(self)

    def capture_event(self, event: Any, hint: Any = None, scope: Any = None) -> str | None:
        """Capture an event, a transaction or a check-in; return its id, or None when nothing was sent."""
        is_first = AT_ONCE.left is None
        try:
            if is_first:
                AT_ONCE.left = SECONDS
            sent = self._capture_any(event, hint, scope)
        finally:
            if is_first:
                AT_ONCE.left = None
        return sent

    def _capture_any(self, event: Any, hint: Any, scope: Any) -> str | None:
        keep_modules()
        hint = dict(hint or ())
        if TICKET in hint:
            return self._capture(ReadyDict({"event_id": _new_id(), **event}), hint, scope)
        try:
            # Others give what anybody gave them.
            return self._capture(ReadyDict(event if event.get("type") else well_formed(bounded(event))), hint, scope)
        except Exception as error:
            let_through(error)
            say(logging.ERROR, f"An event of others could not be captured ({reason(error)})", exc_info=True)
            if self.transport is not None:
                self.transport.record_lost_event(NOT_MADE, data_category="error")
            return None

    def hand_over(self) -> None:
        """Hand over to the transport all that waits elsewhere."""
        if self.collect is not None:
            self.collect()
        batchers.hand_over(self)

    def flush(self, timeout: float | None = None, callback: Any = None) -> None:
        """Wait until all is sent, at most `timeout` seconds."""
        if self.collect is not None:
            self.collect()
        super().flush(timeout=timeout, callback=callback)

    def _capture(self, event: Any, hint: dict[str, Any], scope: Any) -> str | None:
        ticket = None
        # Transactions and check-ins have a type.
        if self.prepare is not None and not event.get("type"):
            try:
                ticket = self.prepare(event, hint)
            except Exception as error:
                let_through(error)
                message = f"An event could not be completed and is sent as it is ({reason(error)})"
                say(logging.ERROR, message, exc_info=True)
            else:
                if ticket is None:
                    return None
        sent = None
        try:
            sent = super().capture_event(event, hint, scope)
        except BaseException:
            internal_errors.recover()
            raise
        finally:
            if sent is None and ticket is not None:
                ticket.take_back()
        return sent


def _new_id() -> str:
    """Return the id of an event, a UUID of version 4, in a part of the time that `uuid.uuid4` takes."""
    number = os.urandom(16).hex()
    return f"{number[:12]}4{number[13:16]}a{number[17:]}"


def make_client(prepare: Prepare, **settings: Any) -> SdkClient:
    """Return a client; `settings` are arguments of `sentry_sdk.init` by the names of sentry-sdk 2."""
    with warnings.catch_warnings():
        # What is to come in its place does not let event processors see what was there before.
        warnings.filterwarnings("ignore", "The send_default_pii option is deprecated", DeprecationWarning)
        warnings.filterwarnings("ignore", "Transaction-based profiling is deprecated", DeprecationWarning)
        client = SdkClient(**adapt(settings))
    client.prepare = prepare
    return client
