"""The process as it was before: what applications and this package change in it, and how that is taken back."""

import asyncio
import contextlib
import copy
import functools
import gc
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import asab
import asab.abc.singleton
import asab.config
import sentry_sdk
import sentry_sdk.scope
import sentry_sdk.utils

from ..client import Client
from ..runtime import diagnostics
from ..sources.tracebacks import step_aside

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What an `asab.Application` listens to."""

ENDING = 5.0
"""Seconds that the tasks of an application have to end, after they were cancelled."""


def begin(undo: contextlib.ExitStack, config: Mapping[str, Mapping[str, str]], args: Sequence[str], dsn: str) -> None:
    """Give the process a new configuration, command line, loop and scopes; `undo` is to bring back the old ones."""
    _set_environment(undo, dsn)
    undo.callback(setattr, sys, "argv", sys.argv)
    sys.argv = [*sys.argv[:1], *args]
    _new_configuration(undo, config)
    _new_memory(undo)
    _new_scopes(undo)
    _end_logging(undo)
    loops = _new_loop(undo)
    _report_runs(undo, loops)
    _end_applications(undo)
    _end_clients(undo)


def _set_environment(undo: contextlib.ExitStack, dsn: str) -> None:
    # HOSTNAME and THIS_DIR are written by ASAB.
    for name in ("SENTRY_DSN", "SENTRY_DSN_FILE", "HOSTNAME", "THIS_DIR"):
        if name in os.environ:
            undo.callback(os.environ.__setitem__, name, os.environ[name])
        else:
            undo.callback(os.environ.pop, name, None)
    os.environ["SENTRY_DSN"] = dsn
    os.environ.pop("SENTRY_DSN_FILE", None)


def _new_configuration(undo: contextlib.ExitStack, config: Mapping[str, Mapping[str, str]]) -> None:
    kind = type(asab.Config)
    # Private: ASAB can load its configuration, but not unload it.
    before = copy.deepcopy(kind._default_values)  # noqa: SLF001
    sections = {name: dict(asab.Config.items(name, raw=True)) for name in asab.Config.sections()}
    added: list[Mapping[str, Any]] = []
    outer = asab.Config.add_defaults

    def add_defaults(dictionary: Mapping[str, Any]) -> None:
        outer(dictionary)
        if dictionary is not kind._default_values:  # noqa: SLF001
            added.append(dictionary)

    def restore() -> None:
        asab.Config.add_defaults = outer
        kind._default_values.clear()  # noqa: SLF001
        kind._default_values.update(before)  # noqa: SLF001
        asab.Config.clear()
        # Past the interpolation, which took place when this was read.
        asab.Config._sections.update((name, dict(section)) for name, section in sections.items())  # noqa: SLF001
        for name in sections:
            asab.Config._proxies[name] = type(asab.Config["DEFAULT"])(asab.Config, name)  # noqa: SLF001
        # Modules that were imported meanwhile add their defaults only once.
        for dictionary in added:
            asab.Config.add_defaults(dictionary)

    asab.Config.add_defaults = add_defaults
    undo.callback(restore)
    # A process without ticks would be killed by the watchdog after a quarter of an hour, and be one that hangs before.
    standing = {"sentry": {}, "sentry:loop": {"blocked": "off"}, "general": {"watchdog_threshold": "0"}}
    for name, section in (standing | dict(config)).items():
        if not asab.Config.has_section(name):
            asab.Config.add_section(name)
        for key, value in section.items():
            asab.Config.set(name, key, value)


def _new_memory(undo: contextlib.ExitStack) -> None:
    said = dict(diagnostics._said)  # noqa: SLF001  # of this package
    diagnostics._said.clear()  # noqa: SLF001

    def restore() -> None:
        diagnostics._said.clear()  # noqa: SLF001
        diagnostics._said.update(said)  # noqa: SLF001

    undo.callback(restore)


def _new_scopes(undo: contextlib.ExitStack) -> None:
    # Private: sentry-sdk can only add scopes to those there are. Its own tests do the same.
    scope = sentry_sdk.scope
    undo.callback(setattr, scope, "_global_scope", scope._global_scope)  # noqa: SLF001
    scope._global_scope = None  # noqa: SLF001
    for variable in (scope._isolation_scope, scope._current_scope):  # noqa: SLF001
        # Not by a token: a fixture may end in another context than it began in.
        undo.callback(variable.set, variable.get(None))
        variable.set(None)
    undo.callback(setattr, sentry_sdk.utils.logger, "disabled", sentry_sdk.utils.logger.disabled)
    undo.callback(setattr, sentry_sdk.utils.logger, "propagate", sentry_sdk.utils.logger.propagate)


def _end_logging(undo: contextlib.ExitStack) -> None:
    undo.callback(logging.root.setLevel, logging.root.level)
    levels = {name: logger.level for name, logger in _loggers().items()}
    handlers = list(logging.root.handlers)

    def restore() -> None:
        # Not others: a runner of tests has its own for each phase of a test.
        for handler in [known for known in logging.root.handlers if known not in handlers and _is_of_asab(known)]:
            logging.root.removeHandler(handler)
            handler.close()
        for name, logger in _loggers().items():
            logger.setLevel(levels.get(name, logging.NOTSET))

    undo.callback(restore)


def _is_of_asab(handler: logging.Handler) -> bool:
    # The handler of the log file is one of the standard library.
    return type(handler).__module__.startswith("asab.") or type(handler.formatter).__module__.startswith("asab.")


def _loggers() -> dict[str, logging.Logger]:
    by_name = logging.root.manager.loggerDict
    return {name: logger for name, logger in by_name.items() if isinstance(logger, logging.Logger)}


def _new_loop(undo: contextlib.ExitStack) -> set[asyncio.AbstractEventLoop]:
    """Return the loops that are to end, to which others may be added."""
    loops: set[asyncio.AbstractEventLoop] = set()
    if _applications() or asyncio._get_running_loop() is not None:  # noqa: SLF001  # public in all but its name
        undo.callback(_end_loops, loops)
        return loops
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # policies go, in Python 3.16
        # Private: asking for the current loop makes one where there is none.
        current = getattr(asyncio.get_event_loop_policy(), "_local", None)
    before = dict(vars(current)) if current is not None else {}

    def restore() -> None:
        asyncio.set_event_loop(before.get("_loop"))
        if current is not None:
            vars(current).clear()
            vars(current).update(before)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    undo.callback(restore)
    loops.add(loop)
    undo.callback(_end_loops, loops)
    return loops


def _end_loops(loops: set[asyncio.AbstractEventLoop]) -> None:
    for loop in loops:
        if loop.is_closed() or loop.is_running():
            continue
        try:
            servers = _servers(loop)
            for server in servers:
                server.close()
            # Not otherwise: what an application that never ran has put off is not to be done now.
            if servers or asyncio.all_tasks(loop):
                _end_tasks(loop)
        finally:
            loop.close()


def _servers(loop: asyncio.AbstractEventLoop) -> list[asyncio.Server]:
    # A loop has no list of them.
    return [thing for thing in gc.get_objects() if type(thing) is asyncio.Server and thing.get_loop() is loop]


def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    deadline = loop.time() + ENDING
    # More than once: a task that ends may begin another one.
    while (tasks := asyncio.all_tasks(loop)) and loop.time() < deadline:
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=deadline - loop.time()))
    loop.run_until_complete(loop.shutdown_asyncgens())
    # The last callbacks of the connections.
    loop.run_until_complete(asyncio.sleep(0))


def _report_runs(undo: contextlib.ExitStack, loops: set[asyncio.AbstractEventLoop]) -> None:
    """Let an exception that leaves an application be an event, as where it ends the process."""
    outer = asab.Application.run
    foreign = {app.Loop for app in _applications()}

    @functools.wraps(outer)
    def run(app: asab.Application) -> Any:
        __tracebackhide__ = True  # from events, as sentry-sdk hides its own frames
        if app.Loop not in foreign:
            # Not each loop of an application: that of a test that is a coroutine goes on.
            loops.add(app.Loop)
        try:
            return outer(app)
        except BaseException as error:
            client = Client.of(app)
            if client is not None and not isinstance(error, SystemExit):
                client.capture.unhandled(error, "excepthook")
            step_aside(error)
            raise

    undo.callback(setattr, asab.Application, "run", outer)
    asab.Application.run = run


def _applications() -> list[asab.Application]:
    instances = asab.abc.singleton.Singleton._instances  # noqa: SLF001  # there is no list of them
    return [instance for instance in instances.values() if isinstance(instance, asab.Application)]


def _end_applications(undo: contextlib.ExitStack) -> None:
    instances = asab.abc.singleton.Singleton._instances  # noqa: SLF001  # there is no list of them
    before = dict(instances)
    registered = {app: dict(app.Services) for app in _applications()}
    handlers = {number: signal.getsignal(number) for number in SIGNALS}

    def restore() -> None:
        for kind in [kind for kind in instances if kind not in before]:
            app = instances.pop(kind)
            if isinstance(app, asab.Application):
                _end(app)
        for app, services in registered.items():
            app.InitServicesQueue[:] = [service for service in app.InitServicesQueue if service.Name in services]
            for name in set(app.Services) - set(services):
                del app.Services[name]
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                if handler is not None:  # None: it was not installed by Python
                    signal.signal(number, handler)

    undo.callback(restore)


def _end(app: asab.Application) -> None:
    while not app.TaskService.NewTasks.empty():
        task = app.TaskService.NewTasks.get_nowait()
        if asyncio.iscoroutine(task):
            task.close()
    # As its finalize() does: otherwise it would begin anew when it is cancelled.
    app.TaskService.Main = None
    if app.Loop.is_running():
        app.Loop.set_exception_handler(None)
        for number in SIGNALS:
            app.Loop.remove_signal_handler(number)


def _end_clients(undo: contextlib.ExitStack) -> None:
    before = list(Client.at_work)

    def restore() -> None:
        for client in [client for client in Client.at_work if client not in before]:
            client.close()

    undo.callback(restore)
