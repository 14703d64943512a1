"""What is no JSON yet: sentry-sdk's serializer makes it so. Most events need not go there."""

from typing import Any

import sentry_sdk
import sentry_sdk.serializer
from sentry_sdk._types import AnnotatedValue

from ..objects.ready_json import ReadyDict, ReadyList, ready_if_flat


def has_databags(event: dict[str, Any]) -> bool:
    """Return whether there is what the serializer bounds or remarks on: extra data, breadcrumbs, a body."""
    extra, breadcrumbs, request = event.get("extra"), event.get("breadcrumbs"), event.get("request")
    return (
        not (extra is None or extra == {})
        or not (breadcrumbs is None or breadcrumbs == {"values": []})
        or (isinstance(request, dict) and not isinstance(request.get("data"), (str, type(None))))
    )


def serialized(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as the serializer makes it, unless that was here already."""
    if type(event) is not ReadyDict:
        return event
    options = sentry_sdk.get_client().options
    settings = {name: options[name] for name in ("max_request_body_size", "max_value_length")}
    made: dict[str, Any] = sentry_sdk.serializer.serialize(_parts(dict(event)), **settings)
    return made


def without_spans_that_are_left_out(event: dict[str, Any]) -> dict[str, Any]:
    """Return a transaction with the remark of sentry-sdk on spans that it has left out among its remarks.

    Else the serializer would walk through all others for that.
    """
    spans = event.get("spans")
    if type(spans) is not AnnotatedValue or type(spans.value) is not list:
        return event
    return {**event, "spans": spans.value, "_meta": {**(event.get("_meta") or {}), "spans": {"": spans.metadata}}}


def _parts(event: dict[str, Any]) -> dict[str, Any]:
    """Mark the parts of an event that are ready."""
    if "tags" in event:
        event["tags"] = ready_if_flat(event["tags"])
    contexts = event.get("contexts")
    if type(contexts) is dict:
        event["contexts"] = {name: ready_if_flat(context) for name, context in list(contexts.items())}
    for part in ("exception", "threads"):
        container = event.get(part)
        entries = container.get("values") if isinstance(container, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                _mark(entry)
    return event


def _mark(value: dict[str, Any]) -> None:
    if "mechanism" in value:
        value["mechanism"] = ready_if_flat(value["mechanism"])
    stacktrace = value.get("stacktrace")
    if not isinstance(stacktrace, dict):
        return
    frames = stacktrace.get("frames")
    # Frames that were built by `sources.frames` are ready; those of others may hold anything.
    if frames and type(frames) is list and all(isinstance(frame, ReadyDict) for frame in frames):
        stacktrace["frames"] = ReadyList(frames)
