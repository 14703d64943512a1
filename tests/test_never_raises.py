"""Whatever the methods of the service are given, and whatever a record holds: nothing is raised, nothing is lost."""

import json
from pathlib import Path

import apps
import pytest
from far import FarEnd, title
from hostile import HOSTILE

TESTS = f"sys.path.append({str(Path(__file__).parent)!r})\n"
NO_LIMITS = "[sentry]\ntraces_sample_rate=1\nshutdown_timeout=60\n[sentry:limits]\nissue_events=off\ntotal_events=off\n"

QUIET = """
import hostile


class Quiet(Base):
    def setup(self):
        # What other handlers make of these objects is not what is tested.
        logging.getLogger().handlers[:] = [logging.NullHandler()]
        self.Raised = []

    async def main(self):
        await asyncio.to_thread(self.all_ways)
        print(json.dumps([self.Raised, self.Sentry.Reduced, self.Sentry.Dropped]))
        self.stop()

    def all_ways(self):
        for name, make in hostile.HOSTILE.items():
            for way in dir(self):
                if way.startswith("way_"):
                    with self.Sentry.scope():
                        sentry_sdk.set_tag("way", way)
                        sentry_sdk.set_tag("object", name)
                        thing = make()
                        try:
                            getattr(self, way)(thing)
                        except BaseException as error:
                            self.Raised.append([way, name, type(error).__name__])
                        del thing
"""

RECORDS = """
class Odd(Exception):
    def __init__(self, thing):
        self.thing = thing

    def __str__(self):
        # Nobody can keep an exception from taking its time over its own text.
        return "a list" if type(self.thing) is list else str(self.thing)


class Records(Quiet):
    def way_struct_data(self, thing):
        L.error("data", struct_data={"thing": thing, "more": 5})

    def way_struct_data_itself(self, thing):
        L.error("data", struct_data=thing)

    def way_argument(self, thing):
        L.error("argument %s and %s", 7, thing)

    def way_number(self, thing):
        L.error("number %d and %f", thing, thing)

    def way_extra(self, thing):
        L.error("extra", extra={"thing": thing})

    def way_message(self, thing):
        L.error(thing)

    def way_exc_info(self, thing):
        L.error("exc_info", exc_info=(ValueError, thing, None))

    def way_variable(self, thing):
        L.error("variable")

    def way_variable_of_exception(self, thing):
        try:
            1 / 0
        except ZeroDivisionError:
            L.exception("exception")

    def way_argument_of_exception(self, thing):
        try:
            raise ValueError(thing)
        except ValueError:
            L.exception("exception")

    def way_text_of_exception(self, thing):
        try:
            raise Odd(thing)
        except Odd:
            L.exception("exception")

    def way_handmade(self, thing):
        L.handle(logging.makeLogRecord({"msg": "handmade", "levelno": 40, "args": (thing,), "thing": thing}))

    def way_breadcrumb(self, thing):
        L.info("breadcrumb %s %s", 1, thing, struct_data={"thing": thing}, extra={"other": thing})
        L.error("after a breadcrumb")
"""

METHODS = """
class App(Records):
    def way_exception(self, thing):
        self.Sentry.capture_exception(thing)
        sentry_sdk.capture_message("sent")

    def way_triple(self, thing):
        self.Sentry.capture_exception((ValueError, thing, thing))
        sentry_sdk.capture_message("sent")

    def way_message_by_hand(self, thing):
        self.Sentry.capture_message(thing)
        sentry_sdk.capture_message("sent")

    def way_arguments(self, thing):
        self.Sentry.capture_message(
            "arguments", level=thing, scope=thing, tags=thing, extras=thing, contexts=thing, user=thing,
            fingerprint=thing, other=thing)

    def way_values(self, thing):
        self.Sentry.capture_exception(
            ValueError("x"), tags={"tag": thing}, extras={"extra": thing}, contexts={"a": thing, "b": {"c": thing}},
            user={"id": thing}, fingerprint=[thing])

    def way_scope(self, thing):
        self.Sentry.capture_message("scope", scope=thing)

    def way_tags(self, thing):
        self.Sentry.set_tag("key", thing)
        self.Sentry.set_tag(thing, "value")
        self.Sentry.set_tags(thing)
        self.Sentry.set_tags({"key": thing})
        self.Sentry.capture_message("tags")

    def way_context(self, thing):
        self.Sentry.set_context("context", {"user": thing})
        self.Sentry.set_context("section", thing)
        self.Sentry.set_context(thing, {"a": 1})
        self.Sentry.capture_message("context")

    def way_user(self, thing):
        self.Sentry.set_user(thing)
        self.Sentry.set_user({"id": thing, "name": thing})
        self.Sentry.capture_message("user")

    def way_monitor(self, thing):
        with self.Sentry.monitor(thing):
            pass
        with self.Sentry.monitor("job", thing):
            pass
        with self.Sentry.monitor("job", "@daily", timezone=thing, checkin_margin=thing, max_runtime=thing):
            pass
        self.Sentry.capture_message("monitor")

    def way_transaction(self, thing):
        with self.Sentry.transaction(thing, thing):
            with self.Sentry.span(thing, thing):
                pass
        self.Sentry.capture_message("transaction")

    def way_by_hand(self, thing):
        self.Sentry.add_breadcrumb(thing, thing, thing, thing)
        self.Sentry.add_breadcrumb("text", data={"a": thing, "b": {"c": thing}})
        self.Sentry.add_feature_flag(thing, thing)
        self.Sentry.add_feature_flag("flag", thing)
        self.Sentry.capture_feedback(thing, thing, thing, thing, thing)
        with self.Sentry.scope():
            self.Sentry.add_attachment(thing, thing, thing)
            self.Sentry.add_attachment(b"data", thing, thing)
            self.Sentry.capture_message("by hand", attachments=thing)
            self.Sentry.capture_message("by hand", attachments=[thing, (thing,), (b"x", thing), (thing, thing, thing)])

    def way_flush(self, thing):
        if type(thing) is not int:
            self.Sentry.flush(thing)
        self.Sentry.capture_message("flush")

    def way_more_arguments(self, thing):
        self.Sentry.set_tag()
        self.Sentry.set_context(thing, thing, thing, thing=thing)
        self.Sentry.capture_message()
        self.Sentry.capture_message("more arguments")

    def way_wrong(self, thing):
        self.Sentry.add_event_processor(thing)
        self.Sentry.capture_message("processor")
"""


@pytest.fixture(scope="module")
def ended(shared_far: FarEnd, tmp_path_factory):
    """What was raised, what was reduced and what was dropped."""
    source = TESTS + QUIET + RECORDS + METHODS
    run = apps.run(tmp_path_factory.mktemp("quiet"), source, dsn=shared_far.dsn, ini=NO_LIMITS, timeout=300)
    assert run.returncode == 0, run.stderr[-5000:]
    return json.loads(run.stdout.splitlines()[-1])


def test_counts(ended) -> None:
    """No event is less than it should be, and none is dropped but those of an event that is being made."""
    _, reduced, dropped = ended
    assert reduced == 0
    assert set(dropped) <= {"recursion"}


@pytest.mark.parametrize("ways", [RECORDS, METHODS], ids=["records", "methods"])
def test_hostile_objects(shared_far: FarEnd, ended, ways: str) -> None:
    """Whatever an object does, and whichever way it gets here: nothing is raised, and the event arrives, as a whole."""
    names = {line.split("(")[0].split()[1] for line in ways.splitlines() if line.startswith("    def way_")}
    assert [raised for raised in ended[0] if raised[0] in names] == []
    arrived = {(event["tags"].get("way"), event["tags"].get("object")) for event in shared_far.events}
    assert {(way, name) for way in names for name in HOSTILE} - arrived == set()
    assert title(shared_far.events[0])
