"""Past the serializer: what is JSON already need not be walked by sentry-sdk. Most events are, as a whole."""

import datetime
import enum
from typing import Any

import sentry_sdk.serializer

from ..options import Options
from ..ready import SHORT, ReadyDict, ReadyList, flat, is_ready
from ..values import CUT

MOMENTS = ("timestamp", "start_timestamp")

DEEPEST = 60
"""Sentry refuses an event that is nested more than 127 deep, which sentry-sdk sends."""


class Shortcut:
    """Says what of an event is ready. Knows what is the same in all events."""

    def __init__(self, options: Options) -> None:
        # That is in bytes; a character has up to four.
        self._longest = min(SHORT, options.max_value_length // 4)
        self._settings = {
            "max_request_body_size": options.max_request_body_size,
            "max_value_length": options.max_value_length,
        }
        self._sdk: ReadyDict | None = None

    def process(self, event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002  # sentry-sdk's
        """Let the serializer ask about the event (an event processor); others may change it until then."""
        if self._sdk is not None:
            event.setdefault("sdk", self._sdk)
        return Asked(event, self)

    def learn(self, event: dict[str, Any]) -> None:
        """Remember of a serialized event what sentry-sdk says of itself in each."""
        if self._sdk is None and type(event.get("sdk")) is dict:
            self._sdk = ReadyDict(event["sdk"])

    def serialized(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event as the serializer would; it need not be asked about most of them."""
        info = event.get("transaction_info")
        if type(info) is dict and isinstance(source := info.get("source"), enum.Enum):
            event["transaction_info"] = {**info, "source": source.value}
        try:
            whole = None if _has_databags(event) else self._whole(event)
        except Exception:  # another thread changes what is looked at, or it has no end
            whole = None
        if whole is not None:
            return whole
        serialized: dict[str, Any] = _cut(sentry_sdk.serializer.serialize(_parts({**event}), **self._settings), DEEPEST)
        return serialized

    def _whole(self, event: dict[str, Any]) -> dict[str, Any] | None:
        spans = event.get("spans")
        if not spans:
            return self._plain(event)
        if type(spans) is not list or None in (
            found := [self._plain(span) if type(span) is dict else None for span in spans]
        ):
            return None
        return self._plain({**event, "spans": ReadyList(found)})

    def _plain(self, given: dict[str, Any]) -> dict[str, Any] | None:
        """Return a copy with moments as text, if that is all that it takes."""
        for key, value in given.items():
            if type(key) is not str or not (key in MOMENTS or is_ready(value, self._longest)):
                return None
        plain = {**given}
        for key in MOMENTS:
            if isinstance(when := given.get(key), datetime.datetime):
                plain[key] = _text(when)
        return plain


class Asked(dict[str, Any]):
    """An event that the serializer asks how it is written."""

    __slots__ = ("_shortcut",)

    def __init__(self, event: dict[str, Any], shortcut: Shortcut) -> None:
        super().__init__(event)
        self._shortcut = shortcut

    def __sentry_repr__(self) -> dict[str, Any]:
        return self._shortcut.serialized(self)


def _has_databags(event: dict[str, Any]) -> bool:
    """Return whether there is what the serializer bounds in width and depth: extra data, breadcrumbs, a body."""
    breadcrumbs, request = event.get("breadcrumbs"), event.get("request")
    return bool(
        event.get("extra")
        or (breadcrumbs and breadcrumbs != {"values": []})
        or (isinstance(request, dict) and not isinstance(request.get("data"), (str, type(None))))
    )


def _cut(value: Any, depth: int) -> Any:
    """Return JSON without what is nested deeper than `depth`."""
    if isinstance(value, (ReadyDict, ReadyList)) or not isinstance(value, (dict, list)):
        return value
    if depth == 0:
        return CUT
    if isinstance(value, dict):
        return {key: _cut(inner, depth - 1) for key, inner in value.items()}
    return [_cut(inner, depth - 1) for inner in value]


def _text(when: datetime.datetime) -> str:
    """Return a moment as the serializer writes it, in a fraction of the time."""
    return f"{when.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _parts(event: dict[str, Any]) -> dict[str, Any]:
    """Mark the parts of an event that are ready."""
    if "tags" in event:
        event["tags"] = flat(event["tags"])
    contexts = event.get("contexts")
    if type(contexts) is dict:
        event["contexts"] = {name: flat(context) for name, context in list(contexts.items())}
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
