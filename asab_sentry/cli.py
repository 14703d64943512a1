"""The commands `asab-sentry check`, `asab-sentry test` and `asab-sentry spool`.

Exit codes are those of `os.EX_*`: 0; 78 (CONFIG) faults, or nothing was sent; 69 (UNAVAILABLE) not reachable; of `test`
and `spool send` also 77 (NOPERM) key or project refused, 75 (TEMPFAIL) quota, 65 (DATAERR) size or content; of `spool`
74 (IOERR) its directory cannot be used, 64 (USAGE) nobody to ask.
"""

import argparse
import dataclasses
import datetime
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import backlog
from .backlog import Waiting
from .client import storage_of
from .notices import counted
from .probe import EXIT_CODES, MESSAGE, Answer, probe
from .reach import Reach, reach
from .survey import Survey, Unreadable, config_file, survey


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    given = _parser().parse_args(arguments)
    # As for a service that is started here: hooks are modules beside it.
    sys.path.insert(0, os.getcwd())  # noqa: PTH109  # a path of Python is a text
    path = config_file(given.config)
    try:
        found = survey(path, os.environ, given.appclass)
    except Unreadable as error:
        _write({"faults": [str(error)]}, [f"fault: {error}"], as_json=given.json)
        return os.EX_CONFIG
    try:
        code = {"check": _check, "test": _test, "spool": _spool}[given.command](given, found)
        sys.stdout.flush()
    except BrokenPipeError:  # as by `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return os.EX_OK
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="asab-sentry", description="Check and test how a service reaches Sentry.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-c", "--config", help="configuration file of the service (default: ASAB_CONFIG)")
    common.add_argument("--appclass", help="name of the application's class, as in ShopApp: a part of the release")
    common.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "check", parents=[common], help="print every option and where it is from, and connect to the server"
    )
    test = commands.add_parser("test", parents=[common], help="send an error event and print what the server answers")
    test.add_argument("--message", default=MESSAGE, help="text of the event")
    test.add_argument("--transaction", action="store_true", help="send a transaction too")
    spool = commands.add_parser("spool", parents=[common], help="what waits on disk: list, send or throw away")
    spool.add_argument("action", nargs="?", choices=SPOOL, default="list", help="what to do (default: list)")
    spool.add_argument("--directory", help="where events wait, if the configuration does not say so")
    spool.add_argument("--all", action="store_true", help="purge: also what was captured for other DSNs")
    spool.add_argument("--yes", action="store_true", help="purge: do not ask")
    return parser


def _check(given: argparse.Namespace, found: Survey) -> int:
    connection = reach(found.options) if found.options.dsn else None
    report: dict[str, Any] = {
        "options": [dataclasses.asdict(value) for value in found.values],
        "faults": list(found.faults),
        "warnings": list(found.warnings),
        "server": dataclasses.asdict(connection) if connection else None,
    }
    _write(report, [*_table(found), "", *_findings(found), _server(found, connection)], as_json=given.json)
    if found.faults:
        return os.EX_CONFIG
    return os.EX_UNAVAILABLE if connection is not None and connection.error else os.EX_OK


def _table(found: Survey) -> list[str]:
    names = [f"[{value.section}] {value.key}" for value in found.values]
    width = max(map(len, names))
    texts = max(len(value.text) for value in found.values)
    return [
        f"{name:{width}}  {value.text:{min(texts, 40)}}  {value.origin}"
        for name, value in zip(names, found.values, strict=True)
    ]


def _findings(found: Survey) -> list[str]:
    return [f"fault: {fault}" for fault in found.faults] + [f"warning: {warning}" for warning in found.warnings]


def _server(found: Survey, connection: Reach | None) -> str:
    if connection is None:
        return "server: none, the DSN is at fault" if found.faults else "server: none, Sentry is off (the DSN is empty)"
    by = f" by the proxy {connection.proxy}" if connection.proxy else ""
    if connection.error:
        return f"server: {connection.address} is not reachable{by} ({connection.error})"
    return f"server: {connection.address} is reachable{by} ({connection.took * 1000:.0f} ms)"


def _test(given: argparse.Namespace, found: Survey) -> int:
    faults = list(found.faults)
    if not faults and not found.options.dsn:
        faults = ["Sentry is off: its DSN is set but empty"]
    if faults:
        _write({"faults": faults}, [f"fault: {fault}" for fault in faults], as_json=given.json)
        return os.EX_CONFIG
    answers = probe(found.options, found.identity, given.message, transaction=given.transaction)
    report = {"answers": [dataclasses.asdict(answer) for answer in answers]}
    _write(report, [_said(answer) for answer in answers], as_json=given.json)
    return next((EXIT_CODES[answer.reason] for answer in answers if answer.reason), os.EX_OK)


def _said(answer: Answer) -> str:
    if answer.reason is None:
        return f"{answer.what}: accepted, {answer.event_id}" + (f" ({answer.detail})" if answer.detail else "")
    verdict = (
        answer.reason if answer.reason in {"unreachable", "not sent", backlog.DAMAGED} else f"refused, {answer.reason}"
    )
    facts = [f"HTTP {answer.status}"] if answer.status else []
    facts += [answer.detail] if answer.detail else []
    return f"{answer.what}: {verdict}" + (f" ({', '.join(facts)})" if facts else "")


def _spool(given: argparse.Namespace, found: Survey) -> int:
    faults, directory = list(found.faults), storage_of(found.options).directory
    if given.directory:
        directory = Path(given.directory).expanduser().absolute()
    elif found.options.directory is None and not found.has_var_dir:
        faults.append(NO_DIRECTORY)
    if given.action == "send" and not faults and not found.options.dsn:
        faults.append("Sentry is off: its DSN is set but empty")
    if faults:
        _write({"faults": faults}, [f"fault: {fault}" for fault in faults], as_json=given.json)
        return os.EX_CONFIG
    try:
        waiting = backlog.look(directory, found.options.dsn) if directory else []
        return SPOOL[given.action](given, found, directory, waiting)
    except BrokenPipeError:
        raise
    except OSError as error:
        fault = f"{error.filename or directory} cannot be used ({error.strerror}); the service's own user can"
        _write({"faults": [fault]}, [f"fault: {fault}"], as_json=given.json)
        return os.EX_IOERR


def _list(given: argparse.Namespace, _: Survey, directory: Path | None, waiting: list[Waiting]) -> int:
    now, size = time.time(), sum(each.size for each in waiting)
    report = {
        "directory": directory and str(directory),
        "waiting": [
            dataclasses.asdict(each)
            | {"path": str(each.path), "captured": _moment(each.captured), "age": round(now - each.captured, 3)}
            for each in waiting
        ],
        "bytes": size,
    }
    rows = [
        (_moment(each.captured), _size(each.size), _process(each), _dsn(each), each.what, each.event_id or "")
        for each in waiting
    ]
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    lines = [
        "  ".join([f"{text:{width}}" for text, width in zip(row, widths, strict=True)] + [title]).rstrip()
        for row, title in zip((COLUMNS, *rows), ("title", *(each.title[:100] for each in waiting)), strict=True)
    ]
    oldest = f", the oldest for {_duration(now - waiting[0].captured)}" if waiting else ""
    where = "memory only" if directory is None else f"{directory}{'' if directory.exists() else ', which is not there'}"
    total = f"{len(waiting)} waiting in {where}, {_size(size)}{oldest}"
    _write(report, [*(lines if waiting else []), total], as_json=given.json)
    return os.EX_OK


def _send(given: argparse.Namespace, found: Survey, _: Path | None, waiting: list[Waiting]) -> int:
    answers = []
    for answer in backlog.send(found.options, [each for each in waiting if each.mine and not each.running]):
        answers.append(answer)
        if not given.json:
            _write({}, [_said(answer)], as_json=False)
    sent = sum(answer.reason is None for answer in answers)
    left = _left(waiting, gone=sent, others=True)
    report = {"answers": [dataclasses.asdict(answer) for answer in answers], "sent": sent, "left": left}
    _write(report, [f"{sent} sent", *_told(left)], as_json=given.json)
    return next((backlog.EXIT_CODES[answer.reason] for answer in answers if answer.reason), os.EX_OK)


def _purge(given: argparse.Namespace, _: Survey, directory: Path | None, waiting: list[Waiting]) -> int:
    chosen = [each for each in waiting if not each.running and (each.mine or given.all)]
    if chosen and not given.yes:
        if not sys.stdin.isatty():
            fault = "purge asks before it throws anything away, and there is no terminal to ask at: give --yes"
            _write({"faults": [fault]}, [f"fault: {fault}"], as_json=given.json)
            return os.EX_USAGE
        sys.stderr.write(f"Throw away {counted(len(chosen), 'that waits', 'that wait')} in {directory}? [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            chosen = []
    purged = backlog.purge(chosen)
    left = _left(waiting, gone=purged, others=not given.all)
    _write({"purged": purged, "left": left}, [f"{purged} thrown away", *_told(left)], as_json=given.json)
    return os.EX_OK


def _left(waiting: list[Waiting], *, gone: int, others: bool) -> dict[str, int]:
    """Return how many are left and why; `others`: also those for other DSNs were not to be touched."""
    running = sum(each.running for each in waiting)
    other = sum(not each.mine and not each.running for each in waiting) if others else 0
    return {"running": running, "other_dsn": other, "waiting": len(waiting) - gone - running - other}


def _told(left: dict[str, int]) -> list[str]:
    return [f"{count} {LEFT[why]}" for why, count in left.items() if count]


def _process(each: Waiting) -> str:
    return f"{each.process}, {'running' if each.running else 'ended'}"


def _dsn(each: Waiting) -> str:
    return "this" if each.mine else "another"


def _moment(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _size(size: float) -> str:
    return f"{size / 1000:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


SPOOL = {"list": _list, "send": _send, "purge": _purge}

COLUMNS = ("captured", "size", "process", "DSN", "what", "id")

LEFT = {
    "running": "left to running processes, which send what they have",
    "other_dsn": "left for other DSNs, sent when those are used again",
    "waiting": "left for the service to send",
}

NO_DIRECTORY = (
    "Neither [sentry:spool] directory nor [general] var_dir is set, so the directory is named after the script of the "
    "service: give it, as in --directory ~/.shop/sentry for shop.py"
)


def _write(report: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    sys.stdout.write(json.dumps(report, indent=2) + "\n" if as_json else "\n".join(lines) + "\n")
