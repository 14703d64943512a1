"""The order and the times at which envelopes are tried, by a clock that is set by hand."""

import threading
from pathlib import Path

import pytest

from asab_sentry.delivery import backoff
from asab_sentry.delivery.channel import Outcome
from asab_sentry.delivery.sender import Sender
from asab_sentry.delivery.spool import Spool
from asab_sentry.delivery.storage import Storage
from asab_sentry.runtime import diagnostics


class Road:
    """A server whose answers are given; keeps what was tried."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.tried: list[bytes] = []
        self.taken: list[bytes] = []
        self.outcome = lambda content: Outcome.DONE
        self.limits: dict[str, float] = {}
        self.queue: list[bytes] = []
        self.spool = Spool(Storage(None, 10**6, 100, 1e9), "here", lambda *of: None)
        self.sender = Sender(self.spool, self, clock=lambda: self.now, chance=lambda: 0.0)

    def post(self, label: str, content: bytes) -> Outcome:
        self.tried.append(content)
        outcome = self.outcome(content)
        if outcome is Outcome.DONE:
            self.taken.append(content)
        return outcome

    def wait(self, label: str) -> float:
        return max(self.limits.get(label, 0.0) - self.now, 0.0)

    def send_unspooled(self) -> Outcome | None:
        if not self.queue:
            return None
        outcome = self.post("", self.queue[0])
        if outcome is Outcome.DONE:
            del self.queue[0]
        return outcome

    def maintain(self) -> None:
        pass

    def put(self, *contents: bytes, label: str = "error") -> None:
        for content in contents:
            self.spool.put(label, content)

    def run(self, seconds: float) -> list[float]:
        """Let time pass; return when attempts were made."""
        moments, begin, end = [], self.now, self.now + seconds
        while self.now <= end:
            before = len(self.tried)
            pause = self.sender.step()
            moments += [self.now - begin] * (len(self.tried) - before)
            self.now += pause
        self.now = end
        return moments


@pytest.fixture
def road() -> Road:
    diagnostics.said_at.clear()
    return Road()


def test_in_order(road: Road) -> None:
    """The oldest is sent first, what is not kept on disk after that."""
    road.queue = [b"transaction"]
    road.put(b"1", b"2", b"3")
    road.run(0)
    assert road.taken == [b"1", b"2", b"3", b"transaction"]
    assert len(road.spool) == 0


def test_pause_while_something_is_sent(road: Road) -> None:
    """A pause waits for the attempt that is under way, and not for ever; what would come after it is not begun."""
    is_sent, may_end = threading.Event(), threading.Event()

    def outcome(content: bytes) -> Outcome:
        is_sent.set()
        may_end.wait(10)
        return Outcome.DONE

    road.outcome = outcome
    road.put(b"1", b"2")
    road.sender.wake()
    assert is_sent.wait(10)
    road.sender.pause(0.01)
    assert len(road.spool) == 2
    threading.Timer(0.01, may_end.set).start()
    road.sender.pause(10)
    assert road.taken == [b"1"]
    assert len(road.spool) == 1
    road.sender.resume()
    road.sender.flush(10)
    assert road.taken == [b"1", b"2"]
    road.sender.stop()


def test_backoff(road: Road) -> None:
    """After failures the waits double, from a second to a minute; a success begins anew."""
    road.put(b"1")
    road.outcome = lambda _: Outcome.LATER
    assert road.run(300) == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    road.outcome = lambda _: Outcome.DONE
    road.run(60)
    assert road.taken == [b"1"]
    road.put(b"2")
    road.outcome = lambda _: Outcome.LATER
    assert road.run(2) == [0, 1]


def test_jitter(road: Road) -> None:
    """By chance a wait is up to a half shorter, so that many services do not come back at the same moment."""
    road.put(b"1")
    road.outcome = lambda _: Outcome.LATER
    road.sender._backoff._chance = lambda: 1.0
    assert road.run(4) == [0, 0.5, 1.5, 3.5]


def test_order_after_an_outage(road: Road) -> None:
    """When the server is back after a long outage, all is sent in order of time but for one that tried the ground."""
    road.put(b"1", b"2", b"3", b"4")
    road.outcome = lambda _: Outcome.LATER
    road.run(1000)
    assert set(road.tried) == {b"1", b"2"}
    road.outcome = lambda _: Outcome.DONE
    road.run(60)
    assert road.taken in ([b"1", b"2", b"3", b"4"], [b"2", b"1", b"3", b"4"])


def test_one_that_always_fails(road: Road) -> None:
    """An envelope that fails where others are taken does not hold them up, and is tried again ever more seldom."""
    road.put(b"bad", b"1", b"2")
    road.outcome = lambda content: Outcome.LATER if content == b"bad" else Outcome.DONE
    road.run(300)
    assert road.taken == [b"1", b"2"]
    for number in range(10):
        road.put(b"%d" % number)
        road.run(60)
    assert len(road.taken) == 12
    assert road.tried.count(b"bad") < 20
    road.outcome = lambda _: Outcome.DONE
    road.run(backoff.LONGEST_ALONE + 1)
    assert road.taken[-1] == b"bad"
    assert road.sender._backoff._alone == {}


def test_limited_category(road: Road) -> None:
    """A category that is to be spared waits as long as was said, others are sent meanwhile."""
    road.put(b"1", label="error")
    road.put(b"2", label="monitor")
    road.limits["error"] = road.now + 7.25
    assert road.run(5) == [0]
    assert road.taken == [b"2"]
    assert road.run(5) == [2.25]
    assert road.taken == [b"2", b"1"]


def test_asked_to_wait(road: Road) -> None:
    """A request to wait is no failure: what waits is tried when the time has come, not before and not later."""
    road.put(b"1", b"2")

    def answer(content: bytes) -> Outcome:
        if road.now < 1010:
            road.limits["error"] = 1010
            return Outcome.LIMITED
        return Outcome.DONE

    road.outcome = answer
    assert road.run(20) == [0, 10, 10]
    assert road.taken == [b"1", b"2"]


def test_nothing_to_do(road: Road) -> None:
    """Without anything to send nothing is due."""
    assert road.sender.step() == float("inf")


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), ValueError("no JSON"), MemoryError(), OSError("x"), RecursionError()]
)
def test_one_that_cannot_be_made(road: Road, caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    """An envelope at which something here fails, whatever it is, stays, and holds up no other."""

    def answer(content: bytes) -> Outcome:
        if content == b"bad":
            raise error
        return Outcome.DONE

    road.outcome = answer
    road.put(b"bad", b"1", b"2")
    assert road.run(0) == [0, 0, 0]
    assert road.taken == [b"1", b"2"]
    assert len(road.spool) == 1
    moments = road.run(3 * 3600)
    assert moments[0] >= 30
    assert len(moments) < 20
    assert caplog.text.count("Sending failed and is tried again") == 1
    road.outcome = lambda _: Outcome.DONE
    road.run(backoff.LONGEST_ALONE + 1)
    assert road.taken == [b"1", b"2", b"bad"]
    assert road.sender.step() == float("inf")


def test_unreadable_for_a_while(road: Road, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read is tried again after a second, two, four ..., and others are sent meanwhile."""
    real = road.spool.read
    read = []

    def fails(entry):
        if entry.size == 3:
            read.append(road.now)
            raise OSError(24, "Too many open files")
        return real(entry)

    road.spool.read = fails
    road.put(b"bad", b"1")
    road.run(20)
    assert road.taken == [b"1"]
    assert [moment - read[0] for moment in read] == [0, 1, 3, 7, 15]
    assert caplog.text.count("An envelope cannot be read now (Too many open files); it stays") == 1
    road.spool.read = real
    road.run(20)
    assert road.taken == [b"1", b"bad"]


def test_no_rush_at_an_outage(road: Road) -> None:
    """What could not be read for a while makes no more attempts at a server that is away than anything else."""
    real = road.spool.read

    def fails(entry):
        raise OSError(24, "Too many open files")

    road.spool.read = fails
    road.put(*(b"%d" % number for number in range(50)))
    road.run(5)
    road.spool.read = real
    road.outcome = lambda _: Outcome.LATER
    assert len(road.run(60)) < 10


def test_gone_while_it_is_left_alone(road: Road) -> None:
    """An envelope that is dropped while it waits for its time is not waited for."""
    for fails in (lambda _: Outcome.LATER, lambda _: 1 / 0):
        road.outcome = lambda content, fails=fails: fails(content) if content == b"bad" else Outcome.DONE
        road.put(b"bad", b"1")
        road.run(300)
        bad = road.spool.first(lambda _: True)
        road.spool.remove(bad)
        road.now += 7200
        assert road.sender.step() == float("inf")


def test_limited_while_it_is_left_alone(road: Road) -> None:
    """Nor is there haste when its time has come, and its category waits."""
    road.outcome = lambda content: 1 / 0
    road.put(b"bad")
    road.run(0)
    road.limits["error"] = road.now + 1000
    road.now += 500
    assert road.sender.step() == pytest.approx(500)


def test_others_do_not_hold_up_events(road: Road) -> None:
    """What is not worth being kept and always fails holds up no event."""
    road.outcome = lambda content: Outcome.LATER if content == b"transaction" else Outcome.DONE
    road.queue = [b"transaction"]
    moments = road.run(1000)
    assert 10 < len(moments) < 40
    for number in range(3):
        road.put(b"%d" % number)
        road.run(0)
        assert road.taken[-1] == b"%d" % number


def test_thread_survives(road: Road, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong in the thread, it says so and goes on."""
    road.sender = Sender(road.spool, road)
    failures = [RuntimeError("once")]

    def answer(content: bytes) -> Outcome:
        if failures:
            raise failures.pop()
        return Outcome.DONE

    road.outcome = answer
    road.put(b"1")
    road.sender.flush(5.0)
    assert road.taken == []
    road.sender.flush(5.0)
    assert road.taken == [b"1"]
    road.sender.stop()
    assert "Sending failed and is tried again (RuntimeError: once)" in caplog.text


def test_no_thread(road: Road, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Where none can be started, as in a container that may have no more, a line says so; later one sends all."""

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    road.sender = Sender(road.spool, road)
    road.put(b"1")
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        road.sender.wake()
    assert [record.getMessage() for record in caplog.records] == [
        "Nothing is sent (can't start new thread); events are kept"
    ]
    road.sender.flush(5.0)
    assert road.taken == [b"1"]
    road.sender.stop()


def test_looks_for_the_dead_each_half_a_minute(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """What wakes the thread meanwhile, as an event, puts that off by nothing."""
    moments: list[float] = []

    def wait(seconds: float) -> None:
        road.now += min(seconds, 20.0)
        if len(moments) == 4:
            road.sender.stop()

    monkeypatch.setattr(road, "maintain", lambda: moments.append(road.now))
    monkeypatch.setattr(road.sender._changed, "wait", wait)
    road.sender._repeat()
    assert [moment - moments[0] for moment in moments] == [0, 30, 60, 90]
