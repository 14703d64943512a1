"""For how long a thread was at work and for how long it would have been, had there been a processor for it."""

import contextlib
import os
import time
from pathlib import Path
from typing import NamedTuple


class Times(NamedTuple):
    """Seconds since the thread began."""

    worked: float
    waited: float


class ThreadTimes:
    """Tells the times of a thread by its number in the system; where that does not count them, those of the process."""

    def __init__(self, number: int) -> None:
        self._path = Path(f"/proc/self/task/{number}/schedstat")

    def read(self) -> Times:
        """Return the times until now."""
        with contextlib.suppress(OSError, ValueError):
            worked, waited, *_ = map(int, self._path.read_bytes().split())
            return Times(worked / 1e9, waited / 1e9)
        return Times(time.process_time(), 0.0)


def is_traced(status: Path = Path("/proc/self/status")) -> bool:
    """Return whether a debugger or the like holds this process by ptrace."""
    with contextlib.suppress(OSError, ValueError):
        for line in status.read_text().splitlines():
            if line.startswith("TracerPid:"):
                return int(line.partition(":")[2]) not in {0, os.getpid()}
    return False
