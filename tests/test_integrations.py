"""Integrations of sentry-sdk by configuration: sections `[sentry:integration:NAME]`."""

import configparser
import logging
import re

import apps
import pytest
from far import FarEnd, title

from asab_sentry.config import integrations, reading
from asab_sentry.sdk import integration_arguments
from asab_sentry.sdk.integration_arguments import Argument

DSN = {"SENTRY_DSN": "http://public@127.0.0.1:9/1"}


def read(ini: str) -> reading.Reading:
    config = configparser.ConfigParser()
    config.read_string(ini)
    return reading.read(config, DSN)


@pytest.mark.parametrize(
    ("ini", "fault"),
    [
        (
            "[sentry:integration:djago]",
            "has no such integration; did you mean [sentry:integration:django]?",
        ),
        ("[sentry:integration:_wsgi_common]", "has no such integration"),
        ("[sentry:integration:no/such]", "has no such integration"),
        (
            "[sentry:integration:threading]\npropagate_scopes=no",
            "propagate_scopes is no argument of the integration; did you mean propagate_scope?",
        ),
        (
            "[sentry:integration:threading]\npropagate_scope=perhaps",
            "[sentry:integration:threading] propagate_scope = 'perhaps': accepted is yes or no",
        ),
        ("[sentry:integration:logging]", "[sentry:logging] says what log records are"),
        ("[sentry:integration:atexit]\ncallback=a:b", "[sentry] shutdown_timeout says how long"),
        ("[sentry:integration:argv]", "the arguments of a process are not sent"),
        ("[sentry:integration:dedupe]", "each exception is one event anyway"),
        ("[sentry:integration:excepthook]\nalways_run=yes", "what ends the process is an event anyway"),
        ("[sentry:integration:modules]", "[sentry] disabled_integrations = modules leaves them out"),
        ("[sentry:integration:aws_lambda]\ntimeout_warning=soon", "accepted is yes or no"),
        ("[sentry:integration:aiohttp]\nfailed_request_status_codes=many", "accepted are HTTP statuses"),
    ],
)
def test_faults(ini: str, fault: str) -> None:
    """Unknown integrations and arguments, values of other types, and what this package replaces, are faults."""
    (told,) = read(f"[sentry]\n{ini}\n").faults
    assert fault in told


def test_values() -> None:
    """Values are of the types of the constructor; one of a library that is not here is not looked at."""
    reading = read(
        "[sentry]\n[sentry:integration:redis]\ncache_prefixes=a:\n  b:\n"
        "[sentry:integration:threading]\npropagate_scope=no # text\n[sentry:integration:django]\nmiddleware_spans=x\n"
    )
    assert (reading.faults, reading.warnings) == ((), ())
    assert reading.options().integrations == {
        "redis": {"cache_prefixes": ["a:", "b:"]},
        "threading": {"propagate_scope": False},
    }


@pytest.mark.parametrize(
    ("annotation", "default", "text", "value"),
    [
        ("bool", False, "yes", True),
        ("<class 'bool'>", None, "off", False),
        ("typing.Optional[typing.List[str]]", None, "a b", ["a", "b"]),
        ("list[str] | None", None, "a", ["a"]),
        ("tuple[str, ...]", (), "GET POST", ("GET", "POST")),
        ("Set[int]", frozenset(), "500-501 404", {404, 500, 501}),
        ("Optional[int]", None, "5", 5),
        ("float", 0.1, "0.5", 0.5),
        ("str", "", "a b", "a b"),
        ("Callable[[Any], bool]", None, "logging:getLogger", logging.getLogger),
        ("Optional[list[signals.Signal]]", None, "logging:root logging:INFO", [logging.root, logging.INFO]),
    ],
)
def test_types(annotation, default, text, value) -> None:
    """What is said of the type of an argument says how it is written."""
    kind = integrations.kind_of(Argument("name", annotation, default))
    assert kind is not None
    assert kind.parse(text) == value


def test_choices() -> None:
    """An argument that accepts some texts only accepts those."""
    kind = integrations.kind_of(Argument("transaction_style", "str", "url", ("url", "function_name")))
    assert kind is not None
    assert kind.accepts == "accepted is url or function_name"
    with pytest.raises(ValueError, match="no such style"):
        kind.parse("path")


def test_all() -> None:
    """Each integration that can be imported is known by its name, and its arguments can be written or are named."""
    odd = set()
    for name in integration_arguments.names():
        if name in integration_arguments.REPLACED or (kind := integration_arguments.load(name)) is None:
            continue
        arguments = integration_arguments.arguments(kind).values()
        odd |= {f"{name}.{argument.name}" for argument in arguments if integrations.kind_of(argument) is None}
    assert odd == set()


EXITS = """
class App(Base):
    async def main(self):
        L.error("Seen")
        try:
            sys.exit(3)
        except SystemExit:
            self.stop()
"""


def test_switched_on(far: FarEnd, tmp_path) -> None:
    """A section switches on an integration that is not on by itself; one that ASAB has no use for is told of."""
    ini = "[sentry]\n[sentry:integration:sys_exit]\n[sentry:integration:unraisablehook]\n[sentry:integration:asyncio]\n"
    run = apps.run(tmp_path, EXITS, dsn=far.dsn, ini=ini)
    assert sorted(map(title, far.wait_for(2))) == ["Seen", "SystemExit: 3"]
    assert (
        "[sentry:integration:asyncio] does nothing in an application of ASAB: each task has its own scope" in run.stderr
    )


def test_disabled_too(far: FarEnd, tmp_path) -> None:
    """An integration that is switched off stays off, and its section is told of."""
    ini = "[sentry]\ndisabled_integrations=sys_exit\n[sentry:integration:sys_exit]\n"
    run = apps.run(tmp_path, EXITS, dsn=far.dsn, ini=ini)
    assert list(map(title, far.wait_for(1))) == ["Seen"]
    assert "[sentry:integration:sys_exit] does nothing, as [sentry] disabled_integrations names it" in run.stderr


LIBRARIES = [*sorted(set(integration_arguments.names()) - integration_arguments.REPLACED.keys() - {"unraisablehook"})]


def test_libraries_that_are_not_there(far: FarEnd, tmp_path) -> None:
    """A section of an integration whose library is not installed is left unread, of whichever: all else goes on."""
    ini = "[sentry]\n[sentry:integration:sys_exit]\n" + "".join(
        f"[sentry:integration:{name}]\n" for name in LIBRARIES if name != "sys_exit"
    )
    run = apps.run(tmp_path, EXITS, dsn=far.dsn, ini=ini)
    assert sorted(map(title, far.wait_for(2))) == ["Seen", "SystemExit: 3"]
    # It has arguments that no ini file can hold.
    assert re.findall(r"Integration (\w+) of sentry-sdk is off", run.stderr) == ["rust_tracing"]
    assert "ModuleNotFoundError" not in run.stderr


def test_one_that_fails(far: FarEnd, tmp_path) -> None:
    """An integration that cannot be set up is off, which is said; the others and Sentry are on."""
    (tmp_path / "broken.py").write_text(
        "from sentry_sdk.integrations.sys_exit import SysExitIntegration\n"
        "from sentry_sdk.integrations import redis\n\n\n"
        "def fail():\n    raise AttributeError('another version')\n\n\n"
        "redis.RedisIntegration.setup_once = fail\n"
    )
    source = "import broken\n" + EXITS
    ini = "[sentry]\n[sentry:integration:redis]\n[sentry:integration:sys_exit]\n"
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    assert sorted(map(title, far.wait_for(2))) == ["Seen", "SystemExit: 3"]
    assert "Integration redis of sentry-sdk is off (AttributeError: another version)" in run.stderr


def test_a_library_that_its_integration_does_not_know(far: FarEnd, tmp_path) -> None:
    """One that is on by itself and fails, as with another version of its library, switches nothing else off."""
    source = (
        "import httpx\nfrom sentry_sdk.integrations.httpx import HttpxIntegration\n\n\n"
        "def fail():\n    raise AttributeError('another version')\n\n\n"
        "HttpxIntegration.setup_once = fail\n"
    )
    run = apps.run(tmp_path, source + EXITS, dsn=far.dsn)
    assert list(map(title, far.wait_for(1))) == ["Seen"]
    assert "AttributeError: another version" in run.stderr
