"""The sources of events that only an application of ASAB has: its loop, its web server, PubSub, tasks and monitors."""

import contextlib
import logging
import sys
from collections.abc import Callable

import asab
import asab.log

from ...config.options import Options
from ...runtime.guards import attempt
from ...runtime.imports import when_imported
from ..capture import Capture
from ..health import Health
from ..whole_run import WholeRun
from . import callers, loop, monitors, pubsub
from .unretrieved import Unretrieved

SERVER = "aiohttp.web"
"""The module of the web server, which not every application imports."""


class Application:
    """An application of ASAB as what a client works for (`sources.host`)."""

    folder: str | None = None
    has_server = True
    begun = "the SentryService was made"

    def __init__(self, app: asab.Application) -> None:
        self.app = app
        self.config = asab.Config
        self.kind: type | None = type(app)

    def formatter(self) -> logging.Formatter:
        """Return what writes log records as the console does, without colours."""
        console = asab.Config["logging:console"]
        formatter: logging.Formatter = asab.log.StructuredDataFormatter(
            fmt=console["format"], datefmt=console["datefmt"]
        )
        return formatter

    def install(
        self, options: Options, capture: Capture, health: Health, tick: Callable[[], None]
    ) -> Callable[[], None]:
        """Begin to watch the application, and call `tick` each second; return the function that ends it."""
        app = self.app
        with contextlib.ExitStack() as undo:  # ended at once where a part fails
            undo.callback(callers.install())
            self._unretrieved = Unretrieved(app.Loop, capture, options.unretrieved_after)
            undo.callback(loop.install(app.Loop, capture, self._unretrieved))
            undo.callback(pubsub.subscribe(app.PubSub, "TaskService.task_done!", health.count_task))
            undo.callback(_watch_server(options, capture, health))
            self._run = WholeRun(health)
            undo.callback(self._run.install())
            undo.callback(pubsub.install(app.PubSub, monitors.watches(options)))
            if options.heartbeat is not None:
                undo.callback(monitors.install_heartbeat(app.PubSub, options.heartbeat))

            def on_tick(message_type: str) -> None:  # noqa: ARG001  # PubSub gives it
                tick()

            undo.callback(pubsub.subscribe(app.PubSub, "Application.tick!", on_tick))
            return undo.pop_all().close

    def end(self) -> None:
        """Tell of what nobody will ask for any more, and count the run of an application that serves nobody."""
        attempt("Tasks that have failed are not told of", self._unretrieved.tell_all)
        attempt("The run of the application is not counted", self._run.count)


def _watch_server(options: Options, capture: Capture, health: Health) -> Callable[[], None]:
    """Watch aiohttp's server, if the application imports it: to import it takes longer than all else at the start."""
    undo = contextlib.ExitStack()

    def watch() -> None:
        from ..web import server  # noqa: PLC0415

        is_on = "aiohttp" not in options.disabled_integrations
        undo.callback(server.Requests(options, capture, health).install() if is_on else server.isolate())

    if SERVER in sys.modules:
        watch()
    else:
        undo.callback(when_imported(SERVER, watch))
    return undo.close
