"""Our client of sentry-sdk: what it does for each event, whoever captured it."""

import uuid

import apps
from far import FarEnd, title

SOURCE = """
def redact(event, hint):
    for breadcrumb in event["breadcrumbs"]["values"]:
        if breadcrumb["category"] == "app":
            breadcrumb["message"] = "redacted"
            breadcrumb.get("data", {}).pop("number", None)
    return event


def broken(event, hint):
    raise ValueError("broken")


class App(Base):
    async def main(self):
        with self.Sentry.scope() as scope:
            L.info("first", struct_data={"number": 1, "deep": {"a": [1]}})
            L.error("before the processor")
            scope.add_event_processor(redact)
            L.error("after it")
        sentry_sdk.capture_message("by the function of the SDK")
        try:
            raise KeyError("k")
        except KeyError:
            sentry_sdk.capture_exception()
        with self.Sentry.scope() as scope:
            scope.add_event_processor(broken)
            scope.add_error_processor(broken, ValueError)
            for _ in range(2):
                sentry_sdk.capture_exception(ValueError("by hand"))
        event = {"message": "made by hand"}
        sentry_sdk.capture_event(event)
        print(event)
        self.stop()
"""


def test_whoever_captures(far: FarEnd, tmp_path) -> None:
    """Event processors see log breadcrumbs, may change them and may fail; what others capture has its stack."""
    run = apps.run(tmp_path, SOURCE, dsn=far.dsn)
    before, after, message, error, kept, kept_too, by_hand = far.events
    ids = {uuid.UUID(event["event_id"]) for event in far.events}
    assert (len(ids), {number.version for number in ids}) == (7, {4})

    def crumbs(event):
        return [
            (crumb.get("message"), crumb.get("data"))
            for crumb in event["breadcrumbs"]["values"]
            if crumb["category"] == "app"
        ]

    assert crumbs(before) == [("first", {"number": 1, "deep": {"a": [1]}})]
    assert crumbs(after) == [("redacted", {"deep": {"a": [1]}}), ("redacted", None)]
    for event in (message, by_hand):
        (thread,) = event["threads"]["values"]
        frame = thread["stacktrace"]["frames"][-1]
        assert (frame["function"], "sentry_sdk.capture" in frame["context_line"]) == ("main", True)
    (frame,) = error["exception"]["values"][0]["stacktrace"]["frames"]
    assert (frame["context_line"].strip(), "self" in frame["vars"]) == ('raise KeyError("k")', True)
    assert (title(kept), title(kept_too)) == ("ValueError: by hand", "ValueError: by hand")
    assert run.stderr.count("An event processor of a scope failed; the event goes on without (ValueError: broken)") == 1
    assert run.stdout.strip() == "{'message': 'made by hand'}"
