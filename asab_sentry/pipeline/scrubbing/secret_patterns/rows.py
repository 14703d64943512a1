"""Secrets in rows that are lists, of which the first has names: `[["name", "password"], ["joe", "x"]]`."""

from collections.abc import Iterator

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from . import judge
from .extents import Extents
from .rule import Cleaned

_marks = "\\\"' "
_names = compile_later(r"[\[(]((?:\\*[\"'][\w .-]{1,40}\\*[\"'](?:, ?)?){2,20})[\])]")
# Rows may have a name of their own.
_row = compile_later(r",\s?(?:\\*[\"']?\w{1,20}\\*[\"']?\s?[:=]\s?)?[\[(]{1,2}")
_bare = compile_later(r"[^\s,()\[\]]*")
_separator = compile_later(r"\s?,\s?")
_end = compile_later(r"\\*[\"']?\s?[\])]")


def clean(text: str) -> str:
    """Return a text without the values that stand in rows below the name of a secret."""
    cleaned, extents = Cleaned(text), Extents(text)
    for listed in _names.finditer(text):
        names = [name.strip(_marks) for name in listed[1].split(",")]
        secret = [denylist.is_secret(name) for name in names]
        # Two of them may be a pair, and two below them the name and the value of anything.
        if listed.start() < cleaned.done or not any(secret) or (len(names) == 2 and secret[0]):
            continue
        row = _row.match(text, listed.end())
        while row is not None and not cleaned.is_enough(row.end()):
            cells = [*_cells(text, row.end(), extents, len(names))]
            for (start, end), is_secret in zip(cells, secret, strict=False):
                value = text[start:end]
                if is_secret and not judge.is_harmless(value) and (len(names) > 2 or judge.is_random(value)):
                    cleaned.leave_out(start, end)
            closed = _end.match(text, cells[-1][1])
            row = _row.match(text, closed.end()) if closed else None
    return cleaned.text()


def _cells(text: str, place: int, extents: Extents, count: int) -> Iterator[tuple[int, int]]:
    """Yield where the values of a row begin and end."""
    for _ in range(count):
        value = extents.quoted(place)
        start, end = value[2:4] if value else _bare.match(text, place).span()  # type: ignore[union-attr]
        yield start, end
        separator = _separator.match(text, value.end if value else end)
        if separator is None:
            return
        place = separator.end()


EXAMPLES = {
    "[['id', 'token'], [1, 'hunter2'], [2, '0f5a9c77ab']]": "[['id', 'token'], [1, 'hunter2'], [2, '[Filtered]']]",
    "{'columns': ['id', 'name', 'pin'], 'rows': [[1, 'joe', 4711]]}": (
        "{'columns': ['id', 'name', 'pin'], 'rows': [[1, 'joe', [Filtered]]]}"
    ),
    '{"names": ["id", "user", "token"], "row": [1, "joe", "hunter2"]}': (
        '{"names": ["id", "user", "token"], "row": [1, "joe", "[Filtered]"]}'
    ),
    "['password', 'user'], ['id', 'pin']": "['password', 'user'], ['id', 'pin']",
}
"""Texts and what is left of them."""
