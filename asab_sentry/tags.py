"""What a tag may be.

The rules are those of the documentation of `asab.sentry` (key of up to 32 characters, value of up to 200 without a
newline) plus those by which Sentry drops a tag without a word (reserved keys, empty values).
"""

import re
import reprlib
from collections.abc import Iterable
from typing import Any

from .objects.calls import Calls
from .objects.contents import claim_of
from .objects.kinds import name_of
from .objects.reprs import bounded_repr, head
from .runtime.diagnostics import say

MAX_KEY = 32
KEY = "letters, digits and _ . : -"
"""What a key may hold."""
MAX_VALUE = 200
MAX_BITS = 4 * MAX_VALUE
"""A larger number has more digits than a value may have."""

RESERVED = frozenset({"release", "environment", "dist", "user", "filename", "function"})
"""Keys that Sentry fills itself: a tag of that name is removed at ingestion."""

SHOWN = 60
"""So much of a value is in the sentence that says what is wrong with it."""

MOST = 200
"""So many tags are looked at, of those that are given at once."""

_short = reprlib.Repr()
_short.maxstring = SHOWN
_key = re.compile(r"[A-Za-z0-9_.:-]+\Z")


class InvalidTag(ValueError):
    """A tag breaks one of the rules; the message is one sentence that says which, with the value in it."""


def text(key: object, value: object) -> str:
    """Return the text that is sent as the value of a tag.

    `key` is a string; `value` is a str, int, float or bool. White space around it is left out, as Sentry does. Raises
    `InvalidTag` when a rule is broken.
    """
    return valid(key, value)[1]


def valid(key: object, value: object) -> tuple[str, str]:
    """Return key and value as they are sent; raises as `text`."""
    name = _checked_key(key)
    text = _text_of(name, value)
    if len(text) > MAX_VALUE:
        raise InvalidTag(
            f"Tag {name!r}: value {_shown(text)} has {len(text)} characters, at most {MAX_VALUE} are accepted"
        )
    if "\n" in text:
        raise InvalidTag(f"Tag {name!r}: value {_shown(text)} must not contain a newline")
    if not text or text.isspace():
        raise InvalidTag(f"Tag {name!r}: value {text!r} must not be empty")
    # A lone surrogate, as in file names that are not UTF-8, is no valid JSON.
    return name, text.strip().encode("utf-8", "replace").decode("utf-8")


def usable(pairs: Iterable[tuple[Any, Any]], level: int) -> dict[str, str]:
    """Return tags that break no rule; of each that does, a log line of the level says which."""
    usable: dict[str, str] = {}
    for number, (key, value) in enumerate(pairs):
        if number == MOST:
            say(level, f"More than {MOST} tags are given at once; the others are not set")
            break
        try:
            name, text = valid(key, value)
        except InvalidTag as error:
            say(level, f"{error}; it is not set")
        else:
            usable[name] = text
    return usable


def _text_of(name: str, value: Any) -> str:
    kind, calls = type(value), Calls()
    if kind is str:
        text: str = value
        return text
    if issubclass(kind, str):
        return str.__str__(value)
    # What a proxy or a mock claims to be, it may say.
    if not issubclass(claim_of(value, calls), (str, int, float)):
        raise InvalidTag(f"Tag {name!r}: value {_shown(value)} must be a str, int, float or bool, not {name_of(kind)}")
    try:
        if issubclass(kind, int) and int.bit_length(value) > MAX_BITS:
            raise OverflowError
        return head(calls(str, value), MAX_VALUE)
    except Exception as error:
        raise InvalidTag(f"Tag {name!r}: value {_shown(value)} has no text ({name_of(type(error))})") from error


def _shown(value: object) -> str:
    """Return a little of a value, at what that costs: of a text the beginning and the end."""
    shown = _short.repr(value) if type(value) is str else bounded_repr(value, SHOWN, Calls())
    half = SHOWN // 2 - 2
    return shown if len(shown) <= SHOWN else f"{shown[:half]}...{shown[-half:]}"


def _checked_key(key: Any) -> str:
    if not issubclass(type(key), str):
        raise InvalidTag(f"Tag key {_shown(key)} must be a string, not {name_of(type(key))}")
    name: str = str.__str__(key)
    if not name:
        raise InvalidTag("Tag key '' must not be empty")
    if len(name) > MAX_KEY:
        raise InvalidTag(f"Tag key {_shown(name)} has {len(name)} characters, at most {MAX_KEY} are accepted")
    if _key.match(name) is None:
        raise InvalidTag(f"Tag key {_shown(name)} may hold only {KEY}")
    if name in RESERVED:
        raise InvalidTag(f"Tag key {name!r} is reserved: Sentry fills {', '.join(sorted(RESERVED))} itself")
    return name
