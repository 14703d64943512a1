"""Where, in the directory of a storage, the folders of processes are: those for one destination together."""

import os
import re
from pathlib import Path

VERSION = "v1"

_home = re.compile(r"v[^-]*-.*", re.DOTALL)


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
