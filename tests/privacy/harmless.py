"""Harmless lines: what services and their libraries print, none of which is to lose a word."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from far import FarEnd

from . import corpus, wire
from .plan import Batch, Probe

PER_EVENT = 100


class Line(NamedTuple):
    """A line, who printed it, and what was left of it."""

    source: str
    text: str
    left: str

    @property
    def is_whole(self) -> bool:
        """Return whether it lost nothing."""
        return self.left == self.text


def lines() -> list[tuple[str, str]]:
    """Return the lines of harmless.tsv, each with its source."""
    rows = (corpus.HERE / "harmless.tsv").read_text("utf-8").splitlines()
    return [
        (source, text.encode().decode("unicode_escape").encode("latin-1").decode()) if "\\" in text else (source, text)
        for source, _, text in (row.partition("\t") for row in rows)
    ]


def _breadcrumbs(event: dict[str, Any]) -> Iterator[str]:
    for breadcrumb in event["breadcrumbs"]["values"]:
        yield breadcrumb.get("message", "")


def sent() -> list[Line]:
    """Return what is left of each line on the wire."""
    all_lines = lines()
    batches = [Batch("", ())] + [
        Batch(
            "breadcrumb",
            tuple(Probe("", "", "", "", "", text) for _, text in all_lines[start : start + PER_EVENT]),
        )
        for start in range(0, len(all_lines), PER_EVENT)
    ]
    with tempfile.TemporaryDirectory() as name, FarEnd() as far:
        wire.start(Path(name), far.dsn, batches, 60)
        events = {event["tags"]["batch"]: event for event in far.events}
    left = [text for number in range(1, len(batches)) for text in _breadcrumbs(events[str(number)])]
    return [Line(source, text, after) for (source, text), after in zip(all_lines, left, strict=True)]
