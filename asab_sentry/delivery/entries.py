"""What waits: the oldest is given out first, and dropped first where it is too much. It may be kept anywhere."""

import contextlib
import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterable

from ..runtime.locks import Lock
from .storage import Entry, Storage

FEW = 32
"""Of so many one is wanted nearly always; there may be thousands."""

Dropped = list[tuple[Entry, str]]
"""Entries that are not there any more, each with the bound that it was over."""


class Entries:
    """Entries by their names, within the bounds of a storage; `steady` is the clock by which they came."""

    def __init__(self, storage: Storage, steady: Callable[[], float]) -> None:
        self._storage = storage
        self._steady = steady
        self._lock = Lock()
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._bytes = 0

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_full(self) -> bool:
        """Whether the next one may cost an older one."""
        return len(self) >= self._storage.max_envelopes or self._bytes >= self._storage.max_bytes

    def all(self) -> list[Entry]:
        """Return all of them, in order."""
        # In one go, as what a signal handler puts meanwhile would end an iteration.
        return list(self._entries.values())

    def oldest(self) -> Entry | None:
        """Return the oldest one, if there is any."""
        return next(iter(self._beginning(1)), None)

    def _beginning(self, count: int) -> list[Entry]:
        while True:
            try:
                return list(itertools.islice(self._entries.values(), count))
            except RuntimeError:  # one was put between these two
                continue

    def age(self, entry: Entry) -> float:
        """Return the seconds since one came."""
        return self._steady() - entry.came

    def _is_old(self, entry: Entry) -> bool:
        return self.age(entry) > self._storage.max_age

    def add(self, entry: Entry) -> Dropped:
        """Add the newest one; return what is dropped for it."""
        storage = self._storage
        with self._lock:
            self._add(entry)
            # The age is looked at where something is given out.
            is_over = self._bytes > storage.max_bytes or len(self._entries) > storage.max_envelopes
            return self.trim() if is_over else []

    def _add(self, entry: Entry) -> None:
        self._entries[entry.name] = entry
        self._bytes += entry.size

    def adopt(self, entries: Iterable[Entry]) -> Dropped:
        """Add those that came at any time; return what is dropped for them."""
        adopted = list(entries)
        with self._lock:
            for entry in adopted:
                self._add(entry)
            # What is too large by itself is not to push out all that is older.
            dropped = [
                (entry, "max_age" if self._is_old(entry) else "max_bytes")
                for entry in adopted
                if (entry.size > self._storage.max_bytes or self._is_old(entry)) and self.forget(entry)
            ]
            for name in sorted(self._entries) if adopted else ():
                with contextlib.suppress(KeyError):  # a signal handler may have taken it
                    self._entries.move_to_end(name)
            return dropped + self.trim()

    def get(self, name: str) -> Entry | None:
        """Return the one of this name; None when it is not there any more."""
        return self._entries.get(name)

    def replace(self, before: Entry, entry: Entry) -> bool:
        """Let one be kept elsewhere, or with more in it; return whether it is still there as it was before."""
        with self._lock:
            if self._entries.get(before.name) is not before:
                return False
            self._entries[entry.name] = entry
            self._bytes += entry.size - before.size
        return True

    def forget(self, entry: Entry) -> bool:
        """Return whether one was still there."""
        with self._lock:
            if self._entries.pop(entry.name, None) is None:
                return False
            self._bytes -= entry.size
        return True

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def expire(self) -> Dropped:
        """Forget all that are too old, and return them."""
        return [(entry, "max_age") for entry in self.all() if self._is_old(entry) and self.forget(entry)]

    def trim(self) -> Dropped:
        """Forget the oldest that are too many, and return them."""
        dropped = []
        with self._lock:
            while (entry := self.oldest()) is not None:
                if self._is_old(entry):
                    reason = "max_age"
                elif len(self) > self._storage.max_envelopes:
                    reason = "max_envelopes"
                elif self._bytes > self._storage.max_bytes:
                    reason = "max_bytes"
                else:
                    break
                if self.forget(entry):
                    dropped.append((entry, reason))
        return dropped

    def first(self, wanted: Callable[[Entry], bool], skip: int = 0) -> Entry | None:
        """Return the oldest that is wanted, or one of those after it; None when there is none."""
        oldest = self._beginning(FEW)
        entry, left = _chosen(oldest, wanted, skip)
        if left and len(oldest) == FEW:
            entry = _chosen(self.all(), wanted, skip)[0] or entry
        return entry

    def before(self, entry: Entry, wanted: Callable[[Entry], bool]) -> list[str]:
        """Return the names of all that are wanted and older than this one."""
        return [older.name for older in self.all() if older.name < entry.name and wanted(older)]


def _chosen(entries: list[Entry], wanted: Callable[[Entry], bool], skip: int) -> tuple[Entry | None, int]:
    """Return the last of the first `skip + 1` entries that are wanted, and how many of these there are not."""
    chosen = None
    for entry in entries:
        if wanted(entry):
            chosen, skip = entry, skip - 1
            if skip < 0:
                break
    return chosen, skip + 1
