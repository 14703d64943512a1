"""Flask, Django, Celery, Streamlit and a script, each with its own server, on the configuration of the services."""

import asyncio
import inspect
import os
import signal

import aiohttp
import pytest
import streamlit.error_util
from far import THREE, mechanism, title
from kept import kept_files
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from asab_sentry.sources.streamlit import LOG
from siblings.fleet import until

BAD = {"X-Token": "hunter2-secret", "Cookie": "session=hunter2-secret"}


def arrived(far, count):
    """Return the events when there are so many."""
    return until(lambda: len(far.events) >= count and far.events, lambda: f"{list(map(title, far.events))}")


def of_class(payloads, appclass):
    return [payload for payload in payloads if (payload.get("tags") or {}).get("appclass") == appclass]


def holds_none(event, *secrets):
    return not any(secret in str(event) for secret in secrets)


def test_flask(far, fleet):
    """Errors of a webhook in two workers arrive once, each with its own tags and breadcrumbs; 4xx are none."""
    server = fleet.serve("gunicorn", "--bind", "127.0.0.1:PORT", "--workers", "2", "flask_webhook:app")
    until(lambda: len(server.children()) == 2, "two workers")
    statuses = [
        server.request(f"/orders/{name}?token=hunter2-secret", b"card=4111", BAD) for name in ("7", "x", "8", "y")
    ]
    assert statuses == [200, 500, 200, 500]
    assert (server.request("/gone"), server.request("/nowhere")) == (410, 404)
    events = arrived(far, 2)
    assert server.stop() == 0
    assert sorted(map(title, far.events)) == ["ValueError: No number: x", "ValueError: No number: y"]
    for event in events:
        name = title(event)[-1]
        assert (event["tags"]["order"], event["transaction"]) == (name, "/orders/<number>" if THREE else "order")
        assert [crumb["message"] for crumb in event["breadcrumbs"]["values"]] == ["Order received"]
        assert mechanism(event) == ("flask", False)
        assert [frame["in_app"] for frame in event["exception"]["values"][0]["stacktrace"]["frames"]][-1:] == [True]
        assert (event["request"]["method"], holds_none(event, "hunter2", "4111")) == ("POST", True)
    sessions = [
        item.payload for envelope in far.envelopes for item in envelope.items if item.headers["type"] == "sessions"
    ]
    crashed = sum(minute.get("crashed", 0) for session in sessions for minute in session["aggregates"])
    assert crashed == 2


LOGIN = """
import flask_login
from flask_webhook import app, sentry

login = flask_login.LoginManager(app)

class User(flask_login.UserMixin):
    def __init__(self, name):
        self.id, self.username, self.email = name, f"{name}-novak", f"{name}-novak@example.com"

@login.request_loader
def load(request):
    return User(request.args["name"])

@app.get("/me")
def me():
    raise PermissionError(flask_login.current_user.id)

@app.get("/nobody")
def nobody():
    raise LookupError("nobody")
"""


def test_flask_user(far, fleet):
    """An error of a request has the id of its user and no more, that of another request has it not."""
    (fleet.directory / "login.py").write_text(LOGIN)
    server = fleet.serve("gunicorn", "--bind", "127.0.0.1:PORT", "login:app")
    assert [server.request(path) for path in ("/me?name=anna", "/nobody?name=anna", "/me?name=eva")] == [500] * 3
    users = {title(event): event.get("user") for event in arrived(far, 3)}
    assert users == {
        "PermissionError: anna": {"id": "anna"},
        "LookupError: nobody": None,
        "PermissionError: eva": {"id": "eva"},
    }
    assert all(holds_none(event, "-novak") for event in far.events)


def test_killed_worker(far, fleet):
    """What a worker has captured that is killed is sent once by another one; each has a directory in the spool."""
    far.answer = lambda _: (503, {})
    server = fleet.serve("gunicorn", "--bind", "127.0.0.1:PORT", "--workers", "2", "flask_webhook:app")
    assert server.request("/orders/x", b"") == 500
    kept = until(lambda: kept_files(fleet.directory / "var"), "the event is on disk")
    pid = int(kept[0].parent.name.split("-")[0])
    assert pid in server.children()
    os.kill(pid, signal.SIGKILL)
    far.answer = lambda _: (200, {})
    arrived(far, 2)
    assert server.request("/orders/y", b"") == 500
    events = arrived(far, 3)
    server.stop()
    assert sorted(map(title, events)) == [
        "UncleanExit: ShopWebhook was killed",
        "ValueError: No number: x",
        "ValueError: No number: y",
    ]


USER = """
import django_admin

from django.conf import settings
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application


def who(get_response):
    def middleware(request):
        request.user = User(pk=7, username="anna-novak", email="anna-novak@example.com")
        return get_response(request)
    return middleware


settings.MIDDLEWARE.append("django_user.who")
wsgi = get_wsgi_application()
asgi = get_asgi_application()
"""

SERVERS = {
    "wsgi": ("gunicorn", "--bind", "127.0.0.1:PORT", "--preload", "--workers", "2", "django_user:wsgi"),
    "asgi": ("uvicorn", "--host", "127.0.0.1", "--port", "PORT", "--workers", "2", "early:asgi"),
}


EARLY_INIT = """
import asab_sentry
asab_sentry.init("siblings.conf", appclass="ShopAdmin")
from django_user import *
"""
"""Before Django is imported."""


@pytest.mark.parametrize("kind", SERVERS)
def test_django(far, fleet, kind):
    """Errors of views arrive once, with route, tags, and the id of the user and no more; Http404 is no event."""
    (fleet.directory / "django_user.py").write_text(USER)
    (fleet.directory / "early.py").write_text(EARLY_INIT)
    server = fleet.serve(*SERVERS[kind])
    assert server.request("/report/monday?token=hunter2-secret", headers=BAD) == 500
    assert [server.request(path) for path in ("/nothing", "/report/friday")] == [404, 500]
    events = arrived(far, 2)
    server.stop()
    titles = [f"RuntimeError: There is no report of {day}" for day in ("monday", "friday")]
    assert sorted(map(title, far.events)) == sorted(titles)
    for event in events:
        assert (event["tags"]["tenant"], event["transaction"]) == ("acme", "/report/{day}")
        assert event["user"] == {"id": "7"}
        assert [crumb["message"] for crumb in event["breadcrumbs"]["values"] if crumb["category"] == "shop.admin"] == [
            "Report asked for"
        ]
        assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["in_app"]
        assert holds_none(event, "hunter2", "anna-novak")
    assert {event["transaction"] for event in of_class(far.transactions, "ShopAdmin")} >= {"/report/{day}", "/nothing"}


EARLY = """
import logging
from celery_orders import *
logging.getLogger("early").error("Parent at start")
"""

CALL = "import celery_orders; [getattr(celery_orders, name).delay(*given) for name, given in {calls}]"


def test_celery(far, fleet):
    """A failed task is an event once, after its retries and without a result as well, of children of a parent that has
    captured before."""
    (fleet.directory / "early.py").write_text(EARLY)
    worker = fleet.start(
        "celery", "--app", "early:app", "worker", "--loglevel", "INFO", "--concurrency", "2", "--pool", "prefork"
    )
    worker.says("ready.")
    calls = [("fail", (2,)), ("forget", ()), ("again", ()), ("fail", (3,))]
    caller = fleet.start("python", "-c", CALL.format(calls=calls))
    assert caller.wait() == 0, caller.output
    arrived(far, 5)
    worker.stop()
    assert sorted(map(title, far.events)) == [
        "ConnectionError: The carrier is away",
        "LookupError: Nobody asks for the result",
        "Parent at start",
        "ValueError: Order 2 of 6 cannot be shipped",
        "ValueError: Order 3 of 9 cannot be shipped",
    ], worker.output
    (event,) = [event for event in far.events if "Order 2" in title(event)]
    assert mechanism(event) == ("celery", False)
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["vars"] == {"amount": "6", "number": "2"}
    assert event["transaction"] == "celery_orders.fail"


DUE = """
import datetime
from celery_orders import app
for entry in app.conf.beat_schedule.values():
    entry["last_run_at"] = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
"""


def test_beat(far, fleet):
    """Tasks of the schedule check in, apart from those that are excluded."""
    worker = fleet.start("celery", "--app", "celery_orders", "worker", "--loglevel", "INFO", "--concurrency", "1")
    worker.says("ready.")
    (fleet.directory / "due.py").write_text(DUE)
    beat = fleet.start("celery", "--app", "due:app", "beat")
    until(
        lambda: {check["status"] for check in far.check_ins} >= {"in_progress", "ok"},
        lambda: f"{far.check_ins}\n{worker.output}\n{beat.output}",
    )
    beat.stop()
    worker.stop()
    assert {check["monitor_slug"] for check in far.check_ins} == {"every-minute"}
    assert far.events == []


async def show(port, query):
    """Open the page of a script as a browser does, and wait until the script has run."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/_stcore/stream") as socket,
    ):
        message = BackMsg()
        message.rerun_script.query_string = query
        await socket.send_bytes(message.SerializeToString())
        async for answer in socket:
            told = ForwardMsg()
            told.ParseFromString(answer.data)
            if told.WhichOneof("type") == "script_finished":
                return


@pytest.mark.parametrize("rich", ["false", "true"])
def test_streamlit(far, fleet, rich):
    """What a script raises is an event without a call in it, and what it captures by hand is one, too."""
    options = (
        "--server.headless=true",
        "--server.port=PORT",
        "--browser.gatherUsageStats=false",
        f"--logger.enableRich={rich}",
    )
    server = fleet.serve("streamlit", "run", "streamlit_board.py", *options)
    for day in ("sunday", "monday", "by-hand"):
        asyncio.run(asyncio.wait_for(show(server.port, f"day={day}"), 30))
    events = arrived(far, 2)
    server.stop()
    found = {title(event): event for event in events}
    assert found.keys() == {"TypeError: object of type 'NoneType' has no len()", "ValueError: Handled by the script"}
    assert len(far.events) == 2
    error = found["TypeError: object of type 'NoneType' has no len()"]
    assert (mechanism(error), error["tags"]["day"], error["tags"]["appclass"]) == (
        ("streamlit", False),
        "sunday",
        "ShopBoard",
    )
    assert error["exception"]["values"][0]["stacktrace"]["frames"][-1]["in_app"]
    assert found["ValueError: Handled by the script"]["tags"]["day"] == "by-hand"
    assert server.output.count("init() was called before") == 1


def test_streamlit_function():
    """The function of Streamlit that tells of exceptions of scripts is called for each of them."""
    assert LOG in inspect.getsource(streamlit.error_util.handle_user_script_exception)


def test_script(far, fleet):
    """A script that fails: its exception with what led to it, check-ins of its monitor, its transaction and session."""
    (fleet.directory / "prices.csv").write_text("a;1\nb;two\n")
    script = fleet.start("python", "nightly.py", "prices.csv")
    assert script.wait() == 1
    (event,) = arrived(far, 1)
    assert title(event) == "ValueError: could not convert string to float: 'two'"
    assert [crumb["message"] for crumb in event["breadcrumbs"]["values"]] == ["Import begins", "Line 0", "Line 1"]
    assert [check["status"] for check in far.check_ins] == ["in_progress", "error"]
    assert [transaction["transaction"] for transaction in far.transactions] == ["nightly"]
    sessions = [
        item.payload for envelope in far.envelopes for item in envelope.items if item.headers["type"] == "sessions"
    ]
    assert [minute["crashed"] for session in sessions for minute in session["aggregates"]] == [1]


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_trace(far, fleet, kind):
    """A request to a view of Django that enqueues a task of Celery that asks a service of ASAB is one trace."""
    stock = fleet.serve("python", "stock_service.py", "-c", "siblings.conf", STOCK_LISTEN="127.0.0.1 PORT")
    url = f"http://127.0.0.1:{stock.port}"
    worker = fleet.start(
        "celery", "--app", "celery_orders", "worker", "--loglevel", "INFO", "--concurrency", "1", STOCK_URL=url
    )
    worker.says("ready.")
    for name in ("django_user.py", "early.py"):
        (fleet.directory / name).write_text("from django_admin import *")
    admin = fleet.serve(*SERVERS[kind])
    assert (admin.request("/order/5"), admin.request("/order/500")) == (200, 200)
    arrived(far, 2)
    classes = ("ShopAdmin", "ShopOrders", "StockService")

    def whole():
        traces = {}
        for transaction in far.transactions:
            trace = traces.setdefault(transaction["contexts"]["trace"]["trace_id"], set())
            trace.add(transaction["tags"]["appclass"])
        return [trace for trace, names in traces.items() if names >= set(classes)][1:] and traces

    traces = until(
        whole, lambda: f"{[(t['transaction'], t['contexts']['trace'], t['tags']) for t in far.transactions]}"
    )
    assert {title(event) for event in far.events} == {
        "LookupError: There is no article 500",
        "HTTPError: HTTP Error 500: Internal Server Error",
    }
    (trace,) = {event["contexts"]["trace"]["trace_id"] for event in far.events}
    assert traces[trace] == set(classes)
