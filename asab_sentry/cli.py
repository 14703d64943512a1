"""The commands `asab-sentry check` and `asab-sentry test`.

Exit codes are those of `os.EX_*`: 0; 78 (CONFIG) faults, or nothing was sent; 69 (UNAVAILABLE) not reachable; of `test`
also 77 (NOPERM) key or project refused, 75 (TEMPFAIL) quota, 65 (DATAERR) size or content.
"""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

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
    command = _check if given.command == "check" else _test
    return int(command(given, found))


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
        return f"{answer.what}: accepted, {answer.event_id}"
    verdict = answer.reason if answer.reason in {"unreachable", "not sent"} else f"refused, {answer.reason}"
    facts = [f"HTTP {answer.status}"] if answer.status else []
    facts += [answer.detail] if answer.detail else []
    return f"{answer.what}: {verdict}" + (f" ({', '.join(facts)})" if facts else "")


def _write(report: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    sys.stdout.write(json.dumps(report, indent=2) + "\n" if as_json else "\n".join(lines) + "\n")
