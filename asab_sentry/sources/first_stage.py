"""What each event goes through first, whoever captured it: the gate, unless it was asked before, then its stack."""

from typing import Any

from ..pipeline import grouping
from ..pipeline.gate import Gate, Ticket
from ..pipeline.log_breadcrumbs import Event, Hint
from ..runtime import stacks
from ..runtime.guards import attempt
from ..sdk import other_setups
from ..sdk.client import Prepare
from . import exceptions, frames, health
from .work import scopes

OF_ANOTHER = "asab_sentry_of_another"
"""In the hint of an event that is of another process: an error in nothing that this one does."""


def prepare_with(gate: Gate, handlers: other_setups.Handlers, *, attach_stacktrace: bool) -> Prepare:
    """Return what prepares each event; its stack is attached where it has none, if `attach_stacktrace` says so."""

    def prepare(event: Event, hint: Hint) -> Ticket | None:
        is_ours = grouping.is_noted(hint)
        if not is_ours and handlers.have_handled(hint):
            return None
        ticket = gate.enter(event, hint, scopes.current_unit)
        if ticket is not None:
            if event.get("level") in health.ERRORS and OF_ANOTHER not in hint:
                health.note_error()
            exc_info = hint.get("exc_info")
            if exc_info or not is_ours:
                attempt("An event has no stack, as that failed", complete, event, exc_info, is_ours)
        return ticket

    def complete(event: Event, exc_info: Any, is_ours: bool) -> None:  # noqa: FBT001  # `attempt` hands it on
        if exc_info:
            exceptions.complete(event, exc_info)
        if attach_stacktrace and not is_ours and event.keys().isdisjoint(("stacktrace", "threads")):
            raised = exceptions.exc_info_of(exc_info)
            is_new = raised is not None and raised[2] is None
            if is_new or "exception" not in event:
                event["threads"] = frames.threads(stacks.caller())

    return prepare
