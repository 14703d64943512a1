"""An event as Sentry's API returns it, as lines to be read in a terminal: message, stack, tags, breadcrumbs."""

from collections.abc import Iterator
from typing import Any

from .terminal import coloured, plain

Json = dict[str, Any]

MAX_BREADCRUMBS = 20
"""The newest ones are shown."""

MAX_VALUE = 300
"""Of a value of a context or breadcrumb, in characters."""


def event_lines(event: Json) -> list[str]:
    """Return an event as lines, what has happened first."""
    lines = [
        coloured(plain(event.get("title")), "bold"),
        f"  event {plain(event.get('eventID'))} of {plain(event.get('dateCreated'))}",
    ]
    if event.get("culprit"):
        lines.append(f"  in {plain(event['culprit'])}")
    parts = {str(entry.get("type")): _dict(entry.get("data")) for entry in _dicts(event.get("entries"))}
    lines += _message(event, parts.get("message", {}))
    lines += _exceptions(parts.get("exception", {}))
    if "exception" not in parts:
        lines += _threads(parts.get("threads", {}))
    lines += _tags(event)
    lines += _contexts(event)
    return lines + _breadcrumbs(parts.get("breadcrumbs", {}))


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _dicts(values: Any) -> list[Json]:
    """Return the values of a list: those that the server could not keep are null."""
    return [value for value in _list(values) if isinstance(value, dict)]


def _list(values: Any) -> list[Any]:
    return values if isinstance(values, list) else []


def _message(event: Json, entry: Json) -> list[str]:
    message = entry.get("formatted") or entry.get("message") or event.get("message")
    return ["", *(plain(line) for line in str(message).splitlines())] if message else []


def _exceptions(data: Json) -> list[str]:
    lines = []
    for value in _dicts(data.get("values")):
        lines += ["", coloured(f"{plain(value.get('type'))}: {plain(value.get('value'))}", "error")]
        lines += _frames(value)
    return lines


def _threads(data: Json) -> list[str]:
    values = [value for value in _dicts(data.get("values")) if value.get("stacktrace")]
    shown = [value for value in values if value.get("crashed") or value.get("current")] or values
    return ["", "Stack", *_frames(shown[0])] if shown else []


def _frames(value: Json) -> Iterator[str]:
    """Yield frames with their lines of source; what is not the application's is dim."""
    for frame in _dicts(_dict(value.get("stacktrace")).get("frames")):
        number = frame.get("lineNo")
        place = f"  {plain(frame.get('filename') or frame.get('module'))}:{number} in {plain(frame.get('function'))}"
        yield place if frame.get("inApp") else coloured(place, "dim")
        for line in _list(frame.get("context")):
            if isinstance(line, list) and len(line) == 2 and line[0] == number:
                yield f"    {plain(str(line[1]).strip())}"


def _tags(event: Json) -> list[str]:
    tags = [f"{plain(tag.get('key'))}={plain(tag.get('value'))}" for tag in _dicts(event.get("tags"))]
    return ["", f"Tags  {'  '.join(tags)}"] if tags else []


def _contexts(event: Json) -> list[str]:
    """Return what the record had with it (`struct_data`)."""
    data = _dict(_dict(event.get("contexts")).get("struct_data"))
    facts = [f"  {plain(key)}: {plain(value)[:MAX_VALUE]}" for key, value in data.items() if key != "type"]
    return ["", "struct_data", *facts] if facts else []


def _breadcrumbs(data: Json) -> list[str]:
    values = _dicts(data.get("values"))[-MAX_BREADCRUMBS:]
    lines = []
    for value in values:
        level = plain(value.get("level") or "info")
        text = value.get("message") or " ".join(f"{key}={part}" for key, part in _dict(value.get("data")).items())
        moment = plain(value.get("timestamp"))[11:19]
        shown = f"{plain(value.get('category'))}: {plain(text)[:MAX_VALUE]}"
        lines.append(f"  {moment}  {coloured(f'{level:7}', level)}  {shown}")
    return ["", "Breadcrumbs", *lines] if lines else []
