"""Loggers whose records are neither events nor breadcrumbs: by the configuration, and by `ignore_logger` in code."""

import fnmatch
import functools
import re
from collections.abc import Callable, Iterable

from ..objects import json_values
from ..sdk.ignored_loggers import SETS

OURS = ("asab_sentry", "asab_sentry.*", "sentry_sdk", "sentry_sdk.*", "urllib3.connectionpool", "urllib3.connection")
"""Loggers that speak of this package or while an event is being sent: their records would cause more of them."""

MAX_NAME = 1000


class Ignored:
    """Answers `name in ignored`, at any time as sentry-sdk would: `*` in what was given stands for any characters."""

    _is_ignored: Callable[[str], bool]

    def __init__(self, configured: Iterable[str]) -> None:
        self._always = (*OURS, *configured)
        self._sets = SETS  # as long as this is asked, whatever the interpreter has taken down
        self._seen = self._read()

    def __contains__(self, name: object) -> bool:
        # Asked for each record: comparing the sets takes less than looking up the name.
        if self._seen != self._sets:
            self._seen = self._read()
        # A record that was made by hand may have no name, or anything.
        return self._is_ignored(name if type(name) is str else json_values.text(name, MAX_NAME))

    def _read(self) -> tuple[frozenset[str], ...]:
        seen = tuple(map(frozenset, self._sets))
        # `ignore_logger` takes whatever it is given.
        names = (*self._always, *(name for name in frozenset().union(*seen) if isinstance(name, str)))
        matches = re.compile("|".join(map(fnmatch.translate, names))).match
        self._is_ignored = functools.lru_cache(maxsize=4096)(lambda name: matches(name.strip()) is not None)
        return seen
