"""Secrets that are found in one place of an event, and stand elsewhere in it without a name.

What a function of the application has as `password`, the libraries that it calls have as `args` or `value`, and what
the text of an exception calls so is a variable of who has raised it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...objects.json_values import CUT
from ...objects.variables import Shown
from ...secret_keys.denylist import FILTERED, SURE, Keys
from .known_values import is_worth
from .parameters import hidden_parts
from .secret_patterns import judge
from .secret_patterns.rule import MARKS

MOST = 20
"""So many of an event are looked for."""

_quoted = re.compile(r"b?([\"'])(.{6,2000})\1", re.DOTALL)
# Each of a URL is hidden, as it may be personal; most are ids, which explain an error elsewhere.
_value_of_query = re.compile(r"(?<=[?&])[^\s=&?\"'<>]{1,60}=(?:\[Filtered\]|[^\s&\"'<>#]*)")

Texts = tuple[Any, Any]
"""A text of an event, and what is left of it."""


def found_in(event: dict[str, Any], cleaned: dict[str, Any], keys: Keys) -> list[str]:
    """Return what is hidden in texts and variables of an event, by what is left of it, the longest first.

    Words are none of it, nor are several with dashes, as they would be hidden where they mean something else.
    """
    secrets: set[str] = set()
    left_out: dict[str, str] = {}
    for variables, left in _variables(event, cleaned):
        if type(variables) is Shown:  # its secrets are left out already; all frames of a stack have the same
            left_out |= variables.secrets
        for name, shown in variables.items():
            if type(shown) is str and shown != (rest := left.get(name)) and len(secrets) < MOST:
                secrets.update(_of_variable(name, shown, rest, keys))
    secrets.update(text for text, name in left_out.items() if _is_named(name, text, keys))
    for text, rest in _texts(event, cleaned):
        if text != rest and len(secrets) < MOST:
            secrets.update(_of_text(text, rest))
    return sorted(secrets, key=len, reverse=True)


def _of_variable(name: Any, shown: str, rest: Any, keys: Keys) -> Iterator[str]:
    if rest != FILTERED:
        yield from _of_text(shown, rest)
        return
    quoted = _quoted.fullmatch(shown)
    if quoted is None or quoted[2].endswith(CUT) or not isinstance(name, str):
        return
    if _is_named(name, quoted[2], keys):
        yield quoted[2]


def _of_text(text: Any, rest: Any) -> Iterator[str]:
    if isinstance(text, str) and isinstance(rest, str) and FILTERED not in text and not text.endswith(CUT):
        for part in hidden_parts(_value_of_query.sub("", text), _value_of_query.sub("", rest)):
            secret = part.strip(MARKS)
            # Of credentials the name may be hidden with the password.
            yield from filter(judge.is_unmistakable, (secret, secret.partition(":")[2]))


def _is_named(name: str, value: str, keys: Keys) -> bool:
    """Return whether what is named so is hidden elsewhere, too."""
    return judge.is_unmistakable(value) or (keys.weight(name) == SURE and is_worth(value) and not judge.is_slug(value))


def _variables(event: Any, cleaned: Any) -> Iterator[tuple[dict[Any, Any], dict[Any, Any]]]:
    for part in ("exception", "threads"):
        for entry, left in _pairs(event.get(part), cleaned.get(part), "values"):
            for frame, clean in _pairs(entry.get("stacktrace"), left.get("stacktrace"), "frames"):
                variables, others = frame.get("vars"), clean.get("vars")
                if isinstance(variables, dict) and isinstance(others, dict):
                    yield variables, others


def _texts(event: Any, cleaned: Any) -> Iterator[Texts]:
    for entry, left in _pairs(event.get("exception"), cleaned.get("exception"), "values"):
        yield entry.get("value"), left.get("value")
    entry, left = event.get("logentry"), cleaned.get("logentry")
    if isinstance(entry, dict) and isinstance(left, dict):
        text = "formatted" if entry.get("formatted") else "message"
        yield entry.get(text), left.get(text)


def _pairs(value: Any, cleaned: Any, key: str) -> Iterator[tuple[dict[Any, Any], dict[Any, Any]]]:
    """Yield the dicts of a list under a key, each with what is left of it."""
    if isinstance(value, dict) and isinstance(cleaned, dict):
        values, left = value.get(key), cleaned.get(key)
        if isinstance(values, (list, tuple)) and isinstance(left, list):
            pairs = zip(values, left, strict=False)
            yield from (pair for pair in pairs if isinstance(pair[0], dict) and isinstance(pair[1], dict))


def are_unknown(event: dict[str, Any], cleaned: dict[str, Any]) -> bool:
    """Return whether a text that may tell secrets was cut, as it would have taken too long to clean all of it."""
    return any(
        isinstance(text, str) and isinstance(rest, str) and rest.endswith(CUT) and not text.endswith(CUT)
        for text, rest in _texts(event, cleaned)
    )


def without_variables(cleaned: dict[str, Any]) -> dict[str, Any]:
    """Return an event without the variables of its frames."""
    for part in ("exception", "threads"):
        for entry, _ in _pairs(cleaned.get(part), cleaned.get(part), "values"):
            for frame, _ in _pairs(entry.get("stacktrace"), entry.get("stacktrace"), "frames"):
                frame.pop("vars", None)
    return cleaned


def without_secrets(value: Any, secrets: Sequence[str]) -> Any:
    """Return JSON whose texts have none of these secrets."""
    if isinstance(value, str):
        for secret in secrets:
            if secret in value:
                value = value.replace(secret, FILTERED)
        return value
    if isinstance(value, dict):
        return {key: without_secrets(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_secrets(inner, secrets) for inner in value]
    return value
