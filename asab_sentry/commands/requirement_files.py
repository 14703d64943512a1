"""Requirements of a project: the extra of ASAB that pins an old sentry-sdk goes, and asab-sentry comes beside it."""

import re
from pathlib import Path

from .findings import File, Finding

NEW_NAME = "asab-sentry"
EXTRA = "take the extra monitoring of asab out, and add asab-sentry"
PINNED = "remove it: asab-sentry asks for the sentry-sdk that it works with"
INSTEAD = "put asab-sentry in its place, which asks for the sentry-sdk that it works with"

_names = re.compile(
    r"(?:.*/)?(?:[^/]*(?:req|constraints)[^/]*\.(?:txt|in)|req[^/]*/[^/]*\.(?:txt|in)|environment[^/]*\.ya?ml"
    r"|pyproject\.toml|Pipfile|setup\.(?:py|cfg)|[^/]*Dockerfile[^/]*)"
)
_extra = re.compile(
    r"\basab\[(?P<extras>[^\]]*\bmonitoring\b[^\]]*)\]"
    r"(?P<version>\s*@\s*[^\s'\";,]+|(?:\s*,?\s*(?:[<>~!=]=?=?)\s*[\w.*+!-]+)*)"
)
_in_table = re.compile(r"""^\s*["']?asab["']?\s*=.*\bextras\b.*\bmonitoring\b""")
_asab = re.compile(r"(?<![\w.-])asab(?:\.git\b|(?![\w.-]))")
_sdk = re.compile(r"(?<![\w./-])sentry[-_]sdk(?![\w.-])")
_new = re.compile(r"(?<![\w./-])asab[-_]sentry(?![\w.-])")
_pinned = re.compile(r"""\bsentry[-_]sdk(?:\[[^\]]*\])?["']?\s*(?:[=~]=|<=?\s*[0-2]\b|=\s*["'](?:[=~^]=?)?\s*\d)""")


def is_one(path: Path) -> bool:
    """Return whether a file has requirements, by its name and that of its folder."""
    return _names.fullmatch("/".join(path.parts[-2:])) is not None


def look(path: Path) -> File:
    """Return what is to be changed of a file with requirements."""
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    findings, lines = [], text.splitlines(keepends=True)
    # Where the extra was not known, the old module has its sentry-sdk by hand.
    has_extra = any(_in_table.search(line) or _extra.search(line) for line in lines)
    is_by_hand = not has_extra and _new.search(text) is None and _asab.search(text) is not None
    for number, line in enumerate(lines, 1):
        new = _without_monitoring(path, line)
        if new != line:
            lines[number - 1] = new
            findings.append(Finding(str(path), number, line.strip(), new.strip()))
        elif _in_table.search(line) or _extra.search(line):
            findings.append(Finding(str(path), number, line.strip(), None, EXTRA))
        if _pinned.search(line):
            findings.append(Finding(str(path), number, line.strip(), None, PINNED))
        elif is_by_hand and _sdk.search(line):
            findings.append(Finding(str(path), number, line.strip(), None, INSTEAD))
    changed = "".join(lines)
    return File(path, tuple(findings), changed.encode("utf-8", "surrogateescape") if changed != text else None)


def _without_monitoring(path: Path, line: str) -> str:
    """Return a line with the requirement without the extra, and the new one: below it, in quotes, or behind."""
    match = _extra.search(line)
    if match is None or path.suffix in {".yml", ".yaml"}:
        return line
    others = ",".join(name for name in map(str.strip, match["extras"].split(",")) if name != "monitoring")
    kept = (f"asab[{others}]" if others else "asab") + match["version"]
    before, after = line[: match.start()], line[match.end() :]
    if before[-1:] in {"'", '"'} and path.suffix != ".txt":
        text, quote, rest = after.partition(before[-1])
        comma = "" if "Dockerfile" in path.name else ","
        return f"{before}{kept}{text}{quote}{comma} {quote}{NEW_NAME}{quote}{rest}"
    if not before.strip() and "Dockerfile" not in path.name:
        end = after[len(after.rstrip("\r\n")) :] or "\n"
        return f"{before}{kept}{after.rstrip()}{end}{before}{NEW_NAME}{end}"
    return f"{before}{kept} {NEW_NAME}{after}"
