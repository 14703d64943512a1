"""Monitors: when check-ins are sent, what they hold, and that jobs run as if they were not watched."""

import asyncio
import datetime
import logging

import apps
import asab
import pytest

import asab_sentry
import asab_sentry.testing
from asab_sentry.sources.asab import monitors
from asab_sentry.sources.work import crons


@pytest.fixture
def sent():
    with asab_sentry.testing.capture(
        config={"sentry": {"release": "shop@1.2", "environment": "test"}, "sentry:monitors": {}}
    ) as sent:
        yield sent


@pytest.fixture
def service(sent):
    return asab_sentry.SentryService(asab.Application())


def statuses(sent):
    return [(each["monitor_slug"], each["status"]) for each in sent.check_ins]


def test_a_run(service, sent):
    """A run is two check-ins of one id with schedule, environment and release; the second has the duration."""
    with service.monitor("import", "0 3 * * *", timezone="Europe/Prague", checkin_margin=5, max_runtime=30):
        assert statuses(sent) == [("import", "in_progress")]
    begun, ended = sent.check_ins
    assert begun["check_in_id"] == ended["check_in_id"]
    assert begun["duration"] is None
    assert 0 <= ended["duration"] < 5
    assert statuses(sent)[1] == ("import", "ok")
    for each in (begun, ended):
        assert (each["environment"], each["release"]) == ("test", "shop@1.2")
        assert each["monitor_config"] == {
            "schedule": {"type": "crontab", "value": "0 3 * * *"},
            "timezone": "Europe/Prague",
            "checkin_margin": 5,
            "max_runtime": 30,
        }


def test_a_failing_run(service, sent):
    """An exception passes through, the run is an error, and the exception is no event by that alone."""
    with pytest.raises(KeyError), service.monitor("import"):
        raise KeyError("no price")
    assert statuses(sent) == [("import", "in_progress"), ("import", "error")]
    assert "monitor_config" not in sent.check_ins[0]
    assert sent.events == []


def test_decorators(service, sent):
    """Functions and coroutine functions keep name, arguments and result; each call is a run."""
    monitor = service.monitor("job")

    @monitor
    def double(number):
        return 2 * number

    @monitor
    async def triple(number):
        await asyncio.sleep(0)
        return 3 * number

    assert (double.__name__, triple.__name__) == ("double", "triple")
    assert asyncio.iscoroutinefunction(triple)

    async def main():
        return await asyncio.gather(triple(1), triple(2))

    assert double(4) == 8
    assert asyncio.run(main()) == [3, 6]
    assert [status for _, status in statuses(sent)] == ["in_progress", "ok", "in_progress", "in_progress", "ok", "ok"]
    assert len({each["check_in_id"] for each in sent.check_ins}) == 3


def test_async_with_and_cancelling(service, sent):
    """`async with` works as `with`; a run that is cancelled is an error."""

    async def main():
        async with service.monitor("short"):
            pass
        async with service.monitor("long"):
            await asyncio.sleep(60)

    async def cancel():
        task = asyncio.create_task(main())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert statuses(sent) == [("short", "in_progress"), ("short", "ok"), ("long", "in_progress"), ("long", "error")]


def test_nested(service, sent):
    """Monitors may stand within each other, also one within itself."""
    outer, inner = service.monitor("outer"), service.monitor("inner")
    with outer, inner, outer:
        pass
    assert [slug for slug, status in statuses(sent) if status == "ok"] == ["outer", "inner", "outer"]
    assert len({each["check_in_id"] for each in sent.check_ins}) == 3


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("*/5 * * * *", {"type": "crontab", "value": "*/5 * * * *"}),
        (" 0  3 * * MON-FRI ", {"type": "crontab", "value": "0 3 * * MON-FRI"}),
        ("@daily", {"type": "crontab", "value": "@daily"}),
        ("10m", {"type": "interval", "value": 10, "unit": "minute"}),
        ("2h", {"type": "interval", "value": 2, "unit": "hour"}),
        (86400, {"type": "interval", "value": 1, "unit": "day"}),
        (datetime.timedelta(weeks=2), {"type": "interval", "value": 2, "unit": "week"}),
    ],
)
def test_schedules(schedule, expected):
    """A schedule is a crontab entry or an interval in whole minutes, in the largest unit that fits."""
    assert crons.config(schedule) == {"schedule": expected}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("job", "soon"), "schedule 'soon' must be a crontab entry"),
        (("job", "10s"), "schedule '10s' must be"),
        (("job", float("nan")), "schedule nan must be"),
        (("job", object()), "schedule <object"),
        (("job", "10m", "Europe/Prague", 0), "checkin_margin = 0: accepted are"),
        (("job", None, "Europe/Prague"), "timezone without a schedule"),
    ],
)
def test_faulty_schedules(service, sent, caplog, arguments, reason):
    """A schedule that Sentry would reject is said and left out; the check-ins are sent."""
    slug, schedule, *rest = arguments
    with service.monitor(slug, schedule, **dict(zip(("timezone", "checkin_margin"), rest, strict=False))):
        pass
    assert statuses(sent) == [("job", "in_progress"), ("job", "ok")]
    assert "monitor_config" not in sent.check_ins[0]
    assert reason in caplog.text


@pytest.mark.parametrize("slug", ["", "With Space", "a" * 51, None, 5, "über", "job\n"])
def test_faulty_slugs(service, sent, caplog, slug):
    """A slug that Sentry would change is said; the job runs unwatched."""
    ran = []
    service.monitor(slug)(lambda: ran.append(1))()
    assert ran == [1]
    assert sent.check_ins == []
    assert "accepted are 1 to 50 of a-z, 0-9, _ and -; it is not watched" in caplog.text


def test_off():
    """With Sentry off a monitor does nothing, whatever it is given."""
    with asab_sentry.testing.capture() as sent, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTRY_DSN", "")
        service = asab_sentry.SentryService(asab.Application())
        with service.monitor("Not A Slug", object()):
            service.add_event_processor(None)
        assert sent.check_ins == []


class Housekeepers:
    def __init__(self, app, failing):
        self.failing = failing
        self.done = []
        self.wiped = asyncio.Event()
        app.PubSub.subscribe("Application.housekeeping!", self.sweep)
        app.PubSub.subscribe("Application.housekeeping!", self.wipe)

    def sweep(self, message_type):
        self.done.append("sweep")
        if self.failing == "sweep":
            raise OSError("no broom")

    async def wipe(self, message_type):
        await asyncio.sleep(0.01)
        self.done.append("wipe")
        self.wiped.set()
        if self.failing == "wipe":
            raise OSError("no cloth")


@pytest.mark.parametrize("failing", [None, "sweep", "wipe"])
@pytest.mark.parametrize("asynchronously", [False, True])
def test_housekeeping(failing, asynchronously):
    """ASAB's housekeeping is a run from its first to its last subscriber; it fails when one of them does."""
    config = {"sentry:monitors": {"housekeeping": "shop-housekeeping"}, "housekeeping": {"at": "04:30"}}

    class App(asab.Application):
        def __init__(self):
            super().__init__()
            asab_sentry.SentryService(self)
            self.Housekeepers = Housekeepers(self, failing)

        async def main(self):
            self.PubSub.publish("Application.housekeeping!", asynchronously=asynchronously)
            self.PubSub.publish("Application.tick/60!")
            assert statuses(sent) == [("shop-housekeeping", "in_progress")]
            await asyncio.wait_for(self.Housekeepers.wiped.wait(), 10)
            await asyncio.sleep(0)
            self.stop()

    with asab_sentry.testing.capture(config=config) as sent:
        app = App()
        app.run()
        assert sorted(app.Housekeepers.done) == ["sweep", "wipe"]
    assert statuses(sent)[1:] == [("shop-housekeeping", "error" if failing else "ok")]
    schedule = sent.check_ins[0]["monitor_config"]
    assert schedule["schedule"] == {"type": "crontab", "value": "30 4 * * *"}
    assert schedule["timezone"] == "UTC"
    assert len(sent.events) == (1 if failing else 0)


def test_heartbeat():
    """Each minute of a living loop is a check-in; nothing else is."""
    with asab_sentry.testing.capture(config={"sentry:monitors": {"heartbeat": "shop-heartbeat"}}) as sent:
        app = asab.Application()
        asab_sentry.SentryService(app)
        for message_type in ("Application.tick!", "Application.tick/60!", "Application.tick/60!"):
            app.PubSub.publish(message_type)
        app.PubSub.publish("Application.housekeeping!")
    assert statuses(sent) == [("shop-heartbeat", "ok")] * 2
    assert sent.check_ins[0]["monitor_config"] == monitors.HEARTBEAT_CONFIG


def test_check_ins_arrive(far, tmp_path):
    """Check-ins of a real service reach the server, past `before_send` and processors that drop everything."""
    apps.run(
        tmp_path,
        """
        class App(Base):
            async def main(self):
                self.Sentry.add_event_processor(lambda event, hint: None)
                with self.Sentry.monitor("job", "10m"):
                    self.Sentry.capture_message("dropped")
                self.stop()
        """,
        dsn=far.dsn,
        ini="[sentry]\nrelease=shop@1\nsample_rate=0\n",
    )
    check_ins = [
        item.payload for envelope in far.envelopes for item in envelope.items if "check_in" in str(item.headers)
    ]
    assert [(each["status"], each["release"]) for each in check_ins] == [("in_progress", "shop@1"), ("ok", "shop@1")]
    assert far.events == []


class TestProcessors:
    """`add_event_processor`."""

    def test_change_and_drop(self, service, sent):
        """A processor changes events and drops them, with the breadcrumbs in sight; the next sees what it made."""
        seen = []

        def first(event, hint):
            seen.append([each["message"] for each in event.get("breadcrumbs", {}).get("values", [])])
            event.setdefault("tags", {})["first"] = "yes"
            return None if event["message"] == "drop" else event

        def second(event, hint):
            event["tags"]["second"] = event["tags"]["first"]
            return event

        service.add_event_processor(first)
        service.add_event_processor(second)
        logging.getLogger("shop").info("on the way")
        assert service.capture_message("keep") is not None
        assert service.capture_message("drop") is None
        (event,) = sent.events
        assert event["tags"]["second"] == "yes"
        assert "on the way" in seen[0]

    def test_failing(self, service, sent, caplog):
        """A processor that fails or returns nonsense stops no event and is said once."""

        def broken(event, hint):
            raise RuntimeError("oops")

        service.add_event_processor(broken)
        service.add_event_processor(lambda event, hint: 5)
        service.add_event_processor("no callable")
        for number in range(3):
            service.capture_message(f"message {number}")
        assert len(sent.events) == 3
        assert caplog.text.count("broken failed (RuntimeError: oops)") == 1
        assert caplog.text.count("returned int, accepted is a dict or None") == 1
        assert "takes a callable, not str" in caplog.text
