"""`asab-sentry check`: what is set and where it is from, what is wrong, and whether the server can be reached."""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import asab

from ..config import near_names, options
from ..config.inspection import DEFAULT, Survey, Value
from ..config.reading import is_wanted
from ..delivery.storage import storage_of
from ..runtime.diagnostics import counted
from ..sdk import version
from .connection import Reach, proxy_fault, reach
from .output import flush, write
from .terminal import coloured, plain

HELP = "print what is set and where it is from, and connect to the server"

VARIABLES = "SENTRY_"
"""What names of variables begin with."""

NO_LOOP_IS_MADE = (3, 14)


NO_SECTION = (
    "There is no section [sentry], though there is a DSN: a service that asks for the section does not use Sentry; add "
    "it, it may be empty"
)


NO_FILE = "; no configuration file is read: -c names one, or ASAB_CONFIG"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="the same as -c FILE; several are checked in turn")
    parser.add_argument("--strict", action="store_true", help="warnings are faults")
    parser.add_argument("--all", action="store_true", help="print also the options that have their default")


def run(args: argparse.Namespace, survey: Survey) -> int:
    """Run the command; return its exit code."""
    connection = reach(survey.options) if survey.options.dsn else None
    proxy = proxy_fault(survey.options)
    faults = [*survey.faults, *([proxy] if proxy else [])]
    faults += without_section(survey)
    warnings = [*survey.warnings]
    if args.strict:
        faults, warnings = [*faults, *warnings], []
    # Whether the application has that line, and who will run it where, is not known.
    warnings = [
        *about_python(sys.version_info[:2]),
        *about_spool(survey),
        *about_variables(os.environ),
        *warnings,
    ]
    report: dict[str, Any] = {
        "options": [dataclasses.asdict(value) for value in survey.values],
        "sentry_sdk": version.INSTALLED,
        "faults": faults,
        "warnings": warnings,
        "server": dataclasses.asdict(connection) if connection else None,
    }
    shown = [value for value in survey.values if args.all or value.origin != DEFAULT]
    hidden = len(survey.values) - len(shown)
    more = [f"{counted(hidden, 'option has its', 'options have their')} default: --all shows them"] if hidden else []
    findings = [coloured(f"fault: {plain(fault)}", "error") for fault in faults]
    findings += [coloured(f"warning: {plain(text)}", "warning") for text in warnings]
    lines = [*_table(shown), *more, "", *findings, f"sentry-sdk: {version.INSTALLED}", _server(survey, connection)]
    write(report, lines, as_json=args.json)
    if faults:
        return os.EX_CONFIG
    return os.EX_UNAVAILABLE if connection is not None and connection.error else os.EX_OK


def run_each(args: argparse.Namespace, files: Sequence[str]) -> int:
    """Check several files, each as if it were the only one; return the highest exit code."""
    flags = [f"--{name}" for name in ("all", "strict", "json") if getattr(args, name)]
    flags += ["--appclass", args.appclass] if args.appclass else []
    codes, reports = [os.EX_OK], {}
    for path in files:
        if not args.json:
            write({}, ["", coloured(path, "bold")], as_json=False)
            flush()
        # In a process of its own: ASAB has one configuration a process.
        command = [sys.executable, "-m", "asab_sentry", "check", "-c", path, *flags]
        done = subprocess.run(command, stdout=subprocess.PIPE if args.json else None, check=False)  # noqa: S603  # itself
        codes.append(done.returncode)
        if args.json:
            reports[path] = json.loads(done.stdout)
    if args.json:
        write({"files": reports}, [], as_json=True)
    return max(codes)


def _table(values: Sequence[Value]) -> list[str]:
    names = [f"[{value.section}] {value.key}" for value in values]
    width = max(map(len, names))
    texts = max(len(value.text) for value in values)
    return [
        f"{name:{width}}  {value.text:{min(texts, 40)}}  {value.origin}"
        for name, value in zip(names, values, strict=True)
    ]


def about_python(python: tuple[int, ...]) -> list[str]:
    """Return what is to be known of a version of Python: asyncio makes no event loop any more where none was made."""
    if python < NO_LOOP_IS_MADE:
        return []
    why = f"No released ASAB starts on Python {python[0]}.{python[1]} by itself (There is no current event loop)"
    return [f"{why}: call asyncio.set_event_loop(asyncio.new_event_loop()) before the application is made"]


def about_spool(survey: Survey) -> list[str]:
    """Return why events would wait in memory only: nothing can be written where their directory is, or is to be."""
    directory = storage_of(survey.options, asab.Config).directory
    if not survey.options.dsn or directory is None or (survey.options.directory is None and not survey.has_var_dir):
        return []
    # Not Path.exists(), which raises where a directory may not be read.
    existing = next(filter(os.path.exists, (directory, *directory.parents)))
    if not os.path.isdir(existing):  # noqa: PTH112  # as above
        return [f"Events will wait in memory only: {existing} is no directory"]
    if not os.access(existing, os.W_OK | os.X_OK):
        return [f"Events will wait in memory only: nothing can be written to {existing} (as user {os.geteuid()})"]
    return []


def about_variables(environ: Mapping[str, str]) -> list[str]:
    """Return which variables nobody reads, though they are named as an option is, or nearly as one that is read.

    Others are left alone, as sentry-cli and Sentry's server have some of their own.
    """
    rows = [row for _, row in options.table()]
    known = {variable: variable.removeprefix(VARIABLES) for row in rows for variable in row.variables}
    keys = {
        f"{VARIABLES}{key.upper()}": key for row in rows if row.section == "sentry" for key in (row.key, *row.aliases)
    }
    warnings = []
    for name in sorted(environ):
        if name.startswith(VARIABLES) and name not in known:
            near = near_names.nearest(name.removeprefix(VARIABLES), known.values(), f"{VARIABLES}{{}}", otherwise="")
            hint = f"; the option is [sentry] {keys[name]}" if name in keys else near
            warnings += [f"The variable {name} is not read{hint}"] if hint else []
    return warnings


def without_section(survey: Survey) -> list[str]:
    """Return what is to be known where there is a DSN and no section."""
    if survey.has_section or not survey.options.dsn:
        return []
    return [NO_SECTION if survey.path else f"{NO_SECTION}{NO_FILE}"]


def why_off(survey: Survey) -> str:
    """Return why Sentry is off where nothing is at fault."""
    if not survey.has_section and not is_wanted(asab.Config, os.environ):
        return f"there is neither a section [sentry] nor a DSN{'' if survey.path else NO_FILE}"
    return "the DSN is empty"


def _server(survey: Survey, connection: Reach | None) -> str:
    if connection is None:
        why = f"Sentry is off ({why_off(survey)})" if survey.is_off else "the DSN is at fault"
        return f"server: none, {why}"
    by = f" by the proxy {connection.proxy}" if connection.proxy else ""
    if connection.error:
        return coloured(f"server: {connection.address} is not reachable{by} ({plain(connection.error)})", "error")
    return f"server: {connection.address} is reachable{by} ({connection.took * 1000:.0f} ms)"
