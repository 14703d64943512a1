"""The last breadcrumbs of a process, whoever's unit of work, in a ring that outlives it.

What is written is clean, as all that is stored. To clean a text takes ten times as long as all else that is done for an
INFO record. Most texts are known, or known but for their numbers; of others so much is cleaned as costs no service
more than a hundredth of its time.
"""

import datetime
import time
from typing import Any, Protocol

from ..objects import json_values
from ..objects.known import Known
from .ring import LONGEST, LONGEST_NAME, Body, Ring

RATE = 20_000
"""So many characters of texts that are not known are cleaned in a second, and at once: about 10 ms."""
FIXED = 50
"""What any text costs, in characters."""
LEFT_OUT = b"(left out: too many new messages at once)"
"""In place of a text for which there is no time."""
MAX_KNOWN = 2048

LEVELS = ("debug", "info", "warning", "error", "fatal")

_numbers = {level: number for number, level in enumerate(LEVELS)}
_INFO = _numbers["info"]
_REQUEST = ("method", "url", "status_code")
"""What is written of a breadcrumb without a message."""


class Cleaner(Protocol):
    """Who says what may be stored (`pipeline.scrubbing.scrubber`)."""

    @property
    def version(self) -> int:
        """Changes when more is to be hidden than before."""

    def text(self, text: str) -> str:
        """Return a text as it may leave; raise what may go wrong."""

    def known_text(self, text: str) -> str | None:
        """Return the same of one that is known, but perhaps for its numbers; None of others."""

    def learned_text(self, text: str) -> str:
        """Return the same of any, which is known from then on."""


class Trail:
    """Writes breadcrumbs to a ring, once there is one."""

    def __init__(self) -> None:
        self._ring: Ring | None = None
        self._cleaner: Cleaner | None = None
        self._forget()

    def _forget(self) -> None:
        self._version = -1
        self._known: Known[str, tuple[str, Body]] = Known(MAX_KNOWN)
        self._names: Known[str, bytes] = Known(MAX_KNOWN)
        self._left = float(RATE)
        self._asked = 0.0

    def begin(self, ring: Ring, cleaner: Cleaner) -> None:
        """Write to a ring from now on."""
        self._forget()
        self._cleaner, self._ring = cleaner, ring

    def end(self) -> None:
        """Write no more."""
        self._ring = None

    def note(self, breadcrumb: dict[str, Any]) -> None:
        """Write the breadcrumb of a log record: on the way of each, and at any instruction of another one."""
        ring, cleaner = self._ring, self._cleaner
        if ring is None or cleaner is None:
            return
        if self._version != cleaner.version:
            self._known, self._names, self._version = Known(MAX_KNOWN), Known(MAX_KNOWN), cleaner.version
        message, category = breadcrumb.get("message"), breadcrumb["category"]
        if message is None:
            message = _request(breadcrumb)
        known = self._known.get(message)
        if known is None or known[0] != category:
            known = category, self._body(ring, category, message, breadcrumb["timestamp"], cleaner)
        ring.write(breadcrumb["timestamp"], _numbers.get(breadcrumb["level"], _INFO), known[1])

    def note_other(self, breadcrumb: dict[str, Any]) -> None:
        """Write a breadcrumb that may hold anything; raise what may go wrong."""
        if self._ring is None:
            return
        message, data, level = breadcrumb.get("message"), breadcrumb.get("data"), breadcrumb.get("level")
        shown: dict[str, Any] = {
            "level": level if type(level) is str else "info",
            "category": json_values.text(breadcrumb.get("category") or breadcrumb.get("type") or "", LONGEST_NAME),
            "timestamp": _seconds(breadcrumb.get("timestamp")),
        }
        if message:
            shown["message"] = json_values.text(message, LONGEST)
        elif type(data) is dict:
            shown["data"] = {key: data.get(key) for key in _REQUEST}
        self.note(shown)

    def _body(self, ring: Ring, category: str, message: str, moment: float, cleaner: Cleaner) -> Body:
        """Return what is written of a message that is not known with this category."""
        name = self._names.get(category)
        if name is None:
            shown = cleaner.text(category[:LONGEST_NAME]).replace("\0", "")
            name = self._names.add(category, shown.encode(errors="replace")[:LONGEST_NAME])
        text = json_values.text(message, LONGEST)
        cleaned = cleaner.known_text(text)
        if cleaned is None:
            self._left = min(self._left + max(moment - self._asked, 0.0) * RATE, RATE)
            self._asked = moment
            if self._left < len(text) + FIXED:
                return ring.body(name, LEFT_OUT)
            self._left -= len(text) + FIXED
            cleaned = cleaner.learned_text(text)
        body = ring.body(name, cleaned.encode(errors="replace")[:LONGEST])
        if len(message) <= LONGEST:
            self._known.add(message, (category, body))
        return body


def _request(breadcrumb: dict[str, Any]) -> str:
    """Return what is written of a breadcrumb without a message, as that of a request."""
    data = breadcrumb.get("data") or {}
    return " ".join(json_values.text(data[key], LONGEST) for key in _REQUEST if data.get(key) is not None)


def _seconds(moment: Any) -> float:
    if isinstance(moment, datetime.datetime):
        return moment.timestamp()
    return float(moment) if type(moment) in {int, float} else time.time()
