"""Any Python value as JSON that Sentry stores whole."""

import configparser
import datetime
import decimal
import json
import os
import pathlib
import uuid

import asab.config
import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from judge import complaints

from asab_sentry.objects import json_values
from asab_sentry.objects.variables import Variables


class Broken:
    """A value that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


class BrokenMapping(dict):
    """A mapping that cannot be walked."""

    def items(self):
        raise RuntimeError("no")


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.datetimes()
    | st.builds(object)
    | st.builds(Broken),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.none(), inner, max_size=5)
        | st.dictionaries(st.text(), inner, max_size=3).map(BrokenMapping)
    ),
    max_leaves=30,
)


@given(st.dictionaries(st.text() | st.integers(), anything, max_size=12))
def test_context_is_what_sentry_stores(data: dict) -> None:
    """A context of any values is JSON and passes Sentry's ingestion without an error or a cut."""
    context = json_values.mapping(data, **json_values.CONTEXT)
    json.dumps(context, allow_nan=False).encode()
    event = {"message": "m", "platform": "python", "contexts": {"struct_data": context}}
    assert complaints(event) == []


@given(st.dictionaries(st.text(), anything, max_size=12))
def test_breadcrumb_data_is_what_sentry_stores(data: dict) -> None:
    """The data of a breadcrumb of any values passes Sentry's ingestion without an error or a cut."""
    crumb = {"timestamp": 1.0, "message": "m", "data": json_values.mapping(data, **json_values.DATA)}
    assert complaints({"message": "m", "platform": "python", "breadcrumbs": {"values": [crumb]}}) == []


flat = st.dictionaries(
    st.text() | st.sampled_from(["order", "customer"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["paid", "c-1001"]),
    max_size=20,
)


@given(flat, st.integers(min_value=0, max_value=300))
def test_what_is_ready_stays_as_it_is(values, size) -> None:
    """What is taken for JSON already is what a walk makes of it, as long as no key says that it is a secret."""
    if json_values.is_ready(values, size):
        made = json_values.mapping(values, size=size, depth=3)
        assert {key: value for key, value in made.items() if value != "[Filtered]"} == {
            key: value for key, value in values.items() if made[key] != "[Filtered]"
        }


def test_most_data_is_ready() -> None:
    """Numbers and shorter texts are ready; what is long, nested, no JSON or of another kind is not."""
    assert json_values.is_ready({"order": 7, "state": "paid", "amount": 12.5, "retry": False, "by": None}, 1900)
    for other in (
        {"a": [1]},
        {1: 2},
        {"a": float("nan")},
        {"a": 2**60},
        {"a": "\ud83d"},
        {"a": "x" * 2000},
        {"a": object},
    ):
        assert not json_values.is_ready(other, 1900)


@given(st.integers(min_value=0, max_value=300), st.integers(min_value=0, max_value=50))
def test_size_is_bounded(count: int, length: int) -> None:
    """Size, and with it cost, is bounded whatever is given."""
    data = {f"key{i}": ["x" * length] * count for i in range(count)}
    assert len(json.dumps(json_values.mapping(data, size=1000, depth=3))) < 2500


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (2**60, str(2**60)),
        (0.5, 0.5),
        (float("inf"), "inf"),
        (1e300, "1e+300"),
        ("text", "text"),
        (b"raw\xff", "raw\ufffd"),
        ((1, 2), [1, 2]),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC), "2026-01-02T03:04:05+00:00"),
        (ValueError("x"), "ValueError('x')"),
        (Broken(), "<Broken: repr() failed with RuntimeError>"),
        ({"Password": "x", "X-Forwarded-For": "10.0.0.1"}, {"Password": "[Filtered]", "X-Forwarded-For": "[Filtered]"}),
    ],
)
def test_values(value, shown) -> None:
    """Each kind of value is shown in the form that reads best."""
    assert json_values.mapping({"value": value}, size=1000, depth=4) == {"value": shown}


def test_truth_is_not_asked() -> None:
    """Whether a variable is true is not asked: of a query it may be a question to the database."""

    class Query:
        def __bool__(self) -> bool:
            raise AssertionError

        def __repr__(self) -> str:
            return "<Query>"

    assert Variables().show({"query": Query(), "none": []}) == {"query": "<Query>", "none": "[]"}


def test_secrets() -> None:
    """Values of keys and variables that name a secret are hidden; that there is none is shown."""
    data = {"client_secret": "x", "token": None, "auth": {"user": "a"}, "author": "me", "password": True}
    shown = {"client_secret": "[Filtered]", "token": None, "auth": "[Filtered]", "author": "me", "password": True}
    assert json_values.mapping(data, size=1000, depth=3) == shown
    assert Variables().show({"dbPassword": "x", "token": None, "x": {"apiKey": 1}}) == {
        "dbPassword": "[Filtered]",
        "token": "None",
        "x": {"apiKey": "[Filtered]"},
    }


def test_configurations() -> None:
    """Configurations and the environment are shown as what they are, wherever they are."""
    parser = configparser.ConfigParser()
    parser.read_string("[a]\nuser=joe\n")
    own = asab.config.ConfigurableDict()
    own["user"] = "joe"
    for value, shown in (
        (parser, "<configparser.ConfigParser of 2 items>"),
        (parser["a"], "<configparser.SectionProxy of 1 items>"),
        (own, "<asab.config.ConfigurableDict of 1 items>"),
        (os.environ, f"<os._Environ of {len(os.environ)} items>"),
    ):
        assert json_values.mapping({"x": [value]}, size=1000, depth=4) == {"x": [shown]}
        assert Variables().show({"x": value, "y": {"z": value}}) == {"x": shown, "y": {"z": shown}}


def test_requests() -> None:
    """A web request is shown by method and path, without its query."""
    request = make_mocked_request("GET", "/orders/7?name=joe")
    for shown in (json_values.mapping({"x": request}, size=1000, depth=4), Variables().show({"x": request})):
        assert shown == {"x": "<Request GET /orders/7 >"}


def test_what_is_cut_is_said() -> None:
    """A cut is visible where it was made."""
    data = json_values.mapping({f"key{i}": "x" * 50 for i in range(100)}, size=500, depth=3)
    assert list(data)[-1] == "..."
    assert data["..."].endswith(" more")
    assert json_values.mapping({"long": "x" * 100}, size=50, depth=3)["long"].endswith("...")
    assert json_values.sequence(["x" * 30] * 9, size=60, depth=2)[-1].endswith(" more")


def test_depth() -> None:
    """What is nested deeper than asked for is shown by its repr."""
    assert json_values.mapping({"a": {"b": {"c": 1}}}, size=1000, depth=2) == {"a": {"b": "{'c': 1}"}}


def test_text() -> None:
    """A text can be encoded, whatever it was made of."""
    assert json_values.text("a\udcffb", 10) == "a?b"
    assert json_values.text("x" * 20, 10) == "xxxxxxx..."
    assert json_values.text(Broken(), 100) == "<Broken: str() failed with RuntimeError>"


def test_user() -> None:
    """What identifies a user is as long as Sentry takes it; what else is told of one may be longer."""
    made = json_values.user(
        {"id": "x" * 500, "username": ["a", 1], "email": "joe@example.com", "name": 7, "note": "y" * 500}
    )
    assert made == {
        "id": "x" * 125 + "...",
        "username": '["a", 1]',
        "email": "joe@example.com",
        "name": 7,
        "note": "y" * 500,
    }
