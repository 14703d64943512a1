"""Breadcrumbs, feature flags, feedback and metrics by hand."""

from collections.abc import Callable
from typing import Any

import here
import pytest
import sentry_sdk
import sentry_sdk.metrics

import asab_sentry
from asab_sentry.runtime import diagnostics
from asab_sentry.testing import captured

SECRET = "hunter2-by-hand"


@pytest.fixture(autouse=True)
def anew() -> None:
    diagnostics.said_at.clear()


def run(work: Callable[[asab_sentry.SentryService], None], **config: str) -> captured.Sent:
    sections = {"sentry": {"release": "shop@1", "environment": "test", **config}, "storage": {"password": SECRET}}
    return here.sent_by(work, sections)


def test_breadcrumbs() -> None:
    """They are on events of their unit of work, in order with those of the log, without secrets."""

    def work(service):
        with service.scope():
            service.add_breadcrumb(f"paid with {SECRET}", "payment", "WARNING", {"order": 1001, "password": "x"})
            service.add_breadcrumb("plain")
            service.capture_message("within", "error")
        service.capture_message("beside", "error")

    within, beside = run(work).events
    paid, plain = [crumb for crumb in within["breadcrumbs"]["values"] if crumb["type"] == "default"]
    assert (paid["message"], paid["category"], paid["level"]) == ("paid with [Filtered]", "payment", "warning")
    assert paid["data"] == {"order": 1001, "password": "[Filtered]"}
    assert (plain["message"], plain["level"]) == ("plain", "info")
    assert not [crumb for crumb in beside["breadcrumbs"]["values"] if crumb["type"] == "default"]


def test_feature_flags(caplog: pytest.LogCaptureFixture) -> None:
    """Events tell the last answer of each flag, in the unit of work where it was asked."""

    def work(service):
        with service.scope():
            service.add_feature_flag("new-cart", True)
            service.add_feature_flag("new-cart", False)
            service.add_feature_flag("fast", True)
            service.add_feature_flag("odd", "yes")
            service.capture_message("within", "error")
        service.capture_message("beside", "error")

    within, beside = run(work).events
    assert within["contexts"]["flags"]["values"] == [
        {"flag": "new-cart", "result": False},
        {"flag": "fast", "result": True},
    ]
    assert "flags" not in beside["contexts"]
    assert "add_feature_flag() takes a name and a truth value, not str and str; it is not noted" in caplog.text


def feedbacks(sent: captured.Sent) -> list[dict[str, Any]]:
    return [item for kind, item in sent._items if kind == "feedback"]


def test_feedback() -> None:
    """It is sent with what was said, the event it is about, and the identity of the service; secrets are filtered."""

    def work(service):
        about = service.capture_message("failed", "error")
        dashed = f"{about[:8]}-{about[8:12]}-{about[12:16]}-{about[16:20]}-{about[20:]}"
        assert service.capture_feedback(f"It broke at {SECRET}", "Joe", "joe@example.com", dashed, "https://shop/cart")
        assert service.capture_feedback("Nice") is not None

    sent = run(work)
    first, second = feedbacks(sent)
    assert first["contexts"]["feedback"] == {
        "message": "It broke at [Filtered]",
        "name": "Joe",
        "contact_email": "joe@example.com",
        "associated_event_id": sent.events[0]["event_id"],
        "url": "https://shop/cart",
    }
    assert (first["release"], first["environment"], first["tags"]["appclass"]) == ("shop@1", "test", "App")
    assert second["contexts"]["feedback"] == {"message": "Nice"}


@pytest.mark.parametrize("given", [("",), (None,), ("   ",)])
def test_no_feedback(given, caplog: pytest.LogCaptureFixture) -> None:
    """Without a text nothing is sent, and a line says so."""

    assert feedbacks(run(lambda service: service.capture_feedback(*given))) == []
    assert "capture_feedback() takes a text; nothing is sent" in caplog.text


def test_feedback_on_an_unknown_event(caplog: pytest.LogCaptureFixture) -> None:
    """It goes without what is no id of an event."""
    (feedback,) = feedbacks(run(lambda service: service.capture_feedback("Hm", event_id="the last one")))
    assert feedback["contexts"]["feedback"] == {"message": "Hm"}
    assert "goes without" in caplog.text


def test_metrics() -> None:
    """Metrics of sentry-sdk are sent without secrets."""

    def work(service):
        sentry_sdk.metrics.count("orders", 1, attributes={"carrier": "post", "password": "x", "note": f"key {SECRET}"})
        sentry_sdk.get_client().flush()

    items = [item for kind, payload in run(work)._items if kind == "trace_metric" for item in payload["items"]]
    (metric,) = [item for item in items if item["name"] == "orders"]
    found = {name: attribute["value"] for name, attribute in metric["attributes"].items()}
    assert (found["carrier"], found["password"], found["note"]) == ("post", "[Filtered]", "key [Filtered]")
