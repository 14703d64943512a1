"""Sessions for release health, and Apdex."""

import json
from collections import Counter
from typing import Any

import apps
import pytest
from far import FarEnd

from asab_sentry.sources.health import MOST_ROUTES, OTHERS, Apdex, Sessions

SOURCE = """
import aiohttp, aiohttp.web, asab.metrics, asab.web, asab.web.rest


class App(Base):
    def setup(self):
        self.add_module(asab.metrics.Module)

    async def main(self):
        self.add_module(asab.web.Module)
        web = self.get_service("asab.WebService")
        container = asab.web.WebContainer(web, "web", config={"listen": "127.0.0.1 0"})
        if JSON:
            container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        for name in ("fine", "logs", "fails", "missing", "unavailable", "health"):
            container.WebApp.router.add_get(f"/{name}/{{id}}", getattr(self, name))
        container.WebApp.router.add_get("/socket", self.socket)
        self.Done = 0
        self.PubSub.subscribe("TaskService.task_done!", self.on_done)
        while not self.Done:  # the container is started by a task of its own
            await asyncio.sleep(0.01)
        async with aiohttp.ClientSession() as session:
            port = container.WebAppRunner.addresses[0][1]
            for name in ("fine", "fine", "fine", "logs", "logs", "fails", "missing", "unavailable", "health"):
                await (await session.get(f"http://127.0.0.1:{port}/{name}/1")).read()
            async with session.ws_connect(f"http://127.0.0.1:{port}/socket") as socket:
                await socket.receive()
        self.TaskService.schedule(self.task(), self.failing_task(), self.logging_task(), self.logging_task())
        while self.Done < 5:
            await asyncio.sleep(0.01)
        lines = []
        if (service := self.get_service("asab.MetricsService")) is not None:
            from asab.metrics.openmetric import metric_to_openmetric

            await service.flush()
            texts = [metric_to_openmetric(metric) for metric in service.Storage.Metrics]
            lines = [line for text in texts for line in text.splitlines() if line.startswith("sentry_apdex")]
        print(json.dumps([self.Sentry.Apdex, lines]))
        self.stop()

    def on_done(self, message_type, task):
        self.Done += 1

    async def task(self):
        pass

    async def logging_task(self):
        L.error("handled by a task")

    async def failing_task(self):
        raise LookupError("task")

    async def fine(self, request):
        return aiohttp.web.Response(text="fine")

    health = fine

    async def socket(self, request):
        socket = aiohttp.web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close()
        return socket

    async def logs(self, request):
        L.error("handled")
        return await self.fine(request)

    async def fails(self, request):
        raise LookupError("request")

    async def missing(self, request):
        raise aiohttp.web.HTTPNotFound()

    async def unavailable(self, request):
        return aiohttp.web.Response(status=503)
"""


def aggregates(far: FarEnd) -> list[dict[str, Any]]:
    return [item.payload for envelope in far.envelopes for item in envelope.items if item.headers["type"] == "sessions"]


def run(tmp_path, far: FarEnd, ini: str, *, answers_json: bool = True) -> str:
    end = f"\nJSON = {answers_json}\n{apps.END}"
    done = apps.run(tmp_path, SOURCE, dsn=far.dsn, ini=f"[sentry]\nenvironment=test\n{ini}\n", end=end)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("answers_json", [True, False])
@pytest.mark.parametrize("limits", ["", "[sentry:limits]\nissue_events=1"])
def test_sessions(tmp_path, far: FarEnd, answers_json: bool, limits: str) -> None:
    """Requests and tasks are counted by outcome, and sent as numbers of each minute, of a release.

    An error is one, though the limits suppress its event.
    """
    run(tmp_path, far, f"release=shop@1.0\n{limits}", answers_json=answers_json)
    payloads = aggregates(far)
    assert {tuple(payload["attrs"].items()) for payload in payloads} == {
        (("release", "shop@1.0"), ("environment", "test"))
    }
    counts: Counter[str] = Counter()
    for payload in payloads:
        for aggregate in payload["aggregates"]:
            assert aggregate["started"].endswith(":00Z")
            counts.update({outcome: count for outcome, count in aggregate.items() if outcome != "started"})
    assert counts == {"exited": 3 + 1 + 1 + 2 + 1, "errored": 2 + 2, "crashed": 2 + 1}


JOBS = {
    "exited": "L.warning('late')",
    "errored": "L.error('one of many failed')",
    "crashed": "raise LookupError('nothing to do')",
}


@pytest.mark.parametrize("outcome", JOBS)
def test_a_job_is_one_session(tmp_path, far: FarEnd, outcome: str) -> None:
    """The run of an application without web server and tasks of the TaskService, and those of no children."""
    source = f"""
    class App(Base):
        async def main(self):
            child = os.fork()
            if not child:
                sys.exit()
            os.waitpid(child, 0)
            self.stop()
            {JOBS[outcome]}
    """
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nrelease=shop@1.0\n")
    (payload,) = aggregates(far)
    assert [{**aggregate, "started": ""} for aggregate in payload["aggregates"]] == [{"started": "", outcome: 1}]


def test_a_server_without_requests_is_no_session(tmp_path, far: FarEnd) -> None:
    """Nor is the run of an application that serves, though nobody has asked."""
    source = """
    import aiohttp.web

    class App(Base):
        async def main(self):
            runner = aiohttp.web.AppRunner(aiohttp.web.Application())
            await runner.setup()
            await runner.cleanup()
            self.stop()
    """
    assert apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nrelease=shop@1.0\n").returncode == 0
    assert aggregates(far) == []


@pytest.mark.parametrize("ini", ["release=shop@1.0\nauto_session_tracking=no", "apdex_threshold=1s"])
def test_no_sessions(tmp_path, far: FarEnd, ini: str) -> None:
    """None are counted where they are switched off, or there is no release."""
    run(tmp_path, far, ini)
    assert aggregates(far) == []


def test_apdex(tmp_path, far: FarEnd) -> None:
    """Requests are counted by route, failures as frustrated; those that are ignored are not."""
    scores, metrics = json.loads(run(tmp_path, far, "apdex_threshold=10s\nignore_transactions=/health/*"))
    assert any('route="GET /fails/{id}",name="score"} 0.0' in line for line in metrics)
    assert len(metrics) == len(scores)
    assert scores == {
        "GET /fine/{id}": 1.0,
        "GET /logs/{id}": 1.0,
        "GET /fails/{id}": 0.0,
        "GET /missing/{id}": 1.0,
        "GET /unavailable/{id}": 0.0,
    }


def test_no_apdex(tmp_path, far: FarEnd) -> None:
    """Nothing is counted by default."""
    assert json.loads(run(tmp_path, far, "")) == [{}, []]


def test_thresholds() -> None:
    """Up to the threshold is satisfied, up to four times as long tolerated, beyond or failed frustrated."""
    apdex = Apdex(0.25)
    for seconds in (0.0, 0.25, 0.26, 1.0, 1.01):
        apdex.count("a", seconds, failed=False)
    apdex.count("a", 0.0, failed=True)
    assert apdex.counts == {"a": {"satisfied": 2, "tolerated": 2, "frustrated": 2}}
    assert apdex.scores == {"a": 0.5}


def test_routes_are_bounded() -> None:
    """Of many routes the later ones are counted together."""
    apdex = Apdex(1.0)
    for number in range(MOST_ROUTES + 10):
        apdex.count(str(number), 0.0, failed=False)
        apdex.count(str(number), 9.0, failed=False)
    assert apdex.counts[OTHERS] == {"satisfied": 10, "tolerated": 0, "frustrated": 10}
    assert len(apdex.counts) == MOST_ROUTES + 1


def test_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes that are over are sent together, the current one at the end, each count once."""
    sent, now = [], 1_800_000_000 // 60 * 60
    monkeypatch.setattr("time.time", lambda: now)
    sessions = Sessions({"release": "a@1", "environment": "b"}, sent.append)
    sessions.send()
    sessions.send(everything=True)
    assert sent == []
    for _ in range(3):
        for _ in range(2):
            sessions.count(crashed=False, errored=False)
        sessions.count(crashed=True, errored=True)
        sessions.send()
        now += 60
    sessions.count(crashed=False, errored=True)
    sessions.send()
    sessions.send(everything=True)
    minutes = [aggregate for envelope in sent for aggregate in envelope.items[0].payload.json["aggregates"]]
    assert [minute.pop("started")[-4:] for minute in minutes] == [":00Z"] * 4
    assert minutes == [{"exited": 2, "crashed": 1}] * 3 + [{"errored": 1}]
