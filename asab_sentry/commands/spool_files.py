"""What waits on disk, without the service: look at it, send it, throw it away. What a living process has is its own."""

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config.options import Options
from ..delivery import files
from ..delivery.counts import KEPT
from ..delivery.files import Damaged, Kept
from ..delivery.folder import Folder, folders
from ..delivery.folder_lock import is_held
from ..delivery.payload import NoEnvelope, headers_of, items_of, readdressed, with_sent_at
from ..delivery.ratelimits import RateLimits
from ..delivery.responses import first_cause, printable, reason_to_doubt
from ..delivery.storage import Entry, destination, home, homes
from ..delivery.transport import Transport
from ..delivery.trimming import attempts
from ..runtime.diagnostics import brief_reason
from ..sdk.settings import with_defaults
from . import test_event
from .test_event import Answer, interpret

DAMAGED = "damaged"
"""What a file holds that is not what was written, or was written by another version."""

UNUSABLE = "unusable"
"""What cannot be read or removed at present, or is somebody else's."""

PATIENCE = 3
"""After so many failures on end nothing more is tried: one event may be what the server cannot take."""

EXIT_CODES = test_event.EXIT_CODES | {DAMAGED: os.EX_DATAERR, UNUSABLE: os.EX_IOERR}

PASSING = frozenset({"unreachable", "answer"})
"""Reasons that may hold for one envelope, and may be gone soon."""

HOPELESS = frozenset({"key", "project", "redirect"})
"""Reasons that hold for all that waits."""


@dataclass(frozen=True)
class Waiting:
    """An envelope in a file.

    `what` is the type of its first item, as in `event`, or `DAMAGED` or `UNUSABLE`; `label` is the category of that, by
    which servers limit; `captured` is in seconds since 1970; `process` is the number of the process whose it is or was;
    `mine` says whether it is for the DSN of the configuration (None: there is no DSN).
    """

    path: Path
    what: str
    label: str
    event_id: str | None
    title: str
    captured: float
    size: int
    process: int
    running: bool
    mine: bool | None


def of_scripts(user: Path) -> list[Path]:
    """Return the directories of services without a `var_dir`, as `~/.shop/sentry` of shop.py: where something is left.

    Where nothing is left anywhere, all of them.
    """
    directories = sorted(path for path in user.glob(".*/sentry") if homes(path))
    return [path for path in directories if any(map(folders, homes(path)))] or directories


def look(directory: Path, dsn: str | None) -> list[Waiting]:
    """Return what waits in the directory of a spool, the oldest first; raise OSError. Nothing is changed."""
    mine = home(directory, destination(dsn)) if dsn else None
    envelopes = []
    for path, running in _files(directory):
        is_mine = None if mine is None else path.parent.parent == mine
        with contextlib.suppress(FileNotFoundError):  # it was sent meanwhile
            envelope = _waiting(path, running=running, mine=is_mine)
            envelopes += [] if envelope is None else [envelope]
    return sorted(envelopes, key=lambda envelope: envelope.captured)


def _files(directory: Path) -> Iterator[tuple[Path, bool]]:
    with contextlib.suppress(FileNotFoundError):
        os.listdir(directory)  # noqa: PTH208  # it raises where looking for names finds nothing
    for path in (path for place in homes(directory) for path in folders(place)):
        with contextlib.suppress(FileNotFoundError):  # another process took it over
            running = is_held(path)
            yield from ((path / name, running) for name in files.names(path))


def _waiting(path: Path, *, running: bool, mine: bool | None) -> Waiting | None:
    kept = Kept(path.name, path.name, path.lstat().st_size)
    try:
        envelope = files.look(path)
        if envelope is None:
            return None
        kept = envelope
        what, event_id, title = _described(files.read(path))
    except FileNotFoundError:
        raise
    except OSError as error:
        what, event_id, title = UNUSABLE, None, brief_reason(error)
    except (Damaged, NoEnvelope):
        what, event_id, title = DAMAGED, None, ""
    entry, process = Entry(kept.name, kept.size), int(path.parent.name.partition("-")[0])
    return Waiting(path, what, entry.label, event_id, title, entry.moment, entry.size, process, running, mine)


def _described(content: bytes) -> tuple[str, str | None, str]:
    """Return the type of an envelope, its id, and what Sentry would show as its title; raise `NoEnvelope`."""
    headers = headers_of(content)
    items = sorted((item for item in items_of(content) if item.type), key=lambda item: item.type not in KEPT)
    if not items:
        raise NoEnvelope("there is nothing in it")
    try:
        title = _title(json.loads(items[0].get_bytes()))
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):  # hooks may have left anything in it
        title = ""
    event_id = headers.get("event_id")
    return items[0].type or "", printable(event_id) if isinstance(event_id, str) else None, printable(title)


def _title(payload: Any) -> str:
    if "monitor_slug" in payload:
        return f"{payload['monitor_slug']}: {payload.get('status')}"
    values = (payload.get("exception") or {}).get("values")
    if values:
        return f"{values[-1].get('type')}: {values[-1].get('value')}"
    if payload.get("items"):
        return str(payload["items"][0].get("body") or "")  # of a log
    entry = payload.get("logentry") or {}
    texts = entry.get("formatted"), entry.get("message"), payload.get("message"), payload.get("transaction")
    return str(next(filter(None, texts), ""))


def send(options: Options, waiting: Sequence[Waiting]) -> Iterator[Answer]:
    """Send what waits, in order, and yield what came of each; what the server has taken is removed, nothing else is.

    What a living process has is left out, as is what the server asks to be spared; after what holds for all, or
    `PATIENCE` failures on end, so is the rest. Raises OSError.
    """
    transport, limits, failures = Transport(with_defaults(options.for_sdk())), RateLimits(), 0
    limited = set()
    with _inherited(waiting) as (inherited, unusable):
        yield from (Answer("directory", None, UNUSABLE, _name_and_reason(error)) for error in unusable)
        for envelope, folder in inherited:
            if wait := limits.wait(envelope.label):
                if envelope.label not in limited:
                    limited.add(envelope.label)
                    yield Answer(envelope.what, envelope.event_id, "quota", f"the server asks to wait {wait:.0f} s")
                continue
            answer = _ask(transport, limits, envelope, folder)
            if answer is None:  # it was sent meanwhile
                continue
            if answer.reason == "quota":
                limited.add(envelope.label)
            yield answer
            if answer.reason is None:
                yield from _removed(envelope, folder)
            if answer.reason not in {DAMAGED, UNUSABLE}:
                failures = failures + 1 if answer.reason in PASSING else 0
            if answer.reason in HOPELESS or failures == PATIENCE:
                break


def _removed(envelope: Waiting, folder: Folder) -> Iterator[Answer]:
    """Remove what the server has taken; yield what came of it where that is not possible."""
    try:
        folder.remove(envelope.path.name)
    except OSError as error:
        yield Answer("file", None, UNUSABLE, _name_and_reason(error))


def _ask(transport: Transport, limits: RateLimits, envelope: Waiting, folder: Folder) -> Answer | None:
    try:
        content = folder.read(envelope.path.name)
        _described(content)
        if envelope.mine is False and transport.parsed_dsn is not None:
            content = readdressed(content, transport.parsed_dsn.public_key or "")
    except FileNotFoundError:
        return None
    except OSError as error:
        return Answer("file", None, UNUSABLE, _name_and_reason(error))
    except (Damaged, NoEnvelope):
        return Answer("file", None, DAMAGED, str(envelope.path))
    try:
        for attempt in attempts(content):
            response = transport.request(with_sent_at(attempt, headers_of(content)))
            if response.status != 413:
                break
    except Exception as error:
        return Answer(envelope.what, envelope.event_id, "unreachable", first_cause(error))
    limits.update(response.status, response.headers)
    dsn, (status, headers, body, broken) = transport.parsed_dsn, response
    # What asks to wait from now on has taken this one all the same.
    if 200 <= status < 300 and not reason_to_doubt(body, broken, dsn, is_event=envelope.what == "event"):
        return Answer(envelope.what, envelope.event_id, status=status)
    return interpret(envelope.what, envelope.event_id, status, headers, body, dsn=dsn, error=broken)


def purge(waiting: Sequence[Waiting]) -> int:
    """Remove what waits, but for what a living process has; return how many files that were.

    Raises OSError for what cannot be removed, after all the rest is.
    """
    with _inherited(waiting) as (inherited, failures):
        for envelope, folder in inherited:
            try:
                folder.remove(envelope.path.name)
            except OSError as error:
                failures.append(error)
    if failures:
        raise failures[0]
    return len(inherited)


@contextlib.contextmanager
def _inherited(waiting: Sequence[Waiting]) -> Iterator[tuple[list[tuple[Waiting, Folder]], list[OSError]]]:
    """Hold the directories of dead processes, so that nobody else takes them over.

    Yields what is in them, and why others cannot be used.
    """
    held: dict[Path, Folder | None] = {}
    failures = []
    with contextlib.ExitStack() as stack:
        for path in dict.fromkeys(envelope.path.parent for envelope in waiting):
            held[path] = None
            try:
                held[path] = folder = Folder.inherit(path)
            except FileNotFoundError:  # another process has taken it over
                continue
            except OSError as error:
                failures.append(error)
                continue
            if folder is not None:
                stack.callback(folder.let_go)
        yield (
            [(envelope, folder) for envelope in waiting if (folder := held[envelope.path.parent]) is not None],
            failures,
        )


def _name_and_reason(error: OSError) -> str:
    return f"{error.filename}: {brief_reason(error)}"
