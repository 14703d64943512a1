"""`asab-sentry migrate`: what is left of `asab.sentry` in a project is shown, and with --write changed."""

import argparse
import dataclasses
import os
from pathlib import Path

from ..runtime.diagnostics import counted
from . import leftovers
from .findings import Finding
from .output import write, write_faults
from .terminal import coloured, plain

HELP = "find what is left of asab.sentry in a project, and change it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("path", metavar="PATH", help="the project, or one file of it")
    parser.add_argument("--write", action="store_true", help="change the files (default: show what would be changed)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code: 65 while something is left."""
    try:
        files = leftovers.look(Path(args.path))
        for file in files if args.write else ():
            if file.content is not None:
                file.path.write_bytes(file.content)
    except OSError as error:
        write_faults([f"{error.filename or args.path} cannot be used ({error.strerror})"], as_json=args.json)
        return os.EX_IOERR
    findings = [finding for file in files for finding in file.findings]
    changes = [finding for finding in findings if finding.advice is None]
    looks = [finding for finding in findings if finding.advice is not None]
    report = {
        "changes": [dataclasses.asdict(finding) for finding in changes],
        "look_at": [dataclasses.asdict(finding) for finding in looks],
        "written": bool(args.write),
    }
    lines = [line for finding in findings for line in _shown(finding)]
    write(report, [*lines, *([""] if lines else []), _total(changes, looks, written=args.write)], as_json=args.json)
    return os.EX_DATAERR if looks or (changes and not args.write) else os.EX_OK


def _shown(finding: Finding) -> list[str]:
    place = coloured(f"{plain(finding.path)}:{finding.line}", "bold")
    before = coloured(f"  - {plain(finding.before)}", "error")
    if finding.advice is not None:
        return [place, f"    {plain(finding.before)}", coloured(f"  ! {finding.advice}", "warning")]
    after = [coloured(f"  + {plain(line)}", "good") for line in (finding.after or "").splitlines()]
    return [place, before, *(after or ["    and what follows one step to the left"])]


def _total(changes: list[Finding], looks: list[Finding], *, written: bool) -> str:
    if not changes and not looks:
        return "nothing is left of asab.sentry"
    done = "is made" if len(changes) == 1 else "are made"
    made = counted(len(changes), f"change {done}", f"changes {done}")
    possible = f"{counted(len(changes), 'change', 'changes')}, which --write makes"
    return f"{made if written else possible}; {len(looks)} to look at"
