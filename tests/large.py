"""Objects that are large, each by a name that says what it is."""

import array
import asyncio
import collections
import functools
import types
from collections.abc import Callable

import wrapt
from hostile import AttrsRows, ManyStr, ModelRows, NamedRows, OwnRepr, Row, Rows, SlotsRepr, Table, bound

MANY = 150_000
"""How many values a large object holds: a list of them takes more than a megabyte."""


def _queue() -> asyncio.Queue:
    queue: asyncio.Queue = asyncio.Queue()
    for number in range(MANY):
        queue.put_nowait(number)
    return queue


numbers = list(range(MANY))
by_name = {f"key{number}": number for number in numbers}

LARGE: dict[str, Callable[[], object]] = {
    "str": lambda: "x" * 50_000_000,
    "str with umlauts": lambda: "ü" * 20_000_000,
    "str of controls": lambda: "\x00" * 20_000_000,
    "derived str": lambda: ManyStr("x" * 50_000_000),
    "bytes": lambda: bytes(50_000_000),
    "bytearray": lambda: bytearray(50_000_000),
    "memoryview": lambda: memoryview(bytes(50_000_000)),
    "array": lambda: array.array("q", numbers),
    "range": lambda: range(10**9),
    "list": lambda: numbers,
    "derived list": lambda: Table(numbers),
    "tuple": lambda: tuple(numbers),
    "set": lambda: set(numbers),
    "frozenset": lambda: frozenset(numbers),
    "deque": lambda: collections.deque(numbers),
    "dict": lambda: by_name,
    "keys": by_name.keys,
    "values": by_name.values,
    "items": by_name.items,
    "read-only dict": lambda: types.MappingProxyType(by_name),
    "ordered dict": lambda: collections.OrderedDict(by_name),
    "default dict": lambda: collections.defaultdict(list, by_name),
    "counter": lambda: collections.Counter(by_name),
    "chain of dicts": lambda: collections.ChainMap(by_name, {"a": 1}),
    "user dict": lambda: collections.UserDict(by_name),
    "user list": lambda: collections.UserList(numbers),
    "user string": lambda: collections.UserString("x" * 50_000_000),
    "keys of a mapping": lambda: collections.UserDict(by_name).keys(),
    "namespace": lambda: types.SimpleNamespace(rows=numbers),
    "dataclass": lambda: Rows(numbers),
    "dataclass of dataclasses": lambda: Rows([Row(number) for number in range(50_000)]),
    "attrs": lambda: AttrsRows(numbers),
    "pydantic": lambda: ModelRows.model_construct(rows=numbers),
    "named tuple": lambda: NamedRows(numbers),
    "own repr": lambda: OwnRepr(numbers),
    "own repr of own repr": lambda: OwnRepr(OwnRepr(numbers)),
    "own repr of slots": lambda: OwnRepr(SlotsRepr(numbers)),
    "own repr of a dataclass": lambda: OwnRepr(Rows(numbers)),
    "own repr of texts": lambda: OwnRepr(["x" * 1000] * 1500),
    "bound method": lambda: OwnRepr(numbers).__repr__,
    "partial": lambda: functools.partial(print, numbers),
    "exception": lambda: ValueError(numbers),
    "exception of two": lambda: ValueError("x", numbers),
    "key error": lambda: KeyError(by_name),
    "object proxy": lambda: wrapt.ObjectProxy(numbers),
    "local proxy": lambda: bound(numbers),
    "local proxy of an own repr": lambda: bound(OwnRepr(numbers)),
    "queue": _queue,
    "list of lists": lambda: [numbers] * 1000,
    "deep list": lambda: [[[[[[[numbers]]]]]]],
    "long key": lambda: {"k" * 1_000_000: 1},
    "tuple as key": lambda: {tuple(numbers): 1},
    "object as key": lambda: {ManyStr("x" * 1_000_000): 1},
}
"""Makers of objects that are large, most of them by what they hold."""
