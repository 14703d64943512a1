"""Regular expressions that are compiled when the first text needs them."""

import json
import re
from pathlib import Path

import programs
import pytest

from asab_sentry.pipeline.scrubbing.budget import EACH, LONGEST, Budget
from asab_sentry.runtime.expressions import compile_later, time_spent

COUNT = """
import gc
import asab_sentry
from asab_sentry.runtime import expressions

asab_sentry.SentryService
later = [vars(one) for one in gc.get_objects() if isinstance(one, expressions._Later)]
print(len(later), sum("search" in one for one in later))
"""

PATTERNS = """
import contextlib, gc, importlib, json, pkgutil, re
import asab_sentry
from asab_sentry.runtime import expressions

found = set()
for module in pkgutil.walk_packages(asab_sentry.__path__, "asab_sentry."):
    if module.name.endswith("__main__"):
        continue
    with contextlib.suppress(ImportError):  # what is for another version of sentry-sdk
        for value in vars(importlib.import_module(module.name)).values():
            pattern = value if isinstance(value, re.Pattern) else getattr(value, "__self__", None)
            if isinstance(pattern, re.Pattern):
                found.add(str(pattern.pattern))
found |= {one.pattern for one in gc.get_objects() if isinstance(one, expressions._Later)}
print(json.dumps(sorted(found)))
"""


@pytest.mark.parametrize("flags", [0, re.IGNORECASE])
def test_finds_what_the_expression_finds(flags: int) -> None:
    """It finds, replaces and tells of itself what a compiled expression does, the first time and later."""
    later, compiled = compile_later(r"(?P<word>b+)", flags), re.compile(r"(?P<word>b+)", flags)
    for _ in range(2):
        assert [one.span() for one in later.finditer("aBbb b")] == [one.span() for one in compiled.finditer("aBbb b")]
        assert later.sub("-", "aBbb") == compiled.sub("-", "aBbb")
        assert later.fullmatch("abb", 1) is not None
        assert (later.pattern, later.flags, later.groups) == (compiled.pattern, compiled.flags, compiled.groups)
        assert later.groupindex == compiled.groupindex


def test_says_that_it_has_no_such_attribute() -> None:
    """What a compiled expression does not have it does not have either."""
    with pytest.raises(AttributeError, match="serach"):
        compile_later("a").serach("a")  # type: ignore[attr-defined]


def test_is_not_compiled_by_an_import(tmp_path: Path) -> None:
    """The import of the package compiles none of them."""
    script = tmp_path / "count.py"
    script.write_text(COUNT)
    done = programs.run([str(script)], cwd=tmp_path, env={}, fresh=True)
    there, compiled = map(int, done.stdout.split())
    assert there > 100
    assert compiled == 0


def test_no_group_is_repeated_possessively(tmp_path: Path) -> None:
    """They have `(?>(?:...)*)` in place of `(?:...)*+`.

    Python before 3.11.5, as in Debian 12, goes on behind the part of a last repetition that did not fit as a whole.
    """
    script = tmp_path / "patterns.py"
    script.write_text(PATTERNS)
    patterns = json.loads(programs.run([str(script)], cwd=tmp_path, env={}, fresh=True).stdout)
    assert len(patterns) > 300
    possessive = re.compile(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+")
    assert possessive.search(r"(?:a|b){1,2}+") is not None
    assert [pattern for pattern in patterns if possessive.search(pattern)] == []


def test_compiling_takes_nothing_from_a_budget() -> None:
    """The time in which an expression is compiled is none in which an event's breadcrumbs are cleaned."""
    before, budget = time_spent(), Budget()
    compile_later("|".join(f"(?:{number}[a-z]*)" for number in range(5000))).search("a")
    assert time_spent() - before > LONGEST
    budget.spend({"message": "a" * EACH})
    assert not budget.is_spent
