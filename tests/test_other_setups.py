"""Code that sets up sentry-sdk by itself, before the service or after it: all arrives once, and nothing past it."""

import textwrap

import apps
import pytest
from far import FarEnd, title
from test_web import WEB

SOURCE = """
from sentry_sdk.integrations.logging import BreadcrumbHandler, EventHandler


def init(app=None):
    sentry_sdk.init(OTHER, traces_sample_rate=1, before_send=lambda event, hint: {**event, "tags": {"other": "yes"}})


class App(WebBase):
    def setup(self):
        super().setup()
        if WHEN == "at start":
            init()

    def routes(self, router):
        router.add_get("/fails/{name}", self.fails)

    async def fails(self, request):
        L.info("on the way")
        raise ValueError("in a request")

    async def lost(self):
        raise ValueError("lost")

    async def drive(self, session):
        if WHEN == "late":
            init()
            init()
        L.info("one breadcrumb")
        L.error("one record")
        try:
            raise KeyError("logged")
        except KeyError:
            L.exception("Failed")
        sentry_sdk.add_breadcrumb(message="by hand")
        sentry_sdk.capture_message("by hand, password=hunter2")
        with self.Sentry.transaction("task", "measured"):
            pass
        logging.getLogger("aiohttp.server").error("of the server")
        asyncio.create_task(self.lost())
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        await self.get(session, "/fails/a")
        with sentry_sdk.isolation_scope() as scope:
            scope.set_client(sentry_sdk.Client(OTHER))
            sentry_sdk.capture_message("elsewhere on purpose")
            sentry_sdk.flush()


if WHEN == "before":
    init()
elif WHEN == "handlers":
    logging.getLogger("app").addHandler(EventHandler())
    logging.getLogger("app").addHandler(BreadcrumbHandler())
"""

LINES = {
    "never": (),
    "before": ("WARNING", "sentry_sdk.init() was called before the SentryService was made: "),
    "at start": ("ERROR", "sentry_sdk.init() was called after the SentryService was made (", "app.py:"),
    "late": ("ERROR", "sentry_sdk.init() was called after the SentryService was made (", "app.py:"),
    "handlers": ("WARNING", "A logger has a handler of sentry_sdk, which is not needed: it is left out; remove it"),
}


@pytest.mark.parametrize("when", LINES)
def test_another_setup(far: FarEnd, tmp_path, when: str) -> None:
    """Whoever sets up sentry-sdk besides: each event, breadcrumb and transaction arrives once, here, and clean."""
    with FarEnd() as other:
        names = f"WHEN, OTHER = {when!r}, {other.dsn!r}\n"
        ini = "[sentry]\nrelease=shop@1\ntraces_sample_rate=0.0\n" if when == "before" else "[sentry]\nrelease=shop@1\n"
        run = apps.run(tmp_path, names + textwrap.dedent(SOURCE), dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
        assert run.returncode == 0, run.stderr
        # What the application sends elsewhere, for a part of its work, is its own business.
        assert [title(event) for event in other.events] == ["elsewhere on purpose"]
        assert other.transactions == []
    events = {title(event): event for event in far.events}
    assert sorted(map(title, far.events)) == sorted(
        [
            "ZeroDivisionError: division by zero",
            "KeyError: 'logged'",
            "ValueError: in a request",
            "ValueError: lost",
            "by hand, password=[Filtered]",
            "of the server",
            "one record",
        ]
    )
    assert far.transactions == []
    for event in events.values():
        assert event["release"] == "shop@1"
        assert event["tags"]["appclass"] == "App"
        assert "other" not in event["tags"]
    messages = [value.get("message") for value in events["by hand, password=[Filtered]"]["breadcrumbs"]["values"]]
    assert messages[-4:] == ["one breadcrumb", "one record", "Failed", "by hand"]
    failed = events["ValueError: in a request"]
    assert failed["transaction"] == "GET /fails/{name}"
    assert [value["message"] for value in failed["breadcrumbs"]["values"]] == ["on the way"]
    lines = [line for line in run.stderr.splitlines() if "asab_sentry" in line and "sentry_sdk" in line]
    assert len(lines) == (1 if LINES[when] else 0), run.stderr
    for part in LINES[when]:
        assert part in lines[0]


def test_switched_off(tmp_path) -> None:
    """With Sentry off, others set up sentry-sdk as they like."""
    source = """
    class App(Base):
        async def main(self):
            sentry_sdk.init(OTHER)
            sentry_sdk.capture_message("theirs")
            sentry_sdk.flush()
            self.stop()
    """
    with FarEnd() as other:
        run = apps.run(tmp_path, f"OTHER = {other.dsn!r}\n" + textwrap.dedent(source), dsn="")
        assert [title(event) for event in other.events] == ["theirs"]
    assert "sentry_sdk.init()" not in run.stderr


def test_records_of_other_processes(far: FarEnd, tmp_path) -> None:
    """What a handler of sentry-sdk makes of the log records of other processes is sent, as nobody else sees them."""
    source = """
    from sentry_sdk.integrations.logging import EventHandler

    class App(Base):
        async def main(self):
            record = L.makeRecord("worker", logging.ERROR, "worker.py", 5, "of a worker", (), None)
            record.process += 1
            EventHandler().handle(record)
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn)
    assert [title(event) for event in far.events] == ["of a worker"]
