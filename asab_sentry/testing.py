"""For the tests of your own services: what would have been sent, as plain dicts, and nothing on the network."""

import asyncio
import contextlib
import copy
import json
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import asab
import asab.abc.singleton
import asab.config
import sentry_sdk
import sentry_sdk.scope
import sentry_sdk.transport
import sentry_sdk.utils
from sentry_sdk.envelope import Envelope, Item

from . import notices, values
from .client import Client

DSN = "https://public@sentry.invalid/1"
"""The DSN while capturing; there is no host of that name (RFC 2606)."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What an `asab.Application` listens to."""


class Sent:
    """What would have been sent up to now, oldest first."""

    def __init__(self) -> None:
        self._items: list[tuple[str, dict[str, Any]]] = []

    def _of_type(self, kind: str) -> list[dict[str, Any]]:
        return [payload for item_type, payload in self._items if item_type == kind]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The error events and messages."""
        return self._of_type("event")

    @property
    def transactions(self) -> list[dict[str, Any]]:
        """The transactions, each with its spans."""
        return self._of_type("transaction")

    @property
    def check_ins(self) -> list[dict[str, Any]]:
        """The check-ins of monitors."""
        return self._of_type("check_in")

    @property
    def breadcrumbs(self) -> list[dict[str, Any]]:
        """The breadcrumbs of all events and transactions, each once."""
        found: dict[str, dict[str, Any]] = {}
        for payload in self.events + self.transactions:
            for breadcrumb in (payload.get("breadcrumbs") or {}).get("values") or ():
                found[json.dumps(breadcrumb, sort_keys=True)] = breadcrumb
        return list(found.values())

    def clear(self) -> None:
        """Forget what was sent."""
        self._items.clear()

    def add(self, item: Item) -> None:
        """Keep an item of an envelope as the server would read it."""
        payload = item.payload.json if hasattr(item.payload, "json") else None
        if payload is None or item.type is None:
            return
        try:
            read = json.loads(item.get_bytes())
        except (TypeError, ValueError, RecursionError):  # what a hook left in it is sent as text
            read = values.mapping(payload, size=500_000, depth=20)
        self._items.append((item.type, read))


@contextlib.contextmanager
def capture(*, config: Mapping[str, Mapping[str, str]] | None = None, args: Sequence[str] = ()) -> Iterator[Sent]:
    """Run a block in which a `SentryService` sends nothing; yields what it would have sent.

    ```python
    with asab_sentry.testing.capture() as sent:
        ShopApp().run()
    assert [event["level"] for event in sent.events] == ["error"]
    ```

    All else is real: levels, limits, hooks, scopes and the events themselves. Nothing is waited for: what was captured
    is there when the call returns. The DSN is `DSN`, the section `[sentry]` exists, and the watchdog of ASAB is off.

    Applications that are made within the block end with it, and so does everything that they and the service changed
    in the process. An application that was made before keeps running, without Sentry.

    Args:
        config: Sections of the configuration, as in `{"sentry": {"environment": "test"}}`. What the configuration file
            of the application says holds against them.
        args: The command line that the application finds.
    """
    sent = Sent()

    class Recorder(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            for item in envelope.items:
                sent.add(item)

    with contextlib.ExitStack() as undo:
        undo.callback(setattr, Client, "transport", Client.transport)
        Client.transport = Recorder
        _set_environment(undo)
        undo.callback(setattr, sys, "argv", sys.argv)
        sys.argv = [*sys.argv[:1], *args]
        _new_configuration(undo, config or {})
        _new_memory(undo)
        _new_scopes(undo)
        _end_logging(undo)
        _new_loop(undo)
        _end_applications(undo)
        _end_clients(undo)
        yield sent


def _set_environment(undo: contextlib.ExitStack) -> None:
    # HOSTNAME and THIS_DIR are written by ASAB.
    for name in ("SENTRY_DSN", "SENTRY_DSN_FILE", "HOSTNAME", "THIS_DIR"):
        if name in os.environ:
            undo.callback(os.environ.__setitem__, name, os.environ[name])
        else:
            undo.callback(os.environ.pop, name, None)
    os.environ["SENTRY_DSN"] = DSN
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
    # A process without ticks would be killed by the watchdog after a quarter of an hour.
    for name, section in ({"sentry": {}, "general": {"watchdog_threshold": "0"}} | dict(config)).items():
        if not asab.Config.has_section(name):
            asab.Config.add_section(name)
        for key, value in section.items():
            asab.Config.set(name, key, value)


def _new_memory(undo: contextlib.ExitStack) -> None:
    said = dict(notices._said)  # noqa: SLF001  # of this package
    notices._said.clear()  # noqa: SLF001

    def restore() -> None:
        notices._said.clear()  # noqa: SLF001
        notices._said.update(said)  # noqa: SLF001

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


def _end_logging(undo: contextlib.ExitStack) -> None:
    undo.callback(logging.root.setLevel, logging.root.level)
    levels = {name: logger.level for name, logger in _loggers().items()}
    handlers = list(logging.root.handlers)

    def restore() -> None:
        # Not others: a runner of tests has its own for each phase of a test.
        for handler in [each for each in logging.root.handlers if each not in handlers and _is_of_asab(each)]:
            logging.root.removeHandler(handler)
            handler.close()
        for name, logger in _loggers().items():
            logger.setLevel(levels.get(name, logging.NOTSET))

    undo.callback(restore)


def _is_of_asab(handler: logging.Handler) -> bool:
    # The handler of the log file is one of the standard library.
    return type(handler).__module__.startswith("asab.") or type(handler.formatter).__module__.startswith("asab.")


def _loggers() -> dict[str, logging.Logger]:
    found = logging.root.manager.loggerDict
    return {name: logger for name, logger in found.items() if isinstance(logger, logging.Logger)}


def _new_loop(undo: contextlib.ExitStack) -> None:
    if _applications() or asyncio._get_running_loop() is not None:  # noqa: SLF001  # public in all but its name
        return
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
    undo.callback(loop.close)


def _applications() -> list[asab.Application]:
    instances = asab.abc.singleton.Singleton._instances  # noqa: SLF001  # there is no list of them
    return [each for each in instances.values() if isinstance(each, asab.Application)]


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
            app.InitServicesQueue[:] = [each for each in app.InitServicesQueue if each.Name in services]
            for name in set(app.Services) - set(services):
                del app.Services[name]
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                if handler is not None:  # None: it was not installed by Python
                    signal.signal(number, handler)

    undo.callback(restore)


def _end(app: asab.Application) -> None:
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
