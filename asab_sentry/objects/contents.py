"""What objects hold: the beginning of it, and how much it is."""

import collections
import itertools
from typing import Any

from .calls import Calls
from .kinds import attributes_of, describe_type, kind_of, lookup
from .weighing import holds_much

MAX_ITEMS = 1000
"""Of larger collections only the beginning is looked at."""

BUILTIN = (dict, list, tuple, set, frozenset)


def pairs_of(values: Any, calls: Calls) -> list[tuple[Any, Any]]:
    """Return the first pairs of a mapping, one more than `MAX_ITEMS` at most; raises what that raises.

    Those of a dict are returned even where its own way to tell them fails.
    """
    kind = type(values)
    if kind is dict:
        # At once, as another thread may change it meanwhile.
        return list(itertools.islice(values.items(), MAX_ITEMS + 1))
    try:
        if lookup(kind, "__iter__") is collections.ChainMap.__iter__:
            return _pairs_of_chain(values, calls)
        pairs: list[tuple[Any, Any]] = calls(_first_pairs, values)
    except Exception:
        if not issubclass(kind, dict):
            raise
        return list(itertools.islice(dict.items(values), MAX_ITEMS + 1))
    return pairs


def values_of(values: Any, calls: Calls) -> list[Any]:
    """Return the first values of a sequence, as `pairs_of` does."""
    kind = type(values)
    if kind in BUILTIN:
        return list(itertools.islice(values, MAX_ITEMS + 1))
    try:
        several: list[Any] = calls(_first, values)
    except Exception:
        held = kind_of(kind).held
        if held is None or not issubclass(kind, BUILTIN):
            raise
        return _first(held(values))
    return several


def _first_pairs(values: Any) -> list[tuple[Any, Any]]:
    return [(key, value) for key, value in itertools.islice(values.items(), MAX_ITEMS + 1)]


def _pairs_of_chain(values: Any, calls: Calls) -> list[tuple[Any, Any]]:
    # By itself it would walk through all of them for the first.
    pairs: dict[Any, Any] = {}
    for mapping in attributes_of(values).get("maps", ()):
        for key, value in pairs_of(mapping, calls):
            pairs.setdefault(key, value)
        if len(pairs) > MAX_ITEMS:
            break
    return list(pairs.items())


def _first(values: Any) -> list[Any]:
    return list(itertools.islice(values, MAX_ITEMS + 1))


def claim_of(value: Any, calls: Calls) -> type:
    """Return the type that an object claims to be of, as a proxy or a mock does; of most it is their type."""
    kind: type = type(value)
    try:
        if not kind_of(kind).is_veiled:
            return kind
        claim: Any = calls(lambda: value.__class__)
    except Exception:  # it has none, or its metaclass fails
        return object
    return claim if issubclass(type(claim), type) else kind


def is_mapping(value: Any) -> bool:
    """Return whether an object is a mapping, or claims to be one."""
    return kind_of(claim_of(value, Calls())).is_mapping


def length_of(values: Any, calls: Calls) -> int | None:
    """Return how many items there are, if that can be known at little cost."""
    if kind_of(type(values)).length is None and holds_much(values):
        return None
    try:
        return int(calls(len, values))
    except Exception:
        return None


def describe_rest(values: Any, shown: int, calls: Calls) -> str:
    """Return how many more items there are than are shown, in words."""
    length = length_of(values, calls)
    return f"{length - shown} more" if length is not None and length > shown else "and more"


def describe_size(values: Any, calls: Calls) -> str:
    """Return type and length."""
    length = length_of(values, calls)
    return describe_type(values) if length is None else describe_type(values, f"of {length} items")
