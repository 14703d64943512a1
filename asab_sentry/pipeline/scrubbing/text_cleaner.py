"""A text without its secrets: those known by value or by shape, and what an operator wants to be hidden beside them."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...objects.cache import Cache
from ...objects.json_values import CUT
from ...secret_keys.denylist import FILTERED
from .alike_texts import AlikeTexts
from .budget import work
from .known_values import SHORTEST, Held
from .secret_patterns import names
from .secret_patterns.rule import Rule
from .secret_patterns.rules import LONG, PERSONAL, RULES, SIGNS, in_source
from .varying_words import without_ids, without_numbers

MAX_KNOWN = 4096
"""How many texts, keys and frames are remembered with what is left of them."""
MAX_CLEANED = 32_768
"""Of longer texts than may leave, only the beginning is cleaned."""
MARGIN = 2000
MAX_LENGTH = 400
"""Longer ones are not; nor those that may have more than `longest` bytes."""

BETWEEN = " \n "
"""What stands between texts that are looked at together, beside which a number stands alone."""

_is_decimal = re.compile(r"-?[0-9]{1,12}\.[0-9]{1,20}(?:e[+-][0-9]{1,3})?").fullmatch
"""Numbers as local variables have them: no rule but those of an operator looks for one, and each is another one."""

_colours = re.compile(r"(?:\x1b|\\{1,4}(?:x1[bB]|u001[bB]|033))\[[\d;]{0,20}m")
"""By which a terminal is told of colours, also as a `repr` and JSON have it. They may stand around each word."""


Rules = Sequence[tuple[str, Callable[[str], Any], Callable[[str], str]]]
"""What texts need to have, what tells which of them are searched, and what cleans these (`Rule`)."""

ALL: Rules = [rule[:3] for rule in RULES.values()]


class Texts:
    """Cleans texts. `version` changes when more is hidden than before."""

    def __init__(
        self,
        held: Held,
        patterns: Iterable[str] = (),
        personal: Iterable[str] = (),
        *,
        send_default_pii: bool,
        longest: int,
    ) -> None:
        self.longest = min(longest // 4, MAX_LENGTH)
        """Longer texts are not remembered."""
        self._most = max(longest + MARGIN, MAX_CLEANED)
        self._held = held
        self._patterns = [re.compile(pattern) for pattern in patterns]
        rules = [rule for rule in RULES.values() if not (rule.personal and send_default_pii)]
        # As tuples, since each new text goes through all of them.
        self._rules: Rules = [rule[:3] for rule in rules]
        self._source_rules: Rules = [in_source(rule)[:3] for rule in rules]
        self._personal = [PERSONAL[name] for name in personal]
        self.shortest = 0 if self._patterns or self._personal else min(SHORTEST, longest // 4)
        """Texts that have fewer characters are clean."""
        self.version = 0
        """The number of times that more values were known as secrets when `known` was begun."""
        self.known: Cache[str, str] = Cache(MAX_KNOWN)
        """Texts that were cleaned, with what is left of them."""
        self._source: Cache[str, str] = Cache(MAX_KNOWN)
        self._alike = AlikeTexts()
        self._last: tuple[str, int, str | None] = "", -1, None
        self.refresh()

    def refresh(self) -> None:
        """Look for new secrets."""
        self._held.refresh()
        if self.version != self._held.version:
            version = self._held.version
            # Anew, as another thread may be about to remember what it has cleaned of less. The version last, as a
            # signal handler may look for new secrets meanwhile.
            self.known, self._source, self._alike = Cache(MAX_KNOWN), Cache(MAX_KNOWN), AlikeTexts()
            self.version = version

    def clean(self, text: str) -> str:
        """Return a text as it may leave."""
        return self._remembered(self.known, text, self._rules)

    def but_for_numbers(self, text: str) -> str | None:
        """Return what is left of a text that is known, but for its numbers and ids; None of others."""
        last, version = self._last, self._held.version
        if last[0] != text or last[1] != version:  # that of a record is wanted for the trail and for its log
            self._last = last = text, version, self._left_but_for_numbers(text)
        return last[2]

    def _left_but_for_numbers(self, text: str) -> str | None:
        alike, held = self._alike, self._held
        if alike.has_but_for_numbers(text):
            return held.clean(text) if held.may_be_numbers else text
        if len(text) <= self.longest and alike.has_but_for_ids(text):
            return held.clean(text)
        return None

    def are_plain(self, texts: list[str]) -> list[bool]:
        """Return of each text whether it is known to be clean, or to be so but for numbers: a look at all at once."""
        together, alike, known = BETWEEN.join(texts), self._alike, self.known
        # What was cut may end with the beginning of a secret, which is looked for at the end only.
        if CUT not in together and self._held.clean(together) == together:
            templates = without_numbers(together).split(BETWEEN)
            if len(templates) == len(texts):
                are_plain = alike.knows(templates)
                if all(are_plain):
                    return are_plain
                pairs = zip(texts, are_plain, strict=True)
                return [is_plain or known.get(text) == text for text, is_plain in pairs]
        return [known.get(text) == text for text in texts]

    def learned_text(self, text: str) -> str:
        """Return a text as it may leave; where no rule applies to it, none does with other numbers and ids in it."""
        if len(text) < self.shortest:
            return text
        known, alike = self.known, self._alike  # those of now, as another thread may learn of a secret meanwhile
        cleaned = known.get(text)
        if cleaned is None:
            cleaned = self.but_for_numbers(text)
        if cleaned is not None:
            return cleaned
        if len(text) > self.longest:
            return self.clean(text)
        template = without_ids(text)
        has_ids = template != text
        if not self._is_plain(template, ALL) or (has_ids and (self._held.clean(text) != text or names.may_hold(text))):
            return self.clean(text)
        alike.learn(text, has_no_names=has_ids)
        return known.add(text, text)

    def identifier(self, text: str) -> str:
        """Return a text that has the shape of an id, and so of no secret; most ids are not seen again."""
        return self._clean(text, [])

    def release(self, text: str) -> str:
        """Return the name of a release or package as it may leave: versions are written as addresses are."""
        return self._clean(text, self._rules, ()) if self._personal else self.clean(text)

    def source(self, line: str) -> str:
        """Return a line of source code as it may leave."""
        return self._remembered(self._source, line, self._source_rules)

    def learn(self, texts: list[str], messages: list[str] | None = None) -> None:
        """Remember those texts that are clean: to look at all at once takes little longer than at one.

        Of messages that are clean all are known that differ in numbers only.
        """
        known, alike, messages = self.known, self._alike, messages or []
        new = [text for text in (*texts, *messages) if self.shortest <= len(text) <= self.longest and CUT not in text]
        together = "\n".join((*new, ""))
        if not new or not self._is_plain(together, ()):
            return
        suspected = [rule for rule in ALL if rule[0] in together and rule[1](together)]
        for text in new:
            if not _may_apply(suspected, text):
                known.add(text, text)
        for text in messages:
            if known.get(text) == text:
                alike.learn(text)

    def are_plain_sources(self, lines: list[Any]) -> bool:
        """Return whether all these are lines of source code that are clean."""
        if [*map(type, lines)].count(str) != len(lines):
            return False
        if [*map(self._source.get, lines)] == lines:
            return True
        if max(map(len, lines)) > self.longest or not self._is_plain("\n".join((*lines, "")), self._source_rules):
            return False
        self._source.add_all(lines, lines)
        return True

    def _is_plain(self, text: str, used: Rules) -> bool:
        """Return whether no rule applies to any line of a text, which ends with a line break."""
        return not (
            self._personal
            or self._patterns
            or CUT in text
            or _may_be_coloured(text)
            or self._held.clean(text) != text
            or _may_apply(used, text)
        )

    def _remembered(self, known: Cache[str, str], text: str, used: Rules) -> str:
        # Most texts are in many events.
        cleaned = known.get(text)
        if cleaned is None:
            if _is_decimal(text) and self.shortest:
                return self._held.clean(text)
            cuts = work.cuts
            cleaned = self._clean(text, used)
            if self.shortest <= len(text) <= self.longest and work.cuts == cuts:
                known.add(text, cleaned)
        return cleaned

    def _clean(self, text: str, used: Rules, personal: Iterable[Rule] | None = None) -> str:
        if len(text) < self.shortest:
            return text
        if len(text) > self._most:
            text = text[: self._most] + CUT
        text = work.part(text, lambda part: self._without(part, used, personal))
        return self._without(text, used, personal)

    def _without(self, text: str, used: Rules, personal: Iterable[Rule] | None) -> str:
        text = self._held.clean(text)
        if _may_be_coloured(text):
            text = self._without_colours(text, used)
        if len(text) >= LONG or not SIGNS.isdisjoint(text):
            text = _applied(used, text)
        for rule in self._personal if personal is None else personal:
            text = rule.clean(text)
        for pattern in self._patterns:
            text = pattern.sub(FILTERED, text)
        return text

    def _without_colours(self, text: str, used: Rules) -> str:
        """Return a text without its colours, if they stand between a secret and its name."""
        plain = _colours.sub("", text)
        return text if _applied(used, plain) == plain else plain


def _applied(rules: Rules, text: str) -> str:
    for needs, may_hold, remove in rules:
        if needs in text and may_hold(text):
            text = remove(text)
    return text


def _may_apply(rules: Rules, text: str) -> bool:
    for needs, may_hold, _ in rules:  # noqa: SIM110  # `any` takes twice as long
        if needs in text and may_hold(text):
            return True
    return False


def _may_be_coloured(text: str) -> bool:
    return "[" in text and ("\x1b[" in text or "1b[" in text or "1B[" in text or "033[" in text)
