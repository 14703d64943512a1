"""Breadcrumbs of log records: the usual ones are made in one step, with the same result as of any."""

import logging
from typing import Any

import pytest
import sentry_sdk
from hypothesis import given
from hypothesis import strategies as st
from sentry_sdk.integrations.logging import ignore_logger, unignore_logger

from asab_sentry.objects import json_values
from asab_sentry.pipeline.log_breadcrumbs import Event, LogBreadcrumb
from asab_sentry.runtime.reentrancy import THREAD
from asab_sentry.sources import breadcrumbs
from asab_sentry.sources.ignored import Ignored
from asab_sentry.sources.usual_records import taking


class Trail:
    """A trail that nobody keeps."""

    def write(self, message: str, category: str, level: str, moment: float) -> None:
        """Write nothing."""

    def note(self, breadcrumb: Event) -> None:
        """Write nothing."""


RULES = ("asab.web",)
TAKE = taking(3, Trail(), Ignored(["quiet"]), RULES)


def taken(record: logging.LogRecord) -> LogBreadcrumb | None:
    """Return what is left of a record by the function for usual ones."""
    scope = sentry_sdk.Scope.get_isolation_scope()
    scope.clear_breadcrumbs()
    made = TAKE(record)
    assert list(scope._breadcrumbs) == ([] if made is None else [made])
    return made


class Text(str):
    """A text that says something else than it holds."""

    __slots__ = ()

    def __str__(self) -> str:
        """Say it."""
        return "else"


SCALARS: Any = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("x" * 501), st.just("y" * 9000)
)
VALUES: Any = st.one_of(
    SCALARS, SCALARS, st.binary(max_size=3), st.lists(st.integers(), max_size=2), st.just(Text("a"))
)
DATA: Any = st.one_of(
    st.none(),
    st.dictionaries(st.one_of(st.text(max_size=3), st.integers(), st.just("password")), VALUES, max_size=4),
    st.dictionaries(st.integers(), st.integers(), min_size=17, max_size=17),
    st.lists(st.integers(), max_size=2),
    st.text(max_size=3),
)
RECORDS: Any = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["app", "app.part", "n" * 200, Text("app"), "jmeno-č", None, 5]),
        "levelno": st.sampled_from([10, 20, 25, 30, 40, 50, 0, 21, 999]),
        "msg": st.one_of(
            st.sampled_from(["plain", "%s", "%d", "%s of %s", "%r %5.1f", "100 %", "%(a)s", "\ud800", "z" * 9000, ""]),
            st.sampled_from([None, 5, ValueError("x"), Text("%s")]),
        ),
        "args": st.one_of(
            st.just(()), st.tuples(VALUES), st.tuples(VALUES, VALUES), st.just({"a": 1}), st.none(), st.just([1])
        ),
        "created": st.sampled_from([1.5, 1700000000.25, 5, "now"]),
        "exc_info": st.sampled_from([None, None, None, (ValueError, ValueError("x"), None), (None, None, None)]),
    },
    optional={
        "_struct_data": DATA,
        "message": st.sampled_from(["formatted", None, 5, "\udc00", Text("m")]),
        "asctime": st.just("today"),
        "order": VALUES,
    },
)


def record_of(**facts: Any) -> logging.LogRecord:
    """Return a usual record, but for these facts."""
    return logging.makeLogRecord({"name": "app", "levelno": 20, "msg": "order %s of %d", "args": ("a-1", 7), **facts})


@given(RECORDS)
def test_usual_records(attributes: dict[str, Any]) -> None:
    """What is made of a usual record in one step is what is made of any."""
    record = logging.makeLogRecord(attributes)
    usual = taken(record)
    if usual is None:
        return
    made = breadcrumbs.made_of(record)
    assert (type(usual), repr(sorted(usual.items()))) == (type(made), repr(sorted(made.items())))


@pytest.mark.parametrize("formatted", [False, True])
def test_what_is_usual(formatted: bool) -> None:
    """A text with numbers and texts in it, and with flat struct_data, is usual, whether or not a handler was there."""
    record = record_of(_struct_data={"order": 7, "paid": True, "by": None, "sum": 1.5})
    if formatted:
        logging.Formatter("%(asctime)s %(message)s").format(record)
    made = taken(record)
    assert made is not None
    assert (made["message"], made["data"]) == ("order a-1 of 7", {"order": 7, "paid": True, "by": None, "sum": 1.5})


@pytest.mark.parametrize("data", [None, {}, [], "", 0, False, ()])
def test_no_data(data: Any) -> None:
    """What is left of a record without data, or with data that is none, is what is made of any."""
    record = record_of(_struct_data=data)
    assert taken(record) in (None, breadcrumbs.made_of(record))


def test_data_is_a_copy() -> None:
    """What the application changes in its data after the record is not in the breadcrumb."""
    data = {"order": 7}
    record = logging.makeLogRecord({"name": "app", "levelno": 20, "msg": "m", "_struct_data": data})
    made = breadcrumbs.made_of(record)
    data["order"] = 8
    assert made["data"] == {"order": 7}


@pytest.mark.parametrize("large", ["msg", "args", "_struct_data"])
def test_large_texts_are_bounded(large: str) -> None:
    """A breadcrumb holds no more of a large text than Sentry takes."""
    text = "x" * 10_000_000
    values: dict[str, Any] = {"msg": text, "args": (text,), "_struct_data": {"text": text}}
    record = logging.makeLogRecord({"name": "app", "levelno": 20, "msg": "m %s", large: values[large]})
    made = breadcrumbs.made_of(record)
    assert len(made["message"]) <= json_values.MAX_MESSAGE
    assert len(repr(made.get("data"))) < json_values.MAX_MESSAGE


def test_what_is_left() -> None:
    """The newest breadcrumbs are left, as many as there may be."""
    scope = sentry_sdk.Scope.get_isolation_scope()
    scope.clear_breadcrumbs()
    made = [TAKE(record_of(args=("a", number))) for number in range(5)]
    assert list(scope._breadcrumbs) == made[-3:]


@pytest.mark.parametrize(
    "facts", [{"name": "asab.web"}, {"name": "quiet"}, {"levelno": 21}, {"msg": 5}, {"args": None}]
)
def test_what_is_not_usual(facts: dict[str, Any]) -> None:
    """Records of loggers with a rule, of ignored ones and of levels without a name are for others."""
    assert taken(record_of(**facts)) is None


def test_loggers_that_come_to_be_ignored() -> None:
    """`ignore_logger` holds for loggers that were heard of before, and can be taken back."""
    assert taken(record_of(name="late")) is not None
    ignore_logger("late")
    try:
        assert taken(record_of(name="late")) is None
        assert taken(record_of()) is not None
    finally:
        unignore_logger("late")
    assert taken(record_of(name="late")) is not None


def test_what_is_being_handled() -> None:
    """A record that comes up while an event is being made is for others: it waits."""
    left = []
    THREAD.turn.take(lambda: left.append(taken(record_of())))
    assert left == [None]
    assert taken(record_of()) is not None


def test_a_trail_that_fails() -> None:
    """Where the trail fails, nothing is left: others do it all."""

    class Failing(Trail):
        def write(self, message: str, category: str, level: str, moment: float) -> None:
            raise OSError

    sentry_sdk.Scope.get_isolation_scope().clear_breadcrumbs()
    assert taking(3, Failing(), Ignored([]), ())(record_of()) is None
    assert not sentry_sdk.Scope.get_isolation_scope()._breadcrumbs
