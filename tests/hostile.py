"""Objects as no application should have them, and some have: each by a name that says what it is."""

import asyncio
import contextvars
import dataclasses
import functools
import inspect
import logging
import sys
import typing
import weakref
from collections.abc import Callable, Mapping
from unittest import mock

import attrs
import pydantic
import sentry_sdk
import werkzeug.local
import wrapt


class Fails:
    """Whatever it is asked, it fails with an exception of a kind."""

    def __init__(self, kind: type[BaseException]) -> None:
        object.__setattr__(self, "kind", kind)

    def _fail(self, *args: object) -> typing.NoReturn:
        raise object.__getattribute__(self, "kind")("no")

    __repr__ = __str__ = __len__ = __bool__ = __iter__ = __eq__ = __hash__ = __getattr__ = __format__ = __index__ = (
        _fail
    )
    __int__ = __float__ = __bytes__ = __fspath__ = __enter__ = __call__ = __contains__ = __getitem__ = __setattr__ = (
        _fail
    )


class FailsAtAll(Fails):
    """It fails even where its attributes and its class are asked for."""

    def __getattribute__(self, name: str) -> typing.NoReturn:
        raise RuntimeError(name)


class FailsAsClass:
    """It has a class that fails."""

    @property
    def __class__(self) -> typing.NoReturn:
        raise RuntimeError("no class")


class Meta(type):
    """A metaclass all of whose classes fail."""

    def _fail(cls, *args: object) -> typing.NoReturn:
        raise RuntimeError("no")

    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __iter__ = __instancecheck__ = __subclasscheck__ = _fail
    __name__ = __module__ = property(_fail)


class OfMeta(metaclass=Meta):
    """An object of such a class."""


class BrokenMapping(Mapping):
    """A mapping that cannot be walked."""

    def __getitem__(self, key: object) -> typing.NoReturn:
        raise RuntimeError("no item")

    def __iter__(self) -> typing.NoReturn:
        raise RuntimeError("no items")

    def __len__(self) -> int:
        return 3

    items = keys = values = __iter__


class BrokenDict(dict):
    """A dict that cannot be walked."""

    def items(self) -> typing.NoReturn:
        raise RuntimeError("no items")

    __iter__ = __len__ = __bool__ = items


class BrokenList(list):
    """A list that cannot be walked."""

    def __iter__(self) -> typing.NoReturn:
        raise RuntimeError("no items")

    __len__ = __bool__ = __getitem__ = __iter__


class BrokenStr(str):
    """A text that fails."""

    __slots__ = ()

    def _fail(self, *args: object) -> typing.NoReturn:
        raise RuntimeError("no text")

    __repr__ = __str__ = __len__ = __bool__ = __getitem__ = __iter__ = __eq__ = __hash__ = __format__ = _fail
    encode = strip = isascii = isprintable = lower = split = isspace = _fail


class Endless(Mapping):
    """A mapping without end."""

    def __getitem__(self, key: object) -> int:
        return 1

    def __iter__(self) -> typing.Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    def __len__(self) -> int:
        return sys.maxsize


class EndlessList(list):
    """A list without end."""

    def __iter__(self) -> typing.Iterator[int]:
        while True:
            yield 1


class Captures:
    """It captures whenever it is shown."""

    def __repr__(self) -> str:
        sentry_sdk.capture_exception(ValueError("from a repr"))
        sentry_sdk.capture_message("from a repr")
        return "<Captures>"


class Logs:
    """It logs itself whenever it is shown."""

    def __repr__(self) -> str:
        logging.getLogger("hostile").error("shown: %s", 1, extra={"itself": self})
        return "<Logs>"


class Recurses:
    """It shows itself, and never ends."""

    def __repr__(self) -> str:
        return f"<{self!r}>"


class NotText:
    """Its repr is no text."""

    def __repr__(self) -> int:
        return 5

    __str__ = __repr__


@functools.cache
def _nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def multiplied(depth: int) -> list:
    """Return a small list with a huge repr."""
    value: list = ["x"]
    for _ in range(depth):
        value = [value, value]
    return value


def _cyclic() -> dict:
    value: dict = {"list": []}
    value["itself"] = value
    value["list"].append(value)
    return value


def _dead() -> weakref.ProxyType:
    class Gone:
        pass

    return weakref.proxy(Gone())


unbound = contextvars.ContextVar("unbound")


def bound(value: object) -> werkzeug.local.LocalProxy:
    """Return a proxy of a value, as Flask has them."""
    return werkzeug.local.LocalProxy(lambda: value)


HOSTILE: dict[str, Callable[[], object]] = {
    **{
        f"fails with {kind.__name__}": functools.partial(Fails, kind)
        for kind in (
            RuntimeError,
            RecursionError,
            MemoryError,
            StopIteration,
            AttributeError,
            UnicodeDecodeError,
            SystemExit,
            KeyboardInterrupt,
            GeneratorExit,
            asyncio.CancelledError,
            BaseException,
        )
    },
    "fails at all": lambda: FailsAtAll(RuntimeError),
    "fails as class": FailsAsClass,
    "fails as metaclass": OfMeta,
    "class of a failing metaclass": lambda: OfMeta,
    "broken mapping": BrokenMapping,
    "broken dict": lambda: BrokenDict(a=1, password="hunter2"),
    "broken list": lambda: BrokenList([1, 2]),
    "broken str": lambda: BrokenStr("text"),
    "endless mapping": Endless,
    "endless list": EndlessList,
    "captures": Captures,
    "logs": Logs,
    "recurses": Recurses,
    "no text": NotText,
    "huge number": lambda: 10**5000,
    "huge negative number": lambda: -(10**100_000),
    "huge complex": lambda: complex(1e300, float("nan")),
    "not a number": lambda: float("nan"),
    "deep": lambda: _nested(100_000),
    "multiplied": lambda: multiplied(60),
    "cyclic": _cyclic,
    "surrogates": lambda: "a\udcff\ud800b\x00",
    "object proxy": lambda: wrapt.ObjectProxy("joe"),
    "object proxy of a dict": lambda: wrapt.ObjectProxy({"a": 1}),
    "object proxy of a number": lambda: wrapt.ObjectProxy(5),
    "object proxy of a failing one": lambda: wrapt.ObjectProxy(Fails(SystemExit)),
    "local proxy": lambda: bound("joe"),
    "local proxy of a dict": lambda: bound({"a": 1}),
    "local proxy of a failing one": lambda: bound(Fails(SystemExit)),
    "unbound local proxy": lambda: werkzeug.local.LocalProxy(unbound),
    "failing local proxy": lambda: werkzeug.local.LocalProxy(lambda: 1 / 0),
    "mock": mock.Mock,
    "magic mock": mock.MagicMock,
    "mock of str": lambda: mock.Mock(spec=str),
    "mock of dict": lambda: mock.MagicMock(spec=dict),
    "mock of an exception": lambda: mock.Mock(spec=Exception),
    "mock of all": lambda: mock.create_autospec(ValueError("x"), instance=True),
    "call": lambda: mock.call.a.b(1),
    "dead weak proxy": _dead,
    "generator": lambda: (_ for _ in ()),
    "module": lambda: sys,
    "frame": inspect.currentframe,
    "type": lambda: type,
    "not implemented": lambda: NotImplemented,
}
"""Makers of objects that fail, lie, or do more than they should."""


@dataclasses.dataclass
class Row:
    """A row, whose repr is its fields."""

    number: int
    name: str = "row"
    password: str = "hunter2"
    hidden: str = dataclasses.field(default="unseen", repr=False)


@dataclasses.dataclass
class Rows:
    """A table of rows."""

    rows: list


@attrs.define
class AttrsRows:
    """The same, by attrs."""

    rows: list
    hidden: str = attrs.field(default="unseen", repr=False)


class NamedRows(typing.NamedTuple):
    """The same, as a tuple."""

    rows: list


class ModelRows(pydantic.BaseModel):
    """The same, by pydantic."""

    rows: list[int]
    hidden: str = pydantic.Field("unseen", repr=False)


class OwnRepr:
    """An object whose own repr shows all that it holds."""

    def __init__(self, rows: object) -> None:
        self.rows = rows

    def __repr__(self) -> str:
        return f"<OwnRepr {self.rows!r}>"


class SlotsRepr:
    """The same, in slots."""

    __slots__ = ("rows",)

    def __init__(self, rows: object) -> None:
        self.rows = rows

    __repr__ = OwnRepr.__repr__


class ManyStr(str):
    """A text of another type."""

    __slots__ = ()


class Table(list):
    """A list of another type."""
