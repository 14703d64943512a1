"""The values of kinds of options as one would write them into an ini file."""

import itertools
from collections.abc import Callable

from . import levels, patterns


def boolean(value: object) -> str:
    """Return the word of a truth value, or another word as it is."""
    return value if isinstance(value, str) else "yes" if value else "no"


def level(number: int) -> str:
    """Return the name of a level, if it has one."""
    return next((name for name, known in levels.NAMES.items() if known == number), str(number))


def targets(values: tuple[str, ...]) -> str:
    """Return regular expressions, with the word for those of the fleet."""
    return " ".join("internal" if value == patterns.INTERNAL else value for value in values)


def statuses(numbers: frozenset[int]) -> str:
    """Return statuses, neighbouring ones as a range."""
    runs = itertools.groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0])
    ranges = [[number for _, number in run] for _, run in runs]
    return " ".join(f"{pair[0]}-{pair[-1]}" if len(pair) > 1 else str(pair[0]) for pair in ranges)


def _in_units(units: dict[str, int]) -> Callable[[float], str]:
    def text(value: float) -> str:
        unit = next((unit for unit, size in units.items() if value and value % size == 0), None)
        return str(value) if unit is None else f"{value / units[unit]:.0f}{unit}"

    return text


seconds = _in_units({"d": 86400, "h": 3600, "m": 60, "s": 1})
size = _in_units({"G": 10**9, "M": 10**6, "k": 10**3})
