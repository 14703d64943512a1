"""Functions of sentry-sdk that others stand for while it is at work."""

from collections.abc import Callable
from types import ModuleType
from typing import Any


def replace(module: ModuleType, name: str, make: Callable[[Any], Any]) -> Callable[[], None]:
    """Let `make(original)` stand for a function of a module; return the function that ends it.

    A version of sentry-sdk without this function is left as it is.
    """
    original = getattr(module, name, None)
    if original is None:
        return lambda: None
    setattr(module, name, make(original))
    return lambda: setattr(module, name, original)
