"""What is attached to events by configuration: the effective configuration, the last lines of the log, files.

To an event of an issue once in an interval, as a storm would send the same again and again.
"""

import configparser
import functools
import glob
import itertools
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sentry_sdk.attachments import Attachment

from ..config import levels
from ..config.options import Options
from ..objects.cache import Cache
from ..runtime.diagnostics import say
from ..secret_keys.denylist import FILTERED, SURE, Keys
from .gate import Ticket
from .grouping import Issue
from .scrubbing.known_values import PASSWORDS, options_of
from .scrubbing.secret_patterns import ini_sections

MOST_FILES = 20
"""Files that are attached, at most."""

MOST_ISSUES = 1000
"""Issues of which is known when something was attached to an event of them."""


class ConfiguredAttachments:
    """Yields what is attached to an event by configuration."""

    def __init__(
        self, options: Options, keys: Keys, config: configparser.ConfigParser, log_lines: Callable[[int], str]
    ) -> None:
        self._config = config if options.attach_config else None
        self._keys = keys
        self._log_lines = log_lines if options.attach_log else None
        self._files = options.attach_files
        self._level = options.attach_levels
        self._interval = options.interval
        self._most = options.attachments_max_bytes
        self._attached: Cache[tuple[str | int, ...] | None, float] = Cache(MOST_ISSUES)
        self.is_on = self._level is not None and bool(self._config or self._log_lines or self._files)

    def to(self, event: dict[str, Any], issue: Issue | None, ticket: Ticket | None = None) -> Iterator[Attachment]:
        """Yield what is attached to an event of an issue; files and log are read when the event is completed.

        Where that is not sent in the end, and its ticket taken back, the next event has the same.
        """
        if not self.is_on or event.get("type") or not self._is_due(event, issue):
            return
        if ticket is not None:
            ticket.also_take_back = functools.partial(self._attached.pop, issue and issue.name, None)
        if self._config is not None:
            config = self._config
            yield Attachment(
                bytes=lambda: configuration_text(config, self._keys, self._most).encode(), filename="configuration.ini"
            )
        if self._log_lines is not None:
            log_lines = self._log_lines
            yield Attachment(bytes=lambda: log_lines(self._most).encode(errors="replace"), filename="log.txt")
        for path in self._paths():
            yield Attachment(path=path, filename=os.path.basename(path))  # noqa: PTH119  # it is a text

    def _is_due(self, event: dict[str, Any], issue: Issue | None) -> bool:
        # What is no level is an error for Sentry, too.
        if self._level is None or levels.NAMES.get(str(event.get("level")), logging.ERROR) < self._level:
            return False
        name, now = issue and issue.name, time.monotonic()
        if now - self._attached.get(name, -self._interval) < self._interval:
            return False
        self._attached.add(name, now)
        return True

    def _paths(self) -> Iterator[str]:
        paths = list(dict.fromkeys(itertools.chain.from_iterable(map(_fitting, self._files))))
        yield from paths[:MOST_FILES]
        if len(paths) > MOST_FILES:
            say(
                logging.WARNING, f"More than {MOST_FILES} files fit [sentry:attachments] files; others are not attached"
            )


def _fitting(pattern: str) -> Iterable[str]:
    """Return the paths that a pattern fits, of which a directory is not meant; one without any `*` is a path."""
    if "*" not in pattern:
        return [pattern]
    # What else `glob` knows stands for itself.
    written = "*".join(map(glob.escape, pattern.split("*")))
    files = itertools.filterfalse(os.path.isdir, sorted(glob.glob(written)))  # noqa: PTH207  # texts
    paths = list(itertools.islice(files, MOST_FILES + 1))
    if not paths:
        say(logging.WARNING, f"Nothing is attached to an event by {pattern}: there is no such file")
    return paths


def configuration_text(config: configparser.ConfigParser, keys: Keys, most: int) -> str:
    """Return a configuration as the text of an ini file, without the values of keys that name a secret.

    Where it has more than so many characters, its beginning, which is more, too.
    """
    lines, length = [], 0
    for section, options in options_of(config):
        lines.append(f"[{section}]")
        is_table = section == PASSWORDS or keys.weight(section) == SURE or ini_sections.names_many(section) is not None
        for key, value in options.items():
            is_secret = is_table or keys.is_secret(key)
            lines.append(f"{key} = {FILTERED if is_secret else value}".replace("\n", "\n\t"))
            length += len(lines[-1])
            if length > most:
                return "\n".join(lines)
        lines.append("")
    return "\n".join(lines)
