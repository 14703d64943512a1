"""Exceptions as Sentry's `exception` interface: as sentry-sdk describes them, within bounds and with their text."""

import itertools
import json
from collections.abc import Callable
from unittest import mock

import aiohttp.web
import pytest
import sentry_sdk.utils
from judge import complaints
from yarl import URL

from asab_sentry.sources import exceptions, tracebacks
from asab_sentry.sources.capture import from_exception
from asab_sentry.sources.exceptions import exc_info_of


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """Return an exception that was raised, while another was handled or because of another."""
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def described(error: BaseException) -> list[dict]:
    """Return what describes an exception and those behind it, checked by what Sentry itself makes of it."""
    event, _ = from_exception(exc_info_of(error))
    json.dumps(event, allow_nan=False)
    assert complaints({"platform": "python", **event}) == []
    return event["exception"]["values"]


def noted(error: BaseException, *notes: str) -> BaseException:
    """Return an exception with notes."""
    for note in notes:
        error.add_note(note)
    return error


def suppressed() -> BaseException:
    """Return an exception whose context is not to be seen."""
    try:
        try:
            raise KeyError("hidden")
        except KeyError:
            raise ValueError("x") from None
    except ValueError as error:
        return error


def in_context() -> BaseException:
    """Return an exception that was raised while another was handled."""
    try:
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second")  # noqa: B904  # while the other is handled
    except ValueError as error:
        return error


def cyclic() -> BaseException:
    """Return an exception that is the cause of its cause."""
    one, other = ValueError("one"), KeyError("other")
    one.__cause__, other.__cause__ = other, one
    return one


ORDINARY: dict[str, Callable[[], BaseException]] = {
    "plain": lambda: ValueError("x"),
    "raised": lambda: raised(ValueError("x")),
    "without text": lambda: raised(ValueError()),
    "cause": lambda: raised(ValueError("x"), raised(KeyError("y"))),
    "context": in_context,
    "suppressed": suppressed,
    "cyclic": cyclic,
    "notes": lambda: raised(noted(ValueError("x"), "one", "two")),
    "with number": lambda: raised(FileNotFoundError(2, "No such file", "/x"), raised(OSError(5, "no"))),
    "with a number of its own": lambda: raised(mock.Mock(side_effect=ValueError).side_effect("x")),
    "base": lambda: raised(SystemExit(3)),
    "nested class": lambda: raised(type("Inner", (ValueError,), {"__qualname__": "Outer.Inner"})("x")),
}


def unconnected(values: list[dict]) -> list[dict]:
    """Return a chain without a group as sentry-sdk 2 describes it: 3 numbers and connects its exceptions, too."""
    if not any(value["mechanism"].get("is_exception_group") for value in values):
        for value in values:
            value["mechanism"]["type"] = values[-1]["mechanism"]["type"]
            for key in ("exception_id", "parent_id", "source"):
                value["mechanism"].pop(key, None)
    return values


@pytest.mark.parametrize("mechanism", [None, {"type": "asab.task", "handled": False}])
@pytest.mark.parametrize("name", ORDINARY)
def test_shape(name: str, mechanism: dict | None) -> None:
    """An exception has the shape that sentry-sdk gives it."""
    error = ORDINARY[name]()
    theirs = sentry_sdk.utils.exceptions_from_error_tuple(exc_info_of(error), None, mechanism)
    ours, _ = from_exception(exc_info_of(error), mechanism)
    for value in (*theirs, *ours["exception"]["values"]):
        value.pop("stacktrace", None)
    assert ours["exception"]["values"] == unconnected(theirs)


def test_groups() -> None:
    """Exceptions of a group tell where they were in it; the one behind another is connected with that one."""
    inner = ExceptionGroup("inner", [raised(ValueError("a"), raised(KeyError("b")))])
    values = described(raised(ExceptionGroup("outer", [inner, TypeError("c")])))[::-1]
    assert [(value["type"], value["value"]) for value in values] == [
        ("ExceptionGroup", "outer (2 sub-exceptions)"),
        ("ExceptionGroup", "inner (1 sub-exception)"),
        ("ValueError", "a"),
        ("KeyError", "'b'"),
        ("TypeError", "c"),
    ]
    connections = [
        tuple(value["mechanism"].get(key) for key in ("exception_id", "parent_id", "source", "is_exception_group"))
        for value in values
    ]
    assert connections == [
        (0, None, None, True),
        (1, 0, "exceptions[0]", True),
        (2, 1, "exceptions[0]", None),
        (3, 2, "__cause__", None),
        (4, 0, "exceptions[1]", None),
    ]


def test_a_group_behind_an_exception() -> None:
    """The exceptions of a group are sent, too, where the group is the cause of the one that was reported."""
    values = described(raised(ValueError("x"), ExceptionGroup("g", [KeyError("a"), TypeError("b")])))
    assert [value["type"] for value in values] == ["TypeError", "KeyError", "ExceptionGroup", "ValueError"]
    assert [value["mechanism"]["exception_id"] for value in values] == [3, 2, 1, 0]


def request_info() -> aiohttp.RequestInfo:
    """Return what an error of aiohttp's client knows of a request."""
    return aiohttp.RequestInfo(URL("http://x/"), "GET", {}, URL("http://x/"))


class Odd(Exception):
    """An exception with attributes that are no text of it."""

    message = "of the class"
    detail = "of the class, too"

    def __str__(self) -> str:
        return "its own text"


class FailingText(Exception):
    """An exception that cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Odd("x"), "its own text"),
        (aiohttp.ClientResponseError(request_info(), (), status=404, message="Not Found"), None),
        (aiohttp.web.HTTPNotFound(), None),
        (ValueError(b"raw"), "b'raw'"),
        (ValueError("a", b"raw"), "('a', b'raw')"),
        (FailingText("x"), "<FailingText: str() failed with RuntimeError>"),
        (KeyError("x"), "'x'"),
        (ExceptionGroup("some", [ValueError()]), "some (1 sub-exception)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_texts(error: BaseException, text: str | None) -> None:
    """The text of an exception is its `str`, whatever attributes it has."""
    if text is None:
        text = str(error)
        assert text != getattr(error, "message", None)
    assert described(error)[-1]["value"] == text


def chain(length: int) -> BaseException:
    """Return an exception at the end of a long chain."""
    error: BaseException = ValueError(0)
    for number in range(1, length):
        following = ValueError(number)
        following.__context__ = error
        error = following
    return error


def test_long_chains() -> None:
    """Of a long chain both ends are sent, and how long it is."""
    event, _ = from_exception(exc_info_of(chain(10_000)))
    numbers = [int(value["value"]) for value in event["exception"]["values"]]
    assert len(numbers) == exceptions.MAX_EXCEPTIONS
    assert numbers[:2] == [0, 1]
    assert numbers[-2:] == [9998, 9999]
    assert event["_meta"]["exception"]["values"][""] == {"len": 10_000}


def test_large_groups() -> None:
    """Of a large group the first ones are sent, and how many there are."""
    members = [ValueError(number) for number in range(5000)]
    event, _ = from_exception(exc_info_of(ExceptionGroup("many", members)))
    values = event["exception"]["values"]
    assert [value["value"] for value in values[-3:]] == ["1", "0", "many (5000 sub-exceptions)"]
    assert len(values) == exceptions.MAX_EXCEPTIONS
    assert event["_meta"]["exception"]["values"][""] == {"len": 5001}


def test_very_large_groups() -> None:
    """Of a very large group no more are counted than a part, for which it is not gone through."""
    members = [ValueError(number) for number in range(20_000)]
    event, _ = from_exception(exc_info_of(ExceptionGroup("many", members)))
    assert event["_meta"]["exception"]["values"][""] == {"len": exceptions.MAX_SEEN}
    assert len([*tracebacks._all(ExceptionGroup("many", members))]) <= tracebacks.MAX_EXCEPTIONS


def test_deep_groups() -> None:
    """A group in a group, and so on, ends."""
    error: Exception = ValueError("innermost")
    for _ in range(5000):
        error = ExceptionGroup("g", [error])
    assert len(described(error)) == exceptions.MAX_EXCEPTIONS


def test_many_notes() -> None:
    """Notes are part of the text, which has an end."""
    text = described(noted(ValueError("x"), *(f"note {number} {'n' * 1000}" for number in range(5000))))[0]["value"]
    assert text.startswith("x\nnote 0 nnn")
    assert len(text) <= 8000


def test_texts_of_many() -> None:
    """All texts together have an end; each has a beginning."""
    values = described(ExceptionGroup("g", [ValueError(f"{number} " + "x" * 100_000) for number in range(100)]))
    assert sum(len(value["value"]) for value in values) < 80_000
    assert [value["value"].partition(" ")[0] for value in values[:-1]] == [str(number) for number in range(48, -1, -1)]


def recursing(depth: int) -> None:
    """Fail deep in a recursion."""
    if depth == 0:
        raise ValueError("deep")
    recursing(depth - 1)


def test_frames_of_many() -> None:
    """Frames of all exceptions together have an end; the one that was reported has most of them."""
    errors = []
    for _ in range(40):
        try:
            recursing(400)
        except ValueError as error:
            errors.append(error)
    values = described(raised(ExceptionGroup("g", errors)))
    counts = [len(value["stacktrace"]["frames"]) for value in reversed(values)]
    assert counts[1] == 250
    assert sum(counts) < 1000
    assert min(counts[2:]) == 10
    assert values[0]["stacktrace"]["frames"][-1]["function"] == "recursing"


class Hostile(Exception):
    """An exception none of whose attributes can be had."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)


class Lying(Exception):
    """An exception whose attributes never end."""

    __traceback__ = __cause__ = __context__ = property(lambda self: mock.Mock())
    __suppress_context__ = exceptions = __notes__ = errno = property(lambda self: itertools.count())


@pytest.mark.parametrize("kind", [Hostile, Lying])
def test_hostile_exceptions(kind: type[BaseException]) -> None:
    """What an exception makes of access to its attributes does not matter."""
    (value,) = described(raised(kind("text")))
    assert (value["type"], value["value"]) == (kind.__qualname__, "text")
    assert value["stacktrace"]["frames"][-1]["function"] == "raised"


@pytest.mark.parametrize(
    "value",
    [mock.Mock(spec=Exception), mock.create_autospec(ValueError("x"), instance=True), ValueError, (1, 2, 3), None],
)
def test_no_exceptions(value: object) -> None:
    """A mock of an exception is none."""
    assert exc_info_of(value) is None


def test_long_names() -> None:
    """The name of a type has an end."""
    assert len(described(type("N" * 1_000_000, (Exception,), {})("x"))[0]["type"]) == exceptions.MAX_NAME
