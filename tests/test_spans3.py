"""Segments and spans of sentry-sdk 3: what is sent, what is not, and that what is not sampled can be used alike."""

import apps
import pytest
from far import THREE, FarEnd
from test_web import WEB

pytestmark = pytest.mark.skipif(not THREE, reason="sentry-sdk 2 has transactions")

SENT = """
SECRET = "hunter" + "22"  # lines of source are sent as they are


class App(WebBase):
    def routes(self, router):
        router.add_get("/items/{name}", self.item)

    async def item(self, request):
        self.Sentry.set_tag("colour", "red")
        self.Sentry.set_user({"id": "u-7", "email": "joe@example.com"})
        with self.Sentry.span("db", "SELECT 1") as span:
            span.set_data("db.password", SECRET)
            span.set_data("rows", 7)
            span.set_tag("cold", True)
            span.set_status("internal_error")
            span.set_http_status(503)
            span.set_measurement("load", 0.5)
            span.set_context("facts", {"a": 1})
            span.update_data({"b": [1, 2]})
            assert (span.name, span.sampled) == ("SELECT 1", True)
        return aiohttp.web.Response()

    async def drive(self, session):
        await self.get(session, "/items/1")
        with self.Sentry.transaction("job", f"mail joe@example.com password={SECRET}") as work:
            work.name = "renamed"
            work.set_data("url.query", f"token={SECRET}")
            L.error("within")
"""


def test_what_is_sent(far: FarEnd, tmp_path) -> None:
    """Spans have identity, tags and the id of the user as attributes, and no secret, argument or body."""
    ini = "[sentry]\ntraces_sample_rate=1\n[sentry:tags]\nteam=blue\n"
    run = apps.run(tmp_path, SENT, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB, env={"NODE_ID": "node-1"})
    assert run.returncode == 0, run.stderr
    request, job = sorted(far.transactions, key=lambda each: each["transaction"])
    assert (request["transaction"], job["transaction"]) == ("GET /items/{name}", "renamed")
    assert request["contexts"]["trace"]["op"] == "http.server"
    assert request["transaction_info"]["source"] == "route"
    (span,) = (span for span in request["spans"] if span["op"] == "db")
    assert span["parent_span_id"] == request["contexts"]["trace"]["span_id"]
    assert {"db.password": "[Filtered]", "rows": 7, "cold": True, "load": 0.5, "facts.a": 1, "b": [1, 2]}.items() <= (
        span["data"].items()
    )
    assert span["status"] == "error"
    for each in (request["contexts"]["trace"]["data"], span["data"]):
        expected = {"appclass": "App", "node_id": "node-1", "team": "blue", "colour": "red", "user.id": "u-7"}
        assert expected.items() <= each.items()
        assert not {"process.command_args", "user.email", "user.name"} & each.keys()
    raw = b"".join(envelope.raw for envelope in far.envelopes)
    assert b"hunter22" not in raw
    (event,) = far.events
    assert event["contexts"]["trace"]["trace_id"] == job["contexts"]["trace"]["trace_id"]
    assert event["transaction"] == "renamed"


UNSAMPLED = """
class App(WebBase):
    @property
    def IsSampled(self):
        return self.Sentry.Options.traces_sample_rate == 1

    def routes(self, router):
        router.add_get("/items/{name}", self.item)

    async def item(self, request):
        span = sentry_sdk.get_current_span()
        assert not span.sampled
        trace = sentry_sdk.get_traceparent()
        span.set_attribute("a", 1)
        span.status = "error"
        with sentry_sdk.start_span(name="inner") as inner:
            inner.set_attribute("a", 1)
        with self.Sentry.span("a", "b") as ours:
            ours.set_data("a", 1)
            ours.set_status("ok")
            ours.set_context("a", {"b": 1})
            ours.name = "c"
        assert sentry_sdk.get_traceparent() == trace
        L.error("within")
        return aiohttp.web.Response()

    async def drive(self, session):
        await self.get(session, "/items/1", headers={"sentry-trace": "{:032x}-{:016x}-0".format(7, 9)})
        with self.Sentry.transaction("job", "work") as work:
            work.set_tag("a", "b")
            assert work.sampled is self.IsSampled
            L.error("in work")
        assert sentry_sdk.get_current_span() is None
        L.error("after")
"""


@pytest.mark.parametrize("ini", ["traces_sample_rate=0", "traces_sample_rate=1\nignore_transactions=*", ""])
def test_unsampled(far: FarEnd, tmp_path, ini: str) -> None:
    """What is not sampled can be used as if it were; nothing of a request is sent, and errors carry its trace."""
    run = apps.run(tmp_path, UNSAMPLED, dsn=far.dsn, ini=f"[sentry]\n{ini}\n", prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    assert [each["transaction"] for each in far.transactions if each["transaction"] != "work"] == []
    request, work, after = far.events
    assert request["contexts"]["trace"]["trace_id"] == f"{7:032x}"
    assert request["transaction"] == "GET /items/{name}"
    assert (work.get("transaction"), after.get("transaction")) == ("work" if "rate" in ini else None, None)
