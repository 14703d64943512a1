"""What the console shows: the same tracebacks as without this package."""

import re

import apps
import pytest
from far import FarEnd

APPLICATION = """
import aiohttp, asab.web, asab.web.rest
import concurrent.futures, functools, traceback


def decorated(function):
    @functools.wraps(function)
    async def call(*args):
        try:
            return await function(*args)
        except LookupError:
            traceback.print_exc()
            raise
    return call


@aiohttp.web.middleware
async def middleware(request, handler):
    try:
        return await handler(request)
    except LookupError:
        L.exception("in the middleware")
        raise


class Names(logging.Handler):
    def __init__(self):
        super().__init__()
        self.names = []

    def emit(self, record):
        self.names.append(record.name)


class App(asab.Application):
    def __init__(self):
        super().__init__()
        self.Names = Names()
        logging.getLogger().addHandler(self.Names)
        if SENTRY:
            self.Sentry = asab_sentry.SentryService(self)
        self.add_module(asab.web.Module)
        web = self.get_service("asab.WebService")
        self.Container = asab.web.WebContainer(web, "web", config={"listen": "127.0.0.1 0"})
        self.Container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        self.Container.WebApp.middlewares.append(middleware)
        inner = aiohttp.web.Application()
        inner.router.add_get("/fails", self.handler)
        self.Container.WebApp.add_subapp("/inner", inner)
        self.Container.WebApp.router.add_get("/fails", decorated(self.handler))
        self.Plain = asab.web.WebContainer(web, "plain", config={"listen": "127.0.0.1 0"})
        self.Plain.WebApp.router.add_get("/fails", self.handler)
        self.Started = asyncio.Semaphore(0)
        self.PubSub.subscribe("WebContainer.started!", self.on_started)
        self.PubSub.subscribe("sync!", self.on_sync)
        self.PubSub.subscribe("async!", self.on_async)
        self.PubSub.subscribe("Application.housekeeping!", self.on_sync)
        self.PubSub.subscribe("Application.housekeeping!", self.on_async)

    def on_started(self, message_type, container):
        self.Started.release()

    def on_sync(self, message_type):
        int("no number")

    async def on_async(self, message_type):
        raise LookupError("async")

    async def handler(self, request):
        raise LookupError("handler")

    async def fails(self, name):
        try:
            raise KeyError("cause")
        except KeyError as error:
            raise LookupError(name) from error

    def thread(self):
        raise ArithmeticError("thread")

    async def logged(self, name, count):
        while self.Names.names.count(name) < count:
            await asyncio.sleep(0.01)

    async def main(self):
        await self.Started.acquire()
        await self.Started.acquire()
        self.PubSub.publish("sync!")
        self.PubSub.publish("async!")
        self.PubSub.publish("Application.housekeeping!")
        await self.logged("asab.pubsub", 4)
        self.TaskService.schedule(self.fails("scheduled"))
        async with aiohttp.ClientSession() as session:
            for container, path in ((self.Container, "fails"), (self.Container, "inner/fails"), (self.Plain, "fails")):
                port = container.WebAppRunner.addresses[0][1]
                async with session.get(f"http://127.0.0.1:{port}/{path}") as response:
                    assert response.status == 500
        thread = threading.Thread(target=self.thread)
        thread.start()
        thread.join()
        try:
            await self.Loop.run_in_executor(None, self.thread)
        except ArithmeticError:
            L.exception("executor")
        try:
            asyncio.create_task(self.fails)
        except TypeError:
            traceback.print_exc()
        L.error("%d", "no number")
        await self.logged("asab.task", 1)
        raise SystemError("end")
"""

INI = """
[sentry:monitors]
housekeeping=housekeeping

[logging:console]
enabled=yes
"""


def tracebacks(text: str) -> list[str]:
    """Return the tracebacks on a console, and the stacks where logging failed, without what differs in each run."""
    # With a task factory asyncio makes tasks in another line.
    lines = [re.sub(r"0x[0-9a-f]+|line \d+, in create_task", "", line) for line in text.splitlines()]
    return [line for line in lines if re.match(r" +File |\w*Error:|Traceback|Call stack|---|The above", line)]


@pytest.mark.parametrize("tracing", ["off", "on"])
def test_tracebacks_are_those_without_sentry(far: FarEnd, tmp_path, tracing: str) -> None:
    """No traceback on the console shows that this package or sentry-sdk is there."""
    shown = []
    for sentry in (False, True):
        (tmp_path / str(sentry)).mkdir()
        ini = INI + "[sentry]\n" + ("traces_sample_rate=1" if tracing == "on" else "")
        source = APPLICATION.replace("SENTRY", str(sentry))
        run = apps.run(tmp_path / str(sentry), source, dsn=far.dsn, ini=ini)
        assert run.returncode == 1
        lines = [line.replace(str(tmp_path / str(sentry)), "") for line in tracebacks(run.stdout + run.stderr)]
        shown.append([re.sub(r"127\.0\.0\.1:\d+", "the server", line) for line in lines])
    without, with_sentry = shown
    assert len([line for line in without if line.startswith("Traceback")]) > 10
    assert with_sentry == without
    assert len(far.events) > 8
