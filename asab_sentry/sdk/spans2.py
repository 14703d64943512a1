"""Transactions and spans of sentry-sdk 2, by the functions that `sdk.spans` names."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

import sentry_sdk
from sentry_sdk.consts import SPANSTATUS
from sentry_sdk.tracing import NoOpSpan, Transaction
from sentry_sdk.tracing_utils import Baggage

from . import measurement
from .traces import current_trace

CLIENT_CLOSED_REQUEST = 499

LEFT_OUT: tuple[Literal["transaction", "span"], ...] = ("transaction", "span")
"""What is counted of a transaction that is not sampled."""


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
        return current_trace().trace_id

    @trace_id.setter
    def trace_id(self, value: str) -> None:
        pass

    @property
    def span_id(self) -> str:
        """The trace's; it stays when it is set."""
        return current_trace().span_id

    @span_id.setter
    def span_id(self, value: str) -> None:
        pass

    def set_flag(self, flag: str, result: bool) -> None:  # noqa: FBT001  # the signature is sentry-sdk's
        """Do nothing."""

    def to_traceparent(self) -> str:
        """Return the header `sentry-trace`."""
        return current_trace().to_traceparent()

    def get_baggage(self) -> Baggage:
        """Return what the header `baggage` is made of."""
        return current_trace().get_baggage()

    def iter_headers(self) -> Iterator[tuple[str, str]]:
        """Yield both headers."""
        return current_trace().iter_headers()

    to_baggage = get_baggage
    # By these sentry-sdk calls them for `get_traceparent` and `get_baggage`.
    _to_traceparent, _to_baggage = to_traceparent, get_baggage


def measured(scope: sentry_sdk.Scope) -> Any:
    """Return the span that is being measured in a scope, if there is one."""
    span: Any = scope.span
    return None if isinstance(span, NoOpSpan) else span


def place(scope: sentry_sdk.Scope, nothing: Nothing) -> None:
    """Let nothing be measured in a scope; its events have the name."""
    scope.span = nothing


def begin_root(
    scope: sentry_sdk.Scope,  # noqa: ARG001  # of the other version
    operation: str,
    name: str,
    number: float | None,
    *,
    source: str = "custom",
    origin: str = "manual",
    facts: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """Begin what has no parent in this process, and make it the current one.

    `number` is what was drawn for it (None: sentry-sdk decides), `facts` are for a sampler, `headers` those of the
    request whose trace it continues.
    """
    if headers is None:
        made = Transaction(op=operation, name=name, source=source, origin=origin)
    else:
        made = sentry_sdk.continue_trace(headers, operation, name, source, origin)
    if number is not None:
        # Private: sentry-sdk would draw another one. It is written with six digits, and must not become 1.
        made._sample_rand = int(number * 1e6) / 1e6  # noqa: SLF001
    return sentry_sdk.start_transaction(made, custom_sampling_context=facts or {}).__enter__()


def begin_child(parent: Any, operation: str, name: str) -> Any:
    """Begin a part of what is current, and make it the current one."""
    return parent.start_child(op=operation, name=name).__enter__()


def end(span: Any, error: BaseException | None) -> None:
    """End a span in the scope that it began in; with an error it has failed."""
    span.__exit__(type(error) if error is not None else None, error, None)


def tell_status(span: Any, status: int) -> None:
    """Tell a span how the request ended that it measures, by its HTTP status."""
    span.set_http_status(status)
    if status == CLIENT_CLOSED_REQUEST:
        # Not what sentry-sdk makes of this status, which counts as a failure of the service.
        span.set_status(SPANSTATUS.CANCELLED)


def is_over(span: Any) -> bool:
    """Return whether a span has ended."""
    return span.timestamp is not None


def has_parts(span: Any) -> bool:
    """Return whether what begins within a span now is sent as a part of its root: that was not sent before."""
    transaction = root(span)
    return transaction is None or not is_over(transaction)


def root(span: Any) -> Any:
    """Return the one of which a span is a part."""
    return span.containing_transaction


def operation(span: Any) -> str | None:
    """Return the kind of work that a span measures."""
    return span.op  # type: ignore[no-any-return]


def rename(span: Any, before: str, name: str) -> None:
    """Call the root of a span by a route, if it is sent and has the name it was made with."""
    transaction = root(span)
    if transaction is not None and transaction.sampled and transaction.name == before:
        transaction.name, transaction.source = name, "route"


class Measurement(measurement.Measurement):
    """What is said to a transaction or span."""

    __slots__ = ()

    def _set_tag(self, key: str, value: Any) -> None:
        self._span.set_tag(key, value)

    def _set_status(self, status: str) -> None:
        self._span.set_status(status)

    def _set_http_status(self, status: int) -> None:
        tell_status(self._span, status)

    def _set_context(self, key: str, value: Mapping[str, Any]) -> None:
        if isinstance(self._span, Transaction):
            self._span.set_context(key, {**value})
        else:
            self._set(key, value)

    def _set_measurement(self, name: str, value: float, unit: str) -> None:
        self._span.set_measurement(name, value, unit)

    def _name(self) -> Any:
        return self._span.name if isinstance(self._span, Transaction) else self._span.description

    def _rename(self, name: str) -> None:
        if isinstance(self._span, Transaction):
            self._span.name = name
        else:
            self._span.description = name

    def _set(self, key: str, value: Any) -> None:
        self._span.set_data(key, value)
