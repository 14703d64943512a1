"""Logs that wait in memory and are sent many at once."""

import os
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from asab_sentry.delivery import log_batches
from asab_sentry.delivery.log_batches import MANY, MOST, LogBatches


class Taken:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.changed = threading.Event()

    def __call__(self, batch: list[Any]) -> None:
        self.batches.append(batch)
        self.changed.set()

    @property
    def logs(self) -> list[Any]:
        return [log for batch in self.batches for log in batch]


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def batches(taken: Taken) -> Iterator[LogBatches]:
    made = LogBatches(taken)
    yield made
    made.end()


def refuse_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)


def test_flush(batches: LogBatches, taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is sent in order by whoever asks for it, some at once."""
    refuse_threads(monkeypatch)
    for number in range(MANY + 5):
        batches.add(number)
    assert taken.batches == []
    batches.flush()
    assert [len(batch) for batch in taken.batches] == [MANY, 5]
    assert taken.logs == [*range(MANY + 5)]
    batches.flush()
    assert len(taken.batches) == 2


def test_many(batches: LogBatches, taken: Taken) -> None:
    """Where many wait they are sent before the interval is over."""
    for number in range(MANY):
        batches.add(number)
    assert taken.changed.wait(log_batches.INTERVAL / 2)
    batches.flush()
    assert taken.logs == [*range(MANY)]


def test_few(batches: LogBatches, taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where few wait they are sent when the interval is over."""
    monkeypatch.setattr(log_batches, "INTERVAL", 0.01)
    batches.add("one")
    assert taken.changed.wait(20)
    assert taken.logs == ["one"]


def test_too_many(batches: LogBatches, taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread sends, whoever adds too many sends some: none is lost, and no more than so many wait."""
    refuse_threads(monkeypatch)
    for number in range(5 * MOST):
        batches.add(number)
        assert number - len(taken.logs) < MOST
    batches.flush()
    assert taken.logs == [*range(5 * MOST)]


def test_failure(batches: LogBatches, taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs that cannot be sent cost no others."""
    refuse_threads(monkeypatch)

    def fail(batch: list[Any]) -> None:
        if "bad" in batch:
            raise ValueError("no log")
        taken(batch)

    failing = LogBatches(fail)
    failing.add("bad")
    failing.flush()
    failing.add("good")
    failing.flush()
    failing.end()
    assert taken.logs == ["good"]


def test_flush_while_others_send() -> None:
    """What another thread is sending is sent when a flush returns."""
    began, may_end, done = threading.Event(), threading.Event(), []

    def send(batch: list[Any]) -> None:
        began.set()
        may_end.wait(20)
        done.extend(batch)

    batches = LogBatches(send)
    for number in range(MANY):
        batches.add(number)
    assert began.wait(20)
    threading.Timer(0.05, may_end.set).start()
    batches.flush()
    batches.end()
    assert done == [*range(MANY)]


@pytest.fixture
def hanging() -> Iterator[tuple[LogBatches, list[Any]]]:
    """What waits, whose thread hangs while it sends, and what others have sent."""
    began, may_end, done = threading.Event(), threading.Event(), []

    def send(batch: list[Any]) -> None:
        if threading.current_thread() is threading.main_thread():
            done.extend(batch)
            return
        began.set()
        may_end.wait(20)

    batches = LogBatches(send)
    for number in range(MANY):
        batches.add(number)
    assert began.wait(20)
    yield batches, done
    may_end.set()
    batches.end()


def test_who_never_ends(hanging: tuple[LogBatches, list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that hangs while it sends is not waited for for ever."""
    monkeypatch.setattr(log_batches, "PATIENCE", 0.01)
    batches, done = hanging
    batches.add("another")
    batches.flush()
    assert done == ["another"]


def test_who_adds_waits_for_nobody(hanging: tuple[LogBatches, list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a thread hangs while it sends, whoever adds too many sends beside it, at once."""
    monkeypatch.setattr(log_batches, "PATIENCE", 3600)
    batches, done = hanging
    for number in range(2 * MOST):
        batches.add(number)
    assert done == [*range(MANY)]


def test_waits_by_what_others_put_there(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread waits by a lock of `threading` as it is then: gevent may have put others there since."""
    made, batches = threading.Event(), LogBatches(taken)
    make = threading._allocate_lock  # type: ignore[attr-defined]

    def allocate() -> Any:
        if threading.current_thread().name == "asab-sentry.logs":
            made.set()
        return make()

    monkeypatch.setattr(threading, "_allocate_lock", allocate)
    batches.add("one")
    assert made.wait(20)
    batches.end()


@pytest.mark.parametrize("is_sending", [True, False])
def test_fork(taken: Taken, *, is_sending: bool) -> None:
    """What waits is not sent by a forked child, which sends its own, whatever the parent is at."""
    began, may_end = threading.Event(), threading.Event()

    def send(batch: list[Any]) -> None:
        if os.getpid() == parent and is_sending:
            began.set()
            may_end.wait(20)
        taken(batch)

    parent, batches = os.getpid(), LogBatches(send)
    for number in range(MANY if is_sending else 1):
        batches.add(number)
    if is_sending:
        assert began.wait(20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        batches.add("of the child")
        batches.flush()
        os._exit(taken.logs != ["of the child"])
    assert os.waitpid(child, 0)[1] == 0
    may_end.set()
    batches.flush()
    batches.end()
    assert taken.logs == [*range(MANY if is_sending else 1)]


def test_within_another(taken: Taken) -> None:
    """A log that is added and flushed while the same thread sends, as by a signal handler, is sent as well."""

    def send(batch: list[Any]) -> None:
        if batch == ["first"]:
            batches.add("second")
            batches.flush()
        taken(batch)

    batches = LogBatches(send)
    batches.add("first")
    batches.flush()
    batches.end()
    assert taken.logs == ["second", "first"]
