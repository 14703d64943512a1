"""Loggers whose records are neither events nor breadcrumbs: by the configuration, and by `ignore_logger` in code."""

import fnmatch
import re
from collections.abc import Iterable

from ..objects import json_values
from ..objects.cache import Cache
from ..sdk.ignored_loggers import SETS, Sets

OURS = ("asab_sentry", "asab_sentry.*", "sentry_sdk", "sentry_sdk.*", "urllib3.connectionpool", "urllib3.connection")
"""Loggers that speak of this package or while an event is being sent: their records would cause more of them."""

MAX_NAME = 1000
MAX_KNOWN = 4096


class Ignored:
    """Answers as sentry-sdk would at any time: `*` in what was given stands for any characters."""

    def __init__(self, configured: Iterable[str], sets: Sets = SETS) -> None:
        self._always = (*OURS, *configured)
        self._sets = sets  # as long as this is asked, whatever the interpreter has taken down
        self._seen = self._read()

    def covers(self, name: object) -> bool:
        """Return whether a logger is ignored. Asked for each record, so not by `in`, which takes twice the time."""
        if self._seen != self._sets:
            self._seen = self._read()
        # A record that was made by hand may have no name, or anything.
        is_ignored = self._known.get(name) if type(name) is str else None
        return self._decide(name) if is_ignored is None else is_ignored

    def _decide(self, name: object) -> bool:
        name = name if type(name) is str else json_values.text(name, MAX_NAME)
        known = self._known  # first, as another thread may have read the sets meanwhile
        return known.add(name, self._matches(name.strip()) is not None)

    def _read(self) -> tuple[frozenset[str], ...]:
        seen = tuple(map(frozenset, self._sets))
        # `ignore_logger` takes whatever it is given.
        names = (*self._always, *(name for name in frozenset().union(*seen) if isinstance(name, str)))
        self._matches = re.compile("|".join(map(fnmatch.translate, names))).match
        self._known: Cache[str, bool] = Cache(MAX_KNOWN)
        return seen
