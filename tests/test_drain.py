"""How many connections there are."""

import threading

import pytest

from asab_sentry.delivery import drain


@pytest.mark.parametrize(
    ("waiting", "number"),
    [(0, 1), (20, 1), (39, 1), (40, 2), (199, 9), (200, 10), (10_000, 10)],
)
def test_how_many(waiting: int, number: int) -> None:
    """There are more the more waits, up to a bound."""
    assert drain.connections(waiting) == number


def test_all_take_part() -> None:
    """So many threads work at once, and none begins anew after one has said that it is over."""
    together, done = threading.Barrier(4), []

    def work() -> bool:
        together.wait(20)
        done.append(threading.current_thread())
        return False

    drain.Drain(work).run(4)
    assert len(set(done)) == len(done) == 4


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started, this one does it all."""
    done = []

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def work() -> bool:
        done.append(threading.current_thread())
        return len(done) < 5

    monkeypatch.setattr(threading.Thread, "start", start)
    drain.Drain(work).run(4)
    assert done == [threading.current_thread()] * 5
