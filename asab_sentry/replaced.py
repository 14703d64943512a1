"""Functions of others that are replaced for a while."""

from collections.abc import Callable
from typing import Any


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> Callable[[], None]:
    """Let `make(original)` stand for a function of a module or class; return the function that ends it.

    Where a version of the library has no such function, nothing is replaced.
    """
    original = getattr(owner, name, None)
    if original is None:
        return lambda: None
    setattr(owner, name, make(original))
    return lambda: setattr(owner, name, original)
