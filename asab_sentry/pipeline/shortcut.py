"""Past the serializer: what is JSON already need not be walked by sentry-sdk. Most events are as a whole."""

import datetime
import enum
from typing import Any

from sentry_sdk._types import AnnotatedValue

from ..ready import ReadyDict, ReadyList, flat, is_ready

MOMENTS = ("timestamp", "start_timestamp")


class Shortcut:
    """Marks the parts of an event that are ready. Knows what is the same in all events."""

    def __init__(self) -> None:
        self._sdk: ReadyDict | None = None

    def process(self, event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002  # sentry-sdk's
        """Mark what is ready, or the whole event (an event processor, the last one of this package)."""
        if self._sdk is not None:
            event.setdefault("sdk", self._sdk)
        info = event.get("transaction_info")
        if type(info) is dict and isinstance(source := info.get("source"), enum.Enum):
            event["transaction_info"] = {**info, "source": source.value}
        return _whole(event) or _parts(event)

    def learn(self, event: dict[str, Any]) -> None:
        """Take note of what sentry-sdk says of itself; resolve what it annotated in an event that is whole."""
        if self._sdk is None and type(event.get("sdk")) is dict:
            self._sdk = ReadyDict(event["sdk"])
        for part in ("breadcrumbs", "spans"):
            if isinstance(found := event.get(part), AnnotatedValue):
                event[part] = found.value
                event.setdefault("_meta", {})[part] = {"": found.metadata}


def _whole(event: dict[str, Any]) -> ReadyDict | None:
    """Return an event as one that is ready, if all of it is."""
    # Extra data is cut by the serializer as nothing else is.
    if event.get("extra"):
        return None
    spans = event.get("spans")
    if not spans:
        return _ready(event)
    if type(spans) is not list or None in (found := [_ready(span) for span in spans]):
        return None
    return _ready({**event, "spans": ReadyList(found)})


def _ready(given: Any) -> ReadyDict | None:
    if type(given) is not dict or not all(key in MOMENTS or is_ready(value) for key, value in given.items()):
        return None
    ready = ReadyDict(given)
    for key in MOMENTS:
        if isinstance(when := given.get(key), datetime.datetime):
            ready[key] = _text(when)
    return ready


def _text(when: datetime.datetime) -> str:
    """Return a moment as the serializer writes it, in a fraction of the time."""
    return f"{when.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _parts(event: dict[str, Any]) -> dict[str, Any]:
    """Mark the parts of an event that are ready."""
    if "tags" in event:
        event["tags"] = flat(event["tags"])
    contexts = event.get("contexts")
    if type(contexts) is dict:
        for name, context in contexts.items():
            contexts[name] = flat(context)
    for part in ("exception", "threads"):
        found = event.get(part)
        for value in (found.get("values") or ()) if isinstance(found, dict) else ():
            if isinstance(value, dict):
                _mark(value)
    return event


def _mark(value: dict[str, Any]) -> None:
    if "mechanism" in value:
        value["mechanism"] = flat(value["mechanism"])
    stacktrace = value.get("stacktrace")
    if not isinstance(stacktrace, dict):
        return
    frames = stacktrace.get("frames")
    # Frames that were built by `sources.frames` are ready; those of others may hold anything.
    if frames and type(frames) is list and all(isinstance(frame, ReadyDict) for frame in frames):
        stacktrace["frames"] = ReadyList(frames)
