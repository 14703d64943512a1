"""An event as Sentry's API returns it, as lines to be read in a terminal: message, stack, tags, breadcrumbs."""

from collections.abc import Iterator
from typing import Any

from .terminal import coloured, plain

Json = dict[str, Any]

MAX_BREADCRUMBS = 20
"""The newest ones are shown."""

MAX_VALUE = 300
"""Of a value of a context or breadcrumb, in characters."""


def described(event: Json) -> list[str]:
    """Return an event as lines, what has happened first."""
    lines = [
        coloured(plain(event.get("title")), "bold"),
        f"  event {plain(event.get('eventID'))} of {plain(event.get('dateCreated'))}",
    ]
    if event.get("culprit"):
        lines.append(f"  in {plain(event['culprit'])}")
    parts = {entry.get("type"): entry.get("data") or {} for entry in event.get("entries") or ()}
    lines += _message(event, parts.get("message") or {})
    lines += _exceptions(parts.get("exception") or {})
    if "exception" not in parts:
        lines += _threads(parts.get("threads") or {})
    lines += _tags(event)
    lines += _contexts(event)
    return lines + _breadcrumbs(parts.get("breadcrumbs") or {})


def _message(event: Json, entry: Json) -> list[str]:
    message = entry.get("formatted") or entry.get("message") or event.get("message")
    return ["", *(plain(line) for line in str(message).splitlines())] if message else []


def _exceptions(data: Json) -> list[str]:
    lines = []
    for value in data.get("values") or ():
        lines += ["", coloured(f"{plain(value.get('type'))}: {plain(value.get('value'))}", "error")]
        lines += _frames(value)
    return lines


def _threads(data: Json) -> list[str]:
    values = [value for value in data.get("values") or () if value.get("stacktrace")]
    shown = [value for value in values if value.get("crashed") or value.get("current")] or values
    return ["", "Stack", *_frames(shown[0])] if shown else []


def _frames(value: Json) -> Iterator[str]:
    """Yield frames with their lines of source; what is not the application's is dim."""
    for frame in (value.get("stacktrace") or {}).get("frames") or ():
        number = frame.get("lineNo")
        place = f"  {plain(frame.get('filename') or frame.get('module'))}:{number} in {plain(frame.get('function'))}"
        yield place if frame.get("inApp") else coloured(place, "dim")
        for line, text in frame.get("context") or ():
            if line == number:
                yield f"    {plain(str(text).strip())}"


def _tags(event: Json) -> list[str]:
    tags = [f"{plain(tag.get('key'))}={plain(tag.get('value'))}" for tag in event.get("tags") or ()]
    return ["", f"Tags  {'  '.join(tags)}"] if tags else []


def _contexts(event: Json) -> list[str]:
    """Return what the record had with it (`struct_data`)."""
    data = (event.get("contexts") or {}).get("struct_data") or {}
    facts = [f"  {plain(key)}: {plain(value)[:MAX_VALUE]}" for key, value in data.items() if key != "type"]
    return ["", "struct_data", *facts] if facts else []


def _breadcrumbs(data: Json) -> list[str]:
    values = (data.get("values") or [])[-MAX_BREADCRUMBS:]
    lines = []
    for value in values:
        level = plain(value.get("level") or "info")
        text = value.get("message") or " ".join(f"{key}={part}" for key, part in (value.get("data") or {}).items())
        moment = plain(value.get("timestamp"))[11:19]
        said = f"{plain(value.get('category'))}: {plain(text)[:MAX_VALUE]}"
        lines.append(f"  {moment}  {coloured(f'{level:7}', level)}  {said}")
    return ["", "Breadcrumbs", *lines] if lines else []
