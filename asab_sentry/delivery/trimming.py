"""Less of an event that is too large for a server: what explains least goes first."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sentry_sdk.envelope import Envelope, Item, PayloadRef

from ..objects.json_values import FRAMES
from ..secret_keys.key_words import words_of

Event = dict[str, Any]

MAX_EVENT = 1_000_000
"""Bytes of an event that Sentry takes: https://docs.sentry.io/concepts/data-management/size-limits/."""

WHOLE_FRAMES = 50
"""Frames of a stack of which Sentry keeps variables and source lines, half of them at each end."""
NEWEST = 20
"""Breadcrumbs that are kept at first."""
MAX_EXCEPTIONS = 10
"""Exceptions of a chain that are kept at last, those that were raised last."""
SHORT = 1000
MAX_TAG = 200

DETAILS = ("vars", "pre_context", "context_line", "post_context")
CONTEXTS = frozenset({"trace", "runtime", "suppressed", "trimmed"})
KEPT = words_of(
    "event_id type timestamp platform level logger environment release dist server_name transaction transaction_info "
    "fingerprint tags contexts exception logentry message sdk"
)
PLACE = frozenset({"type", "value", "module", "mechanism", "stacktrace"})


def trimmed(event: Event, size: int) -> Event:
    """Return an event of which Sentry takes all; `size` is how many bytes there are."""
    event = {**event}
    for name, saved in _steps(event):
        _note(event, name, size)
        size -= saved
        if size <= MAX_EVENT - SHORT:  # the note has some bytes, too
            break
    return event


def attempts(content: bytes) -> Iterator[bytes]:
    """Yield an envelope, then the same with less and less of it, for a server that finds it too large."""
    yield content
    with contextlib.suppress(Exception):  # nothing may hold up what comes after it
        yield from _smaller(Envelope.deserialize(content))


def _smaller(envelope: Envelope) -> Iterator[bytes]:
    items = [item for item in envelope.items if item.type != "attachment"]
    if len(items) < len(envelope.items):
        yield Envelope(envelope.headers, items).serialize()
    for place, item in enumerate(items):
        event: Any = item.payload.json if item.type == "event" else None
        if not isinstance(event, dict):
            continue
        size = smallest = len(item.get_bytes())
        for name, _ in _steps(event):
            _note(event, name, size)
            items[place] = less = Item(PayloadRef(json=event), headers=item.headers)
            if len(less.get_bytes()) < smallest:  # the note has some bytes, too
                smallest = len(less.get_bytes())
                yield Envelope(envelope.headers, items).serialize()


def _steps(event: Event) -> Iterator[tuple[str, int]]:
    """Leave out one part after the other; yield the name of each that was there, and how many bytes it had."""
    for name, step in STEPS.items():
        parts = step.parts or [*event]
        before = sum(_size(event, part) for part in parts)
        with contextlib.suppress(Exception):  # anybody may have made the event
            step.leave_out(event)
        saved = before - sum(_size(event, part) for part in parts)
        if saved > 0:
            yield name, saved


def _size(event: Event, part: str) -> int:
    return len(json.dumps(event[part])) if part in event else 0


def _note(event: Event, name: str, size: int) -> None:
    """Tell in the event what was left out of it."""
    contexts = event.get("contexts")
    contexts = event["contexts"] = contexts if isinstance(contexts, dict) else {}
    trimmed = contexts.get("trimmed")
    if not isinstance(trimmed, dict) or not isinstance(trimmed.get("left_out"), list):
        trimmed = contexts["trimmed"] = {"bytes": size, "left_out": []}
    trimmed["left_out"].append(name)


def _values(event: Event, part: str) -> list[Event]:
    container = event.get(part)
    values = container.get("values") if isinstance(container, dict) else container
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _stacktraces(event: Event) -> Iterator[Event]:
    for part in ("exception", "threads"):
        for value in _values(event, part):
            if isinstance(value.get("stacktrace"), dict) and isinstance(value["stacktrace"].get("frames"), list):
                yield value["stacktrace"]


def _details_between(event: Event) -> None:
    for stacktrace in _stacktraces(event):
        frames = stacktrace["frames"] = _ends(stacktrace["frames"], FRAMES)
        for frame in frames[WHOLE_FRAMES // 2 : -WHOLE_FRAMES // 2] if len(frames) > WHOLE_FRAMES else ():
            _pop(frame, DETAILS)


def _ends(values: list[Any], count: int) -> list[Any]:
    return values if len(values) <= count else values[: count // 2] + values[-count // 2 :]


def _pop(event: Event, keys: tuple[str, ...]) -> None:
    for key in keys:
        event.pop(key, None)


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
    if exceptions := _values(event, "exception")[-MAX_EXCEPTIONS:]:
        event["exception"] = {"values": exceptions}
    for value in exceptions:
        _pop(value, tuple(value.keys() - PLACE))
        if isinstance(value.get("value"), str):
            value["value"] = value["value"][:SHORT]
    if "message" in event:
        event["message"] = str(event["message"])[:SHORT]
    if isinstance(entry := event.get("logentry"), dict):
        event["logentry"] = {"message": str(entry.get("formatted") or entry.get("message"))[:SHORT]}
    if isinstance(tags := event.get("tags"), dict):
        event["tags"] = {key: value for key, value in tags.items() if len(key) + len(str(value)) <= MAX_TAG}


class Step(NamedTuple):
    """Something that can be left out, and the parts of an event that it is in; none: in all of them."""

    leave_out: Callable[[Event], None]
    parts: tuple[str, ...] = ()


_STACKS = ("exception", "threads")

STEPS = {
    "variables and source lines of the frames between": Step(_details_between, _STACKS),
    "older breadcrumbs": Step(_older_breadcrumbs, ("breadcrumbs",)),
    "extra data": Step(lambda event: _pop(event, ("extra",)), ("extra",)),
    "body of the request": Step(lambda event: _pop(event["request"], ("data",)), ("request",)),
    "contexts": Step(_contexts, ("contexts",)),
    "variables and source lines": Step(_details, _STACKS),
    "breadcrumbs": Step(lambda event: _pop(event, ("breadcrumbs",)), ("breadcrumbs",)),
    "all but type, text and place": Step(_all_but_place),
}
"""What is left out, in this order, until the event fits."""
