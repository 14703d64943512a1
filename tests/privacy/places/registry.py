"""What a place is, and how values are put there."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import sentry_sdk


class Values:
    """The values that are put somewhere: a variable that holds them shows none."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = list(values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __getitem__(self, place: int) -> Any:
        return self._values[place]

    def __repr__(self) -> str:
        return "<Values>"

    def named(self) -> dict[str, Any]:
        """Return them under names that say nothing."""
        return {f"field{number}": value for number, value in enumerate(self)}


Put = Callable[[Values], None]


class Place(NamedTuple):
    """A place: what puts values there, how many in one event, and whether they may be other than texts."""

    put: Put
    at_once: int
    takes_objects: bool = False


PLACES: dict[str, Place] = {}


def place(name: str, at_once: int = 1, *, objects: bool = False) -> Callable[[Put], Put]:
    """Let a function be a place."""

    def known(put: Put) -> Put:
        PLACES[name] = Place(put, at_once, objects)
        return put

    return known


def each(values: Values, do: Callable[[Any], object]) -> None:
    """Do something with each value."""
    for value in values:
        do(value)


def fail() -> None:
    """Log an exception that holds nothing itself."""
    try:
        raise ValueError("it failed")
    except ValueError:
        L.exception("at last")


def log() -> None:
    """Log an error that holds nothing itself."""
    L.error("at last")


def raised(values: Values, make: Callable[[Values], BaseException]) -> None:
    """Log an exception that is made of values."""
    try:
        raise make(values)
    except BaseException:
        L.exception("at last")


L = logging.getLogger("app")


def put(name: str, batch: int, values: Values) -> None:
    """Put values in a place; what is sent tells the number of the batch."""
    with sentry_sdk.isolation_scope() as scope:
        scope.clear()
        mark(batch)
        PLACES[name].put(values)


def mark(batch: int) -> None:
    """Let what is sent from here on tell the number of the batch."""
    scope = sentry_sdk.get_isolation_scope()
    scope.set_tag("batch", str(batch))
    if hasattr(scope, "set_attribute"):
        scope.set_attribute("batch", str(batch))


def chunks(name: str, values: list[Any]) -> Iterator[list[Any]]:
    """Yield values, as many as are put in a place at once."""
    size = PLACES[name].at_once
    for start in range(0, len(values), size):
        yield values[start : start + size]
