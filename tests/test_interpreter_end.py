"""What is captured while the interpreter ends is on disk, and the process does end."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import apps
import pytest
from far import THREE, FarEnd, closed_port, parse, title
from kept import kept_files

from asab_sentry.delivery import files
from asab_sentry.sdk import segments

INI = "[sentry]\nshutdown_timeout=200ms\n[sentry:limits]\nissue_events=off\ntotal_events=off\n"

ENDS = 20.0
"""Seconds within which each of these processes has ended by far, ASAB's own wait for tasks included."""


def captured(directory: Path, source: str, ini: str = INI) -> list[dict[str, Any]]:
    """Run an application whose server is away until it ends; return the events that wait on disk."""
    dsn = f"http://public@127.0.0.1:{closed_port()}/1"
    run = apps.run(directory, source, dsn=dsn, ini=ini, timeout=ENDS)
    assert run.returncode == 0, run.stderr
    return [item.payload for path in kept_files(directory) for item in parse(files.read(path), {}).items]


def titles(directory: Path, source: str) -> list[str]:
    return [title(event) for event in captured(directory, source)]


def test_pending_task(tmp_path: Path) -> None:
    """A task without an end that is still pending when the application stops does not hold up the end."""
    source = """
        class App(Base):
            async def main(self):
                asyncio.ensure_future(self.poll())
                await asyncio.sleep(0)
                self.stop()

            async def poll(self):
                while True:
                    await asyncio.sleep(1)
    """
    assert titles(tmp_path, source) == ["Task was destroyed but it is pending! (App.poll)"]


def test_waiting_subscriber(tmp_path: Path) -> None:
    """Nor do subscribers that wait, however many."""
    source = """
        class App(Base):
            def setup(self):
                for _ in range(3):
                    subscriber = Subscriber()
                    self.PubSub.subscribe("App.go!", subscriber.wait)
                    self.Subscribers = [*getattr(self, "Subscribers", ()), subscriber]

            async def main(self):
                self.PubSub.publish("App.go!", asynchronously=True)
                await asyncio.wait_for(Subscriber.all_wait.wait(), 10)
                self.stop()

        class Subscriber:
            waiting, all_wait = 0, asyncio.Event()

            async def wait(self, message_type):
                Subscriber.waiting += 1
                if Subscriber.waiting == 3:
                    self.all_wait.set()
                await asyncio.sleep(3600)
    """
    assert titles(tmp_path, source) == ["Task was destroyed but it is pending! (Subscriber.wait)"] * 3


IN_MODULES = """
import types, weakref

def keep(name, value):
    \"\"\"Let something live until its module goes.\"\"\"
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].value = value

class Thing:
    pass

"""


def test_finalizers(tmp_path: Path) -> None:
    """In `__del__`, also of what is in a cycle, and in callbacks of weak references, all ways of capturing work."""
    source = """
        class Leaver:
            def __init__(self, service, name):
                self.service, self.name = service, name

            def __del__(self):
                L.error("logged by %s", self.name)
                self.service.capture_message(f"message of {self.name}", "error")
                try:
                    raise ValueError(f"raised by {self.name}")
                except ValueError as error:
                    self.service.capture_exception(error)

        class App(Base):
            async def main(self):
                keep("a_first", Leaver(self.Sentry, "one"))
                cycle = Leaver(self.Sentry, "two")
                cycle.itself = cycle
                keep("a_second", cycle)
                thing = Thing()
                keep("a_third", [weakref.ref(thing, lambda _: L.error("of a reference")), thing])
                self.stop()
    """
    events = captured(tmp_path, IN_MODULES + dedent(source))
    assert sorted(map(title, events)) == sorted(
        [
            *(f"logged by {name}" for name in ("one", "two")),
            *(f"message of {name}" for name in ("one", "two")),
            *(f"ValueError: raised by {name}" for name in ("one", "two")),
            "of a reference",
        ]
    )
    lines = {
        event["exception"]["values"][0]["stacktrace"]["frames"][-1].get("context_line")
        for event in events
        if "exception" in event
    }
    assert {(line or "").strip() for line in lines} == {'raise ValueError(f"raised by {self.name}")'}


LEAVER = """
class Leaver:
    def __init__(self, service):
        self.service = service

    def __del__(self):
        with self.service.transaction("work", "late"), self.service.span("work", "step"):
            L.error("within a transaction")
"""


def measured(kept: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the transactions among what is kept, with their spans."""
    spans = [span for payload in kept for span in payload.get("items", [])]
    whole = [*(payload for payload in kept if payload.get("type") == "transaction"), *segments.transactions(spans)]
    return {payload["transaction"]: [span["description"] for span in payload["spans"]] for payload in whole}


def test_transactions(tmp_path: Path) -> None:
    """Nor does the first transaction of a process, for which sentry-sdk would start threads; it is kept."""
    source = """
        class App(Base):
            async def main(self):
                keep("a_leaver", Leaver(self.Sentry))
                self.stop()
    """
    ini = INI.replace("[sentry]", "[sentry]\nrelease=app@1\ntraces_sample_rate=1\nprofiles_sample_rate=1")
    kept = captured(tmp_path, IN_MODULES + LEAVER + dedent(source), ini)
    assert [title(event) for event in kept if "logentry" in event] == ["within a transaction"]
    assert measured(kept) == {"late": ["step"]}


@pytest.mark.skipif(not THREE, reason="in sentry-sdk 2 there is no such thread")
def test_thread_for_spans(tmp_path: Path) -> None:
    """Nor does a thread that sentry-sdk has for spans, where it is gone with its lock; they are kept."""
    source = """
        import atexit

        def hold():
            threading.Thread(target=work, daemon=True).start()
            held.wait()

        def work():
            sentry_sdk.get_client().span_batcher._lock.acquire()
            held.set()
            time.sleep(3600)

        held = threading.Event()
        atexit.register(hold)  # after this package's

        class App(Base):
            async def main(self):
                with self.Sentry.transaction("work", "early"):
                    keep("a_leaver", Leaver(self.Sentry))
                self.stop()
    """
    ini = INI.replace("[sentry]", "[sentry]\ntraces_sample_rate=1")
    kept = captured(tmp_path, IN_MODULES + LEAVER + dedent(source), ini)
    assert [title(event) for event in kept if "logentry" in event] == ["within a transaction"]
    assert measured(kept)["late"] == ["step"]


def test_at_exit(tmp_path: Path) -> None:
    """What is captured at exit is kept, whether before or after this package has flushed."""
    source = """
        import atexit
        atexit.register(L.error, "after the last flush")

        class App(Base):
            async def main(self):
                atexit.register(L.error, "before the last flush")
                self.stop()
    """
    assert titles(tmp_path, source) == ["before the last flush", "after the last flush"]


def test_after_the_end(far: FarEnd, tmp_path: Path) -> None:
    """What is captured at exit when this package has ended its work is sent, whatever it is."""
    source = """
        import atexit

        def leave():
            L.error("after the end")
            with app.Sentry.transaction("work", "after the end"):
                sentry_sdk.metrics.count("orders", 1)

        atexit.register(leave)

        class App(Base):
            async def main(self):
                self.stop()

        app = App()
        app.run()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\ntraces_sample_rate=1\n", end="")
    assert run.returncode == 0, run.stderr
    assert [title(event) for event in far.events] == ["after the end"]
    assert [transaction["transaction"] for transaction in far.transactions] == ["after the end"]
    assert "trace_metric" in {item.headers["type"] for envelope in far.envelopes for item in envelope.items}
    assert kept_files(tmp_path) == []


def test_daemon_threads(tmp_path: Path) -> None:
    """Threads that are stopped in the middle of capturing do not hold up what is captured after them."""
    source = """
        class Leaver:
            def __init__(self, service):
                self.service = service

            def __del__(self):
                self.service.capture_message("the last one", "error")

        class App(Base):
            async def main(self):
                started = threading.Barrier(5)

                def work():
                    self.Sentry.capture_message("of a thread", "error")
                    started.wait()
                    while True:
                        self.Sentry.capture_message("of a thread", "error")

                for _ in range(4):
                    threading.Thread(target=work, daemon=True).start()
                started.wait()
                keep("a_last", Leaver(self.Sentry))
                self.stop()
    """
    *before, last = titles(tmp_path, IN_MODULES + dedent(source))
    assert last == "the last one"
    assert set(before) == {"of a thread"}


def test_flush_and_close(tmp_path: Path) -> None:
    """To flush, to stop and to ask how much waits then neither waits nor fails."""
    source = """
        class Leaver:
            def __init__(self, service, transport):
                self.service, self.transport = service, transport

            def __del__(self):
                L.error("before")
                began = time.monotonic()
                self.service.flush(3600)
                waiting = self.service.Waiting
                self.transport.kill()
                L.error("%d, in less than a minute: %s", waiting, time.monotonic() - began < 60)

        class App(Base):
            async def main(self):
                keep("a_leaver", Leaver(self.Sentry, sentry_sdk.get_client().transport))
                self.stop()
    """
    assert titles(tmp_path, IN_MODULES + dedent(source)) == ["before", "1, in less than a minute: True"]


TAKEN_DOWN = """
class App(Base):
    async def main(self):
        L.error("before")
        self.Sentry.flush(0)
        self.stop()


class Failing(logging.Handler):
    def handle(self, record):
        raise KeyError("handler")


def take_down():
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in {"asab_sentry", "sentry_sdk"}:
            for variable in vars(module):
                if not variable.startswith("__"):
                    vars(module)[variable] = None


app = App()
app.run()
take_down()
L.error("late")
try:
    raise ValueError("late")
except ValueError:
    L.exception("with an exception")
logging.getLogger("_asab.access").info("late")
L.addHandler(Failing())
try:
    L.error("fails")
except KeyError as error:
    print("raised", error)
print("over", flush=True)
os._exit(0)
"""


def test_modules_that_are_taken_down(tmp_path: Path) -> None:
    """Where the interpreter has taken our modules down, what is logged is shown as ever, and nothing is raised."""
    dsn = f"http://public@127.0.0.1:{closed_port()}/1"
    run = apps.run(tmp_path, TAKEN_DOWN, dsn=dsn, ini=INI, end="", timeout=ENDS, fresh=True)
    assert run.stdout.splitlines() == ["raised 'handler'", "over"]
    for text in ("late", "with an exception", "ValueError: late"):
        assert text in run.stderr


def test_finalizers_that_run_last(tmp_path: Path) -> None:
    """What fails in a finalizer when no module has its names any more is printed once, with nothing of our own."""
    source = """
    class App(Base):
        async def main(self):
            self.stop()

    class Last:
        def __del__(self):
            raise ValueError("last")

    logging.last = Last()
    sys.last = Last()
    """
    dsn = f"http://public@127.0.0.1:{closed_port()}/1"
    run = apps.run(tmp_path, source, dsn=dsn, ini=INI, timeout=ENDS, fresh=True)
    assert "Last.__del__" in run.stderr
    assert "unraisablehook" not in run.stderr
