"""The walk through a value: what is left of it, by its keys and by what it is.

It takes JSON as it is; what is made of what is none, and what keys mean, is for those to say who walk.
"""

import datetime
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...config.options import Options
from ...objects import json_values
from ...objects.cache import Cache
from ...objects.ready_json import LONGEST_SMALL, ReadyDict, SmallNumbers
from ...sdk.bounded_values import DEEPEST, LONGEST_KEY
from ...secret_keys import denylist
from ...secret_keys.denylist import FILTERED, MAX_KEY, Keys
from . import given_arguments, named_columns, named_values, request_data
from .budget import work
from .marks import of_call, of_code, of_columns, of_field, of_kind, of_sure_field
from .secret_patterns import cards
from .text_cleaner import MAX_KNOWN, Texts

Clean = Callable[[Any, int], Any]
"""Returns what is left of a value; the number is how deep it may be nested."""

SOURCE = ("pre_context", "context_line", "post_context")
"""Keys of a frame that hold source code."""


LARGEST = 10**12
"""A larger whole number may be that of a card."""

_numbers = re.compile(r"[0-9.+-]*").fullmatch


class Unfit(Exception):
    """What is walked is no JSON, nested too deep, or has a text that is too long."""


class Table(Cache[str, tuple[str, Clean | None]]):
    """What becomes of the keys of a kind of dict, and what cleans their values (None: they are cleaned as any other).

    `rule` says what cleans the value of a key that is none of the `parts`.
    """

    __slots__ = ("parts", "rule")

    def __init__(self, parts: dict[str, Clean], rule: Callable[[str], Clean | None]) -> None:
        super().__init__(MAX_KNOWN)
        self.parts = parts
        self.rule = rule


class Walk:
    """One for all values, until more secrets are known; it remembers what is left of keys."""

    def __init__(self, options: Options, keys: Keys, texts: Texts) -> None:
        self._keys = keys
        self._texts = texts
        self._text = texts.clean
        self._shortest = texts.shortest
        self._limit = options.max_value_length
        self._values = Table({}, self._rule)

    def _rule(self, key: str) -> Clean | None:
        """Return what cleans the value of a key; None: it is cleaned as any other."""
        raise NotImplementedError

    def _unfit(self, value: Any) -> Any:
        """Return what is made of what is no JSON, or too much of it."""
        raise NotImplementedError

    def value(self, value: Any, depth: int = DEEPEST) -> Any:
        """Return any value."""
        kind = type(value)
        if kind is str:
            return self._string(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return FILTERED if value > LARGEST and cards.is_card(str(value)) else value
        if isinstance(value, dict):
            return self.mapping(value, depth)
        if isinstance(value, (list, tuple)) and depth > 0:
            return self._sequence(value, depth - 1)
        return self._scalar(value)

    def _sequence(self, values: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
        shortest = self._shortest
        if (type(values) is SmallNumbers and shortest > LONGEST_SMALL) or _are_numbers(values, shortest):
            return [*values]
        if len(values) > 1 and isinstance(values[0], (list, tuple)):
            values = named_columns.without_secret_columns(values, self._keys)
        # Most are texts, and a step for each is most of what it costs.
        cleaned = [
            (inner if len(inner) < shortest else self._string(inner))
            if type(inner) is str
            else (self._pair if request_data.is_pair(inner) else self.value)(inner, depth)
            for inner in values
        ]
        if len(values) == 3 and named_values.is_change(values, self._keys):
            cleaned[2] = self._blank(values[2], depth)
        if len(values) > 1 and isinstance(values[0], str):
            for place, left in named_values.in_list(values, self._keys):
                cleaned[place] = self.value(left, depth)
        return cleaned

    def _pair(self, pair: Any, depth: int) -> Any:
        """Return a pair of a list of them, as headers and the items of a dict are."""
        name = named_columns.unquoted(pair[0])
        if depth > 0 and (self._keys.is_secret(name) or named_values.is_digest(name, pair[1])):
            return [self._string(pair[0]), self._blank(pair[1], depth - 1)]
        return self.value(pair, depth)

    def _blank(self, value: Any, depth: int) -> Any:
        if denylist.is_path(value):
            return self.value(value, depth)
        return self.value(request_data.blank(as_dict(value)), depth)

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, float) and math.isfinite(value):
            return float.__float__(value)
        # As members of enumerations.
        if isinstance(value, str):
            return self._string(str.__str__(value))
        if isinstance(value, int):
            return self.value(int.__int__(value))
        if is_moment(value):
            return self._string(text_of(value))
        return self._unfit(value)

    def _is_long(self, text: str) -> bool:
        # The limit is in bytes.
        length, limit = len(text), self._limit
        return length > limit or (length * 4 > limit and len(text.encode("utf-8", "replace")) > limit)

    def _string(self, text: str) -> Any:
        if len(text) < self._shortest:
            return text
        known = self._texts.known.get(text)
        if known is not None:
            return known
        return self._unfit(text) if self._is_long(text) else self._text(text)

    def mapping(self, values: dict[Any, Any], depth: int = DEEPEST, table: Table | None = None) -> Any:  # noqa: C901, PLR0912
        """Return a dict, by its keys."""
        if depth <= 0:
            return self._unfit(values)
        cleaned: dict[str, Any] = {}
        if table is None:
            table = self._values
        get, known, shortest = table.get, self._texts.known.get, self._shortest
        numbers = SmallNumbers if shortest > LONGEST_SMALL else None
        for key, value in values.items():
            name, clean = get(key) or self._entry(key, table)
            if name in cleaned:  # two keys that are secrets themselves
                name = _another(name, cleaned)
            if clean is None:
                kind = type(value)
                if kind is str:
                    # Here pass most values of an event, and most of them are short or known.
                    text = value if len(value) < shortest else known(value)
                    cleaned[name] = self._string(value) if text is None else text
                elif kind is numbers:
                    cleaned[name] = [*value]
                elif kind is dict or kind is ReadyDict:
                    cleaned[name] = self.mapping(value, depth - 1)
                elif kind is bool or value is None or (kind is int and value <= LARGEST):
                    cleaned[name] = value
                else:
                    cleaned[name] = self.value(value, depth - 1)
            elif clean is of_field:
                hides = named_values.of_field(values, self._keys)
                cleaned[name] = (self._blank if hides else self.value)(value, depth - 1)
            elif clean is of_code:
                cleaned[name] = (self._blank if named_values.GRANT in values else self.value)(value, depth - 1)
            elif clean is of_sure_field:
                hides = named_values.of_sure_field(values, value, self._keys)
                cleaned[name] = FILTERED if hides else self.value(value, depth - 1)
            elif clean is of_call:
                cleaned[name] = self.value(
                    given_arguments.without_secrets(values, value, self._keys, self._text), depth - 1
                )
            elif clean is of_columns:
                hidden = named_columns.of_columns(values, value, self._keys)
                if hidden is not None:
                    return self.mapping(hidden, depth, table)
                cleaned[name] = self.value(value, depth - 1)
            elif clean is of_kind:
                hidden = named_values.of_kind(values) if value is None or type(value) is str else None
                if hidden is not None:
                    return self.mapping(hidden, depth, table)
                cleaned[name] = self.value(value, depth - 1)
            else:
                cleaned[name] = clean(value, depth - 1)
        return cleaned

    def takes_any(self, key: str) -> bool:
        """Return whether the value of a key is cleaned as any other, whatever stands beside it."""
        return (self._values.get(key) or self._entry(key, self._values)) == (key, None)

    def _entry(self, key: Any, table: Table) -> tuple[str, Clean | None]:
        """Return what becomes of a key, and what cleans its value."""
        # Names of headers are a kind of str.
        text = key if type(key) is str and len(key) <= LONGEST_KEY else json_values.text(key, LONGEST_KEY)
        part, cuts = table.parts.get(text), work.cuts
        entry = text if part or text in SOURCE else self._text(text), part or table.rule(text)
        if len(text) <= MAX_KEY and work.cuts == cuts:
            table.add(text, entry)
        return entry


def _are_numbers(values: list[Any] | tuple[Any, ...], shortest: int) -> bool:
    """Return whether these are texts of numbers with less than `shortest` characters, as local variables have them."""
    if not values or type(values[0]) is not str or len(values[0]) >= shortest:
        return False
    try:
        text = "".join(values)
    except TypeError:
        return False
    return _numbers(text) is not None and max(map(len, values)) < shortest


def _another(name: str, names: dict[str, Any]) -> str:
    """Return a name that is not there yet."""
    if f"{name}_" not in names:
        return f"{name}_"
    number = len(names)
    while f"{name}_{number}" in names:
        number += 1
    return f"{name}_{number}"


def as_dict(value: Any) -> Any:
    """Return a mapping as a dict, and what is none as it is."""
    return value if isinstance(value, dict) or not isinstance(value, Mapping) else dict(value)


def is_moment(value: Any) -> bool:
    """Return whether a value is a moment that can be told in UTC: those at the ends of the calendar need not be."""
    return isinstance(value, datetime.datetime) and datetime.MINYEAR < value.year < datetime.MAXYEAR


def text_of(when: datetime.datetime) -> str:
    """Return a moment as sentry-sdk writes it."""
    if when.tzinfo is not datetime.UTC:
        when = when.astimezone(datetime.UTC)
    return f"{when.isoformat(timespec='microseconds')[:26]}Z"
