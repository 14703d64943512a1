"""The service of an application of ASAB: the facade, with the life cycle of ASAB."""

import asyncio
import contextlib
import logging
import os
import sys
import threading
from typing import Any

import asab

from .client import Client
from .config.ini_files import why_absent
from .config.reading import ConfigError, is_wanted, load
from .delivery import metrics
from .delivery.attention import Attention
from .facade import Facade
from .runtime.guards import attempt
from .sources.asab.application import Application

L = logging.getLogger("asab_sentry")

HOLD = 0.5
"""Seconds that the exit of ASAB waits for a server that does not answer: it finalizes services one after the other, and
modules after all services."""


class SentryService(Facade, asab.Service):  # type: ignore[misc]  # asab has no type information
    """Connects an ASAB application to Sentry.

    ```python
    class MyApplication(asab.Application):
        def __init__(self):
            super().__init__()
            self.SentryService = asab_sentry.SentryService(self)
    ```

    Where neither a section `[sentry]` nor a DSN is, it does nothing and says nothing, so that it can always be made.

    From then on uncaught exceptions and ERROR log records arrive in Sentry as events, INFO log records as the
    breadcrumbs that led to them. No method ever raises, whatever it is given. With an empty DSN all of them do nothing.

    A configuration that cannot be used is logged at CRITICAL, one line for each fault, and the process exits with
    `os.EX_CONFIG` (78). A second service of one application, under another name, works with what the first one set up.
    """

    def __init__(self, app: asab.Application, service_name: str = "asab.SentryService") -> None:
        super().__init__(app, service_name)
        path = asab.Config.get("general", "config_file", fallback="", raw=True)
        unread = why_absent(path) if path else None
        if unread:  # ASAB has passed over it
            L.warning("%s, and nothing in it holds", unread)
        if "asab.sentry" in sys.modules:
            L.warning(
                "asab.sentry is imported, too, and has added defaults to [sentry], as environment=not specified: "
                "`asab-sentry migrate` finds where"
            )
        try:
            self._configure(load(asab.Config, os.environ))
        except ConfigError as error:
            for warning in error.warnings:
                L.warning(warning)
            for fault in error.faults:
                L.critical(fault)
            raise SystemExit(os.EX_CONFIG) from None

        self._publishers: list[Any] = []
        """Who tells ASAB of what is counted; PubSub holds them weakly."""
        if not self.Enabled:
            if is_wanted(asab.Config, os.environ):
                L.warning("Sentry is off: its DSN is set but empty")
            return

        self._identify(type(app).__name__, app.HostName, asab.Config.get("general", "manifest", fallback=""))
        _end_others()
        self._client = Client.of(app)
        if self._client is not None:
            L.warning("The application has a SentryService already; %s shares it, nothing is sent twice", service_name)
            return
        if self._start(lambda: Client(self.Options, self.Identity, Application(app))):
            self._publishers.append(Attention(app, lambda: None if self._kept is None else self._kept.trouble))

    async def initialize(self, app: asab.Application) -> None:
        """Make metrics of the counts, where the application has metrics."""
        if self._publishers:
            self._publishers.append(
                metrics.publish(
                    app,
                    sent=lambda: self.Sent,
                    dropped=lambda: {"suppressed": self.Suppressed, **self.Dropped},
                    waiting=lambda: self.Waiting,
                    longest_wait=lambda: self.LongestWait,
                    apdex=None if self.Options.apdex_threshold is None else lambda: self.Apdex,
                )
            )

    async def finalize(self, app: asab.Application) -> None:
        """Send what was captured, without blocking the loop; what ASAB finalizes after this waits for `HOLD` at most.

        Where the server takes longer the interpreter waits for it, at its end, within `shutdown_timeout` in all; before
        a restart, which has no such end, this does. Capturing goes on: what fails later during the exit is sent then.
        """
        if self._client is None:
            return
        shutdown, is_restart = self._client.shutdown, app.ExitCode == "!RESTART!"
        loop, is_over = asyncio.get_running_loop(), asyncio.Event()

        def send() -> None:
            attempt("What waits is not sent at the end", shutdown, None if is_restart else HOLD)
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(is_over.set)

        try:
            # A thread of its own, as those of the loop may all be at work, or may have ended.
            threading.Thread(target=send, name="asab-sentry.end").start()
        except RuntimeError:  # there are too many
            if is_restart:
                send()
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(is_over.wait(), None if is_restart else HOLD)


def _end_others() -> None:
    """Take the place of what `asab_sentry.init()` began in this process, and of applications whose loop is closed."""
    for client in list(Client.at_work):
        if client.app is None:
            L.warning("asab_sentry.init() was called before the SentryService was made, which takes its place")
        elif not client.app.Loop.is_closed():
            continue
        client.close()
