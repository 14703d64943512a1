"""The value of an option as one would write it into an ini file."""

import itertools
from collections.abc import Callable
from typing import Any

from . import levels, option_types, patterns
from .kind import Kind


def written(kind: Kind, value: Any) -> str:
    """Return the value of an option as one would write it."""
    if value is None or value == ():
        return ""
    return WRITTEN.get(kind, str)(value)


def _level(number: int) -> str:
    return next((name for name, known in levels.NAMES.items() if known == number), str(number))


def _targets(targets: tuple[str, ...]) -> str:
    return " ".join("internal" if target == patterns.INTERNAL else target for target in targets)


def _statuses(numbers: frozenset[int]) -> str:
    runs = itertools.groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0])
    ranges = [[number for _, number in run] for _, run in runs]
    return " ".join(f"{pair[0]}-{pair[-1]}" if len(pair) > 1 else str(pair[0]) for pair in ranges)


def _in_units(units: dict[str, int]) -> Callable[[float], str]:
    def text(value: float) -> str:
        unit = next((unit for unit, size in units.items() if value and value % size == 0), None)
        return str(value) if unit is None else f"{value / units[unit]:.0f}{unit}"

    return text


SECONDS = _in_units({"d": 86400, "h": 3600, "m": 60, "s": 1})
BYTES = _in_units({"G": 10**9, "M": 10**6, "k": 10**3})

WRITTEN: dict[Kind, Callable[[Any], str]] = {
    option_types.BOOLEAN: lambda value: "yes" if value else "no",
    option_types.VARIABLES: lambda value: value if value == option_types.OWN else "yes" if value else "no",
    option_types.LEVEL: _level,
    option_types.TARGETS: _targets,
    option_types.STATUSES: _statuses,
    option_types.SIZE: BYTES,
    option_types.SECONDS: SECONDS,
    option_types.INTERVAL: SECONDS,
    option_types.GRACE: SECONDS,
}
