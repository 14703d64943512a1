"""Past the serializer: what is JSON already need not be walked by sentry-sdk."""

from typing import Any

from ..ready import ReadyDict, ReadyList, flat


class Shortcut:
    """Marks the parts of an event that are ready. Knows what is the same in all events."""

    def __init__(self) -> None:
        self._sdk: ReadyDict | None = None

    def process(self, event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002  # sentry-sdk's
        """Mark what is ready (an event processor, the last one of this package)."""
        for part in ("modules", "tags"):
            if part in event:
                event[part] = flat(event[part])
        contexts = event.get("contexts")
        if type(contexts) is dict:
            for name, context in contexts.items():
                contexts[name] = flat(context)
        for part in ("exception", "threads"):
            found = event.get(part)
            for value in (found.get("values") or ()) if isinstance(found, dict) else ():
                if isinstance(value, dict):
                    _mark(value)
        if self._sdk is not None:
            event.setdefault("sdk", self._sdk)
        return event

    def learn(self, event: dict[str, Any]) -> None:
        """Remember of a serialized event what sentry-sdk says of itself in each."""
        if self._sdk is None and type(event.get("sdk")) is dict:
            self._sdk = ReadyDict(event["sdk"])


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
