"""Signals and forks: nothing hangs, and nothing that is kept is out of order."""

import collections
import configparser
import contextlib
import dis
import functools
import itertools
import logging
import math
import os
import re
import signal
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import apps
import asab
import pytest
import sentry_sdk.serializer
import sentry_sdk.transport
from far import THREE, TRACED, FarEnd, title
from kept import kept_files
from test_sender import Road
from test_transport import Bench, bench  # noqa: F401  # a fixture

import asab_sentry
import asab_sentry.testing
from asab_sentry.config.options import Options
from asab_sentry.delivery.counts import Counts
from asab_sentry.delivery.log_batches import LogBatches
from asab_sentry.delivery.spool import Spool
from asab_sentry.delivery.storage import Storage
from asab_sentry.objects import calls
from asab_sentry.objects.calls import Calls
from asab_sentry.pipeline import limit
from asab_sentry.pipeline.limit import Limiter, Untold
from asab_sentry.pipeline.scrubbing.scrubber import Scrubber
from asab_sentry.runtime import diagnostics, reentrancy
from asab_sentry.runtime.reentrancy import THREAD
from asab_sentry.sdk.client import SdkClient
from asab_sentry.sources import usual_records
from asab_sentry.sources.records import Records

PACKAGE = Path(asab_sentry.__file__).parent

BATCHERS = [f"{Path(sentry_sdk.__file__).parent}/{name}.py" for name in ("_batcher", "_span_batcher")]
"""Where sentry-sdk keeps logs, metrics and spans, with locks of its own."""


Place = tuple[CodeType, int, int]
"""An instruction of a code, and how often it was reached before."""


@functools.cache
def looked_for(code: CodeType) -> frozenset[int]:
    """Return before which instructions Python looks for signals: after calls, and where a loop begins anew."""
    return frozenset(
        instruction.offset
        for before, instruction in itertools.pairwise(dis.get_instructions(code))
        if before.opname.startswith(("CALL", "RESUME", "JUMP_BACKWARD"))
    )


@contextlib.contextmanager
def traced(is_of: Callable[[CodeType], bool], reach: Callable[[CodeType, int], None]) -> Iterator[None]:
    """Call `reach` wherever a signal may come in some codes."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if not is_of(code):
            return None
        places = looked_for(code)

        def trace_opcodes(frame: FrameType, event: str, argument: Any) -> Any:
            frame.f_trace_opcodes = True  # Python 3.13 forgets it where other frames want it as well
            if event == "opcode" and frame.f_lasti in places:
                reach(code, frame.f_lasti)
            return trace_opcodes

        return trace_opcodes(frame, event, argument)

    before = sys.gettrace()
    # Python 3.12 and 3.13 look when tracing begins whether opcodes were ever asked for.
    sys._getframe().f_trace_opcodes = True
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def visited(work: Callable[[], Any], visits: float) -> list[Place]:
    """Do some work, and return the places where a signal may come meanwhile, each of them at most so often."""
    counts: Counter[tuple[CodeType, int]] = Counter()
    places: list[Place] = []

    def reach(code: CodeType, offset: int) -> None:
        count = counts[code, offset]
        counts[code, offset] += 1
        if count < visits:
            places.append((code, offset, count))

    with traced(is_ours, reach):
        work()
    return places


@functools.cache
def is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith((str(PACKAGE), collections.__file__, *BATCHERS))


def interrupt(work: Callable[[], Any], handler: Callable[[], Any], place: Place) -> bool:
    """Do some work and call a handler at a place where a signal may come; return whether that was reached."""
    its_code, its_offset, left = place

    def reach(code: CodeType, offset: int) -> None:
        nonlocal left
        if offset == its_offset:
            left -= 1
            if left == -1:
                sys.settrace(None)
                handler()

    with traced(lambda code: code is its_code, reach):
        work()
    return left < 0


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def interrupted(
    make: Callable[[], tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]], visits: float = math.inf
) -> Iterator[Place]:
    """Do what `make` returns again and again, interrupted at each place; check it then, and yield the place.

    A place in a loop is a new one the first times that it is visited.
    """
    places: list[Place] = []
    for _ in range(2):  # the first time it does more
        work, handler, check = make()
        places = visited(work, visits)
        handler()
        check()
    for place in places:
        work, handler, check = make()
        if interrupt(work, handler, place):
            check()
            yield place


@pytest.mark.parametrize("other", ["same", "another"])
def test_limits_in_a_signal_handler(monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    """Wherever a signal handler interrupts the limits, each event is either sent or told of, once."""
    monkeypatch.setattr(limit, "MAX_ISSUES", 2)

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        clock = Clock()
        limiter = Limiter(1, 2, 60.0, clock)
        asked: list[str] = []
        told: list[int] = []
        sent: list[str] = []

        def admit(issue: str) -> None:
            asked.append(issue)
            admission = limiter.admit(issue)
            if admission is not None:
                sent.append(issue)
                told.append(admission.suppressed)

        def tell(*, everything: bool = False) -> None:
            told.extend(count for count, _ in limiter.untold(everything=everything).values())

        def work() -> None:
            for issue in ("same", "same", "third", "fourth", "same", "same"):
                clock.now += 25
                admit(issue)
            tell()

        def handler() -> None:
            admit(other)
            admit(other)
            tell()

        def check() -> None:
            clock.now += 1000
            tell(everything=True)
            assert len(asked) == len(sent) + sum(told)
            assert limiter.suppressed == sum(told)

        return work, handler, check

    assert len(list(interrupted(make))) > 50


def test_budgets_in_a_signal_handler() -> None:
    """A signal handler that comes while an event is asked about makes one too many of it at most."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        limiter = Limiter(3, None, 60.0, Clock())
        sent: list[bool] = []

        def ask() -> None:
            sent.append(limiter.admit("a") is not None)

        def work() -> None:
            for _ in range(5):
                ask()

        return work, ask, lambda: pytest.fail(f"{sum(sent)} events") if not 3 <= sum(sent) <= 4 else None

    assert len(list(interrupted(make))) > 20


def test_events_given_back_in_a_signal_handler() -> None:
    """A signal handler that gives an event back while another is asked about leaves a budget as it should be."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        limiter = Limiter(2, 2, 60.0, Clock())
        first = limiter.admit("a")
        assert first is not None

        def work() -> None:
            limiter.admit("a")

        def check() -> None:
            assert [limiter.admit("a") is not None for _ in range(2)] == [True, False]

        return work, lambda: limiter.give_back("a", first), check

    assert len(list(interrupted(make))) > 3


def test_secrets_in_a_signal_handler() -> None:
    """A secret that appears is not sent by a signal handler that comes while it is being learned."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        config = configparser.ConfigParser()
        scrubber = Scrubber(Options(), config, {})
        event = {"message": "with second-secret"}
        assert scrubber.event(event, {}) == event
        config.read_dict({"a": {"password": "second-secret"}})
        seen: list[str] = []

        def ask() -> None:
            seen.append(repr(scrubber.event(event, {})))

        def check() -> None:
            assert len(seen) == 2
            assert "second-secret" not in "".join(seen)

        return ask, ask, check

    assert len(list(interrupted(make, visits=3))) > 100


def test_counts_in_a_signal_handler() -> None:
    """What is counted by a signal handler while something is being counted is counted."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        counts = Counts()

        def count() -> None:
            counts.count_dropped("reason", "error", 2)
            counts.count_sent(["error", TRACED.rstrip("s"), "error"])

        def check() -> None:
            assert counts.dropped == {"reason": 4}
            assert counts.sent == {"events": 4, TRACED: 2, "check_ins": 0}

        return count, count, check

    assert len(list(interrupted(make))) > 3


def test_spool_in_a_signal_handler() -> None:
    """What is kept while something is kept, sent or dropped is there, in the bounds, and counted when it is lost."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        contents = (b"%d" % number for number in itertools.count())
        put: list[bytes] = []
        sent: list[bytes] = []
        lost: list[str] = []
        spool = Spool(Storage(None, 1000, 2, 1e9), "here", lambda label, reason: lost.append(reason))

        def keep() -> None:
            content = next(contents)
            spool.put("error", content)
            put.append(content)

        def send() -> None:
            entry = spool.first(lambda entry: True)
            content = None if entry is None else spool.read(entry)
            if entry is not None and content is not None:
                sent.append(content)
                spool.remove(entry)

        def work() -> None:
            for _ in range(3):
                keep()
            send()
            assert spool.age >= 0
            assert spool.in_memory <= 2

        def handler() -> None:
            keep()
            keep()
            send()

        def check() -> None:
            assert len(spool) <= 2
            while len(spool):
                send()
            # What is being sent may be dropped at the same time.
            assert len(put) <= len(sent) + len(lost) <= len(put) + 1
            assert len(set(sent)) == len(sent)
            assert (spool.full, spool.age) == (False, 0.0)

        return work, handler, check

    assert len(list(interrupted(make))) > 100


class Taken(sentry_sdk.transport.Transport):
    """Counts what it is given."""

    def __init__(self, options: dict[str, Any] | None = None) -> None:
        super().__init__(options)
        self.types: Counter[Any] = Counter()

    def capture_envelope(self, envelope: Any) -> None:
        for item in envelope.items:
            self.types[item.type] += item.headers["item_count"]


def test_flush_in_a_signal_handler() -> None:
    """A flush where a signal interrupts sentry-sdk with metrics or spans does not wait for that; each is sent once."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        transport = Taken()
        client = SdkClient(
            dsn="http://public@127.0.0.1/1",
            transport=transport,
            default_integrations=False,
            auto_enabling_integrations=False,
            traces_sample_rate=1.0,
        )

        def work() -> None:
            with sentry_sdk.new_scope() as scope:
                scope.set_client(client)
                for _ in range(2):
                    sentry_sdk.metrics.count("x", 1)
                    if THREE:
                        sentry_sdk.start_span(name="x", parent_span=None).end()
                client.flush(0)

        def check() -> None:
            client.close(0)
            assert set(transport.types.values()) <= {0, 2}, transport.types

        return work, lambda: client.flush(0), check

    assert len(list(interrupted(make, visits=1))) > 20


def test_folder_in_a_signal_handler(tmp_path) -> None:
    """A process has one folder, also where a signal handler is the first to need it."""
    directories = (tmp_path / str(number) for number in itertools.count())

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        directory = next(directories)
        spool = Spool(Storage(directory, 1000, 10, 1e9), "here", lambda *of: None)

        def check() -> None:
            assert (len(list(directory.rglob("lock"))), len(kept_files(directory))) == (1, 2)
            spool.close()

        return lambda: spool.put("error", b"outer"), lambda: spool.put("error", b"inner"), check

    assert len(list(interrupted(make))) > 30


def test_sender_in_a_signal_handler() -> None:
    """There is one thread that sends, also where a signal handler needs it while it is being started."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        road, before = Road(), set(threading.enumerate())

        def check() -> None:
            (thread,) = set(threading.enumerate()) - before
            road.sender.stop()
            thread.join(10)

        return road.sender.wake, road.sender.wake, check

    assert len(list(interrupted(make))) > 5


def test_losses_in_a_signal_handler(bench: Bench) -> None:  # noqa: F811
    """What a signal handler loses while a loss is counted or told is counted."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        transport._drops._last_said = float("-inf")
        return work, lambda: transport._lose("error", "max_age"), lambda: None

    def work() -> None:
        transport._lose("error", "max_age")
        transport.tell()
        transport._lose("error", "max_age")

    transport = bench.transport("http://public@127.0.0.1:9/1")
    logger, told = logging.getLogger("asab_sentry"), []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(int(record.getMessage().split()[0]))
    logger.addHandler(handler)
    try:
        places = len(list(interrupted(make)))
        transport._drops._last_said = float("-inf")
        transport.tell()
    finally:
        logger.removeHandler(handler)
    assert sum(told) == 3 * (places + 2)
    assert places > 5


def test_notices_in_a_signal_handler(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A signal handler may say something of this package while something else is being said."""
    monkeypatch.setattr(diagnostics, "MAX_CAUSES", 2)

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        diagnostics.said_at.clear()
        caplog.clear()

        def work() -> None:
            for text in ("first", "second", "third"):
                diagnostics.say(30, text)

        def check() -> None:
            assert {record.getMessage() for record in caplog.records} == {"first", "second", "third", "handler"}

        return work, lambda: diagnostics.say(30, "handler"), check

    assert len(list(interrupted(make))) > 3


def test_every_lock_is_ours() -> None:
    """No module makes a lock that a fork may leave locked, or that a signal handler cannot enter."""
    made = re.compile(
        r"threading\.(?:Lock|RLock|Condition|Event|Semaphore|Barrier)\(|import _thread|\bqueue\.|@.*cached_property"
    )
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if made.search(path.read_text())}
    # Those of delivery are new in a child; on the last only who has made it waits, and not for ever.
    of_delivery = {"delivery/sender.py", "delivery/log_batches.py", "delivery/unfinished.py"}
    assert found <= {"runtime/locks.py", *of_delivery, "sources/headroom.py"}


def test_logs_in_a_signal_handler() -> None:
    """Wherever a signal handler interrupts logs that wait or are sent, each is sent once, and nothing hangs."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
        sent: list[str] = []
        batches = LogBatches(sent.extend)

        def work() -> None:
            batches.add("first")
            batches.flush()
            batches.add("second")
            batches.flush()

        def handler() -> None:
            batches.add("handler")
            batches.flush()

        def check() -> None:
            batches.flush()
            batches.end()
            assert sorted(sent) == ["first", "handler", "second"]

        return work, handler, check

    assert len(list(interrupted(make))) > 10


def test_turns_in_a_child(capfd: pytest.CaptureFixture[str]) -> None:
    """A child that was forked while something was handled handles what comes up there, and nothing of its parent's."""

    def fork() -> None:
        THREAD.turn.take(print, "parent's")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            THREAD.turn.take(os.write, 1, b"child's")
            return
        os.waitpid(child, 0)

    before = os.getpid()
    THREAD.turn.take(fork)
    if os.getpid() != before:
        os._exit(0)
    assert capfd.readouterr().out == "child'sparent's\n"


def test_limits_in_a_child() -> None:
    """A forked child begins with whole budgets, and has nothing of its parent to tell."""
    limiter = Limiter(1, 1, 60.0)
    assert [limiter.admit("a") is not None for _ in range(3)] == [True, False, False]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        as_new = (limiter.suppressed, limiter.untold(everything=True)) == (0, {})
        os._exit(0 if as_new and limiter.admit("a") is not None and limiter.admit("a") is None else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert (limiter.suppressed, limiter.untold(everything=True)) == (2, {"a": Untold(2, 2)})


SIGNALS = """
import signal


class App(Base):
    Handled = Captured = 0

    def on_signal(self, number, frame):
        self.Handled += 1
        L.error("in the handler {}".format(self.Handled))
        self.capture(KeyError(self.Handled))

    def capture(self, error):
        try:
            raise error
        except Exception as error:
            self.Sentry.capture_exception(error)

    async def main(self):
        logging.getLogger().handlers[:] = [logging.NullHandler()]
        # asyncio notes each signal in a pipe that nobody reads meanwhile.
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGALRM, self.on_signal)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        while self.Handled < 3000 or self.Captured < 300:
            self.Captured += 1
            L.error("in the main thread {}".format(self.Captured))
            self.capture(ValueError(self.Captured))
            if self.Handled >= 3000:
                signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.Sentry.flush()
        print(json.dumps([self.Handled, self.Captured, self.Sentry.Suppressed, self.Sentry.Sent, self.Sentry.Dropped]))
        self.stop()
"""


def test_signal_handlers(far: FarEnd, tmp_path) -> None:
    """A signal handler that logs and captures does not hang the thread that it interrupts while that does so."""
    run = apps.run(tmp_path, SIGNALS, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("Traceback") == 0, run.stderr
    arrived = Counter(re.sub(r"\d+", "N", title(event)) for event in far.events)
    assert set(arrived) == {"KeyError: N", "ValueError: N", "in the handler N", "in the main thread N"}


FORKS = """
class App(Base):
    Over = False
    Rounds = 0

    def work(self):
        while not self.Over:
            self.Forks.wait()
            self.Rounds += 1
            try:
                raise ValueError("busy")
            except ValueError:
                L.exception("busy")
            self.Sentry.capture_message("busy")

    def child(self, number):
        try:
            raise KeyError("child %d" % number)
        except KeyError:
            L.exception("In a child")
        self.Sentry.flush(10)
        os._exit(0)

    async def main(self):
        logging.getLogger().handlers[:] = [logging.NullHandler()]
        sys.setswitchinterval(1e-4)
        self.Forks = threading.Event()
        threads = [threading.Thread(target=self.work) for _ in range(4)]
        for thread in threads:
            thread.start()
        ended = 0
        for number in range(30):
            rounds = self.Rounds
            self.Forks.set()
            while self.Rounds < rounds + 8:
                time.sleep(0.0001)
            pid = os.fork()
            if pid == 0:
                self.child(number)
            self.Forks.clear()
            deadline = time.monotonic() + 10
            while not (done := os.waitpid(pid, os.WNOHANG))[0] and time.monotonic() < deadline:
                time.sleep(0.001)
            if not done[0]:
                os.kill(pid, 9)
                done = os.waitpid(pid, 0)
                break
            ended += done[1] == 0
        self.Over = True
        self.Forks.set()
        for thread in threads:
            thread.join()
        print(ended)
        self.stop()
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="which warns of a fork beside other threads")
def test_forks(far: FarEnd, tmp_path) -> None:
    """Children that are forked while other threads capture end, and what they capture arrives."""
    run = apps.run(tmp_path, FORKS, dsn=far.dsn, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "30"
    arrived = sorted(title(event) for event in far.events if title(event).startswith("KeyError"))
    assert arrived == sorted(f"KeyError: 'child {number}'" for number in range(30))


PLACES = {
    "a processor": "sentry_sdk.get_isolation_scope().add_event_processor(lambda event, hint: ask() or event)",
    "the serializer": "ReadyDict.__sentry_repr__ = lambda ready: ask() or ready",
    "a stage": "scrub = Scrubber.event; Scrubber.event = lambda *args: ask() or scrub(*args)",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_handlers_that_raise(far: FarEnd, tmp_path, place: str) -> None:
    """What a signal handler raises while an event is being made ends the process, and the event arrives."""
    source = f"""
        import signal
        from asab_sentry.objects.ready_json import ReadyDict
        from asab_sentry.pipeline.scrubbing.scrubber import Scrubber

        def end(number, frame):
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            sys.exit(5)

        def ask():
            signal.raise_signal(signal.SIGUSR1)

        class App(Base):
            async def main(self):
                signal.signal(signal.SIGUSR1, end)
                {place}
                L.error("Seen")
                L.error("Not seen")
                self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 5, run.stderr
    assert [title(event) for event in far.events] == ["Seen"]


WITHIN = {
    "a repr": "Value.__repr__ = lambda value: ask()",
    "a text": "Value.__str__ = lambda value: ask()",
    "new texts": "new_texts._learn = lambda *_: ask()",
    "tenant and user": "callers.find = lambda *_, **__: ask() or (None, {})",
}


@pytest.mark.parametrize("kind", ["TimeoutError", "KeyboardInterrupt"])
@pytest.mark.parametrize(
    "place",
    [*(PLACES | WITHIN).values()],
    ids=[*PLACES, *WITHIN],
)
def test_handlers_that_raise_what_is_caught(far: FarEnd, tmp_path, place: str, kind: str) -> None:
    """What a signal handler raises while an event is being made, as for time that is up, arrives where that logs."""
    source = f"""
        import signal
        from asab_sentry.objects.ready_json import ReadyDict
        from asab_sentry.pipeline.scrubbing import new_texts
        from asab_sentry.pipeline.scrubbing.scrubber import Scrubber
        from asab_sentry.sources.asab import callers

        def end(number, frame):
            raise {kind}("It is time")

        def ask():
            if App.IsTime:
                App.IsTime = False
                signal.raise_signal(signal.SIGUSR1)

        class Value:
            pass

        class App(Base):
            IsTime = True

            async def main(self):
                logging.getLogger().handlers[:] = [logging.NullHandler()]
                signal.signal(signal.SIGUSR1, end)
                {place}
                value = Value()
                try:
                    L.error("First %s" if "__str__" in vars(Value) else "First", *[value] * ("__str__" in vars(Value)))
                except {kind} as error:
                    print(type(error).__name__, error)
                L.error("Second")
                self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    assert run.stdout == f"{kind} It is time\n"
    assert [title(event)[:6] for event in far.events] == ["First"[:6] if "str" not in place else "First ", "Second"]


@pytest.mark.parametrize("kind", [Exception, BaseException])
def test_handlers_that_raise_leave_nothing_behind(kind: type[BaseException]) -> None:
    """Wherever an exception of a signal handler ends the making of an event, the next one is made as any other."""
    functions = (
        Records.handle,
        Records._handle,
        SdkClient.capture_event,
        Calls.__call__,
        sentry_sdk.serializer.serialize,
    )
    codes = {function.__code__ for function in functions}
    logger = logging.getLogger("late")

    class Raised(kind):  # type: ignore[valid-type, misc]  # a class that is given
        pass

    def handler(number: int, frame: Any) -> None:
        raise Raised

    def log(message: str) -> None:
        shown = [1, 2, 3]
        try:
            raise ValueError(shown)
        except ValueError:
            logger.exception(message)

    places: list[Place] = []
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        limits = {"issue_events": "off", "total_events": "off"}
        with asab_sentry.testing.capture(config={"sentry:limits": limits}) as sent:
            asab_sentry.SentryService(asab.Application())
            log("first")
            counts: Counter[tuple[CodeType, int]] = Counter()

            def reach(code: CodeType, offset: int) -> None:
                counts[code, offset] += 1
                places.append((code, offset, counts[code, offset] - 1))

            with traced(lambda code: code in codes or code.co_filename == reentrancy.__file__, reach):
                log("second")
            for place in [place for place in places if place[2] < 2]:
                with contextlib.suppress(Raised):
                    interrupt(lambda: log("interrupted"), lambda: handler(signal.SIGUSR1, None), place)
                sent.clear()
                log("next")
                (event,) = sent.events
                assert event["logentry"]["message"] == "next"
                assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["vars"]["shown"] == ["1", "2", "3"]
                assert not THREAD.turn.busy
                assert not calls._inside.yes
                assert calls.AT_ONCE.left is None
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(places) > 15


@pytest.mark.parametrize("kind", [Exception, BaseException])
def test_handlers_that_raise_during_a_breadcrumb(kind: type[BaseException]) -> None:
    """Wherever a signal handler raises while the breadcrumb of a record is made, that goes on to who has logged."""
    logger = logging.getLogger("shop")
    (take,) = (code for code in usual_records.taking.__code__.co_consts if getattr(code, "co_name", "") == "take")

    class Raised(kind):  # type: ignore[valid-type, misc]  # a class that is given
        pass

    def handler(number: int, frame: Any) -> None:
        raise Raised

    def log() -> None:
        logger.info("order %d is paid", 5, struct_data={"customer": "c-1"})  # type: ignore[call-arg]

    places: list[Place] = []
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with asab_sentry.testing.capture() as sent:
            asab_sentry.SentryService(asab.Application())
            log()
            with traced(lambda code: code is take, lambda code, offset: places.append((code, offset, 0))):
                log()
            for place in places:
                with pytest.raises(Raised):
                    interrupt(log, lambda: handler(signal.SIGUSR1, None), place)
            sentry_sdk.get_isolation_scope().clear_breadcrumbs()
            log()
            logger.error("failed")
            (event,) = sent.events
            assert [crumb["message"] for crumb in event["breadcrumbs"]["values"]] == ["order 5 is paid"]
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(places) > 20
