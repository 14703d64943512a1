"""Where stacks begin and end, in a running application."""

import sys
from pathlib import Path

import apps
from far import FarEnd, title

RUNS = 2 if sys.version_info >= (3, 14) else 1

SOURCE = """
import concurrent.futures
import library


class App(Base):
    HasTicked = False

    async def initialize(self):
        L.error("in initialize")

    def on_tick(self, message_type):
        self.PubSub.unsubscribe("Application.tick!", self.on_tick)
        self.HasTicked = True
        library.log("in a tick")
        raise ValueError("raised in a tick")

    async def main(self):
        self.PubSub.subscribe("Application.tick!", self.on_tick)
        library.log("of a library")
        await self.within()
        self.Loop.call_soon(library.log, "in a callback")
        thread = threading.Thread(target=library.log, args=("in a thread",))
        thread.start()
        thread.join()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            pool.submit(library.log, "in a pool").result()
        await asyncio.to_thread(library.log, "in to_thread")
        try:
            await asyncio.to_thread(library.fail, "raised in to_thread")
        except ValueError:
            L.exception("caught")
        while not self.HasTicked:
            await asyncio.sleep(0.01)
        self.TaskDone = asyncio.Event()
        self.PubSub.subscribe("TaskService.task_done!", self.on_task_done)
        self.TaskService.schedule(self.task())
        await self.TaskDone.wait()
        self.stop()
        raise ValueError("raised in main")

    def on_task_done(self, message_type, task):
        self.TaskDone.set()

    async def within(self):
        L.error("in the application")

    async def task(self):
        library.fail("raised in a task")
"""

LIBRARY = """
import logging

L = logging.getLogger("library")


def log(text):
    L.error(text)


def fail(text):
    raise ValueError(text)
"""


def frames(event: dict) -> list[tuple[str, bool]]:
    """Return function and in_app of the frames of an event."""
    part = event["exception"] if "exception" in event else event["threads"]
    return [(frame["function"], frame["in_app"]) for frame in part["values"][-1]["stacktrace"]["frames"]]


def test_ends(far: FarEnd, tmp_path: Path) -> None:
    """A stack ends where the application ends, so what a library logs or raises there has a stack of its own."""
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "library.py").write_text(LIBRARY)
    path = f"sys.path.append({str(tmp_path / 'site-packages')!r})\n"
    run = apps.run(tmp_path, SOURCE, dsn=far.dsn, prelude=apps.PRELUDE + path)
    assert run.returncode == 1, run.stderr
    stacks = {title(event).removeprefix("ValueError: "): frames(event) for event in far.events}
    log, fail = ("log", False), ("fail", False)
    assert stacks == {
        "in initialize": [("initialize", True)],
        "of a library": [("main", True), log],
        "in the application": [("main", True), ("within", True)],
        "in a tick": [("_run_time_governor", False), ("publish", False), ("on_tick", True), log],
        "raised in a tick": [("publish", False), ("on_tick", True)],
        "in a callback": [log],
        "in a thread": [log],
        "in a pool": [log],
        "in to_thread": [log],
        # From Python 3.14 on there are two of them.
        "raised in to_thread": [("main", True), ("to_thread", False), *[("run", False)] * RUNS, fail],
        "raised in a task": [("main", False), ("task", True), fail],
        "raised in main": [("main", True)],
    }


def test_culprits(far: FarEnd, tmp_path: Path) -> None:
    """The culprit of a record is the innermost function of the application, or the one that the message is from."""
    source = """
    import json

    def fail(text):
        L.error(text)

    class App(Base):
        async def main(self):
            L.error("here")
            fail("handed on")
            json.loads.__globals__["L"] = L
            exec(compile('L.error("from a library")', json.__file__, "exec"), {"L": L, "__name__": "json"})
            sentry_sdk.capture_message("by the SDK")
            self.Sentry.capture_message("by hand")
            with self.Sentry.transaction("job", "nightly"):
                L.error("in a transaction")
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\ntraces_sample_rate=1\n")
    assert run.returncode == 0, run.stderr
    culprits = {title(event): event.get("culprit") for event in far.events}
    assert culprits == {
        "here": "__main__ in main",
        "handed on": "__main__ in main",
        "from a library": "__main__ in main",
        "by the SDK": "__main__ in main",
        "by hand": "__main__ in main",
        "in a transaction": None,
    }
    assert {event.get("transaction") for event in far.events} == {None, "nightly"}
