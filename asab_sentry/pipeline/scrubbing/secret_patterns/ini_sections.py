"""Sections of ini files that hold secrets under any key."""

import re

from ....secret_keys import denylist
from . import judge
from .shape import Match, Shape, after, replaced

_value_in_section = re.compile(r"^([ \t]+|[^\s=:#;][^=:\n]*[=:][ \t]*)(?!\[Filtered\])(\S[^\n]*)", re.MULTILINE)
names_many = re.compile(r"(?i).*(?:credentials|tokens)\Z", re.DOTALL).match
"""Returns whether a section may hold one secret beside the other, by its name; `[auth]` may hold addresses."""


def _passwords(section: Match) -> str:
    """Return a section without its values if its name says so, as that in which ASAB has passwords under any key."""
    if denylist.weight(section[2]) == denylist.SURE:
        return section[1] + _value_in_section.sub(after, section[3])
    return section[1] + _value_in_section.sub(_random, section[3]) if names_many(section[2]) else section[0]


def _random(value: Match) -> str:
    return after(value) if judge.is_random(value[2].strip()) else value[0]


PASSWORDS = Shape(
    "]",
    re.compile(r"\][ \t]*\r?\n").search,
    replaced(r"(^\[([\w :.-]{1,60})\][ \t]*\r?\n)((?:(?!\[)[^\n]*(?:\n|\Z))+)", _passwords, re.MULTILINE),
    {
        "[passwords]\nshop = hunter2\nmq:\n\thunter3\n[web]\nlisten = 8080": (
            "[passwords]\nshop = [Filtered]\nmq:\n\t[Filtered]\n[web]\nlisten = 8080"
        ),
        "[shop:secrets]\r\njoe = hunter2\r\n": "[shop:secrets]\r\njoe = [Filtered]\n",
        "[credentials]\nuser = joe\nshop = 0f5a9c77ab\n": "[credentials]\nuser = joe\nshop = [Filtered]\n",
        "[passwords] is a section, [auth]\nmode = none": "[passwords] is a section, [auth]\nmode = none",
    },
)
