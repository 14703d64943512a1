"""What Sentry documents of items for which its normalizer has no form, as the judge of what is sent.

Spans: https://develop.sentry.dev/sdk/telemetry/spans/span-protocol/; logs: https://develop.sentry.dev/sdk/telemetry/logs/;
sessions: https://develop.sentry.dev/sdk/telemetry/sessions/.
"""

from collections.abc import Iterator
from typing import Any

import fastjsonschema
from far import Envelope, Item

Schema = dict[str, Any]

TRACE_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
SPAN_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
COUNT: Schema = {"type": "integer", "minimum": 0}


def has(required: dict[str, Schema], **optional: Schema) -> Schema:
    """Return the schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | optional,
        "additionalProperties": False,
    }


def typed(name: str, value: Schema) -> Schema:
    """Return the schema of the value of an attribute, which says its type."""
    return has({"type": {"const": name}, "value": value})


ATTRIBUTES: Schema = {
    "type": "object",
    "additionalProperties": {
        "oneOf": [
            typed("string", {"type": "string"}),
            typed("boolean", {"type": "boolean"}),
            typed("integer", {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}),
            typed("double", {"type": "number"}),
            typed("array", {"type": "array", "items": {"type": ["string", "boolean", "number"]}}),
        ]
    },
}

SPAN = has(
    {
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
        "name": {"type": "string", "minLength": 1},
        "status": {"enum": ["ok", "error"]},
        "is_segment": {"type": "boolean"},
        "start_timestamp": {"type": "number"},
        "end_timestamp": {"type": "number"},
    },
    attributes=ATTRIBUTES,  # of one that could not be cleaned there are none
    parent_span_id=SPAN_ID,
    links={"type": "array"},
)

LOG = has(
    {
        "timestamp": {"type": "number"},
        "trace_id": TRACE_ID,
        "level": {"enum": ["trace", "debug", "info", "warn", "error", "fatal"]},
        "body": {"type": "string"},
    },
    attributes=ATTRIBUTES,
    severity_number={"type": "integer", "minimum": 1, "maximum": 24},
    span_id=SPAN_ID,
)

ITEMS = {"type": "array", "minItems": 1, "maxItems": 1000}

MINUTE = has(
    {"started": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}},
    exited=COUNT,
    errored=COUNT,
    crashed=COUNT,
    abnormal=COUNT,
    unhandled=COUNT,
    did={"type": "string"},
)

PAYLOADS: dict[str, Schema] = {
    "span": has({"items": ITEMS | {"items": SPAN}}, version={"const": 2}),
    "log": has({"items": ITEMS | {"items": LOG}}, version={"const": 2}),
    "sessions": has(
        {
            "attrs": has({"release": {"type": "string", "minLength": 1}}, environment={"type": "string"}),
            "aggregates": {"type": "array", "minItems": 1, "maxItems": 100, "items": MINUTE},
        }
    ),
}

_checks = {name: fastjsonschema.compile(schema) for name, schema in PAYLOADS.items()}


def faults(envelope: Envelope) -> Iterator[str]:
    """Yield what is not as documented of the items of an envelope."""
    for item in envelope.items:
        kind = item.headers["type"]
        if kind in _checks:
            yield from _faults(kind, item)
            if kind == "span" and not {"trace_id", "public_key"} <= (envelope.headers.get("trace") or {}).keys():
                yield "an envelope of spans has the context of dynamic sampling"


def _faults(kind: str, item: Item) -> Iterator[str]:
    try:
        _checks[kind](item.payload)
    except fastjsonschema.JsonSchemaValueException as error:
        yield f"{error}: {error.value!r:.300}"
        return
    if kind in {"span", "log"}:
        if item.headers.get("item_count") != len(item.payload["items"]):
            yield f"item_count is {item.headers.get('item_count')}"
        if (
            item.headers.get("content_type")
            != {
                "span": "application/vnd.sentry.items.span.v2+json",
                "log": "application/vnd.sentry.items.log+json",
            }[kind]
        ):
            yield f"content_type is {item.headers.get('content_type')}"
    for span in item.payload["items"] if kind == "span" else ():
        if not span["start_timestamp"] <= span["end_timestamp"]:
            yield f"{span['name']} ends before it begins"
        segment = span.get("attributes", {}).get("sentry.segment.id", {"value": span["span_id"]})
        if span["is_segment"] and segment["value"] != span["span_id"]:
            yield f"{span['name']} is of another segment"
