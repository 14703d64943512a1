"""Sections of ini files that hold secrets under any key."""

import re

from .shape import Match, Shape, after, always, replaced

_value_in_section = re.compile(r"^([ \t]+|[^\s=:#;][^=:\n]*[=:][ \t]*)(?!\[Filtered\])\S[^\n]*", re.MULTILINE)


def _passwords(section: Match) -> str:
    """Return the section of an ini file in which ASAB has passwords, each under any key, without them."""
    return section[1] + _value_in_section.sub(after, section[2])


PASSWORDS = Shape(
    "[passwords]",
    always,
    replaced(r"(^\[passwords\][^\n]*\n)((?:(?!\[)[^\n]*(?:\n|\Z))+)", _passwords, re.MULTILINE),
    {
        "[passwords]\nshop = hunter2\nmq:\n\thunter3\n[web]\nlisten = 8080": (
            "[passwords]\nshop = [Filtered]\nmq:\n\t[Filtered]\n[web]\nlisten = 8080"
        ),
        "[passwords] is a section": "[passwords] is a section",
    },
)
