"""The map: options and identity -> our client of sentry-sdk, with every stage of an event plugged in here, in order.

    log record ──> sources.records ──────────┬─> breadcrumb
    lost task ───> sources.asab.loop ────────┤
    exception ───> sources.interpreter_hooks ┼─> SdkClient.capture_event ─> first_stage: gate, stack
    by hand ─────> sources.capture ──────────┤        ─> sentry-sdk: scope, event processors
    others ──────> sentry-sdk ───────────────┘        ─> last_stage: limits, scrubber, breadcrumbs, hook ─> transport

`connect` makes the client, `Client` the sources; what they change in the process, `Client.close` restores. How its
work ends is `shutdown`.
"""

import configparser
import contextlib
import os
from collections.abc import Callable
from typing import Any, ClassVar, cast

import sentry_sdk
import sentry_sdk.transport
import sentry_sdk.utils
from sentry_sdk.envelope import Envelope

from .blackbox import ends
from .blackbox.recorder import Recorder
from .config.identity import Identity
from .config.options import Options
from .delivery.counts import Counts
from .delivery.transport import Transport, make_transport
from .pipeline import hooks, last_stage
from .pipeline.configured_attachments import ConfiguredAttachments
from .pipeline.gate import Gate
from .pipeline.log_breadcrumbs import Event
from .pipeline.scrubbing.scrubber import Scrubber
from .runtime import in_app
from .runtime.guards import attempt
from .sdk import integrations, internal_errors, other_setups, scope_processors
from .sdk.client import SdkClient, make_client
from .secret_keys import denylist
from .shutdown import Shutdown, kept
from .sources import child_processes, first_stage, frames, health, interpreter_hooks, own_signals
from .sources.asab import callers
from .sources.capture import Capture
from .sources.host import Host
from .sources.log_lines import LogLines
from .sources.logs import Logs
from .sources.records import Records
from .sources.web import log_rules, outgoing, outgoing_clients, request_variables


def connect(
    options: Options,
    identity: Identity,
    config: configparser.ConfigParser,
    transport: sentry_sdk.transport.Transport,
    log_lines: Callable[[int], str] = lambda _: "",
    *,
    has_server: bool = True,
    note: Callable[[Event], None] = lambda _: None,
) -> tuple[Gate, hooks.Processors, Scrubber]:
    """Start sentry-sdk, without any source of events; return who is asked before and after an event is built.

    `has_server`: whether this is an application of ASAB, whose web server is watched by us.
    `note` is given each breadcrumb that takes the way of sentry-sdk.
    """
    # The SDK makes two records a web request, which nothing shows.
    sentry_sdk.utils.logger.disabled = not options.debug
    # The SDK prints what it logs, so ASAB's handlers would show each line a second time.
    sentry_sdk.utils.logger.propagate = False
    scrubber = Scrubber(options, config, os.environ)
    denylist.use(scrubber.keys)
    gatekeeper, processors, handlers = Gate(options), hooks.Processors(), other_setups.Handlers()
    disabled = integrations.disabled(options.disabled_integrations)
    with integrations.later_left_out():
        client = make_client(
            first_stage.prepare_with(gatekeeper, handlers, attach_stacktrace=options.attach_stacktrace),
            **options.for_sdk(),
            send_default_pii=options.send_default_pii,
            attach_stacktrace=False,  # the first stage does it
            # Given none, the SDK would look for one again: an empty one is taken back below.
            release=identity.release or "",
            environment=identity.environment,
            server_name=identity.server_name,
            disabled_integrations=disabled,
            before_send=last_stage.for_events(
                options, scrubber, ConfiguredAttachments(options, scrubber.keys, config, log_lines)
            ),
            before_send_transaction=last_stage.for_transactions(options, scrubber),
            before_send_span=last_stage.for_spans(options, scrubber),
            enable_logs=options.logs is not None,
            # Sentry takes sessions of releases only.
            auto_session_tracking=options.auto_session_tracking and bool(identity.release),
            before_send_log=last_stage.for_telemetry(options.before_send_log, scrubber),
            before_send_metric=last_stage.for_telemetry(options.before_send_metric, scrubber),
            before_breadcrumb=last_stage.for_breadcrumbs(options, handlers, note),
            traces_sampler=hooks.guarded_sampler(options.traces_sampler, options.traces_sample_rate or 0.0),
            error_sampler=hooks.guarded_sampler(options.error_sampler, 1.0),
            transport=transport,
            spotlight=False,  # it posts from the calling thread, without a timeout
        )
    integrations.add(client, options.integrations, has_server=has_server)
    integrations.leave_out(client, disabled)
    client.options["release"] = identity.release
    scope = sentry_sdk.get_global_scope()
    scope.set_client(client)
    scope.set_tags(identity.tags)
    scope.set_attributes({**identity.tags})  # of what has no tags: logs, metrics and spans of sentry-sdk 3
    scope.add_event_processor(callers.Describe(pii=options.send_default_pii))  # type: ignore[arg-type]
    scope.add_event_processor(processors.process)  # type: ignore[arg-type]
    return gatekeeper, processors, scrubber


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
        self.counts = Counts()
        try:
            log_lines = LogLines(options.attach_log, host.formatter())
            scrubber = self._start_sdk(options, identity, host, log_lines)
            self._install_sources(options, identity, scrubber, log_lines)
        except BaseException:
            self._undo.close()
            raise
        self.at_work.append(self)

    def _start_sdk(self, options: Options, identity: Identity, host: Host, log_lines: LogLines) -> Scrubber:
        before = sentry_sdk.get_client()
        if host.has_server:
            self._undo.callback(other_setups.free_server())
        self._undo.callback(scope_processors.install())
        self._undo.callback(internal_errors.install())
        request_variables.install()
        transport = Client.make_transport(options, host.config, self.counts)
        self._undo.callback(transport.kill)
        self._recorder = Recorder(options, identity, host)
        self._gate, self.processors, scrubber = connect(
            options,
            identity,
            host.config,
            transport,
            log_lines.text,
            has_server=host.has_server,
            note=self._recorder.trail.note_other,
        )
        self._sdk = cast("SdkClient", sentry_sdk.get_client())
        self._logs = Logs(options, scrubber, self._sdk)
        self._sdk.collect = self._logs.flush
        self._undo.callback(self._logs.end)
        self._undo.callback(self._sdk.close, timeout=0)
        if options.auto_enabling_integrations:
            self._undo.callback(integrations.install_later(self._sdk, has_server=host.has_server))
        self._undo.callback(other_setups.keep_client(before, host.begun))
        self._undo.callback(denylist.use, denylist.Keys())
        in_app.use(
            in_app.Application(
                host.kind, folder=host.folder, include=options.in_app_include, exclude=options.in_app_exclude
            )
        )
        self._undo.callback(in_app.use, in_app.Application())
        # So that all tasks and threads begin with the same breadcrumbs.
        sentry_sdk.get_isolation_scope()
        return scrubber

    def _install_sources(self, options: Options, identity: Identity, scrubber: Scrubber, log_lines: LogLines) -> None:
        recorder = self._recorder
        self._undo.callback(frames.install(options))
        self.capture = Capture(
            self._gate, attach_stacktrace=options.attach_stacktrace, count_reduced=self.counts.count_reduced
        )
        undo_hooks, catch_up = interpreter_hooks.install(self.capture)
        self._undo.callback(undo_hooks)
        self._undo.callback(child_processes.install(self.capture))
        if options.attach_log:
            self._undo.callback(log_lines.install())
        rules = log_rules.rules(options.failed_request_status_codes, pii=options.send_default_pii)
        records = Records(
            options,
            self.capture,
            rules,
            recorder.trail,
            logs=self._logs,
            cleaner=scrubber,
            before_kill=recorder.say_goodbye,
        )
        self._undo.callback(records.install())
        self._undo.callback(outgoing.install())
        self._undo.callback(outgoing_clients.install())
        self.health = health.make(options, identity, self._send)
        self._undo.callback(self._host.install(options, self.capture, self.health, self._tick))
        self._undo.callback(recorder.install(self.kept, scrubber, self.capture, self._tell_of_another))
        self._shutdown = end = Shutdown(
            self._sdk,
            timeout=options.shutdown_timeout,
            gate=self._gate,
            health=self.health,
            recorder=recorder,
            host=self._host,
            catch_up=catch_up,
        )
        self.flush, self.shutdown = end.flush, end.run
        self._undo.callback(own_signals.install(end.end, recorder.come_back))
        self._undo.callback(ends.install(end.leave, end.come_back))
        self._undo.callback(end.install())

    @classmethod
    def of(cls, app: Any) -> "Client | None":
        """Return the one that is at work for an application of ASAB, if there is one."""
        return next((client for client in cls.at_work if client.app is app), None)

    @property
    def kept(self) -> Transport | None:
        """The transport, if it is one that keeps what it is given until the server has taken it."""
        return kept(self._sdk)

    @property
    def suppressed(self) -> int:
        """How many events the limits kept back."""
        return self._gate.suppressed

    def _send(self, envelope: Envelope) -> None:
        if self._sdk.transport is not None:
            self._sdk.transport.capture_envelope(envelope)

    def _tell_of_another(self, event: Event) -> None:
        """Capture the event of another process; nothing of the scopes of this one is in it."""
        described = self.processors.process(event, {})
        if described is not None:
            self._sdk.capture_event(described, {first_stage.OF_ANOTHER: True})

    def _tick(self) -> None:
        attempt("What was suppressed is not told", self._gate.tell)
        attempt("Sessions are not sent", self.health.send)

    def close(self) -> None:
        """Send what is left and restore what was changed in the process."""
        self._shutdown.end()
        self._undo.close()
        self.at_work.remove(self)
