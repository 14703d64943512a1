"""Texts of an event that are not known are looked at together, which takes little longer than one of them does."""

from typing import Any

from ...objects.calls import let_through
from ...objects.ready_json import ReadyDict
from .text_cleaner import Texts

NUMBERS = frozenset("-0123456789")
"""How the numbers among local variables begin, most of which are too short to be anything else."""


def learn(event: dict[str, Any], texts: Texts) -> None:
    """Let texts of an event that was made here be known, if they are clean: its message, functions, variables."""
    try:
        _learn(event, texts)
    except Exception as error:  # an event processor has made something else of it: they are looked at one by one
        let_through(error)


def _learn(event: dict[str, Any], texts: Texts) -> None:
    known, shortest = texts.known, texts.shortest
    several: list[Any] = [event.get("culprit")]
    for part in ("threads", "exception"):
        if not isinstance(event.get(part), ReadyDict):
            continue
        for entry in event[part]["values"]:
            for frame in entry["stacktrace"]["frames"] if "stacktrace" in entry else ():
                several.append(frame["function"])
                if "vars" in frame:
                    several += frame["vars"].values()
    new = [
        text
        for text in several
        if type(text) is str and len(text) >= shortest and text not in known and text[:1] not in NUMBERS
    ]
    messages = []
    for text in (event.get("logentry") or {}).values():
        if type(text) is not str or text in known:
            continue
        if texts.but_for_numbers(text) == text:
            known.add(text, text)
        else:
            messages.append(text)
    if new or messages:
        texts.learn(new, messages)
