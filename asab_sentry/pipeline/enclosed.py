"""What is attached to events by configuration: the effective configuration, the last lines of the log, files.

To an event of an issue once in an interval, as a storm would send the same again and again.
"""

import configparser
import glob
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from sentry_sdk.attachments import Attachment

from ..config import levels
from ..config.options import Options
from ..secret_keys.denylist import FILTERED, Keys

MOST_FILES = 20
"""Files that are attached, at most."""

MOST_ISSUES = 1000
"""Issues of which is known when something was attached to an event of them."""

PASSWORDS = "passwords"
"""A section of ASAB's configuration whose values are all secret."""


class Enclosed:
    """Yields what is attached to an event by configuration."""

    def __init__(
        self, options: Options, keys: Keys, config: configparser.ConfigParser, log_lines: Callable[[], str]
    ) -> None:
        self._config = config if options.attach_config else None
        self._keys = keys
        self._log_lines = log_lines if options.attach_log else None
        self._files = options.attach_files
        self._level = options.attach_levels
        self._interval = options.interval
        self._attached: dict[str, float] = {}
        self.is_on = self._level is not None and bool(self._config or self._log_lines or self._files)

    def to(self, event: dict[str, Any]) -> Iterator[Attachment]:
        """Yield what is attached to an event."""
        if not self.is_on or event.get("type") or not self._is_due(event):
            return
        if self._config is not None:
            config = self._config
            yield Attachment(bytes=lambda: shown(config, self._keys).encode(), filename="configuration.ini")
        if self._log_lines is not None:
            log_lines = self._log_lines
            yield Attachment(bytes=lambda: log_lines().encode(errors="replace"), filename="log.txt")
        for path in self._paths():
            yield Attachment(path=path, filename=os.path.basename(path))  # noqa: PTH119  # it is a text

    def _is_due(self, event: dict[str, Any]) -> bool:
        if self._level is None or levels.number(str(event.get("level") or "error")) < self._level:
            return False
        issue, now = _issue(event), time.monotonic()
        if now - self._attached.get(issue, -self._interval) < self._interval:
            return False
        if len(self._attached) >= MOST_ISSUES:
            self._attached.clear()
        self._attached[issue] = now
        return True

    def _paths(self) -> Iterator[str]:
        number = 0
        for pattern in self._files:
            paths = sorted(glob.glob(pattern)) if glob.has_magic(pattern) else [pattern]  # noqa: PTH207  # texts
            for path in paths:
                if number < MOST_FILES:
                    yield path
                number += 1


def _issue(event: dict[str, Any]) -> str:
    """Return what stands for the issue of an event: the fingerprint, or the types of its exceptions and its place."""
    exceptions = (event.get("exception") or {}).get("values") or ()
    frames = ((exceptions and exceptions[-1].get("stacktrace")) or {}).get("frames") or ()
    place = [(frame.get("module"), frame.get("function")) for frame in frames if frame.get("in_app")][-1:]
    return repr((event.get("fingerprint"), [each.get("type") for each in exceptions], place, event.get("culprit")))


def shown(config: configparser.ConfigParser, keys: Keys) -> str:
    """Return a configuration as the text of an ini file, without the values of keys that name a secret."""
    lines = []
    for section in config.sections():
        lines.append(f"[{section}]")
        for key in config.options(section):
            if section == PASSWORDS or keys.is_secret(key):
                value = FILTERED
            else:
                try:
                    value = config.get(section, key)
                except configparser.InterpolationError:
                    value = config.get(section, key, raw=True)
            lines.append(f"{key} = {value}".replace("\n", "\n\t"))
        lines.append("")
    return "\n".join(lines)
