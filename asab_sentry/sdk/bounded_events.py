"""What anybody put into an event by sentry-sdk's own functions: JSON of bounded size, before it is walked through.

`sentry_sdk.set_context`, `set_extra`, `add_breadcrumb` and the data of spans take whatever they are given, until an
event is sent. What is JSON and of a usual size stays as it is.
"""

from typing import Any

from sentry_sdk._types import AnnotatedValue

from ..objects.calls import Calls
from ..objects.ready_json import ReadyDict
from .bounded_values import DEEPEST, MAX_FIELDS, Bounds, name_of
from .usual_json import is_usual, is_usual_dict

Event = dict[str, Any]
Size = tuple[int, int, int]

SIZE = 100_000
"""Of all that is in none of the parts below."""
DESCRIBED = 200_000
"""Of the exceptions or threads that only somebody else has seen."""
CONTEXTS: Size = (100_000, 50_000, 1000)
"""Of all contexts, and of one: the most, and what it may have in any case."""
TAGS: Size = (20_000, 1000, 300)
BREADCRUMBS: Size = (100_000, 10_000, 500)
SPANS: Size = (200_000, 10_000, 1000)

USUAL = {"breadcrumbs": 50_000, "spans": 500_000, "exception": 100_000, "threads": 100_000, "tags": 1000}
"""What has no more than that is left as it is, whatever its parts have."""
USUAL_SIZE = 50_000

DICTS = ("breadcrumbs", "contexts", "exception", "extra", "logentry", "request", "stacktrace", "tags", "threads")
"""What sentry-sdk takes for dicts, whatever is there."""
ENTRIES = frozenset({"breadcrumbs", "exception", "threads"})
"""Those that have a list of dicts as `values`."""


def bounded(event: Event) -> Event:
    """Return an event of bounded size; the same one, if it is."""
    # Most have so little in all, and one look is a part of what it takes to look at each part.
    if is_usual_dict(event, USUAL_SIZE) and is_usual(event.get("tags"), USUAL["tags"]):
        return event
    unusual = {}
    for part, value in list(event.items()):
        kind = type(value)
        # Most are short texts, or were made here.
        is_short = kind is str and len(value) <= USUAL_SIZE and part not in USUAL
        if not (is_short or issubclass(kind, ReadyDict) or is_usual(value, USUAL.get(part, USUAL_SIZE))):
            unusual[part] = value
    if not unusual:
        return event
    calls = Calls()
    rest = Bounds(SIZE, calls)
    changed = {
        part: _PARTS[part](value, calls) if part in _PARTS else rest.value(value, DEEPEST)
        for part, value in unusual.items()
    }
    return _like(event, {**event, **changed})


def well_formed(event: Event) -> Event:
    """Return an event in which sentry-sdk can write: what is no dict where it takes one is among the extra data."""
    odd = {
        part: value
        for part in DICTS
        if (value := event.get(part)) is not None and type(value) is not ReadyDict and not _is_usable(part, value)
    }
    if not odd:
        return event
    rest = {part: value for part, value in event.items() if part not in odd}
    return _like(event, {**rest, "extra": {**(rest.get("extra") or {}), **odd}})


def _is_usable(part: str, value: Any) -> bool:
    if type(value) is AnnotatedValue:
        value = value.value
    if not issubclass(type(value), (dict, ReadyDict)):
        return False
    if part not in ENTRIES or type(value) is not dict or "values" not in value:
        return True
    return type(value["values"]) is list and all(issubclass(type(entry), dict) for entry in value["values"])


def _like(event: Event, made: Event) -> Event:
    # By its type the serializer knows that an event was not there yet.
    return ReadyDict(made) if type(event) is ReadyDict else made


def _described(value: Any, calls: Calls) -> Any:
    return Bounds(DESCRIBED, calls).value(value, DEEPEST)


def _named(values: Any, size: Size, calls: Calls) -> Any:
    if type(values) is not dict:
        return Bounds(SIZE, calls).value(values, DEEPEST)
    several = list(values.items())[:MAX_FIELDS]
    made = _each([value for _, value in several], size, calls)
    return {name_of(key, calls): value for (key, _), value in zip(several, made, strict=True)}


def _breadcrumbs(breadcrumbs: Any, calls: Calls) -> Any:
    if type(breadcrumbs) is AnnotatedValue:
        return AnnotatedValue(_breadcrumbs(breadcrumbs.value, calls), breadcrumbs.metadata)
    if type(breadcrumbs) is dict and type(breadcrumbs.get("values")) is list:
        # Of the newest, the most.
        return {**breadcrumbs, "values": _each(breadcrumbs["values"][::-1], BREADCRUMBS, calls)[::-1]}
    return Bounds(SIZE, calls).value(breadcrumbs, DEEPEST)


def _spans(spans: Any, calls: Calls) -> Any:
    if type(spans) is AnnotatedValue:
        return AnnotatedValue(_spans(spans.value, calls), spans.metadata)
    return _each(spans, SPANS, calls) if type(spans) is list else Bounds(SIZE, calls).value(spans, DEEPEST)


_PARTS = {
    "exception": _described,
    "threads": _described,
    "contexts": lambda value, calls: _named(value, CONTEXTS, calls),
    "tags": lambda value, calls: _named(value, TAGS, calls),
    "breadcrumbs": _breadcrumbs,
    "spans": _spans,
}


def _each(several: list[Any], size: Size, calls: Calls) -> list[Any]:
    left, most, least = size
    made = []
    for value in several:
        bounds = Bounds(max(min(most, left), least), calls)
        left -= bounds.left
        made.append(bounds.fields(value))
        left += bounds.left
    return made
