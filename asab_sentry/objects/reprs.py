"""`repr()` and `str()`, bounded in cost: what they would walk through is looked at before they are called.

Kinds that show what they hold, as lists, views and dataclasses, are written by `repr_formatters`, and of them only the
beginning. Whoever has a `__repr__` of its own is asked, unless it holds much: what it would show then cannot be known.
"""

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

from ..secret_keys import denylist
from ..secret_keys.denylist import FILTERED
from .calls import Calls, Refused, Unruly, let_through
from .concealed import Concealed, placeholder
from .contents import claim_of, describe_size
from .kinds import Kind, args_of, describe_type, kind_of, lookup, module_of, name_of
from .repr_formatters import Formatter, formatter_of
from .weighing import MUCH, holds_much

CUT = "..."
"""How a text ends that was cut; a secret in it may have lost its end."""

LONGEST_KEY = 200

DEEPEST = 10
"""How deep nested values are written."""
SUMMED_UP = ("numpy", "pandas")
"""Packages whose types show a summary, however much they hold."""


def bounded_repr(value: object, size: int, calls: Calls, concealed: Concealed | None = None) -> str:
    """Return repr(value); of a longer one a beginning of at least `size` characters. What is concealed is not in it."""
    try:
        if concealed is not None and concealed.has(value, calls):
            return placeholder(value)
        kind = kind_of(type(value))
        if kind.short is not None:
            short: str = kind.short(value)
            return short
        if (formatter := formatter_of(type(value))) is None:
            if concealed is not None and concealed.is_held_by(value, calls):
                return describe_type(value)
            return _asked(value, kind, size, calls)
        writer = _Writer(size, calls, concealed)
        writer.follow(formatter, value, DEEPEST)
        return "".join(writer.parts)
    except Exception as error:
        return describe_failure(value, "repr", error)


def bounded_str(value: object, size: int, calls: Calls) -> str:
    """Return str(value); of a longer one a beginning of at least `size` characters. Of a derived string, the string."""
    try:
        return strict_str(value, size, calls)
    except Exception as error:
        return describe_failure(value, "str", error)


def strict_str(value: object, size: int, calls: Calls, depth: int = DEEPEST) -> str:
    """Return str(value) as `bounded_str` does; raises where that fails."""
    type_ = type(value)
    if issubclass(type_, str):
        return head(value, size)
    kind = kind_of(type_)
    if kind.str in _OF_ARGS:
        args = args_of(value)
        if len(args) == 1 and kind.str is BaseException.__str__ and depth > 0:
            return strict_str(args[0], size, calls, depth - 1)
        return bounded_repr(args[0] if len(args) == 1 else args, size, calls) if args else ""
    # What an exception says is what everybody looks for.
    if issubclass(type_, BaseException):
        return head(calls(str, value), size)
    if kind.str in _OF_REPR or kind.is_mapping or lookup(type_, "__repr_args__"):
        return bounded_repr(value, size, calls)
    return _in_place_of_much(value, kind, calls) or head(calls(str, value), size)


_OF_REPR = (object.__str__, bytes.__str__, bytearray.__str__)
"""By these the str of an object is its repr."""
_OF_ARGS = (BaseException.__str__, KeyError.__str__)
"""By these that of an exception is made of its arguments."""


def head(string: Any, size: int) -> str:
    """Return more than `size` characters of a string, or all; of a derived type, as the plain string that it is."""
    length = str.__len__(string)
    if type(string) is str and length <= size:
        return string
    return str.__getitem__(string, slice(max(size, 0) + 1)) if length > size else str.__str__(string)


def describe_failure(value: object, what: str, error: Exception) -> str:
    """Return what stands in place of a repr or str that failed, or was not asked for."""
    if isinstance(error, Refused):
        return describe_type(value)
    let_through(error)
    name = error if isinstance(error, Unruly) else name_of(type(error))
    return f"<{name_of(type(value))}: {what}() failed with {name}>"


def is_hidden(key: Any, value: Any) -> bool:
    """Return whether a value is hidden, since its key names a secret; that there is none is shown."""
    if type(key) is not str or value is None or value is True or value is False:
        return False
    if len(key) > LONGEST_KEY:
        key = key[:LONGEST_KEY]
    if denylist.is_harmless(key) or (type(value) is str and (not value or denylist.is_path(value))):
        return False
    return denylist.weight(key) > 1 or not denylist.is_small(value)


class _Writer:
    """Writes one repr."""

    __slots__ = ("_concealed", "_within", "calls", "left", "parts")

    def __init__(self, size: int, calls: Calls, concealed: Concealed | None) -> None:
        self.calls = calls
        self._concealed = concealed
        self.left = size
        self.parts: list[str] = []
        self._within: list[int] = []

    def put(self, text: str) -> None:
        self.parts.append(text)
        self.left -= len(text)

    def write(self, value: Any, depth: int) -> None:
        kind = type(value)
        if self._concealed is not None and self._concealed.has(value, self.calls):
            self.put(placeholder(value))
        elif value is None or kind is bool or kind is float or (kind is int and -(2**63) < value < 2**63):
            self.put(repr(value))
        elif kind is str:
            self.put(repr(head(value, self.left)))
        else:
            try:
                formatter = formatter_of(kind)
            except Exception:  # its metaclass fails
                formatter = None
            if formatter is None:
                self.put(bounded_repr(value, self.left, self.calls, self._concealed))
            else:
                self.follow(formatter, value, depth)

    def follow(self, formatter: Formatter, value: Any, depth: int) -> None:
        if depth <= 0 or id(value) in self._within:  # as what holds itself
            self.put(CUT)
            return
        self._within.append(id(value))
        try:
            formatter(self, value, depth - 1)
        except Exception as error:
            self.put(describe_failure(value, "repr", error))
        self._within.pop()

    def several(self, values: Iterable[Any], depth: int, opening: str, closing: str) -> None:
        self._items(values, lambda value: self.write(value, depth), opening, closing)

    def pairs(self, pairs: Iterable[tuple[Any, Any]], depth: int, opening: str, closing: str) -> None:
        def write(pair: tuple[Any, Any]) -> None:
            key, value = pair
            self.write(key, depth)
            self.put(": ")
            self._value(key, value, depth)

        self._items(pairs, write, opening, closing)

    def fields(self, fields: Iterable[tuple[Any, Any]], depth: int, name: str) -> None:
        def write(pair: tuple[Any, Any]) -> None:
            field, value = pair
            if isinstance(field, str):
                self.put(f"{head(field, self.left)}=")
            self._value(field, value, depth)

        self._items(fields, write, f"{name}(", ")")

    def _items(self, items: Iterable[Any], write: Callable[[Any], None], opening: str, closing: str) -> None:
        self.put(opening)
        separator = ""
        for item in items:
            self.put(separator)
            if self.left <= 0:
                self.put(CUT)
                return
            write(item)
            separator = ", "
        self.put(closing)

    def _value(self, key: Any, value: Any, depth: int) -> None:
        if is_hidden(key, value):
            self.put(FILTERED)
        else:
            self.write(value, depth)


def _asked(value: Any, kind: Kind, size: int, calls: Calls) -> str:
    """Return what a value says of itself, unless it holds much, or may be headers or a configuration."""
    if kind.is_mapping:
        return describe_size(value, calls)
    return _in_place_of_much(value, kind, calls) or head(calls(repr, value), size)


def _in_place_of_much(value: Any, kind: Kind, calls: Calls) -> str:
    """Return what is shown in place of what holds much; else nothing."""
    if kind.length is not None and str(module_of(type(value))).partition(".")[0] not in SUMMED_UP:
        with contextlib.suppress(TypeError, ReferenceError):  # of a proxy of what has none
            if (length := int(calls(kind.length, value))) > MUCH and not issubclass(claim_of(value, calls), str):
                return describe_type(value, f"of {length} items")
    if kind.held is None and not kind.is_veiled:
        return ""
    holder = calls(getattr, value, "__dict__", None) if kind.is_veiled else value
    return describe_type(value) if holds_much(holder) else ""
