"""Arguments of messages: they hide what the message hides."""

import logging

import here
import pytest
import sentry_sdk

from asab_sentry.objects.json_values import CUT
from asab_sentry.pipeline.scrubbing import parameters
from asab_sentry.sdk import log_items
from asab_sentry.secret_keys.denylist import FILTERED

SECRET = "hunter2-of-arguments"
L = logging.getLogger("app")


class Shown:
    """Has another text as `str` than as `repr`."""

    def __str__(self) -> str:
        return SECRET

    def __repr__(self) -> str:
        return f"<Shown {SECRET!r}>"


MESSAGES = [
    (("pw=%s for %s", SECRET, "joe"), [FILTERED, "joe"]),
    (("password is %(password_of_joe)s", {"password_of_joe": SECRET}), {"password_of_joe": FILTERED}),
    (("token %r, port %d", SECRET, 5432), [FILTERED, 5432]),
    (("otp=%d of %s", 492817, "joe"), [FILTERED, "joe"]),
    (("https://host/?token=%s of %d", SECRET, 1001), [FILTERED, 1001]),
    (("postgres://%s:%s@%s/shop", "joe", SECRET, "db"), [FILTERED, FILTERED, "db"]),
    (("token=%s", Shown()), [f"<Shown '{FILTERED}'>"]),
    (("token=%s", SECRET * 200), [FILTERED]),
    (("order %s of %s", "1001", "joe"), ["1001", "joe"]),
]


@pytest.mark.parametrize(("logged", "left"), MESSAGES)
def test_of_events_and_logs(logged, left) -> None:
    """What is hidden in the text of a record is hidden in its arguments, those of its event and of its log."""
    sent = here.sent_by(lambda _service: L.error(*logged), {"sentry:logging": {"logs": "error"}})
    (event,) = sent.events
    assert event["logentry"]["params"] == left
    attributes = next(iter(log["attributes"] for payload in sent._of_type("log") for log in payload["items"]))
    expected = left.items() if isinstance(left, dict) else enumerate(left)
    for name, value in expected:
        assert attributes[f"{log_items.PARAMETER}{name}"]["value"] == value


def test_cut() -> None:
    """An argument that does not stand in a message which was cut is not shown: it may be hidden behind the cut."""
    text, cleaned = f"pw=abcdef {'x' * 9}{CUT}", f"pw={FILTERED} {'x' * 9}{CUT}"
    assert parameters.without_hidden(["abcdef", "behind", True, None], text, cleaned) == [
        FILTERED,
        FILTERED,
        True,
        None,
    ]


@pytest.mark.parametrize("params", [[SECRET, 1], {"token": SECRET, "number": 1}], ids=["list", "dict"])
def test_without_the_message_itself(params) -> None:
    """An event of somebody else may have a template and arguments only, of which the server makes the message."""
    template = "token=%s of %d" if isinstance(params, list) else "token=%(token)s of %(number)d"
    entry = {"message": template, "params": params}
    sent = here.sent_by(lambda _service: sentry_sdk.capture_event({"logentry": entry, "extra": {}}), {})
    assert FILTERED in str(sent.events[0]["logentry"]["params"])
    assert SECRET not in str(sent.events[0]["logentry"])
