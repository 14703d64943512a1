"""Texts that differ in numbers and ids only from one to which no rule of secrets applies: none applies to these."""

from ...objects.cache import Cache
from .secret_patterns import names
from .varying_words import PLACE, SIDE_BY_SIDE, has_other_digits, with_zeros, without_ids, without_numbers

MAX_KNOWN = 4096


class AlikeTexts:
    """What is known of them; to begin anew where more became known as secret is to make another one."""

    def __init__(self) -> None:
        self._without_numbers: Cache[str, None] = Cache(MAX_KNOWN)
        self._without_ids: Cache[str, None] = Cache(MAX_KNOWN)
        self._with_zeros: Cache[bytes, None] = Cache(MAX_KNOWN)
        """Of those that differ in numbers; what differs in digits alone is found by that at once."""

    def learn(self, text: str, *, has_no_names: bool = False) -> None:
        """Remember a text to which no rule applies; `has_no_names`: it is known to have no name of a secret."""
        template = without_numbers(text)
        if SIDE_BY_SIDE not in template:
            self._without_numbers.add(template, None)
        template = without_ids(text)
        # An id may be the value of what is named before it. No id is a part of such a name, or has one in it.
        if PLACE in template and SIDE_BY_SIDE not in template and (has_no_names or not names.may_hold(text)):
            self._without_ids.add(template, None)

    def has_but_for_numbers(self, text: str) -> bool:
        """Return whether a text was learned that differs in numbers only."""
        digits = with_zeros(text) if text.isascii() else None
        if digits in self._with_zeros:
            return True
        is_known = without_numbers(text) in self._without_numbers
        if is_known and digits is not None and not has_other_digits(text):
            self._with_zeros.add(digits, None)
        return is_known

    def has_but_for_ids(self, text: str) -> bool:
        """Return whether a text was learned that differs in ids and numbers only."""
        return without_ids(text) in self._without_ids

    def knows(self, templates: list[str]) -> list[bool]:
        """Return of each text without its numbers whether one was learned that is this without them."""
        known = self._without_numbers
        if known.keys() >= {*templates}:
            return [True] * len(templates)
        return [template in known for template in templates]
