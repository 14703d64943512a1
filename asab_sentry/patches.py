"""Functions of others that are replaced: put back where they are still ours, else left to whoever wrapped them."""

from collections.abc import Callable
from typing import Any


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> Callable[[], None]:
    """Let `make(original)` stand for a function of a module, class or object; return the function that ends it.

    Several of one function are to be ended in reverse order, as an `ExitStack` does it. Where somebody has replaced
    ours meanwhile, it stays, since theirs may call it. Where there is no such function, nothing is replaced.
    """
    original = getattr(owner, name, None)
    if original is None:
        return lambda: None
    is_inherited = name not in vars(owner)
    ours = make(original)
    setattr(owner, name, ours)

    def undo() -> None:
        if vars(owner).get(name) is not ours:
            return
        if is_inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)

    return undo
