"""Which code is the application: its frames name an issue, all others say how it got there.

The working directory has no say in it. The application is the package or folder of its class, the folder of the script
that was started, and what is configured in `in_app_include`.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

from ..objects.cache import Cache

NEVER = frozenset({"aiohttp", "asab", "asab_sentry", "asyncio", "sentry_sdk"})
"""Packages that are the ground which every application stands on."""

INSTALLED = frozenset({"dist-packages", "site-packages"})
"""Names of folders in which every package is somebody else's, apart from the application itself."""

OVERRULED = (*INSTALLED, "vendor", ".local/share", "/usr/local/lib", "newrelic", "logrocket")
"""Parts of paths whose frames are not the application for Sentry's server, whatever an event says of them."""

MAX_KNOWN = 4096

_standard = f"{Path(os.__file__).parent}{os.sep}"


class Shown(NamedTuple):
    """What a frame says of its file."""

    in_app: bool
    filename: str | None
    abs_path: str | None


class Root(NamedTuple):
    """A file, or a folder with all that is in it; names are shown relative to `base`."""

    path: str
    base: str

    def within(self, path: str) -> str | None:
        """Return the part of a path that is within the root, None where it is elsewhere."""
        if path == self.path:
            return ""
        inside = self.path if self.path.endswith(os.sep) else self.path + os.sep
        return path[len(inside) :] if path.startswith(inside) else None


class Application:
    """Tells the code of an application by the name of its module and the path of its file."""

    def __init__(
        self,
        kind: type | None = None,
        *,
        folder: str | None = None,
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
    ) -> None:
        """`kind`: the class of the application; `folder`: where its code is; a process without both is its script."""
        # Of roots that are in one another the inner one knows better; of equal ones that of the class, which is first.
        self._roots = sorted(_roots_of(kind, folder), key=lambda root: -len(root.path))
        self._include, self._exclude = tuple(include), tuple(exclude)
        self._known: Cache[int, tuple[CodeType, bool]] = Cache(MAX_KNOWN)
        self._known_roots: Cache[tuple[str, str], Root | None] = Cache(MAX_KNOWN)

    def has(self, module: object, path: str) -> bool:
        """Return whether code of a module, in a file of this path, is the application's."""
        return self._root(module, path) is not None

    def owns(self, frame: FrameType) -> bool:
        """Return whether a frame runs code of the application."""
        code = frame.f_code
        known = self._known.get(id(code))
        if known is None:
            is_own = self.has(dict.get(frame.f_globals, "__name__"), code.co_filename)
            known = self._known.add(id(code), (code, is_own))  # who knows the code keeps its id
        return known[1]

    def show(self, module: object, path: str, filename: str | None) -> Shown:
        """Return how the file of a frame is shown; `filename` is how it is shown where it is not the application's.

        Sentry's server has rules by which a path with `site-packages` and others is never the application's. Where it
        is, both names are relative to what was installed.
        """
        root = self._root(module, path)
        if root is None:
            return Shown(in_app=False, filename=filename, abs_path=path or None)
        relative = path.removeprefix(root.base).lstrip(os.sep)
        is_overruled = any(part in path.lower() for part in OVERRULED)
        return Shown(in_app=True, filename=relative, abs_path=relative if is_overruled else path)

    def _root(self, module: object, path: str) -> Root | None:
        """Return the root by which code is the application's, None where it is not."""
        place = str.__str__(module) if isinstance(module, str) else "", path
        try:
            return self._known_roots[place]
        except KeyError:
            root = self._look_for_root(*place)
        self._known_roots.add(place, root)
        return root

    def _look_for_root(self, name: str, path: str) -> Root | None:
        if not Path(path).is_absolute() or name.partition(".")[0] in NEVER:
            return None
        if _in_list(name, self._include):
            return None if _is_standard(path) else _included(name, path)
        if _in_list(name, self._exclude):
            return None
        for root in self._roots:
            inside = root.within(path)
            if inside is not None:
                is_other = _is_installed(inside) or (_is_standard(path) and not _is_standard(root.path))
                return None if is_other else root
        return None


def _is_installed(path: str) -> bool:
    return not INSTALLED.isdisjoint(Path(path).parts)


def _is_standard(path: str) -> bool:
    return path.startswith(_standard) and not _is_installed(path)


def _in_list(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _included(module: str, path: str) -> Root:
    """Return the root of a module that was named: its file, shown from its outermost package on."""
    file = Path(path)
    return Root(path, _base(file.parent, module.count(".") + (file.stem == "__init__")))


def folder_of(frame: FrameType) -> str | None:
    """Return the folder of the code of an application, of which a frame runs a part; None of a script.

    It is where the outermost package of the module is, and others beside it; where packages are installed, the package
    alone.
    """
    name, path = dict.get(frame.f_globals, "__name__"), Path(frame.f_code.co_filename)
    if not isinstance(name, str) or name == "__main__" or not path.is_absolute():
        return None
    depth = name.count(".") + (path.stem == "__init__")
    folder = Path(_base(path.parent, depth))
    return str(folder / name.partition(".")[0] if folder.name in INSTALLED else folder)


def _roots_of(kind: type | None, folder: str | None) -> Iterator[Root]:
    """Yield where an application is, and where the script is that was started."""
    if folder is not None:
        yield Root(folder, str(Path(folder).parent) if Path(folder).parent.name in INSTALLED else folder)
    name = getattr(kind, "__module__", None)
    if isinstance(name, str):
        yield from _roots_of_module(name)
    for root in _roots_of_module("__main__"):
        # Neither the command of an installed package nor, beside an application, what it was started with.
        is_other = root.path == str(Path(sys.executable).parent) or (
            (kind is not None or folder is not None) and _is_installed(root.path)
        )
        if not is_other:
            yield root


def _roots_of_module(name: str) -> Iterator[Root]:
    """Yield the outermost package that a module is in, or its folder."""
    module = sys.modules.get(name)
    if name == "__main__":
        # Started as `python -m package` or `python -m package.module`.
        name = getattr(getattr(module, "__spec__", None), "name", None) or name
    parts = name.split(".")
    for depth in range(1, len(parts)):
        # A namespace package has no file: what is in it belongs to many.
        file = getattr(sys.modules.get(".".join(parts[:depth])), "__file__", None)
        if isinstance(file, str):
            folder = Path(file).absolute().parent
            yield Root(str(folder), _base(folder, depth))
            return
    yield from _roots_of_file(getattr(module, "__file__", None), len(parts) - 1)


def _roots_of_file(file: object, depth: int) -> Iterator[Root]:
    """Yield the folder of a file, as it was named and as it is; where packages are installed, the file alone."""
    if isinstance(file, str):
        for path in {Path(file).absolute(), Path(file).resolve()}:
            alone = path.parent.name in INSTALLED
            yield Root(str(path if alone else path.parent), _base(path.parent, depth))


def _base(folder: Path, depth: int) -> str:
    """Return the folder that is so many levels above another one."""
    above = (folder, *folder.parents)
    return str(above[min(depth, len(above) - 1)])


_current = Application()


def current() -> Application:
    """Return the application that is at work in this process."""
    return _current


def use(application: Application) -> None:
    """Let an application be the one at work from now on."""
    global _current  # noqa: PLW0603  # there is one client in a process, and every frame is asked about
    _current = application


def is_own(frame: FrameType) -> bool:
    """Return whether a frame runs code of the application that is at work."""
    return _current.owns(frame)
