"""The judge of spans, logs and sessions finds what is wrong."""

import copy
from typing import Any

import pytest
from documented import faults
from far import Envelope, Item

SPAN = {
    "trace_id": "a" * 32,
    "span_id": "b" * 16,
    "name": "GET /orders",
    "status": "ok",
    "is_segment": True,
    "start_timestamp": 1.5,
    "end_timestamp": 2.5,
    "attributes": {"sentry.segment.id": {"type": "string", "value": "b" * 16}, "n": {"type": "integer", "value": 1}},
}
MINUTE = {"started": "2026-11-26T16:00:00Z", "exited": 3, "errored": 1}


def envelope(kind: str, payload: dict[str, Any], **headers: Any) -> Envelope:
    more = {"item_count": 1, "content_type": f"application/vnd.sentry.items.{kind}.v2+json"} if kind == "span" else {}
    item = Item({"type": kind, **more, **headers}, payload)
    return Envelope({"trace": {"trace_id": "a" * 32, "public_key": "public"}}, [item], {})


def test_span() -> None:
    """A span as documented has no faults; one of which anything is missing, more, or other has."""
    assert list(faults(envelope("span", {"version": 2, "items": [SPAN]}))) == []
    for key in SPAN.keys() - {"attributes"}:
        odd = {name: value for name, value in SPAN.items() if name != key}
        assert list(faults(envelope("span", {"items": [odd]}))), key
    others: dict[str, Any] = {"op": "http", "status": "internal_error", "span_id": "B" * 16, "end_timestamp": 1.0}
    for key, value in others.items():
        assert list(faults(envelope("span", {"items": [SPAN | {key: value}]}))), key
    for value in ({"type": "integer", "value": 2**63}, {"type": "string", "value": None}, "plain", {"value": 1}):
        odd = copy.deepcopy(SPAN)
        odd["attributes"]["x"] = value  # type: ignore[index]
        assert list(faults(envelope("span", {"items": [odd]}))), value
    assert list(faults(envelope("span", {"items": [SPAN]}, item_count=2)))
    assert list(faults(envelope("span", {"items": [SPAN] * 1001}, item_count=1001)))


@pytest.mark.parametrize("more", [{"started": "now"}, {"exited": -1}, {"ok": 1}])
def test_sessions(more: dict[str, Any]) -> None:
    """Minutes of sessions have a time, and counts that are known."""
    attrs = {"release": "shop@1", "environment": "production"}
    assert list(faults(envelope("sessions", {"attrs": attrs, "aggregates": [MINUTE]}))) == []
    assert list(faults(envelope("sessions", {"attrs": attrs, "aggregates": [MINUTE | more]})))
    assert list(faults(envelope("sessions", {"attrs": {}, "aggregates": [MINUTE]})))
