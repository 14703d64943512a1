"""What is personal by its shape: lines in which it stands between « and », and such that hold none (`none`)."""

import re
from typing import NamedTuple

from . import corpus, harmless

ALL = "email phone ip iban"
"""All of `[sentry:privacy] personal`."""

_marked = re.compile("«(.*?)»")


class Line(NamedTuple):
    """A line, what is personal in it, what is to be left of it and what was left."""

    kind: str
    text: str
    wanted: str
    left: str


def lines() -> list[tuple[str, str, str]]:
    """Return the kind of each line, its text and what is to be left of it."""
    rows = (corpus.HERE / "personal.tsv").read_text("utf-8").splitlines()
    return [
        (kind, _marked.sub(r"\1", text), _marked.sub("[Filtered]", text))
        for kind, _, text in (row.partition("\t") for row in rows)
    ]


def sent(shapes: str = ALL) -> list[Line]:
    """Return what is left of each line on the wire."""
    told = lines()
    left = harmless.sent([(kind, text) for kind, text, _ in told], personal=shapes)
    return [Line(kind, text, wanted, line.left) for (kind, text, wanted), line in zip(told, left, strict=True)]
