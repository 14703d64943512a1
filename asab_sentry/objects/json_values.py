"""Any Python value as JSON that Sentry stores whole: bounded in size, depth and cost, never raising.

Limits are those of Sentry's ingestion (sentry-relay), a little below, so that what is cut is cut here, visibly.
"""

import enum
import json
from collections.abc import Mapping
from typing import Any

from ..secret_keys import denylist
from ..secret_keys.denylist import FILTERED
from . import reprs
from .cache import Cache
from .calls import Calls
from .contents import MAX_ITEMS, describe_rest, pairs_of, values_of
from .json_converters import converter_of
from .kinds import name_of
from .ready_json import ReadyDict, ReadyList
from .reprs import LONGEST_KEY, bounded_str, describe_failure, is_hidden

CUT = reprs.CUT

MAX_MESSAGE = 8000
DATA = {"size": 1900, "depth": 3}
"""Bounds of the data of a breadcrumb."""
CONTEXT = {"size": 7000, "depth": 5}
"""Bounds of one context of an event."""
EXTRA = {"size": 15000, "depth": 5}
"""Bounds of an event's extra data."""

FRAMES = 250
"""Frames of a stack that Sentry keeps, half of them at each end."""

IDENTITY = ("id", "username", "email", "ip_address", "name")
"""What of a user Sentry takes as text or number only."""
MAX_IDENTITY = 128

NUMBER = 16
"""What a number counts for the size, in characters."""
FEW = 16
SHORT = 500
"""What is plain: at most so many values, and texts of at most so many characters."""

_keys: Cache[str, tuple[str, int]] = Cache(MAX_ITEMS)


def text(value: object, limit: int, calls: Calls | None = None) -> str:
    """Return str(value) of at most `limit` characters that can be encoded; a failing `__str__` is named."""
    if type(value) is str:
        if len(value) <= limit and value.isascii():  # most are
            return value
        return _bounded(value, limit)
    return _bounded(bounded_str(value, limit, calls or Calls()), limit)


def shown_key(key: Any) -> Any:
    """Return what a key is shown as: a member of an enumeration of numbers by its name, which `str` leaves out."""
    return enum.Enum.__str__(key) if issubclass(type(key), enum.Enum) and issubclass(type(key), int) else key


def error(error: BaseException, limit: int) -> str:
    """Return type and text of an exception, of at most `limit` characters."""
    return text(": ".join(filter(None, (name_of(type(error)), text(error, limit)))), limit)


def _bounded(string: str, limit: int) -> str:
    if len(string) > limit:
        string = string[: max(limit - len(CUT), 0)] + CUT
    # A lone surrogate, as in file names that are not UTF-8, makes the whole event invalid JSON for a strict parser.
    return string if string.isascii() else string.encode("utf-8", "replace").decode("utf-8")


def mapping(values: Mapping[Any, Any], *, size: int, depth: int) -> ReadyDict:
    """Return a mapping as a JSON-safe dict of about `size` characters at most, nested `depth` deep.

    Deeper values are shown by their repr. Values of keys that name a secret are `[Filtered]`. Of a mapping that fails,
    the failure is shown.
    """
    walk = Walk(size, Calls())
    try:
        return walk.mapping(values, depth)
    except Exception as error:
        return ReadyDict({CUT: walk.string(describe_failure(values, "items", error))})


def user(data: Any) -> ReadyDict:
    """Return who a user is as JSON; what identifies it is a short text or a number."""
    made = mapping(data, **CONTEXT)
    for key in IDENTITY:
        value = made.get(key)
        written = json.dumps(value) if isinstance(value, (dict, list)) else value
        if isinstance(written, str):
            made[key] = _bounded(written, MAX_IDENTITY)
    return made


def plain_copy(values: Any) -> dict[Any, Any] | None:
    """Return a copy of a flat dict of a few numbers and shorter texts, or None: none can change, none is large."""
    if type(values) is not dict or len(values) > FEW:
        return None
    copied = values.copy()  # another thread may change it meanwhile
    for value in copied.values():
        kind = type(value)
        if kind is str:
            if len(value) > SHORT:
                return None
        elif value is not None and kind is not int and kind is not float and kind is not bool:
            return None
    return copied


def is_ready(values: Any, size: int) -> bool:  # noqa: C901, PLR0911  # each breadcrumb passes here, and calls cost
    """Return whether `mapping` would return this as it is, but for what its keys say to be a secret: a short look."""
    if type(values) is not dict or len(values) > FEW:
        return False
    for key, value in [*values.items()]:  # another thread may change it meanwhile
        if type(key) is not str or len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
            return False
        kind = type(value)
        size -= 2 * len(key) + NUMBER
        if kind is str:
            size -= len(value)
            if size < 0 or not (value.isascii() and value.isprintable()):
                return False
        elif kind is int:
            if not -(2**53) < value < 2**53:
                return False
        elif kind is float:
            if value != 0 and not 1e-6 < abs(value) < 1e15:
                return False
        elif value is not None and kind is not bool:
            return False
    return size >= 0


def sequence(values: Any, *, size: int, depth: int) -> ReadyList:
    """Return a sequence as a JSON-safe list, bounded like `mapping`."""
    walk = Walk(size, Calls())
    try:
        return walk.sequence(values, depth)
    except Exception as error:
        return ReadyList([walk.string(describe_failure(values, "iter", error))])


class Walk:
    """One walk through one value; `left` is how many characters may still be written."""

    __slots__ = ("calls", "left")

    def __init__(self, size: int, calls: Calls) -> None:
        self.left = size
        self.calls = calls

    def mapping(self, values: Any, depth: int) -> ReadyDict:
        """Return a mapping; raises where it fails."""
        result, harmless = ReadyDict(), denylist.harmless()
        for key, value in pairs_of(values, self.calls):
            if self.left <= 0 or len(result) == MAX_ITEMS:
                result[CUT] = describe_rest(values, len(result), self.calls)
                break
            name, weight = (_keys.get(key) if type(key) is str else None) or self.key(key)
            self.left -= weight + 6
            if name in harmless or not is_hidden(name, value):
                result[name] = self.value(value, depth - 1)
            else:
                result[name] = self.hidden(name, value)
        return result

    def hidden(self, name: str, value: Any) -> str:  # noqa: ARG002  # of others
        """Return what stands for a value whose key names a secret."""
        return FILTERED

    def key(self, key: Any) -> tuple[str, int]:
        """Return a key as text, and its weight."""
        name = text(shown_key(key), LONGEST_KEY, self.calls)
        entry = name, _weight(name)
        if type(key) is str and len(key) <= LONGEST_KEY:
            _keys.add(key, entry)
        return entry

    def sequence(self, values: Any, depth: int) -> ReadyList:
        """Return a sequence; raises where it fails."""
        result = ReadyList()
        for value in values_of(values, self.calls):
            if self.left <= 0 or len(result) == MAX_ITEMS:
                result.append(f"{CUT} {describe_rest(values, len(result), self.calls)}")
                break
            result.append(self.value(value, depth - 1))
        return result

    def value(self, value: Any, depth: int) -> Any:
        """Return any value. Never raises."""
        self.left -= 4
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is str:
            return self.string(value)
        # Sentry reads larger whole numbers as 0, browsers round them.
        if kind is int and -(2**53) < value < 2**53:
            self.left -= NUMBER
            return value
        # Sentry writes 1e300 with all its zeros.
        if kind is float and (value == 0 or 1e-6 < abs(value) < 1e15):
            self.left -= NUMBER
            return value
        try:
            return converter_of(kind)(self, value, depth)
        except Exception as error:
            return self.string(describe_failure(value, "repr", error))

    def string(self, string: str) -> str:
        """Return as much of a text as there is place for."""
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


def _weight(string: str) -> int:
    """Return about how many bytes of JSON a string takes."""
    if string.isascii() and string.isprintable():
        return len(string)
    return len(json.dumps(string))
