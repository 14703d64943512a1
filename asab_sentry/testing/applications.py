"""Applications of ASAB, which are ended without ending the process."""

import asyncio
import contextlib
import functools
import signal
import threading
from typing import Any

import asab
import asab.abc.singleton

from ..client import Client
from ..sources.tracebacks import step_aside

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What an `asab.Application` listens to."""


def find() -> list[asab.Application]:
    """Return the applications that there are."""
    instances = asab.abc.singleton.Singleton._instances  # noqa: SLF001  # there is no list of them
    return [instance for instance in instances.values() if isinstance(instance, asab.Application)]


def report_runs(undo: contextlib.ExitStack, loops: set[asyncio.AbstractEventLoop]) -> None:
    """Let an exception that leaves an application be an event, as where it ends the process."""
    outer = asab.Application.run
    foreign = {app.Loop for app in find()}

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


def end(undo: contextlib.ExitStack) -> None:
    """Let those that come end with `undo`, and those that are there be as they were."""
    instances = asab.abc.singleton.Singleton._instances  # noqa: SLF001  # there is no list of them
    before = dict(instances)
    registered = {app: dict(app.Services) for app in find()}
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
