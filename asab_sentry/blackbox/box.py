"""The black box of this process: its files in its directory of the spool, from its start to its good-bye."""

import contextlib
import logging
import signal
import time
from collections.abc import Callable
from pathlib import Path

from ..runtime.diagnostics import say
from ..runtime.forks import AllForked
from . import files
from .faults import Faults
from .memory import Cgroup
from .ring import Entry, Ring, Sign, read
from .state import Phase, State
from .trail import Cleaner, Trail


class BlackBox:
    """Keeps the files; none of its methods raises. `describe` returns what is known of this process.

    A forked child has none: what it does is not what its parent did.
    """

    def __init__(
        self,
        trail: Trail,
        cleaner: Cleaner,
        describe: Callable[[Cgroup | None, tuple[float, float]], State],
        directory: Callable[[], Path | None],
        leave: Callable[[], None],
    ) -> None:
        self._trail = trail
        self._cleaner = cleaner
        self._describe = describe
        self._directory_now = directory
        self._leave = leave
        self._directory: Path | None = None
        self._unusable: Path | None = None
        """The directory of which was said that it cannot be used."""
        self._ring: Ring | None = None
        self._faults = Faults()
        self._cgroup = Cgroup.own()
        self._started = time.time(), time.monotonic()
        self.phase = Phase.STARTING
        self._is_copy = False
        self._are_closed = False
        """Whether somebody has closed the descriptors of this process."""
        _boxes.add(self)
        self.tend()

    def tend(self) -> None:
        """Give a sign of life; make the files, where the directory is another one by now."""
        if self._is_copy or self.phase is Phase.GONE:
            return
        directory = self._directory_now()
        if directory is not None and directory != self._directory:
            try:
                self._open(directory)
            except (OSError, ValueError) as error:  # as on a full disk; it is tried again
                self._close_ring()
                with contextlib.suppress(OSError):
                    files.remove(directory)
                self._say_unusable(directory, error)
            else:
                self._directory, self._unusable = directory, None
        if self._faults.is_lost:
            self._are_closed = True
            with contextlib.suppress(OSError):
                self._faults.restore()
        if self._ring is not None:
            with contextlib.suppress(OSError):
                self._ring.restore()
        with contextlib.suppress(OSError):
            self._faults.forget_survived()
        self._sign()

    def _say_unusable(self, directory: Path, error: Exception) -> None:
        if self._unusable != directory:
            self._unusable = directory
            why = getattr(error, "strerror", None) or str(error)
            message = f"What the service does before it dies is not kept: {directory} cannot be used ({why})"
            say(logging.WARNING, message, cause="blackbox")

    def _open(self, directory: Path) -> None:
        self._trail.end()
        self._close_ring()
        self._describe(self._cgroup, self._started).write(directory)
        ring = Ring.make(str(directory / files.RING))
        self._ring = ring
        self._sign()
        self._trail.begin(ring, self._cleaner)
        with contextlib.suppress(OSError):
            self._faults.direct(str(directory / files.FAULTS))

    def _close_ring(self) -> None:
        ring, self._ring = self._ring, None
        if ring is not None:
            ring.close()

    @property
    def entries(self) -> list[Entry]:
        """What has been left in the ring until now."""
        ring = self._ring
        return [] if ring is None else read(ring.content)[1]

    def enter(self, phase: Phase) -> None:
        """Take note of how far this process has come."""
        if self.phase is not Phase.GONE:
            self.phase = phase
            self._sign()

    def _sign(self) -> None:
        ring, cgroup = self._ring, self._cgroup
        if ring is not None and not self._is_copy:
            kills = (cgroup and cgroup.kills) or 0
            used = cgroup.used if cgroup is not None else 0
            is_mute = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
            ring.sign(Sign(time.time(), time.monotonic(), used, kills, self.phase, is_mute))

    def say_goodbye(self) -> None:
        """Take note that this process ends, and is not to be told of; what it leaves is removed, but for events."""
        if self.phase is Phase.GONE:
            return
        if not self._is_copy:
            self.enter(Phase.GONE)
            self._trail.end()
            if self._directory is not None:
                with contextlib.suppress(OSError):  # it says good-bye all the same
                    files.remove(self._directory)
            if self._ring is not None:
                self._ring.close()
        self._leave()

    def come_back(self) -> None:
        """Go on after a good-bye, as where what was to be executed is not there."""
        if self.phase is Phase.GONE and not self._is_copy:
            self.phase, self._directory, self._ring = Phase.RUNNING, None, None
            self.tend()

    def after_fork(self) -> None:
        """Leave all to the parent, whose it is."""
        self._is_copy = True
        if self._ring is not None:
            self._ring.close()
        # Else others may have the descriptor that ends with the mapping.
        if not (self._are_closed or self._faults.is_lost):
            self._ring = None
        self._directory = None
        self._trail.end()
        self._faults.end()

    def close(self) -> None:
        """Say good-bye, and change nothing of this process any more."""
        self.say_goodbye()
        self._faults.end()
        _boxes.discard(self)


_boxes: AllForked[BlackBox] = AllForked()
