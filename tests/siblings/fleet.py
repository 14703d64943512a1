"""The processes of examples/siblings as they are started, with a directory of the test for their configuration."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from far import closed_port

EXAMPLES = Path(__file__).parents[2] / "examples" / "siblings"
BIN = Path(sys.executable).parent

DEADLINE = 30.0
"""Seconds for a server to start, or an event to arrive: whatever else this machine does."""


def until(condition, what, deadline=DEADLINE):
    """Return what a condition is, when it is true; fails at the deadline."""
    end = time.monotonic() + deadline
    while not (value := condition()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.02)
    return value


class Process:
    """A process of the fleet."""

    def __init__(self, directory, command, environ, port=None):
        self.log = directory / f"{len(list(directory.glob('*.out')))}.out"
        with self.log.open("w") as output:
            self._popen = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                cwd=directory,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.pid = self._popen.pid
        self.port = port

    @property
    def output(self):
        return self.log.read_text()

    def is_ready(self):
        assert self._popen.poll() is None, self.output
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def says(self, text):
        until(lambda: text in self.output, lambda: f"{text!r} is not in:\n{self.output}")
        return self

    def request(self, path, data=None, headers=()):
        """Return the status of the answer."""
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data, dict(headers)), timeout=DEADLINE) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def children(self):
        """Return the ids of the processes that it has forked."""
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def wait(self):
        return self._popen.wait(DEADLINE)

    def stop(self, number=signal.SIGTERM):
        """Return the exit code."""
        if self._popen.poll() is None:
            self._popen.send_signal(number)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(self.output) from None

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


class Fleet:
    """Starts processes, which end with the test."""

    def __init__(self, directory, far):
        self.directory = directory
        for path in EXAMPLES.iterdir():
            if path.suffix in {".py", ".conf"}:
                shutil.copy(path, directory)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_", "PYTHON"))}
        self.environ = {
            **kept,
            "HOME": str(directory),
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "SENTRY_DSN": far.dsn,
            "SENTRY_RELEASE": "shop@1.2.3",
            "PYTHONUNBUFFERED": "1",
        }
        self.processes = []

    def start(self, *command, **environ):
        port = closed_port()
        words = [str(word).replace("PORT", str(port)) for word in command]
        variables = {key: value.replace("PORT", str(port)) for key, value in environ.items()}
        process = Process(self.directory, words, self.environ | variables, port)
        self.processes.append(process)
        return process

    def serve(self, *command, **environ):
        """Start a server, and wait until it listens."""
        process = self.start(*command, **environ)
        until(process.is_ready, lambda: process.output)
        return process

    def end(self):
        for process in self.processes:
            process.kill()
