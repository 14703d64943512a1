"""The plugin of pytest, and what tests of services ask of what would have been sent."""

import logging
import os
import re
import subprocess
import sys
from textwrap import dedent

import apps
import asab
import programs
import pytest
import sentry_sdk
from sentry_sdk.envelope import Item, PayloadRef

import asab_sentry
import asab_sentry.testing
from asab_sentry.testing.captured import written

SHELF = """
import asab, asab.web, asab.web.rest, asab_sentry

class ShelfApp(asab.Application):
    def __init__(self):
        super().__init__()
        self.SentryService = asab_sentry.SentryService(self)
        self.add_module(asab.web.Module)
        self.WebContainer = asab.web.WebContainer(self.get_service("asab.WebService"), "web")
        self.WebContainer.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        self.WebContainer.WebApp.router.add_get("/shelf/{number}", self.get_shelf)

    async def get_shelf(self, request):
        return asab.web.rest.json_response(request, {"number": int(request.match_info["number"])})
"""
RUNNERS = {
    "none": (
        """
        import asyncio, aiohttp.test_utils

        async def ask(app):
            server = aiohttp.test_utils.TestServer(app.WebContainer.WebApp)
            async with aiohttp.test_utils.TestClient(server) as client, client.get("/shelf/seven") as response:
                return response.status

        @pytest.mark.parametrize("number", [1, 2])
        def test_shelf(sent, number):
            app = ShelfApp()
            assert app.Loop.run_until_complete(ask(app)) == 500
            sent.one(type="ValueError", transaction="GET /shelf/{number}")
        """,
        ("-p", "no:asyncio", "-p", "no:aiohttp"),
    ),
    "pytest-asyncio": (
        """
        import aiohttp.test_utils

        @pytest.mark.asyncio
        @pytest.mark.parametrize("number", [1, 2])
        async def test_shelf(sent, number):
            server = aiohttp.test_utils.TestServer(ShelfApp().WebContainer.WebApp)
            async with aiohttp.test_utils.TestClient(server) as client, client.get("/shelf/seven") as response:
                assert response.status == 500
            sent.one(type="ValueError", transaction="GET /shelf/{number}")
        """,
        ("-o", "asyncio_default_fixture_loop_scope=function"),
    ),
    "pytest-aiohttp": (
        """
        @pytest.mark.parametrize("number", [1, 2])
        async def test_shelf(sent, aiohttp_client, number):
            client = await aiohttp_client(ShelfApp().WebContainer.WebApp)
            async with client.get("/shelf/seven") as response:
                assert response.status == 500
            sent.one(type="ValueError", transaction="GET /shelf/{number}")
        """,
        ("-o", "asyncio_default_fixture_loop_scope=function", "-o", "asyncio_mode=auto"),
    ),
}


# Where no bytecode is written, pytest compiles them anew in each process.
WITHOUT = ("-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:pytest_cov")


def run(directory, source, *arguments):
    (directory / "shelf.py").write_text(SHELF)
    (directory / "test_shelf.py").write_text("import pytest\nfrom shelf import ShelfApp\n" + dedent(source))
    done = programs.run(
        ["-m", "pytest", "-p", "no:cacheprovider", *WITHOUT, *arguments, *apps.WARNINGS, *programs.OF_PYTEST],
        cwd=directory,
        env={name: value for name, value in os.environ.items() if not name.startswith(("SENTRY_", "PYTEST_"))},
        options=apps.WARNINGS,
        timeout=60,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("source", "arguments"), RUNNERS.values(), ids=RUNNERS)
def test_runners(tmp_path, source, arguments):
    """The fixture is there without a line of the project, in tests of each kind, one after the other."""
    assert "2 passed" in (said := run(tmp_path, source, *arguments)), said


def test_configuration(tmp_path):
    """A fixture of the project configures the service."""
    source = """
        @pytest.fixture
        def sentry_config():
            return {"sentry": {"environment": "test", "attach_stacktrace": False}, "sentry:logging": {"events": 30}}

        def test_shelf(sent):
            service = ShelfApp().SentryService
            assert (service.Options.events, service.Options.attach_stacktrace) == (30, False)
            service.capture_message("hello")
            assert sent.messages == ["hello"]
            assert sent.events[0]["environment"] == "test"
    """
    said = run(tmp_path, source, "-p", "no:asyncio", "-p", "no:aiohttp")
    assert "1 passed" in said, said


def test_import_is_cheap():
    """The plugin alone imports neither ASAB nor sentry-sdk: pytest loads it in each run."""
    code = "import sys, pytest_asab_sentry; print({'asab', 'sentry_sdk', 'aiohttp'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"


def test_written():
    """Numbers, truth values and lists of a configuration are what one would write into an ini file."""
    config = {"sentry": {"sample_rate": 0.5, "debug": False, "attach_stacktrace": True, "release": "a@1"}}
    config["sentry:logging"] = {"ignore": ["kazoo", "noisy"], "events": 40, "logs": None}
    assert written(config) == {
        "sentry": {"sample_rate": "0.5", "debug": "no", "attach_stacktrace": "yes", "release": "a@1"},
        "sentry:logging": {"ignore": "kazoo\nnoisy", "events": "40", "logs": ""},
    }


@pytest.fixture
def service():
    with asab_sentry.testing.capture(config={"sentry:limits": {"issue_events": 100}}) as sent:
        service = asab_sentry.SentryService(asab.Application())
        logger = logging.getLogger("shop")
        logger.error("order %d is lost", 7)
        with service.scope():
            service.set_tag("order", 8)
            service.capture_message("order 8 is late", level="warning")
        service.capture_exception(KeyError("teapot"))
        yield sent


def test_messages(service):
    """The texts of all events are a list."""
    assert service.messages == ["order 7 is lost", "order 8 is late", "'teapot'"]


@pytest.mark.parametrize(
    "facts",
    [
        {"level": "warning"},
        {"type": "KeyError"},
        {"message": "order 8 is late"},
        {"message": re.compile("is late")},
        {"logger": "shop"},
        {"tags": {"order": 8}},
        {"tags": {"order": "8"}, "level": "warning"},
    ],
)
def test_one(service, facts):
    """The event that fits is returned."""
    assert service.one(**facts) in service.events


def test_differences(service):
    """Where none fits, or more than one, the assertion says in what each event differs."""
    with pytest.raises(AssertionError) as error:
        service.one(level="error", type="ValueError", message=re.compile("x"), tags={"order": 1})
    assert str(error.value).splitlines() == [
        (
            "one event of level='error', type='ValueError', message=re.compile('x'), tags={'order': 1} is expected, "
            "0 of 3 fit"
        ),
        (
            "  error 'order 7 is lost': type is None, not 'ValueError'; message is 'order 7 is lost', without 'x'; "
            "tag order is None, not 1"
        ),
        (
            "  warning 'order 8 is late': level is 'warning', not 'error'; type is None, not 'ValueError'; "
            "message is 'order 8 is late', without 'x'; tag order is '8', not 1"
        ),
        (
            "  error KeyError \"'teapot'\": type is 'KeyError', not 'ValueError'; message is \"'teapot'\", "
            "without 'x'; tag order is None, not 1"
        ),
    ]
    with pytest.raises(AssertionError, match="one event of level='error' is expected, 2 of 3 fit"):
        service.one(level="error")
    with pytest.raises(AssertionError, match="one event of anything is expected, 3 of 3 fit"):
        service.one()
    service.clear()
    with pytest.raises(AssertionError, match="0 of 0 fit"):
        service.one()


def test_shown(service):
    """A test that fails shows each event of `sent` in a few words, and how many there are of all else."""
    with asab_sentry.testing.capture() as nothing:
        why = "; since the block began no SentryService was made that is on"
        assert repr(nothing) == f"<Sent: nothing{why}>"
        with pytest.raises(AssertionError, match=f"0 of 0 fit{why}$"):
            nothing.one()
    service.add(Item(payload=PayloadRef(json={"slug": "nightly"}), type="check_in"))
    assert repr(service) == (
        "<Sent: event: error 'order 7 is lost'; event: warning 'order 8 is late'; event: error KeyError \"'teapot'\"; "
        "1 x check_in>"
    )
    service.clear()
    assert repr(service) == "<Sent: nothing>"
    for number in range(30):
        sentry_sdk.capture_message("x" * 200 + str(number))
    assert len(repr(service)) < 3000
    assert repr(service).endswith("; 10 x event>")


@pytest.mark.parametrize("config", ["shop.conf", {"environment": "test"}, [("sentry", {})]])
def test_configuration_that_is_none(config):
    """A configuration that is no dict of sections is told, with how one is written."""
    expected = re.escape("config is a dict of sections, as in {'sentry': {'environment': 'test'}}, not ")
    with pytest.raises(TypeError, match=expected), asab_sentry.testing.capture(config=config):
        pass
