"""Configuration of a real application: faults end it with one line each, everything else has its effect."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import apps
import pytest
from far import FarEnd, title
from test_options import EXAMPLES, TABLE

from asab_sentry.config import masking, option_types
from asab_sentry.sdk import version

KEY = "s3cr3tk3y"
PASSWORD = "s3cr3tp4ss"

IN_INITIALIZE = """
import asab, asab_sentry, sys


class Base(asab.Application):
    async def initialize(self):
        self.Sentry = asab_sentry.SentryService(self)
"""

PRELUDES = {"constructor": apps.PRELUDE, "initialize": IN_INITIALIZE}

IDLE = """
class App(Base):
    async def main(self):
        self.stop()
"""

SNAPSHOT = """
import asyncio, concurrent.futures, copy, http.client, json, logging, os, subprocess, sys, threading
import aiohttp, aiohttp.web, asab, asab.pubsub, asab.task, asab.web.rest.json

PATCHABLE = [
    logging.Logger, logging.Handler, logging.getLogger(), threading.Thread, threading, sys, http.client.HTTPConnection,
    subprocess.Popen, concurrent.futures.ThreadPoolExecutor, asyncio.Task, asyncio.BaseEventLoop, aiohttp.ClientSession,
    aiohttp.web.Application, aiohttp.web.UrlDispatcher, asab.Application, asab.pubsub.PubSub, asab.pubsub,
    asab.task.TaskService, asab.web.rest.json, asab.Config,
]


def snapshot(*more):
    found = {f"{each!r}.{name}": value for each in (*PATCHABLE, *more) for name, value in vars(each).items()}
    found["root level"] = logging.getLogger().level
    found["root handlers"] = list(logging.getLogger().handlers)
    found["configuration"] = copy.deepcopy(asab.Config._sections)
    found["defaults"] = copy.deepcopy(asab.Config._default_values)
    found["environment"] = dict(os.environ)
    found["threads"] = threading.enumerate()
    return found


def changed(before, after):
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))

"""


def said(run: apps.Run) -> list[tuple[str, str, str]]:
    """Return level, logger and message of each line on the console, which shows nothing else."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", run.stderr)
    found = [re.match(r"\S+ \S+ ([A-Z]+) (\S+) (?:\[sd [^]]*\] )?(.*)", line) for line in plain.splitlines()]
    assert all(found), run.stderr
    return [match.groups() for match in found]


def ini_of(texts: dict[str, str]) -> str:
    """Return an ini file with the given options, by the names of their fields."""
    sections: dict[str, list[str]] = {}
    for name, text in texts.items():
        sections.setdefault(TABLE[name].section, []).append(f"{TABLE[name].key} = {text}")
    return "\n".join("\n".join((f"[{section}]", *lines)) for section, lines in sections.items()) + "\n"


@pytest.mark.parametrize("place", PRELUDES)
def test_all_faults(tmp_path: Path, place: str) -> None:
    """Wherever the service is created, each fault is a CRITICAL line and they end the process with code 78."""
    refused = {
        name: each.invalid[0]
        for name, each in EXAMPLES.items()
        if each.invalid and TABLE[name].only in {None, version.MAJOR}
    }
    refused |= {"dsn": f"https://{KEY}@sentry.io/x", "http_proxy": f"user:{PASSWORD}@proxy:3128"}
    run = apps.run(
        tmp_path, IDLE, dsn=None, ini=ini_of(refused) + "[sentry:tags]\nuser = me\n", prelude=PRELUDES[place]
    )
    assert run.returncode == os.EX_CONFIG == 78
    assert run.stdout == ""
    lines = said(run)
    assert [line[:2] for line in lines] == [("CRITICAL", "asab_sentry")] * (len(refused) + 1)
    for (name, text), (_, _, message) in zip(refused.items(), lines, strict=False):
        row = TABLE[name]
        assert message.startswith(f"[{row.section}] {row.key} = {masking.masked(text, row.kind)!r}: "), message
        assert message.endswith(row.kind.accepts), message
    assert lines[-1][2].startswith("[sentry:tags] user: Tag key 'user' is reserved")
    assert KEY not in run.stderr
    assert PASSWORD not in run.stderr


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "No DSN: set [sentry] data_source_name, or the environment variable SENTRY_DSN, or SENTRY_DSN_FILE to "),
        ({"SENTRY_DSN": f"{KEY}:{PASSWORD}@sentry.io/1"}, "SENTRY_DSN = '***@sentry.io/1': Unsupported scheme; "),
        ({"SENTRY_DSN_FILE": "missing"}, "SENTRY_DSN_FILE=missing: cannot be read (No such file or directory)"),
        ({"SENTRY_DSN_FILE": "secret"}, "content of SENTRY_DSN_FILE=secret: Invalid project; accepted is a DSN as in "),
    ],
    ids=["nothing", "malformed", "missing", "content"],
)
def test_no_usable_dsn(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    """Without a usable DSN there is one fault, which names the ways to set it or what is wrong, and no secret."""
    (tmp_path / "secret").write_text(f"https://{KEY}:{PASSWORD}@sentry.io/{KEY}")
    run = apps.run(tmp_path, IDLE, dsn=None, env=environ)
    ((level, logger, message),) = said(run)
    assert (run.returncode, level, logger) == (78, "CRITICAL", "asab_sentry")
    assert message.startswith(sentence)
    assert KEY not in run.stderr
    assert PASSWORD not in run.stderr


def test_documented_example(far: FarEnd, tmp_path: Path) -> None:
    """The documented ini file works word for word: its environment is on events, and NOTICE makes one."""
    ini = """
        [sentry]
        environment=production_hogwarts  # will be visible as a tag 'environment'

        [sentry:logging]
        breadcrumbs=info  # logging level for capturing breadcrumbs
        events=notice  # logging level for capturing events
    """
    source = """
        class App(Base):
            async def main(self):
                L.debug("a debug")
                L.info("an info")
                L.log(asab.LOG_NOTICE, "a notice")
                self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, env={"SENTRY_ENVIRONMENT": "other", "SITE_ID": "site"})
    assert run.returncode == 0, run.stderr
    assert {level for level, _, _ in said(run)} == {"NOTICE"}
    assert [title(event) for event in far.events] == ["is ready.", "a notice", "is exiting ..."]
    event = far.events[1]
    assert (event["environment"], event["level"], event["tags"]["site_id"]) == ("production_hogwarts", "info", "site")
    messages = [crumb["message"] for crumb in event["breadcrumbs"]["values"]]
    assert "an info" in messages
    assert "a debug" not in messages


@pytest.mark.parametrize(("place", "ini"), [("constructor", "[sentry]\n"), ("initialize", "[web]\n")])
def test_environment_only(far: FarEnd, tmp_path: Path, place: str, ini: str) -> None:
    """An empty section, or none, is enough where the environment has it all."""
    source = """
        class App(Base):
            async def main(self):
                self.Sentry.capture_message("a message")
                self.stop()
    """
    (tmp_path / "dsn").write_text(f"{far.dsn}\n")
    (tmp_path / "manifest.json").write_text('{"version": "v23.40-alpha"}')
    environ = {"SENTRY_DSN_FILE": "dsn"} if place == "initialize" else {"SENTRY_DSN": far.dsn}
    environ |= {"SENTRY_ENVIRONMENT": "testing", "NODE_ID": "node-1", "ASAB_HOSTNAME": "host-1"}
    ini += "[general]\nmanifest = manifest.json\n"
    run = apps.run(tmp_path, source, dsn=None, ini=ini, env=environ, prelude=PRELUDES[place])
    assert run.returncode == 0, run.stderr
    assert {level for level, _, _ in said(run)} == {"NOTICE"}
    (event,) = far.events
    assert title(event) == "a message"
    assert (event["release"], event["environment"], event["server_name"]) == ("App@23.40-alpha", "testing", "host-1")
    assert event["tags"] == {"appclass": "App", "node_id": "node-1"}


HOOKS = """
CALLED = set()


def hook(name, answer):
    def called(*args):
        CALLED.add(name)
        return args[0] if answer is None else answer

    return called


before_send = hook("before_send", None)
before_send_transaction = hook("before_send_transaction", None)
before_send_span = hook("before_send_span", None)
before_breadcrumb = hook("before_breadcrumb", None)
before_send_log = hook("before_send_log", None)
before_send_metric = hook("before_send_metric", None)
traces_sampler = hook("traces_sampler", 1.0)
error_sampler = hook("error_sampler", 1.0)
"""


def test_every_option_arrives(far: FarEnd, tmp_path: Path) -> None:
    """Each option of the table has its effect, and what is unknown is a WARNING that names the nearest known name."""
    source = """
        class one(Exception):
            pass

        def shown(value):
            return sorted(value) if isinstance(value, frozenset) else repr(value)

        class App(Base):
            async def main(self):
                import hooks
                L.debug("a debug")
                L.log(asab.LOG_NOTICE, "a notice", struct_data={"one": 1})
                logging.getLogger("one").error("of an ignored logger")
                self.Sentry.capture_exception(one("an ignored class"))
                for number in range(10):
                    L.info("number %d", number)
                self.Sentry.capture_message("a message")
                with self.Sentry.transaction("task", "a transaction"):
                    pass
                sentry_sdk.metrics.count("orders", 1)
                client = sentry_sdk.get_client()
                facts = {"options": client.options, "integrations": list(client.integrations)}
                print(json.dumps(facts | {"hooks": list(hooks.CALLED)}, default=shown))
                self.stop()
    """
    (tmp_path / "hooks.py").write_text(HOOKS)
    here = {name for name, row in TABLE.items() if row.only in {None, version.MAJOR}}
    texts = {name: next(iter(each.valid)) for name, each in EXAMPLES.items() if name in here}
    hooks = {name for name in here if TABLE[name].kind in {option_types.HOOK, option_types.SAMPLER}}
    texts |= {name: f"hooks:{name}" for name in hooks}
    # There is no such host, so what arrives came through the proxy.
    texts |= {"dsn": "http://public@sentry.invalid/1", "http_proxy": f"http://127.0.0.1:{far.port}"}
    texts |= {"directory": str(tmp_path / "spool")}
    ini = ini_of(texts).replace("[sentry]", "[sentry]\nenviroment = x\nzzz = x")
    run = apps.run(
        tmp_path,
        source,
        dsn="http://public@elsewhere.invalid/1",
        ini=ini + "[sentry:tags]\nteam = core\n[sentry:loging]\nevents = off\n",
        env={"SENTRY_RELEASE": "other", "SENTRY_ENVIRONMENT": "other", "SENTRY_DEBUG": "no"},
    )
    assert run.returncode == 0, run.stderr
    warnings = re.findall(r"WARNING\S* asab_sentry (.*)", run.stderr)
    assert warnings == [
        "[sentry] enviroment is not known; did you mean environment?",
        "[sentry] zzz is not known and is left unread",
        "[sentry:loging] is not known; did you mean [sentry:logging]?",
    ]
    assert "[sentry] DEBUG" in run.stderr

    facts = json.loads(run.stdout)
    for name, row in TABLE.items():
        is_given = row.sdk or name in {"release", "environment", "server_name"}
        if name in here and is_given and name not in hooks:
            expected = EXAMPLES[name].valid.get(texts[name], texts[name])
            if name == "functions_to_trace":
                expected = tuple({"qualified_name": function} for function in expected)
            several = {tuple: list, frozenset: sorted}.get(type(expected), lambda one: one)
            assert facts["options"][name] == several(expected), name
    assert set(facts["hooks"]) == hooks
    assert not {"threading", "stdlib", "aiohttp"} & set(facts["integrations"])

    assert [title(event) for event in far.events] == ["is ready.", "a notice", "a message", "is exiting ..."]
    _, notice, message, _ = far.events
    assert (notice["tags"]["one"], notice["tags"]["team"]) == ("1", "core")
    assert "a debug" in [crumb["message"] for crumb in notice["breadcrumbs"]["values"]]
    assert len(message["breadcrumbs"]["values"]) == 7
    assert "threads" not in message
    (transaction,) = far.transactions
    for event in (*far.events, transaction):
        assert (event["release"], event["environment"], event["server_name"]) == ("app@1.2.3", "production", "host-1")


OFF = """
import atexit, asab_sentry, sentry_sdk

L = logging.getLogger("app")


class Base(asab.Application):
    def __init__(self):
        super().__init__()
        self.Before = self.state()
        self.Sentry = asab_sentry.SentryService(self)

    def state(self):
        found = snapshot(self.PubSub)
        found["task factory"] = self.Loop.get_task_factory()
        found["exception handler"] = self.Loop.get_exception_handler()
        found["at exit"] = atexit._ncallbacks()
        found["subscribers"] = {event: list(callbacks) for event, callbacks in self.PubSub.Subscribers.items()}
        return found
"""

NOTHING = """
class App(Base):
    async def main(self):
        S = self.Sentry
        results = []
        try:
            raise ValueError("caught")
        except ValueError as error:
            results.append(S.capture_exception(error))
            results.append(S.capture_exception())
        results.append(S.capture_exception())
        results.append(S.capture_exception(7, scope=7, nonsense=7))
        results.append(S.capture_message("a message", "loud", tags=7))
        results.append(S.set_tag("good", "tag"))
        results.append(S.set_tag(None, object()))
        results.append(S.set_tags({"good": 1, "bad key": 2}))
        results.append(S.set_tags(None))
        results.append(S.set_context("section", {"a": 1}))
        results.append(S.set_context(None, None))
        results.append(S.set_user({"id": "7"}))
        results.append(S.set_user(7))
        results.append(S.flush())
        results.append(S.flush(0.1))
        through = 0
        for block in (S.scope(), S.transaction("task", "name"), S.span("task", "name"), S.transaction(None, 7)):
            try:
                with block as entered:
                    entered.set_tag("key", "value")
                    raise KeyError("through")
            except KeyError:
                through += 1
        L.error("an error")
        print(json.dumps({
            "results": results,
            "through": through,
            "changed": changed(self.Before, self.state()),
            "active": sentry_sdk.get_client().is_active(),
            "enabled": S.Enabled,
            "tags": [sentry_sdk.get_global_scope()._tags, sentry_sdk.get_isolation_scope()._tags],
        }))
        self.stop()
"""


@pytest.mark.parametrize(
    ("ini", "environ"),
    [
        ("[sentry]\ndata_source_name =  # off\n", {}),
        ("[sentry]\n", {"SENTRY_DSN": ""}),
        ("[sentry]\n", {"SENTRY_DSN_FILE": "dsn"}),
    ],
    ids=["ini", "environment", "file"],
)
def test_off(tmp_path: Path, ini: str, environ: dict[str, str]) -> None:
    """With an empty DSN one WARNING says that Sentry is off, each method does nothing, and nothing is patched."""
    (tmp_path / "dsn").write_text("\n")
    run = apps.run(tmp_path, NOTHING, dsn=None, ini=ini, env=environ, prelude=SNAPSHOT + OFF)
    assert run.returncode == 0, run.stderr
    assert [line for line in said(run) if line[0] != "NOTICE"] == [
        ("WARNING", "asab_sentry", "Sentry is off: its DSN is set but empty"),
        ("ERROR", "app", "an error"),
    ]
    facts = json.loads(run.stdout)
    assert facts.pop("results") == [None] * 15
    assert facts == {"through": 4, "changed": [], "active": False, "enabled": False, "tags": [{}, {}]}


def test_on(far: FarEnd, tmp_path: Path) -> None:
    """With a DSN the same look does find what is patched, and that Sentry is on."""
    run = apps.run(tmp_path, NOTHING, dsn=far.dsn, prelude=SNAPSHOT + OFF)
    assert run.returncode == 0, run.stderr
    facts = json.loads(run.stdout)
    assert (facts["active"], facts["enabled"], facts["through"]) == (True, True, 4)
    patched = {"<class 'logging.Logger'>.callHandlers", "<class 'threading.Thread'>.start", "root level"}
    assert patched | {"<module 'sys' (built-in)>.excepthook", "task factory", "at exit"} <= set(facts["changed"])


def test_import_changes_nothing(tmp_path: Path) -> None:
    """Importing the package patches nothing, configures nothing, and adds no section [sentry]."""
    source = """
        BEFORE = snapshot()
        import asab_sentry
        import sentry_sdk
        AFTER = changed(BEFORE, snapshot())

        class App(asab.Application):
            async def main(self):
                found = {
                    "changed": AFTER,
                    "section": "sentry" in asab.Config.sections(),
                    "active": sentry_sdk.get_client().is_active(),
                    "factory": self.Loop.get_task_factory(),
                    "hook": sys.excepthook is sys.__excepthook__,
                    "level": logging.getLogger().level,
                }
                print(json.dumps(found))
                self.stop()
    """
    run = apps.run(tmp_path, source, dsn="http://public@sentry.invalid/1", ini="[web]\n", prelude=SNAPSHOT)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "changed": [],
        "section": False,
        "active": False,
        "factory": None,
        "hook": True,
        "level": 25,
    }
    assert {logger for _, logger, _ in said(run)} == {"asab.application"}


def test_import_warns_of_nothing(tmp_path: Path) -> None:
    """Importing the package with all warnings as errors prints nothing."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import asab_sentry"], cwd=tmp_path, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
