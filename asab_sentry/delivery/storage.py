"""What is kept, where, and how much of it."""

import configparser
import hashlib
import logging
import os
import re
from pathlib import Path
from typing import NamedTuple

from ..config.options import Options
from ..runtime.diagnostics import say

VERSION = "v1"

_home = re.compile(r"v[^-]*-.*", re.DOTALL)


class Storage(NamedTuple):
    """Where to keep (None: in memory) and how much: bytes, number and seconds."""

    directory: Path | None
    max_bytes: int
    max_envelopes: int
    max_age: float
    fsync: bool = False


def storage_of(options: Options, config: configparser.ConfigParser) -> Storage:
    """Return where envelopes are kept, and how much of them, as `options` and `[general] var_dir` say."""
    directory = options.directory
    if directory is None:
        var_dir = config.get("general", "var_dir", fallback="")
        directory = var_dir and str(Path(var_dir) / "sentry")
    return Storage(
        _place(directory) if directory else None,
        max_bytes=options.max_bytes,
        max_envelopes=options.max_envelopes,
        max_age=options.max_age,
        fsync=options.fsync,
    )


class NoPlace(Exception):
    """There is no such directory, and why."""


def absolute(directory: str) -> Path:
    """Return an absolute path, as the process may change its directory; raise `NoPlace`."""
    try:
        return Path(directory).expanduser().absolute()
    except (OSError, RuntimeError) as error:  # the current directory was removed, or the user has no home
        why = getattr(error, "strerror", None) or str(error)
        raise NoPlace(f"{directory} cannot be used ({why})") from error


def _place(directory: str) -> Path | None:
    try:
        return absolute(directory)
    except NoPlace as error:
        say(logging.WARNING, f"Events are kept in memory only: {error}")
        return None


class Entry(NamedTuple):
    """Something that is kept; its name begins with the nanosecond since 1970 at which it came."""

    name: str
    size: int
    content: bytes | None = None
    """None: it is in a file."""
    came: float = 0.0
    """The same moment on the steady clock of this process."""
    file: str = ""
    """Which one, in the directory of this process."""

    @property
    def label(self) -> str:
        """What it was labelled with."""
        return self.name.rpartition(".")[2]

    @property
    def moment(self) -> float:
        """When it came, in seconds since 1970, by a clock that may have been wrong."""
        return int(self.name.partition("-")[0]) / 1e9


def destination(dsn: str) -> str:
    """Return what stands for a DSN where the DSN itself, which has a key in it, is not to be seen."""
    return hashlib.sha256(dsn.encode()).hexdigest()[:16]


def home(directory: Path, destination: str) -> Path:
    """Return where, in the directory of a storage, the folders of a destination are."""
    return directory / f"{VERSION}-{destination}"


def homes(directory: Path) -> list[Path]:
    """Return where the folders of all destinations are, also those that another version has made."""
    try:
        with os.scandir(directory) as entries:
            names = [
                entry.name for entry in entries if _home.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            ]
    except FileNotFoundError:
        return []
    return [directory / name for name in sorted(names)]
