"""The map: options and identity -> our client of sentry-sdk, with every stage of an event plugged in here, in order.

    log record ─> sources.records ───┬─> breadcrumb
    lost task ──> sources.asab.loop ─┤
    exception ──> sources.hooks ─────┼─> SdkClient.capture_event: gate, frames ─> sentry-sdk: scope, event processors
    by hand ────> sources.capture ───┤        ─> before_send: scrubber, breadcrumbs, hook ─> transport
    others ─────> sentry-sdk ────────┘

`connect` makes the client, `Client` the sources; what they change in the process, `Client.close` restores.
"""

import atexit
import configparser
import contextlib
import datetime
import importlib
import importlib.util
import inspect
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Protocol, cast

import aiohttp.web
import sentry_sdk
import sentry_sdk.integrations
import sentry_sdk.transport
import sentry_sdk.utils
from sentry_sdk.attachments import Attachment
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations import DidNotEnable, Integration
from sentry_sdk.integrations.aiohttp import AioHttpIntegration
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.modules import ModulesIntegration
from sentry_sdk.integrations.unraisablehook import UnraisablehookIntegration

from .config.identity import Identity
from .config.options import Hook, Options
from .delivery.counts import Counts
from .delivery.transport import Transport, make_transport
from .objects import json_values
from .objects.calls import is_interrupt
from .objects.kinds import described, name_of
from .pipeline import attachments, gate, grouping
from .pipeline.enclosed import Enclosed
from .pipeline.gate import Gate, Ticket
from .pipeline.scrubbing.scrubber import Scrubber
from .runtime import in_app, stacks
from .runtime.diagnostics import reason, say
from .runtime.guards import attempt, complain
from .sdk import loguru, other_setups, scope_processors
from .sdk.bounds import bounded, well_formed
from .sdk.client import Prepare, make_client
from .secret_keys import denylist
from .sources import breadcrumbs, exceptions, frames, health, hooks, ignored, modules, turns
from .sources.asab import callers
from .sources.breadcrumbs import Event, Hint
from .sources.capture import Capture
from .sources.log_lines import LogLines
from .sources.records import Records
from .sources.web import log_rules, outgoing, outgoing_clients
from .sources.work import scopes

REPLACED: tuple[type[Integration], ...] = (
    LoggingIntegration,  # sources.records
    DedupeIntegration,  # pipeline.gate, which knows an exception in any task
    AtexitIntegration,  # `Client.close`, which prints nothing
    ExcepthookIntegration,  # sources.hooks
    ArgvIntegration,  # process arguments may hold secrets
    ModulesIntegration,  # sources.modules, which does not hold up the first event
    UnraisablehookIntegration,  # sources.hooks; a default of sentry-sdk 3 only
)


MAX_TIME = 64
"""A longer text is no time; sentry-sdk would look for one in it."""

LIBRARIES = {
    "boto3": "botocore",
    "google_genai": "google.genai",
    "langchain": "langchain_core",
    "openai_agents": "agents",
}
"""What those integrations of sentry-sdk import that have another name than their library."""


MAX_NAME = 200
"""Longest name of a hook in what is said of it."""


def connect(
    options: Options,
    identity: Identity,
    config: configparser.ConfigParser,
    transport: sentry_sdk.transport.Transport,
    log_lines: Callable[[], str] = str,
    *,
    has_server: bool = True,
) -> tuple[Gate, "Processors"]:
    """Start sentry-sdk, without any source of events; return who is asked before and after an event is built.

    `has_server`: what sentry-sdk does to aiohttp's server is undone, as there is something better.
    """
    # The SDK makes two records a web request, which nothing shows.
    sentry_sdk.utils.logger.disabled = not options.debug
    # The SDK prints what it logs, so ASAB's handlers would show each line a second time.
    sentry_sdk.utils.logger.propagate = False
    scrubber = Scrubber(options, config, os.environ)
    denylist.use(scrubber.keys)
    gatekeeper, processors, handlers = Gate(options), Processors(), other_setups.Handlers()
    disabled = _disabled(options)
    with _absent_left_out(), _server_untouched() if has_server else contextlib.nullcontext():
        client = make_client(
            _prepare(gatekeeper, handlers, options),
            **options.for_sdk(),
            send_default_pii=options.send_default_pii,
            attach_stacktrace=False,  # `prepare` does it
            # Given none, the SDK would look for one again: an empty one is taken back below.
            release=identity.release or "",
            environment=identity.environment,
            server_name=identity.server_name,
            integrations=_integrations(options),
            disabled_integrations=disabled,
            before_send=_before_send(options, scrubber, Enclosed(options, scrubber.keys, config, log_lines)),
            before_send_transaction=_before_send_transaction(options, scrubber),
            before_send_span=_before_send_span(options, scrubber),
            enable_logs=options.logs is not None,
            before_send_log=_before_send_telemetry(options.before_send_log, scrubber),
            before_send_metric=_before_send_telemetry(options.before_send_metric, scrubber),
            before_breadcrumb=_before_breadcrumb(options, handlers),
            traces_sampler=_sampler(options.traces_sampler, options.traces_sample_rate or 0.0),
            error_sampler=_sampler(options.error_sampler, 1.0),
            transport=transport,
            spotlight=False,  # it posts from the calling thread, without a timeout
        )
    other_setups.leave_out(client, disabled)
    client.options["release"] = identity.release
    scope = sentry_sdk.get_global_scope()
    scope.set_client(client)
    scope.set_tags(identity.tags)
    scope.set_attributes({**identity.tags})  # of what has no tags: logs, metrics and spans of sentry-sdk 3
    scope.add_event_processor(callers.Describe(pii=options.send_default_pii))  # type: ignore[arg-type]
    scope.add_event_processor(processors.process)  # type: ignore[arg-type]
    return gatekeeper, processors


def _prepare(gate: Gate, handlers: other_setups.Handlers, options: Options) -> Prepare:
    """Return what each event goes through first: the gate, unless it was asked, then the stack."""

    def prepare(event: Event, hint: Hint) -> Ticket | None:
        is_ours = grouping.is_noted(hint)
        if not is_ours and handlers.made(hint):
            return None
        ticket = gate.enter(event, hint, scopes.here())
        if ticket is not None:
            if event.get("level") in health.ERRORS:
                health.note_error()
            attempt("An event has no stack, as that failed", complete, event, hint.get("exc_info"), is_ours)
        return ticket

    def complete(event: Event, exc_info: Any, is_ours: bool) -> None:  # noqa: FBT001  # `attempt` hands it on
        if exc_info:
            exceptions.complete(event, exc_info)
        if options.attach_stacktrace and not is_ours and event.keys().isdisjoint(("stacktrace", "threads")):
            raised = exceptions.exc_info_of(exc_info)
            is_new = raised is not None and raised[2] is None
            if is_new or "exception" not in event:
                event["threads"] = frames.threads(stacks.caller())

    return prepare


class Processors:
    """The event processors that the application added; one that fails leaves the event as it was given it."""

    def __init__(self) -> None:
        self._hooks: tuple[Hook, ...] = ()

    def add(self, hook: Any) -> None:
        """Let a hook see each event from now on."""
        if callable(hook):
            self._hooks += (cast("Hook", _guarded(hook)),)
        else:
            say(logging.ERROR, f"add_event_processor() takes a callable, not {name_of(type(hook))}; it is left out")

    def process(self, event: Event, hint: Hint) -> Event | None:
        """Ask one after the other (an event processor)."""
        if event.get("type") == "check_in":
            return event
        for hook in self._hooks:
            result: Event | None = hook(event, hint)
            if result is None:
                return None
            event = result
        return event


class Host(Protocol):
    """What a client works for: an application of ASAB, or another process as a whole."""

    app: Any
    """The application of ASAB, if it is one."""
    config: configparser.ConfigParser
    kind: type | None
    """The class whose package is the application."""
    has_server: bool
    """Whether requests that aiohttp's server is given are handled by the application."""

    def formatter(self) -> logging.Formatter:
        """Return what writes log records that are attached."""

    def install(
        self, options: Options, capture: Capture, health: health.Health, tick: Callable[[], None]
    ) -> Callable[[], None]:
        """Begin to watch it, call `tick` now and then, and return the function that ends it."""

    def end(self) -> None:
        """Tell of what is left, before the end."""


class Client:
    """sentry-sdk at work for one process. What it changed in the process, `close` restores."""

    make_transport: ClassVar[Callable[[Options, configparser.ConfigParser, Counts], sentry_sdk.transport.Transport]] = (
        make_transport
    )
    """How envelopes leave; `asab_sentry.testing` puts another one here for a while."""

    at_work: ClassVar[list["Client"]] = []
    """Those that are not closed."""

    def __init__(self, options: Options, identity: Identity, host: Host) -> None:
        self._undo = contextlib.ExitStack()
        self._host = host
        self.app = host.app
        self._shutdown_timeout = options.shutdown_timeout
        self._deadline: float | None = None
        self.counts = Counts()
        try:
            self._connect(options, identity, host)
        except BaseException:
            self._undo.close()
            raise
        self.at_work.append(self)

    def _connect(self, options: Options, identity: Identity, host: Host) -> None:
        before = sentry_sdk.get_client()
        if host.has_server:
            self._undo.callback(other_setups.free_server())
        self._undo.callback(scope_processors.install())
        log_lines = LogLines(options.attach_log, host.formatter())
        transport = Client.make_transport(options, host.config, self.counts)
        self._undo.callback(transport.kill)
        self._gate, self.processors = connect(
            options, identity, host.config, transport, log_lines.text, has_server=host.has_server
        )
        self._sdk = sentry_sdk.get_client()
        self._undo.callback(self._sdk.close, timeout=0)
        self._undo.callback(other_setups.stay(before))
        self._undo.callback(denylist.use, denylist.Keys())
        in_app.use(in_app.Application(host.kind, include=options.in_app_include, exclude=options.in_app_exclude))
        self._undo.callback(in_app.use, in_app.Application())
        # So that all tasks and threads begin with the same breadcrumbs.
        sentry_sdk.get_isolation_scope()
        self._undo.callback(frames.install(options))
        self.capture = Capture(
            self._gate, attach_stacktrace=options.attach_stacktrace, count_reduced=self.counts.count_reduced
        )
        self._undo.callback(hooks.install(self.capture))
        if options.attach_log:
            self._undo.callback(log_lines.install())
        rules = log_rules.rules(options.failed_request_status_codes)
        self._undo.callback(Records(options, self.capture, rules).install())
        self._undo.callback(outgoing.install())
        self._undo.callback(outgoing_clients.install())
        self.health = health.of(options, identity, self._send)
        self._undo.callback(host.install(options, self.capture, self.health, self._tick))
        atexit.register(self._end)
        self._undo.callback(atexit.unregister, self._end)

    @classmethod
    def of(cls, app: Any) -> "Client | None":
        """Return the one that is at work for an application of ASAB, if there is one."""
        return next((client for client in cls.at_work if client.app is app), None)

    @property
    def kept(self) -> Transport | None:
        """The transport, if it is one that keeps what it is given until the server has taken it."""
        transport = self._sdk.transport
        return transport if isinstance(transport, Transport) else None

    @property
    def suppressed(self) -> int:
        """How many events the limits kept back."""
        return self._gate.suppressed

    def flush(self, timeout: float | None = None) -> None:
        """Wait until what was captured is sent, at most `timeout` seconds (default: `shutdown_timeout`)."""
        self._sdk.flush(timeout=self._shutdown_timeout if timeout is None else timeout)

    def _send(self, envelope: Envelope) -> None:
        if self._sdk.transport is not None:
            self._sdk.transport.capture_envelope(envelope)

    def _tick(self) -> None:
        attempt("What was suppressed is not told", self._gate.tell)
        attempt("Sessions are not sent", self.health.send)

    def shutdown(self) -> None:
        """Wait as `flush` does; all calls together take `shutdown_timeout` at most."""
        self._gate.tell(everything=True)
        self.health.send(everything=True)
        first = self._deadline is None
        if self._deadline is None:
            self._deadline = time.monotonic() + self._shutdown_timeout
        self.flush(max(self._deadline - time.monotonic(), 0.0))
        if first and self.kept is not None:
            self.kept.tell_left()

    def _end(self) -> None:
        self._host.end()
        attempt("What waits is not sent at the end", self.shutdown)

    def close(self) -> None:
        """Send what is left and restore what was changed in the process."""
        self._end()
        self._undo.close()
        self.at_work.remove(self)


@contextlib.contextmanager
def _absent_left_out() -> Iterator[None]:
    """Spare sentry-sdk the import of integrations whose libraries are not installed, a good part of its start."""
    # Private, as `disabled_integrations` takes classes, and to have them is to import them.
    entries = sentry_sdk.integrations._AUTO_ENABLING_INTEGRATIONS  # noqa: SLF001
    before = entries[:]
    entries[:] = [entry for entry in entries if _may_be_installed(entry.split(".")[2])]
    try:
        yield
    finally:
        entries[:] = before


def _may_be_installed(integration: str) -> bool:
    try:
        return importlib.util.find_spec(LIBRARIES.get(integration, integration)) is not None
    except ModuleNotFoundError:  # of the package that it would be in
        return False
    except (ImportError, ValueError):
        return True


def _integrations(options: Options) -> list[Integration]:
    if not options.auto_enabling_integrations:
        return []
    disabled = options.disabled_integrations
    return [
        *([] if "aiohttp" in disabled else [AioHttpIntegration()]),
        *([] if "loguru" in disabled else loguru.integrations()),
    ]


@contextlib.contextmanager
def _server_untouched() -> Iterator[None]:
    """Keep what sentry-sdk does to aiohttp's client, and undo what it does to its server (`sources.web.server`)."""
    application, dispatcher = aiohttp.web.Application, aiohttp.web.UrlDispatcher
    handle, resolve = application._handle, dispatcher.resolve  # noqa: SLF001  # patched by the SDK
    with ignored.kept(other_setups.SERVER_LOG):
        yield
    application._handle, dispatcher.resolve = handle, resolve  # type: ignore[method-assign]  # noqa: SLF001


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


def _before_send(options: Options, scrubber: Scrubber, enclosed: Enclosed) -> Hook:
    hook = _guarded(options.before_send)
    with_modules = "modules" not in options.disabled_integrations

    def put_back(event: Event, ours: list[breadcrumbs.LogBreadcrumb]) -> None:
        breadcrumbs.put_back(event, ours, options.max_breadcrumbs, scrubber, as_text=hook is not None)

    def list_modules(event: Event) -> None:
        event.setdefault("modules", scrubber.modules(modules.installed()))

    def before_send(event: Event, hint: Hint) -> Event | None:
        ticket, issue = gate.admitted(hint), None
        ours = attempt("Breadcrumbs take the way of all others", breadcrumbs.take, event)
        event = well_formed(bounded(event))
        if not event.get("type"):
            issue = attempt("An event has no fingerprint", grouping.write, event, hint)
            if _is_over(event, ticket, issue):
                return None
        event = scrubber.event(event, hint)
        if enclosed.is_on or hint.get("attachments"):
            _enclose(hint, enclosed.to(event, issue), scrubber, options)
        if ours:
            attempt("An event has no breadcrumbs of log records", put_back, event, ours)
        if with_modules and not event.get("type"):
            attempt("An event has no list of packages", list_modules, event)
        if hook is None or event.get("type") == "check_in":
            return event
        return _shown(hook, event, hint, ticket, issue)

    return before_send


def _enclose(hint: Hint, more: Iterable[Attachment], scrubber: Scrubber, options: Options) -> None:
    enclosed = attempt("Nothing is attached by configuration", list, more) or ()
    try:
        attachments.complete(hint, enclosed, scrubber.text, options.attachments_max_bytes)
    except Exception as error:
        hint.pop("attachments", None)  # they may hold anything
        complain("An event has no attachments", error)


def _shown(hook: Hook, event: Event, hint: Hint, ticket: Ticket | None, issue: grouping.Issue | None) -> Event | None:
    """Return what a hook makes of an event, which counts as one of the issue that it has made it."""
    before = list(event.get("fingerprint") or ())
    result: Event | None = hook(event, hint)
    if issue is not None and result is not None and result.get("fingerprint") not in (before, None):
        issue = attempt("An event has no fingerprint", grouping.given, result["fingerprint"], issue) or issue
        if _is_over(result, ticket, issue):
            return None
    return result


def _is_over(event: Event, ticket: Ticket | None, issue: grouping.Issue | None) -> bool:
    """Return whether the limits of the issue that an event turned out to be keep it back."""
    return attempt("An event is not limited by its fingerprint", gate.move, event, ticket, issue) is False


def _before_breadcrumb(options: Options, handlers: other_setups.Handlers) -> Hook:
    hook = _guarded(options.before_breadcrumb)

    def is_made(hint: Hint) -> bool:
        return not hint.pop(other_setups.OURS, False) and handlers.made(hint)

    def before_breadcrumb(breadcrumb: Event, hint: Hint) -> Event | None:
        if attempt("A breadcrumb may be there twice", is_made, hint):
            return None
        when = breadcrumb.get("timestamp")
        if type(when) is str and len(when) > MAX_TIME:
            breadcrumb = {**breadcrumb, "timestamp": datetime.datetime.now(datetime.UTC)}
        return breadcrumb if hook is None else hook(breadcrumb, hint)

    return before_breadcrumb


def _before_send_transaction(options: Options, scrubber: Scrubber) -> Hook:
    hook = _guarded(options.before_send_transaction)

    def before_send_transaction(event: Event, hint: Hint) -> Event | None:
        event = scrubber.event(well_formed(bounded(event)), hint)
        if hint.get("attachments"):
            _enclose(hint, (), scrubber, options)
        return event if hook is None else hook(event, hint)

    return before_send_transaction


def _before_send_span(options: Options, scrubber: Scrubber) -> Hook:
    hook = options.before_send_span
    changed = hook and _called(hook, lambda result: isinstance(result, dict), "a dict", otherwise=lambda span, _: span)

    def before_send_span(span: Event, hint: Hint) -> Event:
        span = scrubber.span(span)
        return span if changed is None else changed(span, hint)

    return before_send_span


def _before_send_telemetry(hook: Hook | None, scrubber: Scrubber) -> Hook:
    hook = _guarded(hook)

    def before_send_telemetry(item: Event, hint: Hint) -> Event | None:
        # Then sentry-sdk would start a thread for them, which in Python 3.11 has no end.
        if sys.is_finalizing():
            return None
        cleaned = scrubber.telemetry(item, hint)
        return cleaned if hook is None or cleaned is None else hook(cleaned, hint)

    return before_send_telemetry


def _guarded(hook: Hook | None) -> Hook | None:
    """Return the hook so that its failure is said and what it was given is used unchanged."""

    def accepted(result: Any) -> bool:
        return result is None or issubclass(type(result), dict)

    return hook and _called(hook, accepted, "a dict or None", otherwise=lambda given, _hint: given)


def _sampler(hook: Hook | None, rate: float) -> Hook | None:
    """Return the sampler so that its failure is said and the rate is used."""

    def accepted(result: Any) -> bool:
        return issubclass(type(result), (int, float)) and 0 <= result <= 1

    return hook and _called(hook, accepted, "a number from 0 to 1", otherwise=lambda *_: rate)


def _called(hook: Hook, accepted: Callable[[Any], bool], accepts: str, *, otherwise: Hook) -> Hook:
    name = _name_of(hook)

    def call(*args: Any) -> Any:
        try:
            result = turns.call_hook(hook, *args)
        except BaseException as error:
            if is_interrupt(error):
                raise
            say(logging.ERROR, f"Hook {name} failed ({reason(error)})", cause=name, exc_info=True)
            return otherwise(*args)
        if accepted(result):
            return result
        say(logging.ERROR, f"Hook {name} returned {name_of(type(result))}, accepted is {accepts}", cause=name)
        return otherwise(*args)

    return call


def _name_of(hook: Any) -> str:
    try:
        # A functools.partial and other objects have neither.
        place = getattr(hook, "__module__", type(hook).__module__)
        name = f"{place}:{getattr(hook, '__qualname__', type(hook).__name__)}"
    except Exception:
        name = described(hook)
    return json_values.text(name, MAX_NAME)
