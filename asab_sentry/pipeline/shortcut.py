"""Past the serializer: most events are JSON as a whole, and need not be walked by sentry-sdk.

The scrubber, which walks them anyway, finds whether there is something else; then the serializer has its say.
"""

from collections.abc import Callable
from typing import Any

import sentry_sdk.client
import sentry_sdk.serializer
from sentry_sdk._types import AnnotatedValue

from ..ready import ReadyDict, ReadyList, flat
from ..replaced import replace


class Unserialized(dict[str, Any]):
    """An event that the serializer has not seen."""

    __slots__ = ("settings",)
    settings: dict[str, Any]
    """What sentry-sdk gives to the serializer."""


def own_repr(value: Any) -> str | None:  # noqa: ARG001  # the signature is sentry-sdk's
    """Leave it to sentry-sdk how a value is shown. By this option, `custom_repr`, the events of a client are known."""
    return None


def install() -> Callable[[], None]:
    """Let events of clients with `own_repr` pass the serializer of sentry-sdk; return the function that ends it."""

    def make(serialize: Any) -> Any:
        def chosen(event: Any, **settings: Any) -> Any:
            return (passed if settings.get("custom_repr") is own_repr else serialize)(event, **settings)

        return chosen

    return replace(sentry_sdk.client, "serialize", make)


def passed(event: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Return an event as it is, if it may be JSON, in place of `sentry_sdk.serializer.serialize`."""
    unserialized = Unserialized(event)
    unserialized.settings = settings
    try:
        return serialized(unserialized) if _has_databags(event) else unserialized
    except Exception:  # by which sentry-sdk would lose the event
        return unserialized


def serialized(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as the serializer makes it, unless that was here already."""
    if not isinstance(event, Unserialized):
        return event
    made: dict[str, Any] = sentry_sdk.serializer.serialize(_parts({**event}), **event.settings)
    return made


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
