"""The end of what is captured: applications that raised or never ran leave no task, socket or coroutine behind."""

import asyncio
import contextlib
import gc
import json
import os
import socket

import aiohttp
import asab
import asab.web
import programs
import pytest
from far import mechanism, title

import asab_sentry
import asab_sentry.testing
from asab_sentry.testing import loops

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:asab.web.container")  # a str as an AppKey

WEB = {"web": {"listen": "127.0.0.1 0"}}


class WebApp(asab.Application):
    """Serves, and raises while a request is answered."""

    def __init__(self):
        super().__init__()
        self.Sentry = asab_sentry.SentryService(self)
        self.add_module(asab.web.Module)
        self.Container = asab.web.WebContainer(self.get_service("asab.WebService"), "web")
        self.Container.WebApp.router.add_get("/", self.get)
        self.Asked, self.Ended = asyncio.Event(), []
        self.PubSub.subscribe("WebContainer.started!", self.on_started)

    async def get(self, request):
        self.Asked.set()
        try:
            await asyncio.sleep(3600)
        finally:
            self.Ended.append("request")

    async def on_started(self, message_type, container):
        self.Port = container.Addresses[0][1]
        self.TaskService.schedule(self.background())
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.Port}/"):
            pass

    async def background(self):
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.01)
            self.Ended.append("background")

    async def main(self):
        await asyncio.wait_for(self.Asked.wait(), 10)
        raise RuntimeError("from main")


@pytest.fixture
def complaints(caplog):
    """What is logged above INFO, but for ASAB's word on the handlers of pytest."""
    return lambda: [
        record.getMessage()
        for record in caplog.records
        if record.levelname in {"WARNING", "ERROR", "CRITICAL"} and "already configured" not in record.getMessage()
    ]


def is_open(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_an_application_that_raised(complaints):
    """Its tasks end, its sockets are closed and its loop too; nothing is complained of, then or later."""
    with asab_sentry.testing.capture(config=WEB) as sent:
        app = WebApp()
        with pytest.raises(RuntimeError, match="from main"):
            app.run()
        assert is_open(app.Port)
        app.TaskService.schedule(app.background())
    assert sorted(app.Ended) == ["background", "request"]
    assert not is_open(app.Port)
    assert app.Loop.is_closed()
    assert not asyncio.all_tasks(app.Loop)
    assert [title(event) for event in sent.events] == ["RuntimeError: from main"]
    del app
    gc.collect()
    assert complaints() == []


def test_an_application_that_never_ran(complaints):
    """Nothing of it runs, and no coroutine or task of it is complained of."""
    with asab_sentry.testing.capture(config=WEB) as sent:
        app = WebApp()
        app.PubSub.subscribe("late!", app.on_started)
        app.PubSub.publish("late!", None, asynchronously=True)
        app.TaskService.run_forever(app.background)
    with asab_sentry.testing.capture(config=WEB):
        app = WebApp()
        task = app.Loop.create_task(app.background())
    assert task.cancelled()
    assert app.Ended == sent.events == []
    del app
    gc.collect()
    assert complaints() == []


class StoreApp(asab.Application):
    """Raises what it is given."""

    Error: BaseException

    def __init__(self):
        super().__init__()
        self.Sentry = asab_sentry.SentryService(self)

    async def main(self):
        raise self.Error


class OtherApp(StoreApp):
    """Another application of the same process."""


def test_an_application_after_another():
    """The loop that ASAB makes for a second application ends as well."""
    with asab_sentry.testing.capture():

        class FirstApp(asab.Application):
            async def main(self):
                self.stop()

        assert FirstApp().run() == 0
        app = OtherApp()
        app.Error = RuntimeError("second")
        with pytest.raises(RuntimeError):
            app.run()
        assert not app.Loop.is_closed()
    assert app.Loop.is_closed()


def test_tasks_that_do_not_end(monkeypatch, caplog):
    """A task that takes no notice of being cancelled is waited for a while only, and told of by asyncio."""
    monkeypatch.setattr(loops, "ENDING", 0.05)

    async def stubborn():
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)

    with asab_sentry.testing.capture():
        app = StoreApp()
        app.Error = RuntimeError("with a task")
        task = app.Loop.create_task(stubborn())
        with pytest.raises(RuntimeError):
            app.run()
    assert app.Loop.is_closed()
    assert not task.done()
    task.get_coro().close()
    del app, task
    gc.collect()
    assert "Task was destroyed but it is pending!" in caplog.text


def test_an_exception_that_leaves_run():
    """It is an event as in a process that it ends, and is still raised."""
    with asab_sentry.testing.capture() as sent:
        app = StoreApp()
        app.Error = error = RuntimeError("from main")
        with pytest.raises(RuntimeError) as raised:
            app.run()
        assert raised.value is error
        (event,) = sent.events
    assert title(event) == "RuntimeError: from main"
    assert mechanism(event) == ("excepthook", False)
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "main"


def test_once():
    """An exception that was reported before it left is no second event."""
    with asab_sentry.testing.capture() as sent, asab_sentry.testing.capture() as inner:
        app = StoreApp()
        app.Error = RuntimeError("reported")
        app.Sentry.capture_exception(app.Error)
        for _ in range(2):
            with pytest.raises(RuntimeError):
                app.run()
    assert len(inner.events) == 1
    assert sent.events == []


def test_what_is_no_error():
    """An exit is no event, nor is anything one without a service."""

    class PlainApp(asab.Application):
        async def main(self):
            raise RuntimeError("no service")

    run = asab.Application.run
    with asab_sentry.testing.capture() as sent:
        app = StoreApp()
        app.Error = SystemExit(3)
        with pytest.raises(SystemExit):
            app.run()
        with pytest.raises(RuntimeError):
            PlainApp().run()
    assert sent.events == []
    assert asab.Application.run is run
    del app
    gc.collect()  # asyncio tells of the exit when it is collected: now, not in the test that comes next


def test_the_loop_of_others_goes_on():
    """An application of before shares its loop with those of the block, and keeps it whatever they raise."""
    with asab_sentry.testing.capture():
        outer = asab.Application()
        with asab_sentry.testing.capture() as sent:
            app = StoreApp()
            app.Error = RuntimeError("inner")
            with pytest.raises(RuntimeError):
                app.run()
        assert len(sent.events) == 1
        assert app.Loop is outer.Loop
        assert not outer.Loop.is_closed()


LEFT = """
import functools, http.client, httpx, json, logging, multiprocessing, sys, types, urllib3
import aiohttp.web, asab, asab.web
import asab_sentry, asab_sentry.testing


def is_ours(value):
    value = value.func if isinstance(value, functools.partial) else value
    module = getattr(getattr(value, "__func__", value), "__module__", None)
    return isinstance(value, types.FunctionType | types.MethodType) and str(module).startswith("asab_sentry")


def ours(*objects):
    owners = {name: module for name, module in sys.modules.items() if not name.startswith(("asab_sentry", "__main__"))}
    classes = [value for module in owners.values() for value in vars(module).values() if isinstance(value, type)]
    loggers = [logging.root, *filter(logging.Logger.__instancecheck__, logging.root.manager.loggerDict.values())]
    owners |= {f"{owner.__module__}.{owner.__qualname__}": owner for owner in classes}
    owners |= {type(each).__name__: each for each in objects}
    found = {f"{name}.{key}" for name, owner in owners.items() for key in [*vars(owner)] if is_ours(vars(owner)[key])}
    return sorted(found | {logger.name for logger in loggers if any(map(is_ours, logger.filters))})


class App(asab.Application):
    def __init__(self):
        super().__init__()
        self.Sentry = asab_sentry.SentryService(self)

    async def main(self):
        self.Ours = ours(self.PubSub)
        self.stop()


is_application = sys.argv[1:] == ["application"]
with asab_sentry.testing.capture(config={"sentry:attachments": {"log": "5"}, "sentry:monitors": {"heartbeat": "a"}}):
    if is_application:
        app = App()
        app.run()
        during, objects = app.Ours, [app.PubSub]
    else:
        asab_sentry.init()
        during, objects = ours(), []
print(json.dumps([during, ours(*objects)]))
"""


@pytest.mark.parametrize("arguments", [["application"], []], ids=["application", "process"])
def test_nothing_of_ours_is_left_in_others(arguments, tmp_path):
    """What this package puts into modules, classes and objects of others is taken back at its end."""
    (tmp_path / "left.py").write_text(LEFT)
    done = programs.run(["left.py", *arguments], cwd=tmp_path, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    during, after = json.loads(done.stdout)
    assert ("PubSub._callback_iter" in during) is (arguments == ["application"])
    assert {"sys.excepthook", "logging.Logger.callHandlers", "http.client.HTTPConnection.getresponse"} <= {*during}
    assert after == [], "what `install` has put there is to be taken back by what it returns"
