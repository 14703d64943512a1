"""Local variables, shown as Python would show them, bounded in size and cost."""

from collections.abc import Callable
from typing import Any

from ..secret_keys import denylist
from ..secret_keys.denylist import FILTERED
from . import json_values
from .calls import Calls
from .concealed import Concealed, placeholder
from .contents import BUILTIN, claim_of, describe_rest, pairs_of
from .json_converters import Converter, summarize
from .kinds import by_type, field_names_of, kind_of, lookup
from .ready_json import LONGEST_SMALL, ReadyDict, ReadyList, SmallNumbers
from .reprs import LONGEST_KEY, bounded_repr, describe_failure, is_hidden

SIZE = 1900
"""Bound of the local variables of a frame, in characters."""
SIZE_OF_ALL = 50_000
"""Bound of those of all frames of an event."""
SIZE_OF_ONE = 500
DEPTH = 3
LARGE = 2**63
"""Larger whole numbers may take long to be written."""


MOST_SECRETS = 20
LONGEST_SECRET = 2000


class Shown(ReadyDict):
    """The variables of a frame as they are shown; `secrets` are texts that are not, by what names them in its event."""

    __slots__ = ("secrets",)
    secrets: dict[str, str]


class Variables(json_values.Walk):
    """Shows the local variables of the frames of one event. `'1'` and `1` are different values of a variable."""

    __slots__ = ("_secrets", "_shown", "concealed", "left_of_all")

    def __init__(self, concealed: Concealed | None = None) -> None:
        super().__init__(0, Calls())
        self._shown: dict[tuple[int, int], tuple[Any, Any, int]] = {}
        """By the ids of values, and how deep they are shown: themselves, as what is gone has its id no more, what was
        shown of them as a whole, and how long that is. What a function is given, many hand on."""
        self._secrets: dict[str, str] = {}
        self.left_of_all = SIZE_OF_ALL
        self.concealed = concealed

    def show(self, variables: Any) -> Shown:
        """Return the variables of a frame by their repr, each and all of them bounded; containers are walked.

        A function has a dict of them; what code was executed with may be any mapping. Values of names that name a
        secret are `[Filtered]`.
        """
        shown, harmless = Shown(), denylist.harmless()
        shown.secrets = self._secrets
        left = size_of_frame = min(SIZE, self.left_of_all)
        try:
            pairs = pairs_of(variables, self.calls)
        except Exception as error:
            shown[json_values.CUT] = describe_failure(variables, "items", error)
            return shown
        for key, value in pairs:
            if left <= 0:
                shown[json_values.CUT] = describe_rest(variables, len(shown), self.calls)
                break
            name = (
                key if type(key) is str and len(key) <= LONGEST_KEY else json_values.text(key, LONGEST_KEY, self.calls)
            )
            if name not in harmless and is_hidden(name, value):
                shown[name] = self.hidden(name, value)
            else:
                self.left = size = min(left, SIZE_OF_ONE)
                shown[name] = self.value(value, DEPTH)
                left -= size - self.left
            left -= len(name) + 6
        self.left_of_all -= size_of_frame - left
        return shown

    def hidden(self, name: str, value: Any) -> str:
        """Return what stands for a secret, and note it, as it may stand elsewhere without its name."""
        if type(value) is str and len(value) <= LONGEST_SECRET and len(self._secrets) < MOST_SECRETS:
            self._secrets[value] = name
        return FILTERED

    def sequence(self, values: Any, depth: int) -> ReadyList:
        """Return a sequence, one of a few whole numbers at once; raises where it fails."""
        if type(values) is list and 5 * len(values) <= self.left and self.concealed is None:
            several = [*values]  # another thread may change it meanwhile
            if _are_whole(several) and min(several) > -LARGE and max(several) < LARGE:
                shown = ReadyList(map(repr, several))
                size = sum(map(len, shown)) + 4 * len(shown)
                if size <= self.left:
                    self.left -= size
                    return SmallNumbers(shown) if max(map(len, shown)) <= LONGEST_SMALL else shown
        return super().sequence(values, depth)

    def key(self, key: Any) -> tuple[str, int]:
        """Return a key as text, and its weight."""
        if self.concealed is not None and type(key) is not str:
            key = bounded_repr(key, LONGEST_KEY, self.calls, self.concealed)
        return super().key(key)

    def value(self, value: Any, depth: int) -> Any:
        """Return a value by its repr, or as a container. Never raises."""
        if self.concealed is not None and self.concealed.has(value, self.calls):
            self.left -= 4
            return self.string(placeholder(value))
        kind = type(value)
        if kind is str or kind is bytes:
            self.left -= 4
            text = repr(value if len(value) <= self.left else value[: max(self.left, 0) + 1])
            if len(text) > self.left or not text.isascii():
                return self.string(text)
            self.left -= len(text)
            return text
        # Not looked up in a set: types may fail to be hashed.
        if (
            kind is not dict
            and kind is not list
            and (value is None or kind is bool or kind is float or (kind is int and -LARGE < value < LARGE))
        ):
            number = repr(value)
            self.left -= len(number) + 4
            return number
        name = id(value), depth
        known = self._shown.get(name)
        if known is not None and known[2] < self.left:
            self.left -= known[2]
            return known[1]
        before = self.left
        self.left -= 4
        try:
            shown = _converter_of(kind)(self, value, depth)
        except Exception as error:
            shown = self.string(describe_failure(value, "repr", error))
        if self.left > 0:
            self._shown[name] = value, shown, before - self.left
        return shown


def _are_whole(values: list[Any]) -> bool:
    """Return whether these are whole numbers, and any."""
    for value in values:  # `all` takes twice as long
        if type(value) is not int:
            return False
    return bool(values)


@by_type
def _converter_of(type_: type) -> Converter:
    if field_names_of(type_) is not None:
        return _repr
    for builtin in BUILTIN:
        if issubclass(type_, builtin):
            return _container(lookup(builtin, "__len__"), is_mapping=builtin is dict)
    kind = kind_of(type_)
    if kind.is_veiled:
        return _veiled
    # Configurations, environments and headers are mappings.
    if kind.is_mapping:
        return summarize
    return _repr if kind.short is None else _short(kind.short)


def _container(length: Any, *, is_mapping: bool) -> Converter:
    def convert(walk: json_values.Walk, value: Any, depth: int) -> Any:
        if depth <= 0 or not length(value):
            return _repr(walk, value, depth)
        return walk.mapping(value, depth) if is_mapping else walk.sequence(value, depth)

    return convert


def _short(short: Callable[[Any], Any]) -> Converter:
    return lambda walk, value, _: walk.string(short(value))


def _veiled(walk: json_values.Walk, value: Any, depth: int) -> Any:
    is_mapping = kind_of(claim_of(value, walk.calls)).is_mapping
    return (summarize if is_mapping else _repr)(walk, value, depth)


def _repr(walk: json_values.Walk, value: Any, depth: int) -> Any:  # noqa: ARG001  # others need it
    return walk.string(bounded_repr(value, walk.left, walk.calls, getattr(walk, "concealed", None)))
