"""Whether a file may be mapped into memory: where a write to that fails, the kernel ends the process by SIGBUS."""

import os
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

SAFE = frozenset({"ext2", "ext3", "ext4", "tmpfs"})
"""File systems that have the place for what was allocated once. Others, as btrfs, may want another one for each write,
and find none; or, as xfs, refuse all writes after an error."""


def is_safe(descriptor: int, mounts: Path = MOUNTS) -> bool:
    """Return whether a file that is open and allocated is on such a file system; False where that is not known."""
    device = os.fstat(descriptor).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return False
    for line in lines:
        place, _, kind = line.partition(" - ")
        if place.split(" ")[2:3] == [wanted]:
            return kind.partition(" ")[0] in SAFE
    return False
