"""What is written by mistake, and what was meant: names, quotes, variables that are not set."""

import re
from collections.abc import Iterable, Mapping

from . import option_types
from .kind import Kind

NEAR = 0.8
"""Of a name of a section that may be a misspelling of another one."""

MAX_NAME = 100
"""Of a longer name only the beginning is looked at."""

MEANS_SIGNS = frozenset({option_types.FILTERS, option_types.TARGETS, option_types.TRANSACTIONS, option_types.RULES})
"""Kinds of which quotes and the like may be a part."""

MISTAKES = {
    re.compile(r"""\A("[^"]+"|'[^']+')\Z""", re.DOTALL): "it is in quotes, which are a part of the value",
    re.compile(r"\A\$(\w+|\{\w+\})\Z"): "it is the name of a variable, which nothing expands here",
    re.compile(r"%\(\w+\)s"): "a %(name)s in it is not expanded; a reference is ${section:option}",
    re.compile(r"\{\{[^{}]*\}\}"): "it is of a template, which nobody has filled in",
}
"""Signs in values by which these are not what was meant, and what to say of each."""

_variable = re.compile(r"(?<!\$)\$(?:(?P<bare>\w+)|\{(?P<braced>\w+)\})")


def meant_section(section: str, known: Iterable[str]) -> str | None:
    """Return the section of this package that is meant by another name: `[SENTRY]`, `[sentyr]`, `[sentry.spool]`."""
    sections = list(known)
    head, *rest = [word for word in re.split(r"[^a-z0-9]+", section.lower()) if word] or [""]
    if head.startswith("sentry") and head != "sentry":  # as in SentrySpool
        head, rest = "sentry", [head.removeprefix("sentry"), *rest]
    if head != "sentry" and not _is_misspelt(head):
        return None
    if not rest:
        return "sentry" if "sentry" in sections else None
    import difflib  # noqa: PLC0415  # only where something is wrong: it is slow to import

    tails = [other.removeprefix("sentry:") for other in sections if other != "sentry"]
    # Others may have sections of their own, as [sentry_exporter].
    near = difflib.get_close_matches(":".join(rest)[:MAX_NAME], tails, n=1, cutoff=NEAR)
    return f"sentry:{near[0]}" if near else None


def _is_misspelt(word: str) -> bool:
    """Return whether a word is `sentry` with its letters turned, or with one letter more, less or another."""
    right = "sentry"
    if sorted(word) == sorted(right):
        return True
    if word[:1] != right[:1]:  # there are words such as `entry`
        return False
    if len(word) == len(right):
        return sum(one != other for one, other in zip(word, right, strict=True)) == 1
    long, short = (word, right) if len(word) > len(right) else (right, word)
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


def mistake(text: str, kind: Kind | None = None) -> str:
    """Return what is wrong with a value that may be accepted all the same, as nobody means it so; else nothing."""
    if kind in MEANS_SIGNS:
        return ""
    return next((what for pattern, what in MISTAKES.items() if pattern.search(text)), "")


def unset_variables(
    text: str, kind: Kind | None, environ: Mapping[str, str], options: Iterable[str], key: str
) -> list[str]:
    """Return the variables of the environment that a value names and that are not set.

    A password may have a $, too: of a value that holds one, only what can be no part of it is named.

    Args:
        text: The value, as ASAB leaves it when a variable is not set.
        kind: Of the option.
        environ: The environment.
        options: Names of the section, which a value may name in braces.
        key: That of the value, which names itself by no other spelling.
    """
    if kind is option_types.TOKEN or (kind is option_types.URL and "@" in text):
        return []
    known = {*options} - {key}
    names = [
        match["bare"] or match["braced"]
        for match in _variable.finditer(text)
        if match["bare"] or (match["braced"] != key and match["braced"].lower() not in known)
    ]
    if kind is option_types.DSN:
        names = [name for name in names if name == name.upper()]
    return [name for name in dict.fromkeys(names) if name not in environ]
