"""sentry-sdk's transport on top of the spool: events are kept before a call returns, and sent until they are taken."""

import configparser
import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sentry_sdk.envelope import Envelope

from ..config.options import Options
from ..objects.calls import let_through
from ..runtime.diagnostics import L, counted, reason, say
from ..runtime.forks import AllForked
from ..runtime.losses import NOT_MADE
from ..sdk.attachments import LaterItem, items_made_later
from ..sdk.settings import with_defaults
from .counts import KEPT, Counts, is_kept
from .dead_folders import Heir
from .files import LONGEST_HEAD
from .payload import serialized, with_items
from .posting import Posting
from .sender import Sender
from .spool import Rest, Spool
from .storage import Storage, destination, storage_of

LONGEST_END = 5.0
"""For so many seconds attachments are cleaned at an end that leaves no time; of the others events go without theirs."""

LEAVING = 0.1
"""Seconds for which an end that leaves no time waits for the answer to what is being sent."""

IN_MEMORY = Storage(None, max_bytes=64 * 10**6, max_envelopes=10000, max_age=7 * 86400.0)


class Transport(Posting):
    """Keeps envelopes in a spool and sends them from a thread of its own."""

    def __init__(self, options: dict[str, Any], storage: Storage = IN_MEMORY, counts: Counts | None = None) -> None:
        super().__init__(options, counts)
        self.storage = storage
        self._heir: Heir | None = None
        self._is_leaving = False
        self._begin()
        if self._spool.open():
            # For what was left by the last process. It takes that over in its own time.
            self._sender.wake()
        _transports.add(self)

    def _begin(self) -> None:
        self._spool = Spool(
            self.storage, destination(self.options["dsn"]), self._lose, is_told=is_kept, finished=self._wake
        )
        self._spool.heir = self._heir
        self._sender = Sender(self._spool, self)

    def _wake(self) -> None:
        self._sender.wake()

    def let_inherit(self, heir: Heir) -> None:
        """Let what dead processes leave beside what waits go to an heir."""
        self._heir = self._spool.heir = heir
        self.take_over()

    def take_over(self) -> None:
        """Look now for what dead processes left, rather than when it is time."""
        self._sender.hurry()

    @property
    def directory(self) -> Path | None:
        """The directory of this process in the spool, if there is one."""
        return self._spool.directory

    def hold(self) -> None:
        """See to it that this directory is not taken for that of a dead process."""
        self._spool.hold()

    def leave(self) -> None:
        """Remove that directory at the end of the process, unless something waits in it."""
        self._spool.leave()

    def after_fork(self) -> None:
        """Begin anew in a child process: what the parent keeps is the parent's to send, as are its connections."""
        self._sender.disown()
        self._spool.disown()
        super().after_fork()
        self._begin()

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keep an envelope; the thread sends it. Never raises."""
        try:
            # While the interpreter finalizes nothing is sent any more: all that comes then waits for the next start.
            is_late = self._is_leaving or sys.is_finalizing()
            kept = [
                item.data_category
                for item in envelope.items
                if item.type in KEPT or (is_late and not self.wait(item.data_category))
            ]
            if kept and self._spool.full and not any(map(is_kept, kept)):
                self._lose_items("cache_overflow", envelope.items)  # rather than an event
            elif kept:
                self._keep(kept[0], envelope, is_late=is_late)
            else:
                self.enqueue(envelope)
            if not is_late:  # else what has no id, and is being sent when the process ends, arrives twice
                self._sender.wake()
        except Exception as error:
            let_through(error)
            say(logging.ERROR, f"An envelope could not be kept ({reason(error)})", exc_info=True)
            for item in envelope.items:
                self.record_lost_event(NOT_MADE, item.data_category)

    def _keep(self, label: str, envelope: Envelope, *, is_late: bool) -> None:
        """Keep an envelope; what of it takes long to be made a thread makes, unless there is no time for that."""
        later = [] if is_late else items_made_later(envelope)
        if not later:
            self._spool.put(label, *self._fitting(envelope))
            return
        made = self._fitting(Envelope(envelope.headers, [item for item in envelope.items if item not in later]))
        size = sum(item.payload.size for item in later)
        if self._spool.unfinished.has_room(size):
            self._spool.put(label, *made, rest=Rest(size, lambda: self._with(later, made)))
        else:
            message = f"An event is sent without its attachments of {size} bytes, as too many wait to be cleaned"
            say(logging.WARNING, message, cause="unfinished")
            self.record_lost_event("queue_overflow", "attachment", quantity=size)
            self._spool.put(label, *made)

    def _with(self, items: Sequence[LaterItem], made: list[bytes]) -> list[bytes]:
        """Return an envelope that was made with more items, unless there is no place for it then."""
        for item in items:
            item.payload.made(self._spool.unfinished.pause)
        whole = with_items(made, items)
        return whole if self._fits(whole) else made

    def _fitting(self, envelope: Envelope) -> list[bytes]:
        """Return an envelope in pieces: without its attachments, where with them there is no place for it."""
        made = serialized(envelope)
        items = [item for item in envelope.items if item.type != "attachment"]
        return (
            made
            if len(items) == len(envelope.items) or self._fits(made)
            else serialized(Envelope(envelope.headers, items))
        )

    def _fits(self, made: list[bytes]) -> bool:
        """Return whether there is place for an envelope with attachments; say so where there is none."""
        size, longest = sum(map(len, made)), self.storage.max_bytes
        if size <= longest - LONGEST_HEAD:
            return True
        message = f"An event with its attachments has {size} bytes, and [sentry:spool] max_bytes is {longest}"
        say(logging.WARNING, f"{message}: it is sent without them", cause="attachments")
        return False

    def keep_all(self, collect: Callable[[], object]) -> None:
        """Write to files what waits in memory, and what `collect` hands over, as before an end that leaves no time."""
        if self.storage.directory is None:
            return
        self._is_leaving = True
        try:
            collect()
            for envelope in self._unspooled.take_all():
                self.capture_envelope(envelope)
            self._spool.unfinished.finish_all(LONGEST_END)
        finally:
            self._is_leaving = False

    def pause(self) -> None:
        """Send nothing from now on, as before an end that leaves no time."""
        self._sender.pause(LEAVING)

    def resume(self) -> None:
        """Send again after `pause`."""
        self._sender.resume()

    def flush(self, timeout: float, callback: Any = None) -> None:  # noqa: ARG002  # the signature is sentry-sdk's
        """Wait until all is sent, or nothing more can be within `timeout` seconds."""
        if timeout > 0:
            self._report_losses(force=True)
            until = time.monotonic() + timeout
            self._spool.unfinished.wait(timeout)
            self._sender.flush(max(until - time.monotonic(), 0.0))
        self.tell()

    def kill(self) -> None:
        """Stop sending. What is kept on disk is sent by the next process."""
        _transports.discard(self)
        self._sender.stop()
        self._spool.close()

    def is_healthy(self) -> bool:
        """Return whether more can be taken (sentry-sdk then samples less)."""
        return not (self._spool.full or self._answers.limits.any)

    @property
    def waiting(self) -> int:
        """How many events and check-ins are kept until the server takes them."""
        return self._spool.waiting

    @property
    def longest_wait(self) -> float:
        """Seconds since the oldest of them was captured; 0 when there are none."""
        return self._spool.age

    def tell_left(self) -> None:
        """Say in one line what was not sent in time."""
        in_memory = self._spool.in_memory
        on_disk = self._spool.waiting - in_memory
        if on_disk:
            total = counted(on_disk, "event waits", "events wait")
            L.warning("%s in %s for the next start", total, self.storage.directory)
        if in_memory:
            total = counted(in_memory, "event that is", "events that are")
            L.warning("%s only in memory may not arrive any more", total)


def make_transport(options: Options, config: configparser.ConfigParser, counts: Counts) -> Transport:
    """Return one that keeps envelopes as `options` and `[general] var_dir` say."""
    return Transport(with_defaults(options.for_sdk()), storage_of(options, config), counts)


_transports: AllForked[Transport] = AllForked()
