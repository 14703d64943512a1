"""Looking for an event by what a test knows of it, and saying in what others differ where there is none."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Event = Mapping[str, Any]
Facts = Mapping[str, Any]
"""What is looked for: `level`, `type`, `message`, `logger`, `transaction` and `tags`."""

MAX_SHOWN = 20
"""Events that are told of."""


def type_of(event: Event) -> str | None:
    """Return the type of the exception of an event; None when it has none."""
    kind: str | None = _exception(event).get("type")
    return kind


def message_of(event: Event) -> str:
    """Return the text of an event: of the log record or message, else of the exception."""
    entry = event.get("logentry") or {}
    text = entry.get("formatted") or entry.get("message") or event.get("message")
    return str(text or _exception(event).get("value") or "")


def _exception(event: Event) -> Event:
    values = (event.get("exception") or {}).get("values") or ()
    return values[-1] if values else {}


def title_of(event: Event) -> str:
    """Return an event in a few words: its level, the type of its exception, its text."""
    return " ".join(filter(None, (str(event.get("level")), type_of(event), repr(message_of(event)))))


READERS: dict[str, Callable[[Event], Any]] = {
    "type": type_of,
    "message": message_of,
    "level": lambda event: event.get("level"),
    "logger": lambda event: event.get("logger"),
    "transaction": lambda event: event.get("transaction"),
}
"""By the names of facts, what reads one from an event."""


def differences(event: Event, facts: Facts) -> list[str]:
    """Return in what an event is another one than that of the facts."""
    sentences = []
    for name, wanted in facts.items():
        if name == "tags":
            tags = event.get("tags") or {}
            sentences += [
                f"tag {key} is {tags.get(key)!r}, not {value!r}"
                for key, value in wanted.items()
                if tags.get(key) != str(value)
            ]
            continue
        value = READERS[name](event)
        if isinstance(wanted, re.Pattern):
            if not wanted.search(str(value)):
                sentences.append(f"{name} is {value!r}, without {wanted.pattern!r}")
        elif value != wanted:
            sentences.append(f"{name} is {value!r}, not {wanted!r}")
    return sentences


def one(events: Sequence[dict[str, Any]], facts: Facts, otherwise: str) -> dict[str, Any]:
    """Return the one event that the facts hold for; raise AssertionError, which says in what the others differ.

    Args:
        events: All of them.
        facts: What is looked for.
        otherwise: Why there may be none.
    """
    __tracebackhide__ = True  # of pytest: the assertion is that of the test
    fitting = [event for event in events if not differences(event, facts)]
    if len(fitting) == 1:
        return fitting[0]
    wanted = ", ".join(f"{name}={value!r}" for name, value in facts.items()) or "anything"
    lines = [f"one event of {wanted} is expected, {len(fitting)} of {len(events)} fit{otherwise}"]
    lines += [f"  {title_of(event)}: {'; '.join(differences(event, facts)) or 'fits'}" for event in events[:MAX_SHOWN]]
    if len(events) > MAX_SHOWN:
        lines.append(f"  and {len(events) - MAX_SHOWN} more")
    raise AssertionError("\n".join(lines))
