"""Runs commands with standard streams that are closed or lead nowhere, by one interpreter that has done the imports.

Each command is a fork of it, whose streams are put in place as Python finds them at its start, with a buffer as in most
environments, and which ends as any other process. Only its errors are in a file of its own.
"""

import dataclasses
import gc
import importlib
import json
import os
import runpy
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import programs

STREAMS = ("stdin", "stdout", "stderr")


@dataclass(frozen=True)
class Command:
    """A command, which streams are closed, and a descriptor in the place of its output."""

    arguments: str
    closed: tuple[str, ...] = ()
    stdout: int | None = None


def run(directory: Path, commands: Sequence[Command]) -> dict[Command, programs.Done[str]]:
    """Run `python -m asab_sentry` with each of some arguments and streams."""
    line = [sys.executable, __file__, "ends", json.dumps([dataclasses.astuple(command) for command in commands])]
    subprocess.run(
        line,
        cwd=directory,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        timeout=60,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=[command.stdout for command in commands if command.stdout is not None],
    )
    codes = json.loads((directory / "ends").read_text())
    errors = [directory / f"ends.{number}" for number in range(len(commands))]
    said = [path.read_text() if path.exists() else "" for path in errors]
    ends = zip(commands, codes, said, strict=True)
    return {command: programs.Done(command, code, stderr=text) for command, code, text in ends}


def _main(result: str, wanted: str) -> None:
    importlib.import_module("asab_sentry.cli")
    gc.freeze()
    codes = []
    for number, (arguments, closed, stdout) in enumerate(json.loads(wanted)):
        if not (pid := os.fork()):
            if "stderr" not in closed:
                descriptor = os.open(f"{result}.{number}", os.O_CREAT | os.O_WRONLY, 0o600)
                os.dup2(descriptor, 2)
                os.close(descriptor)
            if stdout is not None:
                os.dup2(stdout, 1)
            _close(closed)
            sys.argv = ["asab_sentry", *shlex.split(arguments)]
            runpy.run_module("asab_sentry", run_name="__main__", alter_sys=True)
            return
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    Path(result).write_text(json.dumps(codes))


def _close(closed: list[str]) -> None:
    """Close streams as they are in an interpreter that finds them closed at its start."""
    for name in closed:
        os.close(STREAMS.index(name))
        setattr(sys, name, None)
        setattr(sys, f"__{name}__", None)


if __name__ == "__main__":
    _main(*sys.argv[1:])
