"""Past the serializer: most events are JSON as a whole, and need not be walked by sentry-sdk.

The scrubber, which walks them anyway, finds whether there is something else; then the serializer has its say.
"""

from typing import Any

import sentry_sdk.serializer
from sentry_sdk._types import AnnotatedValue

from ..options import Options
from ..ready import ReadyDict, ReadyList, flat


class Shortcut:
    """Knows which events need the serializer, and what is the same in all."""

    def __init__(self, options: Options) -> None:
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
        """Remember of an event what sentry-sdk says of itself in each."""
        if self._sdk is None and type(event.get("sdk")) is dict:
            self._sdk = ReadyDict(event["sdk"])

    def serialized(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event as the serializer makes it, unless that was here already."""
        if not isinstance(event, Asked):
            return event
        serialized: dict[str, Any] = sentry_sdk.serializer.serialize(_parts({**event}), **self._settings)
        return serialized


class Asked(dict[str, Any]):
    """An event that the serializer asks how it is written."""

    __slots__ = ("_shortcut",)

    def __init__(self, event: dict[str, Any], shortcut: Shortcut) -> None:
        super().__init__(event)
        self._shortcut = shortcut

    def __sentry_repr__(self) -> dict[str, Any]:
        try:
            return self._shortcut.serialized(self) if _has_databags(self) else self
        except Exception:  # by which sentry-sdk would lose the event
            return self


def _has_databags(event: dict[str, Any]) -> bool:
    """Return whether there is what the serializer bounds or remarks on: extra data, breadcrumbs, a body, a cut list."""
    extra, breadcrumbs, request = event.get("extra"), event.get("breadcrumbs"), event.get("request")
    return (
        not (extra is None or extra == {})
        or not (breadcrumbs is None or breadcrumbs == {"values": []})
        or (isinstance(request, dict) and not isinstance(request.get("data"), (str, type(None))))
        or isinstance(event.get("spans"), AnnotatedValue)
    )


def _parts(event: dict[str, Any]) -> dict[str, Any]:
    """Mark the parts of an event that are ready."""
    if "tags" in event:
        event["tags"] = flat(event["tags"])
    contexts = event.get("contexts")
    if type(contexts) is dict:
        event["contexts"] = {name: flat(context) for name, context in list(contexts.items())}
    for part in ("exception", "threads"):
        found = event.get(part)
        values = found.get("values") if isinstance(found, dict) else None
        for value in values if isinstance(values, list) else ():
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
