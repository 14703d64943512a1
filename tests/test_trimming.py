"""An event that is too large: it arrives with less in it."""

import copy
import json
from typing import Any

import apps
import pytest
from far import FarEnd
from hypothesis import given
from hypothesis import strategies as st
from judge import complaints
from sentry_sdk.attachments import Attachment
from sentry_sdk.envelope import Envelope, Item, PayloadRef

from asab_sentry.delivery.payload import sendable
from asab_sentry.delivery.trimming import MAX_EVENT, STEPS, attempts


def frame(number: int) -> dict[str, Any]:
    return {
        "function": "f",
        "filename": "a.py",
        "lineno": number,
        "vars": {"text": "x" * 1000},
        "pre_context": ["a"] * 5,
        "context_line": "b",
        "post_context": ["c"] * 5,
    }


def event(frames: int = 3, breadcrumbs: int = 30) -> dict[str, Any]:
    return {
        "event_id": "7" * 32,
        "message": "m" * 3000,
        "logentry": {"message": "%s", "formatted": "n" * 3000, "params": ["x" * 3000]},
        "exception": {
            "values": [{"type": "E", "value": "e" * 3000, "stacktrace": {"frames": [frame(n) for n in range(frames)]}}]
        },
        "breadcrumbs": {"values": [{"message": f"{number} " + "x" * 100} for number in range(breadcrumbs)]},
        "request": {"method": "POST", "data": "x" * 500},
        "extra": {"more": "x" * 500},
        "contexts": {"own": {"text": "x" * 500}, "trace": {"trace_id": "1" * 32, "span_id": "2" * 16}},
        "tags": {"customer": "c-1001"},
    }


def envelope(payload: dict[str, Any], attachment: bytes = b"") -> bytes:
    made = Envelope({"event_id": payload.get("event_id")})
    made.add_event(payload)  # type: ignore[arg-type]
    if attachment:
        made.items.append(Attachment(bytes=attachment, filename="a.txt").to_envelope_item())
    return made.serialize()


def sent(content: bytes) -> dict[str, Any]:
    found = Envelope.deserialize(content).get_event()
    assert found is not None
    return dict(found)


def test_what_goes_first() -> None:
    """What explains least goes first; type, text, place and tags stay, and the event tells what is missing."""
    whole = event(frames=300)
    first, *others = [sent(content) for content in attempts(envelope(copy.deepcopy(whole)))]
    assert first == whole
    assert [each["contexts"]["trimmed"]["left_out"] for each in others] == [
        list(STEPS)[: number + 1] for number in range(len(STEPS))
    ]
    frames = [each["exception"]["values"][0]["stacktrace"]["frames"] for each in others]
    assert [each["lineno"] for each in frames[0]] == [*range(125), *range(175, 300)]
    assert ["vars" in each for each in frames[0]] == [True] * 25 + [False] * 200 + [True] * 25
    assert [each["message"].split()[0] for each in others[1]["breadcrumbs"]["values"]] == [*map(str, range(10, 30))]
    last = others[-1]
    (error,) = last["exception"]["values"]
    assert (error["type"], len(error["value"])) == ("E", 1000)
    assert len(error["stacktrace"]["frames"]) == 50
    assert last["tags"] == whole["tags"]
    assert last["contexts"]["trace"] == whole["contexts"]["trace"]
    assert set(last["logentry"]["message"]) == {"n"}
    assert len(json.dumps(last)) < 10_000
    for each in others:
        assert not [complaint for complaint in complaints(each) if complaint.startswith("error")]


def test_limit_of_sentry() -> None:
    """What is kept is what Sentry takes; what fits is not touched."""

    def kept(payload: dict[str, Any]) -> dict[str, Any]:
        item = sendable(Item(PayloadRef(json=payload), type="event"))
        assert len(item.get_bytes()) <= MAX_EVENT
        found: dict[str, Any] = json.loads(item.get_bytes())
        return found

    assert kept(event()) == event()
    noted = kept(event(frames=1000))["contexts"]["trimmed"]
    assert noted["left_out"] == ["variables and source lines of the frames between"]
    assert noted["bytes"] > MAX_EVENT
    huge = "x" * 3 * MAX_EVENT
    assert "extra data" in kept(event() | {"extra": {"text": huge}})["contexts"]["trimmed"]["left_out"]
    left = kept(event() | {"unknown": huge, "contexts": {"trimmed": {"by": "the application"}}})
    assert "unknown" not in left
    assert left["contexts"]["trimmed"]["bytes"] > 3 * MAX_EVENT
    assert kept(event() | {"tags": {"a": huge, "b": "c"}})["tags"] == {"b": "c"}
    exceptions = [event(frames=30)["exception"]["values"][0] for _ in range(1000)]
    assert kept(event() | {"exception": exceptions})["exception"]["values"][-1]["type"] == "E"


def test_attachments() -> None:
    """Attachments are not what makes an event too large; when the server refuses it they go first."""
    given = envelope(event(), b"x" * 2 * MAX_EVENT)
    found = attempts(given)
    assert next(found) is given
    without = Envelope.deserialize(next(found))
    assert [item.type for item in without.items] == ["event"]
    assert "trimmed" not in without.items[0].payload.json["contexts"]  # type: ignore[index]


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(event())), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*sorted(event()), "threads"]), json_values, max_size=6))
def test_any_event(payload: dict[str, Any]) -> None:
    """Whatever the parts of an event are, each attempt is smaller, and there is an end."""
    sizes = [len(content) for content in attempts(envelope(payload))]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) <= len(STEPS) + 1


RECURSION = """
class App(Base):
    async def main(self):
        try:
            self.has_no_end({f"key {number}": "x" * 30 for number in range(100)}, "y" * 1000)
        except RecursionError:
            L.exception("it has no end")
        self.stop()

    def has_no_end(self, data, text):
        more = dict(data)
        self.has_no_end(more, text)
"""

CAUSED = """
class App(Base):
    async def main(self):
        try:
            self.fails(299)
        except ValueError:
            L.exception("it has two ends")
        self.stop()

    def fails(self, depth):
        if depth:
            return self.fails(depth - 1)
        try:
            self.causes(399)
        except KeyError as error:
            raise ValueError("a") from error

    def causes(self, depth):
        if depth:
            return self.causes(depth - 1)
        raise KeyError("b")
"""


def test_recursion_of_a_cause(far: FarEnd, tmp_path) -> None:
    """Of each exception of a chain both ends are sent, and how many frames it had."""
    apps.run(tmp_path, CAUSED, dsn=far.dsn)
    (found,) = far.events
    assert [len(value["stacktrace"]["frames"]) for value in found["exception"]["values"]] == [250, 250]
    remarks = found["_meta"]["exception"]["values"]
    assert {place: each["stacktrace"]["frames"][""]["len"] for place, each in remarks.items()} == {"0": 401, "1": 301}


@pytest.mark.parametrize("limit", [MAX_EVENT, 30_000])
def test_recursion(far: FarEnd, tmp_path, limit: int) -> None:
    """The event of a recursion without end arrives, at servers that take less than Sentry too."""
    far.answer = lambda envelope: (413 if len(envelope.raw) > limit + 1000 else 200, {})
    run = apps.run(tmp_path, RECURSION, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    (found,) = far.events
    (error,) = found["exception"]["values"]
    assert error["type"] == "RecursionError"
    assert found["logentry"]["message"] == "it has no end"
    frames = error["stacktrace"]["frames"]
    assert (frames[0]["function"], frames[-1]["function"]) == ("main", "has_no_end")
    assert ("it was sent with less in it" in run.stderr) is (limit < MAX_EVENT)
    if limit == MAX_EVENT:
        assert len(frames) == 250
        assert found["_meta"]["exception"]["values"]["0"]["stacktrace"]["frames"][""]["len"] > 900
        assert "trimmed" not in found["contexts"]
    else:
        assert found["contexts"]["trimmed"]["left_out"]
