"""Uncaught exceptions: each arrives once, as what it is, from wherever it comes."""

import re

import apps
import pytest
import waiting
from far import FarEnd, mechanism, title

MANY = """
class InitModule(asab.Module):
    async def initialize(self, app):
        raise LookupError("module initialize")

    async def finalize(self, app):
        raise LookupError("module finalize")


class InitService(asab.Service):
    async def initialize(self, app):
        raise LookupError("service initialize")

    async def finalize(self, app):
        raise LookupError("service finalize")


class App(Base):
    def setup(self):
        self.add_module(InitModule)
        InitService(self, "InitService")
        self.PubSub.subscribe("sync!", self.on_sync)
        self.PubSub.subscribe("async!", self.on_async)
        self.PubSub.subscribe("later!", self.on_later)
        self.PubSub.subscribe("threadsafe!", self.on_threadsafe)

    def on_sync(self, message_type):
        in_delivery = "seen in the event"
        raise ValueError("pubsub sync")

    async def on_async(self, message_type):
        raise ValueError("pubsub async")

    def on_later(self, message_type):
        raise ValueError("pubsub asynchronously")

    def on_threadsafe(self, message_type):
        raise ValueError("pubsub threadsafe")

    async def fails(self, message):
        raise RuntimeError(message)

    async def logs_and_raises_on(self):
        try:
            await asyncio.create_task(self.fails("logged and raised on"))
        except RuntimeError as error:
            L.exception("First report")
            raise error

    async def forever(self):
        if not hasattr(self, "Once"):
            self.Once = True
            raise RuntimeError("run_forever")
        await asyncio.sleep(3600)

    def callback(self):
        raise IndexError("loop callback")

    async def main(self):
        self.PubSub.publish("sync!")
        self.PubSub.publish("async!")
        self.PubSub.publish("later!", asynchronously=True)
        self.PubSub.publish_threadsafe("threadsafe!")
        self.TaskService.schedule(self.fails("task service"))
        self.TaskService.run_forever(self.forever)

        task = asyncio.create_task(self.fails("lost task"), name="loser")
        await asyncio.sleep(0.01)
        del task
        gc.collect()

        with contextlib.suppress(RuntimeError):
            await asyncio.create_task(self.fails("awaited and handled"))
        results = await asyncio.gather(self.fails("gathered and handled"), return_exceptions=True)

        thread = threading.Thread(target=self.thread)
        thread.start()
        thread.join()
        asyncio.get_running_loop().call_soon(self.callback)

        self.TaskService.schedule(self.logs_and_raises_on())
        await sent(self.Sentry, 12)
        self.stop()

    def thread(self):
        raise ArithmeticError("thread")
"""


@pytest.fixture(scope="module")
def arrived(shared_far: FarEnd, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict]]:
    """The events of one application in which everything fails, by title."""
    run = apps.run(tmp_path_factory.mktemp("uncaught"), MANY, dsn=shared_far.dsn, prelude=apps.PRELUDE + waiting.SENT)
    assert run.returncode == 0, run.stderr
    events: dict[str, list[dict]] = {}
    for event in shared_far.events:
        events.setdefault(title(event), []).append(event)
    return events


EXPECTED = {
    "LookupError: module initialize": ("asab.application", "initialize"),
    "LookupError: module finalize": ("asab.application", "finalize"),
    "LookupError: service initialize": ("asab.application", "initialize"),
    "LookupError: service finalize": ("asab.application", "finalize"),
    "ValueError: pubsub sync": ("asab.pubsub", "on_sync"),
    "ValueError: pubsub async": ("asab.pubsub", "on_async"),
    "ValueError: pubsub asynchronously": ("asab.pubsub", "on_later"),
    "ValueError: pubsub threadsafe": ("asab.pubsub", "on_threadsafe"),
    "RuntimeError: task service": ("asab.task", "fails"),
    "RuntimeError: run_forever": ("asab.task", "forever"),
    "RuntimeError: lost task": ("asab.loop", "fails"),
    "IndexError: loop callback": ("asab.loop", "callback"),
    "ArithmeticError: thread": ("threading", "thread"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_arrives_once(arrived: dict[str, list[dict]], name: str) -> None:
    """An exception that nobody handled is one event, unhandled, with the stack that raised it."""
    (event,) = arrived[name]
    expected_mechanism, function = EXPECTED[name]
    assert mechanism(event) == (expected_mechanism, False)
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert frame["function"] == function
    assert frame["context_line"].strip().startswith("raise ")
    assert "vars" in frame
    assert event["level"] == "error"


def test_nothing_else_arrives(arrived: dict[str, list[dict]]) -> None:
    """An exception that somebody awaits and handles is no event, and one that was logged is not sent again."""
    assert set(arrived) == {*EXPECTED, "RuntimeError: logged and raised on"}
    (event,) = arrived["RuntimeError: logged and raised on"]
    assert mechanism(event) == ("logging", True)


def test_local_variables(arrived: dict[str, list[dict]]) -> None:
    """The frames of an event show local variables."""
    (event,) = arrived["ValueError: pubsub sync"]
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert frame["vars"]["in_delivery"] == "'seen in the event'"


@pytest.mark.parametrize("name", ["pubsub sync", "pubsub asynchronously"])
def test_failed_deliveries(arrived: dict[str, list[dict]], name: str) -> None:
    """A delivery says what it delivered, be it at once or by the event loop, and shows no frame of this package."""
    (event,) = arrived[f"ValueError: {name}"]
    assert event["logentry"]["message"] == "Error in a PubSub callback"
    assert event["contexts"]["struct_data"] == {"message_type": {"pubsub sync": "sync!"}.get(name, "later!")}
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert not [frame for frame in frames if frame["module"].startswith("asab_sentry")]


def test_failed_callback_groups_by_stack(arrived: dict[str, list[dict]]) -> None:
    """The text of a failed callback's event holds no addresses, whole or cut."""
    (event,) = arrived["IndexError: loop callback"]
    message = event["logentry"]["message"]
    assert message.startswith("Exception in callback ")
    assert "callback" in message
    assert not re.search(r"0x[0-9a-f]+|[0-9a-f]{6,}>", message), message
    assert "struct_data" not in event["contexts"]


def test_lost_task_groups_by_stack(arrived: dict[str, list[dict]]) -> None:
    """The text of a lost task's event holds no addresses; which task it was stands in a context."""
    (event,) = arrived["RuntimeError: lost task"]
    assert event["logentry"]["message"] == "Task exception was never retrieved"
    assert event["contexts"]["struct_data"]["task"] == "loser"
    assert event["contexts"]["struct_data"]["coroutine"] == "App.fails"


@pytest.mark.parametrize("place", ["initialize", "main", "finalize"])
def test_application(far: FarEnd, tmp_path, place: str) -> None:
    """An exception that leaves the application's own coroutines ends the process and is one event, sent before that."""
    source = """
    class App(Base):
        async def initialize(self):
            L.info("a breadcrumb")

        async def main(self):
            self.stop()
    """
    source += f"""
    class App(App):
        async def {place}(self):
            raise SystemError("from {place}")
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 1
    assert "SystemError: from" in run.stderr
    assert "Sentry is attempting" not in run.stderr
    (event,) = far.events
    assert title(event) == f"SystemError: from {place}"
    assert mechanism(event) == ("excepthook", False)
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == place


def test_scope_of_the_last_exception(far: FarEnd, tmp_path) -> None:
    """An exception that ends the process arrives with what was set where it was raised."""
    source = """
    class App(Base):
        async def main(self):
            with self.Sentry.scope():
                self.Sentry.set_tag("job", "nightly")
                raise SystemError("in a block")
    """
    apps.run(tmp_path, source, dsn=far.dsn)
    (event,) = far.events
    assert event["tags"]["job"] == "nightly"


def test_own_exception_handler(far: FarEnd, tmp_path) -> None:
    """An exception handler of the application is called as before; what it does not log arrives all the same."""
    source = """
    class App(Base):
        def __init__(self):
            asab.Application.__init__(self)
            self.Loop.set_exception_handler(self.handler)
            self.Sentry = asab_sentry.SentryService(self)

        def handler(self, loop, context):
            print("handled", type(context["exception"]).__name__)
            if isinstance(context["exception"], KeyError):
                L.error("said by the application", exc_info=context["exception"])

        def first(self):
            raise KeyError("logged by the handler")

        def second(self):
            raise IndexError("not logged by the handler")

        async def main(self):
            self.Loop.call_soon(self.first)
            self.Loop.call_soon(self.second)
            await sent(self.Sentry, 2)
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, prelude=apps.PRELUDE + waiting.SENT)
    assert run.stdout.splitlines() == ["handled KeyError", "handled IndexError"]
    first, second = sorted(far.events, key=title)
    assert title(first) == "IndexError: not logged by the handler"
    assert title(second) == "KeyError: 'logged by the handler'"
    assert second["logentry"]["message"] == "said by the application"


REPLACED = """
import logging, sys, asab_sentry
sentry = asab_sentry.init("app.conf")
{then}
raise KeyError("of the program")
"""


@pytest.mark.parametrize(
    ("then", "shown"),
    [
        ("sys.excepthook = lambda *_: print('shown by others')", "shown by others\n"),
        ("before = sys.excepthook\nsys.excepthook = lambda *of: (print('shown by others'), before(*of))", None),
        ("sys.excepthook = None", None),
        ("def fails(*_): raise ValueError('of a hook')\nsys.excepthook = fails", None),
    ],
    ids=["replaced", "called", "none", "fails"],
)
def test_a_hook_of_somebody_else(far: FarEnd, tmp_path, then: str, shown: str | None) -> None:
    """What ends the program arrives once, whoever shows it, as `rich` and `typer` do; the run has crashed."""
    run = apps.run(
        tmp_path, REPLACED.format(then=then), dsn=far.dsn, ini="[sentry]\nrelease=a@1\n", prelude="", end="", fresh=True
    )
    assert run.returncode == 1
    assert shown is None or (run.stdout, run.stderr) == (shown, "")
    assert [title(event) for event in far.events] == ["KeyError: 'of the program'"]
    assert mechanism(far.events[0]) == ("excepthook", False)
    (session,) = far._payloads("sessions")
    assert [set(aggregate) for aggregate in session["aggregates"]] == [{"started", "crashed"}]


NOT_ENDED = """
import code, logging, sys, asab_sentry
sentry = asab_sentry.init("app.conf")
sys.excepthook = sys.__excepthook__
code.InteractiveInterpreter({}).runsource("1 / 0")
"""


@pytest.mark.parametrize("end", ["", "raise SystemExit(3)", "raise KeyboardInterrupt"])
def test_what_has_not_ended_the_program(far: FarEnd, tmp_path, end: str) -> None:
    """An error in a console within the program is no event at its end, nor is an exit or an interrupt."""
    run = apps.run(tmp_path, NOT_ENDED + end, dsn=far.dsn, prelude="", end="", fresh=True)
    assert "ZeroDivisionError" in run.stderr
    assert far.events == []


IN_CHILDREN = """
import logging, multiprocessing, os, sys
import asab_sentry

class Own(multiprocessing.get_context("{method}").Process):
    def run(self):
        begin()
        raise ValueError("of a class")

def work(number):
    begin()
    if number == 3:
        sys.exit(4)
    if number:
        raise ValueError(f"of child {{number}}")

def in_pool(number):
    raise KeyError(number)

def begin():
    if "{method}" != "fork":
        asab_sentry.init("app.conf", appclass="Child")

if __name__ == "__main__":
    sentry = asab_sentry.init("app.conf", appclass="Parent")
    methods = multiprocessing.get_context("{method}")
    children = [Own(), *(methods.Process(target=work, args=(number,)) for number in range(4))]
    for child in children:
        child.start()
    for child in children:
        child.join()
    with methods.Pool(1) as pool:
        try:
            pool.apply(in_pool, (5,))
        except KeyError:
            pass
    print([child.exitcode for child in children])
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_of_multiprocessing(far: FarEnd, tmp_path, method: str) -> None:
    """What ends a child is an event once, as it is printed; what a pool gives to whoever waits is none."""
    ini = "[sentry:spool]\ndirectory=spool\n"
    source = IN_CHILDREN.format(method=method)
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude="", end="", fresh=True, timeout=60)
    assert run.stdout == "[1, 0, 1, 1, 4]\n"
    events = {event["event_id"]: event for event in far.events}.values()
    assert sorted(map(title, events)) == ["ValueError: of a class", "ValueError: of child 1", "ValueError: of child 2"]
    assert {mechanism(event) for event in events} == {("multiprocessing", False)}
    functions = {event["exception"]["values"][0]["stacktrace"]["frames"][0]["function"] for event in events}
    assert functions == {"run", "work"}
    assert run.stderr.count("ValueError: of ") == 3
