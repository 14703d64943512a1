"""The map: options and identity -> `sentry_sdk.init`, with every stage of an event plugged in here, in order.

    log record ──> sources.records ──┬──> breadcrumb ────────────────────────────────────┐
    lost task ───> sources.loop ─────┤                                                   │
    exception ───> sentry-sdk ───────┴──> event processors ──> serializer ──> before_send┴──> transport

Whatever differs between the majors of sentry-sdk stands in this module.
"""

import contextlib
import importlib
import inspect
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asab
import sentry_sdk
import sentry_sdk.utils
from sentry_sdk.integrations import DidNotEnable, Integration
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from .delivery.entries import Storage
from .delivery.transport import Transport
from .identity import Identity
from .notices import say
from .options import Hook, Options
from .pipeline.gate import Gate
from .pipeline.scrub import Scrubber
from .sources import breadcrumbs, frames, loop, pubsub
from .sources.breadcrumbs import Event, Hint
from .sources.capture import Capture
from .sources.records import Records

REPLACED: tuple[type[Integration], ...] = (
    LoggingIntegration,  # sources.records
    DedupeIntegration,  # pipeline.gate, which knows an exception in any task
    AtexitIntegration,  # `Client.close`, which prints nothing
    ExcepthookIntegration,  # sources.capture
    ArgvIntegration,  # process arguments may hold secrets
)


class Client:
    """sentry-sdk at work for one application. What it changed in the process, `close` restores."""

    def __init__(self, options: Options, identity: Identity, app: asab.Application) -> None:
        self._undo = contextlib.ExitStack()
        self._shutdown_timeout = options.shutdown_timeout
        self._deadline: float | None = None
        # The SDK makes two records a web request, which nothing shows.
        sentry_sdk.utils.logger.disabled = not options.debug
        sentry_sdk.init(
            **options.for_sdk(),
            # Given none, the SDK would look for one again: an empty one is taken back below.
            release=identity.release or "",
            environment=identity.environment,
            server_name=identity.server_name,
            integrations=_integrations(options),
            disabled_integrations=_disabled(options),
            before_send=_before_send(options),
            before_send_transaction=_guarded(options.before_send_transaction),
            before_breadcrumb=_guarded(options.before_breadcrumb),
            traces_sampler=_sampler(options.traces_sampler, options.traces_sample_rate or 0.0),
            error_sampler=_sampler(options.error_sampler, 1.0),
            event_scrubber=Scrubber(),
            transport=_transport(options),
            spotlight=False,  # it posts from the calling thread, without a timeout
        )
        sentry_sdk.get_client().options["release"] = identity.release
        scope = sentry_sdk.get_global_scope()
        scope.set_tags(identity.tags)
        gate = Gate(options)
        scope.add_event_processor(gate.process)  # type: ignore[arg-type]
        scope.add_event_processor(breadcrumbs.lift)  # type: ignore[arg-type]
        scope.add_event_processor(frames.make_ready)  # type: ignore[arg-type]
        # So that all tasks of the application begin with the same breadcrumbs.
        sentry_sdk.get_isolation_scope()
        self._undo.callback(frames.install())
        self.capture = Capture(gate, attach_stacktrace=options.attach_stacktrace)
        self._undo.callback(self.capture.install_excepthook())
        self._undo.callback(Records(options, self.capture).install())
        self._undo.callback(loop.install(app.Loop, self.capture))
        self._undo.callback(pubsub.install(app.PubSub))
        self._gate = gate
        app.PubSub.subscribe("Application.tick!", self._on_tick)

    def flush(self, timeout: float | None = None) -> None:
        """Wait until what was captured is sent, at most `timeout` seconds (default: `shutdown_timeout`)."""
        sentry_sdk.get_client().flush(timeout=self._shutdown_timeout if timeout is None else timeout)

    def _on_tick(self, message_type: str) -> None:  # noqa: ARG002  # PubSub gives it
        self._gate.tell()

    def shutdown(self) -> None:
        """Wait as `flush` does; all calls together take `shutdown_timeout` at most."""
        self._gate.tell(everything=True)
        first = self._deadline is None
        if self._deadline is None:
            self._deadline = time.monotonic() + self._shutdown_timeout
        self.flush(max(self._deadline - time.monotonic(), 0.0))
        transport = sentry_sdk.get_client().transport
        if first and isinstance(transport, Transport):
            transport.tell_left()

    def close(self) -> None:
        """Send what is left and restore what was changed in the process."""
        self.shutdown()
        self._undo.close()
        sentry_sdk.get_client().close(timeout=0)


def _transport(options: Options) -> type[Transport]:
    """Return a transport that keeps envelopes as configured; sentry-sdk takes a class and makes the instance."""
    directory = options.directory
    if directory is None:
        var_dir = asab.Config.get("general", "var_dir", fallback="")
        directory = var_dir and str(Path(var_dir) / "sentry")

    class Stored(Transport):
        storage = Storage(
            # Absolute, as the process may change its directory.
            Path(directory).expanduser().absolute() if directory else None,
            max_bytes=options.max_bytes,
            max_envelopes=options.max_envelopes,
            max_age=options.max_age,
            fsync=options.fsync,
        )

    return Stored


def _integrations(options: Options) -> list[Integration]:
    if not options.auto_enabling_integrations or "aiohttp" in options.disabled_integrations:
        return []
    try:
        from sentry_sdk.integrations.aiohttp import AioHttpIntegration  # noqa: PLC0415  # raises where it cannot work
    except DidNotEnable:
        return []
    return [AioHttpIntegration(transaction_style="method_and_path_pattern")]


def _disabled(options: Options) -> list[type[Integration]]:
    disabled = list(REPLACED)
    for name in options.disabled_integrations:
        try:
            module = importlib.import_module(f"sentry_sdk.integrations.{name}")
        except DidNotEnable:  # it cannot be on
            continue
        disabled += [
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if issubclass(member, Integration) and member.__module__.startswith(module.__name__)
        ]
    return disabled


def _before_send(options: Options) -> Hook:
    hook = _guarded(options.before_send)

    def before_send(event: Event, hint: Hint) -> Event | None:
        breadcrumbs.put_back(event, hint, options.max_breadcrumbs, as_text=hook is not None)
        if hook is None or event.get("type") == "check_in":
            return event
        result: Event | None = hook(event, hint)
        return result

    return before_send


def _guarded(hook: Hook | None) -> Hook | None:
    """Return the hook so that its failure is said and what it was given is used unchanged."""

    def accepted(result: Any) -> bool:
        return result is None or isinstance(result, dict)

    return hook and _called(hook, accepted, "a dict or None", otherwise=lambda given, _hint: given)


def _sampler(hook: Hook | None, rate: float) -> Hook | None:
    """Return the sampler so that its failure is said and the rate is used."""

    def accepted(result: Any) -> bool:
        return isinstance(result, (int, float)) and 0 <= result <= 1

    return hook and _called(hook, accepted, "a number from 0 to 1", otherwise=lambda *_: rate)


def _called(hook: Hook, accepted: Callable[[Any], bool], accepts: str, *, otherwise: Hook) -> Hook:
    name = f"{hook.__module__}:{getattr(hook, '__qualname__', type(hook).__name__)}"

    def call(*args: Any) -> Any:
        try:
            result = hook(*args)
        except Exception as error:
            say(logging.ERROR, f"Hook {name} failed ({type(error).__name__}: {error})", cause=name, exc_info=True)
            return otherwise(*args)
        if accepted(result):
            return result
        say(logging.ERROR, f"Hook {name} returned {type(result).__name__}, accepted is {accepts}", cause=name)
        return otherwise(*args)

    return call
