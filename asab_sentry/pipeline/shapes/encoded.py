"""Secrets in texts that are encoded as a whole, as URLs do it: the other rules look at what stands there.

They have looked at the text as it is before, and so have found what a URL itself assigns.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from ...denylist import FILTERED
from .shape import Cleaned, Match, Shape

DEEPEST = 2
"""So often a text is encoded at most, one time within the other."""

_may_hold = re.compile(r"%(?:25)*(?:2[0-9A-Fa-f]|3[A-Ea-e]|5[BCDbcd]|7[BCDbcd]|0[AaDd9])").search
_run = re.compile(r"\S*%[0-9A-Fa-f]{2}\S*")
_escape = re.compile(r"%[0-9A-Fa-f]{2}")
_raw = re.compile(r"[^\w\s%]")

_letter = re.compile(r"\\+u([0-9a-fA-F]{4})")


def _decoded(match: Match) -> str:
    character = chr(int(match[1], 16))
    return character if character.isalpha() and not character.isascii() else match[0]


def letters(shape: Shape) -> Shape:
    """Return the rule that applies another one to names with letters that JSON has escaped, which are decoded then."""

    def remove(text: str) -> str:
        decoded = _letter.sub(_decoded, text)
        cleaned = shape.clean(decoded) if decoded != text else decoded
        return text if cleaned == decoded else cleaned

    return Shape(
        "\\u",
        lambda text: _letter.search(text) is not None,
        remove,
        {
            '{"has\\u0142o": "hunter2", "name": "Jos\\u00e9"}': '{"hasło": "[Filtered]", "name": "José"}',
            '{"name": "Jos\\u00e9", "password": "[Filtered]"}': '{"name": "Jos\\u00e9", "password": "[Filtered]"}',
        },
    )


def rule(shapes: Iterable[Shape]) -> Shape:
    """Return the rule that applies others to texts that are encoded."""
    shapes = tuple(shapes)

    def remove(text: str, depth: int = DEEPEST) -> str:
        cleaned = Cleaned(text)
        for run in _run.finditer(text):
            if cleaned.is_enough(run.start()):
                break
            left = _left(run[0], depth)
            if left is not None:
                cleaned.replace(run.start(), run.end(), left)
        return cleaned.text()

    def _left(run: str, depth: int) -> str | None:
        """Return what is left of an encoded text, None where it has no secret."""
        # A text that was cut may end within an escape.
        plain = before = unquote(run)
        for shape in shapes:
            plain = shape.clean(plain)
        if depth > 1 and _may_hold(plain):
            plain = remove(plain, depth - 1)
        if plain == before:
            return None
        raw = "".join({*_raw.findall(_escape.sub("", run))})
        return FILTERED.join(quote(part, safe=raw) for part in plain.split(FILTERED))

    return Shape(
        "%",
        _may_hold,
        remove,
        {
            "body=%7B%22user%22%3A%20%22joe%22%2C%20%22password%22%3A%20%22hunter2%22%7D&a=1": (
                "body=%7B%22user%22%3A%20%22joe%22%2C%20%22password%22%3A%20%22[Filtered]%22%7D&a=1"
            ),
            "%27password%27%20%3D%20%27hunter2%27": "%27password%27%20%3D%20%27[Filtered]%27",
            "%257B%2522token%2522%253A%2522hunter2%2522%257D": "%257B%2522token%2522%253A%2522[Filtered]%2522%257D",
            "/search?q=a%20token%3A%20expired%20%22now%22": "/search?q=a%20token%3A%20expired%20%22now%22",
        },
    )
