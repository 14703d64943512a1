"""What is remembered with an exception: each unit of work tells of its failure, once."""

import copy
import dataclasses
import json
import pickle
import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest import mock

import apps
import pytest
import sentry_sdk
import waiting
from far import FarEnd, title
from test_web import WEB

from asab_sentry.pipeline import exception_marks


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    """An exception that refuses attributes."""

    code: int


class Hostile(Exception):
    """An exception that fails when it is asked for what it has not."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize(
    "make", [ValueError, lambda: Frozen(5), Hostile, KeyboardInterrupt, lambda: ExceptionGroup("g", [OSError()])]
)
def test_reported_once(make: Callable[[], BaseException]) -> None:
    """The same exception object is reported once."""
    error = make()
    assert exception_marks.report(error, ())
    assert not exception_marks.report(error, ())


def test_reported_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception object that is kept and raised again later is reported again."""
    error = ValueError()
    assert exception_marks.report(error, ())
    monkeypatch.setattr(exception_marks, "AGAIN_AFTER", 0.0)
    assert exception_marks.report(error, ())


def test_units_of_work() -> None:
    """Each unit of work reports the same object; neither its parts nor what it is part of do so again."""
    error = ValueError()
    assert exception_marks.report(error, ())
    assert exception_marks.report(error, (1, 2))
    assert not exception_marks.report(error, (1, 2))
    assert not exception_marks.report(error, (1,))
    assert not exception_marks.report(error, ())
    assert not exception_marks.report(error, (1, 2, 3))
    assert exception_marks.report(error, (4,))
    assert exception_marks.report(error, (1, 5))


def test_places() -> None:
    """An object that is raised anew at another line is reported anew, one that is only passed on is not."""
    error = ValueError()

    def first() -> None:
        raise error.with_traceback(None)

    def second() -> None:
        raise error.with_traceback(None)

    def on() -> None:
        try:
            first()
        except ValueError:
            assert exception_marks.report(error, ())
            raise

    with pytest.raises(ValueError, match=r"^$"):
        on()
    assert not exception_marks.report(error, ())
    with pytest.raises(ValueError, match=r"^$"):
        second()
    assert exception_marks.report(error, ())


def test_taken_back() -> None:
    """What was not sent after all was not reported; what others have reported stays so."""
    error = ValueError()
    report = exception_marks.report(error, (1,))
    assert exception_marks.report(error, (2,))
    assert report is not None
    exception_marks.take_back(error, report)
    assert not exception_marks.report(error, (2,))
    assert exception_marks.report(error, (1,))


def test_number_of_units_is_bounded() -> None:
    """An exception that is never gone remembers a bounded number of units of work, the newest."""
    error = ValueError()
    for number in range(1000):
        assert exception_marks.report(error, (number,))
        exception_marks.leave(error, (number,), sentry_sdk.Scope())
    assert not exception_marks.report(error, (999,))
    mark = exception_marks._mark(error)
    assert len(mark.reports) == len(mark.left) == exception_marks.MAX_UNITS
    scopes = [left.scope is not None for left in mark.left]
    assert (
        scopes
        == [False] * (exception_marks.MAX_UNITS - exception_marks.MAX_SCOPES) + [True] * exception_marks.MAX_SCOPES
    )


def test_innermost_scope_is_kept() -> None:
    """An exception keeps the scope of the innermost unit of work that it left, of each that failed."""
    error = ValueError()
    inner, outer, other = sentry_sdk.Scope(), sentry_sdk.Scope(), sentry_sdk.Scope()
    assert exception_marks.take_left(error) is None
    exception_marks.leave(error, (1, 2), inner)
    exception_marks.leave(error, (1,), outer)
    exception_marks.leave(error, (3,), other)
    assert exception_marks.take_left(error, (4,)) is None
    assert exception_marks.take_left(error, (1,)) == ((1, 2), inner, None)
    assert exception_marks.take_left(error) == ((3,), other, None)
    assert exception_marks.take_left(error) is None


def test_scope_of_a_task_is_found() -> None:
    """Of the units of work that an exception left, that of a task is told apart; else one that has not told of it."""
    error, scope = ValueError(), sentry_sdk.Scope()
    first, second = object(), object()
    exception_marks.leave(error, (1,), scope, first)
    exception_marks.leave(error, (2, 3), scope)
    exception_marks.leave(error, (2,), scope, second)
    exception_marks.leave(error, (4,), scope)
    exception_marks.leave(error, (5,), scope)
    exception_marks.report(error, (5,))
    found = [exception_marks.take_left(error, task=task) for task in (second, first, object(), None)]
    assert [left and left.unit for left in found] == [(2, 3), (1,), (4,), (5,)]


def test_copies_and_pickles() -> None:
    """A marked exception can be pickled for a process that knows nothing of marks, and its copy is unmarked."""
    error = ValueError("text")
    exception_marks.report(error, (1,))
    exception_marks.leave(error, (1,), sentry_sdk.Scope())
    dumped = pickle.dumps(error)
    assert b"asab_sentry.pipeline.exception_marks" not in dumped
    restored = pickle.loads(dumped)
    assert restored.args == ("text",)
    for copied in (restored, copy.deepcopy(error), copy.copy(error)):
        assert exception_marks.take_left(copied) is None
        assert exception_marks.report(copied, ())
    assert exception_marks.take_left(error) is not None


def test_what_only_seems_to_be_an_exception() -> None:
    """A mock of an exception is not marked, and no harm comes of it."""
    seeming = mock.Mock(spec=Exception)
    report = exception_marks.report(seeming, ())
    assert report is not None
    exception_marks.take_back(seeming, report)
    exception_marks.leave(seeming, (), sentry_sdk.Scope())
    assert exception_marks.take_left(seeming) is None


SHARED = """
class App(WebBase):
    def routes(self, router):
        router.add_get("/shared/{{number}}", self.shared)
        router.add_get("/task/{{number}}", self.task)
        router.add_get("/logged/{{number}}", self.logged)
        self.Lost = self.Loop.create_future()
        self.Task = None
        self.Waiting = asyncio.Semaphore(0)

    async def shared(self, request):
        self.Waiting.release()
        await self.Lost

    async def fails(self):
        for _ in range(3):
            await asyncio.wait_for(self.Waiting.acquire(), 10)
        raise ConnectionError("of a task")

    async def task(self, request):
        if self.Task is None:
            self.Task = asyncio.create_task(self.fails())
        self.Waiting.release()
        await self.Task

    async def logged(self, request):
        try:
            await self.Lost
        except ConnectionError:
            L.exception("Cannot answer")
            with self.Sentry.scope():
                raise

    async def drive(self, session):
        requests = [asyncio.create_task(self.get(session, "/shared/%d" % n)) for n in range(5)]
        for _ in requests:
            await asyncio.wait_for(self.Waiting.acquire(), 10)
        self.Lost.set_exception(ConnectionError("of a future"))
        await asyncio.gather(*requests)
        await asyncio.gather(*(self.get(session, "/task/%d" % n) for n in range(3)))
        await asyncio.gather(*(self.get(session, "/logged/%d" % n) for n in range(2)))
"""


@pytest.mark.parametrize("middleware", [True, False])
def test_requests_that_share_an_exception(far: FarEnd, tmp_path, middleware: bool) -> None:
    """Requests that fail with one exception object are an event each, of the request and with the id that it showed."""
    source = SHARED.format().replace("def routes", f"Middleware = {middleware}\n\n    def routes")
    run = apps.run(tmp_path, source, dsn=far.dsn, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    paths = Counter(re.sub(r".*(/\w+/\d)$", r"\1", event["request"]["url"]) for event in far.events)
    assert paths == dict.fromkeys([path for path, *_ in json.loads(run.stdout)], 1)
    if middleware:
        answered = {path: json.loads(text)["uuid"].replace("-", "") for path, _, text in json.loads(run.stdout)}
        for event in far.events:
            path = re.sub(r".*(/\w+/\d)$", r"\1", event["request"]["url"])
            # What was logged before has another id than the answer.
            assert (event["event_id"] == answered[path]) != path.startswith("/logged")


PENDING = """
import concurrent.futures


class App(Base):
    def setup(self):
        self.PubSub.subscribe("pending!", self.on_message)
        self.PubSub.subscribe("later!", self.on_later)

    async def pending(self, name):
        self.Sentry.set_tag("unit", name)
        self.Waiting.release()
        await self.Lost

    async def logs(self, name):
        try:
            await self.pending(name)
        except ConnectionError:
            L.exception("Call failed")

    async def logs_and_fails(self, name):
        try:
            await self.pending(name)
        except ConnectionError:
            L.exception("Call failed")
            raise

    async def waits(self, name):
        try:
            await asyncio.create_task(self.logs_and_fails(name))
        except ConnectionError:
            L.exception("Its task failed")
            raise

    def on_message(self, message_type):
        self.Sentry.set_tag("unit", "delivery")
        self.Lost.result()

    async def on_later(self, message_type):
        await self.pending("asynchronous delivery")

    def thread(self, name):
        self.Sentry.set_tag("unit", name)
        try:
            with self.Sentry.scope():
                try:
                    raise self.Lost.exception()
                except ConnectionError:
                    L.exception("Thread failed")
                    raise
        except ConnectionError:
            L.exception("Thread failed, which is said again")
            raise

    async def main(self):
        self.Lost = asyncio.get_running_loop().create_future()
        self.Waiting = asyncio.Semaphore(0)
        self.Pool = concurrent.futures.ThreadPoolExecutor(1)
        for name in ("task 1", "task 2"):
            self.TaskService.schedule(self.pending(name))
        lost = [asyncio.create_task(self.pending(name)) for name in ("lost 1", "lost 2")]
        for name in ("logs 1", "logs 2"):
            asyncio.create_task(self.logs(name))
        waits = asyncio.create_task(self.waits("waits"))
        for _ in range(7):
            await asyncio.wait_for(self.Waiting.acquire(), 10)
        self.Lost.set_exception(ConnectionError("lost"))
        await asyncio.wait(lost)
        del lost
        gc.collect()
        self.PubSub.publish("pending!")
        self.PubSub.publish("later!")
        with contextlib.suppress(ConnectionError):
            await waits
        threading.excepthook = lambda arguments: None
        for name in ("thread 1", "thread 2"):
            thread = threading.Thread(target=self.thread, args=(name,))
            thread.start()
            thread.join()
        for name in ("work 1", "work 2"):
            with contextlib.suppress(ConnectionError):
                await asyncio.get_running_loop().run_in_executor(self.Pool, self.thread, name)
        await sent(self.Sentry, 13)
        self.Pool.shutdown()
        self.stop()
"""


def test_units_of_work_that_share_an_exception(far: FarEnd, tmp_path) -> None:
    """Tasks, deliveries and threads that fail with one exception object are an event each, whoever reports it."""
    ini = "[sentry]\n[sentry:limits]\nissue_events=off\n"
    run = apps.run(tmp_path, PENDING, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + waiting.SENT)
    assert run.returncode == 0, run.stderr
    units = Counter(event["tags"]["unit"] for event in far.events)
    names = [f"{name} {number}" for name in ("task", "lost", "logs", "thread", "work") for number in (1, 2)]
    assert units == dict.fromkeys([*names, "waits", "delivery", "asynchronous delivery"], 1)
    assert {title(event) for event in far.events} == {"ConnectionError: lost"}


DROPPED = """
class Clumsy:
    def __repr__(self):
        return "clumsy"


class App(Base):
    def setup(self):
        self.Drop = True
        self.Sentry.add_event_processor(lambda event, hint: None if self.Drop else event)

    def fails(self):
        raise ValueError("dropped at first")

    async def main(self):
        try:
            self.fails()
        except ValueError as error:
            for _ in range({times}):
                L.exception("dropped")
                assert self.Sentry.capture_exception(error) is None
                sentry_sdk.capture_exception(error)
            self.Drop = False
            {again}
            L.exception("not again")
        self.stop()
"""


@pytest.mark.parametrize("again", ["L.exception('sent')", "sentry_sdk.capture_exception(error)", "raise"])
def test_what_was_dropped_is_not_reported(far: FarEnd, tmp_path, again: str) -> None:
    """An exception that was dropped, however often, is still reported when it comes again, and within the budget."""
    ini = "[sentry]\n[sentry:limits]\nissue_events=1\ntotal_events=1\n"
    run = apps.run(tmp_path, DROPPED.format(times=20, again=again), dsn=far.dsn, ini=ini)
    assert run.returncode == (again == "raise"), run.stderr
    (event,) = far.events
    assert title(event) == "ValueError: dropped at first"
    assert "suppressed" not in event["tags"]
    assert "suppressed" not in run.stderr


SAMPLED = """
class App(Base):
    def setup(self):
        self.Rate = 0

    async def main(self):
        for number in range(40):
            try:
                raise ValueError(number)
            except ValueError as error:
                L.exception("sampled")
        self.stop()


def sample(event, hint):
    return 1 if hint["exc_info"][1].args[0] % 4 == 3 else 0
"""


def test_sampled_events_are_within_the_budget(far: FarEnd, tmp_path) -> None:
    """Of what the sampler leaves the budget is sent."""
    ini = "[sentry]\nerror_sampler=app:sample\n[sentry:limits]\nissue_events=10\n"
    run = apps.run(tmp_path, SAMPLED, dsn=far.dsn, ini=ini)
    assert run.returncode == 0, run.stderr
    assert [title(event) for event in far.events] == [f"ValueError: {number}" for number in range(3, 40, 4)]


BROKEN = """
class App(Base):
    async def main(self):
        from asab_sentry.sources import capture
        send, capture._send = capture._send, lambda *_: 1 / 0
        for number in range(5):
            {call}
        capture._send = send
        {call}
        {call}
        self.stop()
"""


@pytest.mark.parametrize("call", ["self.Sentry.capture_message('broken')", "L.error('broken')"])
def test_a_failed_build_leaves_the_budget(far: FarEnd, tmp_path, call: str) -> None:
    """An event that cannot be sent, not even reduced, takes nothing of the budget."""
    ini = "[sentry]\n[sentry:limits]\nissue_events=1\ntotal_events=1\n"
    source = BROKEN.format(call=call).replace(f"{call}\n        {call}", f"for _ in range(3):\n            {call}")
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    assert run.returncode == 0, run.stderr
    assert [title(event) for event in far.events] == ["broken"]
    assert "2 events were suppressed" in run.stderr
