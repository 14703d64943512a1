"""Tenant and user of events: those that held where it happened, also when they were reset since."""

import contextvars
import traceback

import apps
import asab.contextvars
import pytest
from far import FarEnd, title
from waiting import SENT

from asab_sentry.pipeline import exception_marks
from asab_sentry.sources.asab import callers

APPLICATION = """
# As a module of an application, before there is a service.
from asab.contextvars import tenant_context
import aiohttp, asab.contextvars, asab.web, asab.web.rest


class Authorization:
    CredentialsId = "of the handler"
    Username = "Ann"
    Email = "ann@example.com"


class App(Base):
    def setup(self):
        self.add_module(asab.web.Module)
        web = self.get_service("asab.WebService")
        self.Container = asab.web.WebContainer(web, "web", config={"listen": "127.0.0.1 0"})
        self.Container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        for handler in (self.inside, self.after, self.nested, self.caught, self.authorized, self.other):
            self.Container.WebApp.router.add_get("/" + handler.__name__, handler)
        self.Started = asyncio.Event()
        self.PubSub.subscribe("WebContainer.started!", self.on_started)
        self.PubSub.subscribe("sync!", self.on_sync)

    def on_started(self, message_type, container):
        self.Started.set()

    def on_sync(self, message_type):
        with tenant_context("pubsub"):
            raise LookupError("pubsub")

    async def inside(self, request):
        with tenant_context("inner"):
            raise LookupError("inside")

    async def after(self, request):
        with tenant_context("over"):
            pass
        raise LookupError("after")

    async def nested(self, request):
        with asab.contextvars.tenant_context("outer"):
            with asab.contextvars.tenant_context("inner"):
                await asyncio.sleep(0)
                raise LookupError("nested")

    async def caught(self, request):
        with tenant_context("outer"):
            try:
                with tenant_context("inner"):
                    raise LookupError("caught")
            except LookupError:
                L.exception("caught")
            L.error("in outer")
        L.error("outside")
        return asab.web.rest.json_response(request, {})

    async def authorized(self, request):
        with tenant_context("inner"):
            token = asab.contextvars.Authz.set(Authorization())
            raise LookupError("authorized")

    async def other(self, request):
        raise LookupError("other")

    async def fails(self, name):
        with tenant_context(name):
            await asyncio.sleep(0)
            raise LookupError(name)

    async def main(self):
        await self.Started.wait()
        port = self.Container.WebAppRunner.addresses[0][1]
        async with aiohttp.ClientSession() as session:
            for path in ("inside", "after", "nested", "caught", "authorized", "other"):
                async with session.get(f"http://127.0.0.1:{port}/{path}") as response:
                    await response.read()
        self.PubSub.publish("sync!")
        asyncio.create_task(self.fails("lost"))
        self.TaskService.schedule(self.fails("scheduled"))
        with tenant_context("main"):
            L.error("in main")
        await sent(self.Sentry, 12)
        L.error("in no tenant")
        self.stop()
"""

TENANTS = {
    "LookupError: inside": "inner",
    "LookupError: after": None,
    "LookupError: nested": "inner",
    "LookupError: caught": "inner",
    "in outer": "outer",
    "outside": None,
    "LookupError: authorized": "inner",
    "LookupError: other": None,
    "LookupError: pubsub": "pubsub",
    "LookupError: lost": "lost",
    "LookupError: scheduled": "scheduled",
    "in main": "main",
    "in no tenant": None,
}


@pytest.fixture(scope="module")
def events(shared_far: FarEnd, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """The events of an application that works for several tenants, by title."""
    run = apps.run(tmp_path_factory.mktemp("callers"), APPLICATION, dsn=shared_far.dsn, prelude=apps.PRELUDE + SENT)
    assert run.returncode == 0, run.stderr
    assert "asab_sentry/" not in run.stderr
    return {title(event): event for event in shared_far.events}


def test_tenants(events: dict[str, dict]) -> None:
    """Each event has the tenant of the place where it happened, and no other."""
    assert {name: event["tags"].get("tenant") for name, event in events.items()} == TENANTS


def test_user(events: dict[str, dict]) -> None:
    """The user that held there is the user of the event, without name and email."""
    assert events["LookupError: authorized"]["user"] == {"id": "of the handler"}
    assert not [name for name, event in events.items() if event.get("user") and name != "LookupError: authorized"]


def test_context_manager_stays_what_it_is() -> None:
    """The context manager of ASAB does what it did, raises what was raised, and is as before in the end."""
    before = [cell.cell_contents for cell in asab.contextvars.tenant_context.__closure__]

    def use() -> BaseException:
        with asab.contextvars.tenant_context("a") as tenant:
            assert tenant == asab.contextvars.Tenant.get() == "a"
        assert asab.contextvars.Tenant.get(None) is None
        error = LookupError()
        with pytest.raises(LookupError) as raised, asab.contextvars.tenant_context("b"):
            raise error
        assert raised.value is error
        assert asab.contextvars.Tenant.get(None) is None

        @asab.contextvars.tenant_context("c")
        def decorated() -> str:
            return asab.contextvars.Tenant.get()

        assert decorated() == decorated() == "c"
        return error

    without = contextvars.Context().run(use)
    uninstall = callers.install()
    try:
        within = contextvars.Context().run(use)
    finally:
        uninstall()
    assert exception_marks.caller(within) == ("b", None)
    assert exception_marks.caller(without) == (None, None)
    names = [[frame.name for frame in traceback.extract_tb(error.__traceback__)] for error in (without, within)]
    assert names[0] == names[1]
    assert [cell.cell_contents for cell in asab.contextvars.tenant_context.__closure__] == before
