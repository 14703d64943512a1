"""One event by the real transport, and what the server answers."""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asab
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.utils import Dsn

from ..client import connect
from ..config.identity import Identity
from ..config.options import Options
from ..delivery.connections import Response
from ..delivery.payload import sendable
from ..delivery.ratelimits import WAITS, RateLimits
from ..delivery.responses import describe_foreign, first_cause, json_object, reason_to_doubt, safe_text
from ..delivery.transport import Transport
from ..sdk.settings import with_defaults
from ..sdk.spans import spans
from ..sdk.version import TRACED
from ..sources.capture import Capture

MESSAGE = "Test event of asab-sentry"
TRANSACTION = "Test transaction of asab-sentry"

OFF = "the service itself sends none: traces_sample_rate is not set"

EXIT_CODES = {
    "key": os.EX_NOPERM,
    "project": os.EX_NOPERM,
    "quota": os.EX_TEMPFAIL,
    "size": os.EX_DATAERR,
    "content": os.EX_DATAERR,
    "answer": os.EX_PROTOCOL,
    "redirect": os.EX_UNAVAILABLE,
    "unreachable": os.EX_UNAVAILABLE,
    "not sent": os.EX_CONFIG,
}
"""Of each reason for which something did not arrive."""

REASONS = {
    401: "key",
    403: "key",
    404: "project",
    407: "unreachable",
    408: "unreachable",
    413: "size",
    **dict.fromkeys(WAITS, "quota"),
}
"""Of refusals below 500 that mean the same whatever is sent, and whoever refuses it."""

CATEGORIES = {"event": "error", "transaction": next(iter(TRACED)), "check_in": "monitor"}


@dataclass(frozen=True)
class Answer:
    """What became of an event or a transaction (`what`): accepted, or the reason why not, one of `EXIT_CODES`."""

    what: str
    event_id: str | None
    reason: str | None = None
    detail: str = ""
    status: int | None = None


class _Asking(Transport):
    """Holds what is captured until the server is asked, once. Nothing is stored."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self.unasked: list[Envelope] = []
        self.lost: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.unasked.append(Envelope(envelope.headers, [*map(sendable, envelope.items)]))

    def ask(self) -> Response | None:
        """Send what waits; return the last answer, None where nothing waits, and raise what the connection raises."""
        answer = None
        while self.unasked:
            answer = self.request(self.unasked.pop(0).serialize())
        return answer

    def record_lost_event(self, reason: str, *_args: Any, **_more: Any) -> None:
        self.lost.append(reason)


def probe(options: Options, identity: Identity, message: str, *, transaction: bool) -> list[Answer]:
    """Send an error event of that message, with `transaction` a transaction too; return what came of them.

    A transaction is sent whatever the configuration says of tracing; the event whatever share of them is sent, if any.
    """
    is_off, share = not options.is_traced, options.sample_rate
    if share:
        options = dataclasses.replace(options, sample_rate=1.0)
    if transaction:
        options = dataclasses.replace(options, traces_sample_rate=1.0, traces_sampler=None)
    transport = _Asking(with_defaults(options.for_sdk()))
    gate, *_ = connect(options, identity, asab.Config, transport)
    client = sentry_sdk.get_client()
    event_id = Capture(gate, attach_stacktrace=False).message(message, "error", None, {})
    answers = [_answer("event", event_id, transport)]
    if share not in {None, 1.0} and answers[0].reason is None:
        answers[0] = dataclasses.replace(
            answers[0], detail=f"of its own the service sends a share: sample_rate={share}"
        )
    if transaction:
        transport.lost = []
        sent = spans.begin_root(sentry_sdk.get_current_scope(), "test", TRANSACTION, None)
        spans.end(spans.begin_child(sent, "test", "test"), None)
        spans.end(sent, None)
        client.flush(timeout=0)  # of sentry-sdk 3, which collects spans
        answer = _answer("transaction", sent.trace_id, transport)
        answers.append(dataclasses.replace(answer, detail=OFF) if is_off and answer.reason is None else answer)
    client.close(timeout=0)
    return answers


def _answer(what: str, event_id: str | None, transport: _Asking) -> Answer:
    try:
        answer = transport.ask()
    except Exception as error:
        return Answer(what, event_id, "unreachable", first_cause(error))
    if answer is not None:
        return interpret(what, event_id, *answer[:3], dsn=transport.parsed_dsn, error=answer.error)
    reasons = ", ".join(dict.fromkeys(transport.lost)) or "a limit or a hook of the configuration"
    return Answer(what, None, "not sent", f"dropped by {reasons}")


def interpret(
    what: str,
    event_id: str | None,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    dsn: Dsn | None,
    error: str = "",
) -> Answer:
    """Return what an answer of the server means; `error` says why `body` is not the whole of it, if it is not."""
    limits = safe_text(headers.get("X-Sentry-Rate-Limits") or "", dsn)
    if 200 <= status < 300:
        asked = RateLimits()
        asked.update(status, headers)
        if asked.wait(CATEGORIES.get(what, "")):
            return Answer(what, event_id, "quota", f"the server takes none now ({limits})", status)
        why = reason_to_doubt(body, error, dsn, is_event=what == "event")
        return Answer(what, event_id, "answer" if why else None, why, status)
    if status < 400:
        return Answer(what, event_id, "redirect", f"to {safe_text(headers.get('Location', 'nowhere'), dsn)}", status)
    detail = safe_text(str(headers.get("X-Sentry-Error") or (json_object(body) or {}).get("detail") or ""), dsn)
    reason = "unreachable" if status >= 500 else REASONS.get(status)
    if reason is None:
        why = describe_foreign(body, dsn)
        return Answer(what, event_id, "answer" if why else "content", why or detail, status)
    if reason == "key" and "project" in detail.lower():
        reason = "project"
    return Answer(what, event_id, reason, detail or _unsaid(reason, status, headers, dsn), status)


def _unsaid(reason: str, status: int, headers: Mapping[str, str], dsn: Dsn | None) -> str:
    """Return what there is to say of a refusal that says nothing itself."""
    if reason == "quota":
        retry = safe_text(headers.get("Retry-After") or "", dsn)
        return f"again after {retry} s" if retry else ""
    if reason == "unreachable":
        return "the proxy wants a user and a password" if status == 407 else "the server has a fault"
    return ""
