"""Transactions and spans, at next to no cost where they are not sent.

What is not sampled is no transaction at all. In its place stands `Nothing`, so that nothing within it becomes one, and
a trace (`Unsampled`) that tells the decision to whom is called from there.
"""

import os
import random
from collections.abc import Iterator
from typing import Any, Self

import sentry_sdk
from sentry_sdk.tracing import NoOpSpan, Transaction
from sentry_sdk.tracing_utils import Baggage, PropagationContext

# Not the one that an application may seed, and not twice the same after a fork.
_random = random.Random()  # noqa: S311  # nobody gains by guessing what it is used for
os.register_at_fork(after_in_child=_random.seed)


class Nothing(NoOpSpan, Transaction):  # type: ignore[misc]  # theirs differ in private methods
    """Where a transaction or span would be that is not sent: all that one can be asked and told, to no effect."""

    # What sentry-sdk sets one by one when it makes a transaction.
    parent_span_id = op = description = status = hub = scope = timestamp = parent_sampled = None
    same_process_as_parent = True
    sampled = False
    sample_rate = 0.0
    origin = "manual"

    def __init__(self, name: str = "", source: str = "custom") -> None:  # the base class does far more
        self.name = name
        self.source = source

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start_child(self, *_: Any, **__: Any) -> "Nothing":
        """Return another one."""
        return Nothing()

    @property
    def containing_transaction(self) -> Any:
        """Itself: `scope.transaction` can be used as if it were sampled."""
        return self

    @property
    def trace_id(self) -> str:
        """The trace's; it stays when it is set."""
        return _trace().trace_id

    @trace_id.setter
    def trace_id(self, value: str) -> None:
        pass

    @property
    def span_id(self) -> str:
        """The trace's; it stays when it is set."""
        return _trace().span_id

    @span_id.setter
    def span_id(self, value: str) -> None:
        pass

    def set_flag(self, flag: str, result: bool) -> None:  # noqa: FBT001  # the signature is sentry-sdk's
        """Do nothing."""

    def to_traceparent(self) -> str:
        """Return the header `sentry-trace`."""
        return _trace().to_traceparent()

    def get_baggage(self) -> Baggage:
        """Return what the header `baggage` is made of."""
        return _trace().get_baggage()

    def iter_headers(self) -> Iterator[tuple[str, str]]:
        """Yield both headers."""
        return _trace().iter_headers()

    to_baggage = get_baggage
    # By these sentry-sdk calls them for `get_traceparent` and `get_baggage`.
    _to_traceparent, _to_baggage = to_traceparent, get_baggage


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


def _trace() -> PropagationContext:
    return sentry_sdk.get_current_scope().get_active_propagation_context()


def begin(scope: sentry_sdk.Scope, kind: type[PropagationContext] = PropagationContext) -> None:
    """Let a scope have a trace that begins here.

    `uuid4`, by which sentry-sdk makes ids, would be a good part of what a request costs.
    """
    trace_id, span_id = f"{_random.getrandbits(128):032x}", f"{_random.getrandbits(64):016x}"
    # Private: there is no other way to choose ids, or to pass on that a trace is not sampled without a transaction.
    scope._propagation_context = kind(trace_id, span_id)  # noqa: SLF001


def decide(rate: float | None, incoming: PropagationContext | None = None) -> tuple[bool, float | None]:
    """Return whether something may be sampled, and the number that was drawn for it.

    `rate` is the configured sample rate; None: a sampler is configured. `incoming` is the trace of the caller, if there
    is one. Where a sampler or the caller decides, no number is drawn, and sentry-sdk does the rest.
    """
    if rate is None:
        return True, None
    if incoming is None:
        number = _random.random()
        return number < rate, number
    return incoming.parent_sampled is not False, None


def leave_out(scope: sentry_sdk.Scope, incoming: PropagationContext | None = None) -> None:
    """Let a scope have the trace of what is not sampled, that of a request if there is one; count what is left out."""
    if incoming is None:
        begin(scope, Unsampled)
    else:
        trace = Unsampled(incoming.trace_id, parent_span_id=incoming.parent_span_id, baggage=incoming.baggage)
        scope._propagation_context = trace  # noqa: SLF001  # as in `begin`
    transport = sentry_sdk.get_client().transport
    if transport is not None:
        transport.record_lost_event("sample_rate", data_category="transaction")
        transport.record_lost_event("sample_rate", data_category="span")
