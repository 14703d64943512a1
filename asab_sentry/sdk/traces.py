"""Traces: where one begins, and what of it is passed on."""

import os
import random

import sentry_sdk
from sentry_sdk.tracing_utils import Baggage, PropagationContext

Trace = PropagationContext

# Not the one that an application may seed, and not twice the same after a fork.
_random = random.Random()  # noqa: S311  # nobody gains by guessing what it is used for
os.register_at_fork(after_in_child=_random.seed)


class Unsampled(PropagationContext):
    """The trace of what is not sampled. Outgoing requests say so, as those of an unsampled transaction do."""

    __slots__ = ()

    def to_traceparent(self) -> str:
        """Return the header `sentry-trace`."""
        return f"{super().to_traceparent()}-0"

    def get_baggage(self) -> Baggage:
        """Return what the header `baggage` is made of; what Sentry's came with a request is passed on as it came."""
        if self.baggage is None or self.baggage.mutable:
            self.baggage = Baggage.populate_from_propagation_context(self)
            self.baggage.sentry_items["sampled"] = "false"
        return self.baggage


def current_trace() -> PropagationContext:
    """Return the trace that outgoing requests continue."""
    return sentry_sdk.get_current_scope().get_active_propagation_context()


def draw() -> float:
    """Return a number by which is decided whether something is sampled."""
    return _random.random()


def begin(scope: sentry_sdk.Scope, kind: type[PropagationContext] = PropagationContext) -> None:
    """Let a scope have a trace that begins here.

    `uuid4`, by which sentry-sdk makes ids, would be a good part of what a request costs.
    """
    trace_id, span_id = f"{_random.getrandbits(128):032x}", f"{_random.getrandbits(64):016x}"
    # Private: there is no other way to choose ids, or to pass on that a trace is not sampled without a transaction.
    scope._propagation_context = kind(trace_id, span_id)  # noqa: SLF001


def begin_unsampled(scope: sentry_sdk.Scope, incoming: PropagationContext | None) -> None:
    """Let a scope have the trace of what is not sampled, that of a request if there is one."""
    if incoming is None:
        begin(scope, Unsampled)
    else:
        trace = Unsampled(incoming.trace_id, parent_span_id=incoming.parent_span_id, baggage=incoming.baggage)
        scope._propagation_context = trace  # noqa: SLF001  # as in `begin`


def continued(scope: sentry_sdk.Scope, headers: dict[str, str]) -> PropagationContext | None:
    """Let a scope continue the trace that the headers of a request tell of, and return it; None: they tell of none."""
    scope.generate_propagation_context(headers)
    trace = scope.get_active_propagation_context()
    return trace if trace.parent_span_id is not None else None
