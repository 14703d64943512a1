"""What names in the source stand for: values of the module, and of the object whose method it is."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from types import FrameType, FunctionType, ModuleType
from typing import Any

OWNERS = frozenset({"cls", "self"})
"""What a method calls the object whose method it is, or its class."""

TRANSLATES = frozenset({"_", "gettext", "lazy_gettext", "ngettext"})
"""Functions that return a text in another language: the first one they are given is that of the source."""

FUNCTIONS: dict[str, Callable[[str], str]] = {"dedent": textwrap.dedent, "cleandoc": inspect.cleandoc}
"""What makes another text of a text and leaves its words."""


class Names:
    """What names in the source stand for: those of the module, and of the object whose method it is."""

    def __init__(self, module: dict[str, Any], frame: FrameType | None = None) -> None:
        self.module = module
        self._frame = frame
        """Where None, the functions that are called are not looked into."""

    def value(self, name: str) -> Any:
        """Return what a name stands for, None where it is not known."""
        if name in OWNERS and self._frame is not None:
            return self._frame.f_locals.get(name)
        return dict.get(self.module, name)

    def attributes(self, name: str, attribute: str) -> list[Any]:
        """Return what an object and its classes have under a name, without asking it."""
        owner = self.value(name)
        if name not in OWNERS:
            return [vars(owner).get(attribute)] if type(owner) in {type, ModuleType} else []
        kinds = type.mro(owner if issubclass(type(owner), type) else type(owner))
        return [inspect.getattr_static(one, attribute, None) for one in (owner, *kinds)]

    def function(self, func: ast.expr) -> FunctionType | None:
        """Return the function that is called by a name or is a method, if it is to be looked into."""
        match func:
            case ast.Name(id=name) if name not in FUNCTIONS.keys() | TRANSLATES:
                values = [self.value(name)]
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                values = self.attributes(name, attribute)
            case _:
                return None
        plain = (value.__func__ if type(value) in {classmethod, staticmethod} else value for value in values)
        return next((value for value in plain if type(value) is FunctionType and self._frame is not None), None)
