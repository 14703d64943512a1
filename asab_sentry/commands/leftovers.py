"""What is left of `asab.sentry` in a project: what a program can change, and what somebody has to look at."""

import ast
import contextlib
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import requirement_files
from .findings import File, Finding

OLD = "asab.sentry"
NEW = "asab_sentry"
MARK = b"entry"
"""What stands in each module in which something is left."""

SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "build", "dist"})
"""Folders that are not the project's own; so are those that begin with a dot."""


LOOK = {
    "init": "remove it, and put options that are needed into [sentry]: the service sets sentry-sdk up",
    "handler": "remove it: log records arrive by themselves",
    "name": "it is asab_sentry now",
    "names": "give the name asab_sentry to what is imported",
    "if": "leave the `if` out, as nothing adds the section [sentry] any more; or give each ini file a section [sentry]",
}
ATTRIBUTES = {
    "DataSourceName": "service.Options.dsn",
    "LoggingBreadCrumbsLevel": "service.Options.breadcrumbs",
    "LoggingEventsLevel": "service.Options.events",
    "TracesSampleRate": "service.Options.traces_sample_rate",
}
COMMON_ATTRIBUTES = {
    "Release": "service.Identity.release",
    "NodeId": 'service.Identity.tags["node_id"]',
    "ServiceId": 'service.Identity.tags["service_id"]',
    "InstanceId": 'service.Identity.tags["instance_id"]',
    "SiteId": 'service.Identity.tags["site_id"]',
}
"""Of what is named as a service of Sentry is: others may have such attributes, too."""
SERVICES = frozenset({"sentry", "sentryservice", "sentrysvc"})
HANDLERS = frozenset({"EventHandler", "BreadcrumbHandler", "SentryHandler"})


class Edit(NamedTuple):
    """A replacement of what is from one place of a text to another one; lines count from 1, columns in bytes."""

    line: int
    column: int
    end: int
    text: str


class _Module(NamedTuple):
    path: Path
    text: str
    encoding: str
    tree: ast.Module


def look(root: Path) -> list[File]:
    """Return the files of a project in which something is left; raise OSError."""
    paths = [root] if root.is_file() else sorted(_paths(root))
    modules = [module for path in paths if path.suffix == ".py" and (module := _read(path)) is not None]
    # Where any module has imported it at its top, the section [sentry] was always there.
    always = any(_is_import(node) for module in modules for node in module.tree.body)
    files = []
    for module in modules:
        with contextlib.suppress(RecursionError):  # nested as nobody writes it
            if module.path.name != "setup.py":
                files.append(_look_at(module, always=always))
    files += [requirement_files.look(path) for path in paths if requirement_files.is_one(path)]
    return [file for file in files if file.findings]


def _paths(root: Path) -> Iterator[Path]:
    for path in root.iterdir():
        if path.is_symlink() or path.name.startswith(".") or path.name in SKIPPED:
            continue
        if path.is_dir():
            yield from _paths(path)
        elif path.suffix == ".py" or requirement_files.is_one(path):
            yield path


def _read(path: Path) -> _Module | None:
    """Return a module; None of what is none, or has nothing of it."""
    content = path.read_bytes()
    if MARK not in content:
        return None
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
        return _Module(path, text, encoding, ast.parse(text))
    except (SyntaxError, ValueError, LookupError, RecursionError):
        return None


def _lines(text: str) -> list[str]:
    # As Python counts them: str.splitlines() knows more ends.
    return [line.decode() for line in text.encode().splitlines(keepends=True)]


def _is_import(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name == OLD for alias in node.names)
    if isinstance(node, ast.ImportFrom) and not node.level:
        return node.module == OLD or (node.module == "asab" and any(alias.name == "sentry" for alias in node.names))
    return False


def _look_at(module: _Module, *, always: bool) -> File:
    path, text, encoding, tree = module
    edits: list[Edit] = []
    notes: dict[int, str] = {}
    for node in ast.walk(tree):
        edits += _edits(node, tree)
        advice = _advice(node)
        if advice:
            line: int = node.lineno  # type: ignore[attr-defined]  # each of these has one
            notes[line] = f"{notes[line]}; {advice}" if line in notes else advice
    changed = _applied(text, edits)
    # What was replaced is within lines: all others are where they were.
    questions, behind = _ifs(ast.parse(changed)) if always else ([], [])
    dedented, kept = _without_ifs(changed, questions)
    notes |= dict.fromkeys([*kept, *(node.lineno for node in behind)], LOOK["if"])
    lines, after = _lines(text), _lines(changed)
    findings = [
        Finding(str(path), number, lines[number - 1].strip(), after[number - 1].strip(), None)
        for number in sorted({edit.line for edit in edits})
    ]
    findings += [
        Finding(str(path), node.lineno, lines[node.lineno - 1].strip(), "")
        for node in questions
        if node.lineno not in kept
    ]
    findings += [Finding(str(path), number, lines[number - 1].strip(), None, note) for number, note in notes.items()]
    content = dedented.encode(encoding) if dedented != text else None
    return File(path, tuple(sorted(findings, key=lambda finding: finding.line)), content)


def _edits(node: ast.AST, tree: ast.Module) -> Iterator[Edit]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name == OLD:
                # `import asab.sentry` gives the name asab, too.
                more = "" if alias.asname or _binds_asab(tree, node) else "asab, "
                end = (alias.end_col_offset or 0) if alias.asname == NEW else alias.col_offset + len(OLD)
                yield Edit(alias.lineno, alias.col_offset, end, more + NEW)
    elif isinstance(node, ast.ImportFrom) and not node.level and node.lineno == node.end_lineno:
        if node.module == OLD:
            column = node.col_offset + len("from ")
            yield Edit(node.lineno, column, column + len(OLD), NEW)
        elif node.module == "asab" and [alias.name for alias in node.names] == ["sentry"]:
            name = node.names[0].asname or "sentry"
            yield Edit(node.lineno, node.col_offset, node.end_col_offset or 0, f"import {NEW} as {name}")
    elif isinstance(node, ast.Attribute) and _is_old(node) and node.lineno == node.end_lineno:
        yield Edit(node.lineno, node.col_offset, node.end_col_offset or 0, NEW)


def _is_old(node: ast.Attribute) -> bool:
    return node.attr == "sentry" and isinstance(node.value, ast.Name) and node.value.id == "asab"


def _is_named(node: ast.AST) -> bool:
    """Return whether a node names the old module in a text, or a module within it."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and re.fullmatch(r"asab\.sentry(\.\w+)*", node.value) is not None
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
    return any(name.startswith(f"{OLD}.") for name in names)


def _binds_asab(tree: ast.Module, but: ast.Import) -> bool:
    names = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.asname is None and not (node is but and alias.name == OLD)
    ]
    return any(name == "asab" or name.startswith("asab.") for name in names)


def _advice(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "sentry_sdk.init":
        return LOOK["init"]
    if isinstance(node, ast.ImportFrom) and node.module == "sentry_sdk.integrations.logging":
        return LOOK["handler"] if HANDLERS & {alias.name for alias in node.names} else None
    if isinstance(node, ast.ImportFrom) and node.module == "asab" and len(node.names) > 1 and _is_import(node):
        return LOOK["names"]
    if _is_named(node):
        return LOOK["name"]
    return _advice_on_attribute(node) if isinstance(node, ast.Attribute) else None


def _advice_on_attribute(node: ast.Attribute) -> str | None:
    name = ast.unparse(node.value).rpartition(".")[2].replace("_", "").lower()
    new = ATTRIBUTES.get(node.attr) or (COMMON_ATTRIBUTES.get(node.attr) if name in SERVICES else None)
    return f"{node.attr} is {new} now" if new else None


def _applied(text: str, edits: list[Edit]) -> str:
    lines = text.encode().splitlines(keepends=True)
    for line, column, end, new in sorted(edits, reverse=True):
        content = lines[line - 1]
        lines[line - 1] = content[:column] + new.encode() + content[end:]
    return b"".join(lines).decode()


QUESTIONS = frozenset(
    {"'sentry' in asab.Config.sections()", "'sentry' in asab.Config", "asab.Config.has_section('sentry')"}
)


def _ifs(tree: ast.Module) -> tuple[list[ast.If], list[ast.If]]:
    """Return the `if` that ask for the section [sentry], and those of them behind which something is imported."""
    questions = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) in QUESTIONS]
    behind = [node for node in questions if any(_imports_new(inner) for inner in ast.walk(node))]
    return [node for node in questions if node not in behind], behind


def _imports_new(node: ast.AST) -> bool:
    return isinstance(node, ast.Import) and any(alias.name == NEW for alias in node.names)


def _without_ifs(text: str, questions: list[ast.If]) -> tuple[str, list[int]]:
    """Return the text without these questions, and the lines of those that somebody has to look at."""
    kept, lines = [], _lines(text)
    for node in sorted(questions, key=lambda node: node.lineno, reverse=True):
        first, last = node.body[0].lineno, node.end_lineno or node.lineno
        strings = [inner for inner in ast.walk(node) if isinstance(inner, ast.Constant | ast.JoinedStr)]
        has_long = any(inner.lineno != inner.end_lineno for inner in strings)
        if node.orelse or has_long or first == node.lineno or lines[node.lineno - 1].lstrip().startswith("elif"):
            kept.append(node.lineno)
            continue
        width = node.body[0].col_offset - node.col_offset
        body = [line[width:] if line[:width].isspace() else line for line in lines[node.lineno : last]]
        lines[node.lineno - 1 : last] = body
    return "".join(lines), kept
