"""What anybody gives to sentry-sdk's own functions is bounded before its serializer walks through it."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import apps
import pytest
from far import THREE, FarEnd
from hostile import HOSTILE, multiplied

from asab_sentry.objects.contents import MAX_ITEMS
from asab_sentry.objects.ready_json import ReadyDict
from asab_sentry.objects.reprs import LONGEST_KEY
from asab_sentry.sdk import bounded_events, bounded_values
from asab_sentry.sdk.bounded_events import bounded, well_formed

TESTS = f"sys.path.append({str(Path(__file__).parent)!r})\n"
NO_LIMITS = "[sentry]\ntraces_sample_rate=1\nshutdown_timeout=60\n[sentry:limits]\nissue_events=off\ntotal_events=off\n"


class Asked:
    """Counts how many of its values it was asked for."""

    asked = 0

    def __iter__(self) -> Iterator[str]:
        while True:
            Asked.asked += 1
            yield f"value {Asked.asked}"

    def items(self) -> Iterator[tuple[str, str]]:
        return ((value, value) for value in self)

    def __getitem__(self, key: object) -> object:
        return key

    def __len__(self) -> int:
        return sys.maxsize


ENDLESS = {
    kind.__name__: type(f"Endless{kind.__name__.capitalize()}", (Asked, kind), {})
    for kind in (Mapping, Sequence, dict, list, tuple, set)
}

PARTS = {
    "context": lambda value: {"contexts": {"c": {"value": value}}},
    "context itself": lambda value: {"contexts": {"c": value}},
    "contexts": lambda value: {"contexts": value},
    "extra": lambda value: {"extra": {"value": value}},
    "tag": lambda value: {"tags": {"tag": value}},
    "user": lambda value: {"user": value},
    "fingerprint": lambda value: {"fingerprint": value},
    "transaction": lambda value: {"transaction": value},
    "breadcrumb": lambda value: {"breadcrumbs": {"values": [{"data": {"value": value}}, value]}},
    "span": lambda value: {"spans": [{"data": {"value": value}, "description": value}]},
    "spans": lambda value: {"spans": value},
    "body": lambda value: {"request": {"data": value}},
    "frame": lambda value: {"exception": {"values": [{"stacktrace": {"frames": [{"vars": {"value": value}}]}}]}},
    "any": lambda value: {"odd": [[(value,)]]},
}


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("part", PARTS)
def test_endless(part: str, kind: str) -> None:
    """Of what has no end, a beginning is asked for, and what is left is plain JSON."""
    Asked.asked = 0
    made = bounded(ReadyDict(PARTS[part](ENDLESS[kind]())))
    assert type(made) is ReadyDict
    assert Asked.asked <= 4 * (MAX_ITEMS + 2)
    assert len(json.dumps(made)) < 50_000


class Counted:
    """It counts how often it is shown."""

    shown = 0

    def __repr__(self) -> str:
        Counted.shown += 1
        return "c"


MUCH = {
    "wide": lambda: {str(number): list(range(100)) for number in range(3000)},
    "objects": lambda: [[Counted() for _ in range(1000)] for _ in range(50)],
    "texts": lambda: ["x" * 8000 for _ in range(1000)],
    "long texts": lambda: ["x" * 5_000_000] * 200,
    "long keys": lambda: {"k" * 5_000_000 + str(number): 1 for number in range(20)},
    "multiplied": lambda: multiplied(60),
    "deep": lambda: [HOSTILE["deep"]()] * 1000,
}


@pytest.fixture(scope="module", params=MUCH)
def much(request: pytest.FixtureRequest) -> object:
    """Each of them is made once."""
    return MUCH[request.param]()


@pytest.mark.parametrize("part", PARTS)
def test_much(part: str, much: object) -> None:
    """However much there is, what is left is bounded: in values, and in characters that will be walked through."""
    Counted.shown = 0
    made = bounded(PARTS[part](much))
    count, length = size_of(made)
    whole, _, least = {"spans": bounded_events.SPANS, "contexts": bounded_events.CONTEXTS}.get(
        part, (bounded_events.DESCRIBED, 0, 0)
    )
    most = whole + least * (bounded_values.MAX_FIELDS if part == "contexts" else 1000)
    assert count * bounded_values.VALUE <= 1.3 * most
    assert length <= 1.3 * most
    assert Counted.shown <= 3000


def size_of(value: object) -> tuple[int, int]:
    """Return how many values there are, and how many characters of texts will be looked at one by one."""
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple)):
        sizes = [size_of(inner) for inner in value]
        return 1 + sum(count for count, _ in sizes), sum(length for _, length in sizes)
    return 1, min(len(value), bounded_values.COUNTED) if isinstance(value, str) else 0


@pytest.mark.parametrize("part", PARTS)
def test_what_is_usual_stays_as_it_is(part: str) -> None:
    """What is JSON and of a usual size is neither changed nor copied."""
    value = {"a": [1, 2.5, None, True, "x", {"b": ("y", [])}], "c": "x" * 400}
    event = PARTS[part](value)
    before = json.dumps(event)
    made = bounded(event)
    assert json.dumps(made) == before
    assert made is event or part == "breadcrumb" or part.startswith("span")


def test_all_fields_are_there() -> None:
    """A breadcrumb or span that has too much keeps all its fields, and each context its name; the newest have most."""
    crumb = {"message": "x" * 3000, "data": {str(number): "x" * 3000 for number in range(100)}, "level": "info"}
    made = bounded({"breadcrumbs": {"values": [{**crumb} for _ in range(100)]}})["breadcrumbs"]["values"]
    assert [list(value) for value in made] == [["message", "data", "level"]] * 100
    assert [value["level"] for value in made] == ["info"] * 100
    assert made[-1]["message"] == crumb["message"]
    assert len(made[0]["message"]) < 600
    contexts = {str(number): {"text": ["x" * 8000] * 10} for number in range(30)} | {"trace": {"trace_id": "a" * 32}}
    made = bounded({"contexts": contexts})["contexts"]
    assert made.keys() == contexts.keys()
    assert made["trace"] == {"trace_id": "a" * 32}


def test_what_is_no_dict() -> None:
    """What sentry-sdk takes for a dict and is none is among the extra data; what is one stays where it is."""
    odd = {"extra": 5, "contexts": [1], "threads": "none", "exception": {"values": ["x"]}, "breadcrumbs": {"values": 1}}
    made = well_formed({"message": "x", "tags": {"a": "b"}, **odd})
    assert made == {"message": "x", "tags": {"a": "b"}, "extra": odd}
    assert well_formed(made) is made


WAYS = """
import hostile

class App(Base):
    def setup(self):
        logging.getLogger().handlers[:] = [logging.NullHandler()]
        self.Raised = []

    async def main(self):
        await asyncio.to_thread(self.all_ways)
        print(json.dumps([self.Raised, self.Sentry.Dropped]))
        self.stop()

    def all_ways(self):
        for name, make in hostile.HOSTILE.items():
            for way in dir(self):
                if way.startswith("way_"):
                    with self.Sentry.scope() as scope:
                        try:
                            getattr(self, way)(make(), scope)
                            scope.add_event_processor(self.named(way, name))
                            sentry_sdk.capture_message("sent")
                        except BaseException as error:
                            self.Raised.append([way, name, repr(error)])

    def named(self, way, name):
        def process(event, hint):
            event["tags"] = {"way": way, "object": name}
            return event

        return process

    def way_extra(self, thing, scope):
        sentry_sdk.set_extra("x", thing)

    def way_context(self, thing, scope):
        sentry_sdk.set_context("one", thing)
        sentry_sdk.set_context("two", {"value": thing})

    def way_user(self, thing, scope):
        sentry_sdk.set_user({"id": thing, "name": thing})

    def way_breadcrumb(self, thing, scope):
        sentry_sdk.add_breadcrumb(message="m", category="c", data={"value": thing})
        sentry_sdk.add_breadcrumb(message=thing, category=thing, data=thing, level=thing)

    def way_scope(self, thing, scope):
        scope.fingerprint = thing
        scope.set_transaction_name(thing)
        scope.set_level(thing)

    def way_message(self, thing, scope):
        sentry_sdk.capture_message(thing)

    def way_event(self, thing, scope):
        sentry_sdk.capture_event({"message": "event", "contexts": thing, "exception": thing, "breadcrumbs": thing})
        sentry_sdk.capture_event({"message": thing, "tags": thing, "extra": thing, "request": thing, "logger": thing})
        sentry_sdk.capture_event({"exception": {"values": thing}, "threads": {"values": thing}, "level": thing})

    def way_span(self, thing, scope):
        with self.Sentry.transaction("job", "one"), self.Sentry.span("part", "two") as span:
            span.set_data("value", thing)
"""


def test_hostile_objects(tmp_path) -> None:
    """Whatever sentry-sdk's functions are given: nothing is raised, and the next event arrives as a whole."""
    with FarEnd() as far:
        ini = (
            "[sentry]\ntraces_sample_rate=1\nshutdown_timeout=60\n[sentry:limits]\nissue_events=off\ntotal_events=off\n"
        )
        run = apps.run(tmp_path, TESTS + WAYS, dsn=far.dsn, ini=ini, timeout=300)
    assert run.returncode == 0, run.stderr[-5000:]
    raised, dropped = json.loads(run.stdout.splitlines()[-1])
    assert raised == []
    assert set(dropped) <= {"recursion", "internal_sdk_error"}
    arrived = {(event["tags"].get("way"), event["tags"].get("object")) for event in far.events if event.get("message")}
    names = [line.split("(")[0].split()[1] for line in WAYS.splitlines() if line.startswith("    def way_")]
    assert {(way, name) for way in names for name in HOSTILE} - arrived == set()
    assert THREE or len(far.transactions) >= len(HOSTILE)


def test_large_keys() -> None:
    """Of keys that are no texts a beginning is shown, however many and large they are."""
    keys = {tuple(range(number, number + 2000)): number for number in range(1000)}
    made = bounded({"tags": keys, "contexts": {"c": keys}})
    assert max(map(len, made["tags"])) <= LONGEST_KEY
    assert max(map(len, made["contexts"]["c"])) <= LONGEST_KEY
    assert bounded({"extra": {"k" * 900: 1, ("x",): 2}})["extra"] == {"k" * 900: 1, "('x',)": 2}
