"""The methods of the service: what they send, and that none of them ever raises."""

import json
import threading
import time

import apps
import pytest
from far import FarEnd, has_failed, mechanism, title

from asab_sentry.sdk.version import TRACED

CAPTURES = """
class Broken:
    def __repr__(self):
        raise RuntimeError("no repr")

    __str__ = __repr__


class App(Base):
    def report(self, name, value):
        self.Results.append([name, value])

    async def main(self):
        self.Results = []
        S = self.Sentry
        try:
            raise ValueError("caught")
        except ValueError as error:
            self.report("given", S.capture_exception(error))
            self.report("again", S.capture_exception())
        try:
            raise ValueError("current")
        except ValueError:
            self.report("current", S.capture_exception())
        try:
            raise ValueError("triple")
        except ValueError:
            self.report("triple", S.capture_exception(sys.exc_info()))
        try:
            raise ValueError("with arguments")
        except ValueError as error:
            scope = sentry_sdk.Scope()
            scope.set_tag("of_scope", "yes")
            self.report("arguments", S.capture_exception(
                error, scope=scope, level="Notice", tags={"good": 1, "bad key": 2}, extras={"extra": 1}, nonsense=5,
                fingerprint=["fixed"], user={"id": "7"}, contexts=7))
        self.report("never raised", S.capture_exception(KeyError("never raised")))
        self.report("text", S.capture_exception("only a text"))
        self.report("nothing", S.capture_exception())
        self.report("broken", S.capture_exception(Broken()))
        self.report("message", S.capture_message("a message"))
        self.report("level", S.capture_message("fatal message", level="CRITICAL"))
        self.report("number", S.capture_message("numbered", 25))
        self.report("unknown", S.capture_message("unknown level", "loud"))
        self.report("object", S.capture_message({"an": "object"}))
        self.report("none", S.capture_message(None))
        self.report("scope", S.capture_message("bad scope", scope=5))
        self.report("callable", S.capture_message("callable scope", scope=lambda scope: scope.set_tag("called", "yes")))
        print(json.dumps(self.Results))
        self.stop()
"""


@pytest.fixture(scope="module")
def captured(shared_far: FarEnd, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict[str, dict], str]:
    """What the capture methods returned, the events by title, and the console."""
    run = apps.run(tmp_path_factory.mktemp("captures"), CAPTURES, dsn=shared_far.dsn)
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout)), {title(event): event for event in shared_far.events}, run.stderr


def test_event_ids(captured) -> None:
    """A capture method returns the id of its event, or None when nothing is sent."""
    results, events, _ = captured
    assert results["given"] == events["ValueError: caught"]["event_id"]
    assert results["current"] == events["ValueError: current"]["event_id"]
    assert results["triple"] == events["ValueError: triple"]["event_id"]
    assert results["message"] == events["a message"]["event_id"]
    assert results["again"] is None
    assert results["nothing"] is None
    assert sorted(filter(None, results.values())) == sorted(event["event_id"] for event in events.values())


def test_captured_exception(captured) -> None:
    """A captured exception is handled, with its stack."""
    _, events, _ = captured
    assert mechanism(events["ValueError: caught"]) == ("generic", True)
    assert events["ValueError: caught"]["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "main"


def test_arguments(captured) -> None:
    """What can be used of the arguments is used, all else is left out and said."""
    _, events, console = captured
    event = events["ValueError: with arguments"]
    assert event["level"] == "info"
    assert event["fingerprint"] == ["fixed"]
    assert event["user"] == {"id": "7"}
    assert event["extra"]["extra"] == 1
    assert event["tags"]["good"] == "1"
    assert event["tags"]["of_scope"] == "yes"
    assert "Tag key 'bad key'" in console
    assert "Capture argument 'nonsense' is left out; accepted are attachments, contexts, extras" in console
    assert "Capture argument 'contexts' is left out" in console
    assert "'scope' is left out" in console


def test_what_is_no_exception_is_a_message(captured) -> None:
    """capture_exception of something else sends it as a message of level error; nothing is lost."""
    _, events, _ = captured
    assert events["only a text"]["level"] == "error"
    assert events["<Broken: str() failed with RuntimeError>"]["level"] == "error"


def test_messages(captured) -> None:
    """A message has its level, info by default, and the stack of the caller."""
    _, events, console = captured
    assert events["a message"]["level"] == "info"
    assert events["fatal message"]["level"] == "fatal"
    assert events["numbered"]["level"] == "info"
    assert events["unknown level"]["level"] == "error"
    assert "'loud'" in console
    assert events["callable scope"]["tags"]["called"] == "yes"
    for name in ("a message", "only a text"):
        frame = events[name]["threads"]["values"][0]["stacktrace"]["frames"][-1]
        assert (frame["function"], frame["filename"]) == ("main", "app.py")


TAGS = """
class App(Base):
    async def main(self):
        S = self.Sentry
        for value in ("text", 1, 1.5, True):
            S.set_tag(f"good-{type(value).__name__}", value)
        for key, value in [
            ("", "x"), ("k" * 33, "x"), ("a b", "x"), ("release", "x"), (None, "x"), (5, "x"), ("k", None), ("k", ""),
            ("k", " "), ("k", "v" * 201), ("k", "a\\nb"), ("k", b"x"), ("k", object()), ("k", []),
        ]:
            S.set_tag(key, value)
        for _ in range(50):
            S.set_tag("again", None)
        S.set_tags({"many": 1, "wrong key": 2, "more": 3})
        S.set_tags(None)
        S.set_tags([("a", 1)])
        S.set_context("good", {"a": {"b": [1, object]}, "password": "x"})
        S.set_context(None, {})
        S.set_context("bad", 5)
        S.set_user({"id": 5, "email": "a@b.c"})
        S.set_user("me")
        L.error("look")
        S.set_user(None)
        L.error("nobody")
        self.stop()
"""


def test_setters(far: FarEnd, tmp_path) -> None:
    """Valid tags are sent as text; an invalid one is not set and said in one line, however often; nothing raises."""
    run = apps.run(tmp_path, TAGS, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    look, nobody = far.events
    tags = {key: value for key, value in look["tags"].items() if key != "appclass"}
    assert tags == {
        "good-str": "text",
        "good-int": "1",
        "good-float": "1.5",
        "good-bool": "True",
        "many": "1",
        "more": "3",
    }
    assert look["contexts"]["good"] == {"a": {"b": [1, "<class 'object'>"]}, "password": "[Filtered]"}
    assert look["user"] == {"id": 5, "email": "[Filtered]"}
    assert nobody.get("user") in (None, {})
    lines = [line for line in run.stderr.splitlines() if "ERROR" in line and "asab_sentry" in line]
    assert len(lines) == 21, run.stderr
    assert sum("'again'" in line for line in lines) == 1


TRACING = """
class App(Base):
    async def main(self):
        S = self.Sentry
        with S.span("lonely", "span without transaction") as span:
            span.set_data("a", 1)
        with S.transaction("task", "outer") as transaction:
            transaction.set_tag("t", "1")
            S.set_tag("inside", "yes")
            with S.span("step", "first"):
                await asyncio.sleep(0.001)
            with contextlib.suppress(ValueError), S.span("step", "second"):
                raise ValueError("through the span")
            await asyncio.gather(*(asyncio.create_task(self.child(n)) for n in range(3)))
            L.error("in transaction")
        try:
            with S.transaction("task", "fails"):
                raise KeyError("through the transaction")
        except KeyError:
            print("came through")
        with S.transaction(None, object), S.span(5, None):
            pass
        L.error("after all transactions")
        self.stop()

    async def child(self, number):
        with self.Sentry.span("step", f"child {number}"):
            await asyncio.sleep(0.001 * (4 - number))
            with self.Sentry.span("step", f"grandchild {number}"):
                await asyncio.sleep(0.001)
"""


def test_tracing(far: FarEnd, tmp_path) -> None:
    """Transactions and spans measure blocks around await, let exceptions through and show them as failed."""
    ini = "[sentry]\ntraces_sample_rate=1\nrelease=app@1.2\n[sentry:tags]\nteam=blue\n"
    run = apps.run(tmp_path, TRACING, dsn=far.dsn, ini=ini, env={"NODE_ID": "node-1"})
    assert run.stdout == "came through\n", run.stderr
    outer, fails, _ = far.transactions
    spans = {span["description"]: span for span in outer["spans"]}
    assert outer["transaction"] == "outer"
    assert spans["first"]["parent_span_id"] == outer["contexts"]["trace"]["span_id"]
    assert has_failed(spans["second"]["status"])
    for number in range(3):
        assert spans[f"grandchild {number}"]["parent_span_id"] == spans[f"child {number}"]["span_id"]
    assert has_failed(fails["contexts"]["trace"]["status"])
    assert outer["release"] == "app@1.2"
    assert outer["server_name"]
    assert {"team": "blue", "node_id": "node-1", "appclass": "App"}.items() <= outer["tags"].items()
    event, after = far.events
    assert event["contexts"]["trace"]["trace_id"] == outer["contexts"]["trace"]["trace_id"]
    assert event["transaction"] == "outer"
    assert after.get("transaction") is None


def test_unsampled_transactions(far: FarEnd, tmp_path) -> None:
    """An unsampled transaction is not sent; errors within it carry its trace."""
    run = apps.run(tmp_path, TRACING, dsn=far.dsn, ini="[sentry]\ntraces_sample_rate=0\n")
    assert run.stdout == "came through\n", run.stderr
    assert far.transactions == []
    event, after = far.events
    assert event["transaction"] == "outer"
    assert event["contexts"]["trace"]["trace_id"] != after["contexts"]["trace"]["trace_id"]
    assert after.get("transaction") is None
    reports = [
        item.payload for envelope in far.envelopes for item in envelope.items if "discarded_events" in item.payload
    ]
    lost = {(each["category"], each["reason"]): each["quantity"] for each in reports[-1]["discarded_events"]}
    assert lost[next(iter(TRACED)), "sample_rate"] == 3


def test_sample_rate(far: FarEnd, tmp_path) -> None:
    """As many transactions are sent as the rate says; each carries the rate and the number it was drawn by."""
    source = """
    from asab_sentry.sdk import traces

    class App(Base):
        async def main(self):
            traces._random.seed(1)
            for number in range(400):
                with self.Sentry.transaction("task", "outer"):
                    pass
            self.Sentry.flush()
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\ntraces_sample_rate=0.2\n")
    traces = [envelope.headers["trace"] for envelope in far.envelopes if "trace" in envelope.headers]
    assert 50 < len(far.transactions) == len(traces) < 110
    assert {trace["sample_rate"] for trace in traces} == {"0.2"}
    assert all(float(trace["sample_rand"]) < 0.2 for trace in traces)


def test_tracing_is_off_by_default(far: FarEnd, tmp_path) -> None:
    """Without a sample rate, transactions and spans do nothing and are harmless."""
    run = apps.run(tmp_path, TRACING, dsn=far.dsn)
    assert run.stdout == "came through\n", run.stderr
    assert far.transactions == []


@pytest.mark.parametrize("place", ["__init__", "initialize", "main", "task"])
def test_created_anywhere(far: FarEnd, tmp_path, place: str) -> None:
    """The service works from wherever in the life of the application it is created."""
    source = f"""
    class App(asab.Application):
        def start(self, place):
            if place == {place!r}:
                self.Sentry = asab_sentry.SentryService(self)

        def __init__(self):
            super().__init__()
            self.start("__init__")

        async def initialize(self):
            self.start("initialize")

        async def late(self):
            self.start("task")

        async def lost(self):
            raise ValueError("lost")

        async def main(self):
            self.start("main")
            await asyncio.create_task(self.late())
            assert self.get_service("asab.SentryService") is self.Sentry
            self.Sentry.set_tag("a", "b")
            L.info("crumb")
            L.error("record")
            task = asyncio.create_task(self.lost())
            await asyncio.wait([task])
            del task
            gc.collect()
            while self.InitServicesQueue:  # services made at run time are initialized with the next tick
                await asyncio.sleep(0.01)
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    assert {title(event): event["tags"].get("a") for event in far.events} == {"record": "b", "ValueError: lost": "b"}
    (record,) = (event for event in far.events if title(event) == "record")
    assert record["breadcrumbs"]["values"][-1]["message"] == "crumb"


def test_second_service(far: FarEnd, tmp_path) -> None:
    """A second service of an application shares what the first one set up: one line says so, all arrives once."""
    source = """
    import asab.metrics

    class App(Base):
        def setup(self):
            self.add_module(asab.metrics.Module)
            self.Second = asab_sentry.SentryService(self, "acme.SentryService")
            self.Third = asab_sentry.SentryService(self, "other.SentryService")
            (self.Traced,) = asab_sentry.sdk.version.TRACED.values()

        async def main(self):
            with self.Second.transaction("task", "work"):
                L.error("record")
            self.Second.set_tag("second", "yes")
            self.Sentry.capture_message("first")
            self.Third.capture_message("third")
            self.Second.flush(5)
            assert self.Second.Sent == self.Sentry.Sent == {"events": 3, self.Traced: 1, "check_ins": 0}
            names = [metric["name"] for metric in self.get_service("asab.MetricsService").Storage.Metrics]
            assert names.count("sentry_sent") == 1
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\ntraces_sample_rate=1\n")
    assert run.returncode == 0, run.stderr
    assert sorted(title(event) for event in far.events) == ["first", "record", "third"]
    assert {title(event): event["tags"].get("second") for event in far.events} == {
        "record": None,
        "first": "yes",
        "third": "yes",
    }
    assert len(far.transactions) == 1
    line = "The application has a SentryService already; acme.SentryService shares it, nothing is sent twice"
    assert run.stderr.count(line) == 1
    assert run.stderr.count("shares it") == 2


def test_the_same_name_twice(far: FarEnd, tmp_path) -> None:
    """ASAB refuses a second service of the same name; the first one goes on and reports that too."""
    source = """
    class App(Base):
        async def main(self):
            try:
                asab_sentry.SentryService(self)
            except RuntimeError as error:
                print(error)
            L.error("record")
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.stdout == "Service asab.SentryService already registered\n"
    assert [title(event) for event in far.events][-1] == "record"
    assert len(far.events) == 2


def test_the_old_module_beside(far: FarEnd, tmp_path) -> None:
    """Where something still imports asab.sentry, which adds to the configuration, a line says so."""
    source = """
    import asab.sentry

    class App(Base):
        async def main(self):
            self.Sentry.capture_message("sent")
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="", env={"SITE_ID": "prague"})
    assert run.stderr.count("asab.sentry is imported, too, and has added defaults to [sentry]") == 1
    (event,) = far.events
    assert event["environment"] == "not specified"


def test_flush(far: FarEnd, tmp_path) -> None:
    """flush() returns when what was captured has arrived."""
    source = """
    class App(Base):
        async def main(self):
            self.Sentry.capture_message("before flush")
            self.Sentry.flush(5)
            os._exit(0)
    """
    apps.run(tmp_path, source, dsn=far.dsn)
    assert [title(event) for event in far.events] == ["before flush"]


def test_shutdown_with_a_hanging_server(tmp_path) -> None:
    """A server that does not answer delays the end by shutdown_timeout at most, without blocking the loop."""
    source = """
    class App(Base):
        async def main(self):
            L.error("never arrives")
            self.stop()

        async def finalize(self):
            self.Ticks = 0
            self.Task = asyncio.create_task(self.tick())
            self.Began = time.monotonic()

        async def tick(self):
            while time.monotonic() - self.Began < 0.4:
                self.Ticks += 1
                await asyncio.sleep(0.01)
            print(self.Ticks)
    """
    with FarEnd() as far:
        release = threading.Event()
        far.answer = lambda _: (200 if release.wait(120) else 500, {})
        run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nshutdown_timeout=700ms\n")
        assert far.envelopes == []  # the server has not answered until then
        release.set()
    assert run.returncode == 0
    assert int(run.stdout) > 1
    assert "Sentry is attempting" not in run.stderr


def test_others_end_beside_a_hanging_server(tmp_path) -> None:
    """What ASAB finalizes after the service does not wait as long for a server that does not answer as the process."""
    source = """
    class Last(asab.Module):
        async def finalize(self, app):
            print(time.monotonic() - app.Stopped)

    class App(Base):
        def setup(self):
            self.add_module(Last)

        async def main(self):
            L.error("never arrives")
            self.Stopped = time.monotonic()
            self.stop()
    """
    with FarEnd() as far:
        release = threading.Event()
        far.answer = lambda _: (200 if release.wait(120) else 500, {})
        begun = time.monotonic()
        run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nshutdown_timeout=4s\n")
        took = time.monotonic() - begun
        release.set()
    assert run.returncode == 0
    assert float(run.stdout) < 3.5
    assert took > 4
    assert "exception" not in run.stderr


def test_what_takes_long_at_the_end_takes_nothing_from_sending(far: FarEnd, tmp_path) -> None:
    """What comes after a finalizer that took longer than `shutdown_timeout` is sent: only waiting for it counts."""
    source = """
    class Last(asab.Module):
        async def finalize(self, app):
            await asyncio.sleep(0.5)
            L.error("at last")

    class App(Base):
        def setup(self):
            self.add_module(Last)

        async def main(self):
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nrelease=shop@1\nshutdown_timeout=400ms\n")
    assert [title(event) for event in far.events] == ["at last"]
    items = [item for envelope in far.envelopes for item in envelope.items]
    assert [item.payload["aggregates"][0]["errored"] for item in items if item.headers["type"] == "sessions"] == [1]


def test_one_application_after_the_other(far: FarEnd, tmp_path) -> None:
    """Of two applications in one process, each of its class, what the second one logs is an event of that one, once."""
    source = """
    class First(Base):
        async def main(self):
            L.error("of the first")
            self.stop()

    First().run()
    asyncio.set_event_loop(asyncio.new_event_loop())

    class App(Base):
        async def main(self):
            L.error("of the second")
            asyncio.get_running_loop().call_soon(self.fail)
            self.stop()

        def fail(self):
            raise ValueError("of the second loop")
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    assert {(title(event), event["tags"]["appclass"]) for event in far.events} == {
        ("of the first", "First"),
        ("of the second", "App"),
        ("ValueError: of the second loop", "App"),
    }
    assert len(far.events) == 3


ENDED = "await asyncio.get_running_loop().shutdown_default_executor()"
BUSY = """
            for _ in range(40):
                asyncio.get_running_loop().run_in_executor(None, released.wait, 60)
"""
TOO_MANY = """
            threading.Thread.start = refuse
"""


@pytest.mark.parametrize("threads", [ENDED, BUSY, TOO_MANY], ids=["ended", "busy", "too many"])
@pytest.mark.parametrize("end", ["stop()", "stop('!RESTART!')"], ids=["end", "restart"])
def test_threads_of_the_application(far: FarEnd, tmp_path, threads: str, end: str) -> None:
    """An end and a restart go as without Sentry where the threads of the loop are busy or over, or none can start."""
    source = f"""
    released = threading.Event()

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    def execute(*_):
        print("restarts")
        released.set()

    os.execv = execute

    class App(Base):
        async def main(self):
            L.error("before the end")
            self.Sentry.flush()
            {threads.strip()}
            self.{end}

        async def finalize(self):
            if self.ExitCode != "!RESTART!":
                released.set()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert [title(event) for event in far.events] == ["before the end"]
    assert run.stdout == ("restarts\n" if "RESTART" in end else "")
    assert "Traceback" not in run.stderr


def test_errors_of_the_shutdown(far: FarEnd, tmp_path) -> None:
    """What fails after the service was finalized is still sent."""
    source = """
    class Last(asab.Module):
        # ASAB finalizes modules when all services are.
        async def finalize(self, app):
            L.error("late in shutdown")
            raise ValueError("later")

    class App(Base):
        def setup(self):
            self.add_module(Last)

        async def main(self):
            self.stop()

    import atexit
    atexit.register(lambda: L.error("never too late"))
    """
    apps.run(tmp_path, source, dsn=far.dsn)
    assert {title(event) for event in far.events} >= {"late in shutdown", "ValueError: later"}
