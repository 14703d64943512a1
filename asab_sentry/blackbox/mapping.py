"""Whether a file may be mapped into memory: where a write to that fails, the kernel ends the process by SIGBUS."""

import fcntl
import os
import struct
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

SAFE = frozenset({"ext2", "ext3", "ext4", "tmpfs"})
"""File systems that have the place for what was allocated once. Others, as btrfs, may want another one for each write,
and find none; or, as xfs, refuse all writes after an error."""

LAYERS = "overlay"
"""What a container has without a volume: a file that is open for writing is one of another file system."""

_GET_FLAGS = 2 << 30 | struct.calcsize("l") << 16 | ord("f") << 8 | 1
_EXTENTS = 0x80000
"""The flag that ext4 alone gives its files, as of `FS_IOC_GETFLAGS` (linux/fs.h)."""


def is_safe(descriptor: int, mounts: Path = MOUNTS) -> bool:
    """Return whether a file that is open and allocated is on such a file system; False where that is not known."""
    kind = _kind(os.fstat(descriptor).st_dev, mounts)
    return kind in SAFE or (kind == LAYERS and _has_extents(descriptor))


def _kind(device: int, mounts: Path) -> str | None:
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        place, _, kind = line.partition(" - ")
        if place.split(" ")[2:3] == [wanted]:
            return kind.partition(" ")[0]
    return None


def _has_extents(descriptor: int) -> bool:
    try:
        answer = fcntl.ioctl(descriptor, _GET_FLAGS, bytes(struct.calcsize("l")))
    except OSError:
        return False
    (flags,) = struct.unpack_from("I", answer)
    return bool(flags & _EXTENTS)
