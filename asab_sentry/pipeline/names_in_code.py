"""What names in the source stand for: values of the module, and of the object whose method it is."""

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable
from types import FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

_Cached = type(functools.cache(len))

OWNERS = frozenset({"cls", "self"})
"""What a method calls the object whose method it is, or its class."""

TRANSLATES = frozenset({"_", "gettext", "lazy_gettext", "ngettext"})
"""Functions that return a text in another language: the first one they are given is that of the source."""

FUNCTIONS: dict[str, Callable[[str], str]] = {"dedent": textwrap.dedent, "cleandoc": inspect.cleandoc}
"""What makes another text of a text and leaves its words."""


class Function(NamedTuple):
    """A function that is called, and the class as whose method."""

    function: FunctionType
    owner: type | None = None


class Names:
    """What names in the source stand for: those of the module, and of the object whose method it is."""

    def __init__(self, module: dict[str, Any], frame: FrameType | None = None, owner: type | None = None) -> None:
        self.module = module
        self._frame = frame
        """Where None, the functions that are called are not looked into."""
        self._owner = owner
        """Whose method it is, where there is no frame."""
        self.assigned: Callable[[str], list[str]] | None = None
        """What returns the texts of a variable of the function, where these are to be looked for."""

    def value(self, name: str) -> Any:
        """Return what a name stands for, None where it is not known."""
        if name in OWNERS:
            return self._owner if self._frame is None else self._local(name)
        return dict.get(self.module, name)

    def attributes(self, name: str, attribute: str) -> list[Any]:
        """Return what an object and its classes have under a name, without asking it."""
        owner = self.value(name)
        if name not in OWNERS:
            return [vars(owner).get(attribute)] if type(owner) in {type, ModuleType} else []
        kinds = type.mro(owner if issubclass(type(owner), type) else type(owner))
        return [inspect.getattr_static(one, attribute, None) for one in (owner, *kinds)]

    def function(self, func: ast.expr) -> Function | None:
        """Return the function that is called by a name or is a method, if it is to be looked into."""
        if self._frame is None:
            return None
        owner = None
        match func:
            case ast.Name(id=name) if name not in FUNCTIONS.keys() | TRANSLATES:
                values = [self.value(name), self._local(name)]
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in OWNERS:
                values, owner = self.attributes(name, attribute), self._class_of(func.value)
            case ast.Attribute(value=value, attr=attribute):
                owner = self._class_of(value)
                values = self.attributes(value.id, attribute) if isinstance(value, ast.Name) else []
                values = [*values, inspect.getattr_static(owner, attribute, None)]
            case _:
                return None
        plain = (_plain(value) for value in values)
        return next((Function(value, owner) for value in plain if type(value) is FunctionType), None)

    def method_of(self, value: ast.expr, method: str, *, is_property: bool = False) -> Function | None:
        """Return a method, or what is behind a property, of the class of the object that an expression stands for."""
        owner = self._class_of(value)
        found = inspect.getattr_static(owner, method, None)
        if is_property:
            found = _getter(found)
        return Function(found, owner) if type(found) is FunctionType else None

    def _class_of(self, value: ast.expr) -> type | None:
        match value:
            case ast.Name(id=name):
                found = self._local(name)
                if found is None:
                    return None
                return found if issubclass(type(found), type) else type(found)
            case ast.Call(func=ast.Name(id=name)):
                found = self.value(name)
                return found if issubclass(type(found), type) else None
        return None

    def _local(self, name: str) -> Any:
        return self._frame.f_locals.get(name) if self._frame is not None else None


def _getter(found: Any) -> Any:
    if type(found) is functools.cached_property:
        return found.func
    return found.fget if type(found) is property else None


def _plain(value: Any) -> Any:
    """Return the function that is wrapped as a method of a class, or that remembers what it has returned."""
    if type(value) in {classmethod, staticmethod}:
        return value.__func__
    return value.__wrapped__ if type(value) is _Cached else value
