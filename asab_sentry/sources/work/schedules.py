"""Crontab entries and timezones as Sentry takes them; it drops the schedule of a monitor without a word for others.

Sentry reads crontab entries with cronsim, in five fields.
"""

import calendar
import functools
import re
import zoneinfo
from typing import NamedTuple

PRESETS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@hourly"})

_months = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_days = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class Field(NamedTuple):
    """A field of a crontab entry: numbers from `first` to `last`, some of which have names, from the first one on."""

    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()


DAY, MONTH, WEEKDAY = (
    Field("day of month", 1, 31),
    Field("month", 1, 12, _months),
    Field("day of week", 0, 7, _days),
)
FIELDS = (Field("minute", 0, 59), Field("hour", 0, 23), DAY, MONTH, WEEKDAY)


class InvalidSchedule(ValueError):
    """A crontab entry that Sentry does not take; the message says what is wrong with which field."""


def check_crontab(entry: str) -> None:
    """Raise `InvalidSchedule` where Sentry does not take a crontab entry of five fields, or a preset as in `@daily`."""
    if entry in PRESETS:
        return
    texts = entry.upper().split()
    if len(texts) != len(FIELDS):
        raise InvalidSchedule(f"it has {len(texts)} of {len(FIELDS)} fields")
    values = {field: _values(field, text) for field, text in zip(FIELDS, texts, strict=True)}
    days, months = values[DAY], values[MONTH]
    # Of 29 days is a February of each fourth year. An entry with days of the week may be due on these.
    if days and months and texts[4].startswith("*"):
        longest = max(29 if month == 2 else calendar.monthrange(2023, month)[1] for month in months)
        if min(days) > longest:
            raise InvalidSchedule(f"no month of these has a day {min(days)}")


def _values(field: Field, text: str) -> set[int]:
    """Return the numbers that a field stands for; of `L` and `#`, which stand for others each month, an empty set."""
    if "," in text:
        return set().union(*(_values(field, part) for part in text.split(",")))
    if field is DAY and text == "L":
        return set()
    if field is WEEKDAY and (special := re.fullmatch(r"([0-7])L|(\w+)#([1-5])", text)):
        if special[2] is not None:
            _number(field, special[2], text)
        return set()
    base, slash, step = text.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step)):
        raise InvalidSchedule(f"{field.name} {text!r} has no step of 1 or more")
    if base == "*":
        first, last = field.first, field.last
    elif "-" in base:
        first, last = (_number(field, part, text) for part in base.split("-", 1))
        if last < first:
            raise InvalidSchedule(f"{field.name} {text!r} ends before it begins")
    else:
        first = _number(field, base, text)
        last = field.last if slash else first
    return set(range(first, last + 1, int(step) if slash else 1))


def _number(field: Field, text: str, whole: str) -> int:
    if text in field.names:
        return field.first + field.names.index(text)
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and field.first <= int(text) <= field.last):
        raise InvalidSchedule(f"{field.name} {whole!r} is not from {field.first} to {field.last}")
    return int(text)


@functools.lru_cache(128)
def is_timezone(name: str) -> bool:
    """Return whether there is a timezone of that name; true of all names where this machine knows none."""
    return _is_known(name) or not _is_known("Europe/London")


def _is_known(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
