"""Types, as strict checkers of users see them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import asab_sentry

SERVICE = """
from typing import Any

import asab  # type: ignore[import-untyped]

import asab_sentry

L = asab_sentry.getLogger(__name__)


class App(asab.Application):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.SentryService = asab_sentry.SentryService(self)

    async def main(self) -> None:
        service = self.SentryService
        L.info("Reading %s", "prices.csv", struct_data={"file": "prices.csv"})
        L.log(25, "at NOTICE", struct_data={"a": 1})
        with service.transaction("task", "import") as transaction:
            transaction.set_data("rows", 7)
            transaction.set_status("ok")
            with service.span("db", "load") as span:
                span.set_tag("table", "prices")
        async with service.scope() as scope:
            scope.set_tag("a", "b")
        try:
            await load("7")
        except ValueError as error:
            L.exception("It failed", struct_data={"order": 7})
            identifier: str | None = service.capture_exception(error, level="warning", tags={"order": 7})
            L.error(identifier)
        service.capture_message("low", level="warning", fingerprint=["stock"], extras={"left": 1})
        reveal_type(transaction)
        reveal_type(span)
        reveal_type(load)


service = asab_sentry.init("shop.conf")


@service.monitor("load", "@daily", max_runtime=5)
async def load(number: str) -> int:
    return int(number)
"""
WRONG = """
import asab_sentry

service = asab_sentry.init("shop.conf")
service.capture_exception(ValueError("x"), tag={"a": 1})
service.capture_message("x", tags="a")
asab_sentry.getLogger("x").info("x", struct_data=5)
with service.span("a", "b") as span:
    span.set_status(5)
"""
REVEALED = ["asab_sentry.sdk.measurement.Measurement"] * 2


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """What mypy says of both, which it reads at once: most of its time goes into what they import."""
    directory = tmp_path_factory.mktemp("mypy")
    (directory / "service.py").write_text(SERVICE)
    (directory / "wrong.py").write_text(WRONG)
    cache = directory / "cache"
    if (known := Path(__file__).parents[1] / ".mypy_cache").is_dir():  # as `make test` leaves it
        shutil.copytree(known, cache)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", cache]
    command += ["service.py", "wrong.py"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300, check=False)
    assert done.stderr == ""
    return done.stdout


def test_mypy(mypy):
    """A service with struct_data, spans and captures is without an error of `mypy --strict`, and blocks have types."""
    assert re.findall(r"^(?!wrong.py:).*error: .*", mypy, re.MULTILINE) == [], mypy
    revealed = re.findall(r'^service.py:.* Revealed type is "(.*)"', mypy, re.MULTILINE)
    assert [each.removesuffix("?") for each in revealed[:2]] == REVEALED
    assert re.fullmatch(r"def \(number: .*str\) -> .*Coroutine\[Any, Any, .*int\]", revealed[2]), revealed[2]


def test_mypy_of_mistakes(mypy):
    """What a call does not take is an error of mypy."""
    assert re.findall(r"wrong.py:(\d+): error", mypy) == ["5", "6", "7", "9"], mypy


PYRIGHT = Path(sys.executable).with_name("pyright")


@pytest.mark.skipif(not PYRIGHT.exists(), reason="it is installed by hand, as it needs node")
def test_pyright(tmp_path):
    """The same service is without an error of pyright."""
    (tmp_path / "service.py").write_text(SERVICE)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    command = [PYRIGHT, "--pythonpath", sys.executable, "service.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert "0 errors" in done.stdout, done.stdout + done.stderr


def test_names():
    """What `asab_sentry.` is completed to is what is public."""
    names = {name for name in dir(asab_sentry) if not name.startswith("_")}
    assert names == set(asab_sentry.__all__) == {"ConfigError", "Sentry", "SentryService", "getLogger", "init"}


def test_logger_takes_struct_data():
    """A logger that is asked for takes struct_data, also where nothing of ASAB was imported before."""
    code = "import asab_sentry; L = asab_sentry.getLogger('shop'); L.error('x', struct_data={'a': 1}); print(L.name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "shop\n"
