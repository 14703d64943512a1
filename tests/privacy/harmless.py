"""Harmless lines: what services and their libraries print, none of which is to lose a word.

None holds what is personal by the page: an address of a client or the query of a URL. harmless.tsv was collected by
running the libraries, most of them against ports on which nobody listens; provoking.tsv was written to provoke.
"""

import json
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


def lines(name: str) -> list[tuple[str, str]]:
    """Return the lines of a file, each with its source: `harmless` (printed by services) or `provoking` (written)."""
    rows = (corpus.HERE / f"{name}.tsv").read_text("utf-8").splitlines()
    return [(source, text) for source, _, text in (row.partition("\t") for row in rows)]


def values() -> list[Line]:
    """Return what is left of each of the harmless values of values.json, as `struct_data` of a breadcrumb."""
    all_values = json.loads((corpus.HERE / "values.json").read_text("utf-8"))
    batch = Batch(
        "breadcrumb, struct_data", tuple(Harmless("", "", "", "", "", json.dumps(each)) for each in all_values)
    )
    with tempfile.TemporaryDirectory() as name, FarEnd() as far:
        wire.start(Path(name), far.dsn, [Batch("", ()), batch], 60)
        (event,) = (event for event in far.events if event["tags"]["batch"] == "1")
    left = [breadcrumb["data"]["detail"] for breadcrumb in event["breadcrumbs"]["values"]]
    return [
        Line("values", json.dumps(before), json.dumps(after)) for before, after in zip(all_values, left, strict=True)
    ]


class Harmless(Probe):
    """A value that is no text."""

    def value(self) -> Any:
        """Return what is put in the place."""
        return json.loads(self.text or "")


def _breadcrumbs(event: dict[str, Any]) -> Iterator[str]:
    for breadcrumb in event["breadcrumbs"]["values"]:
        yield breadcrumb.get("message", "")


def sent(all_lines: list[tuple[str, str]], *, personal: str = "") -> list[Line]:
    """Return what is left of each line on the wire, where these shapes of personal data are hidden."""
    batches = [Batch("", ())] + [
        Batch(
            "breadcrumb",
            tuple(Probe("", "", "", "", "", text) for _, text in all_lines[start : start + PER_EVENT]),
        )
        for start in range(0, len(all_lines), PER_EVENT)
    ]
    with tempfile.TemporaryDirectory() as name, FarEnd() as far:
        wire.start(Path(name), far.dsn, batches, 60, personal=personal)
        events = {event["tags"]["batch"]: event for event in far.events}
    left = [text for number in range(1, len(batches)) for text in _breadcrumbs(events[str(number)])]
    return [Line(source, text, after) for (source, text), after in zip(all_lines, left, strict=True)]
