"""What is done when the application imports a module: integrations of sentry-sdk are set up then, and not before."""

import importlib
import importlib.machinery
import importlib.resources
import importlib.util
import sys

import apps
import pytest
from far import FarEnd

from asab_sentry.runtime.imports import when_imported


@pytest.fixture
def package(tmp_path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that can be imported once."""
    name = "imported_later"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("VALUE = 1\nfrom . import inner\n")
    (tmp_path / name / "inner.py").write_text("from . import VALUE\n")
    (tmp_path / name / "data.txt").write_text("some")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for imported in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[imported]


def test_steps(package: str) -> None:
    """Steps are taken once, in their order, when all of the module is there; the module is as any other."""
    taken = []
    when_imported(package, lambda: taken.append(sys.modules[package].inner.VALUE))
    when_imported(package, lambda: taken.append("second"))
    assert importlib.util.find_spec(package) is not None  # to look for it is not to import it
    assert taken == []
    module = importlib.import_module(package)
    assert taken == [1, "second"]
    assert module.__loader__ is module.__spec__.loader
    assert type(module.__loader__) is importlib.machinery.SourceFileLoader
    assert importlib.resources.files(package).joinpath("data.txt").read_text() == "some"
    importlib.reload(module)
    assert taken == [1, "second"]
    when_imported(package, lambda: taken.append("at once"))
    assert taken == [1, "second", "at once"]


def test_steps_for_a_part(package: str) -> None:
    """When a module of a package is imported, the package has it by its name already."""
    taken = []
    when_imported(f"{package}.inner", lambda: taken.append(sys.modules[package].inner.VALUE))
    importlib.import_module(package)
    assert taken == [1]


def test_end(package: str) -> None:
    """Nothing is done after the end of the waiting, and nothing is left behind."""
    before, taken = [*sys.meta_path], []
    end, other = when_imported(package, lambda: taken.append(1)), when_imported("never_imported", str)
    end()
    end()
    importlib.import_module(package)
    other()
    assert taken == []
    assert sys.meta_path == before


def test_failures(package: str, tmp_path) -> None:
    """A step that fails harms nobody; an import that fails does so as ever, and is waited for again."""
    taken = []
    file = tmp_path / package / "__init__.py"
    source = file.read_text()
    file.write_text("raise ValueError('not now')")

    def fails() -> None:
        raise RuntimeError("step")

    when_imported(package, fails)
    when_imported(package, lambda: taken.append(1))
    with pytest.raises(ValueError, match="not now"):
        importlib.import_module(package)
    assert taken == []
    file.write_text(source + "# now\n")
    importlib.invalidate_caches()
    assert importlib.import_module(package).VALUE == 1
    assert taken == [1]


SOURCE = """
class App(Base):
    async def main(self):
        early = {"httpx", "loguru"} & sys.modules.keys()
        import httpx
        import loguru
        try:
            httpx.get("http://127.0.0.1:9/x", timeout=1)
        except httpx.HTTPError:
            pass
        loguru.logger.error("by loguru")
        L.error("early: %s", sorted(early))
        self.stop()
"""


@pytest.mark.parametrize("disabled", ["", "httpx loguru"])
def test_integrations(far: FarEnd, tmp_path, disabled: str) -> None:
    """Libraries that are imported after the start have their integrations, unless these are disabled."""
    ini = f"[sentry]\ndisabled_integrations={disabled}\n"
    apps.run(tmp_path, "import sys\n" + SOURCE, dsn=far.dsn, ini=ini, fresh=True)
    events = {event["logentry"]["message"]: event for event in far.events}
    assert any(message.endswith("by loguru") for message in events) is (not disabled)
    crumbs = [crumb for crumb in events["early: %s"]["breadcrumbs"]["values"] if crumb["type"] == "http"]
    assert [crumb["data"]["url"] for crumb in crumbs] == ([] if disabled else ["http://127.0.0.1:9/x"])
    if not disabled:
        assert events["early: %s"]["logentry"]["formatted"] == "early: []"


def test_integrations_that_others_import(far: FarEnd, tmp_path) -> None:
    """A client of somebody else's that imports an integration, and by it the library, does so as without us."""
    source = """
    class App(Base):
        async def main(self):
            assert "loguru" not in sys.modules
            from sentry_sdk.integrations.loguru import LoguruIntegration
            import loguru
            loguru.logger.error("by loguru")
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert (run.returncode, "asab_sentry" in run.stderr) == (0, False), run.stderr
    (event,) = far.events
    assert event["logentry"]["message"].endswith("by loguru")


SERVER = """
class App(Base):
    async def main(self):
        L.error("at the start: %s", sorted({"aiohttp", "sentry_sdk.integrations.aiohttp"} & set(sys.modules)))
        import aiohttp
        import aiohttp.web

        async def fail(request):
            async with aiohttp.ClientSession() as session:
                with contextlib.suppress(aiohttp.ClientError):
                    await session.get("http://127.0.0.1:1/nobody")
            raise LookupError("no order")

        served = aiohttp.web.Application()
        served.router.add_get("/orders/{number}", fail)
        runner = aiohttp.web.AppRunner(served)
        await runner.setup()
        await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
        (address,) = runner.addresses
        async with aiohttp.ClientSession() as session:
            answer = await session.get(f"http://{address[0]}:{address[1]}/orders/7?q=1")
            assert answer.status == 500
        await runner.cleanup()
        self.stop()
"""


def test_a_server_that_is_imported_later(tmp_path, far: FarEnd) -> None:
    """An application without a web server starts without aiohttp; requests to a later one are watched."""
    done = apps.run(tmp_path, SERVER, dsn=far.dsn, env={"NO_PROXY": "*"}, fresh=True)
    assert done.returncode == 0, done.stderr
    first, failed = far.events
    assert first["logentry"]["formatted"] == "at the start: []"
    assert failed["transaction"] == "GET /orders/{number}"
    assert failed["exception"]["values"][0]["mechanism"] == {"type": "asab.web", "handled": False}
    assert failed["exception"]["values"][0]["stacktrace"]["frames"][-1]["vars"]["request"] == "<Request GET /orders/7 >"
    (request,) = [crumb for crumb in failed["breadcrumbs"]["values"] if crumb["type"] == "http"]
    assert request["data"]["reason"].startswith("ClientConnectorError")
