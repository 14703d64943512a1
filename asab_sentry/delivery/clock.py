"""How old something is, where clocks are set: a machine may start in 1970 and learn the time from the network later."""

import contextlib
from collections.abc import Callable
from pathlib import Path

EARLIEST = 1.6e9
"""September 2020: nothing of this package is older, so a clock that says so was not set yet."""

BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Return what stands for the time since the machine was started; empty where it cannot be told."""
    with contextlib.suppress(OSError):
        return BOOT.read_text().strip()
    return ""


class Clock:
    """The clock on the wall, which may be set at any time, and a steady one, which counts since the machine started."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self.wall = wall
        self.steady = steady
        self._boot = boot_id()

    @property
    def mark(self) -> str:
        """How the two clocks stand to each other, for other processes."""
        return f"{self._boot} {self.wall() - self.steady():.3f}"

    def age(self, moment: float, mark: str = "") -> float:
        """Return for how many seconds something has been there, at the least.

        Args:
            moment: When it came by the clock on the wall.
            mark: That of its process at its start. Since then the clock may have been set, or not.
        """
        ages = [self.wall() - moment] if moment >= EARLIEST else []
        boot, _, ahead = mark.rpartition(" ")
        if boot and boot == self._boot:
            with contextlib.suppress(ValueError):
                ages.append(self.steady() - (moment - float(ahead)))
        return max(min(ages, default=0.0), 0.0)
