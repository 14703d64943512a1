"""Sections `[sentry:integration:NAME]`: what the constructor of an integration of sentry-sdk is given."""

from collections.abc import Callable
from typing import Any

from ..sdk.integration_arguments import Argument
from . import names, option_types
from .kind import Kind, Reason, spaced_only, words

PREFIX = "sentry:integration:"

SPACED = "accepted are names separated by white space or lines"

TEXT = Kind(str, "accepted is a text")


def _set_of_statuses(text: str) -> set[int]:
    return set(option_types.STATUSES.parse(text))


def _objects(text: str) -> list[Any]:
    return [names.named_object(word) for word in words(text)]


KINDS: tuple[tuple[Callable[[str], bool], Kind], ...] = (
    (lambda type_: "Callable" in type_ or "callback" in type_, option_types.FUNCTION),
    (lambda type_: "bool" in type_, option_types.BOOLEAN),
    (lambda type_: "Signal" in type_, Kind(_objects, "accepted are names as in shop.signals:paid")),
    (lambda type_: "set[int]" in type_, Kind(_set_of_statuses, option_types.STATUSES.accepts)),
    # Some of these are regular expressions.
    (lambda type_: "list[str]" in type_, Kind(lambda text: list(spaced_only(text)), SPACED)),
    (lambda type_: "tuple[str" in type_, Kind(spaced_only, SPACED)),
    (lambda type_: "int" in type_, option_types.COUNT),
    (lambda type_: "float" in type_, Kind(float, "accepted is a number")),
    (lambda type_: "str" in type_, TEXT),
)
"""By what is said of the type of an argument, the first that fits."""


def kind_of(argument: Argument) -> Kind | None:
    """Return how the text of an argument is read; None where it can be no text."""
    if argument.choices:
        return Kind(_one_of(argument.choices), f"accepted is {' or '.join(argument.choices)}")
    if isinstance(argument.default, bool):
        return option_types.BOOLEAN
    # "typing.Optional[typing.List[str]]", "list[str] | None" and the like.
    type_ = argument.annotation.replace("typing.", "").replace("List[", "list[").replace("Set[", "set[")
    type_ = type_.replace("Tuple[", "tuple[")
    return next((kind for fits, kind in KINDS if fits(type_)), None)


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise Reason("there is no such style")
        return text

    return parse
