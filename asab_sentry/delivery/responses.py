"""What came back: whether it says that something was taken, and if not, words for it that can be logged."""

import json
from typing import Any

from sentry_sdk.utils import Dsn

from ..config.masking import without_credentials

LONGEST = 200
"""Characters of an answer that are shown."""

MIN_KEY = 8
"""Shorter keys are in other words, and no server makes such."""


def first_cause(error: BaseException) -> str:
    """Return the first cause of an error, which is short and the same each time."""
    seen = {id(error)}
    while True:
        # Attributes of errors of urllib3, whose version 1 has no other cause.
        inner = getattr(error, "reason", None) or getattr(error, "original_error", None)
        if not isinstance(inner, BaseException):
            inner = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if inner is None or id(inner) in seen:
            break
        seen.add(id(inner))
        error = inner
    return f"{type(error).__name__}: {error}"[:LONGEST]


def printable(text: str) -> str:
    """Return the beginning of a text as it can be shown: in one line."""
    text = text[:LONGEST]
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def safe_text(answer: str | bytes, dsn: Dsn | None) -> str:
    """Return the beginning of what a server said as it can be shown: without the key of the DSN, which some repeat."""
    text = answer[: 50 * LONGEST]
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    text = without_credentials(text)
    for key in (dsn.public_key, dsn.secret_key) if dsn else ():
        if key and len(key) >= MIN_KEY:
            text = text.replace(key, "***")
    return printable(text)


def json_object(content: bytes) -> dict[str, Any] | None:
    """Return the JSON object that is the content of an answer; None when it is anything else."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def describe_foreign(content: bytes, dsn: Dsn | None) -> str:
    """Return in words that a refusal of what was sent is not by a server of Sentry's protocol; "" when it may be.

    Those refuse with a JSON object. A web server that wants TLS, or knows no such host or method, answers 400 or 405,
    too, and has not looked at what was sent.
    """
    return "" if not content.strip() or json_object(content) is not None else _no_object(content, dsn)


def _no_object(content: bytes, dsn: Dsn | None) -> str:
    return f"an answer that is no JSON object: {safe_text(content, dsn)}"


def reason_to_doubt(content: bytes, error: str, dsn: Dsn | None, *, is_event: bool) -> str:
    """Return why an answer with a status of success does not say that something was taken; "" when it does.

    Gateways, login pages and portals answer 200, too. Sentry, Relay, GlitchTip and Bugsink answer with a JSON object
    that has the `id` of what they took, or that is empty, and Bugsink with nothing at all to what it takes no note of,
    which events are not.

    Args:
        content: The beginning of the answer.
        error: Why that is not the whole, if it is not.
        dsn: Whose key is not to be shown.
        is_event: Whether an event was sent.
    """
    if error:
        return f"an answer that is not whole ({error})"
    if not content.strip():
        return "an empty answer" if is_event else ""
    answer = json_object(content)
    if answer is None:
        return _no_object(content, dsn)
    if answer and not answer.get("id"):
        return f"an answer without an id: {safe_text(content, dsn)}"
    return ""
