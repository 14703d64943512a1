"""What is sent of an event that cannot be scrubbed: its type, place and tags, and nothing that anybody wrote."""

from collections.abc import Callable
from typing import Any

from ...secret_keys.denylist import FILTERED

Event = dict[str, Any]

IDENTITY = (
    "event_id",
    "type",
    "timestamp",
    "start_timestamp",
    "platform",
    "level",
    "environment",
    "release",
    "dist",
    "sdk",
    "transaction_info",
    "check_in_id",
    "monitor_slug",
    "status",
    "duration",
)
"""What is not scrubbed either: it is made by the SDK, or it is configured."""

PLACE = ("filename", "function", "module", "lineno", "abs_path", "in_app")
"""What is left of a frame."""

TRACE = ("trace_id", "span_id", "parent_span_id", "op", "status", "dynamic_sampling_context")
"""What is left of the context of a trace."""


def reduced(event: Event, clean: Callable[[str], str]) -> Event:
    """Return an event by which the error is still found; `clean` scrubs a text and may fail."""

    def text(value: Any) -> str:
        try:
            return clean(str(value))
        except Exception:
            return FILTERED

    result: Event = _picked(event, IDENTITY)
    for key in ("logger", "transaction", "server_name"):
        if event.get(key):
            result[key] = text(event[key])
    result["tags"] = {str(key): text(value) for key, value in _dict(event, "tags").items()}
    if trace := _dict(_dict(event, "contexts"), "trace"):
        result["contexts"] = {"trace": _picked(trace, TRACE)}
    if event.get("type") == "transaction":
        result["spans"] = []
    for part in ("exception", "threads"):
        values = _dict(event, part).get("values")
        if isinstance(values, list) and values:
            result[part] = {"values": [_value(value) for value in values if isinstance(value, dict)]}
    if "exception" not in result and not event.get("type"):
        result["logentry"] = {"message": FILTERED}
    return result


def _dict(parent: dict[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _value(value: dict[str, Any]) -> dict[str, Any]:
    result = _picked(value, ("type", "module", "current", "crashed"))
    if "value" in value:
        result["value"] = FILTERED
    if mechanism := _dict(value, "mechanism"):
        result["mechanism"] = _picked(mechanism, ("type", "handled", "exception_id", "parent_id", "is_exception_group"))
    frames = _dict(value, "stacktrace").get("frames")
    if isinstance(frames, list) and frames:
        picked = [_picked(frame, PLACE) for frame in frames if isinstance(frame, dict)]
        result["stacktrace"] = {"frames": picked}
    return result


def _picked(facts: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: facts[key] for key in keys if key in facts}
