"""Any Python value as JSON that Sentry stores whole: bounded in size, depth and cost, never raising.

Limits are those of Sentry's ingestion (sentry-relay), a little below, so that what is cut is cut here, visibly.
"""

import configparser
import datetime
import decimal
import functools
import itertools
import json
import os
import pathlib
import uuid
from collections.abc import Mapping
from typing import Any

import aiohttp.web
import asab.config

from . import denylist
from .denylist import FILTERED
from .ready import ReadyDict, ReadyList

MAX_MESSAGE = 8000
DATA = {"size": 1900, "depth": 3}
"""Bounds of the data of a breadcrumb."""
CONTEXT = {"size": 7000, "depth": 5}
"""Bounds of one context of an event."""
EXTRA = {"size": 15000, "depth": 5}
"""Bounds of an event's extra data."""

FRAMES = 250
"""Frames of a stack that Sentry keeps, half of them at each end."""

NUMBER = 16
"""What a number counts for the size, in characters."""
MAX_ITEMS = 1000
"""Of larger collections only the beginning is walked."""

VARIABLES = 1900
"""Bound of the local variables of a frame, in characters."""
VARIABLE = 500
"""Bound of one of them."""

FEW = 16
SHORT = 500
"""What is plain: at most so many values, and texts of at most so many characters."""

CUT = "..."
"""How a text ends that was cut; a secret in it may have lost its end."""

CONFIGURATIONS = (
    configparser.RawConfigParser,
    configparser.SectionProxy,
    asab.config.ConfigurableDict,
    type(os.environ),
)
"""What is shown as what it is, not with what it holds."""

_keys: dict[str, tuple[str, int]] = {}
_numbers = frozenset({int, float, bool, type(None)})
_containers = (dict, list, tuple, set, frozenset)
_as_text = (uuid.UUID, pathlib.PurePath, decimal.Decimal)


def text(value: object, limit: int) -> str:
    """Return str(value) of at most `limit` characters that can be encoded; a failing `__str__` is named."""
    if type(value) is str and len(value) <= limit and value.isascii():  # most are
        return value
    try:
        string = str.__str__(value) if isinstance(value, str) else str(value)
    except Exception as error:
        string = f"<{type(value).__name__}: str() failed with {type(error).__name__}>"
    return _bounded(string, limit)


def _bounded(string: str, limit: int) -> str:
    if len(string) > limit:
        string = string[: max(limit - len(CUT), 0)] + CUT
    # A lone surrogate, as in file names that are not UTF-8, makes the whole event invalid JSON for a strict parser.
    return string if string.isascii() else string.encode("utf-8", "replace").decode("utf-8")


def mapping(values: Mapping[Any, Any], *, size: int, depth: int) -> ReadyDict:
    """Return a mapping as a JSON-safe dict of about `size` characters at most, nested `depth` deep.

    Deeper values are shown by their repr. Values of keys that name a secret are `[Filtered]`.
    """
    return _Walk(size).mapping(values, depth)


def is_plain(values: Any) -> bool:
    """Return whether this is a flat dict of a few numbers and shorter texts: none can change, none is large."""
    if type(values) is not dict or len(values) > FEW:
        return False
    for value in values.values():
        if type(value) is str:
            if len(value) > SHORT:
                return False
        elif type(value) not in _numbers:
            return False
    return True


def _key(key: Any) -> tuple[str, int]:
    """Return a key as text, and its weight."""
    name = text(key, 200)
    found = name, _weight(name)
    if type(key) is str and len(key) <= 200:
        if len(_keys) >= MAX_ITEMS:
            _keys.clear()
        _keys[key] = found
    return found


def sequence(values: Any, *, size: int, depth: int) -> ReadyList:
    """Return a sequence as a JSON-safe list, bounded like `mapping`."""
    return _Walk(size).sequence(values, depth)


def variables(values: Mapping[str, Any]) -> ReadyDict:
    """Return local variables by their repr, each and all of them bounded; containers are walked."""
    result = ReadyDict()
    left = VARIABLES
    for name, value in list(values.items()):
        if left <= 0:
            result[CUT] = f"{len(values) - len(result)} more"
            break
        if _is_hidden(name, value):
            result[name] = FILTERED
        else:
            size = min(left, VARIABLE)
            walk = _Reprs(size)
            result[name] = walk.value(value, 3)
            left -= size - walk.left
        left -= len(name) + 6
    return result


class _Walk:
    """One walk through one value; `left` is how many characters may still be written."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = size

    def mapping(self, values: Mapping[Any, Any], depth: int) -> ReadyDict:
        result = ReadyDict()
        for key, value in list(itertools.islice(values.items(), MAX_ITEMS + 1)):
            if self.left <= 0 or len(result) == MAX_ITEMS:
                result[CUT] = f"{len(values) - len(result)} more"
                break
            name, weight = (_keys.get(key) if type(key) is str else None) or _key(key)
            self.left -= weight + 6
            result[name] = FILTERED if _is_hidden(name, value) else self.value(value, depth - 1)
        return result

    def sequence(self, values: Any, depth: int) -> ReadyList:
        result = ReadyList()
        for value in list(itertools.islice(values, MAX_ITEMS + 1)):
            if self.left <= 0 or len(result) == MAX_ITEMS:
                result.append(f"{CUT} {len(values) - len(result)} more")
                break
            result.append(self.value(value, depth - 1))
        return result

    def value(self, value: Any, depth: int) -> Any:
        self.left -= 4
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return self.string(str.__str__(value))
        # Sentry reads larger whole numbers as 0, browsers round them.
        if type(value) is int and -(2**53) < value < 2**53:
            self.left -= NUMBER
            return value
        # Sentry writes 1e300 with all its zeros.
        if type(value) is float and (value == 0 or 1e-6 < abs(value) < 1e15):
            self.left -= NUMBER
            return value
        try:
            return self.other(value, depth)
        except Exception as error:
            return self.string(f"<{type(value).__name__}: repr() failed with {type(error).__name__}>")

    def other(self, value: Any, depth: int) -> Any:
        if isinstance(value, CONFIGURATIONS):
            return self.string(_what_it_is(value))
        if depth > 0 and _is_mapping(value.__class__):
            return self.mapping(value, depth)
        if depth > 0 and isinstance(value, (list, tuple, set, frozenset)):
            return self.sequence(value, depth)
        if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
            return self.string(value.isoformat())
        if isinstance(value, (bytes, bytearray)):
            return self.string(bytes(value[: self.left]).decode("utf-8", "replace"))
        return self.string(str(value) if isinstance(value, _as_text) else repr(value))

    def string(self, string: str) -> str:
        if len(string) <= self.left and string.isascii() and string.isprintable():  # most are
            self.left -= len(string)
            return string
        string = _bounded(string, max(self.left, len(CUT)))
        weight = _weight(string)
        if weight > self.left > 0:
            string = _bounded(string, max(len(string) * self.left // weight, len(CUT)))
            weight = self.left
        self.left -= weight
        return string


class _Reprs(_Walk):
    """A walk that shows what Python would show: `'1'` and `1` are different values of a variable."""

    __slots__ = ()

    def value(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _numbers:
            shown = repr(value)
            self.left -= len(shown) + 4
            return shown
        self.left -= 4
        if kind is str or kind is bytes:
            return self.string(repr(value[: max(self.left, 0) + 1]))
        try:
            return self.other(value, depth)
        except Exception as error:
            return self.string(f"<{kind.__name__}: repr() failed with {type(error).__name__}>")

    def other(self, value: Any, depth: int) -> Any:
        if depth > 0 and isinstance(value, _containers) and value:
            return self.mapping(value, depth) if isinstance(value, dict) else self.sequence(value, depth)
        if _is_mapping(value.__class__) and not isinstance(value, dict):
            # Configurations, environments and headers.
            return self.string(_what_it_is(value))
        return self.string(repr(value))


@functools.lru_cache(maxsize=256)
def _is_mapping(kind: type) -> bool:
    # What handlers put into a request seldom tells more than its method and path.
    return issubclass(kind, Mapping) and not issubclass(kind, aiohttp.web.BaseRequest)


def _is_hidden(key: str, value: Any) -> bool:
    return denylist.is_secret(key) and value is not None and value is not True and value is not False


def _what_it_is(value: Mapping[Any, Any]) -> str:
    """Return type and size of a mapping that may hold secrets."""
    kind = type(value)
    return f"<{kind.__module__}.{kind.__qualname__} of {len(value)} items>"


def _weight(string: str) -> int:
    """Return about how many bytes of JSON a string takes."""
    if string.isascii() and string.isprintable():
        return len(string)
    return len(json.dumps(string))
