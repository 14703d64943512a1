"""Levels: names and numbers of `logging`, and what Sentry makes of them."""

import logging
import re

import asab
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judge import complaints

from asab_sentry.config import levels

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a machine is, is not what is tested."""

ORDER = ["debug", "info", "warning", "error", "fatal"]


def test_notice_is_asabs() -> None:
    """NOTICE is the number that ASAB gives it."""
    assert levels.NOTICE == levels.number("notice") == asab.LOG_NOTICE


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("debug", logging.DEBUG),
        ("Info", logging.INFO),
        ("NOTICE", 25),
        ("warning", logging.WARNING),
        ("warn", logging.WARNING),
        (" error\n", logging.ERROR),
        ("critical", logging.CRITICAL),
        ("FATAL", logging.CRITICAL),
        ("0", 0),
        ("35", 35),
    ],
)
def test_number(text: str, number: int) -> None:
    """A level is written as a name in any case or as a number."""
    assert levels.number(text) == number


@pytest.mark.parametrize("text", ["", "loud", "-1", "1.5", "٣", "0x10", "debug info"])
def test_no_level(text: str) -> None:
    """Anything else is refused with what is accepted."""
    with pytest.raises(ValueError, match=f"^accepted is {re.escape(levels.ACCEPTED)}$"):
        levels.number(text)


def test_what_is_accepted_is_accepted() -> None:
    """Each name in the sentence about accepted levels is one."""
    *names, last = re.split(", | or ", levels.ACCEPTED)
    assert last == "a number"
    assert {levels.number(name) for name in names} == set(levels.NAMES.values())


@CALM
@given(st.integers(min_value=0, max_value=10**6))
def test_number_of_a_number(number: int) -> None:
    """A number stays what it is."""
    assert levels.number(str(number)) == number


@pytest.mark.parametrize(
    ("levelno", "level"),
    [
        (0, "debug"),
        (logging.DEBUG, "debug"),
        (logging.INFO, "info"),
        (levels.NOTICE, "info"),
        (logging.WARNING, "warning"),
        (logging.ERROR, "error"),
        (logging.CRITICAL, "fatal"),
        (99, "fatal"),
    ],
)
def test_sentry(levelno: int, level: str) -> None:
    """Each level of logging has its level in Sentry, and NOTICE is info."""
    assert levels.sentry(levelno) == level


@CALM
@given(st.integers(), st.integers())
def test_sentry_keeps_the_order(one: int, other: int) -> None:
    """A higher number is never a lower level."""
    low, high = sorted((one, other))
    assert ORDER.index(levels.sentry(low)) <= ORDER.index(levels.sentry(high))


@pytest.mark.parametrize("name", levels.NAMES)
def test_sentry_takes_it(name: str) -> None:
    """Each level is one that Sentry takes for an event and for a breadcrumb."""
    level = levels.sentry(levels.number(name))
    assert complaints({"level": level, "breadcrumbs": {"values": [{"level": level, "message": "x"}]}}) == []
