"""Texts of an event that are looked at together are left as those are that are looked at one by one."""

import configparser
from typing import Any

import pytest

from asab_sentry.config.options import Options
from asab_sentry.objects.ready_json import ReadyDict, ReadyList
from asab_sentry.pipeline.scrubbing import new_texts
from asab_sentry.pipeline.scrubbing.scrubber import Scrubber
from asab_sentry.pipeline.scrubbing.secret_patterns.rules import RULES

ENVIRONMENT = {"DB_PASSWORD": "hunter2-of-42"}
EXAMPLES = [text for rule in RULES.values() for text in rule.examples]


def event(text: str, place: str) -> dict[str, Any]:
    """Return an event as it is made here, with a text in one of its places."""
    texts = {"function": "handle_order", "var": "'the customer has paid'", "message": "order 7", "line": "x = 1"}
    texts[place] = text
    frame = ReadyDict(
        abs_path="/app/orders.py",
        lineno=7,
        function=texts["function"],
        pre_context=["def f():"],
        context_line=texts["line"],
        post_context=[""],
        vars=ReadyDict(it=texts["var"], number="7", more=ReadyDict(it=texts["var"])),
    )
    stack = {"frames": ReadyList([frame])}
    return {
        "threads": ReadyDict(values=[{"name": "MainThread", "stacktrace": stack}]),
        "exception": ReadyDict(values=[ReadyDict(type="ValueError", value=texts["message"])]),
        "logentry": {"message": texts["message"], "params": []},
        "culprit": "orders in handle_order",
    }


def made(**options: Any) -> Scrubber:
    return Scrubber(Options(**options), configparser.ConfigParser(), ENVIRONMENT)


def cleaned(text: str, place: str, **options: Any) -> dict[str, Any]:
    return made(**options).event(event(text, place), {})


PLACES = ["function", "var", "message", "line"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("options", [{}, {"send_default_pii": True}, {"personal": ("email", "ip")}])
def test_texts(place: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a text holds, and wherever it stands, as much is left of it.

    With options each is in two of the places.
    """
    texts = [
        *EXAMPLES,
        "as hunter2-of-42 says",
        "as hunter2-...",
        "joe@example.com",
        "",
        "7",
        "\x1b[1mpassword\x1b[0m=x9y8z7",
    ]
    if options:
        texts = texts[PLACES.index(place) % 2 :: 2]
    together = [cleaned(text, place, **options) for text in texts]
    monkeypatch.setattr(new_texts, "learn", lambda event, texts: None)
    monkeypatch.setattr(
        "asab_sentry.pipeline.scrubbing.text_cleaner.Texts.are_plain_sources", lambda texts, lines: False
    )
    scrubber = made(**options)
    assert together == [scrubber.event(event(text, place), {}) for text in texts]


class Changing(list):
    """Fails when it is walked through for the first time, as a dict does to which another thread adds something."""

    fails = True

    def __iter__(self):
        if self.fails:
            self.fails = False
            raise RuntimeError("changed size during iteration")
        return super().__iter__()


@pytest.mark.parametrize(
    "odd",
    [
        {"threads": ReadyDict(values=Changing([7]))},
        {"threads": ReadyDict()},
        {"threads": ReadyDict(values=None)},
        {"threads": ReadyDict(values=[{"stacktrace": None}])},
        {"threads": ReadyDict(values=[{"stacktrace": {"frames": [{}]}}])},
        {"exception": ReadyDict(values=[{"stacktrace": {"frames": [{"function": 7, "vars": 7}]}}])},
        {"logentry": "text"},
        {"culprit": ["text"]},
    ],
)
def test_what_processors_leave(odd: dict[str, Any]) -> None:
    """An event that a processor has changed is cleaned as any other."""
    scrubber = made()
    left = scrubber.event({**event("x", "var"), **odd, "extra": {}, "tags": {"a": "as hunter2-of-42 says"}}, {})
    assert left["tags"] == {"a": "as [Filtered] says"}


def test_messages_that_differ_in_numbers() -> None:
    """Of a message that was in an event all are known that differ in its numbers only."""
    scrubber = made()
    scrubber.event(event("order 7 of 9 failed", "message"), {})
    assert scrubber.texts.but_for_numbers("order 8 of 10 failed") == "order 8 of 10 failed"
    scrubber.event(event("password is 7 of 9x8y7z", "message"), {})
    assert scrubber.texts.but_for_numbers("password is 8 of 9x8y7z") is None


@pytest.mark.parametrize("denied", ["context_line", "pre_context", "function", "vars", "it", "message"])
def test_what_an_operator_wants_hidden(denied: str) -> None:
    """What stands under a key that an operator wants to be hidden is hidden as well where all of it is clean."""
    left = cleaned("order 7", "message", denylist=(denied,))
    found = [left["logentry"], left["threads"]["values"][0]["stacktrace"]["frames"][0]]
    assert "[Filtered]" in str(next(part[denied] for part in (*found, found[1].get("vars") or {}) if denied in part))
