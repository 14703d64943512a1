"""What a hook of users returns: what sentry-sdk cannot do without is in it, whatever the hook has made of it."""

import logging
from typing import Any

import here
import pytest
import sentry_sdk
import sentry_sdk.metrics

from asab_sentry.sdk.version import THREE

HOOKS = ("before_send", "before_send_transaction", "before_send_log", "before_send_metric")
L = logging.getLogger("app")


def empty(_given: Any, _hint: Any) -> Any:
    return {}


def cleared(given: Any, _hint: Any) -> Any:
    given.clear()
    return given


def of_other_types(given: Any, _hint: Any) -> Any:
    return {**given, "event_id": None, "attributes": [], "time_unix_nano": "now", "timestamp": None, "value": "many"}


@pytest.mark.parametrize("hook", ["empty", "cleared", "of_other_types"])
def test_what_is_needed(hook: str) -> None:
    """An event, transaction, log or metric of which a hook leaves too little arrives, and nothing is raised."""

    def work(service):
        L.error("Seen")
        assert service.capture_message("By hand", "error") is not None
        with service.transaction("task", "import"):
            pass
        sentry_sdk.metrics.count("orders", 1)
        sentry_sdk.get_client().flush()

    options = {name: f"{__name__}:{hook}" for name in HOOKS if name != "before_send_transaction" or not THREE}
    config = {"sentry": {**options, "traces_sample_rate": "1"}, "sentry:logging": {"logs": "error"}}
    sent = here.sent_by(work, config)
    assert len(sent.events) == 2
    assert all(len(event["event_id"]) == 32 for event in sent.events)
    assert len(sent.transactions) == 1
    assert [log["body"] for payload in sent._of_type("log") for log in payload["items"]] == ["Seen"]
    assert [metric["value"] for payload in sent._of_type("trace_metric") for metric in payload["items"]] == [1]
