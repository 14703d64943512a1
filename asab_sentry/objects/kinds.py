"""What an object is, without asking it: by its type, which neither proxies, mocks nor metaclasses can veil."""

import array
import collections
import datetime
import decimal
import enum
import functools
import pathlib
import sys
import types
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

LONG = 100
"""So many characters of a text count as one value."""

name_of: Callable[[type], str] = type.__dict__["__name__"].__get__
"""Returns the name of a type."""
qualified_name_of: Callable[[type], str] = type.__dict__["__qualname__"].__get__
module_of: Callable[[type], Any] = type.__dict__["__module__"].__get__
"""Returns the name of the module of a type; a type may have anything there."""
bases_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
"""Returns a type and all that it is derived from."""
_members_of: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__

VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
TEXTS: tuple[type, ...] = (str, bytes, bytearray, array.array)
SEQUENCES: tuple[type, ...] = (list, tuple, set, frozenset, collections.deque)


Made = TypeVar("Made")


def by_type(function: Callable[[Any], Made]) -> Callable[[Any], Made]:
    """Return a function of a type that remembers what it returned."""
    return functools.lru_cache(maxsize=1024)(function)


SMALL: tuple[type, ...] = (enum.Enum, uuid.UUID, pathlib.PurePath, datetime.date, datetime.time, datetime.timedelta)
"""Kinds that have a repr of their own and never hold much."""


class Kind(NamedTuple):
    """What is known of all objects of a type."""

    repr: Any
    """Its `__repr__`, unbound."""
    str: Any
    """Its `__str__`, unbound."""
    short: Callable[[Any], Any] | None
    """Returns its repr, where that shows nothing of what it holds and runs no code of others."""
    is_mapping: bool
    is_veiled: bool
    """Whether it may claim to be something else, as proxies and mocks do."""
    length: Callable[[Any], int] | None
    """Returns how many values it holds, where asking costs nothing."""
    weight: Callable[[Any], int] | None
    """Returns for how many values it counts."""
    held: Callable[[Any], Iterable[Any]] | None
    """Returns what its repr may show: its values, or its attributes."""
    has_attributes: bool
    """Whether it is these."""


@by_type
def kind_of(type_: type) -> Kind:
    """Return what is known of all objects of a type."""
    own_repr, own_len = lookup(type_, "__repr__"), lookup(type_, "__len__")
    is_known = type(own_repr) is _SLOT or type(own_repr) is types.FunctionType
    of_server = _types_of_server()
    short = None
    if is_known:
        # Requests and responses by method and path, by status; they are in the frames of each failed request, and hold
        # the whole server.
        is_of_server = own_repr in [lookup(kind, "__repr__") for kind in of_server]
        short = own_repr if is_of_server else _SHORT.get(own_repr)
    weight, held = _contents(type_)
    has_attributes = weight is None and short is None and not issubclass(type_, SMALL)
    return Kind(
        repr=own_repr,
        str=lookup(type_, "__str__"),
        short=short,
        is_mapping=issubclass(type_, Mapping) and not issubclass(type_, of_server) and not _is_jar(type_),
        is_veiled=lookup(type_, "__class__") is not _CLASS,
        # One that is written in Python may ask a database.
        length=None if own_len is None or type(own_len) is types.FunctionType else len,
        weight=weight,
        held=_attributes(type_) if has_attributes else held,
        has_attributes=has_attributes,
    )


def _is_jar(type_: type) -> bool:
    """Return whether a mapping is of cookies, which its `repr` says of them: those of requests and httpx."""
    return qualified_name_of(type_).endswith(("CookieJar", "Cookies"))


def lookup(type_: type, name: str) -> Any:
    """Return what a type or one of its bases has by a name, unbound; None where there is nothing."""
    for base in bases_of(type_):
        if name in (members := _members_of(base)):
            return members[name]
    return None


def _types_of_server() -> tuple[type, ...]:
    """Return what requests and responses of aiohttp's server are, where it is imported.

    They are no mappings here: what handlers put into a request seldom tells more than its method and path.
    """
    places = (("aiohttp.web_request", "BaseRequest"), ("aiohttp.web_response", "StreamResponse"))
    types_ = [getattr(sys.modules.get(module), name, None) for module, name in places]
    return tuple(type_ for type_ in types_ if isinstance(type_, type))


_CLASS = lookup(object, "__class__")
_SLOT = type(object.__repr__)


def _module(value: types.ModuleType) -> str:
    # Python has the repr of a module made by the import system.
    attributes = attributes_of(value)
    name, file = attributes.get("__name__"), attributes.get("__file__")
    origin = f" from {file!r}" if type(file) is str else " (built-in)" if "__file__" not in attributes else ""
    return f"<module {name!r}{origin}>" if type(name) is str else "<module>"


_SHORT: dict[Any, Callable[[Any], str]] = {
    **{
        lookup(kind, "__repr__"): lookup(kind, "__repr__")
        for kind in (
            *(object, type, type(None), type(NotImplemented), type(...), bool, float, complex, range, memoryview),
            *(types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType),
            *(types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, types.FrameType, types.CodeType),
        )
    },
    types.ModuleType.__repr__: _module,
}


def field_names_of(type_: type) -> tuple[str, ...] | None:
    """Return the names of the fields of a type of named tuples; None: it is none."""
    names = lookup(type_, "_fields") if issubclass(type_, tuple) else None
    return names if type(names) is tuple and all(type(name) is str for name in names) else None


def describe_type(value: object, what: str = "object") -> str:
    """Return what an object is: its type, and nothing that it says of itself."""
    module, name = module_of(type(value)), qualified_name_of(type(value))
    return f"<{module}.{name} {what}>" if type(module) is str and module != "builtins" else f"<{name} {what}>"


def attributes_of(value: object) -> dict[Any, Any]:
    """Return the attributes of an object that are kept in its `__dict__`, whatever it makes of access to them."""
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except Exception:
        return {}
    return attributes if type(attributes) is dict else {}


def args_of(error: Any) -> tuple[Any, ...]:
    """Return what an exception was made with."""
    args: tuple[Any, ...] = BaseException.args.__get__(error)  # type: ignore[attr-defined]
    return args


def _share_of(length: Callable[[Any], int]) -> Callable[[Any], int]:
    return lambda value: length(value) // LONG


def _contents(type_: type) -> tuple[Callable[[Any], int] | None, Callable[[Any], Iterable[Any]] | None]:
    """Return weight and contents of builtin kinds, and of those that are derived from them."""
    for base in TEXTS:
        if issubclass(type_, base):
            return _share_of(lookup(base, "__len__")), None
    if issubclass(type_, int):
        return _share_of(int.bit_length), None
    if issubclass(type_, decimal.Decimal):
        return _share_of(decimal.Decimal.__sizeof__), None
    if issubclass(type_, dict):
        return dict.__len__, lambda value: [*dict.keys(value), *dict.values(value)]
    for base in (*SEQUENCES, *VIEWS):
        if issubclass(type_, base):
            return lookup(base, "__len__"), lookup(base, "__iter__")
    return None, None


def _attributes(type_: type) -> Callable[[Any], Iterable[Any]]:
    """Return a function that returns what the attributes of an object are, in its `__dict__` and in slots."""
    slots = [
        member
        for base in bases_of(type_)
        if "__slots__" in _members_of(base)
        for member in _members_of(base).values()
        if type(member) is types.MemberDescriptorType
    ]

    def with_slots(value: Any) -> list[Any]:
        attributes = [*attributes_of(value).values()]
        for slot in slots:
            try:  # noqa: SIM105  # as fast as can be
                attributes.append(slot.__get__(value))
            except AttributeError:  # it is empty
                pass
        return attributes

    return with_slots if slots else lambda value: attributes_of(value).values()
