"""How kinds are written whose repr is made of what they hold: as Python does it, value by value, so that it can end."""

import array
import collections
import dataclasses
import functools
import itertools
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from .calls import Calls
from .kinds import VIEWS, args_of, attributes_of, by_type, field_names_of, kind_of, lookup, name_of

BITS = 2000
"""How large a number may be; larger ones take long to write."""
MAX_FIELDS = 200

GENERATED = ("<string>", "<attrs generated")
"""How the names of files begin that dataclasses and attrs make for their methods."""


class Writer(Protocol):
    """Who writes (`reprs`)."""

    calls: Calls
    left: int
    """How many characters may still be written."""

    def put(self, text: str) -> None:
        """Write a text."""

    def write(self, value: Any, depth: int) -> None:
        """Write the repr of a value."""

    def several(self, values: Iterable[Any], depth: int, opening: str, closing: str) -> None:
        """Write values between brackets."""

    def pairs(self, pairs: Iterable[tuple[Any, Any]], depth: int, opening: str, closing: str) -> None:
        """Write keys and values between brackets."""

    def fields(self, fields: Iterable[tuple[Any, Any]], depth: int, name: str) -> None:
        """Write names and values in parentheses; what is no text is no name."""


Formatter = Callable[[Writer, Any, int], None]
"""Writes a value, nested so deep at most."""


@by_type
def formatter_of(type_: type) -> Formatter | None:
    """Return how objects of a type are written that are not short; None: they are asked for their repr."""
    own_repr = kind_of(type_).repr
    # Any other kind of descriptor may do anything, even when it is compared.
    if type(own_repr) is not types.FunctionType:
        return _FORMATTERS.get(own_repr) if type(own_repr) is _SLOT else None
    return _FORMATTERS.get(own_repr) or _formatter_of_function(own_repr, type_)


def _formatter_of_function(own_repr: types.FunctionType, type_: type) -> Formatter | None:
    if own_repr.__module__ == "pydantic.main":
        return _representation
    if own_repr.__module__ == "collections" and (names := field_names_of(type_)) is not None:
        return _named_tuple(type_, names)
    function = getattr(own_repr, "__wrapped__", own_repr)
    is_generated = type(function) is types.FunctionType and function.__code__.co_filename.startswith(GENERATED)
    return _generated(type_) if is_generated else None


def _string(part: Any, form: str = "{}") -> Formatter:
    def write(writer: Writer, value: Any, depth: int) -> None:  # noqa: ARG001  # a string holds nothing
        writer.put(form.format(repr(part(value, slice(max(writer.left, 0) + 1)))))

    return write


def _number(writer: Writer, value: int, depth: int) -> None:  # noqa: ARG001
    bits = int.bit_length(value)
    writer.put(int.__repr__(value) if bits <= BITS else f"<int of {bits} bits>")


def _several(iterate: Any, opening: str, closing: str) -> Formatter:
    return lambda writer, value, depth: writer.several(iterate(value), depth, opening, closing)


def _tuple(writer: Writer, value: tuple[Any, ...], depth: int) -> None:
    writer.several(tuple.__iter__(value), depth, "(", ",)" if tuple.__len__(value) == 1 else ")")


def _set(writer: Writer, value: set[Any], depth: int) -> None:
    if set.__len__(value):
        writer.several(set.__iter__(value), depth, "{", "}")
    else:
        writer.put("set()")


def _frozenset(writer: Writer, value: frozenset[Any], depth: int) -> None:
    if frozenset.__len__(value):
        writer.several(frozenset.__iter__(value), depth, "frozenset({", "})")
    else:
        writer.put("frozenset()")


def _deque(writer: Writer, value: "collections.deque[Any]", depth: int) -> None:
    longest = lookup(collections.deque, "maxlen").__get__(value)
    closing = "])" if longest is None else f"], maxlen={longest})"
    writer.several(collections.deque.__iter__(value), depth, "deque([", closing)


def _array(writer: Writer, value: "array.array[Any]", depth: int) -> None:
    beginning = array.array.__getitem__(value, slice(max(writer.left, 0) + 1))
    writer.several(array.array.tolist(beginning), depth, f"array({value.typecode!r}, [", "])")


def _view(writer: Writer, value: Any, depth: int) -> None:
    writer.several(value, depth, f"{name_of(type(value))}([", "])")


def _mapping(writer: Writer, value: dict[Any, Any], depth: int) -> None:
    writer.pairs(dict.items(value), depth, "{", "}")


def _named_mapping(writer: Writer, value: dict[Any, Any], depth: int) -> None:
    writer.pairs(dict.items(value), depth, f"{name_of(type(value))}({{", "})")


def _read_only(writer: Writer, value: Any, depth: int) -> None:
    pairs = writer.calls(lambda: list(itertools.islice(value.items(), MAX_FIELDS)))
    writer.pairs(pairs, depth, "mappingproxy({", "})")


def _around(writer: Writer, value: Any, depth: int) -> None:
    writer.write(attributes_of(value).get("data"), depth)


def _error(writer: Writer, value: BaseException, depth: int) -> None:
    writer.fields(((None, argument) for argument in args_of(value)), depth, name_of(type(value)))


def _namespace(writer: Writer, value: types.SimpleNamespace, depth: int) -> None:
    writer.fields(list(attributes_of(value).items()), depth, "namespace")


def _partial(writer: Writer, value: "functools.partial[Any]", depth: int) -> None:
    function, args, keywords = (lookup(functools.partial, name).__get__(value) for name in ("func", "args", "keywords"))
    unnamed = ((None, argument) for argument in itertools.chain([function], args))
    writer.fields(itertools.chain(unnamed, keywords.items()), depth, "functools.partial")


def _method(writer: Writer, value: types.MethodType, depth: int) -> None:
    function = value.__func__
    name = function.__qualname__ if type(function) is types.FunctionType else name_of(type(function))
    writer.put(f"<bound method {name} of ")
    writer.write(value.__self__, depth)
    writer.put(">")


def _representation(writer: Writer, value: Any, depth: int) -> None:
    # A model tells by this what is to be seen of it.
    fields = writer.calls(lambda: list(itertools.islice(value.__repr_args__(), MAX_FIELDS)))
    writer.fields(fields, depth, name_of(type(value)))


def _named_tuple(type_: type, names: tuple[str, ...]) -> Formatter:
    return lambda writer, value, depth: writer.fields(
        zip(names, tuple.__iter__(value), strict=False), depth, name_of(type_)
    )


def _generated(type_: type) -> Formatter:
    if dataclasses.is_dataclass(type_):
        shown = [field.name for field in dataclasses.fields(type_) if field.repr]
    else:
        # What has a way of its own to be shown may hide something.
        shown = [field.name for field in lookup(type_, "__attrs_attrs__") or () if field.repr is True]
    return lambda writer, value, depth: writer.fields(_stored(value, shown), depth, name_of(type_))


def _stored(value: Any, names: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield fields with their values, none of which is computed for it."""
    attributes = attributes_of(value)
    for name in names:
        if name in attributes:
            yield name, attributes[name]
        elif type(member := lookup(type(value), name)) is types.MemberDescriptorType:
            yield name, member.__get__(value)


_SLOT = type(object.__repr__)

_FORMATTERS: dict[Any, Formatter] = {
    str.__repr__: _string(str.__getitem__),
    bytes.__repr__: _string(bytes.__getitem__),
    bytearray.__repr__: _string(lambda value, part: bytes(bytearray.__getitem__(value, part)), "bytearray({})"),
    int.__repr__: _number,
    list.__repr__: _several(list.__iter__, "[", "]"),
    tuple.__repr__: _tuple,
    set.__repr__: _set,
    frozenset.__repr__: _frozenset,
    collections.deque.__repr__: _deque,
    array.array.__repr__: _array,
    **{kind.__repr__: _view for kind in VIEWS},
    dict.__repr__: _mapping,
    collections.OrderedDict.__repr__: _named_mapping,
    collections.defaultdict.__repr__: _named_mapping,
    collections.Counter.__repr__: _named_mapping,
    types.MappingProxyType.__repr__: _read_only,
    collections.UserList.__repr__: _around,
    collections.UserDict.__repr__: _around,
    collections.UserString.__repr__: _around,
    BaseException.__repr__: _error,
    types.SimpleNamespace.__repr__: _namespace,
    functools.partial.__repr__: _partial,
    types.MethodType.__repr__: _method,
}
"""By `__repr__`, which who is derived from one of these kinds has from it, unless it has its own."""
