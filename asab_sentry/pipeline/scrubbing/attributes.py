"""Logs, metrics and spans: most of what they hold is the same each time, and their texts differ in numbers."""

from typing import Any, NamedTuple

from ...objects.cache import Cache
from ...sdk.bounded_events import bounded
from ...sdk.bounded_values import LONGEST_KEY
from .event_parts import Lenient
from .named_values import CODE, KIND, VALUES
from .text_cleaner import Texts
from .walker import LARGEST

MAX_KNOWN = 2048
MOST = 64
"""So many attributes need no bounds together; what has more is walked through as a whole."""

TEXT, MOMENT = "body", "time_unix_nano"
"""What differs in each log: the text, which may be one that is known but for its numbers, and when it was."""

_NUMBERS = frozenset({int, float, bool, type(None)})
_UNKNOWN = object()

Item = dict[str, Any]


class Look(NamedTuple):
    """What is seen of a log."""

    unknown: Item
    """Attributes whose values are not known to be clean."""
    has_plain_text: bool
    """Whether its text is known to be clean, though it may not be remembered."""


class Attributes:
    """Cleans what has attributes; remembers the last value of each name that is clean whatever stands beside it."""

    def __init__(self, walk: Lenient, texts: Texts) -> None:
        self._walk = walk
        self._texts = texts
        self._last: Cache[Any, Any] = Cache(MAX_KNOWN)
        self._names: Cache[Any, bool] = Cache(MAX_KNOWN)

    def look_at(self, logs: list[Item]) -> list[Look]:
        """Return what is seen of several logs, and let their texts be known that are clean.

        To look at all at once takes little longer than at one.
        """
        longest, known = self._texts.longest, self._texts.known
        unknown = [self._unknown(log["attributes"]) for log in logs]
        bodies = [log[TEXT] if len(log[TEXT]) <= longest else "" for log in logs]
        are_plain = self._texts.are_plain(bodies)
        new = {
            value: None
            for values in unknown
            for value in values.values()
            if type(value) is str and len(value) <= longest and value not in known
        }
        pairs = zip(bodies, are_plain, strict=True)
        self._texts.learn([*new], [text for text, is_plain in pairs if not is_plain and text not in known])
        return [Look(*seen) for seen in zip(unknown, are_plain, strict=True)]

    def clean(self, item: Item, look: Look | None = None) -> Item:
        """Return a log, metric or span as it may leave; raise what may go wrong. `look` is what was seen of it."""
        attributes = item.get("attributes")
        if type(attributes) is not dict or len(attributes) > MOST:
            return self._walked(item)
        unknown, has_plain_text = look or (self._unknown(attributes), False)
        fields, (changed, rest) = self._unknown(item), self._split(unknown)
        del fields["attributes"]
        cleaned: Item = {}
        text, moment = fields.get(TEXT), fields.get(MOMENT)
        if has_plain_text:
            fields.pop(TEXT, None)
        elif type(text) is str and len(text) <= self._texts.longest:
            del fields[TEXT]
            cleaned[TEXT] = self._texts.learned_text(text)
        if type(moment) is int:
            del fields[MOMENT]
        if not fields and not rest:
            return {**item, **cleaned, "attributes": {**attributes, **changed}}
        if _depends_on_others(fields) or _depends_on_others(rest):
            return self._walked(item)
        left = self._walked(fields | {"attributes": rest})
        others = left.pop("attributes")
        if left.keys() != fields.keys() or others.keys() != rest.keys():
            return self._walked(item)  # a name that was a secret, and may stand for another one
        self._learn(fields, left)
        self._learn(rest, others)
        return {**item, **cleaned, **left, "attributes": {**attributes, **changed, **others}}

    def _unknown(self, values: Item) -> Item:
        last = self._last.get
        # By identity: most are the same object, and what an object does when it is compared is its own.
        return {name: value for name, value in values.items() if last(name, _UNKNOWN) is not value}

    def _split(self, values: Item) -> tuple[Item, Item]:
        """Return what is left of the values that change when cleaned by themselves, and those that cannot be."""
        changed, rest, names = {}, {}, self._names.get
        for name, value in values.items():
            kind, takes_any = type(value), names(name)
            if takes_any is None:
                takes_any = self._takes_any(name)
            if takes_any and kind in _NUMBERS and (kind is not int or -LARGEST <= value <= LARGEST):
                left = self._walk.value(value)
            elif takes_any and kind is str and len(value) <= self._texts.longest:
                left = self._texts.learned_text(value)
            else:
                rest[name] = value
                continue
            if left is value:
                self._last.add(name, value)
            else:
                changed[name] = left
        return changed, rest

    def _takes_any(self, name: Any) -> bool:
        """Return whether the value of a name is cleaned by itself."""
        if type(name) is not str or len(name) > LONGEST_KEY:
            return False
        return self._names.add(name, self._walk.takes_any(name))

    def _learn(self, values: Item, cleaned: Item) -> None:
        for name, value in values.items():
            kind, left = type(value), cleaned[name]
            is_scalar = kind in _NUMBERS or (kind is str and len(value) <= self._texts.longest)
            if is_scalar and len(name) <= LONGEST_KEY and type(left) is kind and left == value:
                self._last.add(name, value)

    def _walked(self, item: Item) -> Item:
        cleaned: Item = self._walk.mapping(bounded(item))
        return cleaned


def _depends_on_others(values: Item) -> bool:
    return any(type(key) is not str or key.lower() in VALUES or key in {KIND, CODE} for key in values)
