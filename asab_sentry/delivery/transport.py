"""sentry-sdk's transport on top of the spool: events are kept before a call returns, and sent until they are taken."""

import codecs
import configparser
import contextlib
import gzip
import logging
import os
import time
import weakref
from collections import Counter, deque
from pathlib import Path
from typing import Any

import urllib3
from sentry_sdk.consts import EndpointType
from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.transport import HttpTransport

from ..config import proxies
from ..config.options import Options
from ..runtime.diagnostics import INTERVAL, L, counted, reason, say
from ..runtime.locks import Lock
from ..sdk.settings import complete
from . import connections, drain
from .connections import Response
from .counts import Counting, Counts
from .dead_folders import Heir
from .payload import NoEnvelope, dated, headers_of, items_of, pieces, sendable
from .ratelimits import RateLimits
from .repeated import repeat
from .responses import doubt, first_cause, safe_text
from .sender import PATIENCE, Outcome, Sender
from .spool import Spool
from .storage import Storage, destination, storage_of
from .trimming import attempts

KEPT = frozenset({"event", "check_in", "feedback", "user_report"})
"""Types of items that are worth a file. Others live in memory, as many as sentry-sdk's `transport_queue_size`."""

EVENT = "error"
"""The category of events."""

IN_MEMORY = Storage(None, max_bytes=64 * 10**6, max_envelopes=10000, max_age=7 * 86400.0)

COMPRESSION = 1
"""A fifth of the time of 6 for an event of 40 kB (75 of 358 us), and a tenth more bytes; 3 has 3 % less than this."""

SHUT_OUT = ("HTTP 401", "HTTP 403", "HTTP 404")
"""Refusals of the key or the project, which may be accepted again later: nothing is wrong with the event."""

LONG = 3600.0
"""Seconds for which a server wants nothing of a kind that has no use for it; one that has had too much wants less."""

UNWANTED = {
    "transaction": "transactions",
    "span": "spans",
    "log_item": "logs",
    "session": "sessions",
    "profile": "profiles",
    "profile_chunk": "profiles",
    "monitor": "check-ins",
}
"""Kinds of data that a server may not take, by their category."""

TOO_LARGE = "HTTP 413"
"""Refusal of an event that is sent again with less in it."""

ONE_ATTEMPT = urllib3.Retry(0, redirect=False, raise_on_redirect=False)
"""The key is for one server alone, so redirects are not followed. An attempt that is repeated at once fails again, and
urllib3 warns of each on the console."""


class Transport(Counting, HttpTransport):
    """Keeps envelopes in a spool and sends them from a thread of its own."""

    TIMEOUT = 10
    """Seconds for connecting, for sending, and for an answer as a whole. sentry-sdk gives it to urllib3."""

    def __init__(self, options: dict[str, Any], storage: Storage = IN_MEMORY, counts: Counts | None = None) -> None:
        super().__init__(options, counts)
        self.storage = storage
        self._limits = RateLimits()
        self._dropped: Counter[str] = Counter()
        self._last_said = time.monotonic() - INTERVAL
        self._down = ""
        """Why nothing is sent at present."""
        self._unwanted: set[str] = set()
        self._is_copy = False
        self._repeated: urllib3.HTTPConnectionPool | None = None
        """The connections to the server, of which some may have made a request before."""
        self._heir: Heir | None = None
        self._begin()
        if self._spool.open():
            # For what was left by the last process. It takes that over in its own time.
            self._sender.wake()
        _transports.add(self)

    def _begin(self) -> None:
        self._lock = Lock()
        self._queue: deque[Envelope] = deque()
        self._stuck = 0
        """How often on end the first in the queue was not taken."""
        self._trouble: tuple[float, str] | None = None
        """Since when the server takes nothing of what is kept, and why."""
        self._spool = Spool(self.storage, destination(self.options["dsn"]), self._lose)
        self._spool.heir = self._heir
        self._sender = Sender(self._spool, self)

    def let_inherit(self, heir: Heir) -> None:
        """Let what dead processes leave beside what waits go to an heir."""
        self._heir = self._spool.heir = heir
        self._sender.hurry()

    @property
    def directory(self) -> Path | None:
        """The directory of this process in the spool, if there is one."""
        return self._spool.directory

    def leave(self) -> None:
        """Remove that directory at the end of the process, unless something waits in it."""
        self._spool.leave()

    def after_fork(self) -> None:
        """Begin anew in a child process: what the parent keeps is the parent's to send, as are its connections."""
        self._spool.disown()
        self._is_copy = True
        self._fetch_pending_client_report(force=True)
        self._dropped.clear()
        self._begin()

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keep an envelope; the thread sends it. Never raises."""
        try:
            kept = [item.data_category for item in envelope.items if item.type in KEPT]
            if kept:
                self._spool.put(kept[0], *pieces(envelope))
            else:
                self._enqueue(envelope)
            self._sender.wake()
        except Exception as error:
            say(logging.ERROR, f"An envelope could not be kept ({reason(error)})", exc_info=True)
            for item in envelope.items:
                self.record_lost_event("internal_sdk_error", item.data_category)

    def _enqueue(self, envelope: Envelope) -> None:
        with self._lock:
            self._queue.append(envelope)
            oldest = self._queue.popleft() if len(self._queue) > self.options["transport_queue_size"] else None
        self._lose_items("queue_overflow", oldest.items if oldest else [])

    def flush(self, timeout: float, callback: Any = None) -> None:  # noqa: ARG002  # the signature is sentry-sdk's
        """Wait until all is sent, or nothing more can be within `timeout` seconds."""
        if timeout > 0:
            self._report_losses(force=True)
            self._sender.flush(timeout)
        self.tell()

    def kill(self) -> None:
        """Stop sending. What is kept on disk is sent by the next process."""
        _transports.discard(self)
        self._sender.stop()
        self._spool.close()

    def is_healthy(self) -> bool:
        """Return whether more can be taken (sentry-sdk then samples less)."""
        return not (self._spool.full or self._limits.any)

    @property
    def waiting(self) -> int:
        """How many envelopes are kept until the server takes them."""
        return len(self._spool)

    @property
    def longest_wait(self) -> float:
        """Seconds since the oldest of them was captured; 0 when there are none."""
        return self._spool.age

    @property
    def trouble(self) -> tuple[float, str] | None:
        """For how many seconds the server has not taken what is kept, and why; None while it does."""
        trouble = self._trouble
        return trouble and (time.monotonic() - trouble[0], trouble[1])

    def tell_left(self) -> None:
        """Say in one line what was not sent in time."""
        in_memory = self._spool.in_memory
        on_disk = len(self._spool) - in_memory
        if on_disk:
            total = counted(on_disk, "event waits", "events wait")
            L.warning("%s in %s for the next start", total, self.storage.directory)
        if in_memory:
            total = counted(in_memory, "event that is", "events that are")
            L.warning("%s only in memory may not arrive any more", total)

    # What the sender asks for.

    def post(self, label: str, content: bytes) -> Outcome:
        """Send an envelope that was kept."""
        try:
            headers = headers_of(content)
        except NoEnvelope as error:
            say(logging.WARNING, f"What is no envelope is dropped: {error}", cause="no envelope")
            self._lose(label, "unreadable")
            return Outcome.DONE
        outcome, why, attempt = Outcome.LATER, "", content
        for attempt in attempts(content):
            outcome, why = self._send(dated(attempt, headers), [label])
            if not why.startswith(TOO_LARGE):
                break
        if why.startswith(SHUT_OUT):
            outcome = self._shut_out(why)
        self._note("" if outcome is Outcome.DONE else why)
        event_id = headers.get("event_id")
        what = f"event {event_id}" if event_id else "an envelope"
        if outcome is Outcome.DONE and not why and attempt is not content:
            message = f"Sentry would not take {what} of {len(content)} bytes; it was sent with less in it"
            say(logging.WARNING, message, cause="large")
            self._lose_items("send_error", [item for item in items_of(content) if item.type == "attachment"])
        if outcome is Outcome.DONE and why:
            say(logging.WARNING, f"Sentry refused {what} ({why})", cause=_cause(why))
            self._count_dropped(_cause(why))
            self._lose_items("send_error", items_of(content))
        return outcome

    def wait(self, label: str) -> float:
        """Return the seconds until something of the category may be sent."""
        return self._limits.wait(label)

    def send_unspooled(self) -> Outcome | None:
        """Send the oldest envelope of those that are not worth being kept."""
        with self._lock:
            envelope = self._queue[0] if self._queue else None
        if envelope is None:
            return None
        try:
            outcome = self._send_other(envelope)
        except Exception as error:
            say(logging.ERROR, f"An envelope could not be sent ({reason(error)})", exc_info=True)
            self._lose_items("internal_sdk_error", envelope.items)
            outcome = Outcome.DONE
        with self._lock:
            self._stuck = 0 if outcome is Outcome.DONE else self._stuck + 1
            if self._queue and self._queue[0] is envelope and self._stuck in {0, PATIENCE}:
                self._queue.popleft()
                if outcome is not Outcome.DONE:
                    self._stuck = 0
                    self._queue.append(envelope)  # the next one may be taken
        return outcome

    def _send_other(self, envelope: Envelope) -> Outcome:
        items = [item for item in envelope.items if not self._limits.wait(item.data_category)]
        self._lose_items("ratelimit_backoff", [item for item in envelope.items if item not in items])
        envelope.items[:] = items
        if not items:
            return Outcome.DONE
        content = Envelope(envelope.headers, [sendable(item) for item in items]).serialize()
        outcome, why = self._send(content, [item.data_category for item in items])
        if outcome is Outcome.DONE and why:
            types = ", ".join(item.type or "" for item in items)
            say(logging.WARNING, f"Sentry refused an envelope of {types} ({why})", cause=_cause(why))
            self._lose_items("send_error", items)
        return outcome

    def maintain(self) -> None:
        """Report losses to the server and in the log."""
        self._report_losses()
        self.tell()

    def request(self, content: bytes) -> Response:
        """Send an envelope and return the answer; raises what urllib3 does.

        Connecting takes `TIMEOUT` seconds at most, so does sending, and so does the answer as a whole.
        """
        headers = {"Content-Type": "application/x-sentry-envelope", "Content-Encoding": "gzip"}
        self._update_headers(headers)
        if self._is_copy:
            self._pool, self._repeated, self._is_copy = self._make_pool(), None, False
        return self._ask(gzip.compress(content, COMPRESSION), headers)

    def _ask(self, body: bytes, headers: dict[str, str]) -> Response:
        url = self._auth.get_api_url(EndpointType.ENVELOPE)
        pool = self._repeated
        if pool is None or pool.pool is None:  # urllib3 has closed it
            pool = self._repeated = self._pool.connection_from_url(url)
        response = repeat(pool, body, self.TIMEOUT)
        if response is not None:
            return response
        # As sentry-sdk does it, but that the answer is not read.
        return connections.read(self._pool.request("POST", url, body=body, headers=headers, preload_content=False))

    def _send(self, content: bytes, categories: list[str]) -> tuple[Outcome, str]:
        """Make a request; return its outcome, and why it was not taken: done and not taken is refused for good."""
        try:
            response = self.request(content)
        except Exception as error:
            return self._unreachable(first_cause(error))
        self._limits.update(response.status, response.headers)
        self._tell_unwanted()
        location = safe_text(response.headers.get("Location", ""), self.parsed_dsn)
        answer = f"HTTP {response.status} {location}".strip()
        if 200 <= response.status < 300:
            why = doubt(response.data, response.error, self.parsed_dsn, is_event=EVENT in categories)
            if why:
                return self._unreachable(f"HTTP {response.status} with {why}", f"HTTP {response.status}")
            self._down = ""
            self.counts.count_sent(categories)
            return Outcome.DONE, ""
        if response.status == 429 and any(map(self._limits.wait, categories)):
            say(logging.WARNING, "Sentry asks to wait (HTTP 429); events are kept", cause="limited")
            return Outcome.LIMITED, answer
        if 400 <= response.status < 500 and response.status not in {408, 429}:
            return Outcome.DONE, f"{answer} {safe_text(response.data, self.parsed_dsn)}".strip()
        return self._unreachable(answer)

    def _tell_unwanted(self) -> None:
        """Say once what a server does not take at all while it takes errors, as Bugsink does with spans."""
        if not self._limits.any:
            return
        unwanted = {kind for label, kind in UNWANTED.items() if self._limits.wait(label) > LONG} - self._unwanted
        if unwanted and not self._limits.wait(EVENT):
            self._unwanted |= unwanted
            kinds = ", ".join(sorted(unwanted))
            say(logging.WARNING, f"The server takes no {kinds}: they are lost; errors are sent as before")

    def _unreachable(self, reason: str, cause: str = "") -> tuple[Outcome, str]:
        # Not again each minute while nothing changes; by the cause, as the text of an answer may differ each time.
        if self._down != (cause or reason):
            self._down = cause or reason
            say(logging.WARNING, f"Sentry does not take events ({reason}); they are kept and sent later", cause="down")
        return Outcome.LATER, reason

    def _shut_out(self, why: str) -> Outcome:
        # By the status, as the text of an answer may differ each time.
        if self._down != _cause(why):
            self._down = _cause(why)
            message = f"Sentry refuses the key or the project of the DSN ({why}); events are kept and sent later"
            say(logging.WARNING, message, cause="shut out")
        return Outcome.LATER

    def _note(self, reason: str) -> None:
        """Remember since when the server takes nothing of what is kept; without a reason it does."""
        if not reason:
            self._trouble = None
        else:
            self._trouble = (self._trouble[0] if self._trouble else time.monotonic(), reason)

    # Losses.

    def _lose(self, label: str, reason: str) -> None:
        """Count what the spool dropped."""
        self._count_dropped(f"over {reason}" if reason.startswith("max_") else reason)
        self.record_lost_event("cache_overflow", label)

    def _lose_items(self, reason: str, items: list[Item]) -> None:
        for item in items:
            if item.type != "client_report":  # a report of a report would never end
                with contextlib.suppress(Exception):  # anybody may have made it
                    self.record_lost_event(reason, item=item)

    def _count_dropped(self, reason: str) -> None:
        with self._lock:
            # In one go: a signal handler between reading and writing would not be counted.
            self._dropped.update((reason,))

    def tell(self) -> None:
        """Say in one line what was lost, once a minute at most."""
        now = time.monotonic()
        if self._dropped and now - self._last_said >= INTERVAL:
            self._last_said = now
            with self._lock:
                dropped, self._dropped = self._dropped, Counter()
            # Not by `diagnostics.say`, as no count may be lost.
            reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(dropped.items()))
            L.warning("%s dropped: %s", counted(dropped.total(), "event was", "events were"), reasons)

    def _report_losses(self, *, force: bool = False) -> None:
        report = self._fetch_pending_client_report(force=force, interval=60)
        if report is not None:
            self._enqueue(Envelope(items=[report]))

    # These names are private, as is all that a transport can be built on.

    def _get_pool_options(self) -> dict[str, Any]:
        return {**super()._get_pool_options(), "retries": ONE_ATTEMPT, "maxsize": drain.CONNECTIONS}

    def _make_pool(self) -> Any:
        given, dsn = self.options, self.parsed_dsn
        proxy = None
        if dsn is not None:
            proxy = proxies.chosen(given["https_proxy"], given["http_proxy"], dsn.scheme, dsn.netloc)
            fault = proxies.fault_of(proxy)
            if fault is not None:
                say(logging.WARNING, f"{fault}; events are sent without it")
                proxy = None
        # With an empty one none of the environment is taken, of which one that cannot be used would be the end of all.
        self.options = {**given, "https_proxy": proxy or "", "http_proxy": proxy or ""}
        try:
            pool = super()._make_pool()
        finally:
            self.options = given
        return connections.bounded(connections.logged_in(pool))


def make_transport(options: Options, config: configparser.ConfigParser, counts: Counts) -> Transport:
    """Return one that keeps envelopes as `options` and `[general] var_dir` say."""
    return Transport(complete(options.for_sdk()), storage_of(options, config), counts)


# A connection looks this up. The first time that is an import, and a fork meanwhile leaves its lock held in the child.
codecs.lookup("idna")

_transports: weakref.WeakSet[Transport] = weakref.WeakSet()


def _after_fork() -> None:
    for transport in list(_transports):
        transport.after_fork()


os.register_at_fork(after_in_child=_after_fork)


def _cause(refused: str) -> str:
    return f"refused with {refused[:8]}"
