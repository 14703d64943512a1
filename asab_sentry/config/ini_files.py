"""Ini files as they are on disk: why one cannot be read, and which files it includes that are not there."""

import configparser
import glob
import os
from pathlib import Path

from .masking import masked

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

REASONS = {
    configparser.MissingSectionHeaderError: "it is in no [section]",
    configparser.ParsingError: "it is neither a [section] nor a key with a value",
    configparser.InterpolationError: "a plain $ is written $$",
    UnicodeDecodeError: "it is UTF-8, and this process reads another encoding: set LC_ALL=C.UTF-8 or PYTHONUTF8=1",
}
"""Of what is wrong with the lines of a file, the first that fits."""

ZOOKEEPER = "zookeeper"
"""What an include begins with that is no file."""


class Unreadable(Exception):
    """A configuration file cannot be read; the message is one sentence that says why."""


def why_absent(path: str) -> str | None:
    """Return why there is no file of that path to be read, in one sentence; None when there is one."""
    what = _what_instead(path)
    return what and f"Configuration file {path} is {what}"


def _what_instead(path: str) -> str | None:
    """Return what a path is that is no file to be read, which ASAB passes over in silence."""
    # Unlike `Path` these never raise, as of a character that no path has.
    if os.path.isfile(path):  # noqa: PTH113
        return None if os.access(path, os.R_OK) else f"not to be read by user {os.geteuid()}"
    is_there = os.path.exists(path)  # noqa: PTH110
    return "a directory" if os.path.isdir(path) else "no file" if is_there else "not there"  # noqa: PTH112


def unreadable(path: str, error: Exception) -> str:
    """Return why a file could not be read, in one sentence without what is in it: that may hold secrets."""
    source = getattr(error, "source", None) or path
    line = getattr(error, "lineno", None) or next((number for number, _ in getattr(error, "errors", ())), None)
    reason = _reason(source, error)
    what = f"{type(error).__name__}{f' in line {line}' if line else ''}{f' ({reason})' if reason else ''}"
    return f"Configuration file {source} cannot be read: {what}"


def _reason(path: str, error: Exception) -> str:
    if isinstance(error, configparser.DuplicateSectionError | configparser.DuplicateOptionError):
        return f"[{error.section}] {masked(getattr(error, 'option', ''))}".strip() + " is there twice"
    try:
        wrong = _encoding(Path(path).read_bytes())
    except OSError as failure:
        return failure.strerror or ""
    return wrong or next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), "")


def _encoding(content: bytes) -> str:
    if content.startswith(UTF8_MARK):
        return "it begins with a byte order mark (BOM): save it as UTF-8 without one"
    if content.startswith(UTF16_MARKS) or b"\0" in content[:100]:
        return "it is UTF-16: save it as UTF-8"
    try:
        content.decode()
    except UnicodeDecodeError as failure:
        line = content.count(b"\n", 0, failure.start) + 1
        return f"it is not UTF-8, as line {line} shows: save it as UTF-8"
    return ""


def included(text: str) -> list[str]:
    """Return the entries of an option `include`, as ASAB reads it: one a line, or else separated by spaces."""
    return [entry.strip() for entry in text.split("\n" if "\n" in text else " ")]


def missing_includes(path: str, includes: str, directory: str) -> list[str]:
    """Return a sentence for each path in `[general] include` that is no file to read: ASAB passes over it in silence.

    Args:
        path: The file that includes them.
        includes: What it says.
        directory: That of the file, which ASAB gives as `THIS_DIR`.
    """
    expanded = [
        os.path.expandvars(entry.replace("${THIS_DIR}", directory))
        for entry in included(includes)
        if entry and not entry.startswith(ZOOKEEPER)
    ]
    # A pattern may stand for nothing.
    files: list[str] = []
    for entry in expanded:
        files += glob.glob(entry) if glob.has_magic(entry) else [entry]  # noqa: PTH207  # as ASAB does it
    return [
        f"[general] include in {path} names {masked(file)}, which is {what} (from {Path.cwd()})"
        for file in files
        if (what := _what_instead(file))
    ]
