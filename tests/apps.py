"""Runs real ASAB applications, each in a process of its own."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import programs

PRELUDE = """
import asyncio, contextlib, gc, json, logging, os, sys, threading, time
import asab, asab_sentry
import sentry_sdk

L = logging.getLogger("app")


class Base(asab.Application):
    def __init__(self):
        super().__init__()
        self.Sentry = asab_sentry.SentryService(self)
        self.setup()

    def setup(self):
        pass

"""

END = """

if __name__ == "__main__":
    sys.exit(App().run())
"""

WARNINGS = (
    *("-W", "error"),
    # ASAB itself uses texts as keys of applications and requests, and makes its event loop in a way that Python 3.12
    # and 3.13 warn of.
    *("-W", "ignore::UserWarning:asab.web.container"),
    *("-W", "ignore:It is recommended to use web.RequestKey instances:Warning"),
    *("-W", "ignore:There is no current event loop:DeprecationWarning"),
    *("-W", "ignore:'asyncio.iscoroutinefunction' is deprecated:DeprecationWarning"),  # its PubSub, on 3.14
)


@dataclass
class Run:
    """How an application ended."""

    returncode: int
    stdout: str
    stderr: str


def run(
    directory: Path,
    source: str,
    *,
    dsn: str | None,
    ini: str = "[sentry]\n",
    env: dict[str, str] | None = None,
    args: tuple[str, ...] = (),
    timeout: float = 30.0,
    prelude: str = PRELUDE,
    end: str = END,
    fresh: bool = False,
) -> Run:
    """Run an application of the given source (a class `App(Base)`) until it ends."""
    (directory / "app.py").write_text(prelude + dedent(source) + end)
    (directory / "app.conf").write_text(dedent(ini))
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    environ["HOME"] = str(directory)  # where ASAB's `var_dir` is
    environ["PATH"] = str(Path(sys.executable).parent)  # without git, which is asked for a release and has none to tell
    if dsn is not None:
        environ["SENTRY_DSN"] = dsn
    done = programs.run(
        ["app.py", "-c", "app.conf", *args],
        cwd=directory,
        env=environ | (env or {}),
        options=WARNINGS,
        timeout=timeout,
        fresh=fresh,
    )
    return Run(done.returncode, done.stdout, done.stderr)
