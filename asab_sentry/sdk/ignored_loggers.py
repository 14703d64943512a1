"""The loggers that `ignore_logger` of sentry-sdk was given, from wherever it was imported."""

import contextlib
from collections.abc import Iterator

import sentry_sdk.integrations.logging as _logging

# Private, as what was given can be read nowhere else.
SETS: tuple[set[str], ...] = tuple(
    loggers
    for name in ("_IGNORED_LOGGERS", "_IGNORED_LOGGERS_EVENTS", "_IGNORED_LOGGERS_SENTRY_LOGS")
    if (loggers := getattr(_logging, name, None)) is not None
)
"""One in sentry-sdk 2. In 3 one for events, and one for Sentry's logs, which `ignore_logger` means there: who calls it
wants to hear no more of the logger."""


@contextlib.contextmanager
def unchanged(name: str) -> Iterator[None]:
    """Take back that a logger comes to be ignored meanwhile."""
    before = [name in loggers for loggers in SETS]
    yield
    for loggers, was_there in zip(SETS, before, strict=True):
        if not was_there:
            loggers.discard(name)
