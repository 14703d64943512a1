"""What a tag may be.

The rules are those of the documentation of `asab.sentry` (key of up to 32 characters, value of up to 200 without a
newline) plus those by which Sentry drops a tag without a word (reserved keys, empty values).
"""

import re
import reprlib

MAX_KEY = 32
MAX_VALUE = 200

RESERVED = frozenset({"release", "environment", "dist", "user", "filename", "function"})
"""Keys that Sentry fills itself: a tag of that name is removed at ingestion."""

_key = re.compile(r"[A-Za-z0-9_.:-]+\Z")

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 60


class InvalidTag(ValueError):
    """A tag breaks one of the rules; the message is one sentence that says which, with the value in it."""


def text(key: object, value: object) -> str:
    """Return the text that is sent as the value of a tag.

    `key` is a string; `value` is a str, int, float or bool. White space around it is left out, as Sentry does. Raises
    `InvalidTag` when a rule is broken.
    """
    _check_key(key)
    if not isinstance(value, str):
        if not isinstance(value, (int, float)):
            kind = type(value).__name__
            raise InvalidTag(f"Tag {key!r}: value {_shown(value)} must be a str, int, float or bool, not {kind}")
        try:
            value = str(value)
        except Exception as error:
            raise InvalidTag(f"Tag {key!r}: value {_shown(value)} has no text ({type(error).__name__})") from error
    if len(value) > MAX_VALUE:
        raise InvalidTag(
            f"Tag {key!r}: value {_shown(value)} has {len(value)} characters, at most {MAX_VALUE} are accepted"
        )
    if "\n" in value:
        raise InvalidTag(f"Tag {key!r}: value {_shown(value)} must not contain a newline")
    if not value or value.isspace():
        raise InvalidTag(f"Tag {key!r}: value {value!r} must not be empty")
    # A lone surrogate, as in file names that are not UTF-8, is no valid JSON.
    return value.strip().encode("utf-8", "replace").decode("utf-8")


def _shown(value: object) -> str:
    try:
        return _short.repr(value)
    except Exception:  # a repr that fails, or a number too long for one
        return f"<{type(value).__name__}>"


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise InvalidTag(f"Tag key {_shown(key)} must be a string, not {type(key).__name__}")
    if not key:
        raise InvalidTag("Tag key '' must not be empty")
    if len(key) > MAX_KEY:
        raise InvalidTag(f"Tag key {_shown(key)} has {len(key)} characters, at most {MAX_KEY} are accepted")
    if _key.match(key) is None:
        raise InvalidTag(f"Tag key {_shown(key)} may hold only letters, digits and _ . : -")
    if key in RESERVED:
        raise InvalidTag(f"Tag key {key!r} is reserved: Sentry fills {', '.join(sorted(RESERVED))} itself")
