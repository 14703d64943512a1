"""What a client works for that is no application of ASAB: a process as a whole, whatever framework runs in it."""

import configparser
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import sentry_sdk

from ..config.options import Options
from ..patches import replace
from ..runtime.guards import attempt
from ..sdk import lifespan, other_setups
from . import streamlit
from .capture import Capture
from .health import Health
from .web import users
from .whole_run import WholeRun
from .work import scopes

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
"""Of the lines of the log that are attached."""


class Process:
    """A process as what a client works for (`Host` of `client.py`)."""

    app = None
    kind: type | None = None
    has_server = False
    begun = "asab_sentry.init() was called"

    def __init__(self, config: configparser.ConfigParser, folder: str | None) -> None:
        self.config = config
        self.folder = folder
        self._run: WholeRun | None = None

    def formatter(self) -> logging.Formatter:
        """Return what writes log records that are attached."""
        return logging.Formatter(FORMAT)

    def install(
        self,
        options: Options,
        capture: Capture,
        health: Health,
        tick: Callable[[], None],  # noqa: ARG002  # nothing ticks in such a process
    ) -> Callable[[], None]:
        """Begin to watch the process; return the function that ends it."""
        undo = contextlib.ExitStack()
        scopes.isolated_by_others(sentry_sdk.get_isolation_scope())
        undo.callback(scopes.isolated_by_others, None)
        undo.callback(users.install(pii=options.send_default_pii))
        undo.callback(other_setups.free_server)
        undo.callback(lifespan.install())
        undo.callback(streamlit.install(capture))
        self._run = WholeRun(health)
        undo.callback(self._run.install())
        undo.callback(_watch_requests(health))
        return undo.close

    def end(self) -> None:
        """Count the run of the process."""
        if self._run is not None:
            attempt("The run of the process is not counted", self._run.count)


def _watch_requests(health: Health) -> Callable[[], None]:
    """Take note of requests that an integration of sentry-sdk counts as sessions."""

    def make_add(add: Callable[..., Any]) -> Callable[..., Any]:
        def add_session(session: Any) -> Any:
            health.has_units = True
            return add(session)

        return add_session

    flusher = getattr(sentry_sdk.get_client(), "session_flusher", None)
    return replace(flusher, "add_session", make_add) if flusher is not None else lambda: None
