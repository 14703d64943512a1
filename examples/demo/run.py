"""What the demo stands on: commands, child processes, virtual environments and ports, leaving nothing behind."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".demo"
HOST = "127.0.0.1"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class DemoError(Exception):
    """What failed, in one line."""


class Interrupted(BaseException):
    """A signal asked the command to end."""


def command(function: Callable[[], None]) -> int:
    """Call the function and return the exit code; a failure or a signal is told in one line."""
    for signum in SIGNALS:
        signal.signal(signum, _interrupt)
    try:
        function()
    except (DemoError, OSError) as error:
        reason = str(error)
    except Interrupted:
        reason = "interrupted"
    else:
        return 0
    sys.stdout.flush()
    print(f"demo: {reason}", file=sys.stderr)
    return 1


def _interrupt(signum: int, frame: FrameType | None) -> None:
    """End the command; further signals must not disturb its cleaning up."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Print what is being done, and the seconds that it took."""
    started = time.monotonic()
    print(f"{name} ...", end="", flush=True)
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f" {time.monotonic() - started:.1f} s", flush=True)


class Process:
    """A child process whose output goes to a log file; `stop()` ends it together with its children."""

    def __init__(
        self, name: str, *command: str | Path, directory: Path, log: Path, environment: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until the process is ready; that it ends or takes longer is a DemoError."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self._child.poll() is not None:
                raise DemoError(f"{self.name} ended with exit code {self._child.returncode}, see {shown(self.log)}")
            if time.monotonic() > deadline:
                raise DemoError(f"{self.name} was not ready in {seconds:.0f} s, see {shown(self.log)}")
            time.sleep(0.05)

    def finish(self) -> None:
        """Wait for the end; a failure is a DemoError that says why and where to read more."""
        try:
            code = self._child.wait()
        finally:
            self.stop()
        if code != 0:
            raise DemoError(f"{self.name} failed: {_reason(self.log, code)}, see {shown(self.log)}")

    def stop(self, seconds: float = 4) -> None:
        """Ask the process to end, twice if need be, and make it end; `seconds` is the patience with each signal."""
        for signum in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):  # ASAB forgets a stop while it starts
            with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing of it is left
                os.killpg(self._child.pid, signum)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(seconds)
                return


def _reason(log: Path, code: int) -> str:
    """Why a command failed, as far as its output tells."""
    text = log.read_text(errors="replace")
    if any(sign in text for sign in ("NewConnectionError", "NameResolutionError", "ConnectTimeout", "ProxyError")):
        return "the package index cannot be reached"
    errors = [line for line in text.splitlines() if line.startswith("ERROR: ")]
    return errors[-1].removeprefix("ERROR: ").rstrip(".") if errors else f"exit code {code}"


def shown(path: Path) -> str:
    """Return the path as somebody in the project's directory would write it."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def clean_environment(**variables: str) -> dict[str, str]:
    """Return the environment plus `variables`, less what would change how ASAB, the SDK and Bugsink behave."""
    foreign = ("ASAB", "BUGSINK", "DJANGO", "PYTHON", "SENTRY_")
    proxies = ("http_proxy", "https_proxy", "all_proxy")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and name.lower() not in proxies
    }
    return kept | variables


@contextlib.contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold a lock against other processes; without `wait`, a DemoError says that one of them has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError(f"{shown(path)} is locked: another demo is running here, perhaps with KEEP=1") from error
        yield


@dataclasses.dataclass(frozen=True)
class Venv:
    """A virtual environment under `.demo/`, made once and reused until what it is made of changes."""

    title: str
    name: str
    requirements: tuple[str, ...]
    made_of: Path | None = None  # a file of the project that says what is required

    @property
    def directory(self) -> Path:
        """Where it is."""
        return HOME / self.name

    @property
    def log(self) -> Path:
        """Where the output of the installation goes."""
        return HOME / f"{self.name}-install.log"

    @property
    def is_installed(self) -> bool:
        """Whether an installation ran to its end, with the same Python, place and requirements."""
        stamp = self.directory / "installed"
        return self.program("python").exists() and stamp.is_file() and stamp.read_text() == self._description()

    def program(self, name: str) -> Path:
        """Return the path of a program in it."""
        return self.directory / "bin" / name

    def install(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Make it, unless that was done before; `prepare` is the last step of making it."""
        with locked(HOME / f"{self.name}.lock", wait=True):
            if self.is_installed:
                return
            with step(f"installing {self.title}"):
                self.log.unlink(missing_ok=True)
                self._run(sys.executable, "-m", "venv", "--clear", self.directory)
                pip = (self.program("python"), "-m", "pip", "--disable-pip-version-check", "--no-input")
                self._run(*pip, "install", *self.requirements)
                prepare()
                (self.directory / "installed").write_text(self._description())

    def _run(self, *command: str | Path) -> None:
        Process(f"the installation of {self.title}", *command, directory=ROOT, log=self.log).finish()

    def _description(self) -> str:
        content = self.made_of.read_text() if self.made_of else ""
        return "\n".join((sys.version, str(self.directory), *self.requirements, content))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int) -> None:
    """Raise a DemoError when somebody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a port just left is free
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemoError(f"port {port} cannot be used: {error.strerror}") from error
