"""Structured logs as Sentry takes them: many in one item of an envelope.

https://develop.sentry.dev/sdk/telemetry/logs/
"""

import datetime
import json
import math
from typing import Any

from sentry_sdk.envelope import Envelope, Item, PayloadRef

from ..objects.attributes import MAX_TEXT, attribute_of
from ..objects.cache import Cache

Log = dict[str, Any]
"""A log as sentry-sdk shows it to `before_send_log`."""

PARAMETER = "sentry.message.parameter."
"""The attributes that are arguments of the message begin so."""

SEVERITIES = {
    "debug": ("debug", 5),
    "info": ("info", 9),
    "warning": ("warn", 13),
    "error": ("error", 17),
    "fatal": ("fatal", 21),
}
"""Text and number of a level of Sentry in a log, as OpenTelemetry has them."""

MAX_KNOWN = 2048

_types = {str: "string", int: "integer", float: "double", bool: "boolean", list: "array"}
_plain = frozenset({str, int, bool})
_encode = json.JSONEncoder(allow_nan=False).encode

_known: Cache[Any, tuple[Any, str]] = Cache(MAX_KNOWN)
"""The last value of each attribute, and how the attribute is written."""


def written(log: Log) -> str:
    """Return a log as JSON; raise what a hook of users may have put into it."""
    severity, number, known = log["severity_text"], log["severity_number"], _known.get
    attributes = {"sentry.severity_number": number, "sentry.severity_text": severity, **log["attributes"]}
    # By identity: most are the same object, as those of the process and of a line of code.
    shown = [
        last[1] if (last := known(name)) is not None and last[0] is value else _attribute(name, value)
        for name, value in attributes.items()
    ]
    fields = [
        f'{{"timestamp":{int(log["time_unix_nano"]) / 1e9!r}',
        f'"level":{_json(str(severity))}',
        f'"body":{_json(str(log["body"]))}',
        *(f'"{name}":{_json(log[name])}' for name in ("trace_id", "span_id") if log.get(name) is not None),
        f'"attributes":{{{",".join(shown)}}}}}',
    ]
    return ",".join(fields)


def _attribute(name: Any, value: Any) -> str:
    kind = type(value)
    is_plain = kind in _plain or (kind is float and math.isfinite(value))
    shown = value if is_plain else attribute_of(value, MAX_TEXT)
    attribute = f'{_json(str(name))}:{{"value":{_json(shown)},"type":"{_types[type(shown)]}"}}'
    if is_plain and type(name) is str:
        _known.add(name, (value, attribute))
    return attribute


def _json(value: Any) -> str:
    kind = type(value)
    if kind is int:
        return repr(value)
    if kind is str and not value.isascii():
        # For half of a pair of surrogates a strict parser rejects all of it.
        value = value.encode("utf-8", "replace").decode()
    return _encode(value)


def item(logs: list[str]) -> Item:
    """Return logs that were `written` as an item of an envelope."""
    return Item(
        type="log",
        content_type="application/vnd.sentry.items.log+json",
        headers={"item_count": len(logs)},
        payload=PayloadRef(bytes=f'{{"version":2,"items":[{",".join(logs)}]}}'.encode()),
    )


def envelope(logs: list[str]) -> Envelope:
    """Return an envelope with one item of logs."""
    sent_at = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return Envelope({"sent_at": sent_at}, [item(logs)])
