"""Doors: where a part of this package fails, what it was put in the place of goes on without it, and that is said."""

import apps
import pytest
from far import FarEnd
from test_web import WEB

BROKEN = """
import contextvars, importlib

from asab_sentry.runtime import diagnostics as notices


def fail(*args, **kwargs):
    raise RuntimeError("it does otherwise")


@contextlib.contextmanager
def broken(part):
    module, _, path = part.partition(":")
    owner = importlib.import_module("asab_sentry." + module)
    *way, last = path.split(".")
    for name in way:
        owner = getattr(owner, name)
    before = getattr(owner, last)
    setattr(owner, last, fail)
    try:
        yield
    finally:
        setattr(owner, last, before)
"""

WORKS = """
class Theirs(Exception):
    pass


class App(WebBase):
    def routes(self, router):
        router.add_get("/fine/{name}", self.fine)
        router.add_get("/fails/{name}", self.fails)
        router.add_get("/missing/{name}", self.missing)

    async def fine(self, request):
        with self.Sentry.span("db", "SELECT") as span:
            span.set_data("a", 1)
        return aiohttp.web.Response(text="fine")

    async def fails(self, request):
        with asab.contextvars.tenant_context("acme"):
            raise Theirs

    async def missing(self, request):
        raise aiohttp.web.HTTPNotFound()

    def heard(self, message_type):
        self.Heard.append(message_type)
        raise Theirs

    async def works(self, error=None):
        await asyncio.sleep(0)
        if error is not None:
            raise error
        return 5

    async def drive(self, session):
        self.Heard = []
        self.PubSub.subscribe("Test!", self.heard)
        self.Lines = []
        handler = logging.Handler()
        handler.emit = lambda record: self.Lines.append((record.name, record.getMessage()))
        logging.getLogger().addHandler(handler)
        for part in os.environ["PARTS"].split():
            notices.said_at.clear()
            self.Heard.clear()
            self.Lines.clear()
            with broken(part):
                try:
                    # In scopes that are not left as another part has left them.
                    await asyncio.create_task(self.everything(session), context=contextvars.Context())
                except Exception:
                    L.exception("While it is broken")
                    print("not as without:", part)
                else:
                    self.judge(part)

    async def everything(self, session):
        for path, status in (("fine", 200), ("fails", 500), ("missing", 404)):
            for _ in range(2):
                async with session.get(f"{self.Url}/{path}/1") as response:
                    assert response.status == status, (path, response.status)
        assert await asyncio.create_task(self.works()) == 5
        for work in (asyncio.create_task(self.works(Theirs())), self.works(Theirs())):
            with contextlib.suppress(Theirs):
                await work
                raise AssertionError("nothing is raised")
        lost = asyncio.create_task(self.works(ValueError("lost")))
        await asyncio.wait([lost])
        del lost
        gc.collect()
        self.PubSub.publish("Test!")
        self.PubSub.publish("Test!", asynchronously=True)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with self.Sentry.transaction("task", "job") as job:
            job.set_data("a", 1)
            job.update_data({"a": 1})
            job.set_tag("a", "b")
            job.set_context("a", {"b": 1})
            job.set_measurement("a", 1)
            job.set_http_status(200)
            job.set_status("ok")
            job.name = "renamed"
            assert (type(job.trace_id), type(job.span_id), type(job.sampled), type(job.name)) == (str, str, bool, str)
        with contextlib.suppress(Theirs), self.Sentry.transaction("task", "job"), self.Sentry.scope():
            raise Theirs
        with self.Sentry.monitor("job"):
            pass
        self.Sentry.set_tag("a", "b")
        self.Sentry.set_user({"id": "1"})
        self.Sentry.set_context("a", {"b": 1})
        self.Sentry.capture_message("by hand")
        self.Sentry.capture_exception(Theirs())
        for _ in range(2):
            L.info("a line")
            L.error("an error")
            L.error("its exception", exc_info=Theirs())
        thread = threading.Thread(target=lambda: L.error("of a thread"))
        thread.start()
        thread.join()

    def judge(self, part):
        texts = [text for name, text in self.Lines if name == "app"]
        counts = [texts.count(text) for text in ("an error", "its exception", "of a thread")]
        said = [text for name, text in self.Lines if name == "asab_sentry"]
        is_lost_shown = any("lost" in text or "never retrieved" in text for _, text in self.Lines)
        if (counts, self.Heard, is_lost_shown) != ([2, 2, 1], ["Test!", "Test!"], True):
            print("not as without:", part, counts, self.Heard, is_lost_shown)
        if len(said) != len(set(said)):
            print("said twice:", part, said)
        if not said:
            print("not said:", part)
"""

PARTS = """
sources.web.server:scopes.enter
sources.web.server:scopes.forked
sources.web.server:tracing.decide
sources.web.server:spans.end
sources.web.server:spans.rename
sources.web.server:spans.tell_status
sources.web.server:spans.Measurement._set
sources.web.server:spans.Measurement._name
sources.web.server:spans.Measurement._rename
sources.web.server:served.begin
sources.web.server:served.is_client_gone
sources.web.log_rules:Middleware.is_event
sources.web.server:Describe
sources.web.server:title_of
sources.web.server:name_transaction
sources.web.server:callers.keep
sources.web.server:Requests._begin
sources.web.request:Describe._describe
sources.web.request:name_of
sources.asab.unretrieved:Unretrieved.watch
sources.asab.loop:scopes.leave
sources.asab.loop:tasks.error
sources.asab.loop:_log
sources.asab.loop:exception_marks.take_left
sources.work.scopes:Unit._begin
sources.work.scopes:Unit._end
sources.work.scopes:current_unit
sources.work.scopes:current
sources.work.scopes:set_tag
sources.work.scopes:exception_marks.leave
sources.work.scopes:exception_marks.note_delivery
sources.work.scopes:exception_marks.note_caller
sources.work.scopes:exception_marks.report
sources.asab.callers:find
sources.asab.callers:write
sources.records:Records._handle
sources.record_taps:clean_record
sources.record_events:frames.threads
sources.record_events:record_facts.logentry
sources.records:breadcrumbs.add
sources.ignored:Ignored.covers
sources.capture:Capture.event
sources.capture:stacks.caller
sources.capture:with_room
sources.capture:exceptions.describe
sources.capture:capture_arguments.usable
sources.work.crons:begin
sdk.client:SdkClient.capture_event
sdk.client:keep_modules
pipeline.gate:Gate.admit
pipeline.gate:Gate.enter
pipeline.grouping:Grouping.of_exception
pipeline.grouping:Grouping.of_message
pipeline.grouping:write
pipeline.scrubbing.scrubber:Scrubber.refresh
pipeline.log_breadcrumbs:take
pipeline.log_breadcrumbs:put_back
pipeline.modules:installed
"""

SAMPLED = """
sources.web.server:spans.begin_root
sources.web.server:spans.begin_child
sources.web.server:spans.is_over
sources.web.server:measured.Request._begin
sources.web.server:measured.Request._finish
"""

UNSAMPLED = """
sources.web.server:traces.begin
sources.web.server:traces.begin_unsampled
sources.web.server:spans.place
sources.web.server:spans.Nothing
"""


MEASURED = [part for part in PARTS.split() if part.startswith(("sources.web.", "sources.work."))]
"""What does something else where nothing is sampled."""


@pytest.mark.parametrize(("rate", "parts"), [("1", PARTS + SAMPLED), ("0", " ".join(MEASURED) + UNSAMPLED)])
def test_parts_that_fail(far: FarEnd, tmp_path, rate: str, parts: str) -> None:
    """Whichever part here fails, requests, tasks, deliveries, records and blocks go on; that is said once."""
    run = apps.run(
        tmp_path,
        BROKEN + WORKS,
        dsn=far.dsn,
        ini=f"[sentry]\ntraces_sample_rate={rate}\n[sentry:limits]\nissue_events=off\ntotal_events=off\n",
        env={"PARTS": parts},
        prelude=apps.PRELUDE + WEB,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[:-1] == [], run.stdout


START = """
class App(asab.Application):
    def __init__(self):
        super().__init__()
        before = self.state()
        for part in os.environ["PARTS"].split():
            with broken(part):
                service = asab_sentry.SentryService(self, "asab.SentryService." + part)
            assert (service.Enabled, self.state()) == (False, before), part
            while any(thread.name.startswith("asab-sentry") for thread in threading.enumerate()):
                time.sleep(0.01)
            with service.transaction("a", "b") as work, service.scope(), service.monitor("job"):
                work.set_data("a", 1)
            service.set_tag("a", "b")
            assert service.capture_message("a") is None and service.Sent["events"] == 0

    def state(self):
        hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
        loop = self.Loop.get_task_factory(), self.Loop.get_exception_handler(), self.Loop.close
        web = aiohttp.web.Application._handle, aiohttp.web.Application.startup
        return logging.Logger.callHandlers, *hooks, *loop, *web, sentry_sdk.Scope.set_client

    async def main(self):
        L.error("an error")
        self.stop()
"""

AT_THE_START = """
sdk.client:adapt
sdk.client:SdkClient.__init__
client:other_setups.keep_client
client:frames.install
client:interpreter_hooks.install
client:Records.install
client:outgoing.install
sources.asab.application:loop.install
sources.web.server:Requests.install
sources.asab.application:pubsub.install
"""


def test_a_start_that_fails(far: FarEnd, tmp_path) -> None:
    """Where a part here fails at the start, the service runs without Sentry, that is said, and no thread is left."""
    run = apps.run(
        tmp_path,
        "import aiohttp.web\n" + BROKEN + START,
        dsn=far.dsn,
        env={"PARTS": AT_THE_START},
        prelude=apps.PRELUDE.replace("class Base(asab.Application)", "class Base"),
    )
    assert run.returncode == 0, run.stderr
    said = run.stderr.count("Sentry is off, as it cannot be started (RuntimeError: it does otherwise)")
    assert said == len(AT_THE_START.split())
