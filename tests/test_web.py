"""Web requests: each failed one is explained by one event."""

import json
import re
import textwrap

import apps
import pytest
from far import THREE, FarEnd, mechanism, title
from sentry_sdk.integrations.aiohttp import BODY_NOT_READ_MESSAGE

from asab_sentry.sources.web.request import NOT_READ

WEB = """
import aiohttp, aiohttp.web, asab.web, asab.web.rest


class WebBase(Base):
    Middleware = True

    def setup(self):
        self.add_module(asab.web.Module)
        service = self.get_service("asab.WebService")
        self.Container = asab.web.WebContainer(service, "web", config={"listen": "127.0.0.1 0"})
        if self.Middleware:
            self.Container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        self.Started = asyncio.Event()
        self.PubSub.subscribe("WebContainer.started!", self.on_started)
        self.routes(self.Container.WebApp.router)

    def on_started(self, message_type, container):
        self.Started.set()

    async def main(self):
        await self.Started.wait()
        self.Url = "http://127.0.0.1:%d" % self.Container.WebAppRunner.addresses[0][1]
        self.Answers = []
        async with aiohttp.ClientSession() as session:
            await self.drive(session)
        print(json.dumps(self.Answers))
        self.stop()

    async def get(self, session, path, **more):
        async with session.get(self.Url + path, **more) as response:
            self.Answers.append([path, response.status, await response.text()])

"""

REQUESTS = """
class App(WebBase):
    Middleware = {middleware}

    def routes(self, router):
        router.add_get("/good/{{name}}", self.good)
        router.add_get("/fails/{{id}}", self.fails)
        router.add_get("/status/{{status}}", self.status)
        router.add_get("/key", self.key)

    async def good(self, request):
        L.info("good request")
        return asab.web.rest.json_response(request, {{}})

    async def fails(self, request):
        L.info("request %s", request.match_info["id"])
        await asyncio.sleep(0.01)
        raise RuntimeError("unhandled " + request.match_info["id"])

    async def status(self, request):
        status = int(request.match_info["status"])
        names = {{400: "BadRequest", 404: "NotFound", 500: "InternalServerError", 503: "ServiceUnavailable"}}
        raise getattr(aiohttp.web, "HTTP" + names[status])(reason="on purpose")

    async def key(self, request):
        raise KeyError("missing")

    async def drive(self, session):
        await self.get(session, "/good/a")
        await asyncio.gather(*(self.get(session, f"/fails/{{n}}") for n in range(3)))
        for path in ("/status/500", "/status/503", "/status/400", "/status/404", "/nowhere"):
            await self.get(session, path)
        {more}
"""


def titles(far: FarEnd) -> list[str]:
    return sorted(title(event) for event in far.events)


@pytest.mark.parametrize("middleware", [True, False])
def test_requests(far: FarEnd, tmp_path, middleware: bool) -> None:
    """An unhandled exception and a status of 500 and more are one event each, other statuses none."""
    more = "await self.get(session, '/key')" if middleware else ""
    source = REQUESTS.format(middleware=middleware, more=more)
    run = apps.run(tmp_path, source, dsn=far.dsn, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    assert titles(far) == [
        "HTTPInternalServerError: on purpose",
        "HTTPServiceUnavailable: on purpose",
        "RuntimeError: unhandled 0",
        "RuntimeError: unhandled 1",
        "RuntimeError: unhandled 2",
    ]
    for number in range(3):
        (event,) = (event for event in far.events if title(event) == f"RuntimeError: unhandled {number}")
        assert mechanism(event)[1] is False
        assert event["transaction"] == "GET /fails/{id}"
        assert event["request"]["method"] == "GET"
        frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
        assert frames[-1]["function"] == "fails"
        assert not [frame for frame in frames if frame["module"].startswith("asab_sentry")]
        crumbs = [value.get("message", "") for value in event["breadcrumbs"]["values"]]
        assert [crumb for crumb in crumbs if "request" in crumb] == [f"request {number}"]
    if middleware:
        ids = {json.loads(text)["uuid"].replace("-", "") for _, status, text in json.loads(run.stdout) if status >= 500}
        assert ids == {event["event_id"] for event in far.events}
        assert {mechanism(event)[0] for event in far.events} == {"asab.web"}


STATUSES = """
class App(WebBase):
    def routes(self, router):
        router.add_get("/status/{status}", self.status)
        router.add_get("/returned/{status}", self.returned)
        router.add_get("/key", self.key)

    async def returned(self, request):
        return asab.web.rest.json_response(request, {}, status=int(request.match_info["status"]))

    async def status(self, request):
        raise aiohttp.web.HTTPForbidden() if request.match_info["status"] == "403" else aiohttp.web.HTTPBadGateway()

    async def key(self, request):
        raise KeyError("missing")

    async def drive(self, session):
        for path in ("/status/403", "/status/502", "/returned/403", "/returned/500", "/key"):
            await self.get(session, path)
"""


def test_failed_request_status_codes(far: FarEnd, tmp_path) -> None:
    """Which statuses are failures when raised is configured, also of exceptions that ASAB turns into a status."""
    ini = "[sentry]\nfailed_request_status_codes = 403 404 500-501\n"
    apps.run(tmp_path, STATUSES, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert titles(far) == ["HTTPForbidden: Forbidden", "KeyError: 'missing'"]


@pytest.mark.parametrize("middleware", [True, False])
def test_no_failed_request_status_codes(far: FarEnd, tmp_path, middleware: bool) -> None:
    """With `off` no status is an event that was raised on purpose; what a handler does not handle still is."""
    ini = "[sentry]\nfailed_request_status_codes=off\n"
    source = REQUESTS.format(middleware=middleware, more="")
    apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert titles(far) == [f"RuntimeError: unhandled {number}" for number in range(3)]


CALLERS = """
import asab.contextvars, asab.web.auth, asab.web.tenant, datetime


class App(WebBase):
    def setup(self):
        super().setup()
        self.TenantService = asab.web.tenant.TenantService(self)
        self.AuthService = asab.web.auth.AuthService(self)
        self.TenantService.install(self.Container)
        self.AuthService.install(self.Container)

    def routes(self, router):
        router.add_get("/{tenant}/fails", self.fails)
        router.add_get("/{tenant}/logs", self.logs)
        router.add_get("/{tenant}/known", self.known)
        second = asab.web.WebContainer(
            self.get_service("asab.WebService"), "second", config={"listen": "127.0.0.1 0"})
        second.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        second.WebApp.middlewares.append(self.middleware)
        second.WebApp.router.add_get("/own", self.own)
        self.Second = second

    @aiohttp.web.middleware
    async def middleware(self, request, handler):
        with asab.contextvars.tenant_context("own-tenant"):
            return await handler(request)

    async def fails(self, request, *, tenant):
        raise ValueError("of a tenant")

    async def logs(self, request, *, tenant):
        L.error("logged for a tenant")
        return asab.web.rest.json_response(request, {})

    async def known(self, request, *, tenant):
        self.Sentry.set_user({"id": "set by hand"})
        raise ValueError("of a known user")

    async def own(self, request):
        raise ValueError("of an own tenant")

    async def drive(self, session):
        for path in ("/default/fails", "/default/logs", "/default/known", "/nobody/fails"):
            await self.get(session, path)
        self.Url = "http://127.0.0.1:%d" % self.Second.WebAppRunner.addresses[0][1]
        await self.get(session, "/own")
        L.error("outside")
"""


@pytest.mark.parametrize("pii", [False, True])
def test_tenant_and_user(far: FarEnd, tmp_path, pii: bool) -> None:
    """Events of a request carry tenant and user of the handler, also when ASAB reports them after it forgot both."""
    ini = f"[sentry]\nsend_default_pii={pii}\n[tenants]\nids=default\n[auth]\nenabled=mock\n[web]\n"
    run = apps.run(tmp_path, CALLERS, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    events = {title(event): event for event in far.events}
    assert {name: event["tags"].get("tenant") for name, event in events.items()} == {
        "ValueError: of a tenant": "default",
        "logged for a tenant": "default",
        "ValueError: of a known user": "default",
        "ValueError: of an own tenant": "own-tenant",
        "outside": None,
    }
    for name in ("ValueError: of a tenant", "logged for a tenant"):
        assert events[name]["user"]["id"]
        assert ("email" in events[name]["user"]) is pii
    assert events["ValueError: of a known user"]["user"] == {"id": "set by hand"}
    assert not events["outside"].get("user")


ODD = """
class App(WebBase):
    def routes(self, router):
        self.Container.WebApp.middlewares.append(self.middleware)
        router.add_get("/websocket", self.websocket)
        router.add_get("/stream", self.stream)
        router.add_get("/middleware", self.stream)
        router.add_get("/slow", self.slow)
        router.add_get("/gone", self.gone)
        router.add_get("/database", self.database)
        router.add_get("/timeout", self.timeout)
        bad = asab.web.WebContainer(self.get_service("asab.WebService"), "bad", config={"listen": "127.0.0.1 0"})
        bad.WebApp.on_startup.append(self.startup)
        self.Gone, self.Slow = asyncio.Event(), asyncio.Event()

    async def startup(self, application):
        raise ValueError("on_startup")

    @aiohttp.web.middleware
    async def middleware(self, request, handler):
        if request.path == "/middleware":
            raise ValueError("middleware")
        return await handler(request)

    async def websocket(self, request):
        socket = aiohttp.web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        raise ValueError("websocket")

    async def stream(self, request):
        response = aiohttp.web.StreamResponse()
        await response.prepare(request)
        await response.write(b"beginning")
        raise ValueError("stream")

    async def slow(self, request):
        self.Slow.set()
        await self.Gone.wait()
        L.error("a request that is handled while the application stops")
        return aiohttp.web.Response()

    async def gone(self, request):
        response = aiohttp.web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 100000)
                await asyncio.sleep(0)
        finally:
            self.Gone.set()

    async def database(self, request):
        raise ConnectionResetError("by the database")

    async def timeout(self, request):
        raise TimeoutError("of the database")

    async def drive(self, session):
        async with session.ws_connect(self.Url + "/websocket") as socket:
            await socket.send_str("x")
            await socket.receive()
        for path in ("/stream", "/middleware", "/database", "/timeout"):
            with contextlib.suppress(aiohttp.ClientError):
                await self.get(session, path)
        reader, writer = await asyncio.open_connection(*self.Container.WebAppRunner.addresses[0])
        writer.write(b"GET /gone HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        await reader.readexactly(100)
        writer.transport.abort()
        await self.Gone.wait()
        reader, writer = await asyncio.open_connection(*self.Container.WebAppRunner.addresses[0])
        writer.write(b"complete nonsense\\r\\n\\r\\n")
        await reader.read()
        writer.close()
        reader, writer = await asyncio.open_connection(*self.Container.WebAppRunner.addresses[0])
        writer.write(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: x\\r\\n\\r\\n")
        await reader.read()
        writer.close()
        self.Gone.clear()
        self.Last = asyncio.create_task(self.get(session, "/slow"))
        await self.Slow.wait()
        self.stop()
        self.Gone.set()
        await self.Last
"""


@pytest.mark.parametrize("middleware", [True, False])
def test_odd_requests(far: FarEnd, tmp_path, middleware: bool) -> None:
    """Errors in websockets, streams, middlewares and at start-up are one event each; what the client does is none."""
    source = ODD.replace("(WebBase):", f"(WebBase):\n    Middleware = {middleware}", 1)
    run = apps.run(tmp_path, source, dsn=far.dsn, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    assert titles(far) == [
        "ConnectionResetError: by the database",
        "TimeoutError: of the database",
        "ValueError: middleware",
        "ValueError: on_startup",
        "ValueError: stream",
        "ValueError: websocket",
        "a request that is handled while the application stops",
    ]


def test_malformed_requests_by_choice(far: FarEnd, tmp_path) -> None:
    """Malformed requests are events where 400 is a failure, without the address of the client."""
    source = """
    class App(WebBase):
        def routes(self, router):
            pass

        async def drive(self, session):
            reader, writer = await asyncio.open_connection(*self.Container.WebAppRunner.addresses[0])
            writer.write(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: x\\r\\n\\r\\n")
            await reader.read()
            writer.close()
    """
    ini = "[sentry]\nfailed_request_status_codes=400-599\n"
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    (event,) = far.events
    # Before 3.11 aiohttp does not say of whom.
    assert event["logentry"]["message"] in {"Error handling request from [Filtered]", "Error handling request"}
    assert "127.0.0.1" not in json.dumps(event)


def test_suppressed_once(far: FarEnd, tmp_path) -> None:
    """A failed request that the limits suppress is counted once, though aiohttp logs its exception too."""
    source = """
    class App(WebBase):
        Middleware = False

        def routes(self, router):
            router.add_get("/fails", self.fails)
            router.add_get("/timeout", self.timeout)

        async def fails(self, request):
            raise ValueError("fails")

        async def timeout(self, request):
            raise TimeoutError

        async def drive(self, session):
            for path in ("/fails", "/timeout"):
                for _ in range(10):
                    await self.get(session, path)
            self.Answers.append(self.Sentry.Suppressed)
    """
    ini = "[sentry:limits]\nissue_events=3\n"
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    assert len(far.events) == 6
    assert json.loads(run.stdout)[-1] == 14


def test_no_answer(far: FarEnd, tmp_path) -> None:
    """What handlers return in place of an answer is an unhandled error for each route, which the limits count alone."""
    source = """
    class App(WebBase):
        Middleware = False

        def routes(self, router):
            router.add_get("/nothing/{id}", self.nothing)
            router.add_get("/forgotten", self.forgotten)
            router.add_get("/dict", self.dict)

        async def nothing(self, request):
            L.info("nothing")

        async def forgotten(self, request):
            L.info("forgotten")

        async def dict(self, request):
            return {"a": 1}

        async def drive(self, session):
            for path in ("/nothing/1", "/nothing/2", "/forgotten", "/dict"):
                await self.get(session, path)
    """
    ini = "[sentry:limits]\nissue_events=1\n"
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    routes = [event["transaction"] for event in far.events]
    assert routes == ["GET /nothing/{id}", "GET /forgotten", "GET /dict"]
    for route, event in zip(routes, far.events, strict=True):
        assert event["fingerprint"] == ["{{ default }}", route]
        assert event["exception"]["values"][-1]["mechanism"] == {"type": "aiohttp.server", "handled": False}


TRACED = """
class App(WebBase):
    def setup(self):
        super().setup()
        self.Seen = {}

    def routes(self, router):
        router.add_get("/good/{name}", self.good)
        router.add_get("/fails/{name}", self.fails)
        router.add_get("/health/{name}", self.good)
        router.add_get("/called/{name}", self.called)

    async def good(self, request):
        with self.Sentry.transaction("task", "inner"), self.Sentry.span("step", "innermost"):
            async with aiohttp.ClientSession() as session:
                async with session.get(self.Url + "/called/" + request.match_info["name"]):
                    pass
                with contextlib.suppress(aiohttp.ClientError):
                    await session.get("http://127.0.0.1.nip.example/", trace_request_ctx=None)
        return aiohttp.web.Response()

    async def called(self, request):
        self.Seen[request.match_info["name"]] = request.headers.get("sentry-trace")
        self.Seen["baggage of " + request.match_info["name"]] = request.headers.get("baggage")
        return aiohttp.web.Response()

    async def fails(self, request):
        raise ValueError("traced")

    async def drive(self, session):
        trace = "{:032x}-{:016x}".format(7, 9)
        await self.get(session, "/good/root")
        await self.get(session, "/good/sampled", headers={"sentry-trace": trace + "-1"})
        await self.get(session, "/good/unsampled", headers={"sentry-trace": trace + "-0"})
        await self.get(session, "/health/ignored")
        await self.get(session, "/fails/root")
        await self.get(session, "/fails/continued", headers={"sentry-trace": trace})
        await self.get(session, "/nowhere")
        print(json.dumps(self.Seen))

"""


def test_tracing(far: FarEnd, tmp_path) -> None:
    """Sampled requests are transactions named by route, continue the caller's trace and pass it on in the fleet."""
    ini = "[sentry]\ntraces_sample_rate=1\nignore_transactions=/health*, GET /called/*\n"
    run = apps.run(tmp_path, TRACED, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    found = [(each["transaction"], each["contexts"]["trace"]["status"]) for each in far.transactions]
    assert sorted(found) == [
        ("GET (no route)", "ok" if THREE else "not_found"),
        ("GET /fails/{name}", "error" if THREE else "internal_error"),
        ("GET /fails/{name}", "error" if THREE else "internal_error"),
        ("GET /good/{name}", "ok"),
        ("GET /good/{name}", "ok"),
    ]
    good = [each for each in far.transactions if each["transaction"] == "GET /good/{name}"]
    assert {"inner", "innermost"} <= {span["description"] for span in good[0]["spans"]}
    assert good[1]["contexts"]["trace"]["trace_id"] == f"{7:032x}"
    assert good[1]["contexts"]["trace"]["parent_span_id"] == f"{9:016x}"
    if not THREE:  # which has no request on spans
        assert good[0]["request"]["url"].endswith("/good/root")
    seen = json.loads(run.stdout.splitlines()[0])
    assert seen["root"].startswith(good[0]["contexts"]["trace"]["trace_id"])
    assert seen["root"].endswith("-1")
    if not THREE:  # where the driver of these requests has begun the trace, and so says what it is called
        assert "sentry-transaction=GET%20/good/%7Bname%7D" in seen["baggage of root"].split(",")
        headers = [each.headers["trace"] for each in far.envelopes if each.items[0].headers["type"] == "transaction"]
        assert {each["transaction"] for each in headers if "transaction" in each} == {name for name, _ in found}
    assert seen["unsampled"].startswith(f"{7:032x}")
    assert not seen["unsampled"].startswith(f"{7:032x}-{9:016x}")
    assert seen["unsampled"].endswith("-0")
    events = {event["contexts"]["trace"]["trace_id"] for event in far.events}
    assert f"{7:032x}" in events
    assert len(far.events) == 2
    assert events <= {each["contexts"]["trace"]["trace_id"] for each in far.transactions}


def test_ids_of_traces(far: FarEnd, tmp_path) -> None:
    """Each request has a trace of its own, whatever the application seeds, in a child process too."""
    source = """
    import random
    from asab_sentry.sdk import traces

    def trace():
        random.seed(1)
        scope = sentry_sdk.Scope()
        traces.begin(scope)
        context = scope.get_active_propagation_context()
        return context.trace_id, context.span_id

    class App(Base):
        async def main(self):
            seen = [trace(), trace()]
            reading, writing = os.pipe()
            if os.fork() == 0:
                os.write(writing, json.dumps(trace()).encode())
                os._exit(0)
            seen += [trace(), json.loads(os.read(reading, 1000))]
            print(json.dumps(seen))
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    traces = json.loads(run.stdout)
    assert len({trace_id for trace_id, _ in traces}) == len({span_id for _, span_id in traces}) == 4
    for trace_id, span_id in traces:
        assert (len(trace_id), len(span_id)) == (32, 16)
        assert int(trace_id, 16)
        assert int(span_id, 16)


def test_unsampled_requests(far: FarEnd, tmp_path) -> None:
    """Who is called from a request that is not sampled is told so; its errors carry its trace."""
    run = apps.run(tmp_path, TRACED, dsn=far.dsn, ini="[sentry]\ntraces_sample_rate=0\n", prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout.splitlines()[0])
    assert seen["root"].endswith("-0")
    assert seen["unsampled"].endswith("-0")
    assert [each["contexts"]["trace"]["trace_id"] for each in far.transactions] == [f"{7:032x}"] * 2
    first, continued = far.events
    assert continued["contexts"]["trace"]["trace_id"] == f"{7:032x}"
    assert first["transaction"] == "GET /fails/{name}"
    # sentry-sdk 3 passes on a trace from outside of spans, too: all requests of this driver are of one.
    assert (first["contexts"]["trace"]["trace_id"] == seen["root"].partition("-")[0]) is THREE
    assert first["contexts"]["trace"]["trace_id"] != f"{7:032x}"


def test_trace_without_tracing(far: FarEnd, tmp_path) -> None:
    """Without tracing errors carry the trace of their request, which its line of the access log shows too."""
    run = apps.run(tmp_path, TRACED, dsn=far.dsn, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    assert far.transactions == []
    first, continued = far.events
    assert continued["contexts"]["trace"]["trace_id"] == f"{7:032x}"
    for event in (first, continued):
        trace_id = event["contexts"]["trace"]["trace_id"]
        (line,) = (
            line for line in run.stderr.splitlines() if "/fails/" in line and trace_id in line and "al.m" in line
        )
        assert f'trace_id="{trace_id}"' in line


@pytest.mark.parametrize("pii", ["no", "yes"])
def test_headers_that_asab_logs(far: FarEnd, tmp_path, pii: str) -> None:
    """Of what ASAB's JsonExceptionMiddleware logs, the headers are treated as those of a request, wherever it goes."""
    source = """
    DATA = {"uuid": "u", "path": "/p", "status": 500, "Host": "shop", "X-Custom": "joe", "Referer": "http://a/b"}
    MORE = {"X-Large": ["joe" * 200], 7: "joe", "Accept": "text/html" * 100}

    class App(Base):
        async def main(self):
            for data in (DATA, DATA | MORE):
                logging.getLogger("asab.web").error("refused", struct_data=data)
                logging.getLogger("shop").error("refused, too", struct_data=data)
            self.stop()
    """
    ini = f"[sentry]\nsend_default_pii={pii}\n[sentry:logging]\nlogs=error\n"
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    assert run.returncode == 0, run.stderr
    first, of_shop, second, _ = far.events
    crumbs = [crumb for crumb in far.events[-1]["breadcrumbs"]["values"] if crumb["category"] in {"asab.web", "shop"}]
    logs = [
        {name: attribute["value"] for name, attribute in log["attributes"].items()}
        for envelope in far.envelopes
        for item in envelope.items
        if item.headers["type"] == "log"
        for log in item.payload["items"]
    ]
    shown = [first["contexts"]["struct_data"], crumbs[0]["data"], logs[0]]
    larger = [second["contexts"]["struct_data"], crumbs[2]["data"], logs[2]]
    for data in shown + larger:
        assert (data["path"], data["Host"], data["status"]) == ("/p", "shop", 500)
        hidden = (data["X-Custom"], data["Referer"]) == ("[Filtered]", "[Filtered]")
        assert hidden is (pii == "no")
    for data in larger:
        assert ("joe" in json.dumps(data)) is (pii == "yes")
        assert data["Accept"].startswith("text/html")
    for data in (of_shop["contexts"]["struct_data"], crumbs[1]["data"], logs[1]):
        assert (data["X-Custom"], data["Referer"]) == ("joe", "http://a/b")


def test_last_lines_of_a_request(far: FarEnd, tmp_path) -> None:
    """What ends a request, its line of the access log and its error, is no breadcrumb of it; an answer of 4xx is."""
    source = """
    def before_breadcrumb(breadcrumb, hint):
        sys.stderr.write(f"{breadcrumb['category']}\\n")  # at once, as other threads write as well
        return breadcrumb

    class App(WebBase):
        def routes(self, router):
            router.add_get("/", self.answer)
            router.add_get("/missing", self.missing)
            router.add_get("/fails", self.fails)
            router.add_get("/schema", self.schema)

        async def schema(self, request):
            # As `json_schema_handler` does it, long before the end of a request.
            struct_data = {"path": request.path, "method": request.method}
            logging.getLogger("asab.web").error("JSON validation error", struct_data=struct_data)
            return aiohttp.web.Response()

        async def answer(self, request):
            L.info("asked")
            return aiohttp.web.Response()

        async def missing(self, request):
            raise KeyError("nothing")

        async def fails(self, request):
            raise ValueError("nothing")

        async def drive(self, session):
            for path in ("/", "/missing", "/fails", "/schema"):
                await session.get(self.Url + path)
    """
    for more, lines, reports in (("", 0, 2), ("disabled_integrations=aiohttp\n", 4, 3)):
        ini = f"[sentry]\nbefore_breadcrumb=__main__:before_breadcrumb\n{more}"
        run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
        assert run.returncode == 0, run.stderr
        seen = run.stderr.splitlines()
        found = tuple(seen.count(category) for category in ("app", "asab.web.al", "asab.web"))
        assert found == (1, lines, reports), run.stderr


def test_requests_of_one_connection(far: FarEnd, tmp_path) -> None:
    """What is set in a request is not seen in the next one, of the same connection too, whatever is switched off."""
    source = """
    class App(WebBase):
        def routes(self, router):
            router.add_get("/set/{number}", self.set)
            router.add_get("/fails", self.fails)

        async def set(self, request):
            number = request.match_info["number"]
            L.info("crumb of a request")
            self.Sentry.set_tag("own" + number, number)
            sentry_sdk.set_tag("raw" + number, number)
            self.Sentry.set_user({"id": number})
            return aiohttp.web.Response()

        async def fails(self, request):
            L.error("failed")
            return aiohttp.web.Response()

        async def drive(self, session):
            for path in ("/set/1", "/set/2", "/fails"):
                await (await session.get(self.Url + path)).read()
            L.error("outside")
    """
    for more in ("", "disabled_integrations=aiohttp\n"):
        run = apps.run(tmp_path, source, dsn=far.dsn, ini=f"[sentry]\n{more}", prelude=apps.PRELUDE + WEB)
        assert run.returncode == 0, run.stderr
    assert len(far.events) == 4
    for event in far.events:
        assert not {"own1", "raw1", "own2", "raw2"} & set(event["tags"])
        assert "user" not in event
        assert "crumb of a request" not in [value.get("message") for value in event["breadcrumbs"]["values"]]


ENDS = """
class App(WebBase):
    def routes(self, router):
        router.add_get("/ends/{how}", self.ends)

    async def ends(self, request):
        how = request.match_info["how"]
        if how == "gone":
            response = aiohttp.web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b"x" * 100000)
                await asyncio.sleep(0)
        raise {
            "found": aiohttp.web.HTTPFound("/"),
            "forbidden": aiohttp.web.HTTPForbidden(),
            "cancelled": asyncio.CancelledError(),
            "database": ConnectionResetError("by the database"),
            "error": ValueError(),
        }[how]

    async def drive(self, session):
        for how in ("found", "forbidden", "cancelled", "database", "error"):
            with contextlib.suppress(aiohttp.ClientError):
                await self.get(session, "/ends/" + how, allow_redirects=False)
        reader, writer = await asyncio.open_connection(*self.Container.WebAppRunner.addresses[0])
        writer.write(b"GET /ends/gone HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        await reader.readexactly(100)
        writer.transport.abort()
"""


@pytest.mark.parametrize("integrations", ["yes", "no"])
def test_how_requests_end(far: FarEnd, tmp_path, integrations: str) -> None:
    """The status of a transaction is that of the answer; it is cancelled when nobody is there any more to read it."""
    ini = f"[sentry]\ntraces_sample_rate=1\nauto_enabling_integrations={integrations}\n"
    source = ENDS.replace("(WebBase):", "(WebBase):\n    Middleware = False", 1)
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    if THREE:
        found = {
            each["contexts"]["trace"]["data"]["http.response.status_code"]: each["contexts"]["trace"]["status"]
            for each in far.transactions
        }
        assert found == {302: "ok", 403: "ok", 499: "ok", 500: "error"}
        return
    found = {each["request"]["url"].rpartition("/")[2]: each["contexts"] for each in far.transactions}
    assert {how: (each["trace"]["status"], each["response"]["status_code"]) for how, each in found.items()} == {
        "found": ("ok", 302),
        "forbidden": ("permission_denied", 403),
        "cancelled": ("cancelled", 499),
        "database": ("internal_error", 500),
        "error": ("internal_error", 500),
        "gone": ("cancelled", 499),
    }


NAMED = """
class App(WebBase):
    def setup(self):
        super().setup()
        sentry_sdk.get_current_scope().set_transaction_name("the start")
        sentry_sdk.get_isolation_scope().set_transaction_name("the start")

    def routes(self, router):
        router.add_get("/orders/{order}", self.order)
        router.add_get("/graphql/{query}", self.graphql)
        router.add_get("/imports/{file}", self.imports)

    async def order(self, request):
        L.error("by its route")
        return aiohttp.web.Response()

    async def graphql(self, request):
        sentry_sdk.get_current_scope().set_transaction_name("query " + request.match_info["query"])
        L.error("by what is asked")
        return aiohttp.web.Response()

    async def imports(self, request):
        async def job():
            if hasattr(sentry_sdk, "start_transaction"):
                block = sentry_sdk.start_transaction(op="task", name="import")
            else:
                block = sentry_sdk.start_span(name="import", parent_span=None)
            with block:
                L.error("by the job")

        await asyncio.create_task(job())
        L.error("by its route again")
        return aiohttp.web.Response()

    async def drive(self, session):
        for path in ("/orders/1", "/graphql/prices", "/imports/1"):
            await self.get(session, path)
"""


@pytest.mark.parametrize("rate", ["1", "0", None])
def test_names(far: FarEnd, tmp_path, rate: str | None) -> None:
    """A request is named by its route, unless the application names it; a transaction within it keeps its name."""
    ini = "[sentry]\n" + (f"traces_sample_rate={rate}\n" if rate else "")
    run = apps.run(tmp_path, NAMED, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    names = {
        "by its route": ("GET /orders/{order}", "route"),
        "by what is asked": ("query prices", "custom"),
        "by the job": ("import", "custom"),
        "by its route again": ("GET /imports/{file}", "route"),
    }
    assert {title(event): (event["transaction"], event["transaction_info"]["source"]) for event in far.events} == names
    found = [(each["transaction"], each["transaction_info"]["source"]) for each in far.transactions]
    if THREE:  # which leaves the source as it was where a handler gives another name
        names["by what is asked"] = ("query prices", "route")
    assert sorted(found) == (sorted(names.values()) if rate == "1" else [])


def test_traces_sampler(far: FarEnd, tmp_path) -> None:
    """A sampler decides by method and path, but not about what is ignored."""
    source = """
    def sampler(context):
        return context["method"] == "GET" and "root" in context["path"]

    class App(App):
        pass
    """

    source = textwrap.dedent(TRACED) + textwrap.dedent(source)
    ini = "[sentry]\ntraces_sampler=__main__:sampler\nignore_transactions=/called/*\n"
    apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert sorted(each["transaction"] for each in far.transactions) == ["GET /fails/{name}", "GET /good/{name}"]


@pytest.mark.parametrize(("targets", "passed"), [("", True), ("off", False), ("all", True), ("^https://api", False)])
def test_trace_propagation_targets(far: FarEnd, tmp_path, targets: str, passed: bool) -> None:
    """The trace is passed on to the fleet by default, and to whom the configuration says."""
    ini = "[sentry]\n" + (f"trace_propagation_targets={targets}\n" if targets else "")
    run = apps.run(tmp_path, TRACED, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    seen = json.loads(run.stdout.splitlines()[0])
    assert (seen["root"] is not None) is passed


def test_request_in_an_event(far: FarEnd, tmp_path) -> None:
    """The request of an event has no query, no body, no cookies and no values of headers that may be personal."""
    source = """
    class App(WebBase):
        def routes(self, router):
            router.add_post("/fails", self.fails)

        async def fails(self, request):
            await request.json()
            raise ValueError("posted")

        async def drive(self, session):
            await session.post(self.Url + "/fails?token=hidden1", json={"body": "hidden2"}, headers={
                "Cookie": "session=hidden3", "X-Api-Key": "hidden4", "X-Forwarded-For": "hidden5", "Accept": "seen"})
    """
    apps.run(tmp_path, source, dsn=far.dsn, prelude=apps.PRELUDE + WEB, ini="[sentry]\ninclude_local_variables=no\n")
    (event,) = far.events
    request = event["request"]
    assert set(request) == {"method", "url", "headers", "query_string"}
    assert request["url"].endswith("/fails")
    assert request["headers"]["Accept"] == "seen"
    assert request["headers"]["X-Api-Key"] == "[Filtered]"
    for number in range(1, 6):
        assert f"hidden{number}" not in json.dumps(request)


def test_request_of_the_application(far: FarEnd, tmp_path) -> None:
    """What the application itself says of a request is sent beside what is known of it, and as closed."""
    source = """
    GIVEN = {"url": "http://elsewhere/", "fragment": "top", "api_target": "graphql", "cookies": {"a": "hidden"}}

    def add_target(event, hint):
        event["request"] = {"fragment": "processed", "data": {"text": "hidden", "object": object()}}
        return event

    class App(WebBase):
        def routes(self, router):
            router.add_get("/fails", self.fails)

        async def fails(self, request):
            sentry_sdk.capture_event({"message": "given", "request": GIVEN})
            sentry_sdk.capture_event({"message": "no request", "request": "none"})
            self.Sentry.add_event_processor(add_target)
            raise ValueError("processed")

        async def drive(self, session):
            given = dict(GIVEN)
            await session.get(self.Url + "/fails")
            assert given == GIVEN
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    given, none, processed = (event["request"] for event in far.events)
    for request in (given, none, processed):
        assert request["method"] == "GET"
        assert request["url"].endswith("/fails")
        assert request["headers"]["Host"].startswith("127.0.0.1")
    assert (given["fragment"], given["api_target"], given["cookies"]) == ("top", "graphql", {"a": "[Filtered]"})
    assert processed["fragment"] == "processed"
    assert processed["data"] == {"text": "[Filtered]", "object": "[Filtered]"}
    assert set(none) == {"method", "url", "headers"}


def test_body_in_an_event(far: FarEnd, tmp_path) -> None:
    """An opened body is sent in the encoding that its sender names; of one that was not read, that it was not."""
    source = """
    class App(WebBase):
        def routes(self, router):
            router.add_post("/read", self.read)
            router.add_post("/ignored", self.ignored)

        async def read(self, request):
            await request.read()
            raise ValueError("read")

        async def ignored(self, request):
            raise ValueError("ignored")

        async def drive(self, session):
            for charset in ("windows-1250", "utf-16", "nonsense", "PUNYCODE", ""):
                encoding = charset if charset[:3] in ("win", "utf") else "utf-8"
                await session.post(self.Url + "/read", data='{"password": "žluťoučký", "řeka": 1}'.encode(encoding),
                    headers={"Content-Type": "application/json" + ("; charset=" + charset if charset else "")})
            form = aiohttp.FormData({"user": "joe"})
            form.add_field("password", "hunter2\\r\\nhunter3", content_type="text/plain")
            await session.post(self.Url + "/read", data=form)
            await session.post(self.Url + "/ignored", data=b"x")
            await session.post(self.Url + "/ignored")
    """
    apps.run(tmp_path, source, dsn=far.dsn, prelude=apps.PRELUDE + WEB, ini="[sentry]\nmax_request_body_size=small\n")
    assert NOT_READ == BODY_NOT_READ_MESSAGE
    found = [(title(event), event["request"].get("data")) for event in far.events]
    assert found[:5] == [("ValueError: read", '{"password": "[Filtered]", "řeka": 1}')] * 5
    form = found[5][1]
    assert "joe" in form
    assert re.search(r'name="password"(\r\n[^\r]+)*\r\n\r\n\[Filtered\]\r\n--\w+--', form)
    assert "hunter" not in form
    assert found[6:] == [
        ("ValueError: ignored", NOT_READ),
        ("ValueError: ignored", None),
    ]
