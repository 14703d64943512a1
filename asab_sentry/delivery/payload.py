"""Payloads that a strict server can read: what is no JSON is made so."""

import datetime
import itertools
import json
import logging
from collections.abc import Iterable
from typing import Any

from sentry_sdk.envelope import Envelope, Item, PayloadRef

from ..objects import json_values
from ..runtime.diagnostics import reason, say
from ..sdk.attachments import is_missing
from .json_bytes import dumps, strict, without_halves
from .trimming import MAX_EVENT, trimmed

MAX_SIZE = 500_000
MAX_DEPTH = 20


class NoEnvelope(ValueError):
    """Something is kept that nobody can send."""


def sendable(item: Item) -> Item:
    """Return the item with a payload that is valid JSON; a hook or an event processor may have left anything in it."""
    item, content = _with_content(item)
    if isinstance(item.payload, PayloadRef):
        item.payload.bytes = content
    return item


def _with_content(item: Item) -> tuple[Item, bytes]:
    payload: Any = item.payload.json if isinstance(item.payload, PayloadRef) else None
    if payload is None:
        return item, item.get_bytes()
    try:
        content = without_halves(item.payload.bytes) if item.payload.bytes else strict(payload)
    except (TypeError, ValueError, RecursionError) as error:
        say(logging.ERROR, f"An event holds what is no JSON ({reason(error)}); it is sent as text")
        item, content = _made(json_values.mapping(payload, size=MAX_SIZE, depth=MAX_DEPTH), item)
    if item.type == "event" and len(content) > MAX_EVENT:
        event = trimmed(item.payload.json or {}, len(content))
        message = f"Event {event.get('event_id')} of {len(content)} bytes is too large for Sentry; it is sent with less"
        say(logging.WARNING, message, cause="large")
        item, content = _made(event, item)
    return item, content


def _made(payload: dict[str, Any], item: Item) -> tuple[Item, bytes]:
    return Item(PayloadRef(json=payload), headers=item.headers), strict(payload)


def serialized(envelope: Envelope) -> list[bytes]:
    """Return an envelope as bytes, all `sendable`, in pieces, so that no payload is copied, and none outlives them."""
    return with_items([dumps(envelope.headers) + b"\n"], envelope.items)


def with_items(made: list[bytes], items: Iterable[Item]) -> list[bytes]:
    """Return an envelope as bytes, in pieces, with more items."""
    more = []
    for item, content in map(_with_content, itertools.filterfalse(is_missing, items)):
        more += [dumps({**item.headers, "length": len(content)}) + b"\n", content, b"\n"]
    return [*made, *more]


def headers_of(content: bytes) -> dict[str, Any]:
    """Return the headers of an envelope; raise `NoEnvelope`."""
    try:
        headers = json.loads(content.partition(b"\n")[0])
    except (ValueError, RecursionError) as error:
        raise NoEnvelope(f"its header is no JSON ({type(error).__name__})") from None
    if not isinstance(headers, dict):
        raise NoEnvelope(f"its header is a {type(headers).__name__}")
    return headers


def items_of(content: bytes) -> list[Item]:
    """Return the items of an envelope, as far as there are any that can be read."""
    try:
        return list(Envelope.deserialize(content).items)
    except Exception:  # anybody may have made it
        return []


def readdressed(content: bytes, public_key: str) -> bytes:
    """Return an envelope that was captured for one DSN as it is sent to another one, by the key of that."""
    headers = headers_of(content)
    headers.pop("dsn", None)
    trace = headers.get("trace")
    if isinstance(trace, dict) and "public_key" in trace:
        headers["trace"] = trace | {"public_key": public_key}
    return json.dumps(headers).encode() + b"\n" + content.partition(b"\n")[2]


def with_sent_at(content: bytes, headers: dict[str, Any]) -> bytes:
    """Return an envelope with these headers as it is sent: with the time, by which the server corrects our clock."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(headers | {"sent_at": now}).encode() + b"\n" + content.partition(b"\n")[2]
