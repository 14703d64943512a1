"""Kinds of objects that are not to be shown, by the names of their types or of the modules of these."""

import contextlib
import fnmatch
import functools
import re
from collections.abc import Iterable
from typing import Any

from .calls import Calls
from .contents import claim_of
from .kinds import bases_of, describe_type, kind_of, module_of, qualified_name_of
from .weighing import LEVELS, MUCH


class Concealed:
    """Knows objects of these kinds: `myapp.models.Person`, `myapp.models` for all in it, `*.Person` with wildcards.

    An object is of a kind when its type is, or one that it is derived from, or one that a proxy stands for.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        either = "|".join(fnmatch.translate(pattern)[:-2] for pattern in patterns)
        self._match = re.compile(rf"(?:{either})(?:\..*)?", re.DOTALL).fullmatch
        self._known = functools.lru_cache(maxsize=1024)(self._decide)

    def has(self, value: object, calls: Calls) -> bool:
        """Return whether a value is of these kinds. Never raises."""
        type_ = type(value)
        if self._has_type(type_):
            return True
        try:
            is_veiled = kind_of(type_).is_veiled
        except Exception:  # its metaclass fails to be hashed
            return False
        return is_veiled and self._has_type(claim_of(value, calls))

    def is_held_by(self, value: object, calls: Calls) -> bool:
        """Return whether something of these kinds may be seen in what a value says of itself."""
        left = MUCH
        nearest = [value]
        for _ in range(LEVELS + 1):
            waiting, nearest = nearest, []
            while waiting:
                kind = kind_of(type(holder := waiting.pop()))
                for inner in kind.held(holder) if kind.held is not None else ():
                    left -= 1
                    if left < 0 or self.has(inner, calls):
                        return True
                    (nearest if kind.has_attributes else waiting).append(inner)
        return False

    def _has_type(self, type_: type) -> bool:
        with contextlib.suppress(Exception):  # as above
            return self._known(type_)
        return self._decide(type_)

    def _decide(self, type_: type) -> bool:
        return any(self._match(name) for base in bases_of(type_) for name in _names(base) if base is not object)


def _names(type_: type) -> tuple[str, ...]:
    module, name = module_of(type_), qualified_name_of(type_)
    if type(module) is not str:
        return (name,)
    return (f"{module}.{name}", name) if module == "builtins" else (f"{module}.{name}",)


def placeholder(value: Any) -> str:
    """Return what is shown in the place of a value: its type."""
    return describe_type(value, "(hidden)")
