"""Breadcrumbs that are seen to be plain at a glance leave as those do that are walked through."""

import configparser
import itertools
from typing import Any

import pytest

from asab_sentry.config.options import Options
from asab_sentry.pipeline import log_breadcrumbs
from asab_sentry.pipeline.log_breadcrumbs import LogBreadcrumb
from asab_sentry.pipeline.scrubbing.scrubber import Scrubber
from asab_sentry.pipeline.scrubbing.secret_patterns.rules import RULES

ENVIRONMENT = {"DB_PASSWORD": "hunter2-of-42", "TOKEN": "c-100742"}


def scrubber(**options: Any) -> Scrubber:
    return Scrubber(Options(**options), configparser.ConfigParser(), ENVIRONMENT)


class Slow:
    """Looks at each breadcrumb by itself."""

    def __init__(self, cleaner: Scrubber) -> None:
        self.version = cleaner.version
        self.breadcrumb = cleaner.breadcrumb

    def plain_breadcrumbs(self, breadcrumbs: list) -> list:
        return [None] * len(breadcrumbs)


class Str(str):
    __slots__ = ()


def crumb(message: Any = "step 7 of the order", **facts: Any) -> LogBreadcrumb:
    return LogBreadcrumb(
        **{"type": "log", "level": "info", "category": "orders", "message": message, "timestamp": 17e8, **facts}
    )


def left(cleaner: Any, breadcrumbs: list[LogBreadcrumb]) -> list[Any]:
    event: dict[str, Any] = {}
    log_breadcrumbs.put_back(event, breadcrumbs, 100, cleaner, as_text=False)
    kept: list[Any] = event["breadcrumbs"]["values"]
    return kept


VALUES: dict[str, Any] = {
    "nothing": None,
    "yes": True,
    "number": 7,
    "card": 4111111111111111,
    "card as text": "4111 1111 1111 1111",
    "large": 2**60,
    "float": 12.5,
    "small float": 1e-9,
    "no number": float("nan"),
    "endless": float("inf"),
    "short": "paid",
    "text": "the customer has paid",
    "long": "the customer has paid " * 18,
    "longer": "the customer has paid " * 90,
    "held": "as c-100742 says",
    "shape": "sent with token=0f5a9c77ab12",
    "url": "https://joe:hunter3@db/",
    "cut": "the customer has hunter2-...",
    "line break": "one\ntwo",
    "of another language": "Škoda",
    "surrogate": "\udc80",
    "derived": Str("the customer has paid"),
    "list": [1, 2],
    "dict": {"password": "hunter3"},
    "object": object,
}


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str) -> None:
    """What data holds is left as it would be where each breadcrumb is walked through, whatever stands beside it."""
    fields = {"order": 7, name: VALUES[name], "state": "paid"}
    many = [crumb(data={**fields, "order": number}) for number in range(3)]
    others = [crumb(data={**fields, "order": number}) for number in range(3)]
    assert repr(left(scrubber(), many)) == repr(left(Slow(scrubber()), others))


@pytest.mark.parametrize(
    "key", ["password", "value", "uuid", "timestamp", "Cookie", "url", "x" * 300, "ключ", 7, Str("a")]
)
def test_keys(key: Any) -> None:
    """So is what stands under a key that means something."""
    fields = {"name": "password", key: "0f5a9c77ab"}
    assert left(scrubber(), [crumb(data=dict(fields))]) == left(Slow(scrubber()), [crumb(data=dict(fields))])


@pytest.mark.parametrize(
    "odd",
    [
        {"level": "as c-100742 says"},
        {"category": "orders.c-100742"},
        {"category": Str("orders")},
        {"type": "http"},
        {"timestamp": "2026-01-01T00:00:00Z"},
        {"timestamp": float("nan")},
        {"password": "hunter3"},
        {"message": "order 7 of c-100742"},
        {"message": "step 7 of the order "},
        {"message": "step 7 of the order \n step 8 of the order"},
        {"message": "card 4111 1111 1111 1111"},
        {"message": None},
        {"message": Str("step 7 of the order")},
        {"message": "step 7 of hunter2-of..."},
        {"data": {}},
        {"data": None},
    ],
)
def test_parts(odd: dict[str, Any]) -> None:
    """So are the other parts of a breadcrumb, also of a message that is known but for its numbers."""
    cleaner, slow = scrubber(), scrubber()
    for known in (cleaner, slow):
        known.texts.learned_text("step 1 of the order")
    several, others = ([crumb(), crumb(**odd), crumb("step 9 of the order")] for _ in range(2))
    assert repr(left(cleaner, several)) == repr(left(Slow(slow), others))


@pytest.mark.parametrize("denied", ["message", "category", "level", "data", "state"])
def test_what_an_operator_wants_hidden(denied: str) -> None:
    """So is what stands under a key that an operator wants to be hidden."""
    several, others = ([crumb(data={"state": "paid by joe"})] for _ in range(2))
    cleaner, slow = scrubber(denylist=(denied,)), scrubber(denylist=(denied,))
    for known in (cleaner, slow):
        known.texts.learned_text("step 1 of the order")
    shown = left(cleaner, several)
    assert shown == left(Slow(slow), others)
    assert "[Filtered]" in str(shown)


def test_changed() -> None:
    """A breadcrumb that an event processor has changed since another event is looked at again."""
    cleaner, several = scrubber(), [crumb(data={"state": "paid"})]
    cleaner.texts.learned_text("step 1 of the order")
    left(cleaner, several)
    several[0]["data"]["state"] = "token=0f5a9c77ab12"
    assert left(cleaner, several)[0]["data"]["state"] == "token=[Filtered]"


def test_a_new_secret() -> None:
    """What was plain before a value became a secret is looked at again."""
    environment = {"TOKEN": "0f5a9c77ab12"}
    cleaner = Scrubber(Options(), configparser.ConfigParser(), environment)
    several = [crumb(data={"state": "paid by joe"})]
    for _ in range(2):
        assert left(cleaner, several)[0]["data"]["state"] == "paid by joe"
    environment["PASSWORD"] = "paid by joe"
    cleaner.refresh()
    assert left(cleaner, several)[0]["data"]["state"] == "[Filtered]"


@pytest.mark.parametrize("name", RULES)
def test_secrets_among_others(name: str) -> None:
    """A secret is found in a text that is looked at together with others, wherever it stands among them."""
    for text in (text for text, cleaned in RULES[name].examples.items() if text != cleaned and len(text) < 400):
        for several in itertools.permutations(["the customer has paid", text, "0 items"]):
            cleaner = scrubber()
            cleaner.texts.learn(list(several))
            assert text not in cleaner.texts.known
