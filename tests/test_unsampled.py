"""What is not sampled, and requests without tracing: used like a transaction, to no effect."""

import textwrap

import apps
import pytest
from far import THREE, FarEnd
from test_web import WEB

pytestmark = pytest.mark.skipif(THREE, reason="uses functions of sentry-sdk 2; of 3 it is tested in test_spans3.py")

UNSAMPLED = """
def use(transaction):
    trace = sentry_sdk.get_traceparent()
    assert trace == transaction.to_traceparent() == dict(transaction.iter_headers())["sentry-trace"]
    assert trace.startswith(f"{transaction.trace_id}-{transaction.span_id}"), trace
    assert transaction.get_baggage().serialize() == transaction.to_baggage().serialize() == sentry_sdk.get_baggage()
    scope = sentry_sdk.get_current_scope()
    assert scope.transaction is sentry_sdk.get_current_span()
    assert transaction == scope.transaction
    assert isinstance(scope.transaction, sentry_sdk.tracing.Transaction)
    before = transaction.name, transaction.source
    facts = "op description status sampled parent_sampled sample_rate origin parent_span_id timestamp".split()
    assert not any(getattr(transaction, name) for name in facts if name != "origin")
    transaction.set_tag("a", "b")
    transaction.set_data("a", "b")
    transaction.set_context("a", {})
    transaction.set_flag("a", True)
    transaction.set_measurement("c", 1)
    transaction.set_status("ok")
    transaction.set_http_status(500)
    transaction.name = "own"
    scope.set_transaction_name("renamed")
    with sentry_sdk.start_span(op="step", name="one") as span, span.start_child(op="x", name="y") as child:
        child.set_data("d", 2)
        child.set_http_status(500)
        child.name = "z"
    with sentry_sdk.start_transaction(op="task", name="another"):
        pass
    assert transaction.name == "renamed", transaction.name
    assert sentry_sdk.get_traceparent() == trace
    return trace
"""


def test_unsampled_is_like_sampled(far: FarEnd, tmp_path) -> None:
    """All that can be done to a transaction and its spans can be done where it is not sampled; the trace says so."""
    source = """
    class App(Base):
        async def main(self):
            with self.Sentry.transaction("task", "outer") as transaction:
                assert transaction.name == "outer"
                trace = use(transaction)
                assert trace.endswith("-0")
                assert "sentry-sampled=false" in sentry_sdk.get_baggage().split(","), sentry_sdk.get_baggage()
                with self.Sentry.transaction("task", "inner"), self.Sentry.span("step", "innermost"):
                    assert sentry_sdk.get_traceparent() == trace
                await asyncio.create_task(self.child(trace))
                L.error("within")
            with self.Sentry.transaction("task", "next") as transaction:
                assert transaction.name == "next"
            assert sentry_sdk.get_current_span() is None
            assert not sentry_sdk.get_traceparent().startswith(trace)
            self.stop()

        async def child(self, trace):
            assert sentry_sdk.get_traceparent() == trace
            with self.Sentry.transaction("task", "in a child"):
                pass
    """
    ini = "[sentry]\ntraces_sample_rate=0\n"
    run = apps.run(tmp_path, UNSAMPLED + textwrap.dedent(source), dsn=far.dsn, ini=ini)
    assert run.returncode == 0, run.stderr
    assert far.transactions == []
    assert [event["transaction"] for event in far.events] == ["renamed"], run.stderr


@pytest.mark.parametrize("ini", ["traces_sample_rate=0", "traces_sample_rate=1\nignore_transactions=*", ""])
def test_unsampled_requests_are_like_sampled(far: FarEnd, tmp_path, ini: str) -> None:
    """So it is in requests, and without tracing; the name that a handler gives its request stays."""
    source = """
    class App(WebBase):
        def routes(self, router):
            router.add_get("/use/{name}", self.use)
            router.add_get("/plain/{name}", self.plain)

        async def use(self, request):
            transaction = sentry_sdk.get_current_span()
            assert transaction.name == "GET /use/a", transaction.name
            use(transaction)
            L.error("within")
            return aiohttp.web.Response()

        async def plain(self, request):
            with sentry_sdk.start_transaction(op="task", name="another"):
                pass
            with self.Sentry.transaction("task", "one more"):
                pass
            L.error("plain")
            raise ValueError("unhandled")

        async def drive(self, session):
            await self.get(session, "/use/a")
            await self.get(session, "/plain/a")
    """
    source = UNSAMPLED + textwrap.dedent(source)
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=f"[sentry]\n{ini}\n", prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    found = [event["transaction"] for event in far.events]
    assert found == ["renamed", "GET /plain/{name}", "GET /plain/{name}"], run.stderr
