"""`asab-sentry spool`: what waits on disk is shown, sent or thrown away."""

import argparse
import dataclasses
import datetime
import os
import time
from pathlib import Path

import asab
import sentry_sdk.utils

from ..config.inspection import Survey
from ..delivery.storage import NoPlace, absolute, storage_of
from ..runtime.diagnostics import counted
from . import deaths, spool_files
from .connection import proxy_fault
from .output import describe_answer, write, write_faults
from .server import is_agreed
from .spool_files import Waiting
from .terminal import columns

HELP = "what waits on disk: list, send or throw away"

COLUMNS = ("captured", "size", "process", "DSN", "what", "id", "title")

LEFT = {
    "running": "left to running processes, which send what they have",
    "other_dsn": "left for other DSNs, sent when those are used again",
    "waiting": "left for the service to send",
}

NO_DIRECTORY = (
    "Neither [sentry:spool] directory nor [general] var_dir is set, so the directory is named after the script of the "
    "service: give it, as in --directory {example}"
)
EXAMPLE = "~/.shop/sentry for shop.py"

NO_DSN = {
    "send": "There is no DSN, so there is nobody to send to",
    "purge": "There is no DSN, so what is for it is not known: --all throws away what is for any",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="list", help="what to do (default: list)")
    parser.add_argument("--directory", help="where events wait, if the configuration does not say so")
    parser.add_argument("--all", action="store_true", help="purge: also what was captured for other DSNs")
    parser.add_argument(
        "--to-current-dsn", action="store_true", help="send: also what was captured for other DSNs, to the one of now"
    )
    parser.add_argument("--yes", action="store_true", help="purge, and send --to-current-dsn: do not ask")


def run(args: argparse.Namespace, survey: Survey) -> int:
    """Run the command; return its exit code. What is at fault elsewhere in the configuration does not matter here."""
    missing, directory = [], storage_of(survey.options, asab.Config).directory
    if args.directory:
        try:
            directory = absolute(args.directory)
        except NoPlace as error:
            missing.append(str(error))
    elif survey.options.directory is None and not survey.has_var_dir:
        directories = spool_files.of_scripts(Path.home())
        directory = directories[0] if directories else None
        if len(directories) != 1:
            example = " or ".join(map(str, directories)) or EXAMPLE
            missing.append(NO_DIRECTORY.format(example=example))
    if not survey.options.dsn and (args.action == "send" or (args.action == "purge" and not args.all)):
        missing.append(NO_DSN[args.action])
    fault = proxy_fault(survey.options) if args.action == "send" else None
    missing += [fault] if fault else []
    if missing:
        write_faults([*survey.faults, *missing], as_json=args.json)
        return os.EX_CONFIG
    if not args.json:
        write({}, [f"warning: {fault}" for fault in survey.faults], as_json=False)
    try:
        waiting = spool_files.look(directory, survey.options.dsn) if directory else []
        return ACTIONS[args.action](args, survey, directory, waiting)
    except BrokenPipeError:
        raise
    except OSError as error:
        who = "; the service's own user can" if isinstance(error, PermissionError) else ""
        fault = f"{error.filename or directory} cannot be used ({error.strerror}){who}"
        write_faults([fault], as_json=args.json)
        return os.EX_IOERR


def _list(args: argparse.Namespace, survey: Survey, directory: Path | None, waiting: list[Waiting]) -> int:
    now, size = time.time(), sum(envelope.size for envelope in waiting)
    died = deaths.look(directory, survey.options.dsn, survey.options.max_age) if directory else []
    report = {
        "directory": directory and str(directory),
        "waiting": [
            dataclasses.asdict(envelope)
            | {
                "path": str(envelope.path),
                "captured": _moment(envelope.captured),
                "age": round(now - envelope.captured, 3),
            }
            for envelope in waiting
        ],
        "bytes": size,
        "deaths": [dataclasses.asdict(death) | {"path": str(death.path), "end": _moment(death.end)} for death in died],
        "warnings": list(survey.faults),
    }
    rows = [
        (
            _moment(envelope.captured),
            _size(envelope.size),
            _process(envelope),
            _dsn(envelope),
            envelope.what,
            envelope.event_id,
            envelope.title,
        )
        for envelope in waiting
    ]
    lines = columns(COLUMNS, rows)
    oldest = f", the oldest for {_duration(now - waiting[0].captured)}" if waiting else ""
    where = "memory only" if directory is None else f"{directory}{'' if directory.exists() else ', which is not there'}"
    total = f"{len(waiting)} waiting in {where}, {_size(size)}{oldest}"
    lines_of_deaths = [
        f"{_moment(death.end)}  {death.title} (process {death.process}, DSN {_dsn(death)}): the next start tells of it"
        for death in died
    ]
    write(report, [*(lines if waiting else []), *lines_of_deaths, total], as_json=args.json)
    return os.EX_OK


def _send(args: argparse.Namespace, survey: Survey, _: Path | None, waiting: list[Waiting]) -> int:
    chosen = [envelope for envelope in waiting if not envelope.running and (envelope.mine or args.to_current_dsn)]
    others = sum(not envelope.mine for envelope in chosen)
    if others:
        dsn = sentry_sdk.utils.Dsn(survey.options.dsn)
        what = counted(others, "that was captured for another DSN", "that were captured for other DSNs")
        agreed = is_agreed(args, f"Send {what} to {dsn.netloc}, project {dsn.project_id}?")
        if agreed is None:
            return os.EX_USAGE
        chosen = chosen if agreed else [envelope for envelope in chosen if envelope.mine]
    answers = []
    for answer in spool_files.send(survey.options, chosen):
        answers.append(answer)
        if not args.json:
            write({}, [describe_answer(answer)], as_json=False)
    sent = sum(answer.reason is None for answer in answers)
    left = _left(
        waiting, gone=sent, others=len(chosen) < len([envelope for envelope in waiting if not envelope.running])
    )
    report = {
        "answers": [dataclasses.asdict(answer) for answer in answers],
        "sent": sent,
        "left": left,
        "warnings": list(survey.faults),
    }
    write(report, [f"{sent} sent", *_left_in_words(left)], as_json=args.json)
    return next((spool_files.EXIT_CODES[answer.reason] for answer in answers if answer.reason), os.EX_OK)


def _purge(args: argparse.Namespace, survey: Survey, directory: Path | None, waiting: list[Waiting]) -> int:
    chosen = [envelope for envelope in waiting if not envelope.running and (envelope.mine or args.all)]
    if chosen:
        agreed = is_agreed(args, f"Throw away {counted(len(chosen), 'that waits', 'that wait')} in {directory}?")
        if agreed is None:
            return os.EX_USAGE
        chosen = chosen if agreed else []
    purged = spool_files.purge(chosen)
    left = _left(waiting, gone=purged, others=not args.all)
    report = {"purged": purged, "left": left, "warnings": list(survey.faults)}
    write(report, [f"{purged} thrown away", *_left_in_words(left)], as_json=args.json)
    return os.EX_OK


def _left(waiting: list[Waiting], *, gone: int, others: bool) -> dict[str, int]:
    """Return how many are left and why; `others`: also those for other DSNs were not to be touched."""
    running = sum(envelope.running for envelope in waiting)
    other = sum(not envelope.mine and not envelope.running for envelope in waiting) if others else 0
    return {"running": running, "other_dsn": other, "waiting": len(waiting) - gone - running - other}


def _left_in_words(left: dict[str, int]) -> list[str]:
    return [f"{count} {LEFT[why]}" for why, count in left.items() if count]


def _process(envelope: Waiting) -> str:
    return f"{envelope.process}, {'running' if envelope.running else 'ended'}"


def _dsn(envelope: Waiting | deaths.Death) -> str:
    return {True: "this", False: "another", None: "?"}[envelope.mine]


def _moment(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _size(size: float) -> str:
    return f"{size / 1000:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


ACTIONS = {"list": _list, "send": _send, "purge": _purge}
