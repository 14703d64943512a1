"""Web requests: each failed one is explained by one event."""

import json

import apps
import pytest
from far import FarEnd, mechanism, title

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
        assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "fails"
        crumbs = [value.get("message", "") for value in event["breadcrumbs"]["values"]]
        assert [crumb for crumb in crumbs if "request" in crumb] == [f"request {number}"]
    if middleware:
        ids = {json.loads(text)["uuid"].replace("-", "") for _, status, text in json.loads(run.stdout) if status >= 500}
        assert ids == {event["event_id"] for event in far.events}
        assert {mechanism(event)[0] for event in far.events} == {"asab.web"}
