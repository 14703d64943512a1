"""What came back instead of success, in words that can be logged."""

from sentry_sdk.utils import Dsn

from ..kinds import without_credentials

LONGEST = 200
"""Characters of an answer that are shown."""

MIN_KEY = 8
"""Shorter keys are in other words, and no server makes such."""


def first_cause(error: BaseException) -> str:
    """Return the first cause of an error, which is short and the same each time."""
    seen = {id(error)}
    while True:
        inner = getattr(error, "reason", None)
        inner = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
        if inner is None or id(inner) in seen:
            break
        seen.add(id(inner))
        error = inner
    return f"{type(error).__name__}: {error}"[:LONGEST]


def shown(text: str) -> str:
    """Return the beginning of a text as it can be shown: in one line."""
    text = text[:LONGEST]
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def told(answer: str | bytes, dsn: Dsn | None) -> str:
    """Return the beginning of what a server said as it can be shown: without the key of the DSN, which some repeat."""
    text = answer[: 50 * LONGEST]
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    text = without_credentials(text)
    for key in (dsn.public_key, dsn.secret_key) if dsn else ():
        if key and len(key) >= MIN_KEY:
            text = text.replace(key, "***")
    return shown(text)
