"""Sections of ini files that hold secrets under any key."""

import re

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from . import judge
from .rule import Match, Rule, always, keep_prefix, replacing

_value_in_section = compile_later(r"^([ \t]+|[^\s=:#;][^=:\n]*[=:][ \t]*)(?!\[Filtered\])(\S[^\n]*)", re.MULTILINE)
# The same as a `repr` or JSON has it: up to the quote that ends the text, or the next section.
_shown_value = compile_later(
    r"((?:\A|\\{1,16}+n)(?:[ \t]+|[^\s=:#;\\][^=:\\]*[=:][ \t]*))(?!\[Filtered\]|[\"'])"
    r"([^\s\\](?:(?!\\{1,16}+[rn]|\\{0,16}[\"'](?:[\s,)}\]:]|\Z)).)*)"
)
names_many = re.compile(r"(?i).*(?:credentials|tokens)\Z", re.DOTALL).match
"""Returns whether a section may hold one secret beside the other, by its name; `[auth]` may hold addresses."""


def _passwords(section: Match, values: re.Pattern[str] = _value_in_section) -> str:
    """Return a section without its values if its name says so, as that in which ASAB has passwords under any key."""
    if denylist.weight(section[2]) == denylist.SURE:
        return section[1] + values.sub(keep_prefix, section[3])
    return section[1] + values.sub(_random, section[3]) if names_many(section[2]) else section[0]


def _shown_passwords(section: Match) -> str:
    return _passwords(section, _shown_value)


def _random(value: Match) -> str:
    return keep_prefix(value) if judge.is_random(value[2].strip()) else value[0]


PASSWORDS = Rule(
    "]",
    re.compile(r"\][ \t]*\r?\n").search,
    replacing(r"(^\[([\w :.-]{1,60})\][ \t]*\r?\n)((?:(?!\[)[^\n]*(?:\n|\Z))+)", _passwords, re.MULTILINE),
    {
        "[passwords]\nshop = hunter2\nmq:\n\thunter3\n[web]\nlisten = 8080": (
            "[passwords]\nshop = [Filtered]\nmq:\n\t[Filtered]\n[web]\nlisten = 8080"
        ),
        "[shop:secrets]\r\njoe = hunter2\r\n": "[shop:secrets]\r\njoe = [Filtered]\n",
        "[credentials]\nuser = joe\nshop = 0f5a9c77ab\n": "[credentials]\nuser = joe\nshop = [Filtered]\n",
        "[passwords] is a section, [auth]\nmode = none": "[passwords] is a section, [auth]\nmode = none",
    },
)

SHOWN = Rule(
    "]\\",
    always,
    replacing(
        r"((?:\A|[\"']|\\n)\[([\w :.-]{1,60})\](?:\\{1,16}+r)?\\{1,16}+n)"
        r"((?:(?!\\{1,16}+n[ \t]*\[|[\"'](?:[\s,)}\]:]|\Z)).)+)",
        _shown_passwords,
    ),
    {
        "'[passwords]\\nshop = hunter2\\nmq: hunter3\\n[web]\\nlisten = 80\\n'": (
            "'[passwords]\\nshop = [Filtered]\\nmq: [Filtered]\\n[web]\\nlisten = 80\\n'"
        ),
        "{'text': '[web]\\nlisten = 80\\n[shop:secrets]\\njoe = hunter2', 'b': 1}": (
            "{'text': '[web]\\nlisten = 80\\n[shop:secrets]\\njoe = [Filtered]', 'b': 1}"
        ),
        "'[auth]\\nmode = none\\n', [passwords]\\n": "'[auth]\\nmode = none\\n', [passwords]\\n",
    },
)
