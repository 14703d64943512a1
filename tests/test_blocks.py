"""Blocks: whatever a piece of work is written as, transaction, span, monitor and scope are around all of it."""

import asyncio
import concurrent.futures
import contextlib
import functools
import gc
import inspect
import pickle
import sys
import threading
import traceback
import types
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import aiohttp
import asab
import pytest
import sentry_sdk
from far import THREE, has_failed

import asab_sentry
import asab_sentry.testing
from asab_sentry.sdk.spans import spans
from asab_sentry.sources.work import blocks, runs, scopes

KINDS = ("transaction", "span", "monitor", "scope")


@dataclass(frozen=True)
class Failure(Exception):
    """What work ends by: an exception that cannot be written to, as those of some applications."""

    reason: str


class Watched:
    """A block of one kind, what work within it has seen, and what became of it."""

    def __init__(self, service, sent, kind):
        self.service = service
        self.sent = sent
        self.kind = kind
        self.seen = []
        """Whether the block was around each step."""
        make = {
            "transaction": lambda: service.transaction("job", "work"),
            "span": lambda: service.span("job", "work"),
            "monitor": lambda: service.monitor("work"),
            "scope": service.scope,
        }
        self.block = make[kind]()

    def is_around(self):
        if self.kind == "monitor":
            statuses = [check_in["status"] for check_in in self.sent.check_ins]
            return statuses.count("in_progress") > len(statuses) - statuses.count("in_progress")
        if self.kind == "scope":
            return scopes.current() is not sentry_sdk.get_global_scope()
        span = sentry_sdk.get_current_span()
        return span is not None and spans.operation(span) == "job"

    def run(self, coroutine):
        return self.service.App.Loop.run_until_complete(coroutine)

    def step(self):
        self.seen.append(self.is_around())

    def results(self):
        """Return how each run has ended."""
        if self.kind == "monitor":
            return [check_in["status"] for check_in in self.sent.check_ins if check_in["status"] != "in_progress"]
        if self.kind == "transaction":
            statuses = [sent["contexts"]["trace"].get("status") for sent in self.sent.transactions]
        else:
            statuses = [span.get("status") for sent in self.sent.transactions for span in sent["spans"]]
        return ["error" if has_failed(status) else "ok" for status in statuses]


@pytest.fixture
def sent():
    with asab_sentry.testing.capture(config={"sentry": {"traces_sample_rate": "1", "release": "blocks@1"}}) as sent:
        yield sent


@pytest.fixture
def service(sent):
    return asab_sentry.SentryService(asab.Application())


@pytest.fixture(params=KINDS)
def watched(request, service, sent):
    """A block of each kind, which leaves nothing behind; that of a span is within a transaction."""
    watched = Watched(service, sent, request.param)
    if watched.kind != "span":
        yield watched
        assert sentry_sdk.get_current_span() is None
    else:
        with service.transaction("test", "around"):
            yield watched
            assert spans.operation(sentry_sdk.get_current_span()) == "test"
    assert not watched.is_around()
    assert not watched.block._runs
    if watched.kind != "scope":
        assert watched.results() == watched.expected


class Awaitable:
    """What is no coroutine and can be awaited."""

    def __init__(self, coroutine):
        self.coroutine = coroutine
        self.name = "of the application"

    def __await__(self):
        return self.coroutine.__await__()


class Callable:
    """An object that can be called."""

    def __init__(self, work):
        self.work = work

    async def __call__(self, fails):
        return await self.work(fails)


def coroutine_function(block, step):
    @block
    async def work(fails):
        return await do(step, fails)

    assert inspect.iscoroutinefunction(work)
    assert (work.__name__, list(inspect.signature(work).parameters)) == ("work", ["fails"])
    return work


async def do(step, fails):
    step()
    await asyncio.sleep(0)
    step()
    if fails:
        raise Failure("work")
    return "done"


def coroutine(block, step):
    function = block(lambda fails: do(step, fails))
    assert not inspect.iscoroutinefunction(function)

    async def call(fails):
        coroutine = function(fails)
        assert asyncio.iscoroutine(coroutine)
        assert coroutine.__qualname__ == "do"
        return await coroutine

    return call


def partial(block, step):
    function = block(functools.partial(do, step))
    assert inspect.iscoroutinefunction(function)
    return function


def callable_object(block, step):
    return block(Callable(functools.partial(do, step)))


def method(block, step):
    class Service:
        @block
        async def work(self, fails):
            assert type(self) is Service
            return await do(step, fails)

    return Service().work


def bound_method(block, step):
    return block(Callable(functools.partial(do, step)).__call__)


def static_method(block, step):
    class Service:
        @block
        @staticmethod
        async def work(fails):
            return await do(step, fails)

    return Service().work


def class_method(block, step):
    class Service:
        @block
        @classmethod
        async def work(cls, fails):
            assert cls is Service
            return await do(step, fails)

    return Service.work


def future(block, step):
    def start(fails):
        return asyncio.ensure_future(do(step, fails))

    async def call(fails):
        task = block(start)(fails)
        assert isinstance(task, asyncio.Task)
        try:
            return await task
        finally:
            await asyncio.sleep(0)  # the end of the run is told to whoever comes after

    return call


def awaitable(block, step):
    async def call(fails):
        result = block(lambda: Awaitable(do(step, fails)))()
        assert result.name == "of the application"
        return await result

    return call


def awaitable_generator(block, step):
    @types.coroutine
    def work(fails):
        return (yield from do(step, fails))

    assert inspect.isgeneratorfunction(block(work))

    async def call(fails):
        return await block(work)(fails)

    return call


def generator_function(block, step):
    @block
    def work(fails):
        step()
        assert (yield 1) == "sent"
        step()
        if fails:
            raise Failure("work")
        return "done"

    assert inspect.isgeneratorfunction(work)
    return drive(work)


def generator(block, step):
    def work(fails):
        step()
        assert (yield 1) == "sent"
        step()
        if fails:
            raise Failure("work")
        return "done"

    function = block(lambda fails: work(fails))
    assert not inspect.isgeneratorfunction(function)
    return drive(function)


def drive(function):
    async def call(fails):
        steps = function(fails)
        assert type(steps) is types.GeneratorType
        assert steps.__name__ == "work"
        assert next(steps) == 1
        assert getattr(sentry_sdk.get_current_span(), "op", "test") == "test"
        try:
            steps.send("sent")
        except StopIteration as stop:
            return stop.value

    return call


def asynchronous_generator_function(block, step):
    @block
    async def work(fails):
        step()
        assert (yield 1) == "sent"
        await asyncio.sleep(0)
        step()
        if fails:
            raise Failure("work")

    assert inspect.isasyncgenfunction(work)
    return drive_asynchronously(work)


def asynchronous_generator(block, step):
    async def work(fails):
        step()
        assert (yield 1) == "sent"
        await asyncio.sleep(0)
        step()
        if fails:
            raise Failure("work")

    return drive_asynchronously(block(lambda fails: work(fails)))


def drive_asynchronously(function):
    async def call(fails):
        steps = function(fails)
        assert inspect.isasyncgen(steps)
        assert await anext(steps) == 1
        with contextlib.suppress(StopAsyncIteration):
            await steps.asend("sent")
        return "done"

    return call


def plain_function(block, step):
    @block
    def work(fails):
        step()
        if fails:
            raise Failure("work")
        return "done"

    async def call(fails):
        return work(fails)

    return call


def with_block(block, step):
    async def call(fails):
        with block:
            return await do(step, fails)

    return call


def asynchronous_with_block(block, step):
    async def call(fails):
        async with block:
            return await do(step, fails)

    return call


FORMS = (
    *(coroutine_function, coroutine, partial, callable_object, method, bound_method, static_method, class_method),
    *(future, awaitable, awaitable_generator, generator_function, generator, asynchronous_generator_function),
    *(asynchronous_generator, plain_function, with_block, asynchronous_with_block),
)


@pytest.mark.parametrize("form", FORMS)
def test_around_all_of_the_work(watched, form):
    """Whatever work is written as, a block is around all of it, and work that fails is told from work that is done."""
    watched.expected = ["ok", "error"]
    work = form(watched.block, watched.step)

    async def main():
        assert await work(False) == "done"
        assert not watched.is_around()
        with pytest.raises(Failure) as failure:
            await work(True)
        return failure.value

    error = watched.run(main())
    assert set(watched.seen) == {True}
    assert len(watched.seen) in {2, 4}
    files = {Path(frame.filename).parent.name for frame in traceback.extract_tb(error.__traceback__)}
    assert "sources" not in files, traceback.format_exception(error)


def test_generators_that_are_closed(watched):
    """A generator that is not read to its end is no failure, also where nobody but the collector closes it."""
    watched.expected = ["ok"] * 3
    closed = asyncio.Event()

    @watched.block
    def numbers():
        try:
            yield from range(5)
        finally:
            watched.step()

    @watched.block
    async def asynchronous_numbers():
        try:
            for number in range(5):
                yield number
        finally:
            await asyncio.sleep(0)
            watched.step()
            closed.set()

    async def main():
        for number in numbers():
            if number == 1:
                break
        async for number in asynchronous_numbers():
            if number == 1:
                break
        gc.collect()
        await asyncio.wait_for(closed.wait(), 10)  # the loop closes it
        assert not watched.is_around()
        assert await anext(kept) == 0
        assert watched.is_around() == (watched.kind == "monitor")

    numbers()  # is never begun
    kept = asynchronous_numbers()
    watched.run(main())
    told = []
    watched.service.App.Loop.set_exception_handler(lambda _, context: told.append(context))
    watched.run(watched.service.App.Loop.shutdown_asyncgens())
    assert watched.seen == [True] * 3
    assert told == []


def test_generators_that_take_turns(service, sent):
    """While generators wait, nothing of their blocks is where others work, nor where the other generator does."""

    @service.scope()
    def scope(name):
        service.set_tag("generator", name)
        for number in range(2):
            yield number
            service.capture_message(f"{name} {number}")

    @service.span("step", "generator")
    def span():
        for _ in range(2):
            yield sentry_sdk.get_current_span()

    for numbers in zip(scope("first"), scope("second"), strict=True):
        service.capture_message(f"between {numbers}")
    found = {event["message"]: event["tags"].get("generator") for event in sent.events}
    assert found == {
        "between (0, 0)": None,
        "first 0": "first",
        "second 0": "second",
        "between (1, 1)": None,
        "first 1": "first",
        "second 1": "second",
    }
    with service.transaction("job", "work") as transaction:
        first, second = zip(span(), span(), strict=True)
        assert sentry_sdk.get_current_span() == transaction
    assert first == second
    assert first[0] is not first[1]
    assert [each["parent_span_id"] for each in sent.transactions[0]["spans"]] == [transaction.span_id] * 2


def test_generators_that_have_blocks(service, sent):
    """A block within a generator that another task closes, or that others overtake, leaves no span or scope behind."""

    async def numbers(block):
        async with block:
            yield 1
            yield 2

    async def main():
        blocks = service.transaction("job", "work"), service.monitor("work"), service.scope()
        opened = [numbers(block) for block in blocks]
        for each in opened:
            assert await asyncio.create_task(anext(each)) == 1
        with service.transaction("job", "other") as other, service.scope() as scope:
            for each in opened:
                await asyncio.create_task(each.aclose())
            assert sentry_sdk.get_current_span() == other
            assert scopes.current() is scope
        first, second = numbers(service.span("a", "b")), numbers(service.span("a", "c"))
        with service.transaction("job", "third") as third:
            assert [await anext(first), await anext(second)] == [1, 1]
            await first.aclose()
            await second.aclose()
            assert sentry_sdk.get_current_span() == third

    service.App.Loop.run_until_complete(main())
    assert [each["transaction"] for each in sent.transactions] == ["work", "other", "third"]
    assert [each["status"] for each in sent.check_ins] == ["in_progress", "ok"]


def test_one_block_in_many_tasks(watched):
    """One block may be used by several tasks at once: each use ends as its own work does."""
    watched.expected = ["ok", "error", "ok", "error"]
    turns = [asyncio.Event() for _ in range(5)]

    async def work(number):
        with contextlib.suppress(Failure):
            async with watched.block:
                await turns[number].wait()
                turns[number + 1].set()
                watched.step()
                if number % 2:
                    raise Failure("work")

    async def main():
        tasks = [asyncio.create_task(work(number)) for number in range(4)]
        await asyncio.sleep(0)
        turns[0].set()
        await asyncio.gather(*tasks)

    watched.run(main())
    assert watched.seen == [True] * 4
    begun, ended = watched.sent.check_ins[:4], watched.sent.check_ins[4:]
    assert [each["check_in_id"] for each in begun] == [each["check_in_id"] for each in ended]


def test_one_block_in_many_threads(service, sent):
    """One block may be used by several threads at once."""
    block = service.monitor("work")
    barrier = threading.Barrier(4, timeout=10)

    def work(number):
        with contextlib.suppress(Failure), block:
            barrier.wait()
            if number == 0:
                raise Failure("work")

    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        list(executor.map(work, range(4)))
    ends = [each for each in sent.check_ins if each["status"] != "in_progress"]
    assert sorted(each["status"] for each in ends) == ["error", "ok", "ok", "ok"]
    assert len({each["check_in_id"] for each in ends}) == 4


def test_futures(service, sent, caplog):
    """A future is returned as it is; a run ends with it, also when it is cancelled, done already or of a thread."""
    block = service.monitor("work")

    async def fail():
        raise Failure("lost")

    async def main():
        done = asyncio.get_running_loop().create_future()
        done.set_result(5)
        assert block(lambda: done)() is done
        cancelled = asyncio.get_running_loop().create_future()
        assert block(lambda: cancelled)() is cancelled
        assert [each["status"] for each in sent.check_ins].count("in_progress") == 2
        cancelled.cancel()
        await asyncio.wait([cancelled])
        await asyncio.sleep(0)
        await asyncio.wait([block(lambda: asyncio.create_task(fail()))()])
        await asyncio.sleep(0)

    service.App.Loop.run_until_complete(main())
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        failed = block(lambda: executor.submit(int, "none"))()
        assert type(failed) is concurrent.futures.Future
    assert [each["status"] for each in sent.check_ins if each["status"] != "in_progress"] == ["ok", *["error"] * 3]
    gc.collect()
    assert "Task exception was never retrieved" in caplog.text  # to look at it is left to others


def test_awaitables_of_libraries(service, sent):
    """What is awaited or entered by `async with` is watched as well; what can do more is returned as it is."""
    block = service.monitor("work")

    class Rows(Awaitable):
        def __aiter__(self):
            return self

    async def main():
        async with aiohttp.ClientSession() as session:
            for use in (use_with, use_await, asyncio.create_task):
                with pytest.raises(aiohttp.ClientConnectorError):
                    await use(block(lambda: session.get("http://127.0.0.1:1/"))())
        rows = Rows(do(lambda: None, fails=False))
        assert block(lambda: rows)() is rows
        assert await rows == "done"

    async def use_with(request):
        async with request:
            pass

    async def use_await(request):
        await request

    service.App.Loop.run_until_complete(main())
    ends = [each["status"] for each in sent.check_ins if each["status"] != "in_progress"]
    assert ends == ["error", "error", "error", "ok"]


class Hostile:
    """What fails at all that it is asked, but for being called."""

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("repr")

    def __call__(self):
        return "called"


class Unwatchable(asyncio.Future):
    """A future that nobody is told the end of."""

    def add_done_callback(self, *_, **__):
        raise RuntimeError("callback")


@pytest.mark.parametrize("make", [Hostile, mock.Mock, mock.MagicMock, lambda: mock.Mock(spec=asyncio.Future)])
def test_odd_functions_and_results(watched, make):
    """A function may be as odd as it likes, and return what is: both work as without a block."""
    odd = make()
    watched.expected = ["ok"] * (2 if type(odd) is Hostile else 3)  # one that cannot be looked at is not watched
    assert watched.block(odd)() == odd()
    assert watched.block(lambda: odd)() is odd
    future = Unwatchable(loop=watched.service.App.Loop)
    assert watched.block(lambda: future)() is future


def test_without_a_stack_left(service):
    """An endless recursion through blocks ends as one without them."""
    block = service.scope()

    @block
    def recurse():
        with block:
            recurse()

    with pytest.raises(RecursionError):
        recurse()
    assert not block._runs
    assert scopes.current() is sentry_sdk.get_global_scope()


@pytest.mark.parametrize("what", [None, 5, int, property(len), object(), functools.partialmethod(len)])
def test_what_is_no_function(watched, caplog, what):
    """What is no function is returned as it is, and a line says so."""
    watched.expected = []
    assert watched.block(what) is what
    assert "What a block decorates is to be a function, not" in caplog.text


def test_the_end_of_a_program_is_no_failure(service, sent):
    """`sys.exit()` within a block is no failure, an exit with an error is one."""
    for code in (None, 0, 1, "failed"):
        with contextlib.suppress(SystemExit), service.monitor("work"), service.transaction("job", "work"):
            sys.exit(code)
    assert [each["status"] for each in sent.check_ins][1::2] == ["ok", "ok", "error", "error"]
    statuses = [each["contexts"]["trace"].get("status") for each in sent.transactions]
    assert [*map(has_failed, statuses)] == [False, False, True, True]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dsn", ["", asab_sentry.testing.DSN])
def test_off(kind, dsn):
    """With Sentry or tracing off a block is used as ever, functions are what they were, and nothing is sent."""
    with asab_sentry.testing.capture() as sent, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTRY_DSN", dsn)
        watched = Watched(asab_sentry.SentryService(asab.Application()), sent, kind)

        async def main():
            for form in FORMS:
                work = form(watched.block, watched.step)
                assert await work(False) == "done"
                with pytest.raises(Failure):
                    await work(True)
            async with watched.block as value:
                pass
            with watched.block as same:
                assert type(value) is type(same)
            if kind in {"transaction", "span"}:
                value.set_data("rows", 5)

        watched.run(main())
        if not dsn or kind in {"transaction", "span"}:
            assert watched.block(do) is do
            assert (sent.events, sent.transactions, sent.check_ins) == ([], [], [])


@pytest.mark.parametrize("rate", [1, 0, None])
def test_attributes_are_those_of_sentry_sdk(rate, caplog):
    """Attributes that the span of sentry-sdk has can be set, sampled or not; one that it has not raises nothing."""
    config = {} if rate is None else {"traces_sample_rate": rate}
    with asab_sentry.testing.capture(config={"sentry": config}) as sent:
        service = asab_sentry.SentryService(asab.Application())
        with service.transaction("task", "work"), service.span("db", "read") as span:
            span.op = "file"
            span.description = "read the list"
            span.no_such_attribute = 1
    if rate and not THREE:
        (transaction,) = sent.transactions
        assert [(span["op"], span["description"]) for span in transaction["spans"]] == [("file", "read the list")]
        assert "'Span' object has no attribute 'no_such_attribute'" in caplog.text


class Broken(runs.Run):
    """A kind of run that fails at all that it does."""

    def __init__(self, *, begins):
        self.begins = begins

    def _begin(self):
        self.fail() if not self.begins else None

    def fail(self, *_):
        raise RuntimeError("broken")

    _end = _leave = _resume = fail


@pytest.mark.parametrize("begins", [True, False])
def test_what_fails_here(service, caplog, begins):
    """What goes wrong in a block is said once, and the work goes on."""
    block = blocks.Block(functools.partial(Broken, begins=begins))
    block._kind.otherwise = Broken.otherwise

    async def main():
        for form in FORMS:
            work = form(block, lambda: None)
            assert await work(False) == "done"
            with pytest.raises(Failure):
                await work(True)

    service.App.Loop.run_until_complete(main())
    assert caplog.text.count("A block is not watched (RuntimeError: broken)") == 1


def decorated(number):
    return number


def test_decorated_functions_can_be_pickled(service, monkeypatch):
    """A decorated function of a module goes to another process as the function itself does."""
    monkeypatch.setattr(f"{__name__}.decorated", service.span("job", "work")(decorated))
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert decorated(5) == 5
