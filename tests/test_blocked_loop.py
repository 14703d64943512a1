"""Event loops that are blocked, and services that do not end: real processes that hang in all ways."""

import asyncio
import math
import re
import selectors
import sys
import threading
import time

import pytest
from apps import run
from far import FarEnd, title

from asab_sentry.blackbox.blocked_loop import interval_of, waits

INI = """
[general]
var_dir=var
[sentry]
[sentry:loop]
blocked=300ms
"""

BLOCKED = """
import re

said = []


class Said(logging.Handler):
    def emit(self, record):
        said.append(record)


logging.getLogger("asab_sentry").addHandler(Said())
lock = threading.Lock()
lock.acquire()
threading.Timer(1.5, lock.release).start()


def sleeps():
    time.sleep(1.5)


def waits():
    lock.acquire()


def computes():
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        sum(range(1000))


def calls_c():
    # One call that lets no other thread run; how long it takes depends on the machine.
    re.match("(a|aa)+$", "a" * HOW_MANY + "b")


class App(Base):
    async def main(self):
        await asyncio.sleep(0.2)
        await asyncio.create_task(self.work(), name="the task")
        end = time.monotonic() + 20
        while not (self.Sentry.Sent["events"] and said):
            assert time.monotonic() < end
            await asyncio.sleep(0.01)
        self.stop()

    async def work(self):
        self.Sentry.set_tag("order", "4711")
        L.info("blocking now")
        {call}()
        # Where the machine is busy, the thread that looks may come a moment too late for a call in C that is over, and
        # what wants to compute gets so little of the processor that it is no wonder.
        while "{call}" in {"calls_c", "computes"} and not said:
            await asyncio.sleep(0.2)
            {call}()
        await asyncio.sleep(0)
"""


def longest_match():
    """Return for how many letters an expression takes a good part of a second of a processor."""
    for count in range(20, 60):
        begin = time.thread_time()
        re.match("(a|aa)+$", "a" * count + "b")
        if (seconds := time.thread_time() - begin) > 0.05:
            # Each letter more takes as many times as long as the numbers of Fibonacci grow.
            return count + math.ceil(math.log(0.8 / seconds, (1 + 5**0.5) / 2))
    raise AssertionError


def test_a_loop_that_waits_is_not_blocked():
    """Where it waits for something to do, what has blocked it is over; a thread that waits within its work is there."""
    found = {}

    async def main():
        number = threading.get_ident()

        def look(where):
            found[where] = waits(sys._current_frames()[number])

        timers = [threading.Timer(0.2, look, ["loop"]), threading.Timer(0.6, look, ["work"])]
        for timer in timers:
            timer.start()
        await asyncio.sleep(0.4)
        selectors.DefaultSelector().select(0.4)
        for timer in timers:
            timer.join()

    asyncio.run(main())
    assert found == {"loop": True, "work": False}


@pytest.mark.parametrize("call", ["sleeps", "waits", "computes", "calls_c"])
def test_a_blocked_loop_tells_where(tmp_path, call):
    """One event with the stack of the loop's thread, the unit of work of the task, and the others beside it."""
    source = BLOCKED.replace("{call}", call)
    if call == "calls_c":
        source = source.replace("HOW_MANY", str(longest_match()))
    with FarEnd() as far:
        done = run(tmp_path, source, dsn=far.dsn, ini=INI)
        assert done.returncode == 0, done.stderr
        event, *_ = far.events
        assert len(far.events) == 1 or call in {"calls_c", "computes"}
    assert title(event) == "The event loop was blocked"
    assert event["level"] == "error"
    assert event["tags"]["order"] == "4711"
    assert event["breadcrumbs"]["values"][-1]["message"] == "blocking now"
    assert event["contexts"]["loop"]["task"] == "the task"
    assert event["contexts"]["loop"]["blocked_seconds"] >= 0.3
    (hangs,) = [thread for thread in event["threads"]["values"] if thread["crashed"]]
    assert hangs["name"] == "MainThread"
    own = [frame["function"] for frame in hangs["stacktrace"]["frames"] if frame["in_app"]]
    assert own[-2:] == ["App.work", call] or own[-2:] == ["work", call]
    assert len(event["threads"]["values"]) > 1
    assert event["fingerprint"] == ["The event loop was blocked", "__main__", call]
    assert "The event loop was blocked for " in done.stderr


REQUEST = """
import asab.web, asab.web.rest, aiohttp


class App(Base):
    def setup(self):
        self.add_module(asab.web.Module)
        web = self.get_service("asab.WebService")
        self.container = asab.web.WebContainer(web, "web", config={"listen": "127.0.0.1 0"})
        self.container.WebApp.router.add_get("/orders/{id}", self.order)
        self.PubSub.subscribe("WebContainer.started!", self.started)

    def started(self, message_type, container):
        self.port = container.WebAppRunner.addresses[0][1]

    async def order(self, request):
        self.Sentry.set_tag("order", request.match_info["id"])
        time.sleep(1.5)
        return asab.web.rest.json_response(request, {})

    async def main(self):
        while not hasattr(self, "port"):
            await asyncio.sleep(0.01)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{self.port}/orders/7?token=hunter2secret") as answer:
                await answer.read()
        self.stop()
"""


def test_a_request_that_has_the_loop_is_in_the_event(tmp_path):
    """With its URL, its route and its tags, and without its secrets."""
    with FarEnd() as far:
        done = run(tmp_path, REQUEST, dsn=far.dsn, ini=INI)
        assert done.returncode == 0, done.stderr
        (event,) = far.events
    assert title(event) == "The event loop was blocked"
    assert event["request"]["url"].endswith("/orders/7")
    assert event["request"]["query_string"] == "token=[Filtered]"
    assert event["transaction"] == "GET /orders/{id}"
    assert event["tags"]["order"] == "7"
    assert event["fingerprint"] == ["The event loop was blocked", "__main__", "App.order"]


@pytest.mark.parametrize(
    "source",
    [
        """
        import subprocess

        class App(Base):
            async def main(self):
                await asyncio.sleep(0.2)
                child = subprocess.Popen(["/bin/sh", "-c", "kill -STOP $PPID; sleep 1.5; kill -CONT $PPID"])
                while child.poll() is None:
                    await asyncio.sleep(0.01)
                self.stop()
        """,
        """
        class App(Base):
            async def initialize(self):
                time.sleep(1.5)

            async def main(self):
                self.stop()
        """,
        """
        class App(Base):
            def setup(self):
                time.sleep(1.5)

            async def main(self):
                end = time.monotonic() + 0.9
                while time.monotonic() < end:
                    await asyncio.sleep(0)
                self.stop()
        """,
        """
        class App(Base):
            async def main(self):
                sys._getframe().f_trace = lambda *_: None
                time.sleep(1.5)
                self.stop()
        """,
    ],
    ids=["stopped", "initializing", "busy", "debugged"],
)
def test_a_loop_that_turns_is_not_told_of(tmp_path, source):
    """Nor one of a process that was stopped, that initializes, or that somebody steps through."""
    with FarEnd() as far:
        done = run(tmp_path, source, dsn=far.dsn, ini=INI)
        assert done.returncode == 0, done.stderr
        assert far.events == []


@pytest.mark.parametrize(("threshold", "interval"), [(1e-5, 0.01), (0.05, 0.01), (0.5, 0.1), (60.0, 1.0)])
def test_how_often_is_looked(threshold, interval):
    """Some times within the threshold, at least each second, and not so often that it takes a processor."""
    assert interval_of(threshold) == pytest.approx(interval)


def test_off(tmp_path):
    """With `blocked=off` there is no event, and without a black box no thread that looks."""
    source = """
    class App(Base):
        async def main(self):
            time.sleep(1.5)
            print([thread.name for thread in threading.enumerate()])
            self.stop()
    """
    ini = "[sentry]\nunclean_exit=no\n[sentry:loop]\nblocked=off\n"
    with FarEnd() as far:
        done = run(tmp_path, source, dsn=far.dsn, ini=ini)
        assert far.events == []
    assert "MainThread" in done.stdout
    assert "asab-sentry.watch" not in done.stdout


ENDLESS = {
    "finalize": """
        class App(Base):
            async def finalize(self):
                await self.hangs()

            async def hangs(self):
                await asyncio.Event().wait()
    """,
    "finalize, with a loop that waits in C": """
        from asab_sentry.blackbox import slow_end

        slow_end._IDLE = "uvloop"

        class App(Base):
            async def finalize(self):
                await self.hangs()

            async def hangs(self):
                await asyncio.Event().wait()
    """,
    "service": """
        class Slow(asab.Service):
            async def finalize(self, app):
                await self.hangs()

            async def hangs(self):
                await asyncio.Event().wait()

        class App(Base):
            def setup(self):
                self.Slow = Slow(self, "slow")
    """,
    "main": """
        class App(Base):
            async def main(self):
                await self.hangs()

            async def hangs(self):
                await asyncio.Event().wait()
    """,
    "blocked": """
        class App(Base):
            async def finalize(self):
                self.hangs()

            def hangs(self):
                time.sleep(60)
    """,
    "atexit": """
        import atexit

        class App(Base):
            def setup(self):
                atexit.register(self.hangs)

            def hangs(self):
                time.sleep(60)
    """,
    "thread": """
        class App(Base):
            def setup(self):
                threading.Thread(target=self.hangs, name="worker").start()

            def hangs(self):
                time.sleep(60)
    """,
}

END = """

seen = []


def before_send(event, hint):
    seen.append(event.get("logentry"))
    return event


async def forever():
    while True:
        await asyncio.sleep(0.05)


def killed():
    # docker would, at some time.
    end = time.monotonic() + 20
    while not any("does not end" in str(entry) for entry in seen):
        assert time.monotonic() < end
        time.sleep(0.01)
    # Not between the hook and the disk.
    while app.Sentry.Waiting + app.Sentry.Sent["events"] < len(seen):
        assert time.monotonic() < end
        time.sleep(0.01)
    os.kill(os.getpid(), 9)


if __name__ == "__main__":
    app = App()
    app.Loop.call_later(0.3, app.stop)
    app.Loop.call_later(0.2, lambda: setattr(app, "Forever", app.Loop.create_task(forever())))
    threading.Thread(target=killed, daemon=True).start()
    sys.exit(app.run())
"""


@pytest.mark.parametrize("where", ENDLESS)
def test_a_service_that_does_not_end_tells_where_it_hangs(tmp_path, where):
    """Before it is killed there is an event with the stack of what hangs; the next start tells that it was killed."""
    ini = INI.replace("[sentry]\n", "[sentry]\nbefore_send=__main__:before_send\n")
    with FarEnd() as far:
        done = run(tmp_path, ENDLESS[where], dsn=far.dsn, ini=ini, end=END, fresh=where == "thread")
        assert done.returncode == -9, done.stderr
        run(tmp_path, "class App(Base):\n    async def main(self):\n        self.stop()\n", dsn=far.dsn, ini=INI)
        # What was taken at the moment of the kill is sent again, with its id.
        events = {event["event_id"]: event for event in far.events}.values()
    (hangs,) = [event for event in events if title(event) == "The service does not end"]
    (death,) = [event for event in events if event["level"] == "fatal"]
    (thread,) = [thread for thread in hangs["threads"]["values"] if thread["crashed"]]
    assert "hangs" in [frame["function"].rpartition(".")[2] for frame in thread["stacktrace"]["frames"]]
    assert hangs["fingerprint"][-1].endswith("hangs")
    assert "is ready." in [crumb["message"] for crumb in hangs["breadcrumbs"]["values"]]
    assert title(death) == "UncleanExit: App was killed while it ended"
