"""Breadcrumbs of log records: the usual ones are made in one step, with the same result as of any."""

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asab_sentry.objects import json_values
from asab_sentry.sources import breadcrumbs


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
        "name": st.sampled_from(["app", "app.part", "n" * 200, Text("app"), "jmeno-č"]),
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


@given(RECORDS)
def test_usual_records(attributes: dict[str, Any]) -> None:
    """What is made of a usual record in one step is what is made of any."""
    record = logging.makeLogRecord(attributes)
    usual = breadcrumbs._of_usual(record)
    if usual is None:
        return
    made = breadcrumbs._of_any(record)
    assert (type(usual), repr(sorted(usual.items()))) == (type(made), repr(sorted(made.items())))


@pytest.mark.parametrize("formatted", [False, True])
def test_what_is_usual(formatted: bool) -> None:
    """A text with numbers and texts in it, and with flat struct_data, is usual, whether or not a handler was there."""
    facts = {"name": "app", "levelno": 20, "msg": "order %s of %d", "args": ("a-1", 7)}
    record = logging.makeLogRecord({**facts, "_struct_data": {"order": 7, "paid": True, "by": None, "sum": 1.5}})
    if formatted:
        logging.Formatter("%(asctime)s %(message)s").format(record)
    made = breadcrumbs._of_usual(record)
    assert made is not None
    assert (made["message"], made["data"]) == ("order a-1 of 7", {"order": 7, "paid": True, "by": None, "sum": 1.5})


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
