"""The spans that sentry-sdk 3 sends, put together to what sentry-sdk 2 calls a transaction: for tests of services."""

from collections.abc import Iterable, Iterator
from typing import Any

Span = dict[str, Any]
Transaction = dict[str, Any]


def transactions(spans: Iterable[Span]) -> Iterator[Transaction]:
    """Yield a transaction for each segment, in the order in which they ended, with what of it is among the spans.

    `spans` are items of envelope items of type `span`, version 2:
    https://develop.sentry.dev/sdk/telemetry/spans/span-protocol/.
    """
    spans = sorted(spans, key=lambda span: span["end_timestamp"])  # they are sent trace by trace
    for segment in spans:
        if segment["is_segment"]:
            inner = [other for other in spans if _segment(other) == segment["span_id"] and not other["is_segment"]]
            yield _transaction(segment, inner)


def _segment(span: Span) -> Any:
    return _data(span).get("sentry.segment.id")


def _transaction(segment: Span, inner: list[Span]) -> Transaction:
    data = _data(segment)
    return {
        "type": "transaction",
        "transaction": segment["name"],
        "transaction_info": {"source": data.get("sentry.segment.name.source")},
        **_times(segment),
        "release": data.get("sentry.release"),
        "environment": data.get("sentry.environment"),
        "server_name": data.get("server.address"),
        "contexts": {"trace": {**_described(segment), "data": data}},
        # There are no tags: those that are set are attributes.
        "tags": {key: value for key, value in data.items() if "." not in key},
        "spans": [
            {**_described(span), **_times(span), "description": span["name"], "data": _data(span)} for span in inner
        ],
    }


def _described(span: Span) -> Span:
    data = _data(span)
    return {
        "trace_id": span["trace_id"],
        "span_id": span["span_id"],
        "parent_span_id": span.get("parent_span_id"),
        "op": data.get("sentry.op"),
        "origin": data.get("sentry.origin"),
        "status": span["status"],
    }


def _times(span: Span) -> Span:
    return {"start_timestamp": span["start_timestamp"], "timestamp": span["end_timestamp"]}


def _data(span: Span) -> dict[str, Any]:
    return {key: attribute["value"] for key, attribute in span["attributes"].items()}
