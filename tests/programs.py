"""Runs programs of Python in processes of their own, without the price of the imports that all of them need.

One process has done the imports and waits. Each program is a fork of it, with its own working directory, environment,
arguments and output, and its interpreter ends as any other, but for one thing: what was imported before is neither
taken down nor freed, which would take more time than most programs do. `fresh=True` starts a new interpreter instead,
where the imports or their end are what is tested; so does a variable that they read (`READ_BY_IMPORTS`).
"""

import asyncio
import atexit
import contextlib
import ctypes
import functools
import gc
import importlib
import itertools
import json
import os
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TextIO

Done = subprocess.CompletedProcess

IMPORTED = (
    "asab",
    "asab.web.rest",
    "asab_sentry.cli",
    "asab_sentry.service",
    "asab_sentry.sources.web.server",
    "asab_sentry.testing",
    "sentry_sdk.integrations.aiohttp",
    # What sentry-sdk imports when it is started.
    "httpx",
    "sentry_sdk.integrations.httpx",
    "sentry_sdk.integrations.stdlib",
    "sentry_sdk.integrations.threading",
    "sentry_sdk.spotlight",
    "difflib",
)
OF_PYTEST = ("-W", "ignore:Module already imported")
"""Arguments of pytest as a program, which would rewrite some of these."""

READ_BY_IMPORTS = ("PYTHON", "TZ", "ASAB_CONFIG", "ASAB_VERBOSE", "ASAB_ZOOKEEPER")
"""Beginnings of names of variables."""
NOT_READ = frozenset({"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"})
"""Those that change nothing of what a program does."""


def run(
    command: list[str],
    *,
    cwd: Path,
    env: dict[str, str],
    options: tuple[str, ...] = (),
    timeout: float = 30.0,
    fresh: bool = False,
    **streams: int,
) -> Done[str]:
    """Run a script or, behind `-m`, a module with its arguments until it ends.

    `options` are those of the interpreter; `streams` are descriptors in the place of `stdin`, `stdout` and `stderr`.
    """
    if fresh or _read_by_imports(env) != _read_by_imports(os.environ):
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
        whole = [sys.executable, *options, *command]
        return subprocess.run(whole, cwd=cwd, env=env, text=True, timeout=timeout, check=False, **streams)
    return _parent(_of_interpreter(options)).run(command, options, cwd, env, timeout, streams)


@dataclass
class Program:
    """A program that runs, and how it has ended, as of `subprocess`."""

    pid: int
    _answers: TextIO
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it has ended; None: it has not."""
        return self.returncode if self.returncode is not None or not self._is_over(0) else self.wait()

    def wait(self, timeout: float | None = None) -> int:
        """Return how it has ended, when it has; raise `TimeoutError` when it has not so many seconds later."""
        if self.returncode is None:
            if not self._is_over(timeout):
                raise TimeoutError
            with self._answers as answers:
                self.returncode = int(answers.readline())
        return self.returncode

    def _is_over(self, timeout: float | None) -> bool:
        return bool(select.select([self._answers], [], [], timeout)[0])

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def start(
    command: list[str],
    *,
    cwd: Path,
    env: dict[str, str],
    options: tuple[str, ...] = (),
    stdout: int | None = None,
) -> Program:
    """Start a program, as `run` does; its errors are nowhere, nor is its output unless there is a descriptor for it."""
    with Path(os.devnull).open("r+b") as nothing:
        streams = [nothing.fileno(), nothing.fileno() if stdout is None else stdout, nothing.fileno()]
        return _parent(_of_interpreter(options)).start(command, options, cwd, env, streams)


@contextlib.contextmanager
def service(
    command: list[str], *, cwd: Path, env: dict[str, str], options: tuple[str, ...] = (), timeout: float = 60.0
) -> Iterator[Program]:
    """Start a service that ends when it is told to, in this time, and does so behind the block."""
    program = start(command, cwd=cwd, env=env, options=options)
    try:
        yield program
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout) == 0
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait()


def _read_by_imports(environ: Mapping[str, str]) -> dict[str, str]:
    read = {name: environ[name] for name in environ.keys() - NOT_READ if name.startswith(READ_BY_IMPORTS)}
    # Python takes its own as not set where they are empty.
    return {name: value for name, value in read.items() if value or not name.startswith("PYTHON")}


def _of_interpreter(options: tuple[str, ...]) -> tuple[str, ...]:
    """Return those options that only the start of an interpreter can take."""
    values = iter(options)
    pairs = [(option, next(values)) if option in {"-W", "-X"} else (option,) for option in values]
    return tuple(part for pair in pairs if pair[0] not in {"-B", "-W"} for part in pair)


def _take(options: Sequence[str]) -> None:
    """Do what an interpreter does with the others."""
    sys.dont_write_bytecode |= "-B" in options
    sys.warnoptions += [value for option, value in itertools.pairwise(options) if option == "-W"]
    warnings._processoptions(sys.warnoptions)


@functools.cache
def _parent(options: tuple[str, ...]) -> "Parent":
    return Parent(options)


class Parent:
    """The process that programs are forks of, as the tests see it."""

    def __init__(self, options: tuple[str, ...]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, *options, __file__, str(number)]
            self._process = subprocess.Popen(command, pass_fds=[number], stdin=subprocess.DEVNULL)
        atexit.register(self._end)

    def _end(self) -> None:
        self._socket.close()
        self._process.wait(10)

    def start(
        self, command: list[str], options: tuple[str, ...], cwd: Path, env: dict[str, str], streams: Sequence[int]
    ) -> Program:
        """Start a command with descriptors for its input, its output and its errors."""
        requests, answers = os.pipe(), os.pipe()
        socket.send_fds(self._socket, [b"."], [requests[0], *streams, answers[1]])
        os.close(requests[0])
        os.close(answers[1])
        with os.fdopen(requests[1], "w") as request:
            json.dump({"command": command, "options": options, "cwd": str(cwd), "env": env}, request)
        lines = os.fdopen(answers[0])
        return Program(int(lines.readline()), lines)

    def run(
        self,
        command: list[str],
        options: tuple[str, ...],
        cwd: Path,
        env: dict[str, str],
        timeout: float,
        streams: dict[str, int],
    ) -> Done[str]:
        """Run a command, and return what it has written, where that is nowhere else, and how it has ended."""
        pipes = {name: os.pipe() for name in ("stdout", "stderr") if name not in streams}
        written = {name: ends[1] for name, ends in pipes.items()}
        with Path(os.devnull).open("rb") as nothing:
            opened = {"stdin": nothing.fileno()} | written | streams
            program = self.start(command, options, cwd, env, [opened[name] for name in ("stdin", "stdout", "stderr")])
        for descriptor in written.values():
            os.close(descriptor)
        is_late = threading.Event()

        def kill() -> None:
            is_late.set()
            os.kill(program.pid, signal.SIGKILL)

        timer = threading.Timer(timeout, kill)
        timer.start()
        try:
            outputs = _read({name: ends[0] for name, ends in pipes.items()})
            returncode = program.wait()
        finally:
            timer.cancel()
            timer.join()
        if is_late.is_set():
            raise subprocess.TimeoutExpired(command, timeout, outputs.get("stdout"), outputs.get("stderr"))
        return Done(command, returncode, **outputs)


def _read(pipes: dict[str, int]) -> dict[str, str]:
    """Return what is written into some pipes until nobody has them any more."""
    contents = {name: bytearray() for name in pipes}
    with selectors.DefaultSelector() as selector:
        for name, pipe in pipes.items():
            selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map():
            for key, _ in selector.select():
                content = os.read(key.fd, 1 << 16)
                contents[key.data] += content
                if not content:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return {name: content.decode() for name, content in contents.items()}


def _next_command(connection: socket.socket) -> list[str]:
    """Return the command of a program, in its own process; meanwhile the parent forks the next ones."""
    ends, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(waker)
    running: dict[int, TextIO] = {}
    while True:
        ready, _, _ = select.select([connection, ends], [], [])
        if ends in ready:
            os.read(ends, 1 << 16)
            _tell_ends(running)
        if connection not in ready:
            continue
        message, theirs, *_ = socket.recv_fds(connection, 1, 5)
        if not message:
            connection.close()
            sys.exit()
        pid = os.fork()
        if not pid:
            break
        for descriptor in theirs[:4]:
            os.close(descriptor)
        running[pid] = os.fdopen(theirs[4], "w", buffering=1)
        print(pid, file=running[pid])
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, before)
    for descriptor in (ends, waker, theirs[4]):
        os.close(descriptor)
    for answers in running.values():
        answers.close()
    connection.close()
    with os.fdopen(theirs[0]) as lines:
        request = json.load(lines)
    for standard, descriptor in enumerate(theirs[1:4]):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    _take(request["options"])
    # What ASAB takes from its surroundings when it is imported.
    name, defaults = Path(request["command"][0]), importlib.import_module("asab").Config._default_values
    defaults["general"]["var_dir"] = str(Path(f"~/.{name.stem}").expanduser())
    defaults["logging"]["app_name"] = name.name
    return request["command"]


def _tell_ends(running: dict[int, TextIO]) -> None:
    """Tell of each program that has ended how it has."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with contextlib.suppress(BrokenPipeError), running.pop(pid) as answers:  # nobody waits for it any more
            print(os.waitstatus_to_exitcode(status), file=answers)


def _execute(command: list[str]) -> None:
    """Do what `python` does with a command."""
    if sys.version_info >= (3, 14):  # where no released ASAB makes one
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        atexit.register(loop.close)
        os.register_at_fork(before=lambda: atexit.unregister(loop.close))  # a child has what this would close
    sys.argv = command[:]
    sys.orig_argv = [sys.executable, *command]
    if command[0] == "-m":
        sys.path[0] = str(Path.cwd())
        del sys.argv[0]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
        return
    script = Path(command[0]).resolve()
    sys.path[0] = str(script.parent)
    code = compile(script.read_bytes(), script, "exec")
    main, system = sys.modules["__main__"].__dict__, sys
    for name in set(main) - {"__builtins__", "__name__"}:
        del main[name]
    main |= {"__file__": str(script), "__spec__": None}
    try:
        exec(code, main)
    except Exception as error:
        system.excepthook(type(error), error, error.__traceback__.tb_next)
        system.exit(1)


def _leave(imported: dict[str, ModuleType], modules: dict[str, ModuleType], last: "_Last") -> None:
    """Take modules out of the sight of an interpreter that ends; nobody frees them. Of this module nothing is left."""
    for name in imported.keys() - {"builtins", "sys", "__main__"}:
        modules.pop(name, None)
    last.prepare()


class _Last:
    """Ends the process when `sys`, which has it, is taken down after all other modules: what is left is only freed.

    That would take longer than most programs do.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        """How the program has ended; None: in another way than by its last line or by `sys.exit`."""
        self._is_prepared = False
        self._exit, self._sys = os._exit, sys

    def prepare(self) -> None:
        """Take part in the end of the interpreter, unless it will complain of its streams."""
        self._is_prepared = self._flush()

    def _flush(self) -> bool:
        try:
            for stream in (self._sys.stdout, self._sys.stderr):
                if stream is not None:
                    stream.flush()
        except BaseException:
            return False
        return True

    def __del__(self) -> None:
        if self._is_prepared and self.status is not None and self._flush():
            self._exit(self.status)


def _main() -> None:
    imported: dict[str, ModuleType] = {}
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(imported))  # for good
    sys._last = last = _Last()
    # Before those of all that is imported, so that it is called after them.
    atexit.register(_leave, imported, sys.modules, last)
    for name in IMPORTED:
        importlib.import_module(name)
    imported.update(sys.modules)
    # They make what they need at their first text.
    importlib.import_module("asab_sentry.secret_keys.denylist").find("")
    importlib.import_module("sentry_sdk.utils").parse_version("1.0")
    time.strptime("03:00", "%H:%M")
    later = importlib.import_module("asab_sentry.runtime.expressions")._Later
    for expression in [one for one in gc.get_objects() if type(one) is later]:
        expression.search("")
    gc.collect()
    gc.freeze()
    command = _next_command(socket.socket(fileno=int(sys.argv[1])))
    try:
        _execute(command)
    except SystemExit as end:
        if end.code is None or type(end.code) is int:
            last.status = (end.code or 0) & 0xFF
        raise
    last.status = 0


if __name__ == "__main__":
    _main()
