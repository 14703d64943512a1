"""What is to be done when the application imports a module, at the end of its import."""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from .guards import attempt

Step = Callable[[], Any]

_waiting: dict[str, list[Step]] = {}
_under_way: set[str] = set()


def when_imported(name: str, step: Step) -> Callable[[], None]:
    """Take a step when a module is imported, or at once where it is; return the function that ends the waiting.

    Steps for one module are taken in the order in which they were asked for.
    """
    if name in sys.modules:
        _take(name, [step])
        return lambda: None
    _waiting.setdefault(name, []).append(step)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)

    def end() -> None:
        steps = _waiting.get(name, [])
        if step in steps:
            steps.remove(step)
        if not steps:
            _pop(name)

    return end


def is_under_way(name: str) -> bool:
    """Return whether a module that is waited for is being imported: it is in `sys.modules`, and has not all names."""
    return name in _under_way


def _pop(name: str) -> list[Step]:
    """Take the steps that wait for a module; where none waits any more, nothing is in the way of imports."""
    steps = _waiting.pop(name, [])
    if not _waiting and _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    return steps


def _take(name: str, steps: list[Step]) -> None:
    for step in steps:
        attempt(f"What is to be done when {name} is imported is not done", step)


class _Finder(importlib.abc.MetaPathFinder):
    """Lets others find a module that is waited for."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return what another finder has found, so that its module is imported by way of `_Loader`."""
        if name not in _waiting:
            return None
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec: importlib.machinery.ModuleSpec | None = (
                None if finder is self or find is None else find(name, path, target)
            )
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader(importlib.abc.Loader):
    """Imports a module as its loader does, which it has again from then on, and then takes the steps."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        _under_way.add(module.__name__)
        try:
            self._loader.exec_module(module)
        finally:
            _under_way.discard(module.__name__)
        package, _, name = module.__name__.rpartition(".")
        if package in sys.modules:  # as Python does it a moment later
            setattr(sys.modules[package], name, module)
        _take(module.__name__, _pop(module.__name__))


_finder = _Finder()
