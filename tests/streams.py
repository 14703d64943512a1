"""Runs commands by an interpreter that was started with standard streams as wanted, once for all of them.

Each command is a fork of it: its streams are those that the interpreter has made of what it found at its start, and it
ends as any other process. Only its errors are in a file of its own.
"""

import gc
import importlib
import json
import os
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import programs


def run(
    directory: Path, commands: list[str], redirections: str = "", *, env: dict[str, str] | None = None, **streams: int
) -> dict[str, programs.Done[str]]:
    """Run `python -m asab_sentry` with each of some arguments, as a shell does with redirections like `>&-`."""
    line = shlex.join([sys.executable, __file__, "ends", *commands])
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | streams
    subprocess.run(f"exec {line} {redirections}", shell=True, cwd=directory, env=env, timeout=60, check=True, **streams)
    codes = json.loads((directory / "ends").read_text())
    errors = [directory / f"ends.{number}" for number in range(len(commands))]
    said = [path.read_text() if path.exists() else "" for path in errors]
    ends = zip(commands, codes, said, strict=True)
    return {command: programs.Done(command, code, stderr=text) for command, code, text in ends}


def _main(result: str, *commands: str) -> None:
    importlib.import_module("asab_sentry.cli")
    gc.freeze()
    codes = []
    for number, command in enumerate(commands):
        if not (pid := os.fork()):
            if sys.stderr is not None:
                descriptor = os.open(f"{result}.{number}", os.O_CREAT | os.O_WRONLY, 0o600)
                os.dup2(descriptor, 2)
                os.close(descriptor)  # which may be one of those that are closed
            sys.argv = ["asab_sentry", *shlex.split(command)]
            runpy.run_module("asab_sentry", run_name="__main__", alter_sys=True)
            return
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    Path(result).write_text(json.dumps(codes))


if __name__ == "__main__":
    _main(*sys.argv[1:])
