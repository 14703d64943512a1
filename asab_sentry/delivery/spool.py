"""A bounded store that outlives the process: the oldest is given out first and dropped first.

It knows bytes, a label for each, and files. Where there is no usable directory it keeps what it is given in memory,
within the same bounds.
"""

import contextlib
import itertools
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..runtime.diagnostics import brief_reason, say
from .clock import Clock
from .dead_folders import Heir, expire, take_over
from .entries import Dropped, Entries
from .files import Damaged
from .folder import folders
from .own_folder import OwnFolder
from .storage import Entry, Storage, home, homes
from .unfinished import Unfinished


class Rest(NamedTuple):
    """A part that takes long to be made: about how many bytes it has, and what makes the whole."""

    size: int
    whole: Callable[[], Sequence[bytes]]


class Spool:
    """A store for one destination: what is kept for others is left alone until it is too old.

    `lost(label, reason)` is called for each entry that is dropped. `is_told(label)`: whether `waiting`, `in_memory` and
    `age` are about such. No method but `read` raises OSError.
    """

    def __init__(
        self,
        storage: Storage,
        destination: str,
        lost: Callable[[str, str], None],
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
        *,
        is_told: Callable[[str], bool] = lambda _: True,
        finished: Callable[[], object] = bool,
    ) -> None:
        """`finished` is called when what was kept without a part of it is there as a whole."""
        self._storage = storage
        self._home = storage.directory and home(storage.directory, destination)
        self._lost = lost
        self._is_told = is_told
        self._clock = Clock(clock, steady)
        self._entries = Entries(storage, steady)
        self._own = OwnFolder(self._home, self._clock, fsync=storage.fsync)
        self.unfinished = Unfinished(finished)
        self._last = 0
        self._numbers = itertools.count(secrets.randbits(32))
        self.heir: Heir | None = None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def newest(self) -> str:
        """The name of the entry that came last; "" when there is none."""
        return next(reversed(self._entries.all()), Entry("", 0)).name

    def _told(self) -> list[Entry]:
        return [entry for entry in self._entries.all() if self._is_told(entry.label)]

    @property
    def waiting(self) -> int:
        """How many entries are told of."""
        return len(self._told())

    @property
    def in_memory(self) -> int:
        """How many of them end with the process."""
        return sum(entry.content is not None for entry in self._told())

    @property
    def age(self) -> float:
        """Seconds since the oldest of them came; 0 when there is none."""
        oldest = self._told()[:1]
        return self._entries.age(oldest[0]) if oldest else 0.0

    @property
    def full(self) -> bool:
        """Whether the next entry may cost an older one."""
        return self._entries.is_full

    def open(self) -> bool:
        """Make the directory ready for use; return whether it is."""
        return self._own.open()

    def hold(self) -> None:
        """See to it that the directory of this process is not taken for a dead one's."""
        self._own.hold()

    def prepare(self) -> None:
        """Make ready what the next `put` needs, so that it takes less time."""
        self._own.prepare()

    def put(self, label: str, *content: bytes, rest: Rest | None = None) -> None:
        """Keep the content, in pieces. When this returns it is in a file, if the directory can be used.

        Where there is a `rest`, which takes long to be made, a thread makes it; it is not given out before.
        """
        # Later than the one before, also when the clock was set back. Another thread may come to the same moment.
        self._last = moment = max(self._last + 1, int(self._clock.wall() * 1e9))
        name = f"{moment:020d}-{next(self._numbers) & 0xFFFFFFFF:08x}.{label}"
        length = sum(map(len, content))
        if length > self._storage.max_bytes:
            self._lost(label, "max_bytes")
            return
        # Not under the lock, so that threads do not wait for each other's writing.
        entry = self._written(name, self._clock.steady(), length, content)
        if rest is not None:
            self.unfinished.add(name, rest.size, lambda: self._finish(name, rest.whole()))
        dropped = self._entries.add(entry)
        if dropped:
            self._drop(dropped)
        if rest is not None:
            self.unfinished.start()

    def _finish(self, name: str, content: Sequence[bytes]) -> None:
        """Keep the whole of what was kept without a part of it, unless it is gone or has no place."""
        before, length = self._entries.get(name), sum(map(len, content))
        if before is None or length > self._storage.max_bytes or name not in self.unfinished:
            return
        self._exchange(before, self._written(name, before.came, length, content))
        self._drop(self._entries.trim())

    def _exchange(self, before: Entry, written: Entry) -> None:
        is_there = self._entries.replace(before, written)
        self._remove_file(before if is_there else written)

    def _written(self, name: str, came: float, length: int, content: Sequence[bytes]) -> Entry:
        """Return what was written to a file, or what is to be kept in memory when that cannot be done."""
        written = self._own.write(name, length, content)
        if written is None:
            return Entry(name, length, b"".join(content), came)
        file, size = written
        return Entry(name, size, None, came, file)

    def _drop(self, dropped: Dropped) -> None:
        for entry, reason in dropped:
            self._remove_file(entry)
            self._lost(entry.label, reason)

    def _remove_file(self, entry: Entry, *, is_sent: bool = False) -> None:
        if entry.content is None:
            self._own.remove(entry.file, is_sent=is_sent)

    def first(self, wanted: Callable[[Entry], bool], skip: int = 0) -> Entry | None:
        """Return the oldest entry that is wanted, or one of those after it; None when there is none."""
        self._drop(self._entries.trim())
        unfinished = self.unfinished
        return self._entries.first(
            (lambda entry: entry.name not in unfinished and wanted(entry)) if unfinished else wanted, skip
        )

    def before(self, entry: Entry, wanted: Callable[[Entry], bool]) -> list[str]:
        """Return the names of all wanted entries that are older than this one."""
        return self._entries.before(entry, wanted)

    def read(self, entry: Entry) -> bytes | None:
        """Return the content of an entry; None when there is none any more, and then it is gone from the store.

        Raises OSError where it cannot be read now, as without a free descriptor: it stays in the store.
        """
        if entry.content is not None:
            return entry.content
        try:
            return self._own.read(entry.file)
        except Damaged:
            if self._entries.forget(entry):  # else it was dropped meanwhile
                message = f"A damaged envelope in {self.directory} is removed; others are sent"
                say(logging.WARNING, message, cause="spool-damaged")
                self._drop([(entry, "unreadable")])
        except FileNotFoundError as error:
            if self._entries.forget(entry):
                say(
                    logging.WARNING, f"An envelope is gone ({brief_reason(error)}); others are sent", cause="spool-gone"
                )
                self._lost(entry.label, "unreadable")
        return None

    def remove(self, entry: Entry) -> None:
        """Forget an entry that was sent and remove its file, if it is still there."""
        if self._entries.forget(entry):
            self._remove_file(entry, is_sent=True)

    def maintain(self) -> None:
        """Take over what dead processes left, drop what is too old, write what could not be written before."""
        self._drop(self._entries.expire())
        if self._storage.directory is None or self._home is None or not self.open():
            return
        try:
            # The others' directories: nobody sends from them until their destination is used again.
            for other in homes(self._storage.directory):
                for path in folders(other) if other != self._home else ():
                    self._expire(path)
            for path in folders(self._home):
                self._adopt(path)
        except OSError as error:
            message = f"{error.filename} cannot be looked through ({brief_reason(error)})"
            self._own.say_once(self._storage.directory, message)
        self._write_down()

    def _expire(self, path: Path) -> None:
        folder = self._own.folder
        owners = None if folder is None else folder.owners
        # It is somebody else's, or goes at this moment.
        with contextlib.suppress(OSError):
            expire(path, self._clock, self._storage.max_age, owners, self.heir)

    def _adopt(self, path: Path) -> None:
        folder = self._own.folder
        if folder is None or path == folder.path:
            return
        adopted: dict[str, Entry] = {}
        try:
            for entry in take_over(folder, path, self._clock, self.heir):
                # There twice where it ended when the whole was written, and what was without a part not yet removed.
                less, adopted[entry.name] = sorted((adopted.get(entry.name, entry), entry), key=lambda one: one.size)
                if less is not adopted[entry.name]:
                    folder.remove(less.file)
        except OSError as error:
            if self._own.folder is folder:
                self._own.say_once(path, f"{path} cannot be taken over ({brief_reason(error)})")
        # Where the end has come meanwhile, what is in our folder waits for whoever comes next.
        if self._own.folder is folder:
            self._drop(self._entries.adopt(adopted.values()))

    def _write_down(self) -> None:
        """Write to files what is in memory, as long as that can be done."""
        for entry in self._entries.all():
            if entry.content is None or entry.name in self.unfinished:
                continue
            written = self._written(entry.name, entry.came, len(entry.content), [entry.content])
            if written.content is not None:
                break
            self._exchange(entry, written)

    def close(self) -> None:
        """Leave what is kept to the next process."""
        self._entries.clear()
        self._own.let_go()

    def leave(self) -> None:
        """Remove the directory, unless something waits in it. What comes later makes another one."""
        if not self._entries:
            self._own.let_go()

    @property
    def directory(self) -> Path | None:
        """The directory of this process, if there is one."""
        folder = self._own.folder
        return None if folder is None else folder.path

    def disown(self) -> None:
        """After `fork`: all of this belongs to the parent."""
        self.unfinished = Unfinished(bool)
        self._own.disown()
