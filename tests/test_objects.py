"""Objects of others: shown as Python shows them, at a bounded cost, and whatever they do."""

import collections
import datetime
import decimal
import functools
import json
import os
import pathlib
import signal
import sys
import tracemalloc
import types
import uuid
import weakref

import pytest
import sentry_sdk
from hostile import HOSTILE, AttrsRows, ModelRows, NamedRows, OwnRepr, Row, Rows
from hypothesis import given
from hypothesis import strategies as st
from judge import complaints
from large import LARGE

from asab_sentry.objects import calls, json_values, weighing
from asab_sentry.objects.calls import Calls
from asab_sentry.objects.reprs import bounded_repr, bounded_str
from asab_sentry.objects.variables import Variables

VIEWS = {
    "data": lambda value: json_values.mapping({"value": value}, **json_values.CONTEXT),
    "mapping": lambda value: json_values.mapping(value, **json_values.CONTEXT),
    "variable": lambda value: Variables().show({"value": value}),
    "variables": lambda value: Variables().show(value),
    "deep": lambda value: Variables().show({"value": [[[[value]]]]}),
    "text": lambda value: {"text": json_values.text(value, json_values.MAX_MESSAGE)},
    "key": lambda value: json_values.mapping(keyed(value), **json_values.CONTEXT),
}
"""The ways in which an object gets into an event."""


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """What is captured and logged by a repr goes nowhere."""
    sentry_sdk.get_global_scope().set_client(None)


def keyed(value: object) -> dict:
    """Return a dict that has an object as its key, if it can be one."""
    try:
        return {value: 1}
    except BaseException:
        return {}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_objects(name: str) -> None:
    """Whatever an object does, it is shown as JSON that Sentry stores, and nothing is raised."""
    contexts = {view: dict(show(HOSTILE[name]())) for view, show in VIEWS.items()}
    json.dumps(contexts, allow_nan=False).encode()
    assert complaints({"message": "m", "platform": "python", "contexts": contexts}) == []


@pytest.mark.parametrize("name", LARGE)
def test_large_objects(name: str) -> None:
    """Of a large object the beginning is looked at: nothing of its size is made on the way."""
    value = LARGE[name]()
    for view, show in VIEWS.items():
        show(value)  # what is remembered of types is not counted
        tracemalloc.start()
        try:
            shown = show(value)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 1_000_000, view
        assert len(json.dumps(shown)) < 50_000, view


class Counted:
    """It counts how often it is shown."""

    shown = 0

    def __repr__(self) -> str:
        Counted.shown += 1
        return "c"


@pytest.mark.parametrize(
    "make",
    [list, tuple, collections.deque, Rows, AttrsRows, NamedRows, collections.UserList, OwnRepr, ValueError],
)
def test_few_are_asked(make) -> None:
    """However many objects there are, few are asked for their repr."""
    value = make([Counted() for _ in range(10_000)])
    for view, show in VIEWS.items():
        Counted.shown = 0
        show(value)
        assert Counted.shown < 3000, view


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
        lambda inner: (
            st.lists(inner)
            | st.tuples(inner, inner)
            | st.tuples(inner)
            | st.dictionaries(st.integers(), inner)
            | st.sets(st.integers())
            | st.frozensets(st.text())
        ),
        max_leaves=10,
    )
)
def test_reprs(value: object) -> None:
    """What is short is shown as Python shows it."""
    assert bounded_repr(value, 10_000_000, Calls()) == repr(value)


def cyclic() -> list:
    value: list = [1]
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        collections.deque([1, 2]),
        collections.deque([1], maxlen=3),
        bytearray(b"ab"),
        {"a": 1}.keys(),
        {"a": 1}.values(),
        {"a": 1}.items(),
        collections.UserList([1]),
        collections.Counter("a"),
        types.SimpleNamespace(a=1, b="x"),
        types.MappingProxyType({"a": 1}),
        functools.partial(int, "7", base=8),
        range(5),
        Rows([1, 2]),
        AttrsRows([1]),
        NamedRows([1]),
        ModelRows(rows=[1, 2]),
        ValueError("x", 1),
        ValueError("x"),
        KeyError("x"),
        OSError(2, "no"),
        OwnRepr([1]),
        OwnRepr([1]).__repr__,
        datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        uuid.UUID(int=7),
        pathlib.PurePosixPath("/a"),
        decimal.Decimal("1.5"),
        object,
        object(),
        sys,
        print,
        test_reprs,
        signal.SIGINT,
        ...,
    ],
    ids=lambda value: type(value).__name__,
)
def test_reprs_of_objects(value: object) -> None:
    """So is what holds other values, or has a repr of its own."""
    assert bounded_repr(value, 10_000, Calls()) == repr(value)
    assert bounded_repr([value], 10_000, Calls()) == repr([value])


def test_what_holds_itself() -> None:
    """What holds itself is shown once."""
    assert bounded_repr(cyclic(), 1000, Calls()) == "[1, ...]"


def test_fields_that_are_not_to_be_seen() -> None:
    """A field that the repr of its class leaves out stays unseen, also of a large object; secrets are hidden."""
    rows = list(range(100_000))
    for value in (AttrsRows(rows), ModelRows(rows=rows), Rows([Row(number) for number in range(10_000)])):
        shown = bounded_repr(value, 1000, Calls())
        assert "unseen" not in shown
        assert "hunter2" not in shown
    assert bounded_repr(Row(1), 1000, Calls()) == "Row(number=1, name='row', password=[Filtered])"


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        ValueError("x"),
        ValueError("x", 1),
        ValueError(b"raw"),
        ValueError(["a", 1]),
        ValueError(ValueError("inner")),
        ValueError(KeyError("inner")),
        KeyError("x"),
        KeyError("x", "y"),
        KeyError(),
        OSError(2, "No such file", "name"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
        ExceptionGroup("group", [ValueError("x")]),
        SystemExit(3),
        SyntaxError("bad", ("file", 1, 2, "line")),
    ],
    ids=repr,
)
def test_texts_of_exceptions(error: BaseException) -> None:
    """The text of an exception is its str."""
    assert bounded_str(error, 10_000, Calls()) == str(error)


class Shown:
    """It shows itself in the way of an event."""

    def __repr__(self) -> str:
        return str(json_values.mapping({"itself": self, "text": "x"}, **json_values.CONTEXT))


def test_a_repr_in_a_repr() -> None:
    """A repr that makes an event is not asked in that one: it would make another, and so on."""
    shown = json_values.mapping({"value": Shown()}, **json_values.CONTEXT)["value"]
    assert shown == "{'itself': '<test_objects.Shown object>', 'text': 'x'}"


def test_slow_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the code of others has taken its time, what is left is shown by its type."""
    clock = iter(range(100))
    monkeypatch.setattr(calls.time, "perf_counter", lambda: next(clock))
    shown = Variables().show({"first": Counted(), "second": Counted(), "third": 3})
    assert shown == {"first": "c", "second": "<test_objects.Counted object>", "third": "3"}


class Interrupted:
    """A signal comes while it is shown."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        os.kill(os.getpid(), self.number)
        return "<Interrupted>"


def test_ctrl_c() -> None:
    """An interrupt by the user gets through, one that a repr raises does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            json_values.mapping({"value": Interrupted(signal.SIGINT)}, **json_values.CONTEXT)
    finally:
        signal.signal(signal.SIGINT, before)
    shown = json_values.mapping({"value": HOSTILE["fails with KeyboardInterrupt"]()}, **json_values.CONTEXT)
    assert shown == {"value": "<Fails: repr() failed with KeyboardInterrupt>"}


def end(number: int, frame: object) -> None:
    """End the process, as many applications do at SIGTERM."""
    raise SystemExit(number)


def end_once(*arguments: object) -> None:
    """Do so, and leave further signals alone."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(arguments[0])


class Ender:
    """Ends the process when it is called."""

    def __call__(self, number: int, frame: object) -> None:
        raise SystemExit(number)

    end_once = staticmethod(end_once)


HANDLERS = [end, functools.partial(end), end_once, Ender(), Ender().__call__, Ender().end_once]


@pytest.mark.parametrize("handler", HANDLERS)
def test_signal_handlers(handler) -> None:
    """What a handler of a signal raises gets through."""
    before = signal.signal(signal.SIGTERM, handler)
    try:
        with pytest.raises(SystemExit):
            json_values.mapping({"value": Interrupted(signal.SIGTERM)}, **json_values.CONTEXT)
    finally:
        signal.signal(signal.SIGTERM, before)


class Held:
    """An object that may hold much, and has a repr."""

    def __repr__(self) -> str:
        return "held"


def test_what_holds_much_is_known_again() -> None:
    """An object that holds much is looked through once, is not kept alive by that, and is not taken for another one."""
    much = Held()
    much.held = [object() for _ in range(2 * weighing.MUCH)]
    assert weighing.holds_much(much)
    much.held = None
    assert weighing.holds_much(much)
    place, gone = id(much), weakref.ref(much)
    del much
    assert gone() is None
    little = Held()
    weighing._holders.add(id(little), weighing._holders.pop(place))
    assert not weighing.holds_much(little)


class Own(list):
    """A list that is taken value by value."""


@given(
    st.lists(st.integers() | st.booleans() | st.none() | st.floats() | st.text(max_size=9), max_size=150)
    | st.lists(st.integers() | st.integers(2**62, 2**64), max_size=150)
)
def test_lists_in_variables(values: list) -> None:
    """A list is shown value by value as far as there is place for it, however many of its values are numbers."""
    assert Variables().show({"values": values}) == Variables().show({"values": Own(values)})


class Asking:
    """Counts how often it is asked for its repr."""

    asked = 0

    def __repr__(self) -> str:
        self.asked += 1
        return f"Asking {self.asked}"


def test_what_several_frames_have() -> None:
    """What is in several frames of an event is asked once, and shown in all of them."""
    asking, walk = Asking(), Variables()
    several = [walk.show({"it": asking, "list": values}) for values in ([asking], [[asking]])]
    assert [shown["it"] for shown in several] == ["Asking 1"] * 2
    assert asking.asked == 3  # so deep it stands in three ways


def test_what_there_was_no_place_for() -> None:
    """What was cut where there was little place is whole where there is more, and the other way round."""
    values = list(range(30))
    for orders in ((400, 1), (1, 400)):
        walk = Variables()
        for length in orders:
            shown = walk.show({"text": ["x" * length], "them": [*["y" * 10] * 5, values]})
            alone = Variables().show({"text": ["x" * length], "them": [*["y" * 10] * 5, values]})
            assert shown == alone


def test_short_lived_values() -> None:
    """A value that is gone when another one has its place in memory is not taken for that."""
    walk = Variables()
    shown = [walk.show({"it": [[f"number {number}"]]})["it"] for number in range(100)]
    assert shown == [[[f"'number {number}'"]] for number in range(100)]
