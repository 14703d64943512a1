"""How much memory the cgroup of a process has, and how often the kernel has killed for want of it (v1 and v2)."""

import contextlib
from pathlib import Path
from typing import NamedTuple, Self

MOUNT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


class _Files(NamedTuple):
    used: str
    limit: str
    kills: str


_V1 = _Files("memory.usage_in_bytes", "memory.limit_in_bytes", "memory.oom_control")
_V2 = _Files("memory.current", "memory.max", "memory.events")

LARGEST = 2**64 - 1
"""Numbers of the kernel have 64 bits."""
UNLIMITED = 2**60
"""A limit that is none: that of v1 is a number near 2**63."""


class Cgroup(NamedTuple):
    """The cgroup that bounds the memory of a process; `key` is its directory's, and nobody else's on this machine."""

    path: str
    key: str

    @classmethod
    def own(cls, mount: Path = MOUNT, own: Path = OWN) -> Self | None:
        """Return that of this process, None where there is none that can be read."""
        for path in _candidates(mount, own):
            cgroup = cls.at(str(path))
            if cgroup is not None and cgroup.kills is not None:
                return cgroup
        return None

    @classmethod
    def at(cls, path: str) -> Self | None:
        """Return the one whose directory has this path now."""
        try:
            facts = Path(path).stat()
        except OSError:
            return None
        return cls(path, f"{facts.st_dev}-{facts.st_ino}")

    @property
    def _files(self) -> _Files:
        return _V2 if (Path(self.path) / _V2.kills).exists() else _V1

    @property
    def kills(self) -> int | None:
        """How many of its processes the kernel has killed for want of memory; None where that is not counted."""
        with contextlib.suppress(OSError, ValueError):
            for line in (Path(self.path) / self._files.kills).read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return _within(int(count))
        return None

    @property
    def used(self) -> int:
        """Bytes that are in use; 0 where that is not known."""
        return self._number(self._files.used) or 0

    @property
    def limit(self) -> int | None:
        """Bytes that may be in use; None where there is no limit."""
        limit = self._number(self._files.limit)
        return limit if limit is not None and limit < UNLIMITED else None

    def _number(self, name: str) -> int | None:
        with contextlib.suppress(OSError, ValueError):  # "max", where there is no limit
            return _within(int((Path(self.path) / name).read_text()))
        return None


def _within(number: int) -> int:
    return min(max(number, 0), LARGEST)


def _candidates(mount: Path, own: Path) -> list[Path]:
    """Return where the cgroup may be: by its path, or in a container at the root of what that sees."""
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except (OSError, ValueError):
        return []
    paths = []
    for _, controllers, path in (line for line in lines if len(line) == 3):
        if "memory" in controllers.split(","):
            paths += [mount / "memory" / path.lstrip("/"), mount / "memory"]
        elif not controllers:
            paths += [mount / path.lstrip("/"), mount]
    return paths
