"""The loggers that sentry-sdk was told to ignore, from wherever its functions for that were imported."""

import contextlib
from collections.abc import Iterator

import sentry_sdk.integrations.logging as _logging

from .version import THREE

Sets = tuple[set[str], ...]


def _sets(*names: str) -> Sets:
    # Private, as what was given can be read nowhere else.
    return tuple(loggers for name in names if (loggers := getattr(_logging, name, None)) is not None)


SETS: Sets = _sets("_IGNORED_LOGGERS_EVENTS", "_IGNORED_LOGGERS_SENTRY_LOGS") if THREE else _sets("_IGNORED_LOGGERS")
"""What `ignore_logger` was given. In sentry-sdk 3 that means Sentry's logs, and events have another function: both are
taken for it, as who calls one of them wants to hear no more of the logger."""

OF_LOGS: Sets = () if THREE else _sets("_IGNORED_LOGGERS_SENTRY_LOGS")
"""Loggers of which only no logs of Sentry are made, by `ignore_logger_for_sentry_logs` of sentry-sdk 2."""


@contextlib.contextmanager
def unchanged(name: str) -> Iterator[None]:
    """Take back that a logger comes to be ignored meanwhile."""
    before = [name in loggers for loggers in SETS]
    yield
    for loggers, was_there in zip(SETS, before, strict=True):
        if not was_there:
            loggers.discard(name)
