"""Tasks that fail while somebody keeps them: asyncio says nothing of them, an event does."""

import os
import sys
from pathlib import Path

import apps
import pytest
from far import FarEnd, mechanism, title

KEPT = """
class KeepingService(asab.Service):
    def __init__(self, app):
        super().__init__(app, "KeepingService")
        # The usual loop of a service; here the loop of the application does not run yet.
        self.Task = asyncio.ensure_future(self.fails("of a service"))

    async def fails(self, name, seconds=0):
        await asyncio.sleep(seconds)
        raise RuntimeError(name)


class App(Base):
    def setup(self):
        self.Keeping = KeepingService(self)

    async def fails(self, name, seconds=0):
        self.Sentry.set_tag("unit", name)
        L.info("crumb of %s", name)
        await asyncio.sleep(seconds)
        raise LookupError(name)

    async def ends_well(self):
        return 1

    async def cancelled(self):
        await asyncio.sleep(60)

    async def both(self, name):
        with self.Sentry.scope():
            self.Sentry.set_tag("waiting", "yes")
            try:
                await self.Late
            except LookupError:
                L.exception("asked for later")

    async def main(self):
        import contextvars
        fails = self.fails
        self.Kept = asyncio.create_task(fails("kept"), name="keeper")
        self.Own = asyncio.create_task(fails("own context"), context=contextvars.copy_context())
        self.Late = asyncio.create_task(fails("late"))
        self.Asked = asyncio.create_task(fails("asked in time"))
        self.Looked = asyncio.create_task(fails("looked at"))
        self.Called = asyncio.create_task(fails("called back"))
        self.Called.add_done_callback(lambda task: task.exception())
        self.Well = asyncio.create_task(self.ends_well())
        self.Cancelled = asyncio.create_task(self.cancelled())
        self.Gathered = [asyncio.create_task(fails(f"gathered {n}")) for n in range(1500)]
        asyncio.create_task(fails("lost"))
        waiting = asyncio.gather(*self.Gathered, return_exceptions=True)
        await asyncio.sleep(0.01)
        self.Cancelled.cancel()
        try:
            await self.Asked
        except LookupError:
            pass
        self.Looked.exception()
        await waiting
        deadline = time.monotonic() + 20
        while len([1 for name in TOLD if name == "event"]) < 5:
            assert time.monotonic() < deadline, TOLD
            await asyncio.sleep(0.01)
        await self.both("late")
        self.Soon = asyncio.create_task(fails("at the end"))
        await asyncio.sleep(0.01)
        L.error("all events")
        self.stop()


TOLD = []


def before_send(event, hint):
    TOLD.append("event")
    return event
"""

INI = "[sentry]\nunretrieved_after=300ms\nbefore_send=__main__:before_send\n"


@pytest.fixture(scope="module")
def arrived(shared_far: FarEnd, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict]]:
    """The events of an application that keeps tasks, by title."""
    run = apps.run(tmp_path_factory.mktemp("kept"), KEPT, dsn=shared_far.dsn, ini=INI)
    assert run.returncode == 0, run.stderr
    events: dict[str, list[dict]] = {}
    for event in shared_far.events:
        events.setdefault(title(event), []).append(event)
    return events


@pytest.mark.parametrize("name", ["LookupError: kept", "LookupError: own context", "RuntimeError: of a service"])
def test_arrives(arrived: dict[str, list[dict]], name: str) -> None:
    """A task that has failed and that somebody keeps is one event, with the stack that raised it."""
    (event,) = arrived[name]
    assert mechanism(event) == ("asab.loop", False)
    assert event["level"] == "error"
    assert event["logentry"]["message"] == "Task exception was not retrieved"
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "fails"


def test_what_is_known_of_it(arrived: dict[str, list[dict]]) -> None:
    """The event names task and coroutine, and has scope and breadcrumbs of the task."""
    (event,) = arrived["LookupError: kept"]
    assert event["contexts"]["struct_data"] == {"task": "keeper", "coroutine": "App.fails"}
    assert event["tags"]["unit"] == "kept"
    assert event["breadcrumbs"]["values"][-1]["message"] == "crumb of kept"


def test_asked_for_later(arrived: dict[str, list[dict]]) -> None:
    """Who asks for the result later, by whatever way, makes no second event of it."""
    (event,) = arrived["LookupError: late"]
    assert event["logentry"]["message"] == "Task exception was not retrieved"
    assert event["tags"]["unit"] == "late"


def test_at_the_end(arrived: dict[str, list[dict]]) -> None:
    """What has failed just before the end of the application arrives, too."""
    (event,) = arrived["LookupError: at the end"]
    assert event["logentry"]["message"] == "Task exception was not retrieved"


def test_nothing_else(arrived: dict[str, list[dict]]) -> None:
    """What is asked for in time, in whatever way, is no event, nor is a task that ended well or was cancelled."""
    assert set(arrived) == {
        "LookupError: kept",
        "LookupError: own context",
        "RuntimeError: of a service",
        "LookupError: late",
        "LookupError: lost",
        "LookupError: at the end",
        "all events",
    }
    (lost,) = arrived["LookupError: lost"]
    assert lost["logentry"]["message"] == "Task exception was never retrieved"


def test_off(far: FarEnd, tmp_path) -> None:
    """With `unretrieved_after=off` only what asyncio tells of is an event."""
    source = """
    class App(Base):
        async def fails(self, name):
            raise LookupError(name)

        async def main(self):
            self.Kept = asyncio.create_task(self.fails("kept"))
            asyncio.create_task(self.fails("lost"))
            await asyncio.sleep(0.01)
            self.stop()
    """
    end = "\n\napp = App()\napp.run()\napp.Sentry.flush()\nos._exit(0)\n"
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nunretrieved_after=off\n", end=end)
    assert [title(event) for event in far.events] == ["LookupError: lost"]


def test_restart(far: FarEnd, tmp_path) -> None:
    """What has failed before a restart, in which ASAB has the process replaced, arrives."""
    source = """
    class App(Base):
        async def fails(self):
            raise LookupError("before the restart")

        async def main(self):
            if "RESTARTED" not in os.environ:
                os.environ["RESTARTED"] = "yes"
                self.Kept = asyncio.create_task(self.fails())
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                self.stop("!RESTART!")
            else:
                self.stop()
    """
    # ASAB has the new process look for its interpreter again.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    run = apps.run(tmp_path, source, dsn=far.dsn, env={"PATH": path})
    assert run.returncode == 0, run.stderr
    # What was being sent when the process was replaced is sent again, and known by its id.
    arrived = {event["event_id"]: title(event) for event in far.events}
    assert list(arrived.values()) == ["LookupError: before the restart"]


def test_a_loop_that_was_held_up(far: FarEnd, tmp_path) -> None:
    """Where the event loop was held up, who waits for a task with others comes first."""
    source = """
    class App(Base):
        async def fails(self):
            raise LookupError("in time")

        async def main(self):
            task = asyncio.create_task(self.fails())
            other = asyncio.create_task(asyncio.sleep(60))
            waiting = asyncio.create_task(asyncio.wait({task, other}, timeout=0.2))
            await asyncio.sleep(0.1)
            time.sleep(0.5)
            await waiting
            try:
                await task
            except LookupError:
                pass
            other.cancel()
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nunretrieved_after=300ms\n")
    assert run.returncode == 0, run.stderr
    assert far.events == []
