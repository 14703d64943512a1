#!/usr/bin/env python3
"""Write the tables of options into README.md and docs/options.md, between their markers.

The tables are made of `asab_sentry.config.options.table()`; nothing about an option is written by hand.

    .venv/bin/python docs/options_table.py
"""

import dataclasses
import sys
from pathlib import Path
from typing import Any

from asab_sentry.config import options
from asab_sentry.config.kind import Kind

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "options.md")
BEGIN = "<!-- options: written by docs/options_table.py -->"
END = "<!-- end of options -->"

HEAD = "| option | what it does | accepts | default |\n| --- | --- | --- | --- |"
TAGS = "### `[sentry:tags]`\n\nEach key is a tag with that value on everything that is sent; keys are in lower case."


def tables() -> str:
    """Return a table for each section, in the order of `Options`."""
    sections: dict[str, list[str]] = {}
    defaults = {each.name: each.default for each in dataclasses.fields(options.Options)}
    for name, row in options.table():
        sections.setdefault(row.section, []).append(_line(row, defaults[name]))
    parts = [f"### `[{section}]`\n\n{HEAD}\n" + "\n".join(lines) for section, lines in sections.items()]
    return "\n\n".join([*parts, TAGS])


def rewritten(page: str) -> str:
    """Return the text of a page with the tables of today between its markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no markers {BEGIN} and {END}")
    return f"{before}{begin}\n\n{tables()}\n\n{end}{after}"


def _line(row: options.Row, default: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (row.key, *row.aliases))
    variables = " or ".join(f"`{variable}`" for variable in row.variables)
    cells = (
        f"{names} (variable {variables})" if variables else names,
        row.text + (f" Only with sentry-sdk {row.only}." if row.only else ""),
        _accepts(row.kind),
        _shown(row.kind, default),
    )
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|")


def _accepts(kind: Kind) -> str:
    return kind.accepts.removeprefix("accepted is ").removeprefix("accepted are ")


def _shown(kind: Kind, default: Any) -> str:
    text = kind.written(default)
    return f"`{text}`" if text else ""


def main() -> None:
    """Rewrite the pages."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if rewritten(text) != text:
            page.write_text(rewritten(text), encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)} is written anew\n")


if __name__ == "__main__":
    main()
