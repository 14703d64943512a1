"""One part of what anybody gave to sentry-sdk, made JSON of bounded size."""

import datetime
import zoneinfo
from typing import Any

from sentry_sdk._types import AnnotatedValue
from sentry_sdk.serializer import CYCLE_MARKER

from ..objects import json_values, reprs
from ..objects.calls import Calls
from ..objects.contents import MAX_ITEMS, pairs_of
from ..objects.ready_json import ReadyDict, ReadyList

DEEPEST = 60
"""Sentry refuses an event that is nested more than 127 deep, which sentry-sdk sends."""
LONGEST_KEY = 1000
"""Longer keys are cut; those that are no texts are far sooner, as it takes time to show them."""
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

_ZONES = (type(None), datetime.timezone, zoneinfo.ZoneInfo)


class Bounds:
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
        calls = self._calls
        return {name_of(key, calls): self.value(value, DEEPEST - 1) for key, value in list(values.items())}

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
        return value if is_scalar(value, kind) or issubclass(kind, (ReadyDict, ReadyList)) else self._shown(value)

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
            name = name_of(key, self._calls)
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


def name_of(key: Any, calls: Calls) -> str:
    """Return a key as text that is not too long."""
    if type(key) is str:
        return key if len(key) <= LONGEST_KEY else json_values.text(key, LONGEST_KEY)
    return json_values.text(key, reprs.LONGEST_KEY, calls)


def is_scalar(value: Any, kind: type) -> bool:
    """Return whether a value is a number that JSON can have, or a moment in a zone that runs no code of others."""
    if value is None or kind is bool or issubclass(kind, float):
        return True
    if issubclass(kind, int):  # as members of enumerations
        return int.bit_length(value) < MAX_BITS
    return kind is datetime.datetime and type(value.tzinfo) in _ZONES
