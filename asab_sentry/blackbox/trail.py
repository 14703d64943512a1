"""The last breadcrumbs of a process, whoever's unit of work, in a ring that outlives it.

What is written is clean, as all that is stored. To clean a text takes ten times as long as all else that is done for an
INFO record. Most texts are known, or known but for their numbers and ids; of others so much is cleaned as costs no
service more than a hundredth of its time.
"""

import datetime
import time
from typing import Any, Protocol

from ..objects import json_values
from ..objects.cache import Cache
from .ring import LONGEST, LONGEST_NAME, Known, Ring, Write

RATE = 20_000
"""So many characters of texts that are not known are cleaned in a second, and at once: about 10 ms."""
FIXED = 50
"""What any text costs, in characters."""
LEFT_OUT = b"(left out: too many new messages at once)"
"""In place of a text for which there is no time."""
MAX_KNOWN = 2048
MAX_ONCE = 256

LEVELS = ("debug", "info", "warning", "error", "fatal")

_numbers = {level: number for number, level in enumerate(LEVELS)}
_INFO = _numbers["info"]
_REQUEST = (
    *("method", "http.method", "http.request.method"),
    *("url", "url.full"),
    *("status_code", "http.response.status_code"),
)
"""What is written of a breadcrumb without a message: of each what this package and sentry-sdk 2 and 3 call it."""


class Cleaner(Protocol):
    """Who says what may be stored (`pipeline.scrubbing.text_cleaner`)."""

    @property
    def version(self) -> int:
        """Changes when more is to be hidden than before."""

    def clean(self, text: str) -> str:
        """Return a text as it may leave; raise what may go wrong."""

    def but_for_numbers(self, text: str) -> str | None:
        """Return the same of one, if one was learned that differs in its numbers and ids only; None of others."""

    def learned_text(self, text: str) -> str:
        """Return the same of any, which is known from then on."""


class Trail:
    """Writes breadcrumbs to a ring, once there is one."""

    write: Write
    """Write what a log record says: on the way of each, and at any instruction of another one."""

    def __init__(self) -> None:
        self._texts: _Texts | None = None
        self.end()

    def begin(self, ring: Ring, cleaner: Cleaner) -> None:
        """Write to a ring from now on."""
        self._texts = texts = _Texts(ring, cleaner)
        self.write = ring.writer(texts.known, texts.entry)

    def end(self) -> None:
        """Write no more."""
        self._texts, self.write = None, _nothing

    def refresh(self) -> None:
        """Clean again what is known, if more is to be hidden than before."""
        if self._texts is not None:
            self._texts.refresh()

    def note(self, breadcrumb: dict[str, Any]) -> None:
        """Write the breadcrumb of a log record; of one without a message, what it says of a request."""
        message = breadcrumb.get("message")
        if message is None:
            message = _request(breadcrumb)
        self.write(message, breadcrumb["category"], breadcrumb["level"], breadcrumb["timestamp"])

    def note_other(self, breadcrumb: dict[str, Any]) -> None:
        """Write a breadcrumb that may hold anything; raise what may go wrong."""
        if self._texts is None:
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


def _nothing(message: str, category: str, level: str, moment: float) -> None:
    """Write nothing."""


class _Texts:
    """What is written of messages; `known` are those that may come again, and come with the same logger and level."""

    def __init__(self, ring: Ring, cleaner: Cleaner) -> None:
        self._ring = ring
        self._cleaner = cleaner
        self._version = cleaner.version
        self.known: Cache[str, Known] = Cache(MAX_KNOWN)
        self._once: Cache[str, None] = Cache(MAX_ONCE)
        self._names: Cache[str, bytes] = Cache(MAX_KNOWN)
        self._left = float(RATE)
        self._asked = 0.0

    def refresh(self) -> None:
        """Forget what is known, if more is to be hidden than before."""
        version = self._cleaner.version
        if self._version != version:
            self._version = version
            self.known.clear()
            self._names.clear()

    def entry(self, message: str, category: str, level: str, moment: float) -> Known:
        """Return what is written of a message that is not known."""
        name = self._names.get(category)
        if name is None:
            shown = self._cleaner.clean(category[:LONGEST_NAME]).replace("\0", "")
            name = self._names.add(category, shown.encode(errors="replace")[:LONGEST_NAME])
        text, is_to_come = self._cleaned(json_values.text(message, LONGEST), moment)
        entry = category, level, *self._ring.body(_numbers.get(level, _INFO), name, text)
        return self.known.add(message, entry) if is_to_come and len(message) <= LONGEST else entry

    def _cleaned(self, text: str, moment: float) -> tuple[bytes, bool]:
        """Return what may be stored of a text, and whether the same text may come again."""
        cleaner = self._cleaner
        cleaned, is_to_come = cleaner.but_for_numbers(text), text in self._once
        if cleaned is None:
            self._left = min(self._left + max(moment - self._asked, 0.0) * RATE, RATE)
            self._asked = moment
            if self._left < len(text) + FIXED:
                return LEFT_OUT, False
            self._left -= len(text) + FIXED
            cleaned, is_to_come = cleaner.learned_text(text), True
        elif not is_to_come:  # most numbers do not come again
            self._once.add(text, None)
        written = cleaned.encode() if cleaned.isascii() else cleaned.encode(errors="replace")
        return written[:LONGEST], is_to_come


def _request(breadcrumb: dict[str, Any]) -> str:
    """Return what is written of a breadcrumb without a message, as that of a request."""
    data = breadcrumb.get("data") or {}
    return " ".join(json_values.text(data[key], LONGEST) for key in _REQUEST if data.get(key) is not None)


def _seconds(moment: Any) -> float:
    if isinstance(moment, datetime.datetime):
        return moment.timestamp()
    return float(moment) if type(moment) in {int, float} else time.time()
