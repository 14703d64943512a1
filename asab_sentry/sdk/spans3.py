"""Segments and spans of sentry-sdk 3, by the functions that `sdk.spans` names."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Self

import sentry_sdk
from sentry_sdk.traces import NoOpSpan
from sentry_sdk.tracing_utils import Baggage

from ..objects.attributes import attribute_of
from . import batchers, measurement
from .traces import begin as begin_trace
from .traces import current_trace

MAX_TEXT = 8192
"""Longest text of an attribute that is set by hand, in characters; sentry-sdk asks any object for its whole `repr`."""

LEFT_OUT = ("span",)
"""What is counted of a segment that is not sampled."""

FAILED = 500


class Nothing(NoOpSpan):
    """Where a segment or span would be that is not sent: all that one can be asked and told, to no effect."""

    __slots__ = ()

    def __init__(self, name: str = "", source: str = "custom") -> None:  # the base class does far more
        # Private: these sentry-sdk asks of any span.
        self._name = name
        self._attributes = {"sentry.segment.name.source": source}
        self._segment = self
        self._scope = None  # type: ignore[assignment]
        self._baggage = self._parent_span_id = self._parent_sampled = self._unsampled_reason = None
        self._sample_rand = self._sample_rate = None
        self._sampled = False
        self._finished = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def trace_id(self) -> str:
        """The trace's."""
        return current_trace().trace_id

    @property
    def span_id(self) -> str:
        """The trace's."""
        return current_trace().span_id

    # By these sentry-sdk asks the current span for what it passes on, and events for their trace.

    def _to_traceparent(self) -> str:
        return current_trace().to_traceparent()

    def _to_baggage(self) -> Baggage:
        return current_trace().get_baggage()

    _get_baggage = _to_baggage

    def _iter_headers(self) -> Iterator[tuple[str, str]]:
        return current_trace().iter_headers()

    def _get_trace_context(self) -> dict[str, Any]:
        trace = current_trace()
        return {
            "trace_id": trace.trace_id,
            "span_id": trace.span_id,
            "parent_span_id": trace.parent_span_id,
            "dynamic_sampling_context": trace.dynamic_sampling_context,
        }


def measured(scope: sentry_sdk.Scope) -> Any:
    """Return the span that is being measured in a scope, if there is one."""
    span: Any = scope.span
    return None if isinstance(span, NoOpSpan) else span


def place(scope: sentry_sdk.Scope, nothing: Nothing) -> None:
    """Let nothing be measured in a scope; its events have the name."""
    scope.span = nothing
    # Private: sentry-sdk names events by its own kinds of spans only.
    scope._transaction = nothing.name  # noqa: SLF001
    scope._transaction_info = {"source": str(nothing._attributes["sentry.segment.name.source"])}  # noqa: SLF001


def begin_root(
    scope: sentry_sdk.Scope,
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
        begin_trace(scope)  # each has its own, as transactions have
    else:
        sentry_sdk.continue_trace(headers)
    trace = scope.get_active_propagation_context()
    if number is not None and (trace.baggage is None or trace.baggage.mutable):
        # sentry-sdk would derive another one from the trace. It has six digits, and must not become 1.
        trace.baggage = Baggage({"sample_rand": f"{int(number * 1e6) / 1e6:.6f}"})
    sentry_sdk.Scope.set_custom_sampling_context(facts or {})
    attributes = {"sentry.op": operation, "sentry.origin": origin, "sentry.segment.name.source": source}
    return sentry_sdk.start_span(name=name, attributes=attributes, parent_span=None)


def begin_child(parent: Any, operation: str, name: str) -> Any:  # noqa: ARG001  # of the other version
    """Begin a part of what is current, and make it the current one."""
    return sentry_sdk.start_span(name=name, attributes={"sentry.op": operation})


def end(span: Any, error: BaseException | None) -> None:
    """End a span in the scope that it began in; with an error it has failed."""
    if error is not None:
        span.status = "error"
    client = sentry_sdk.get_client()
    if sys.is_finalizing() and client.transport is not None:
        with batchers.without_thread(client):
            span.end()
    else:
        span.end()


def tell_status(span: Any, status: int) -> None:
    """Tell a span how the request ended that it measures, by its HTTP status."""
    span.set_attribute("http.response.status_code", status)
    span.status = "error" if status >= FAILED else "ok"


def is_over(span: Any) -> bool:
    """Return whether a span has ended."""
    return span.end_timestamp is not None


def has_parts(span: Any) -> bool:  # noqa: ARG001  # of the other version
    """Return whether what begins within a span now is sent as a part of its root: each is sent by itself."""
    return True


def root(span: Any) -> Any:
    """Return the one of which a span is a part."""
    # Private: there is no public way from a span to its segment.
    return span._segment  # noqa: SLF001


def operation(span: Any) -> str | None:
    """Return the kind of work that a span measures."""
    return span.get_attributes().get("sentry.op")  # type: ignore[no-any-return]


def rename(span: Any, before: str, name: str) -> None:
    """Call the root of a span by a route, if it is sent and has the name it was made with."""
    segment = root(span)
    if segment.sampled and segment.name == before:
        sentry_sdk.get_current_scope().set_transaction_name(name, source="route")


class Measurement(measurement.Measurement):
    """What is said to a segment or span. There are only attributes."""

    __slots__ = ()

    def _set_tag(self, key: str, value: Any) -> None:
        self._set(key, value)

    def _set_status(self, status: str) -> None:
        self._span.status = "ok" if status == "ok" else "error"

    def _set_http_status(self, status: int) -> None:
        tell_status(self._span, status)

    def _set_context(self, key: str, value: Mapping[str, Any]) -> None:
        for name, part in value.items():
            self._set(f"{key}.{name}", part)

    def _set_measurement(self, name: str, value: float, unit: str) -> None:  # noqa: ARG002  # there are no units
        self._set(name, value)

    def _name(self) -> Any:
        return self._span.name

    def _rename(self, name: str) -> None:
        scope = sentry_sdk.get_current_scope()
        if scope.span is self._span and root(self._span) is self._span:
            scope.set_transaction_name(name, source="custom")  # which names the events, too
        self._span.name = name

    def _set(self, key: str, value: Any) -> None:
        self._span.set_attribute(key, attribute_of(value, MAX_TEXT))
