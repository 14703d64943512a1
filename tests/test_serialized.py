"""Events that need not be walked by the serializer of sentry-sdk: what does need it goes through it."""

from collections.abc import Iterator

import apps
import here
import pytest
import sentry_sdk
from far import THREE, FarEnd
from judge import complaints

import asab_sentry


@pytest.fixture
def odd() -> Iterator[FarEnd]:
    """A server for events that Sentry would cut as well."""
    with FarEnd() as server:
        yield server


ADDED = """
import enum

from sentry_sdk._types import AnnotatedValue

cycle = {}
cycle["again"] = cycle
deep = []
for _ in range(600):
    deep = [deep]


class Text(str, enum.Enum):
    ONE = "one"


class Number(enum.IntEnum):
    ONE = 1


def variables(event):
    return event["exception"]["values"][0]["stacktrace"]["frames"][-1]["vars"]


def change(event):
    yield "wide extra", lambda: event.setdefault("extra", {}).update(rows=[{"number": n} for n in range(3000)])
    yield "cycle", lambda: event["contexts"].update(odd=cycle)
    yield "deep", lambda: event["contexts"].update(odd={"deep": deep})
    yield "long", lambda: event["contexts"].update(odd={"text": "x" * 300_000})
    yield "no number", lambda: event["contexts"].update(odd={"number": float("nan")})
    yield "object", lambda: event["exception"]["values"][0]["stacktrace"]["frames"][0].update(odd=threading.Lock())
    yield "annotated", lambda: event.update(request={"data": AnnotatedValue("", {"rem": [["!raw", "x"]]})})
    yield "body", lambda: event.update(request={"data": {"rows": [[n] for n in range(3000)]}})
    yield "modules", lambda: event.update(modules={"own": "1"})
    yield "moment", lambda: event.update(odd_time=event["timestamp"])
    yield "no text", lambda: event.update({None: "x", 5: "y"})
    yield "enumerations", lambda: event["contexts"].update(odd={"text": Text.ONE, "number": Number.ONE})
    yield "late in a frame", lambda: variables(event).update(odd={"lock": threading.Lock(), "x": "x" * 9000, 1: 2})
    yield "deep in a frame", lambda: variables(event).update(odd=cycle)
    yield "no breadcrumbs", lambda: event.update(breadcrumbs=None)
    yield "breadcrumb", lambda: event["breadcrumbs"]["values"].append({"message": "mine", "timestamp": "x"})
    yield "plain", lambda: None


class App(Base):
    async def main(self):
        for name, _ in change({}):
            with sentry_sdk.isolation_scope() as scope:
                scope.add_event_processor(self.changing(name))
                try:
                    raise ValueError(name)
                except ValueError:
                    L.exception(name)
        self.stop()

    def changing(self, name):
        def processor(event, hint):
            dict(change(event))[name]()
            return event

        return processor
"""


def test_what_is_added_late(odd: FarEnd, tmp_path) -> None:
    """What an event processor of a scope adds is cut, written as text and remarked on as sentry-sdk does it."""
    ini = "[sentry]\nmax_request_body_size=small\n[sentry:limits]\nissue_events=off\n"
    run = apps.run(tmp_path, ADDED, dsn=odd.dsn, ini=ini)
    assert run.returncode == 0, run.stderr
    assert "asab_sentry" not in run.stderr
    found = {event["logentry"]["message"]: event for event in odd.events}
    assert len(found) == 17, run.stderr
    for name, event in found.items():
        assert event["exception"]["values"][0]["value"] == name, "it is reduced"
    assert len(found["wide extra"]["extra"]["rows"]) == 10
    assert found["cycle"]["contexts"]["odd"] == {"again": "<cyclic>"}
    assert complaints(found["deep"]) == [], "Sentry refuses what is nested too deep"
    assert len(found["long"]["contexts"]["odd"]["text"]) <= 8192
    assert found["long"]["_meta"]["contexts"]["odd"]["text"][""]["len"] == 300_000
    assert found["no number"]["contexts"]["odd"]["number"] == "nan"
    assert "lock" in found["object"]["exception"]["values"][0]["stacktrace"]["frames"][0]["odd"]
    assert found["annotated"]["_meta"]["request"]["data"][""]["rem"]
    assert len(found["body"]["request"]["data"]["rows"]) == 10
    assert found["breadcrumb"]["breadcrumbs"]["values"][0]["message"] == "mine"
    assert found["modules"]["modules"]["own"] == "1"
    assert "own" not in found["plain"]["modules"]
    assert found["moment"]["odd_time"] == found["moment"]["timestamp"]
    assert (found["no text"]["None"], found["no text"]["5"]) == ("x", "y")
    assert found["enumerations"]["contexts"]["odd"] == {"text": "one", "number": 1}
    late, deep = (
        found[f"{name} in a frame"]["exception"]["values"][0]["stacktrace"]["frames"][-1]["vars"]["odd"]
        for name in ("late", "deep")
    )
    assert "lock" in late["lock"]
    assert (len(late["x"]), late["x"][-3:], late["1"]) == (8192, "...", 2)
    assert deep["again"]["again"]
    assert complaints(found["deep in a frame"]) == []


def test_other_clients(far: FarEnd, odd: FarEnd, tmp_path) -> None:
    """What another client of sentry-sdk sends goes through the serializer, as ever."""
    source = f"""
    class App(Base):
        async def main(self):
            def before_send(event, hint):
                print(type(event).__name__, type(event["timestamp"]).__name__)
                return event

            other = sentry_sdk.Client({odd.dsn!r}, before_send=before_send)
            other.capture_event({{"message": "of another client"}})
            other.capture_event({{"message": "with a scope"}}, scope=sentry_sdk.Scope())
            other.close(timeout=5)
            L.error("error")
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.stdout.split() == ["dict", "str"] * 2
    assert [event["message"] for event in odd.events] == ["of another client", "with a scope"]
    assert [event["logentry"]["message"] for event in far.events] == ["error"]


def test_breadcrumbs_of_others_are_bounded(far: FarEnd, tmp_path) -> None:
    """The data of a breadcrumb that others add is cut, whatever its timestamp is."""
    source = """
    class App(Base):
        async def main(self):
            rows = [{"number": number} for number in range(50_000)]
            sentry_sdk.add_breadcrumb(timestamp=time.time(), message="wide", data={"rows": rows})
            sentry_sdk.capture_message("message")
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn)
    (event,) = far.events
    (wide,) = (value for value in event["breadcrumbs"]["values"] if value.get("message") == "wide")
    assert len(wide["data"]["rows"]) == 10


@pytest.mark.parametrize("text", ["x" * 500, "ž" * 90], ids=["ascii", "two bytes each"])
def test_max_value_length(odd: FarEnd, tmp_path, text: str) -> None:
    """Texts are cut to `max_value_length` bytes, however short that is."""
    source = f"""
    class App(Base):
        async def main(self):
            L.error({text!r})
            sentry_sdk.capture_message({text!r})
            self.Sentry.capture_message({text!r})
            self.stop()
    """
    apps.run(tmp_path, source, dsn=odd.dsn, ini="[sentry]\nmax_value_length=100\n")
    logged, theirs, ours = odd.events
    for event in (theirs, ours):
        assert len(event["message"].encode()) <= 100
        assert event["_meta"]["message"]
    assert len(logged["logentry"]["message"].encode()) <= 100


def test_values_that_change_meanwhile(far: FarEnd, tmp_path) -> None:
    """A context that another thread changes while the event is made costs nothing of the event."""
    source = """
    class App(Base):
        async def main(self):
            sys.setswitchinterval(1e-5)
            live = {f"key {number}": number for number in range(300)}
            sentry_sdk.get_isolation_scope().set_context("stats", {"by_key": live})
            self.Done = False
            thread = threading.Thread(target=self.change, args=(live,), daemon=True)
            thread.start()
            for number in range(25):
                L.error("error", extra={"number": number})
                L.error("error")
            self.Done = True
            thread.join()
            self.Sentry.flush(20)
            os._exit(0)

        def change(self, live):
            number = 0
            while not self.Done:
                number += 1
                live[f"key {number + 299}"] = number
                del live[f"key {number}"]
    """
    limits = "[sentry:limits]\nissue_events=off\ntotal_events=off\n"
    # It blocks its loop, for more than 5 s on a slow machine.
    ini = f"[sentry]\nmax_breadcrumbs=0\n{limits}[sentry:loop]\nblocked=off\n"
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, timeout=60)
    assert "could not be" not in run.stderr
    assert len(far.events) == 50
    assert all(len(event["contexts"]["stats"]["by_key"]) > 0 for event in far.events)


@pytest.mark.skipif(THREE, reason="sentry-sdk 3 has no transactions")
def test_a_transaction_of_which_spans_were_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sentry-sdk leaves out spans, the transaction says so, and its serializer need not walk through others."""
    serialized: list[object] = []
    serialize = sentry_sdk.serializer.serialize

    def noted(event: object, *of: object, **more: object) -> object:
        serialized.append(event)
        return serialize(event, *of, **more)

    def work(service: asab_sentry.SentryService) -> None:
        with service.transaction("job", "many"):
            for number in range(1005):
                with service.span("part", f"part {number}"):
                    pass

    monkeypatch.setattr(sentry_sdk.serializer, "serialize", noted)
    (transaction,) = here.sent_by(work, {"sentry": {"traces_sample_rate": "1"}}).transactions
    assert len(transaction["spans"]) == 1000
    assert transaction["_meta"]["spans"][""]["len"] > 1000
    assert [event for event in serialized if type(event) is dict and event.get("spans")] == []
