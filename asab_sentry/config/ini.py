"""The configuration file as ASAB reads it, for a process that is no application of ASAB.

Includes, `${section:option}`, `$VARIABLE` and the defaults are those of `asab.config`; nothing of it is imported, as it
would give the loggers of the whole process another class, and its one `Config` belongs to applications.
"""

import configparser
import glob
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import ini_files
from .ini_files import Unreadable

_variable = re.compile(r"\$(\w+|\{[^}]*\})", re.ASCII)


def started_as() -> str:
    """Return the path of the script as the process was started; empty where Python is embedded and was told none."""
    arguments = getattr(sys, "argv", None)
    first = arguments[0] if arguments else ""
    return first if isinstance(first, str) else ""


def defaults(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return what ASAB has where the file says nothing, as far as it is of use in another process."""
    script = Path(started_as()).name
    home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111  # the user may have none: then it stays "~"
    return {
        "general": {
            "config_file": environ.get("ASAB_CONFIG", ""),
            "var_dir": f"{home}/.{os.path.splitext(script)[0]}",  # noqa: PTH122  # as ASAB does it
            "changelog": "",
            "manifest": "",
            "working_dir": ".",
        },
        "logging": {"app_name": script, "sd_id": "sd", "level": "NOTICE", "levels": ""},
        "passwords": {},
    }


class _Interpolation(configparser.ExtendedInterpolation):
    def before_read(self, parser: Any, section: str, option: str, value: str) -> str:
        if "$" in value and isinstance(parser, Ini):
            value = parser.expand(value)
        return super().before_read(parser, section, option, value)


class Ini(configparser.ConfigParser):
    """The configuration of a process: a file, what it includes, and the defaults."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(interpolation=_Interpolation())
        self._environ = environ
        self._folder = ""
        self._seen: set[str] = set()

    def expand(self, value: str) -> str:
        """Return a value with its variables; `$THIS_DIR` is the folder of the file that is being read."""

        def text(match: re.Match[str]) -> str:
            name = match[1][1:-1] if match[1].startswith("{") else match[1]
            return self._folder if name == "THIS_DIR" else self._environ.get(name, match[0])

        return _variable.sub(text, value)

    def load(self, path: str) -> None:
        """Read a file (an empty path: none) with what it includes; raise `Unreadable`."""
        if path:
            fault = ini_files.why_absent(path)
            if fault:
                raise Unreadable(fault)
            self._load_file(path)
        for section, values in defaults(self._environ).items():
            if not self.has_section(section):
                self.add_section(section)
            for key, value in values.items():
                if not self.has_option(section, key):
                    self.set(section, key, value.replace("$", "$$"))
        try:
            self._include(self.get("general", "include", fallback=""))
            for key in ("var_dir", "manifest"):
                self.get("general", key)
        except configparser.Error as error:  # of a reference that leads nowhere
            raise Unreadable(ini_files.unreadable(path, error)) from None

    def _load_file(self, path: str) -> None:
        before, self._folder = self._folder, str(Path(path).absolute().parent)
        try:
            with Path(path).open(encoding=None) as file:  # as ASAB does, in the encoding of the locale
                self.read_file(file, path)
        except (configparser.Error, OSError, UnicodeError, ValueError) as error:
            raise Unreadable(ini_files.unreadable(path, error)) from None
        finally:
            self._folder = before

    def _include(self, names: str) -> None:
        for name in ini_files.included(names):
            if name.startswith(ini_files.ZOOKEEPER):
                raise Unreadable(f"{name} is in ZooKeeper, which is read by applications of ASAB only: include a file")
            for path in map(os.path.abspath, glob.glob(self.expand(name))):  # noqa: PTH207  # as ASAB does it
                # What cannot be opened ASAB passes over, too.
                if path in self._seen or not (os.path.isfile(path) and os.access(path, os.R_OK)):  # noqa: PTH113
                    continue
                self._seen.add(path)
                self.set("general", "include", "")
                self._load_file(path)
                self._include(self.get("general", "include", fallback=""))
