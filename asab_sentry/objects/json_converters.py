"""How the values of a type are made JSON of: as what they hold, as text, or as their repr."""

import configparser
import contextlib
import datetime
import decimal
import os
import pathlib
import sys
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contents import claim_of, describe_size
from .kinds import by_type, field_names_of, kind_of
from .reprs import bounded_repr, bounded_str, head

if TYPE_CHECKING:
    from .json_values import Walk

CONFIGURATIONS = (
    configparser.RawConfigParser,
    configparser.SectionProxy,
    type(os.environ),
)
"""What is shown as what it is, not with what it holds."""

AS_TEXT = (uuid.UUID, pathlib.PurePath, decimal.Decimal)
"""What is shown by its str."""

Converter = Callable[["Walk", Any, int], Any]
"""Makes JSON of a value, nested at most so deep."""


@by_type
def converter_of(kind: type) -> Converter:
    """Return what makes JSON of the values of a type."""
    known = kind_of(kind)
    if known.is_veiled:
        return _veiled
    if known.is_mapping:
        return summarize if _is_configuration(kind) else _mapping
    if (names := field_names_of(kind)) is not None:
        return _named_tuple(names)
    return next((convert for convert, kinds in _CONVERTERS.items() if issubclass(kind, kinds)), _repr)


def _is_configuration(kind: type) -> bool:
    # Not imported here: a process that is no application of ASAB is spared it.
    asab_config = sys.modules.get("asab.config")
    return issubclass(kind, CONFIGURATIONS) or (
        asab_config is not None and issubclass(kind, asab_config.ConfigurableDict)
    )


def _veiled(walk: "Walk", value: Any, depth: int) -> Any:
    """Show a proxy as what it stands for, a mock as what it is."""
    claimed = claim_of(value, walk.calls)
    convert = _repr if kind_of(claimed).is_veiled else converter_of(claimed)
    if convert in (_mapping, _sequence) and depth > 0:
        with contextlib.suppress(Exception):
            return convert(walk, value, depth)
    return (_str if issubclass(claimed, (str, int, float, *AS_TEXT)) else _repr)(walk, value, depth)


def summarize(walk: "Walk", value: Any, depth: int) -> Any:  # noqa: ARG001  # the others need it
    """Show a configuration as what it is."""
    return walk.string(describe_size(value, walk.calls))


def _mapping(walk: "Walk", value: Any, depth: int) -> Any:
    return walk.mapping(value, depth) if depth > 0 else _repr(walk, value, depth)


def _named_tuple(names: tuple[str, ...]) -> Converter:
    def convert(walk: "Walk", value: Any, depth: int) -> Any:
        if depth <= 0:
            return _repr(walk, value, depth)
        return walk.mapping(dict(zip(names, tuple.__iter__(value), strict=False)), depth)

    return convert


def _sequence(walk: "Walk", value: Any, depth: int) -> Any:
    return walk.sequence(value, depth) if depth > 0 else _repr(walk, value, depth)


def _bytes(walk: "Walk", value: Any, depth: int) -> Any:  # noqa: ARG001
    part = bytes.__getitem__ if issubclass(type(value), bytes) else bytearray.__getitem__
    return walk.string(bytes(part(value, slice(max(walk.left, 0)))).decode("utf-8", "replace"))


def _moment(walk: "Walk", value: Any, depth: int) -> Any:  # noqa: ARG001
    return walk.string(head(walk.calls(value.isoformat), walk.left))


def _str(walk: "Walk", value: Any, depth: int) -> Any:  # noqa: ARG001
    return walk.string(bounded_str(value, walk.left, walk.calls))


def _repr(walk: "Walk", value: Any, depth: int) -> Any:  # noqa: ARG001
    return walk.string(bounded_repr(value, walk.left, walk.calls))


_CONVERTERS: dict[Converter, tuple[type, ...]] = {
    _sequence: (list, tuple, set, frozenset),
    _bytes: (bytes, bytearray),
    _moment: (datetime.datetime, datetime.date, datetime.time),
    _str: (str, *AS_TEXT),
}
