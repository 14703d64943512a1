"""Exceptions as Sentry's `exception` interface: their chains, groups and notes, all of it bounded.

The shape is that of `sentry_sdk.utils.exceptions_from_error_tuple`, in which neither the number of exceptions nor their
texts have an end, and where the text is not always `str(error)`.
"""

import itertools
from collections.abc import Iterator
from types import TracebackType
from typing import Any, NamedTuple

from ..objects import json_values
from ..objects.calls import Calls
from ..objects.errors import cause_of, is_exception, members_of, notes_of, number_of, traceback_of
from ..objects.kinds import module_of, qualified_name_of
from ..objects.ready_json import ReadyDict
from . import frames, source_lines

MAX_EXCEPTIONS = 50
"""Of a longer chain both ends are sent; of a larger group the first ones."""
MAX_FRAMES = 500
"""Of all exceptions together; the first ones have most of them."""
FEWEST_FRAMES = 10
MAX_TEXTS = 32_000
"""Of all texts together, in characters."""
SHORTEST_TEXT = 500
MAX_REDUCED = 1000
"""Of the text of an exception that cannot be described as a whole."""
MAX_SEEN = 6_000
"""So many exceptions of a group are counted."""
MAX_NAME = 250

PLACE = frozenset({"exception_id", "parent_id", "source", "is_exception_group", "meta"})
"""What of a mechanism tells of the one exception."""

Mechanism = dict[str, Any]

GENERIC: Mechanism = {"type": "generic", "handled": True}


class Exceptions(ReadyDict):
    """The exceptions of an event that were described here."""

    __slots__ = ("remarks",)
    remarks: dict[str, Any]
    """What was left out, by place, as sentry-sdk and Sentry remark on it."""

    def remark(self, event: dict[str, Any]) -> None:
        """Write into an event what was left out."""
        if self.remarks:
            event["_meta"] = {"exception": {"values": self.remarks}}


class _Link(NamedTuple):
    """An exception, and how it is connected with others."""

    error: BaseException
    traceback: TracebackType | None
    mechanism: Mechanism


def describe(error: BaseException, traceback: TracebackType | None, mechanism: Mechanism | None = None) -> Exceptions:
    """Return an exception and those that led to it, the innermost first, each with its frames."""
    mechanism = mechanism or GENERIC
    has_group = any(members_of(cause) for cause in itertools.islice(_chain(error), MAX_EXCEPTIONS))
    links, total = (_of_tree if has_group else _of_chain)(error, traceback, mechanism)
    described = Exceptions()
    described.remarks = {} if total == len(links) else {"": {"len": total}}
    calls, variables, files = Calls(), frames.variables(), source_lines.Files()
    text_left, frames_left = MAX_TEXTS, MAX_FRAMES
    entries = []
    for number, link in enumerate(links):
        text = _text(link.error, max(min(json_values.MAX_MESSAGE, text_left), SHORTEST_TEXT), calls)
        text_left -= len(text)
        kind = type(link.error)
        entry = {
            "mechanism": link.mechanism,
            "module": _module(kind),
            "type": json_values.text(qualified_name_of(kind), MAX_NAME),
            "value": text,
        }
        most = max(min(json_values.FRAMES, frames_left), FEWEST_FRAMES)
        stack = frames.of_traceback(link.traceback, variables, most, files)
        frames_left -= len(stack)
        if stack:
            entry["stacktrace"] = {"frames": stack}
            if stack.total > len(stack):
                place = str(len(links) - 1 - number)
                described.remarks[place] = {"stacktrace": {"frames": {"": {"len": stack.total}}}}
        entries.append(ReadyDict(entry))
    described["values"] = entries[::-1]
    return described


def reduced(error: BaseException) -> Exceptions:
    """Return type, text and place of an exception, which is what is sent where more cannot be had."""
    kind = type(error)
    entry: dict[str, Any] = {
        "mechanism": GENERIC,
        "module": _module(kind),
        "type": json_values.text(qualified_name_of(kind), MAX_NAME),
        "value": json_values.text(error, MAX_REDUCED),
    }
    if stack := frames.places(traceback_of(error)):
        entry["stacktrace"] = {"frames": stack}
    described = Exceptions(values=[ReadyDict(entry)])
    described.remarks = {}
    return described


ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def exc_info_of(error: Any) -> ExcInfo | None:
    """Return the triple of an exception, or of what is one already; None of what is no exception."""
    traceback = None
    if issubclass(type(error), tuple) and tuple.__len__(error) == 3:
        _, error, traceback = tuple.__iter__(error)
    if not is_exception(error):
        return None
    return type(error), error, traceback if type(traceback) is TracebackType else traceback_of(error)


def complete(event: dict[str, Any], raised: Any) -> None:
    """Describe the exceptions of an event anew that sentry-sdk has described: only their mechanism is kept.

    `raised` is the `exc_info` of a hint.
    """
    part = event.get("exception")
    entries = part.get("values") if isinstance(part, dict) else None
    if type(part) is Exceptions or not isinstance(entries, list) or not entries:
        return
    exc_info = exc_info_of(raised)
    # Whoever makes events may have made of the exception something else.
    if exc_info is None or entries[-1].get("type") != qualified_name_of(exc_info[0]):
        return
    mechanism = {key: value for key, value in (entries[-1].get("mechanism") or GENERIC).items() if key not in PLACE}
    described = event["exception"] = describe(*exc_info[1:], mechanism)
    described.remark(event)


def _of_chain(error: BaseException, traceback: TracebackType | None, mechanism: Mechanism) -> tuple[list[_Link], int]:
    """Return both ends of a chain, the outermost exception first, and how many there are in all."""
    errors = list(_chain(error))
    total = len(errors)
    if total > MAX_EXCEPTIONS:
        errors[MAX_EXCEPTIONS // 2 : -MAX_EXCEPTIONS // 2] = []
    tracebacks = [traceback, *map(traceback_of, errors[1:])]
    links = [
        _Link(error, traceback, _with_number(error, {**mechanism}))
        for error, traceback in zip(errors, tracebacks, strict=True)
    ]
    return links, total


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error, _ = cause_of(error)


def _of_tree(error: BaseException, traceback: TracebackType | None, mechanism: Mechanism) -> tuple[list[_Link], int]:
    """Return an exception that is or has a group behind it, each exception before those that led to it, and the total.

    Their mechanisms tell how they are connected, by `exception_id` and `parent_id`.
    """
    links: list[_Link] = []
    seen: set[int] = set()
    waiting: list[tuple[BaseException, int, str]] = [(error, 0, "")]
    while waiting and len(seen) < MAX_SEEN:
        failure, parent, source = waiting.pop()
        if id(failure) in seen:
            continue
        place = len(seen)
        seen.add(id(failure))
        members = members_of(failure)[:MAX_SEEN]
        cause, attribute = cause_of(failure)
        waiting += [(member, place, f"exceptions[{number}]") for number, member in enumerate(members)][::-1]
        if cause is not None:
            waiting.append((cause, place, attribute))
        if place >= MAX_EXCEPTIONS:
            continue
        described = {**mechanism, "exception_id": place}
        if source:
            described |= {"source": source, "parent_id": parent, "type": "chained"}
        if members:
            described["is_exception_group"] = True
        links.append(_Link(failure, traceback_of(failure) if source else traceback, _with_number(failure, described)))
    return links, len(seen)


def _with_number(error: BaseException, mechanism: Mechanism) -> Mechanism:
    number = number_of(error)
    if number is not None:
        mechanism["meta"] = {**mechanism.get("meta", {}), "errno": {"number": number}}
    return mechanism


def _text(error: BaseException, limit: int, calls: Calls) -> str:
    """Return the text of an exception with its notes."""
    text = json_values.text(error, limit, calls)
    for note in notes_of(error):
        if len(text) >= limit:
            break
        text += "\n" + json_values.text(note, limit)
    return json_values.text(text, limit)


def _module(kind: type) -> str | None:
    module = module_of(kind)
    return json_values.text(module, MAX_NAME) if type(module) is str and module != "builtins" else None
