"""Secrets that a variable names in one frame of an event, and that stand elsewhere in it without a name.

What a function of the application has as `password`, the libraries that it calls have as `args` or `value`.
"""

import re
from collections.abc import Iterator
from typing import Any

from ...objects.json_values import CUT
from ...secret_keys.denylist import FILTERED, SURE, Keys
from .known_values import is_worth
from .secret_patterns import judge

MOST = 20
"""So many of an event are looked for."""

_quoted = re.compile(r"b?([\"'])(.{6,2000})\1", re.DOTALL)


def named_in(event: dict[str, Any], keys: Keys) -> set[str]:
    """Return the secrets that variables of an event's frames name, as a `repr` writes them.

    A word is none, as it would be hidden where it means something else.
    """
    named: set[str] = set()
    for variables in _variables(event):
        for name in variables.keys() - keys.harmless:  # most are known to be that
            if type(name) is not str or keys.is_harmless(name) or type(variables[name]) is not str:
                continue
            quoted = _quoted.fullmatch(variables[name])
            if quoted is not None and _is_one(quoted[2], keys.weight(name)) and len(named) < MOST:
                named.add(quoted[2])
    return named


def _is_one(value: str, weight: int) -> bool:
    if value.endswith(CUT) or FILTERED in value or judge.is_harmless(value):
        return False
    return judge.is_random(value) or (weight == SURE and is_worth(value) and not judge.is_slug(value))


def _variables(event: dict[str, Any]) -> Iterator[dict[Any, Any]]:
    for part in ("exception", "threads"):
        for entry in _list(event.get(part), "values"):
            for frame in _list(entry.get("stacktrace") if isinstance(entry, dict) else None, "frames"):
                variables = frame.get("vars") if isinstance(frame, dict) else None
                if isinstance(variables, dict):
                    yield variables


def _list(value: Any, key: str) -> list[Any]:
    values = value.get(key) if isinstance(value, dict) else None
    return values if isinstance(values, list) else []


def without(value: Any, secrets: set[str]) -> Any:
    """Return JSON whose texts have none of these secrets."""
    if isinstance(value, str):
        for secret in secrets:
            if secret in value:
                value = value.replace(secret, FILTERED)
        return value
    if isinstance(value, dict):
        return {key: without(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list):
        return [without(inner, secrets) for inner in value]
    return value
