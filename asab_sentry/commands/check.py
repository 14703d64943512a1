"""`asab-sentry check`: what is set and where it is from, what is wrong, and whether the server can be reached."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Sequence
from typing import Any

from ..config.inspection import DEFAULT, Survey, Value
from ..runtime.diagnostics import counted
from ..sdk import version
from .connection import Reach, proxy_fault, reach
from .output import write

NO_LOOP_IS_MADE = (3, 14)


def run(given: argparse.Namespace, found: Survey) -> int:
    """Run the command; return its exit code."""
    connection = reach(found.options) if found.options.dsn else None
    fault = proxy_fault(found.options)
    found = dataclasses.replace(found, faults=(*found.faults, fault)) if fault else found
    report: dict[str, Any] = {
        "options": [dataclasses.asdict(value) for value in found.values],
        "sentry_sdk": version.INSTALLED,
        "faults": list(found.faults),
        "warnings": [*about_python(sys.version_info[:2]), *found.warnings],
        "server": dataclasses.asdict(connection) if connection else None,
    }
    shown = [value for value in found.values if given.all or value.origin != DEFAULT]
    hidden = len(found.values) - len(shown)
    more = [f"{counted(hidden, 'option has its', 'options have their')} default: --all shows them"] if hidden else []
    findings = [f"fault: {fault}" for fault in found.faults] + [f"warning: {text}" for text in report["warnings"]]
    lines = [*_table(shown), *more, "", *findings, f"sentry-sdk: {version.INSTALLED}", _server(found, connection)]
    write(report, lines, as_json=given.json)
    if found.faults:
        return os.EX_CONFIG
    return os.EX_UNAVAILABLE if connection is not None and connection.error else os.EX_OK


def _table(values: Sequence[Value]) -> list[str]:
    names = [f"[{value.section}] {value.key}" for value in values]
    width = max(map(len, names))
    texts = max(len(value.text) for value in values)
    return [
        f"{name:{width}}  {value.text:{min(texts, 40)}}  {value.origin}"
        for name, value in zip(names, values, strict=True)
    ]


def about_python(python: tuple[int, ...]) -> list[str]:
    """Return what is to be known of a version of Python: asyncio makes no event loop any more where none was made."""
    if python < NO_LOOP_IS_MADE:
        return []
    why = f"No released ASAB starts on Python {python[0]}.{python[1]} by itself (There is no current event loop)"
    return [f"{why}: call asyncio.set_event_loop(asyncio.new_event_loop()) before the application is made"]


def _server(found: Survey, connection: Reach | None) -> str:
    if connection is None:
        return "server: none, the DSN is at fault" if found.faults else "server: none, Sentry is off (the DSN is empty)"
    by = f" by the proxy {connection.proxy}" if connection.proxy else ""
    if connection.error:
        return f"server: {connection.address} is not reachable{by} ({connection.error})"
    return f"server: {connection.address} is reachable{by} ({connection.took * 1000:.0f} ms)"
