"""What is kept without a part that takes long to be made: it is given out as a whole, or without that, and once."""

import threading
from pathlib import Path

import pytest
from kept import kept_files
from test_spool import Store, store  # noqa: F401  # a fixture

from asab_sentry.delivery import unfinished
from asab_sentry.delivery.spool import Rest, Spool

DEADLINE = 20.0


class Making:
    """Makes the whole when it may."""

    def __init__(self, whole: bytes = b"part and more") -> None:
        self.whole = whole
        self.may = threading.Event()
        self.begun = threading.Event()
        self.threads: list[threading.Thread] = []

    def __call__(self) -> list[bytes]:
        self.threads.append(threading.current_thread())
        self.begun.set()
        assert self.may.wait(DEADLINE)
        return [self.whole]

    @property
    def rest(self) -> Rest:
        return Rest(len(self.whole), self)


def contents(spool: Spool) -> list[bytes | None]:
    seen: list[str] = []
    found = []
    while (entry := spool.first(lambda entry: entry.name not in seen)) is not None:
        seen.append(entry.name)
        found.append(spool.read(entry))
    return found


@pytest.fixture(params=["disk", "memory"])
def anywhere(request: pytest.FixtureRequest, store: Store) -> Spool:  # noqa: F811
    if request.param == "memory":
        store.directory = None
    return store.spool()


def test_first_a_part_then_the_whole(anywhere: Spool) -> None:
    """What was put is kept at once, is not given out before its rest was made by another thread, and then is there."""
    making = Making()
    anywhere.put("error", b"part", rest=making.rest)
    anywhere.put("error", b"other")
    assert len(anywhere) == 2
    assert contents(anywhere) == [b"other"]
    making.may.set()
    anywhere.unfinished.wait(DEADLINE)
    assert contents(anywhere) == [b"part and more", b"other"]
    assert making.threads != [threading.current_thread()]


def test_on_disk(store: Store) -> None:  # noqa: F811
    """A process that dies meanwhile leaves what was put; one that dies later, the whole, in one file."""
    making = Making()
    spool = store.spool()
    spool.put("error", b"part", rest=making.rest)
    assert [b"part" in path.read_bytes() for path in store.files] == [True]
    assert making.begun.wait(DEADLINE)
    store.die(spool)
    making.may.set()
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"part"]
    making = Making()
    making.may.set()
    spool.put("error", b"second", rest=making.rest)
    spool.unfinished.wait(DEADLINE)
    assert len(store.files) == 2
    store.die(spool)
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"part", b"part and more"]


def test_both_are_left(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Where a process has died between the two, the whole is taken over and what was put is removed."""
    spool, making = store.spool(), Making()
    making.may.set()
    monkeypatch.setattr(spool, "_remove_file", lambda _: None)
    spool.put("error", b"part", rest=making.rest)
    spool.unfinished.wait(DEADLINE)
    assert len(store.files) == 2
    store.die(spool)
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"part and more"]
    assert (len(spool), len(store.files), store.lost) == (1, 1, {})


def test_it_fails(anywhere: Spool, caplog: pytest.LogCaptureFixture) -> None:
    """Where the rest cannot be made, what was put is given out, and a line says so."""

    def fail() -> list[bytes]:
        raise ValueError("no")

    anywhere.put("error", b"part", rest=Rest(1, fail))
    anywhere.unfinished.wait(DEADLINE)
    assert contents(anywhere) == [b"part"]
    assert "An event is sent without its attachments (ValueError: no)" in caplog.text


def test_it_is_gone(tmp_path: Path, store: Store) -> None:  # noqa: F811
    """What was dropped or sent meanwhile does not come back, and leaves no file."""
    spool, making = store.spool(max_envelopes=1), Making()
    spool.put("error", b"part", rest=making.rest)
    spool.put("error", b"newer")
    making.may.set()
    spool.unfinished.wait(DEADLINE)
    assert contents(spool) == [b"newer"]
    assert len(kept_files(tmp_path)) == 1


def test_it_is_too_large(store: Store) -> None:  # noqa: F811
    """A whole for which there is no place is left out."""
    spool, making = store.spool(max_bytes=200), Making(b"x" * 201)
    making.may.set()
    spool.put("error", b"part", rest=making.rest)
    spool.unfinished.wait(DEADLINE)
    assert contents(spool) == [b"part"]
    assert len(store.files) == 1


def test_at_an_end(anywhere: Spool) -> None:
    """Before an end all is made by the thread that ends, which waits for what another one has begun."""
    first, others = Making(), [Making(), Making()]
    anywhere.put("error", b"1", rest=first.rest)
    assert first.begun.wait(DEADLINE)
    for making in others:
        making.may.set()
        anywhere.put("error", b"2", rest=making.rest)
    threading.Timer(0.05, first.may.set).start()
    anywhere.unfinished.finish_all(DEADLINE)
    assert contents(anywhere) == [b"part and more"] * 3
    assert [making.threads for making in others] == [[threading.current_thread()]] * 2


def test_an_end_without_time(anywhere: Spool) -> None:
    """Where there is no time, what was put is left as it is."""
    making = Making()
    anywhere.put("error", b"part", rest=making.rest)
    anywhere.unfinished.finish_all(0.0)
    assert len(anywhere) == 1
    making.may.set()


def test_no_thread(anywhere: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started, the rest is made at once."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    making = Making()
    making.may.set()
    anywhere.put("error", b"part", rest=making.rest)
    assert making.threads == [threading.current_thread()]
    assert contents(anywhere) == [b"part and more"]


def test_how_much_waits(anywhere: Spool) -> None:
    """So much may wait together, and anything alone."""
    making = Making()
    assert anywhere.unfinished.has_room(2 * unfinished.MOST)
    anywhere.put("error", b"part", rest=making.rest)
    assert anywhere.unfinished.has_room(unfinished.MOST - len(making.whole))
    assert not anywhere.unfinished.has_room(unfinished.MOST)
    making.may.set()


def test_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread pauses for as long as it has worked, unless somebody waits for it; another thread does not."""
    pauses: list[float] = []
    done = unfinished.Unfinished(bool)
    monkeypatch.setattr(done, "_rest", pauses.append)

    def finish() -> None:
        before = done._worked
        done.pause()
        pauses.append(done._worked - before)

    done.add("one", 1, finish)
    done.start()
    done.wait(DEADLINE)
    assert pauses == [unfinished.BEFORE, pauses[1], pauses[1]]
    done.pause()
    assert len(pauses) == 3


def test_a_thread_that_was_not_started(anywhere: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a signal handler raises before the thread is started, what waits is made by that of the next."""

    class Raised(BaseException):
        pass

    def interrupted(thread: threading.Thread) -> None:
        raise Raised

    first, second = Making(), Making()
    for making in (first, second):
        making.may.set()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(Raised):
            anywhere.put("error", b"part", rest=first.rest)
    anywhere.put("error", b"part", rest=second.rest)
    anywhere.unfinished.wait(DEADLINE)
    assert contents(anywhere) == [b"part and more"] * 2
