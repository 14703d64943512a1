"""The directory of this process in its home: made when it is needed, and again when somebody has removed it."""

import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path

from ..runtime.diagnostics import brief_reason, say
from ..runtime.locks import Lock
from .clock import Clock
from .folder import Folder


class OwnFolder:
    """A folder that may not be there. What cannot be done is said, once until it changes; only `read` raises that."""

    def __init__(self, home: Path | None, clock: Clock, *, fsync: bool) -> None:
        self._home = home
        self._clock = clock
        self._fsync = fsync
        self._lock = Lock()
        self._said: dict[Path | None, str] = {}
        self.folder: Folder | None = None

    def open(self) -> bool:
        """Make it ready for use; return whether it is."""
        failure = None
        with self._lock:
            if self.folder is None and self._home is not None:
                try:
                    folder = Folder.claim(self._home, self._clock.mark)
                except OSError as error:
                    failure = error
                else:
                    # Unless a signal handler has come first.
                    self.folder, unused = self.folder or folder, self.folder and folder
                    if unused is not None:
                        unused.let_go()
            is_open = self.folder is not None
        if failure is not None:
            self._say_unusable(failure)
        return is_open

    def hold(self) -> None:
        """See to it that nobody takes it for a dead one's; where somebody has, make another one."""
        folder = self.folder
        with contextlib.suppress(OSError):  # what comes will say so
            if folder is not None and not folder.hold():
                self._abandon(folder)
                self.open()

    def prepare(self) -> None:
        """Make ready what the next `write` needs, so that it takes less time."""
        folder = self.folder
        if folder is not None:
            with contextlib.suppress(OSError):  # `write` says so
                folder.prepare(f"{max(int(self._clock.wall() * 1e9), 0):020d}")

    def write(self, name: str, length: int, content: Sequence[bytes]) -> tuple[str, int] | None:
        """Write an envelope of so many bytes; return the name of its file and the size of that, or None."""
        for _ in range(2):
            folder = self.folder
            if folder is None and (not self.open() or (folder := self.folder) is None):
                break
            try:
                written = folder.write(name, length, content, fsync=self._fsync)
            except FileNotFoundError:
                self._abandon(folder)  # somebody removed the directory
            except OSError as error:
                self._say_unusable(error)
                break
            else:
                if self._said:
                    self._said.pop(self._home, None)
                return written
        return None

    def _abandon(self, folder: Folder) -> None:
        with self._lock:
            if self.folder is folder:
                self.folder = None
                folder.disown()

    def read(self, file: str) -> bytes:
        """Return the envelope in a file; raise `Damaged` or OSError."""
        folder = self.folder
        if folder is None:
            raise FileNotFoundError
        return folder.read(file)

    def remove(self, file: str, *, is_sent: bool) -> None:
        """Remove a file, if it is there, as `Folder.remove` does."""
        folder = self.folder
        if folder is not None:
            try:
                folder.remove(file, is_sent=is_sent)
            except OSError as error:
                place = folder.path
                self.say_once(place, f"Files in {place} cannot be removed ({brief_reason(error)}); they are sent again")

    def let_go(self) -> None:
        """Leave it to others; it is removed when nothing waits in it. What comes later makes another one."""
        with self._lock, contextlib.suppress(OSError):
            folder, self.folder = self.folder, None
            if folder is not None:
                folder.let_go()

    def disown(self) -> None:
        """After `fork`: it belongs to the parent."""
        if self.folder is not None:
            self.folder.disown()

    def _say_unusable(self, error: OSError) -> None:
        self.say_once(
            self._home, f"Events are kept in memory only: {self._home} cannot be used ({brief_reason(error)})"
        )

    def say_once(self, path: Path | None, message: str) -> None:
        """Say something of a path, but not again each minute while nothing changes."""
        if self._said.get(path) != message:
            self._said[path] = message
            say(logging.WARNING, message)
