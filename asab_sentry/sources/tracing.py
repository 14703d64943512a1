"""Transactions and spans, at next to no cost where they are not sent."""

import contextlib
from collections.abc import Iterator
from typing import Any

import sentry_sdk
from sentry_sdk.tracing import NoOpSpan, Transaction

from .. import values

NOTHING = NoOpSpan()
"""What a block is given that is not measured."""

MAX_NAME = 200


@contextlib.contextmanager
def transaction(operation: object, name: object, rate: float | None) -> Iterator[Any]:
    """Measure a block as a transaction, or within another transaction as a span of it; `rate` is as in `run`."""
    if sentry_sdk.get_current_scope().span is not None:
        with span(operation, name) as child:
            yield child
    else:
        with run(Transaction(op=_name(operation), name=_name(name)), rate) as made:
            yield made


@contextlib.contextmanager
def run(made: Transaction, rate: float | None, facts: dict[str, Any] | None = None) -> Iterator[Transaction]:
    """Run a block as the transaction `made`.

    `rate` is the configured sample rate; None: sentry-sdk decides all by itself (a sampler is configured, which is also
    given `facts`).
    """
    scope = sentry_sdk.get_current_scope()
    # Private: the SDK leaves the name of a transaction that is over to all later events.
    name_before = scope._transaction  # noqa: SLF001
    try:
        if not _is_unsampled(made, rate):
            with sentry_sdk.start_transaction(made, custom_sampling_context=facts or {}):
                yield made
            return
        made.sampled, made.sample_rate = False, rate
        # What errors and outgoing requests take the trace from.
        scope.span = made
        try:
            yield made
        finally:
            scope.span = None
            _count_unsampled()
    finally:
        scope._transaction = name_before  # noqa: SLF001


def _is_unsampled(made: Transaction, rate: float | None) -> bool:
    if rate is None:
        return False
    if made.parent_sampled is not None:
        return not made.parent_sampled
    # The number that sentry-sdk would compare with the rate. Private: without it the SDK decides, at its own cost.
    return bool(getattr(made, "_sample_rand", 0.0) >= rate)


def _count_unsampled() -> None:
    transport = sentry_sdk.get_client().transport
    if transport is not None:
        transport.record_lost_event("sample_rate", data_category="transaction")
        transport.record_lost_event("sample_rate", data_category="span")


def _name(name: object) -> str:
    return name if type(name) is str and len(name) <= MAX_NAME else values.text(name, MAX_NAME)


@contextlib.contextmanager
def span(operation: object, description: object) -> Iterator[Any]:
    """Measure a block as a part of the current transaction, if there is one that is sent."""
    parent = sentry_sdk.get_current_scope().span
    if parent is None or parent.sampled is False:
        yield NOTHING
        return
    with parent.start_child(op=_name(operation), name=_name(description)) as child:
        yield child
