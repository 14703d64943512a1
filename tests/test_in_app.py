"""Which code is the application."""

import json
import os
import sys
import types
from pathlib import Path

import apps
import programs
import pytest

from asab_sentry.runtime.in_app import Application

LIB = "/srv/venv/lib/python3.11"
SITE = f"{LIB}/site-packages"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> "Modules":
    """Modules that are as good as imported; the script that was started is not among them."""
    return Modules(monkeypatch)


class Modules:
    """Makes classes of applications as if they were defined in modules of given files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.add("__main__", None)

    def add(self, name: str, file: str | None, spec: str | None = None) -> None:
        module = types.ModuleType(name)
        module.__file__ = file
        if spec is not None:
            module.__spec__ = types.SimpleNamespace(name=spec)
        self._patch.setitem(sys.modules, name, module)

    def application(self, name: str, **more) -> Application:
        return Application(type("App", (), {"__module__": name}), **more)


def test_package(modules: Modules) -> None:
    """The application is the whole package of its class, and nothing beside it."""
    modules.add("shop", "/opt/shop/__init__.py")
    modules.add("shop.web.app", "/opt/shop/web/app.py")
    application = modules.application("shop.web.app")
    assert application.has("shop.orders", "/opt/shop/orders.py")
    assert application.has("shop", "/opt/shop/__init__.py")
    assert not application.has("shopping", "/opt/shopping.py")
    assert not application.has("shop_tools", "/opt/shop_tools/__init__.py")


def test_installed_package(modules: Modules) -> None:
    """An application that is installed is itself the application, its neighbours are not."""
    modules.add("shop", f"{SITE}/shop/__init__.py")
    modules.add("shop.app", f"{SITE}/shop/app.py")
    application = modules.application("shop.app")
    assert application.has("shop.orders", f"{SITE}/shop/orders.py")
    assert not application.has("json", f"{LIB}/json/__init__.py")
    assert not application.has("yarl", f"{SITE}/yarl/__init__.py")


def test_namespace_package(modules: Modules) -> None:
    """A namespace belongs to many: the application is the package in it."""
    modules.add("company", None)
    modules.add("company.shop", f"{SITE}/company/shop/__init__.py")
    modules.add("company.shop.app", f"{SITE}/company/shop/app.py")
    application = modules.application("company.shop.app")
    assert application.has("company.shop.orders", f"{SITE}/company/shop/orders.py")
    assert not application.has("company.bus", f"{SITE}/company/bus/__init__.py")
    shown = application.show("company.shop.orders", f"{SITE}/company/shop/orders.py", None)
    assert shown.filename == shown.abs_path == "company/shop/orders.py"


def test_installed_module(modules: Modules) -> None:
    """A module that is installed without a package is the application alone."""
    modules.add("shop", f"{SITE}/shop.py")
    application = modules.application("shop")
    assert application.has("shop", f"{SITE}/shop.py")
    assert not application.has("six", f"{SITE}/six.py")


def test_script(modules: Modules) -> None:
    """The folder of the script is the application, but not the packages that are installed within it."""
    modules.add("__main__", "/srv/service.py")
    application = modules.application("__main__")
    assert application.has("__main__", "/srv/service.py")
    assert application.has("orders.stock", "/srv/orders/stock.py")
    assert not application.has("yarl", f"{SITE}/yarl/__init__.py")
    assert not application.has("other", "/opt/other.py")


def test_script_in_the_root(modules: Modules) -> None:
    """A script in `/` does not make the standard library and all else the application."""
    modules.add("__main__", "/service.py")
    application = modules.application("__main__")
    assert application.has("orders", "/orders.py")
    assert not application.has("json.decoder", json.decoder.__file__)
    assert not application.has("pytest", pytest.__file__)


def test_script_and_package(modules: Modules) -> None:
    """A script that starts a package of another place: both are the application."""
    modules.add("__main__", "/srv/bin/run.py")
    modules.add("shop", "/opt/lib/shop/__init__.py")
    modules.add("shop.app", "/opt/lib/shop/app.py")
    application = modules.application("shop.app")
    assert application.has("shop.app", "/opt/lib/shop/app.py")
    assert application.has("__main__", "/srv/bin/run.py")


def test_command_of_an_installation(modules: Modules) -> None:
    """The command by which an installed package is started is not the application."""
    command = str(Path(sys.executable).parent / "shop")
    modules.add("__main__", command)
    modules.add("shop", f"{SITE}/shop/__init__.py")
    modules.add("shop.app", f"{SITE}/shop/app.py")
    assert not modules.application("shop.app").has("__main__", command)


def test_module_that_was_started(modules: Modules) -> None:
    """`python -m shop` is the application `shop`, though its module is called `__main__`."""
    modules.add("__main__", f"{SITE}/shop/__main__.py", "shop.__main__")
    modules.add("shop", f"{SITE}/shop/__init__.py")
    application = modules.application("__main__")
    assert application.has("shop.orders", f"{SITE}/shop/orders.py")
    assert application.show("__main__", f"{SITE}/shop/__main__.py", None).filename == "shop/__main__.py"


def test_links(modules: Modules, tmp_path: Path) -> None:
    """A script that is reached by a link is known by both its names."""
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "service.py").touch()
    (tmp_path / "current").symlink_to(tmp_path / "release")
    modules.add("__main__", str(tmp_path / "current" / "service.py"))
    application = modules.application("__main__")
    assert application.has("__main__", str(tmp_path / "current" / "service.py"))
    assert application.has("orders", str(tmp_path / "release" / "orders.py"))


@pytest.mark.parametrize(
    "path", ["<frozen importlib._bootstrap>", "<string>", "aiohttp/_http_parser.pyx", "orders.py", ""]
)
def test_names_without_a_place(modules: Modules, path: str) -> None:
    """A name that is no absolute path is nobody's, wherever the process stands, even where its module is named."""
    modules.add("__main__", f"{Path.cwd()}/service.py")
    assert not modules.application("__main__", include=["orders"]).has("orders", path)


@pytest.mark.parametrize(
    "module", ["asab", "asab.web.rest.json", "aiohttp.web", "asyncio.events", "asab_sentry.service"]
)
def test_ground(modules: Modules, module: str) -> None:
    """What every application stands on is not the application, not even beside its script or when it is named."""
    modules.add("__main__", "/srv/service.py")
    path = f"/srv/{module.replace('.', '/')}.py"
    assert not modules.application("__main__", include=[module]).has(module, path)


def test_include_and_exclude(modules: Modules) -> None:
    """Modules that are configured as the application are, those that are excluded are not."""
    modules.add("__main__", "/srv/service.py")
    application = modules.application("__main__", include=["shared", "vendored.mine"], exclude=["vendored"])
    assert application.has("shared.bus", f"{SITE}/shared/bus.py")
    assert not application.has("shared_with_all", f"{SITE}/shared_with_all.py")
    assert not application.has("vendored.theirs", "/srv/vendored/theirs.py")
    assert application.has("vendored.mine", "/srv/vendored/mine.py")
    shown = application.show("shared", f"{SITE}/shared/__init__.py", None)
    assert shown.filename == shown.abs_path == "shared/__init__.py"


def test_shown_path(modules: Modules) -> None:
    """The path of an application is shown as it is, unless Sentry's server would take it for somebody else's."""
    modules.add("__main__", "/srv/service.py")
    application = modules.application("__main__")
    assert application.show("a.b", "/srv/a/b.py", None) == (True, "a/b.py", "/srv/a/b.py")
    assert application.show("yarl", f"{SITE}/yarl/_url.py", "yarl/_url.py") == (
        False,
        "yarl/_url.py",
        f"{SITE}/yarl/_url.py",
    )
    modules.add("__main__", "/usr/local/lib/shop/service.py")
    assert modules.application("__main__").show("a", "/usr/local/lib/shop/a.py", None).abs_path == "a.py"


PROGRAM = """
import json, sys
from asab_sentry.runtime import in_app
class App: pass
application = in_app.Application(App)
print(json.dumps({
    "main": application.owns(sys._getframe()),
    "helper": application.has("helper", __import__("helper").where),
    "json": application.has("json", json.__file__),
    "asab_sentry": application.has("asab_sentry.runtime.in_app", in_app.__file__),
}))
"""


@pytest.mark.parametrize("place", ["own", "root", "elsewhere"])
def test_working_directory(tmp_path: Path, place: str) -> None:
    """The same code is the application wherever the process is started."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "service.py").write_text(PROGRAM)
    (tmp_path / "own" / "helper.py").write_text("where = __file__")
    folder = Path("/") if place == "root" else tmp_path / place
    script = os.path.relpath(tmp_path / "own" / "service.py", folder)
    done = programs.run([script], cwd=folder, env={**os.environ}, options=apps.WARNINGS, fresh=place == "elsewhere")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"main": True, "helper": True, "json": False, "asab_sentry": False}
