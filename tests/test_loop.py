"""What asyncio tells of tasks, beside exceptions that were lost."""

import re
import sys

import apps
import pytest
from far import FarEnd, title

DESTROYED = """
class Reader:
    def __init__(self, future):
        self.Future = future

    async def read(self):
        await self.Future


class App(Base):
    async def polls(self, future):
        await Reader(future).read()

    async def follows(self, future):
        await future

    async def main(self):
        gc.disable()
        for number in range(2):
            for function in (self.polls, self.follows):
                task = asyncio.create_task(function(asyncio.Future()), name=f"{function.__name__} {number}")
                # In a cycle with what it waits for, it is found by the collector.
                await asyncio.sleep(0)
                del task
        gc.collect()
        L.error("all events")
        self.stop()
"""


def test_destroyed_while_it_waits(far: FarEnd, tmp_path) -> None:
    """A task that was destroyed while it waited tells where that was; each coroutine is an issue."""
    run = apps.run(tmp_path, DESTROYED, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    events = [event for event in far.events if title(event) != "all events"]
    assert sorted(map(title, events)) == [
        *["Task was destroyed but it is pending! (App.follows)"] * 2,
        *["Task was destroyed but it is pending! (App.polls)"] * 2,
    ]
    assert len({tuple(event["fingerprint"]) for event in events}) == 2
    polls = [event for event in events if title(event).endswith("(App.polls)")]
    for number, event in enumerate(sorted(polls, key=lambda event: event["contexts"]["struct_data"]["task"])):
        facts = event["contexts"]["struct_data"]
        assert facts["task"] == f"polls {number}"
        assert facts["coroutine"] == "App.polls"
        assert re.fullmatch(r"in Reader\.read, .*app\.py:\d+", facts["waits"])
        frames = event["threads"]["values"][0]["stacktrace"]["frames"]
        assert [frame["function"] for frame in frames] == ["polls", "read"]
        assert frames[-1]["context_line"].strip() == "await self.Future"


EAGER = """
class App(Base):
    def __init__(self):
        asab.Application.__init__(self)
        {before}
        self.Sentry = asab_sentry.SentryService(self)
        {after}

    async def fails(self, name, seconds=None):
        self.Sentry.set_tag("unit", name)
        if seconds is not None:
            await asyncio.sleep(seconds)
        raise LookupError(name)

    async def ends(self):
        return 1

    async def main(self):
        asyncio.create_task(self.fails("lost at once"), name="loser")
        asyncio.create_task(self.fails("lost later", 0))
        self.Kept = asyncio.create_task(self.fails("kept"), name="keeper")
        assert await asyncio.create_task(self.ends()) == 1
        try:
            await asyncio.create_task(self.fails("handled"))
        except LookupError:
            pass
        for _ in range(10):  # more rounds of the loop than any of them takes
            await asyncio.sleep(0)
        gc.collect()
        L.error("outside")
        self.stop()
"""


def test_loops_that_always_give_a_context(far: FarEnd, tmp_path) -> None:
    """Each task has its own scope where the loop is one that tells its factory there is no context."""
    source = """
        import contextvars

        class Loop(asyncio.SelectorEventLoop):
            def create_task(self, coro, *, name=None, context=None):
                if self.get_task_factory() is None:
                    return super().create_task(coro)
                return self.get_task_factory()(self, coro, context=context)

        asyncio.set_event_loop(Loop())

        class App(Base):
            async def main(self):
                given = contextvars.copy_context()
                await asyncio.create_task(self.fails("a"))
                L.error("outside")
                await asyncio.create_task(self.fails("b"), context=given)
                given.run(L.error, "in what was given")
                self.stop()

            async def fails(self, name):
                self.Sentry.set_tag("unit", name)
                L.error("in %s", name)
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    units = {title(event): event["tags"].get("unit") for event in far.events}
    assert units == {"in a": "a", "outside": None, "in b": "b", "in what was given": "b"}


SETS = "self.Loop.set_task_factory(asyncio.eager_task_factory)"


@pytest.mark.parametrize("factory", ["None", "lambda loop, coroutine, **more: before(loop, coroutine, **more)"])
def test_task_factories(far: FarEnd, tmp_path, factory: str) -> None:
    """Each task has its own scope also where a factory is set later: Python's, or one that calls what was there."""
    source = f"""
        class App(Base):
            async def main(self):
                before = self.Loop.get_task_factory()
                self.Loop.set_task_factory({factory})
                await asyncio.gather(*map(self.fails, ("a", "b")))
                L.error("outside")
                self.stop()

            async def fails(self, name):
                self.Sentry.set_tag("unit", name)
                await asyncio.sleep(0)
                L.error("in %s", name)
    """
    apps.run(tmp_path, source, dsn=far.dsn)
    units = {title(event): event["tags"].get("unit") for event in far.events}
    assert units == {"in a": "a", "in b": "b", "outside": None}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="no eager tasks")
@pytest.mark.parametrize(("before", "after"), [(SETS, ""), ("", SETS)], ids=["before", "after"])
def test_eager_tasks(far: FarEnd, tmp_path, before: str, after: str) -> None:
    """Tasks that were over before they began to wait are like others, whenever the factory of such tasks was set."""
    run = apps.run(tmp_path, EAGER.format(before=before, after=after), dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    events = {title(event): event for event in far.events}
    assert set(events) == {
        "LookupError: lost at once",
        "LookupError: lost later",
        "LookupError: kept",
        "outside",
    }
    assert len(far.events) == 4
    for name in ("lost at once", "lost later", "kept"):
        assert events[f"LookupError: {name}"]["tags"]["unit"] == name
    assert events["LookupError: lost at once"]["contexts"]["struct_data"]["task"] == "loser"
    assert events["LookupError: kept"]["contexts"]["struct_data"]["task"] == "keeper"
    assert "unit" not in events["outside"]["tags"]


MADE = """
class App(Base):
    async def main(self):
        loop = asyncio.get_running_loop()
        with_factory = [loop.create_task(self.work()), asyncio.create_task(self.work())]
        loop.set_task_factory = type(loop).set_task_factory.__get__(loop)
        loop.set_task_factory(None)
        without = [loop.create_task(self.work()), asyncio.create_task(self.work())]
        for task in with_factory + without:
            await task
            print([frame.name for frame in task._source_traceback[-3:]], repr(task).partition("created at ")[2][:-1])
        self.stop()

    async def work(self):
        pass
"""


def test_where_a_task_was_made(far: FarEnd, tmp_path) -> None:
    """In its debug mode asyncio shows where a task was made as it does without this package."""
    run = apps.run(tmp_path, MADE, dsn=far.dsn, env={"PYTHONASYNCIODEBUG": "1"})
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert len(lines) == 4
    first, second, *without = (re.sub(r"(app\.py):[0-9]+", r"\1", line) for line in lines)
    assert [first, second] == without
    assert "app.py" in first
