"""Patterns as options have them: regular expressions, and paths with wildcards."""

import fnmatch
import re

from . import backtracking
from .kind import Reason, spaced, spaced_only

INTERNAL = (
    r"^[a-z]+://([^@/]*@)?"
    r"(localhost|127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(1[6-9]|2\d|3[01])\.\d+\.\d+"
    r"|169\.254\.\d+\.\d+|\[::1\]|\[f[cde][0-9a-f:]*\]|[^.:/?#@\[\]]+)(:\d+)?([/?#]|$)"
)
"""URLs of the fleet: loopback, private addresses, and names without a dot, as docker-compose gives them."""


def patterns(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return regular expressions, each of which is one."""
    for pattern in parts:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise Reason(f"{pattern!r} is no regular expression ({error})") from error
    return parts


def filters(text: str) -> tuple[str, ...]:
    """Return regular expressions that filter texts."""
    parts = patterns(spaced(text))
    for pattern in parts:
        if re.search(pattern, ""):
            raise Reason(f"{pattern!r} matches the empty text, and so everywhere")
        slow = backtracking.slow_text(pattern)
        if slow is not None:
            raise Reason(
                f"{pattern!r} takes too long for {slow[:20]!r} and so on, of {len(slow)} characters: nest no "
                "repetitions, and let none follow another one that matches the same"
            )
    return parts


def targets(text: str) -> tuple[str, ...]:
    """Return regular expressions of URLs, of which some have names."""
    known = {"internal": (INTERNAL,), "all": (".*",), "off": ()}
    if text.lower() in known:
        return known[text.lower()]
    return tuple(pattern for word in patterns(spaced_only(text)) for pattern in known.get(word, (word,)))


def transactions(text: str) -> tuple[str, ...]:
    """Return regular expressions of the names of transactions, as in `GET /path`."""
    names = []
    for line in filter(None, (part.strip() for part in re.split(r"[\n,]", text))):
        method, _, path = line.rpartition(" ")
        if not path.startswith(("/", "*")):
            raise Reason(f"{line!r} names no path")
        if len(method.split()) > 1:
            raise Reason(f"{line!r} has more than one method")
        names.append(f"{fnmatch.translate(method.strip().upper() or '*')[:-2]} {fnmatch.translate(path)}")
    return tuple(names)
