"""Whether an object holds so much that a repr which shows it would be long in the making."""

import contextlib
import weakref
from typing import Any

from .cache import Cache
from .kinds import kind_of

MUCH = 2000
"""How many values an object may hold that is asked for its repr."""
LEVELS = 2
"""How deep it is looked: into attributes of attributes."""
MAX_HOLDERS = 256

_NUMBERS = frozenset({int, bool, float, type(None)})

_holders: Cache[int, "weakref.ref[Any]"] = Cache(MAX_HOLDERS)
"""What was found to hold much, by its id."""


def holds_much(value: object) -> bool:
    """Return whether a repr that shows what an object holds, and what is held there, might be long in the making.

    An application or a service does, and is in frame after frame: what did once is not looked through again.
    """
    known = _holders.get(id(value))
    if known is not None and known() is value:
        return True
    is_much = _holds_much(value)
    if is_much:
        with contextlib.suppress(TypeError):  # there are no weak references to it
            _holders.add(id(value), weakref.ref(value))
    return is_much


def _holds_much(value: object) -> bool:
    left = MUCH
    nearest = [value]
    for level in range(LEVELS + 1):
        waiting, nearest = nearest, []
        while waiting:
            # Each of those that are looked at counts.
            if len(waiting) + (len(nearest) if level < LEVELS else 0) > left:
                return True
            value = waiting.pop()
            kind = kind_of(type(value))
            left -= 1 if kind.weight is None else 1 + kind.weight(value)
            if left < 0:
                return True
            if kind.held is not None:
                held = [inner for inner in kind.held(value) if type(inner) not in _NUMBERS]
                (nearest if kind.has_attributes else waiting).extend(held)
    return False
