"""Loggers whose records are neither events nor breadcrumbs: by the configuration, and by `ignore_logger` in code."""

import contextlib
import fnmatch
import functools
import re
from collections.abc import Callable, Iterable, Iterator

import sentry_sdk.integrations.logging

OURS = ("asab_sentry", "asab_sentry.*", "sentry_sdk", "sentry_sdk.*", "urllib3.connectionpool", "urllib3.connection")
"""Loggers that speak of this package or while an event is being sent: their records would cause more of them."""

# Private: what `ignore_logger` adds to, from wherever it was imported, can be read nowhere else.
_in_code = sentry_sdk.integrations.logging._IGNORED_LOGGERS  # noqa: SLF001


class Ignored:
    """Answers `name in ignored`, at any time as sentry-sdk would: `*` in what was given stands for any characters."""

    _is_ignored: Callable[[str], bool]

    def __init__(self, configured: Iterable[str]) -> None:
        self._always = (*OURS, *configured)
        self._seen = self._read()

    def __contains__(self, name: str) -> bool:
        # Asked for each record: comparing the two sets takes less than looking up the name.
        if self._seen != _in_code:
            self._seen = self._read()
        return self._is_ignored(name)

    def _read(self) -> frozenset[str]:
        seen = frozenset(_in_code)
        # `ignore_logger` takes whatever it is given.
        names = (*self._always, *(name for name in seen if isinstance(name, str)))
        matches = re.compile("|".join(map(fnmatch.translate, names))).match
        # A record that was made by hand may have no name.
        self._is_ignored = functools.lru_cache(maxsize=4096)(lambda name: matches(str(name).strip()) is not None)
        return seen


@contextlib.contextmanager
def kept(name: str) -> Iterator[None]:
    """Take back that a logger comes to be ignored meanwhile."""
    before = name in _in_code
    yield
    if not before:
        _in_code.discard(name)
