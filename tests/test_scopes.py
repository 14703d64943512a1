"""Units of work: what is set in one is not seen in another."""

import apps
import pytest
import waiting
from far import THREE, FarEnd, title

SOURCE = """
import asab.web, asab.web.rest, aiohttp


class App(Base):
    def setup(self):
        self.Sentry.set_tag("where", "application")
        self.Sentry.set_context("ship", {"name": "Beagle", "crew": list(range(30))})
        self.Sentry.set_user({"id": "application"})
        self.PubSub.subscribe("sync!", self.on_sync)
        self.PubSub.subscribe("async!", self.on_async)
        self.add_module(asab.web.Module)
        web = self.get_service("asab.WebService")
        self.Container = asab.web.WebContainer(web, "web", config={"listen": "127.0.0.1 0"})
        self.Container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        self.Container.WebApp.router.add_get("/work/{id}", self.work)
        self.Container.WebApp.router.add_get("/look", self.look)
        self.Started = asyncio.Event()
        self.PubSub.subscribe("WebContainer.started!", self.on_started)

    def on_started(self, message_type, container):
        self.Started.set()

    def mark(self, name):
        self.Sentry.set_tag("where", name)
        self.Sentry.set_user({"id": name})
        self.Sentry.set_context("ship", {"name": name})
        L.info("crumb of " + name)

    def on_sync(self, message_type):
        self.mark("sync")
        L.error("in sync")

    async def on_async(self, message_type):
        self.mark("async")
        await asyncio.sleep(0.01)
        L.error("in async")

    async def task(self, name, seconds):
        self.mark(name)
        await asyncio.sleep(seconds)
        L.error("in " + name)
        return asyncio.current_task().get_name()

    async def work(self, request):
        self.mark("request")
        await asyncio.sleep(0.01)
        L.error("in request")
        await asyncio.create_task(self.child())
        L.error("request after child")
        return asab.web.rest.json_response(request, {})

    async def child(self):
        L.error("child inherits")
        self.mark("child")

    async def look(self, request):
        L.error("other request")
        return asab.web.rest.json_response(request, {})

    async def initialize(self):
        self.Sentry.set_tag("initialized", "yes")

    async def main(self):
        await self.Started.wait()
        self.Sentry.set_tag("late", "yes")
        L.info("crumb of the application")
        L.error("before")
        self.PubSub.publish("sync!")
        self.PubSub.publish("async!")
        names = await asyncio.gather(
            asyncio.create_task(self.task("first", 0.02), name="one"), asyncio.create_task(self.task("second", 0.01)))
        assert names[0] == "one" and names[1].startswith("Task-"), names
        with self.Sentry.scope() as scope:
            self.mark("block")
            scope.fingerprint = ["mine"]
            await asyncio.sleep(0)
            L.error("in block")
            with self.Sentry.scope():
                self.mark("inner")
                L.error("in inner block")
            L.error("in block again")
        port = self.Container.WebAppRunner.addresses[0][1]
        async with aiohttp.ClientSession() as session:
            for path in ("work/7", "look"):
                async with session.get(f"http://127.0.0.1:{port}/{path}") as response:
                    assert response.status == 200
        await asyncio.get_running_loop().run_in_executor(None, self.threaded)
        L.error("after")
        self.stop()

    def threaded(self):
        self.mark("thread")
        L.error("in thread")
"""


@pytest.fixture(scope="module")
def events(shared_far: FarEnd, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """The events of an application in which every unit of work marks its scope, by title."""
    run = apps.run(tmp_path_factory.mktemp("scopes"), SOURCE, dsn=shared_far.dsn)
    assert run.returncode == 0, run.stderr
    return {title(event): event for event in shared_far.events}


WHERE = {
    "before": "application",
    "in sync": "sync",
    "in async": "async",
    "in first": "first",
    "in second": "second",
    "in block": "block",
    "in inner block": "inner",
    "in block again": "block",
    "in request": "request",
    "child inherits": "request",
    "request after child": "request",
    "other request": "application",
    "in thread": "thread",
    "after": "application",
}


@pytest.mark.parametrize("name", WHERE)
def test_holds_in_its_unit_of_work(events: dict[str, dict], name: str) -> None:
    """Tags, user and context hold where they were set, and nowhere else."""
    event = events[name]
    assert event["tags"]["where"] == WHERE[name]
    assert event["user"]["id"] == WHERE[name]
    assert event["contexts"]["ship"]["name"] == ("Beagle" if WHERE[name] == "application" else WHERE[name])


@pytest.mark.parametrize("name", WHERE)
def test_set_for_the_application(events: dict[str, dict], name: str) -> None:
    """What is set outside of any unit of work is on everything, also where work had begun before."""
    assert events[name]["tags"]["initialized"] == "yes"
    assert events[name]["tags"]["late"] == "yes"


def test_breadcrumbs_follow_the_scope(events: dict[str, dict]) -> None:
    """A unit of work begins with the breadcrumbs of its creator and keeps its own to itself."""

    def crumbs(name: str) -> list[str]:
        found = [value.get("message", "") for value in events[name]["breadcrumbs"]["values"]]
        return [message for message in found if message.startswith("crumb of")]

    assert crumbs("in first") == ["crumb of the application", "crumb of first"]
    assert crumbs("in inner block") == ["crumb of the application", "crumb of block", "crumb of inner"]
    assert crumbs("in block again") == ["crumb of the application", "crumb of block"]
    assert crumbs("other request") == []
    assert crumbs("after") == ["crumb of the application"]


def test_scope_is_the_sdks(events: dict[str, dict]) -> None:
    """The scope of a block is sentry-sdk's own, with all it can do."""
    assert events["in block"]["fingerprint"] == ["mine"]
    assert events["after"]["fingerprint"] != ["mine"]


def test_transaction_of_a_request(events: dict[str, dict]) -> None:
    """Events of a web request carry the route as transaction."""
    assert events["in request"]["transaction"] == "GET /work/{id}"


FACTORIES = """
class App(Base):
    def __init__(self):
        asab.Application.__init__(self)
        self.Loop.set_task_factory(self.factory)
        self.Made = []
        self.Sentry = asab_sentry.SentryService(self)

    def factory(self, loop, coroutine, **more):
        self.Made.append(coroutine.__name__)
        return asyncio.Task(coroutine, loop=loop, **more)

    async def work(self):
        self.Sentry.set_tag("mine", "yes")
        await asyncio.sleep(0)
        L.error("in task")

    async def shared(self):
        self.Sentry.set_tag("mine", "shared")

    async def main(self):
        await asyncio.create_task(self.work())
        L.error("outside")
        import contextvars
        context = contextvars.copy_context()
        await asyncio.create_task(self.shared(), context=context)
        await asyncio.create_task(self.work(), name="named", context=context)
        assert "work" in self.Made and "shared" in self.Made
        self.stop()
"""


def test_task_factory_is_kept(far: FarEnd, tmp_path) -> None:
    """A task factory that somebody set before still makes the tasks; a context of the caller's choice is used as is."""
    run = apps.run(tmp_path, FACTORIES, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    first, outside, _ = far.events
    assert (title(first), first["tags"].get("mine")) == ("in task", "yes")
    assert (title(outside), outside["tags"].get("mine")) == ("outside", None)


ESCAPED = """
class App(Base):
    def setup(self):
        self.PubSub.subscribe("sync!", self.on_sync)
        self.PubSub.subscribe("async!", self.on_async)

    def on_sync(self, message_type):
        self.Sentry.set_tag("unit", "sync")
        raise ValueError("sync")

    async def on_async(self, message_type):
        self.Sentry.set_tag("unit", "async")
        L.info("crumb of async")
        raise ValueError("async")

    async def block(self):
        self.Sentry.set_tag("unit", "task")
        with self.Sentry.scope():
            self.Sentry.set_tag("unit", "block")
            raise ValueError("block")

    async def main(self):
        self.PubSub.publish("sync!")
        self.PubSub.publish("async!")
        self.TaskService.schedule(self.block())
        await sent(self.Sentry, 3)
        self.stop()
"""


def test_scheduled_work_begins_as_the_application(far: FarEnd, tmp_path) -> None:
    """Tasks, also those of the TaskService, timers and threads begin with all that holds for the application then."""
    source = """
    class App(Base):
        def setup(self):
            L.info("in __init__")

        async def main(self):
            L.info("in main")
            self.Sentry.set_tag("set", "in main")
            self.TaskService.schedule(self.fails("scheduled"))
            asyncio.create_task(self.fails("created"))
            self.Loop.call_later(0.01, self.logs, "timer")
            threading.Thread(target=self.logs, args=("thread",)).start()
            await sent(self.Sentry, 4)
            L.error("main again")
            self.stop()

        async def fails(self, name):
            L.info("within %s", name)
            L.error(name)

        def logs(self, name):
            L.info("within %s", name)
            L.error(name)
    """
    apps.run(tmp_path, source, dsn=far.dsn, prelude=apps.PRELUDE + waiting.SENT)
    assert len(far.events) == 5
    for event in far.events:
        crumbs = [value["message"] for value in event["breadcrumbs"]["values"] if value["category"] == "app"]
        assert crumbs[:2] == ["in __init__", "in main"]
        name = event["logentry"]["message"]
        if name in {"scheduled", "created"}:
            assert crumbs == ["in __init__", "in main", f"within {name}"]
        assert event["tags"]["set"] == "in main"


def test_exceptions_keep_the_scope_they_left(far: FarEnd, tmp_path) -> None:
    """An exception that ASAB logs for a unit of work that is over arrives with what was set there."""
    apps.run(tmp_path, ESCAPED, dsn=far.dsn, prelude=apps.PRELUDE + waiting.SENT)
    assert {title(event): event["tags"]["unit"] for event in far.events} == {
        "ValueError: sync": "sync",
        "ValueError: async": "async",
        "ValueError: block": "block",
    }
    (event,) = (event for event in far.events if title(event) == "ValueError: async")
    assert event["breadcrumbs"]["values"][-1]["message"] == "crumb of async"


HANDLED = """
class App(Base):
    def fail(self, name, kind=ValueError):
        L.info("before " + name)
        with self.Sentry.scope():
            self.Sentry.set_tag("inner", name)
            self.Sentry.set_tag("both", "inner")
            self.Sentry.set_context("job", {"name": name})
            self.Sentry.add_attachment(b"x", "notes.txt")
            L.info("in " + name)
            raise kind(name)

    async def task(self, name):
        self.Sentry.add_attachment(b"y", "outer.txt")
        self.Sentry.set_tag("outer", name)
        self.Sentry.set_tag("both", "outer")
        try:
            self.fail(name)
        except ValueError as error:
            L.info("after " + name)
            self.Sentry.set_tag("late", "yes")
            if name == "captured":
                self.Sentry.capture_exception(error)
                assert self.Sentry.capture_exception(error) is None
            elif name == "current":
                self.Sentry.capture_exception()
            else:
                L.exception("It has failed")
            L.error("afterwards of " + name)

    async def child(self):
        self.Sentry.set_tag("inner", "child")
        raise ValueError("child")

    async def main(self):
        for name in ("captured", "current", "logged"):
            await asyncio.create_task(self.task(name))
        try:
            await asyncio.create_task(self.child())
        except ValueError as error:
            self.Sentry.capture_exception(error)
        self.stop()
"""


def test_handled_exceptions_keep_the_scope_they_left(far: FarEnd, tmp_path) -> None:
    """An exception that is handled outside of the block it was raised in has what held there and what holds here."""
    run = apps.run(tmp_path, HANDLED, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    events = {title(event).removeprefix("ValueError: "): event for event in far.events}
    assert len(far.events) == 7
    for name in ("captured", "current", "logged"):
        event, later = events[name], events["afterwards of " + name]
        assert event["tags"] == {"appclass": "App", "inner": name, "both": "inner", "outer": name, "late": "yes"}
        assert event["contexts"]["job"] == {"name": name}
        crumbs = [crumb["message"] for crumb in event["breadcrumbs"]["values"]]
        assert crumbs[-3:] == [f"{when} {name}" for when in ("before", "in", "after")]
        assert len(crumbs) == len(set(crumbs))
        assert later["tags"] == {"appclass": "App", "both": "outer", "outer": name, "late": "yes"}
    assert events["child"]["tags"] == {"appclass": "App", "inner": "child"}
    names = [
        sorted(item.headers["filename"] for item in envelope.items if item.headers["type"] == "attachment")
        for envelope in far.envelopes
        if any(item.headers["type"] == "event" for item in envelope.items)
    ]
    assert names[::2][:3] == [["notes.txt", "outer.txt"]] * 3


def test_scope_that_cannot_be_joined(far: FarEnd, tmp_path) -> None:
    """An exception whose scope cannot be joined is told of all the same."""
    source = """
        class App(Base):
            async def main(self):
                try:
                    with self.Sentry.scope() as scope:
                        scope._breadcrumbs = 5
                        raise ValueError("odd")
                except ValueError as error:
                    assert self.Sentry.capture_exception(error) is not None
                self.stop()
        """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    assert [title(event) for event in far.events] == ["ValueError: odd"]
    assert "An exception is told of without where it was raised" in run.stderr


OUTLIVES = """
class App(Base):
    async def main(self):
        self.PubSub.subscribe("Application.tick!", self.on_tick)
        self.Ticked = asyncio.Event()
        with self.Sentry.transaction("job", "main"):
            await asyncio.wait_for(self.Ticked.wait(), 10)
            later = asyncio.create_task(self.later())
            await asyncio.sleep(0)
        self.Over.set()
        await later
        self.stop()

    def setup(self):
        self.Over = asyncio.Event()

    def on_tick(self, message_type):
        with self.Sentry.transaction("job", "tick"):
            self.Ticked.set()

    async def later(self):
        await self.Over.wait()
        with self.Sentry.transaction("job", "later"), self.Sentry.span("step", "a part"):
            pass
"""


def test_transactions_beside_and_after_others(far: FarEnd, tmp_path) -> None:
    """What ticks measure is no part of what main() measures; what is measured after its creator arrives, in its trace.

    sentry-sdk 2 has sent the transaction of the creator by then.
    """
    run = apps.run(tmp_path, OUTLIVES, dsn=far.dsn, ini="[sentry]\ntraces_sample_rate=1\n")
    assert run.returncode == 0, run.stderr
    whole = {transaction["transaction"]: transaction for transaction in far.transactions}
    trace = {name: transaction["contexts"]["trace"]["trace_id"] for name, transaction in whole.items()}
    assert trace["tick"] != trace["main"]
    parts = {span["description"]: span["trace_id"] for transaction in whole.values() for span in transaction["spans"]}
    if THREE:
        assert parts == {"later": trace["main"], "a part": trace["main"]}
    else:
        assert parts == {"a part": trace["main"]}
        assert trace["later"] == trace["main"]
