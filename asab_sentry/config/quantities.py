"""Numbers, times and sizes as options have them."""

import math
import re
import sys
import threading

from . import units
from .kind import Reason


def rate(text: str) -> float:
    """Return a number from 0 to 1."""
    value = float(text)
    if not 0.0 <= value <= 1.0:
        raise ValueError
    return value


def count(text: str) -> int:
    """Return a whole number, 0 or more."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    value = int(text)
    if value > sys.maxsize:  # no list is as long, and no counter goes as far
        raise Reason("it is too large")
    return value


def positive(text: str) -> int:
    """Return a whole number, 1 or more."""
    value = count(text)
    if value == 0:
        raise ValueError
    return value


def number(text: str) -> str:
    """Return a whole number as text."""
    return str(count(text))


def seconds(text: str) -> float:
    """Return a time in seconds."""
    value = float(units.seconds(text))
    if text.endswith("M"):
        raise Reason("M is a month in ASAB and a minute to others: write d or m")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError
    if value > threading.TIMEOUT_MAX:  # no lock waits as long
        raise Reason("it is too long")
    return value


def interval(text: str) -> float:
    """Return a time of more than 0, in seconds."""
    value = seconds(text)
    if not value:
        raise ValueError
    return value


def size(text: str) -> int:
    """Return a size in bytes, of more than 0."""
    value = units.size(text)
    if not value > 0:
        raise ValueError
    if value > sys.maxsize:
        raise Reason("it is too large")
    return int(value)


def statuses(text: str) -> frozenset[int]:
    """Return HTTP statuses, of numbers and ranges."""
    numbers: set[int] = set()
    if text.lower() == "off":
        return frozenset()
    for word in re.split(r"[\s,]+", text.strip()):
        first, dash, last = word.partition("-")
        lowest, highest = count(first), count(last if dash else first)
        if not 100 <= lowest <= highest <= 599:
            raise ValueError
        numbers.update(range(lowest, highest + 1))
    return frozenset(numbers)
