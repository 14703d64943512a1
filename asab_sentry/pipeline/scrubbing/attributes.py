"""Logs, metrics and spans: most of what they hold is the same each time, and their texts differ in numbers."""

from typing import Any

from ...objects.known import Known
from ...sdk.bounds import bounded
from .beside import VALUES
from .event_parts import Lenient
from .text_cleaner import Texts

MAX_KNOWN = 2048
LONGEST = 400
"""Longer keys and texts are walked through each time, in characters."""
MOST = 64
"""So many attributes of that length need no bounds; what has more is walked through as a whole."""

TEXT, MOMENT = "body", "time_unix_nano"
"""What differs in each log: the text, which may be one that is known but for its numbers, and when it was."""

_SCALARS = frozenset({str, int, float, bool, type(None)})
_UNKNOWN = object()

Item = dict[str, Any]


class Attributes:
    """Cleans what has attributes; remembers the last value of each name that is clean whatever stands beside it."""

    def __init__(self, walk: Lenient, texts: Texts) -> None:
        self._walk = walk
        self._texts = texts
        self._last: Known[Any, Any] = Known(MAX_KNOWN)

    def clean(self, item: Item) -> Item:
        """Return a log, metric or span as it may leave; raise what may go wrong."""
        attributes = item.get("attributes")
        if type(attributes) is not dict or len(attributes) > MOST:
            return self._walked(item)
        fields, unknown = self._unknown(item), self._unknown(attributes)
        del fields["attributes"]
        cleaned: Item = {}
        text, moment = fields.get(TEXT), fields.get(MOMENT)
        if type(text) is str and len(text) <= LONGEST:
            del fields[TEXT]
            cleaned[TEXT] = self._texts.learned_text(text)
        if type(moment) is int:
            del fields[MOMENT]
        if not fields and not unknown:
            return {**item, **cleaned, "attributes": {**attributes}}
        if _depends_on_others(fields) or _depends_on_others(unknown):
            return self._walked(item)
        left = self._walked(fields | {"attributes": unknown})
        more = left.pop("attributes")
        if left.keys() != fields.keys() or more.keys() != unknown.keys():
            return self._walked(item)  # a name that was a secret, and may stand for another one
        self._learn(fields, left)
        self._learn(unknown, more)
        return {**item, **cleaned, **left, "attributes": {**attributes, **more}}

    def _unknown(self, values: Item) -> Item:
        last = self._last.get
        # By identity: most are the same object, and what an object does when it is compared is its own.
        return {key: value for key, value in values.items() if last(key, _UNKNOWN) is not value}

    def _learn(self, values: Item, cleaned: Item) -> None:
        for key, value in values.items():
            kind = type(value)
            is_short = len(key) <= LONGEST and (kind is not str or len(value) <= LONGEST)
            if is_short and kind in _SCALARS and type(cleaned[key]) is kind and cleaned[key] == value:
                self._last.add(key, value)

    def _walked(self, item: Item) -> Item:
        cleaned: Item = self._walk.mapping(bounded(item))
        return cleaned


def _depends_on_others(values: Item) -> bool:
    return any(type(key) is not str or key.lower() in VALUES for key in values)
