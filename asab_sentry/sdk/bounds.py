"""What anybody put into an event by sentry-sdk's own functions: JSON of bounded size, before it is walked through.

`sentry_sdk.set_context`, `set_extra`, `add_breadcrumb` and the data of spans take whatever they are given, until an
event is sent. What is JSON and of a usual size stays as it is.
"""

import datetime
import zoneinfo
from typing import Any

from sentry_sdk._types import AnnotatedValue
from sentry_sdk.serializer import CYCLE_MARKER

from ..objects import json_values
from ..objects.calls import Calls
from ..objects.contents import MAX_ITEMS, pairs_of
from ..objects.ready_json import ReadyDict, ReadyList

Event = dict[str, Any]
Size = tuple[int, int, int]

DEEPEST = 60
"""Sentry refuses an event that is nested more than 127 deep, which sentry-sdk sends."""
LONGEST_KEY = 1000
"""Longer keys are cut."""
LONGEST = 400_000
"""A longer text is cut here; what is left of others is said where they are scrubbed."""
SHORT = 100
"""So much is left of a text where there is no place for more."""
MAX_FIELDS = 200
"""So many contexts and tags there may be, and fields of a breadcrumb or span."""
MAX_BITS = 64

VALUE = 40
"""What any value counts, in characters; a list or dict counts twice."""
ASKED = 160
"""What an object counts beside what it shows."""
COUNTED = 8192
"""So much of a text counts as a whole, as it is walked through; what is longer counts a `LONG`-th more."""
LONG = 50

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
USUAL_DEPTH = 20

DICTS = ("breadcrumbs", "contexts", "exception", "extra", "logentry", "request", "stacktrace", "tags", "threads")
"""What sentry-sdk takes for dicts, whatever is there."""
ENTRIES = frozenset({"breadcrumbs", "exception", "threads"})
"""Those that have a list of dicts as `values`."""


def bounded(event: Event) -> Event:
    """Return an event of bounded size; the same one, if it is."""
    unusual = {part: value for part, value in list(event.items()) if not _is_usual(value, USUAL.get(part, USUAL_SIZE))}
    if not unusual:
        return event
    calls = Calls()
    rest = _Bounds(SIZE, calls)
    changed = {
        part: _PARTS[part](value, calls) if part in _PARTS else rest.value(value, DEEPEST)
        for part, value in unusual.items()
    }
    return _like(event, {**event, **changed})


def _is_usual(value: Any, most: int) -> bool:
    """Return whether this is JSON of at most so many characters, by a short look at it: most is."""
    if value is None or type(value) is str:
        return value is None or len(value) <= most
    try:
        return _left_of(value, most, USUAL_DEPTH) >= 0
    except RuntimeError:  # another thread changes it meanwhile
        return False


def _left_of(value: Any, left: int, depth: int) -> int:
    """Return how much is left of `left` characters beside a value; less than nothing where it is no plain JSON."""
    kind = type(value)
    if kind is dict:
        return _left_of_dict(value, left, depth)
    if kind is list or kind is tuple:
        for inner in value:
            if left < 0 or depth < 0:
                return -1
            left = left - VALUE - len(inner) if type(inner) is str else _left_of(inner, left - VALUE, depth - 1)
        return left
    return left if _is_scalar(value, kind) or issubclass(kind, (ReadyDict, ReadyList)) else -1


def _left_of_dict(values: dict[Any, Any], left: int, depth: int) -> int:
    for key, value in values.items():
        if type(key) is not str or left < 0 or depth < 0:
            return -1
        left -= VALUE + len(key)
        # Most values, without another call.
        if type(value) is str:
            left -= len(value)
        elif value is not None:
            left = _left_of(value, left, depth - 1)
    return left


def well_formed(event: Event) -> Event:
    """Return an event in which sentry-sdk can write: what is no dict where it takes one is among the extra data."""
    odd = {part: event[part] for part in DICTS if event.get(part) is not None and not _is_usable(part, event[part])}
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
    return _Bounds(DESCRIBED, calls).value(value, DEEPEST)


def _named(values: Any, size: Size, calls: Calls) -> Any:
    if type(values) is not dict:
        return _Bounds(SIZE, calls).value(values, DEEPEST)
    several = list(values.items())[:MAX_FIELDS]
    made = _each([value for _, value in several], size, calls)
    return {_name(key): value for (key, _), value in zip(several, made, strict=True)}


def _breadcrumbs(breadcrumbs: Any, calls: Calls) -> Any:
    if type(breadcrumbs) is AnnotatedValue:
        return AnnotatedValue(_breadcrumbs(breadcrumbs.value, calls), breadcrumbs.metadata)
    if type(breadcrumbs) is dict and type(breadcrumbs.get("values")) is list:
        # Of the newest, the most.
        return {**breadcrumbs, "values": _each(breadcrumbs["values"][::-1], BREADCRUMBS, calls)[::-1]}
    return _Bounds(SIZE, calls).value(breadcrumbs, DEEPEST)


def _spans(spans: Any, calls: Calls) -> Any:
    if type(spans) is AnnotatedValue:
        return AnnotatedValue(_spans(spans.value, calls), spans.metadata)
    return _each(spans, SPANS, calls) if type(spans) is list else _Bounds(SIZE, calls).value(spans, DEEPEST)


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
        bounds = _Bounds(max(min(most, left), least), calls)
        left -= bounds.left
        made.append(bounds.fields(value))
        left += bounds.left
    return made


def _name(key: Any) -> str:
    return key if type(key) is str and len(key) <= LONGEST_KEY else json_values.text(key, LONGEST_KEY)


class _Bounds:
    """Bounds one part of an event; `left` is how much there may be yet."""

    __slots__ = ("_calls", "_within", "left")

    def __init__(self, left: int, calls: Calls) -> None:
        self.left = left
        self._calls = calls
        self._within: list[int] = []

    def fields(self, values: Any) -> Any:
        """Return a dict with all its keys, of which Sentry needs some, and anything else as `value` does."""
        if type(values) is not dict or len(values) > MAX_FIELDS:
            return self.value(values, DEEPEST)
        self._within.append(id(values))
        return {_name(key): self.value(value, DEEPEST - 1) for key, value in list(values.items())}

    def value(self, value: Any, depth: int) -> Any:
        """Return a value as JSON: the same one, if it is JSON and there is place for it."""
        kind = type(value)
        if kind is str:
            return self._text(value)
        self.left -= VALUE
        if kind is dict or kind is list or kind is tuple:
            return self._container(value, kind, depth)
        if kind is AnnotatedValue:
            return AnnotatedValue(self.value(value.value, depth - 1), value.metadata)
        return value if _is_scalar(value, kind) or issubclass(kind, (ReadyDict, ReadyList)) else self._shown(value)

    def _shown(self, value: Any) -> Any:
        size = max(min(self.left, json_values.CONTEXT["size"]), SHORT)
        walk = json_values.Walk(size, self._calls)
        shown = walk.value(value, json_values.CONTEXT["depth"])
        self.left -= ASKED + size - walk.left
        return shown

    def _text(self, text: str) -> str:
        length, left = len(text), self.left - VALUE
        self.left = left - (length if length <= COUNTED else COUNTED + min(length, LONGEST) // LONG)
        longest = LONGEST if self.left > 0 else max(left, SHORT)
        return text if length <= longest else text[:longest] + json_values.CUT

    def _container(self, value: Any, kind: type, depth: int) -> Any:
        if id(value) in self._within:
            return CYCLE_MARKER
        if depth <= 0 or self.left <= 0:
            return {json_values.CUT: json_values.CUT} if kind is dict else [json_values.CUT]
        self.left -= VALUE
        self._within.append(id(value))
        made = self._mapping(value, depth - 1) if kind is dict else self._sequence(value, depth - 1)
        self._within.pop()
        return made

    def _mapping(self, values: dict[Any, Any], depth: int) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, value in pairs_of(values, self._calls):
            if self.left <= 0:
                made[json_values.CUT] = json_values.CUT
                break
            name = _name(key)
            self.left -= len(name)
            made[name] = self.value(value, depth)
        return made

    def _sequence(self, values: Any, depth: int) -> list[Any]:
        made: list[Any] = []
        for value in values[: MAX_ITEMS + 1]:
            if self.left <= 0:
                made.append(json_values.CUT)
                break
            made.append(self.value(value, depth))
        return made


def _is_scalar(value: Any, kind: type) -> bool:
    """Return whether a value is a number that JSON can have, or a moment in a zone that runs no code of others."""
    if value is None or kind is bool or issubclass(kind, float):
        return True
    if issubclass(kind, int):  # as members of enumerations
        return int.bit_length(value) < MAX_BITS
    return kind is datetime.datetime and type(value.tzinfo) in _ZONES


_ZONES = (type(None), datetime.timezone, zoneinfo.ZoneInfo)
