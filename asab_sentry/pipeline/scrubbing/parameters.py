"""Arguments of a message: what the message hides, because of what stands beside it there, they hide as well.

In `L.error("token=%s", token)` the name of the secret is in the message, and the secret also where no name is.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from ...objects.json_values import CUT
from ...sdk.log_items import PARAMETER
from ...secret_keys.denylist import FILTERED

_is_wide = re.compile(r"%[^a-zA-Z%]*(?:\d{4}|\*)").search

SHORTEST = 4
"""What is hidden and shorter is not looked for within arguments."""


def without_hidden(parameters: Any, text: Any, cleaned: Any) -> Any:
    """Return arguments, which are JSON, without what their message hides.

    Args:
        parameters: Those that were cleaned as any value is.
        text: The message that was made of them.
        cleaned: What is left of it.
    """
    if text == cleaned or not isinstance(text, str) or not isinstance(cleaned, str):
        return parameters
    return _without(parameters, text, cleaned, [*hidden_parts(text, cleaned)])


def formatted(entry: dict[str, Any]) -> str:
    """Return the message that a server makes of a template and its arguments, where the event has none."""
    template, parameters = entry.get("message"), entry["params"]
    # A width may ask for a text of any length.
    if not isinstance(template, str) or _is_wide(template):
        return ""
    with contextlib.suppress(Exception):
        return template % (parameters if isinstance(parameters, dict) else tuple(parameters))
    return ""


def of_log(attributes: dict[str, Any], text: Any, cleaned: Any) -> dict[str, Any]:
    """Return the attributes of a log without what its message hides."""
    parameters = {key: value for key, value in attributes.items() if key.startswith(PARAMETER)}
    return {**attributes, **without_hidden(parameters, text, cleaned)}


def hidden_parts(text: str, cleaned: str) -> Iterator[str]:
    """Yield what stands in a text where what is left of it has `FILTERED`."""
    place = 0
    for number, part in enumerate(cleaned.removesuffix(CUT).split(FILTERED)):
        start = (text.find(part, place) if part else len(text)) if number else 0
        if start < 0:
            return
        if start - place >= SHORTEST:
            yield text[place:start]
        place = start + len(part)


def _without(value: Any, text: str, cleaned: str, hidden: list[str]) -> Any:
    kind = type(value)
    if kind is dict:
        return {key: _without(inner, text, cleaned, hidden) for key, inner in value.items()}
    if kind is list:
        return [_without(inner, text, cleaned, hidden) for inner in value]
    if kind is bool or not isinstance(value, (str, int, float)):
        return value
    written = str(value).removesuffix(CUT)
    if written not in cleaned and (written in text or text.endswith(CUT)):
        return FILTERED
    left = written
    for secret in hidden:
        left = left.replace(secret, FILTERED)
    return value if left == written else left
