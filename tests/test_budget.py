"""How much of an event is cleaned: of too much what explains most is left, and nothing that is not clean."""

import itertools
import json
import time
from typing import Any

import judge
import pytest
from test_scrubber import PASSWORD, scrubber

from asab_sentry.objects.json_values import CUT
from asab_sentry.pipeline import log_breadcrumbs
from asab_sentry.pipeline.scrubbing import budget, text_cleaner
from asab_sentry.pipeline.scrubbing.scrubber import Scrubber


def frame(number: int) -> dict[str, Any]:
    return {
        "function": f"step_{number % 7}",
        "filename": f"/app/file{number}.py",
        "module": "shop.orders",
        "lineno": number,
        "in_app": True,
        "pre_context": [f"{place} of {number}: " + "a line of code " * 10 for place in range(5)],
        "context_line": f"here {number}: " + "a line of code " * 10,
        "post_context": [],
        "vars": {"text": f"'variable of {number} {PASSWORD} " + "and more of it " * 10 + "'"},
    }


def large(frames: int = 250) -> dict[str, Any]:
    """Return an event with more of everything than can be cleaned."""
    return {
        "event_id": "a" * 32,
        "timestamp": "2026-11-27T12:00:00.000000Z",
        "platform": "python",
        "level": "error",
        "contexts": {f"c{number}": {"text": f"{number} of {PASSWORD} " + "a context " * 300} for number in range(100)},
        "exception": {
            "values": [
                {
                    "type": "ValueError",
                    "module": "shop.errors",
                    "value": f"exception {number} of {PASSWORD}",
                    "mechanism": {"type": "generic", "handled": False},
                    "stacktrace": {"frames": [frame(place + 1000 * number) for place in range(frames)]},
                }
                for number in range(3)
            ]
        },
        "tags": {"order": "1003"},
        "logentry": {"message": "The import failed"},
        "transaction": "GET /orders",
    }


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """A clock on which each look takes a thousandth of a second, however fast this machine is."""
    now = itertools.count(step=0.001)
    monkeypatch.setattr(time, "thread_time", lambda: next(now))
    monkeypatch.setattr(budget, "WORST", 1.0)


def texts_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts_in(part)]
    return [text for part in value for text in texts_in(part)] if isinstance(value, list) else [value]


def cleaned_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of what the rules look through from now on."""
    looked: list[str] = []
    clean = text_cleaner.Texts._without

    def noted(texts, text, *of):
        looked.append(text)
        return clean(texts, text, *of)

    monkeypatch.setattr(text_cleaner.Texts, "_without", noted)
    return looked


def test_too_much(clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the small parts is left, then most of the innermost frames; nothing secret; and Sentry takes it."""
    looked = cleaned_by(monkeypatch)
    event = scrubber().event(large(), {})
    assert sum(map(len, looked)) < 30_000
    assert PASSWORD not in json.dumps(event)
    assert (event["tags"], event["transaction"]) == ({"order": "1003"}, "GET /orders")
    assert event["logentry"] == {"message": "The import failed"}
    assert event.keys() == large().keys()
    last = event["exception"]["values"][-1]
    assert (last["type"], last["value"]) == ("ValueError", "exception 2 of [Filtered]")
    frames = last["stacktrace"]["frames"]
    assert frames[-1]["context_line"] == large()["exception"]["values"][-1]["stacktrace"]["frames"][-1]["context_line"]
    assert "[Filtered]" in frames[-1]["vars"]["text"]
    assert "context_line" not in frames[0]
    assert {(one["function"][:5], one["module"], one["lineno"] > 0) for one in frames} == {
        ("step_", "shop.orders", True)
    }
    assert event["contexts"]["c99"] == {"text": CUT}
    assert judge.complaints({**event, "contexts": {}}) == []


def test_nothing_that_was_cut_is_remembered(clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was left out of one event is there in the next one, where there is time for it."""
    made = scrubber()
    made.event(large(), {})
    monkeypatch.setattr(budget, "WORST", 0.0)
    later, fresh = made.event(large(), {}), scrubber().event(large(), {})
    assert later == fresh
    assert not any(text.endswith(CUT) for text in texts_in(later) if isinstance(text, str))


def test_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something else takes seconds, as the collector in a large process, nothing is left out."""
    now = itertools.count()
    monkeypatch.setattr(time, "thread_time", lambda: next(now) // 10)
    event = large(frames=3)
    event["contexts"] = {"one": {"text": "of a usual size"}}
    assert not any(text.endswith(CUT) for text in texts_in(scrubber().event(event, {})) if isinstance(text, str))


def test_one_text_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long text of which a part takes long, a beginning is cleaned, and what is left is clean."""
    now = [0.0]
    clean = text_cleaner.Texts._without

    def slow(texts, text, *of):
        now[0] += len(text) * 1e-5
        return clean(texts, text, *of)

    monkeypatch.setattr(text_cleaner.Texts, "_without", slow)
    monkeypatch.setattr(time, "thread_time", lambda: now[0])
    monkeypatch.setattr(budget, "WORST", 1.0)
    text = f"{PASSWORD} and " * 500
    walk = scrubber()
    walk.event({}, {})
    event = walk.event({"message": text[:8000]}, {})
    assert 200 <= len(event["message"]) < 2000
    assert event["message"].endswith(CUT)
    assert PASSWORD[:5] not in event["message"]
    assert now[0] < budget.EVENT + 2 * budget.PART * 1e-5


def test_the_first_event_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cleaned for longer than others, as all its texts are new."""
    monkeypatch.setattr("asab_sentry.pipeline.scrubbing.scrubber.EVENT", -1.0)
    monkeypatch.setattr(budget, "EACH", 0)
    walk = scrubber()
    first, second = (
        walk.event({"logentry": {"message": letter * 500 + f" password={PASSWORD}"}}, {})["logentry"]["message"]
        for letter in "xy"
    )
    assert first == "x" * 500 + " password=[Filtered]"
    assert second.endswith(CUT)


def test_variables_beside_a_message_that_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that was not looked through may name a secret that a variable has without a name: there are none."""
    secret = "0f5ac9b2e1d84c7f"
    event = large(frames=1)
    event["logentry"] = {"message": "x" * 500 + f" password={secret}"}
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    frames[0]["vars"] = {"value": f"'{secret}'"}
    assert secret not in json.dumps(scrubber().event(event, {}))
    monkeypatch.setattr("asab_sentry.pipeline.scrubbing.scrubber.FIRST", -1.0)
    monkeypatch.setattr(budget, "EACH", 0)
    left = scrubber().event(event, {})
    assert secret not in json.dumps(left)
    assert "vars" not in left["exception"]["values"][-1]["stacktrace"]["frames"][0]
    assert left["logentry"]["message"].endswith(CUT)


def crumbs(count: int) -> list[log_breadcrumbs.LogBreadcrumb]:
    text = f"crumb of {PASSWORD} " * 15
    return [
        log_breadcrumbs.LogBreadcrumb(
            type="default", category="app", level="info", message=f"{number} {text}", timestamp=float(number)
        )
        for number in range(count)
    ]


def breadcrumbs_of(made: Scrubber, ours: list[log_breadcrumbs.LogBreadcrumb]) -> list[dict[str, Any]]:
    event: dict[str, Any] = {}
    log_breadcrumbs.put_back(event, ours, 1000, made, as_text=False)
    return event["breadcrumbs"]["values"]


def test_breadcrumbs(clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are whole, of others a beginning is left or nothing, and later events have them."""
    made, ours = scrubber(), crumbs(100)
    first = breadcrumbs_of(made, ours)
    assert PASSWORD not in json.dumps(first)
    lengths = [len(value["message"]) for value in first]
    assert lengths == sorted(lengths)
    assert lengths[0] == len(CUT)
    assert {value["category"] for value in first} == {"app"}
    monkeypatch.setattr(budget, "WORST", 0.0)
    assert breadcrumbs_of(made, ours) == breadcrumbs_of(scrubber(), crumbs(100))


def test_one_within_another() -> None:
    """An event that is made while another one is cleaned takes nothing of the time of that."""
    with budget.work.within(-1.0):
        budget.work._unasked = budget.EACH
        assert budget.work.part("x " * 200, str).endswith(CUT)
        with budget.work.within(1.0):
            assert budget.work.part("x " * 200, str) == "x " * 200
        assert budget.work.part("x " * 200, str).endswith(CUT)
    assert budget.work.part("x " * 200, str) == "x " * 200


def test_breadcrumbs_beside_an_event_that_took_long(clock: None) -> None:
    """Of breadcrumbs less is cleaned where their event has taken more: both together have a bound."""
    made, counts = scrubber(), []
    for event in ({"message": "short"}, large()):
        made.event(event, {})
        kept = breadcrumbs_of(made, crumbs(100))
        counts.append(sum(len(value["message"]) > budget.SHORT for value in kept))
    assert counts[0] > counts[1] >= 1
