"""What everything goes through last, before it is sent: the limits of its issue, the scrubber, and the hook of users.

Events also get here what was kept out of the way of sentry-sdk: log breadcrumbs, attachments, the list of packages.
"""

import datetime
import sys
from collections.abc import Callable, Iterable
from typing import Any

from sentry_sdk.attachments import Attachment

from ..config.options import Hook, Options
from ..runtime import requests
from ..runtime.guards import attempt, complain
from ..sdk import other_setups
from ..sdk.bounded_events import bounded, well_formed
from ..sdk.serialized import without_spans_that_are_left_out
from . import attachments, gate, grouping, hooks, log_breadcrumbs, modules
from .configured_attachments import ConfiguredAttachments
from .gate import Ticket
from .log_breadcrumbs import Event, Hint
from .scrubbing.scrubber import Scrubber

NAMELESS = ("release", "dist")
"""What another process may have had none of: where an event has nothing, sentry-sdk adds what this one has."""

SECRETS = "asab_sentry.secrets"
"""Key in a hint of a list to which is added what an event tells to be secret, and in a log of that list."""

MAX_TIME = 64
"""A longer text is no time; sentry-sdk would look for one in it."""


def for_events(options: Options, scrubber: Scrubber, configured: ConfiguredAttachments) -> Hook:
    """Return what events and check-ins go through: limits, scrubber, attachments, breadcrumbs, packages, the hook."""
    hook = _with_clean_attachments(hooks.completed(hooks.guarded(options.before_send), hooks.EVENT), scrubber, options)
    with_modules = "modules" not in options.disabled_integrations

    def put_back(event: Event, ours: list[log_breadcrumbs.LogBreadcrumb], secrets: list[str]) -> None:
        log_breadcrumbs.put_back(event, ours, options.max_breadcrumbs, scrubber, secrets, as_text=hook is not None)

    def list_modules(event: Event) -> None:
        event.setdefault("modules", scrubber.modules(modules.installed()))

    def before_send(event: Event, hint: Hint) -> Event | None:
        ticket, issue = gate.take_ticket(hint), None
        secrets: list[str] = hint.pop(SECRETS, [])
        ours = attempt("Breadcrumbs take the way of all others", log_breadcrumbs.take, event)
        event = well_formed(bounded(event))
        if not event.get("type"):
            issue = attempt("An event has no fingerprint", grouping.write, event, hint)
            if _is_over(event, ticket, issue):
                return None
        event = _without_nothing(scrubber.event(event, hint, secrets))
        if configured.is_on or hint.get("attachments"):
            _attach(hint, configured.to(event, issue, ticket), scrubber, options)
        if ours:
            attempt("An event has no breadcrumbs of log records", put_back, event, ours, secrets)
        if with_modules and not event.get("type"):
            attempt("An event has no list of packages", list_modules, event)
        if hook is None or event.get("type") == "check_in":
            return event
        return _shown(hook, event, hint, ticket, issue)

    return before_send


def _without_nothing(event: Event) -> Event:
    for name in NAMELESS:
        if event.get(name) == "":
            del event[name]
    return event


def _attach(hint: Hint, more: Iterable[Attachment], scrubber: Scrubber, options: Options) -> None:
    configured = attempt("Nothing is attached by configuration", list, more) or ()
    try:
        attachments.complete(hint, configured, scrubber.text, options.attachments_max_bytes)
    except Exception as error:
        hint.pop("attachments", None)  # they may hold anything
        complain("An event has no attachments", error)


def _with_clean_attachments(hook: Hook | None, scrubber: Scrubber, options: Options) -> Hook | None:
    """Return a hook of which also what it attaches is such as may leave."""
    if hook is None:
        return None

    def call(event: Event, hint: Hint) -> Any:
        before = [*(hint.get("attachments") or ())]
        result = hook(event, hint)
        after = hint.get("attachments")
        if after and result is not None and (type(after) is not list or after != before):
            _attach(hint, (), scrubber, options)
        return result

    return call


def _shown(hook: Hook, event: Event, hint: Hint, ticket: Ticket | None, issue: grouping.Issue | None) -> Event | None:
    """Return what a hook makes of an event, which counts as one of the issue that it has made it."""
    before = list(event.get("fingerprint") or ())
    result: Event | None = hook(event, hint)
    if issue is not None and result is not None and result.get("fingerprint") not in (before, None):
        issue = attempt("An event has no fingerprint", grouping.of_fingerprint, result["fingerprint"], issue) or issue
        if _is_over(result, ticket, issue):
            return None
    return result


def _is_over(event: Event, ticket: Ticket | None, issue: grouping.Issue | None) -> bool:
    """Return whether the limits of the issue that an event turned out to be keep it back."""
    return attempt("An event is not limited by its fingerprint", gate.move, event, ticket, issue) is False


def for_breadcrumbs(options: Options, handlers: other_setups.Handlers, note: Callable[[Event], None]) -> Hook:
    """Return what breadcrumbs go through that are no log records: whether they are there already, the hook.

    `note` is given what is left.
    """
    hook = hooks.guarded(options.before_breadcrumb)

    def is_made(hint: Hint) -> bool:
        return not hint.pop(other_setups.OURS, False) and handlers.have_handled(hint)

    def before_breadcrumb(breadcrumb: Event, hint: Hint) -> Event | None:
        # sentry-sdk takes its own requests for those of the application, where the DSN has a port.
        if requests.THREAD.is_own or attempt("A breadcrumb may be there twice", is_made, hint):
            return None
        when = breadcrumb.get("timestamp")
        if type(when) is str and len(when) > MAX_TIME:
            breadcrumb = {**breadcrumb, "timestamp": datetime.datetime.now(datetime.UTC)}
        left: Event | None = breadcrumb if hook is None else hook(breadcrumb, hint)
        if left is not None:
            attempt("A breadcrumb is not in the trail", note, left)
        return left

    return before_breadcrumb


def for_transactions(options: Options, scrubber: Scrubber) -> Hook:
    """Return what transactions go through: scrubber, attachments, the hook."""
    hook = hooks.completed(hooks.guarded(options.before_send_transaction), hooks.EVENT)

    def before_send_transaction(event: Event, hint: Hint) -> Event | None:
        event = scrubber.event(without_spans_that_are_left_out(well_formed(bounded(event))), hint)
        if hint.get("attachments"):
            _attach(hint, (), scrubber, options)
        return event if hook is None else hook(event, hint)

    return before_send_transaction


def for_spans(options: Options, scrubber: Scrubber) -> Hook:
    """Return what spans of sentry-sdk 3 go through: the scrubber, the hook."""
    hook = hooks.guarded_for_spans(options.before_send_span)

    def before_send_span(span: Event, hint: Hint) -> Event:
        span = scrubber.span(span)
        return span if hook is None else hook(span, hint)

    return before_send_span


def for_telemetry(hook: Hook | None, scrubber: Scrubber) -> Hook:
    """Return what logs and metrics go through: scrubber, the hook."""
    hook = hooks.completed(hooks.guarded(hook), hooks.TELEMETRY)

    def before_send_telemetry(item: Event, hint: Hint) -> Event | None:
        # Then sentry-sdk would start a thread for them, which in Python 3.11 has no end.
        if sys.is_finalizing():
            return None
        cleaned = scrubber.telemetry(item, hint)
        return cleaned if hook is None or cleaned is None else hook(cleaned, hint)

    return before_send_telemetry
