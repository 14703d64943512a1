"""What is done by hand, in applications of ASAB and all other processes: captures, scopes, measuring, counts."""

import datetime
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Unpack

import sentry_sdk
import sentry_sdk.feature_flags

from . import tags
from .client import Client
from .config import identity, options
from .delivery.counts import CATEGORIES
from .delivery.transport import Transport
from .objects import json_values
from .objects.calls import Calls
from .objects.contents import is_mapping, pairs_of
from .objects.kinds import name_of
from .runtime.diagnostics import reason, say
from .runtime.guards import never_raises
from .sdk.measurement import Measurement
from .sources import attachment_arguments, capture_arguments, feedback
from .sources.capture_arguments import CaptureArguments, MessageArguments
from .sources.work import crons, measured, scopes
from .sources.work.blocks import Block, Off

L = logging.getLogger("asab_sentry")

MAX_NAME = 200
"""Longest name of a context."""

MAX_CATEGORY = 128
"""Longest category of a breadcrumb that Sentry keeps."""

_UNMEASURED: Off[Measurement] = Off(measured.Span)


class Facade:
    """What users call, whatever kind of process it is. No method raises; with an empty DSN all of them do nothing."""

    Options: options.Options
    """What is configured: a field for each option."""

    Identity: identity.Identity = identity.NOT_KNOWN
    """Release, environment, server name and tags; while Sentry is off none of them is looked for."""

    Enabled: bool = False
    """Whether anything is sent: false when the DSN is set but empty."""

    _client: Client | None = None
    _tracing = False

    def _configure(self, configured: options.Options) -> None:
        self.Options = configured
        self.Enabled = bool(configured.dsn)
        self._tracing = self.Enabled and configured.is_traced
        for warning in configured.warnings:
            L.warning(warning)

    def _identify(self, appclass: str, hostname: str, manifest: str) -> None:
        self.Identity = identity.identify(
            self.Options, appclass=appclass, hostname=hostname, manifest=manifest, environ=os.environ
        )
        for warning in self.Identity.warnings:
            L.warning(warning)

    def _start(self, make: Callable[[], Client]) -> bool:
        """Set a client to work; return whether it is, as a version of sentry-sdk may do otherwise."""
        try:
            self._client = make()
        except Exception as error:
            L.error("Sentry is off, as it cannot be started (%s)", reason(error), exc_info=True)
            self.Enabled = self._tracing = False
        return self._client is not None

    @property
    def _kept(self) -> Transport | None:
        return None if self._client is None else self._client.kept

    @property
    def Sent(self) -> dict[str, int]:
        """How many `events`, `transactions` and `check_ins` the server has taken since the start."""
        return dict.fromkeys(CATEGORIES.values(), 0) if self._client is None else dict(self._client.counts.sent)

    @property
    def Suppressed(self) -> int:
        """How many events the limits kept back since the start."""
        return 0 if self._client is None else self._client.suppressed

    @property
    def Dropped(self) -> dict[str, int]:
        """How many events, transactions and check-ins were lost since the start, by reason, as in `before_send`."""
        return {} if self._client is None else dict(self._client.counts.dropped)

    @property
    def Reduced(self) -> int:
        """How many events were captured of which only type, text, place and tags could be made."""
        return 0 if self._client is None else self._client.counts.reduced

    @property
    def Apdex(self) -> dict[str, float]:
        """The Apdex of each route since the start, from 0 to 1; empty without `[sentry] apdex_threshold`."""
        apdex = None if self._client is None else self._client.health.apdex
        return {} if apdex is None else apdex.scores

    @property
    def Waiting(self) -> int:
        """How many events and check-ins of this process wait to be sent, on disk or in memory."""
        return 0 if self._kept is None else self._kept.waiting

    @property
    def LongestWait(self) -> float:
        """For how many seconds the oldest of them has waited; 0 when there are none."""
        return 0.0 if self._kept is None else self._kept.longest_wait

    @never_raises()
    def capture_exception(
        self,
        error: Any = None,
        scope: Any = None,
        **scope_args: Unpack[CaptureArguments],
    ) -> str | None:
        """Send a caught exception as an event; return its id, or None when nothing was sent.

        Args:
            error: The exception, or a triple as of `sys.exc_info()`; by default the one that is being handled.
                Anything else is sent as the text of a message of level error.
            scope: A `sentry_sdk.Scope` whose data the event gets.
            **scope_args: What the event gets: `level`, `tags`, `extras`, `contexts`, `user`, `fingerprint`, and
                `attachments`, a list of paths and of tuples of data, name and content type as in `add_attachment`.
        """
        if self._client is None:
            return None
        if error is None:
            error = sys.exc_info()[1]
            if error is None:
                say(logging.ERROR, "capture_exception() without an exception, and none is being handled")
                return None
        return self._client.capture.exception(error, scope, dict(scope_args))

    @never_raises()
    def capture_message(
        self,
        message: str,
        level: str | int | None = None,
        scope: Any = None,
        **scope_args: Unpack[MessageArguments],
    ) -> str | None:
        """Send a text as an event; return its id, or None when nothing was sent.

        Args:
            message: The text.
            level: A level by its name in any case or by its number; by default info.
            scope: As in `capture_exception`.
            **scope_args: As in `capture_exception`.
        """
        if self._client is None:
            return None
        return self._client.capture.message(message, level, scope, dict(scope_args))

    @never_raises()
    def set_tag(self, key: str, value: str | float) -> None:
        """Set a tag in the current unit of work, or outside of any for the application.

        A unit of work is a web request, an asyncio task, a PubSub delivery, a thread or a `with service.scope():`
        block.

        Args:
            key: Up to 32 letters, digits and `_ . : -`; not one of `asab_sentry.tags.RESERVED`.
            value: Text of up to 200 characters without a newline, or a number or truth value, which is sent as text.

        A tag that breaks a rule is not set; an ERROR line says which rule.
        """
        if not self.Enabled:
            return
        _set_tags([(key, value)])

    @never_raises()
    def set_tags(self, tags_dict: Mapping[str, str | float]) -> None:
        """Set several tags, each as `set_tag` does."""
        if not self.Enabled:
            return
        if not is_mapping(tags_dict):
            say(logging.ERROR, f"set_tags() takes a dict, not {name_of(type(tags_dict))}; no tag is set")
            return
        _set_tags(pairs_of(tags_dict, Calls()))

    @never_raises()
    def set_context(self, section_name: str, context: Mapping[str, Any]) -> None:
        """Set a section of data that events of the current unit of work (see `set_tag`) show.

        Args:
            section_name: The title of the section.
            context: The data; about 7000 characters of it, nested up to 5 deep, are sent.
        """
        if not self.Enabled:
            return
        name = json_values.text(section_name, MAX_NAME) if issubclass(type(section_name), str) else ""
        if not name or not is_mapping(context):
            kinds = f"{name_of(type(section_name))} and {name_of(type(context))}"
            say(logging.ERROR, f"set_context() takes a name and a dict, not {kinds}; no context is set")
            return
        scopes.current().set_context(name, json_values.mapping(context, **json_values.CONTEXT))

    @never_raises()
    def set_user(self, user: Mapping[str, Any] | None) -> None:
        """Set the user of the current unit of work (see `set_tag`).

        Args:
            user: A dict with `id`, `username`, `email`; None for nobody.
        """
        if not self.Enabled:
            return
        if user is not None and not is_mapping(user):
            say(logging.ERROR, f"set_user() takes a dict or None, not {name_of(type(user))}; no user is set")
            return
        scopes.set_user(scopes.current(), None if user is None else json_values.user(user))

    @never_raises()
    def add_attachment(
        self,
        data_or_path: bytes | str | os.PathLike[str],
        filename: str | None = None,
        content_type: str | None = None,
    ) -> None:
        """Attach data or a file to events of the current unit of work (see `set_tag`).

        Args:
            data_or_path: Bytes, or the path of a file, which is read when an event is made.
            filename: Its name in Sentry; bytes need one.
            content_type: As in `text/csv`; by default that of the name.

        Texts are sent without secrets, as all else; what is no text is sent as it is. All attachments of an event have
        1 MB at most, or `[sentry:attachments] max_bytes`. A unit of work keeps the last 50.
        """
        if not self.Enabled:
            return
        try:
            made = attachment_arguments.attachment(data_or_path, filename, content_type)
        except ValueError as error:
            say(logging.ERROR, f"add_attachment() takes no {error}; nothing is attached")
        else:
            most = attachment_arguments.MOST
            if scopes.attach(scopes.current(), made, most):
                say(logging.WARNING, f"A unit of work has {most} attachments at most; the oldest is left out")

    @never_raises()
    def add_breadcrumb(
        self,
        message: str,
        category: str | None = None,
        level: str | int = "info",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Leave a breadcrumb in the current unit of work (see `set_tag`), as INFO records do by themselves.

        Args:
            message: The text.
            category: What it is about, as in `payment`.
            level: A level by its name in any case or by its number.
            data: Values that Sentry shows with it.
        """
        if not self.Enabled:
            return
        crumb: dict[str, Any] = {
            "type": "default",
            "message": json_values.text(message, json_values.MAX_MESSAGE),
            "level": capture_arguments.level(level) or "info",
        }
        if category is not None:
            crumb["category"] = json_values.text(category, MAX_CATEGORY)
        if data is not None:
            crumb["data"] = json_values.mapping(data if is_mapping(data) else {"data": data}, **json_values.DATA)
        sentry_sdk.add_breadcrumb(crumb)

    @never_raises()
    def add_feature_flag(self, flag: str, result: bool) -> None:  # noqa: FBT001  # as sentry-sdk has it
        """Note the answer of a feature flag: events of the current unit of work (see `set_tag`) tell the last 100.

        Args:
            flag: Its name.
            result: Whether it was on.
        """
        if not self.Enabled:
            return
        if not issubclass(type(flag), str) or flag == "" or type(result) is not bool:
            kinds = f"{name_of(type(flag))} and {name_of(type(result))}"
            say(logging.ERROR, f"add_feature_flag() takes a name and a truth value, not {kinds}; it is not noted")
            return
        sentry_sdk.feature_flags.add_feature_flag(json_values.text(flag, MAX_NAME), result)

    @never_raises()
    def capture_feedback(
        self,
        message: str,
        name: str | None = None,
        email: str | None = None,
        event_id: str | None = None,
        url: str | None = None,
    ) -> str | None:
        """Send what a user says, perhaps of an error, as user feedback; return its id, or None when nothing was sent.

        Args:
            message: The text, of up to 4096 characters.
            name: Of the user, if it may be sent.
            email: The same.
            event_id: The id of the event that it is about, with dashes or without, as `uuid` in an answer of ASAB.
            url: Where the user was.
        """
        if self._client is None:
            return None
        facts = {
            "release": self.Identity.release,
            "environment": self.Identity.environment,
            "server_name": self.Identity.server_name,
        }
        details = {"name": name, "contact_email": email, "associated_event_id": event_id, "url": url}
        return feedback.send(message, facts, self.Identity.tags, details)

    @never_raises(lambda: Off(scopes.Unit))
    def scope(self) -> Block[sentry_sdk.Scope]:
        """Make a `with` or `async with` block, or each call of a function, a unit of work; yields its scope.

        ```python
        with service.scope():
            service.set_tag("job", "nightly")
            ...
        ```
        """
        return Block(scopes.Unit) if self.Enabled else Off(scopes.Unit)

    @never_raises(lambda: _UNMEASURED)
    def transaction(self, span_operation: str, span_name: str) -> Block[Measurement]:
        """Measure a block or a function as a transaction, or within one (a web request's) as a span of it.

        Used like `monitor`. Gives a block its `Measurement`. An exception passes through and marks it failed.

        Args:
            span_operation: The kind of work, as in `task`.
            span_name: The name by which Sentry groups it.
        """
        if not self._tracing:
            return _UNMEASURED
        return Block(measured.Transaction, span_operation, span_name, self.Options.drawn_rate)

    @never_raises(lambda: _UNMEASURED)
    def span(self, operation: str, description: str) -> Block[Measurement]:
        """Measure a block or a function as a part of the current transaction; without one, do nothing.

        Used like `monitor`. Gives a block its `Measurement`. An exception passes through and marks it failed.

        Args:
            operation: The kind of work, as in `task`.
            description: What is done.
        """
        if not self._tracing:
            return _UNMEASURED
        return Block(measured.Span, operation, description)

    @never_raises(lambda: Off(crons.Check))
    def monitor(
        self,
        slug: str,
        schedule: str | float | datetime.timedelta | None = None,
        *,
        timezone: str | None = None,
        checkin_margin: int | None = None,
        max_runtime: int | None = None,
        failure_issue_threshold: int | None = None,
        recovery_threshold: int | None = None,
    ) -> Block[None]:
        """Tell Sentry when a job begins and how it ends: a decorator, or a `with` or `async with` block.

        ```python
        @service.monitor("nightly-import", "0 3 * * *")
        async def import_prices(): ...
        ```

        An exception passes through; the run counts as failed. Reporting the exception is another matter.

        Args:
            slug: The name of the monitor: 1 to 50 of a-z, 0-9, _ and -.
            schedule: A crontab entry as in `0 3 * * *`, or an interval of whole minutes as a text (`10m`), in seconds
                or as a `datetime.timedelta`. With it Sentry sets up the monitor at the first check-in; without it,
                the monitor is set up in Sentry by hand.
            timezone: Of the crontab entry, as in `Europe/Prague`; by default UTC.
            checkin_margin: Minutes after which a run that has not begun counts as missed.
            max_runtime: Minutes after which a run that has not ended counts as failed.
            failure_issue_threshold: So many failures in a row make an issue.
            recovery_threshold: So many good runs in a row resolve it.
        """
        if not self.Enabled:
            return Off(crons.Check)
        return crons.monitor(
            slug,
            schedule,
            timezone=timezone,
            checkin_margin=checkin_margin,
            max_runtime=max_runtime,
            failure_issue_threshold=failure_issue_threshold,
            recovery_threshold=recovery_threshold,
        )

    @never_raises()
    def add_event_processor(self, processor: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any] | None]) -> None:
        """Let a function see each event and transaction of the application before it is sent.

        Args:
            processor: Is given the event and a hint (`exc_info`, `log_record`) and returns the event, changed or not,
                or None to drop it. When it fails, that is said and the event goes on without it.

        Processors are asked in the order in which they were added, before the hook `before_send`.
        """
        if self._client is not None:
            self._client.processors.add(processor)

    @never_raises()
    def flush(self, timeout: float | None = None) -> None:
        """Wait until what was captured is sent, at most `timeout` seconds (default: `shutdown_timeout`). Blocks."""
        if self._client is not None:
            self._client.flush(timeout)


def _set_tags(pairs: Iterable[tuple[Any, Any]]) -> None:
    for name, text in tags.usable(pairs, logging.ERROR).items():
        scopes.set_tag(scopes.current(), name, text)
