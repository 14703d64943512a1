"""Logging levels: the names people write, the numbers of `logging`, the five levels of Sentry."""

import functools
import logging

NOTICE = 25
"""ASAB's level between INFO and WARNING (`asab.LOG_NOTICE`)."""

NAMES = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "notice": NOTICE,
    "warning": logging.WARNING,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "fatal": logging.CRITICAL,
}

ACCEPTED = "debug, info, notice, warning, error, critical or a number"


def number(level: str) -> int:
    """Return the number of a level written as a name in any case or as a number of 0 or more; else ValueError."""
    level = level.strip().lower()
    if level in NAMES:
        return NAMES[level]
    if level.isascii() and level.isdigit():
        return int(level)
    raise ValueError(f"accepted is {ACCEPTED}")


@functools.lru_cache(maxsize=128)
def sentry(levelno: int) -> str:
    """Return the Sentry level (debug, info, warning, error or fatal) of a logging level; NOTICE is info."""
    if levelno >= logging.CRITICAL:
        return "fatal"
    if levelno >= logging.ERROR:
        return "error"
    if levelno >= logging.WARNING:
        return "warning"
    if levelno >= logging.INFO:
        return "info"
    return "debug"
