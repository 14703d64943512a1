"""Less of an event that is too large for a server: what explains least goes first."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from sentry_sdk.envelope import Envelope, Item, PayloadRef

from ..denylist import listed
from ..values import FRAMES

Event = dict[str, Any]

MAX_EVENT = 1_000_000
"""Bytes of an event that Sentry takes: https://docs.sentry.io/concepts/data-management/size-limits/."""

WHOLE_FRAMES = 50
"""Frames of a stack of which Sentry keeps variables and source lines, half of them at each end."""
NEWEST = 20
"""Breadcrumbs that are kept at first."""
SHORT = 1000

DETAILS = ("vars", "pre_context", "context_line", "post_context")
CONTEXTS = frozenset({"trace", "runtime", "suppressed", "trimmed"})
KEPT = listed(
    "event_id type timestamp platform level logger environment release dist server_name transaction transaction_info "
    "fingerprint tags contexts exception logentry message sdk"
)
PLACE = frozenset({"type", "value", "module", "mechanism", "stacktrace"})


def attempts(content: bytes) -> Iterator[bytes]:
    """Yield an envelope of which Sentry takes the event, then the same with less and less, for servers that do not."""
    less: bytes | None = _fitting(content)
    while less is not None:
        yield less
        less = _smaller(less)


def _fitting(content: bytes) -> bytes:
    while len(content) > MAX_EVENT:
        envelope = Envelope.deserialize(content)
        less = _without(envelope) if any(len(item.get_bytes()) > MAX_EVENT for item in _events(envelope)) else None
        if less is None:
            break
        content = less
    return content


def _smaller(content: bytes) -> bytes | None:
    """Return an envelope without its attachments, or with less of its event; None when nothing can be spared."""
    envelope = Envelope.deserialize(content)
    rest = [item for item in envelope.items if item.type != "attachment"]
    if len(rest) < len(envelope.items):
        return Envelope(envelope.headers, rest).serialize()
    return _without(envelope)


def _events(envelope: Envelope) -> list[Item]:
    return [item for item in envelope.items if item.type == "event" and isinstance(item.payload.json, dict)]


def _without(envelope: Envelope) -> bytes | None:
    """Return the envelope after the first step that makes its event smaller; which it was is told in the event."""
    for item in _events(envelope):
        event: Any = item.payload.json
        size = len(item.get_bytes())
        for name, step in STEPS.items():
            # Anybody may have made the event.
            with contextlib.suppress(Exception):
                step(event)
            left_out = _left_out(event, size)
            left_out.append(name)
            less = Item(PayloadRef(json=event), headers=item.headers)
            if len(less.get_bytes()) < size:
                items = [less if other is item else other for other in envelope.items]
                return Envelope(envelope.headers, items).serialize()
            left_out.remove(name)
    return None


def _left_out(event: Event, size: int) -> list[str]:
    """Return the list in an event of what was left out of it."""
    contexts = event.get("contexts")
    contexts = event["contexts"] = contexts if isinstance(contexts, dict) else {}
    trimmed = contexts.get("trimmed")
    if not isinstance(trimmed, dict) or not isinstance(trimmed.get("left_out"), list):
        trimmed = contexts["trimmed"] = {"bytes": size, "left_out": []}
    found: list[str] = trimmed["left_out"]
    return found


def _stacktraces(event: Event) -> Iterator[Event]:
    for part in ("exception", "threads"):
        for value in (event.get(part) or {}).get("values") or ():
            if value.get("stacktrace"):
                yield value["stacktrace"]


def _details_between(event: Event) -> None:
    for stacktrace in _stacktraces(event):
        frames = stacktrace["frames"] = _ends(stacktrace["frames"], FRAMES)
        for frame in frames[WHOLE_FRAMES // 2 : -WHOLE_FRAMES // 2] if len(frames) > WHOLE_FRAMES else ():
            _pop(frame, DETAILS)


def _ends(values: list[Any], count: int) -> list[Any]:
    return values if len(values) <= count else values[: count // 2] + values[-count // 2 :]


def _pop(given: Event, keys: tuple[str, ...]) -> None:
    for key in keys:
        given.pop(key, None)


def _older_breadcrumbs(event: Event) -> None:
    del event["breadcrumbs"]["values"][:-NEWEST]


def _contexts(event: Event) -> None:
    event["contexts"] = {name: context for name, context in event["contexts"].items() if name in CONTEXTS}


def _details(event: Event) -> None:
    for stacktrace in _stacktraces(event):
        for frame in stacktrace["frames"]:
            _pop(frame, DETAILS)


def _all_but_place(event: Event) -> None:
    _pop(event, tuple(event.keys() - KEPT))
    for stacktrace in _stacktraces(event):
        stacktrace["frames"] = _ends(stacktrace["frames"], WHOLE_FRAMES)
    for value in (event.get("exception") or {}).get("values") or ():
        value["value"] = str(value.get("value"))[:SHORT]
        _pop(value, tuple(value.keys() - PLACE))
    if "message" in event:
        event["message"] = str(event["message"])[:SHORT]
    if entry := event.get("logentry"):
        event["logentry"] = {"message": str(entry.get("formatted") or entry.get("message"))[:SHORT]}


STEPS: dict[str, Callable[[Event], None]] = {
    "variables and source lines of the frames between": _details_between,
    "older breadcrumbs": _older_breadcrumbs,
    "extra data": lambda event: _pop(event, ("extra",)),
    "body of the request": lambda event: _pop(event["request"], ("data",)),
    "contexts": _contexts,
    "variables and source lines": _details,
    "breadcrumbs": lambda event: _pop(event, ("breadcrumbs",)),
    "all but type, text and place": _all_but_place,
}
"""What is left out, in this order, until the event fits."""
