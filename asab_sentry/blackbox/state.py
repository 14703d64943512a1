"""Who a process is, for when it cannot be asked any more: written once, at its start."""

import dataclasses
import enum
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from ..config.identity import Identity
from ..delivery.clock import boot_id
from .files import STATE
from .memory import Cgroup


class Phase(enum.IntEnum):
    """How far the life of a process has come."""

    STARTING = 0
    RUNNING = 1
    ENDING = 2
    """It was told to end."""
    GONE = 3
    """It has said good-bye."""


@dataclasses.dataclass(frozen=True)
class State:
    """What is known of a process; moments are in seconds, since 1970 and since the machine started."""

    appclass: str
    pid: int
    started: float
    steady: float
    boot: str
    release: str | None
    environment: str
    server_name: str
    dist: str | None
    tags: Mapping[str, str]
    cgroup: str | None = None
    cgroup_key: str | None = None
    memory_limit: int | None = None

    @classmethod
    def own(
        cls,
        identity: Identity,
        dist: str | None,
        cgroup: Cgroup | None,
        now: tuple[float, float],
        clean: Callable[[str], str],
    ) -> Self:
        """Return that of this process, at this moment by both clocks; `clean` says what of a text may be stored."""
        return cls(
            appclass=clean(identity.tags.get("appclass", "")) or "The service",
            pid=os.getpid(),
            started=now[0],
            steady=now[1],
            boot=boot_id(),
            release=identity.release and clean(identity.release),
            environment=clean(identity.environment),
            server_name=clean(identity.server_name),
            dist=dist and clean(dist),
            tags={key: clean(value) for key, value in identity.tags.items()},
            cgroup=cgroup and cgroup.path,
            cgroup_key=cgroup and cgroup.key,
            memory_limit=cgroup and cgroup.limit,
        )

    def write(self, directory: Path) -> None:
        """Write it to its file; raise OSError."""
        content = json.dumps(dataclasses.asdict(self)).encode()
        descriptor = os.open(directory / STATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, content)
        finally:
            os.close(descriptor)

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Return what was written; raise ValueError or TypeError for what was not."""
        facts: dict[str, Any] = json.loads(content)
        kinds: dict[str, Any] = {field.name: field.type for field in dataclasses.fields(cls)} | {"tags": dict}
        state = cls(**{name: value for name, value in facts.items() if name in kinds})
        for name, kind in kinds.items():
            if not isinstance(getattr(state, name), kind):
                raise TypeError(f"{name} is no {kind}")
        return state
