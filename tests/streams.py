"""Runs commands by an interpreter that was started with standard streams as wanted, once for all of them.

Each command is a fork of it: its streams are those that the interpreter has made of what it found at its start, but for
those that are closed, and it ends as any other process. Only its errors are in a file of its own.
"""

import gc
import importlib
import json
import os
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import programs

STREAMS = ("stdin", "stdout", "stderr")

Ends = dict[tuple[str, tuple[str, ...]], programs.Done[str]]
"""How commands have ended, by what they are and which streams were closed."""


def run(
    directory: Path,
    commands: list[str],
    closings: Iterable[tuple[str, ...]] = ((),),
    *,
    env: dict[str, str] | None = None,
    **streams: int,
) -> Ends:
    """Run `python -m asab_sentry` with each of some arguments, with each of some groups of streams closed."""
    wanted = [(command, closed) for closed in closings for command in commands]
    line = [sys.executable, __file__, "ends", json.dumps(wanted)]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | streams
    subprocess.run(line, cwd=directory, env=env, timeout=60, check=True, **streams)
    codes = json.loads((directory / "ends").read_text())
    errors = [directory / f"ends.{number}" for number in range(len(wanted))]
    said = [path.read_text() if path.exists() else "" for path in errors]
    ends = zip(wanted, codes, said, strict=True)
    return {key: programs.Done(key[0], code, stderr=text) for key, code, text in ends}


def _main(result: str, wanted: str) -> None:
    importlib.import_module("asab_sentry.cli")
    gc.freeze()
    codes = []
    for number, (command, closed) in enumerate(json.loads(wanted)):
        if not (pid := os.fork()):
            if "stderr" not in closed:
                descriptor = os.open(f"{result}.{number}", os.O_CREAT | os.O_WRONLY, 0o600)
                os.dup2(descriptor, 2)
                os.close(descriptor)
            _close(closed)
            sys.argv = ["asab_sentry", *shlex.split(command)]
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
