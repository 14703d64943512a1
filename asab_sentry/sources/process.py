"""What a client works for that is no application of ASAB: a process as a whole, whatever framework runs in it."""

import configparser
import contextlib
import logging
import os
import sys
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
        self._pid = os.getpid()
        self._run: _Run | None = None

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
        self._run = _Run(health)
        undo.callback(self._run.install())
        return undo.close

    def end(self) -> None:
        """Count the run of the process: once, and not in its forked children."""
        run, self._run = self._run, None
        if run is not None and os.getpid() == self._pid:
            attempt("The run of the process is not counted", run.count)


class _Run:
    """The run of a process as one session, unless requests in it are the sessions."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._has_crashed = self._has_requests = False

    def install(self) -> Callable[[], None]:
        undo = contextlib.ExitStack()
        undo.callback(replace(sys, "excepthook", self._note_crash))
        flusher = getattr(sentry_sdk.get_client(), "session_flusher", None)
        if flusher is not None:
            undo.callback(replace(flusher, "add_session", self._note_request))
        return undo.close

    def _note_crash(self, before: Callable[..., Any]) -> Callable[..., Any]:
        def hook(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
            self._has_crashed = issubclass(kind, Exception)
            before(kind, error, traceback)

        return hook

    def _note_request(self, before: Callable[..., Any]) -> Callable[..., Any]:
        def add(session: Any) -> Any:
            self._has_requests = True
            return before(session)

        return add

    def count(self) -> None:
        if self._health.sessions is not None and not self._has_requests:
            self._health.sessions.count(crashed=self._has_crashed, errored=self._health.has_errors)
