"""Breadcrumbs of log records of which nothing is to be hidden, known by a short look at all of them: most are such.

An event has a hundred of them, and to walk through each costs more than all else of most events.
"""

import itertools
from collections.abc import Callable
from typing import Any

from ...objects.cache import Cache
from ...objects.json_values import DATA, FEW, NUMBER
from ...objects.reprs import LONGEST_KEY
from .text_cleaner import MAX_KNOWN, Texts

Breadcrumb = dict[str, Any]

KEYS = ("type", "level", "category", "message", "timestamp")
"""Those of a breadcrumb of a record; most have `data`, too."""

LONGEST = 400
"""Longer messages and other texts are looked at one by one."""
SHORT = 64
"""A text of so many characters is remembered as one of which nothing is to be hidden."""
NEW = 4000
"""So many characters of texts that are not known are looked at together."""
MAX_KEYS = 512
"""So many sets of keys are remembered."""
LARGEST = 10**12
"""A larger whole number may be that of a card."""
LAST_MOMENT = 1e11
"""Seconds since the epoch."""
NOT_PLAIN: int = DATA["size"] + 1
NOTHING: dict[str, Any] = {}


class PlainBreadcrumbs:
    """One for all, until more secrets are known; it remembers keys and texts of which nothing is to be hidden."""

    def __init__(self, texts: Texts, is_plain_key: Callable[[str], bool], longest: int) -> None:
        """`is_plain_key` says whether what a key has is cleaned as any other value is; `longest` is in bytes."""
        self._texts = texts
        self._is_plain_key = is_plain_key
        self._longest = min(longest // 4, LONGEST)
        self._are_usual = all(map(is_plain_key, (*KEYS[:-1], "data")))
        """Whether an operator wants none of these hidden as a whole."""
        self._left: Cache[tuple[Any, ...], int] = Cache(MAX_KEYS)
        """What the keys of data leave of its size for its longer texts; less than nothing: they are not plain."""
        self._plain: Cache[str, None] = Cache(MAX_KNOWN)
        self._heads: Cache[str, tuple[Any, Any, Any]] = Cache(MAX_KNOWN)
        """By categories what stands beside them, by identity, as names of loggers and levels are."""

    def plain(self, breadcrumbs: list[Breadcrumb]) -> list[Breadcrumb | None]:
        """Return of each a copy, if nothing of it is to be hidden and its data is JSON of usual size; else None."""
        if not self._are_usual:
            return [None] * len(breadcrumbs)
        unknown: dict[str, None] = {}
        copies = [*map(self._copied, breadcrumbs, itertools.repeat(unknown))]
        if unknown and sum(map(len, unknown)) <= NEW:
            self._texts.learn([*unknown])
            for place, breadcrumb in enumerate(breadcrumbs):
                if copies[place] is None:
                    copies[place] = self._copied(breadcrumb, {})
        are_plain = iter(self._texts.are_plain([copy["message"] for copy in copies if copy is not None]))
        return [copy if copy is not None and next(are_plain) else None for copy in copies]

    def _copied(self, breadcrumb: Breadcrumb, unknown: dict[str, None]) -> Breadcrumb | None:
        """Return a copy of a breadcrumb, if nothing of it is to be hidden beside its message, which is not looked at.

        Texts of its data that are not known are put into `unknown`.
        """
        fields = breadcrumb.get("data", NOTHING)
        if len(breadcrumb) != len(KEYS) + (fields is not NOTHING) or type(fields) is not dict or len(fields) > FEW:
            return None
        message, moment, category = breadcrumb["message"], breadcrumb["timestamp"], breadcrumb["category"]
        if type(message) is not str or len(message) > self._longest or type(moment) is not float:
            return None
        head = self._heads.get(category) if type(category) is str else None
        if head is None or not (
            head[0] is category and head[1] is breadcrumb["level"] and head[2] is breadcrumb["type"]
        ):
            head = category, breadcrumb["level"], breadcrumb["type"]
            if not all(type(text) is str and self._weight(text, {}) == 0 for text in head):
                return None
            self._heads.add(category, head)
        if not 0 < moment < LAST_MOMENT or not (fields is NOTHING or self._are_plain(fields, unknown)):
            return None
        return {**breadcrumb} if fields is NOTHING else {**breadcrumb, "data": {**fields}}

    def _are_plain(self, fields: dict[Any, Any], unknown: dict[str, None]) -> bool:
        """Return whether data is flat JSON of usual size of which nothing is to be hidden."""
        keys, plain = tuple(fields), self._plain
        left = self._left.get(keys)
        if left is None:
            left = self._left.add(keys, self._size_left(keys))
        for value in fields.values():
            kind = type(value)
            if kind is str:
                if value not in plain:
                    left -= self._weight(value, unknown)
            elif kind is int:
                if not -LARGEST < value < LARGEST:
                    return False
            elif kind is float:
                if value != 0 and not 1e-6 < abs(value) < LARGEST:
                    return False
            elif value is not None and kind is not bool:
                return False
        return left >= 0

    def _size_left(self, keys: tuple[Any, ...]) -> int:
        left: int = DATA["size"]
        for key in keys:
            if type(key) is not str or len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
                return -1
            if not self._is_plain_key(key):
                return -1
            left -= 2 * len(key) + NUMBER + SHORT
        return left

    def _weight(self, text: str, unknown: dict[str, None]) -> int:
        """Return what a text takes of the size of data beyond what any short one has; all that there is: it is none."""
        if len(text) > LONGEST or not (text.isascii() and text.isprintable()):
            return NOT_PLAIN
        if len(text) >= self._texts.shortest:
            known = self._texts.known.get(text)
            if known is None:
                unknown[text] = None
            if known != text:
                return NOT_PLAIN
        if len(text) > SHORT:
            return len(text) - SHORT
        self._plain.add(text, None)
        return 0
