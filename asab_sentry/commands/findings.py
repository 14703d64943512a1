"""What was found of `asab.sentry` in the files of a project."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """What was found in a line: `after` is the line as it would be; what a program cannot change has `advice`."""

    path: str
    line: int
    before: str
    after: str | None
    advice: str | None = None


@dataclass(frozen=True)
class File:
    """A file with its findings, and its content without what a program can change; None: as it is."""

    path: Path
    findings: tuple[Finding, ...]
    content: bytes | None
