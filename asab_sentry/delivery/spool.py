"""A bounded store that outlives the process: the oldest is given out first and dropped first.

It knows bytes, a label for each, and files. Where there is no usable directory it keeps what it is given in memory,
within the same bounds.
"""

import contextlib
import itertools
import logging
import os
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ..runtime.diagnostics import in_a_word, say
from ..runtime.locks import Lock
from .clock import Clock
from .dead_folders import expire, take_over
from .files import Damaged
from .folder import Folder, folders
from .storage import Entry, Storage

VERSION = "v1"

FEW = 32
"""Of so many one is wanted nearly always; there may be thousands."""

_home = re.compile(r"v[^-]*-.*", re.DOTALL)


class Heir(Protocol):
    """Who has a use for what else dead processes leave in their directories, which nobody else can have meanwhile."""

    def adopt(self, directory: Path, owners: frozenset[int] | None) -> None:
        """Take and remove what a process for the same destination has left; raise OSError."""

    def expire(self, directory: Path, owners: frozenset[int] | None) -> None:
        """Remove what a process for another one has left, if it is old; raise OSError."""


class Spool:
    """A store for one destination: what is kept for others is left alone until it is too old.

    `lost(label, reason)` is called for each entry that is dropped. No method but `read` raises OSError.
    """

    def __init__(
        self,
        storage: Storage,
        destination: str,
        lost: Callable[[str, str], None],
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._home = storage.directory and home(storage.directory, destination)
        self._lost = lost
        self._clock = Clock(clock, steady)
        self._lock = Lock()
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._bytes = 0
        self._last = 0
        self._numbers = itertools.count(secrets.randbits(32))
        self._folder: Folder | None = None
        self._said: dict[Path | None, str] = {}
        self.heir: Heir | None = None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def newest(self) -> str:
        """The name of the entry that came last; "" when there is none."""
        return next(reversed(self._all()), Entry("", 0)).name

    @property
    def in_memory(self) -> int:
        """How many entries end with the process."""
        return sum(entry.content is not None for entry in self._all())

    @property
    def age(self) -> float:
        """Seconds since the oldest entry came; 0 when there is none."""
        oldest = self._oldest()
        return 0.0 if oldest is None else self._age(oldest)

    @property
    def full(self) -> bool:
        """Whether the next entry may cost an older one."""
        return len(self) >= self._storage.max_envelopes or self._bytes >= self._storage.max_bytes

    def open(self) -> bool:
        """Make the directory ready for use; return whether it is."""
        failure = None
        with self._lock:
            if self._folder is None and self._home is not None:
                try:
                    folder = Folder.claim(self._home, self._clock.mark)
                except OSError as error:
                    failure = error
                else:
                    # Unless a signal handler has come first.
                    self._folder, unused = self._folder or folder, self._folder and folder
                    if unused is not None:
                        unused.let_go()
            is_open = self._folder is not None
        if failure is not None:
            self._say_unusable(failure)
        return is_open

    def put(self, label: str, *content: bytes) -> None:
        """Keep the content, in pieces. When this returns it is in a file, if the directory can be used."""
        # Later than the one before, also when the clock was set back. Another thread may come to the same moment.
        self._last = moment = max(self._last + 1, int(self._clock.wall() * 1e9))
        name = f"{moment:020d}-{next(self._numbers) & 0xFFFFFFFF:08x}.{label}"
        length = sum(map(len, content))
        if length > self._storage.max_bytes:
            self._lost(label, "max_bytes")
            return
        # Not under the lock, so that threads do not wait for each other's writing.
        entry = self._written(name, self._clock.steady(), length, content)
        with self._lock:
            self._add(entry)
            # The age is looked at where something is given out.
            dropped = self._trim() if self._is_over else []
        self._drop(dropped)

    @property
    def _is_over(self) -> bool:
        return self._bytes > self._storage.max_bytes or len(self._entries) > self._storage.max_envelopes

    def _written(self, name: str, came: float, length: int, content: Sequence[bytes]) -> Entry:
        """Return what was written to a file, or what is to be kept in memory when that cannot be done."""
        for _ in range(2):
            folder = self._folder
            if folder is None and (not self.open() or (folder := self._folder) is None):
                break
            try:
                file, size = folder.write(name, length, content, fsync=self._storage.fsync)
            except FileNotFoundError:
                self._abandon(folder)  # somebody removed the directory
            except OSError as error:
                self._say_unusable(error)
                break
            else:
                if self._said:
                    self._said.pop(self._home, None)
                return Entry(name, size, None, came, file)
        return Entry(name, length, b"".join(content), came)

    def prepare(self) -> None:
        """Make ready what the next `put` needs, so that it takes less time."""
        folder = self._folder
        if folder is not None:
            with contextlib.suppress(OSError):  # `put` says so
                folder.prepare(f"{max(int(self._clock.wall() * 1e9), 0):020d}")

    def _abandon(self, folder: Folder) -> None:
        with self._lock:
            if self._folder is folder:
                self._folder = None
                folder.disown()

    def _add(self, entry: Entry) -> None:
        self._entries[entry.name] = entry
        self._bytes += entry.size

    def _all(self) -> list[Entry]:
        # In one go, as what a signal handler puts meanwhile would end an iteration.
        return list(self._entries.values())

    def _beginning(self, count: int) -> list[Entry]:
        while True:
            try:
                return list(itertools.islice(self._entries.values(), count))
            except RuntimeError:  # one was put between these two
                continue

    def _oldest(self) -> Entry | None:
        return next(iter(self._beginning(1)), None)

    def _age(self, entry: Entry) -> float:
        return self._clock.steady() - entry.came

    def _is_old(self, entry: Entry) -> bool:
        return self._age(entry) > self._storage.max_age

    def _trim(self) -> list[tuple[Entry, str]]:
        """Forget the oldest entries that are too many, and return them with the reason."""
        dropped = []
        while (entry := self._oldest()) is not None:
            if self._is_old(entry):
                reason = "max_age"
            elif len(self) > self._storage.max_envelopes:
                reason = "max_envelopes"
            elif self._bytes > self._storage.max_bytes:
                reason = "max_bytes"
            else:
                break
            if self._forget(entry):
                dropped.append((entry, reason))
        return dropped

    def _drop(self, dropped: list[tuple[Entry, str]]) -> None:
        for entry, reason in dropped:
            self._remove_file(entry)
            self._lost(entry.label, reason)

    def _forget(self, entry: Entry) -> bool:
        """Return whether an entry was still there."""
        with self._lock:
            if self._entries.pop(entry.name, None) is None:
                return False
            self._bytes -= entry.size
        return True

    def _remove_file(self, entry: Entry) -> None:
        folder = self._folder
        if entry.content is None and folder is not None:
            try:
                folder.remove(entry.file)
            except OSError as error:
                place = folder.path
                self._say_once(place, f"Files in {place} cannot be removed ({in_a_word(error)}); they are sent again")

    def first(self, wanted: Callable[[Entry], bool], skip: int = 0) -> Entry | None:
        """Return the oldest entry that is wanted, or one of those after it; None when there is none."""
        with self._lock:
            dropped = self._trim()
            oldest = self._beginning(FEW)
        self._drop(dropped)
        entry, left = _chosen(oldest, wanted, skip)
        if left and len(oldest) == FEW:
            entry = _chosen(self._all(), wanted, skip)[0] or entry
        return entry

    def before(self, entry: Entry, wanted: Callable[[Entry], bool]) -> list[str]:
        """Return the names of all wanted entries that are older than this one."""
        return [older.name for older in self._all() if older.name < entry.name and wanted(older)]

    def read(self, entry: Entry) -> bytes | None:
        """Return the content of an entry; None when there is none any more, and then it is gone from the store.

        Raises OSError where it cannot be read now, as without a free descriptor: it stays in the store.
        """
        if entry.content is not None:
            return entry.content
        folder = self._folder
        try:
            if folder is None:
                raise FileNotFoundError
            return folder.read(entry.file)
        except Damaged:
            if self._forget(entry):  # else it was dropped meanwhile
                place = folder and folder.path
                say(
                    logging.WARNING, f"A damaged envelope in {place} is removed; others are sent", cause="spool-damaged"
                )
                self._drop([(entry, "unreadable")])
        except FileNotFoundError as error:
            if self._forget(entry):
                say(logging.WARNING, f"An envelope is gone ({in_a_word(error)}); others are sent", cause="spool-gone")
                self._lost(entry.label, "unreadable")
        return None

    def remove(self, entry: Entry) -> None:
        """Forget an entry and remove its file, if it is still there."""
        if self._forget(entry):
            self._remove_file(entry)

    def maintain(self) -> None:
        """Take over what dead processes left, drop what is too old, write what could not be written before."""
        self._drop([(entry, "max_age") for entry in self._all() if self._is_old(entry) and self._forget(entry)])
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
            self._say_once(self._storage.directory, f"{error.filename} cannot be looked through ({in_a_word(error)})")
        self._write_down()

    def _expire(self, path: Path) -> None:
        def is_old(name: str, mark: str) -> bool:
            return self._clock.age(Entry(name, 0).moment, mark) > self._storage.max_age

        owners = None if self._folder is None else self._folder.owners

        def last(directory: Path) -> None:
            if self.heir is not None:
                self.heir.expire(directory, owners)

        # It is somebody else's, or goes at this moment.
        with contextlib.suppress(OSError):
            expire(path, is_old, owners, last)

    def _adopt(self, path: Path) -> None:
        folder = self._folder
        if folder is None or path == folder.path:
            return
        adopted, now = [], self._clock.steady()

        def last(directory: Path) -> None:
            if self.heir is not None:
                self.heir.adopt(directory, folder.owners)

        try:
            for file, name, size, mark in take_over(folder, path, last):
                # What was found before an error counts.
                age = self._clock.age(Entry(name, size).moment, mark)
                adopted.append(Entry(name, size, None, now - age, file))
        except OSError as error:
            self._say_once(path, f"{path} cannot be taken over ({in_a_word(error)})")
        with self._lock:
            for entry in adopted:
                self._add(entry)
            # What is too large by itself is not to push out all that is older.
            dropped = [
                (entry, "max_age" if self._is_old(entry) else "max_bytes")
                for entry in adopted
                if (entry.size > self._storage.max_bytes or self._is_old(entry)) and self._forget(entry)
            ]
            for name in sorted(self._entries) if adopted else ():
                with contextlib.suppress(KeyError):  # a signal handler may have taken it
                    self._entries.move_to_end(name)
            dropped += self._trim()
        self._drop(dropped)

    def _write_down(self) -> None:
        """Write to files what is in memory, as long as that can be done."""
        with self._lock:
            waiting = [entry for entry in self._all() if entry.content is not None]
        for entry in waiting:
            content = entry.content or b""
            written = self._written(entry.name, entry.came, len(content), [content])
            if written.content is not None:
                break
            with self._lock:
                if entry.name in self._entries:
                    self._entries[entry.name] = written
                    self._bytes += written.size - entry.size
                elif self._folder is not None:
                    with contextlib.suppress(OSError):
                        self._folder.remove(written.file)

    def close(self) -> None:
        """Leave what is kept to the next process."""
        with self._lock, contextlib.suppress(OSError):
            folder, self._folder = self._folder, None
            self._entries.clear()
            self._bytes = 0
            if folder is not None:
                folder.let_go()

    def leave(self) -> None:
        """Remove the directory, unless something waits in it. What comes later makes another one."""
        with self._lock, contextlib.suppress(OSError):
            if self._folder is not None and not self._entries:
                folder, self._folder = self._folder, None
                folder.let_go()

    @property
    def directory(self) -> Path | None:
        """The directory of this process, if there is one."""
        folder = self._folder
        return None if folder is None else folder.path

    def disown(self) -> None:
        """After `fork`: all of this belongs to the parent."""
        if self._folder is not None:
            self._folder.disown()

    def _say_unusable(self, error: OSError) -> None:
        self._say_once(self._home, f"Events are kept in memory only: {self._home} cannot be used ({in_a_word(error)})")

    def _say_once(self, path: Path | None, message: str) -> None:
        # Not again each minute while nothing changes.
        if self._said.get(path) != message:
            self._said[path] = message
            say(logging.WARNING, message)


def _chosen(entries: list[Entry], wanted: Callable[[Entry], bool], skip: int) -> tuple[Entry | None, int]:
    """Return the last of the first `skip + 1` entries that are wanted, and how many of these there are not."""
    chosen = None
    for entry in entries:
        if wanted(entry):
            chosen, skip = entry, skip - 1
            if skip < 0:
                break
    return chosen, skip + 1


def home(directory: Path, destination: str) -> Path:
    """Return where, in the directory of a storage, the folders of a destination are."""
    return directory / f"{VERSION}-{destination}"


def homes(directory: Path) -> list[Path]:
    """Return where the folders of all destinations are, also those that another version has made."""
    try:
        with os.scandir(directory) as entries:
            names = [
                entry.name for entry in entries if _home.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            ]
    except FileNotFoundError:
        return []
    return [directory / name for name in sorted(names)]
