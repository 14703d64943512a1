"""Log records as structured logs of Sentry."""

import json
import logging
from typing import Any

import apps
import here
import pytest
import sentry_sdk
from far import THREE, FarEnd
from hostile import HOSTILE

SECRET = "hunter2-of-logs"
SOURCE = f"""
import asab.contextvars, asab.web, asab.web.rest, aiohttp
import asab


class App(Base):
    async def main(self):
        self.add_module(asab.web.Module)
        web = self.get_service("asab.WebService")
        container = asab.web.WebContainer(web, "web", config={{"listen": "127.0.0.1 0"}})
        container.WebApp.router.add_get("/orders/{{id}}", self.order)
        self.Started = asyncio.Event()
        self.PubSub.subscribe("WebContainer.started!", self.on_started)
        await self.Started.wait()
        L.debug("a debug")
        L.info("plain")
        L.log(asab.LOG_NOTICE, "order %d of %s", 1001, "joe", struct_data={{
            "order": 1001, "price": 12.5, "express": True, "items": ["tea"], "password": "{SECRET}", "nothing": None,
            "large": 10**5000, "infinite": float("inf"), "object": object(),
        }})
        L.warning("the key is {SECRET}", extra={{"carrier": "post"}})
        L.info("much", extra={{f"part{{number}}": "x" * 900 for number in range(8)}})
        with self.Sentry.transaction("task", "prices"):
            try:
                raise LookupError("no price")
            except LookupError:
                L.exception("failed")
        logging.getLogger("ignored").error("of an ignored logger")
        with asab.contextvars.tenant_context("acme"):
            L.info("of a tenant")
        async with aiohttp.ClientSession() as session:
            await (await session.get(f"http://127.0.0.1:{{container.WebAppRunner.addresses[0][1]}}/orders/7?q=secret")).read()
        L.critical("%(what)s", {{"what": "last"}})
        self.stop()

    def on_started(self, message_type, container):
        self.Started.set()

    async def order(self, request):
        return asab.web.rest.json_response(request, {{}})
"""
INI = f"""
[sentry]
release=shop@1.0
traces_sample_rate=1
[sentry:logging]
ignore=ignored
[storage]
secret={SECRET}
"""


def logs_of(far: FarEnd) -> list[dict[str, Any]]:
    items = [item for envelope in far.envelopes for item in envelope.items if item.headers["type"] == "log"]
    return [log for item in items for log in item.payload["items"]]


def attributes(log: dict[str, Any]) -> dict[str, Any]:
    return {name: attribute["value"] for name, attribute in log["attributes"].items()}


def run(tmp_path, far: FarEnd, ini: str) -> list[dict[str, Any]]:
    done = apps.run(tmp_path, SOURCE, dsn=far.dsn, ini=ini)
    assert done.returncode == 0, done.stderr
    return logs_of(far)


def test_logs(tmp_path, far: FarEnd) -> None:
    """Records from the level on arrive with their values, place, trace and identity, without secrets."""
    logs = run(tmp_path, far, INI.replace("ignore=", "logs=info\nignore="))
    named = {log["body"]: (log, attributes(log)) for log in logs}
    assert {"plain", "order 1001 of joe", "the key is [Filtered]", "failed", "of a tenant", "last"} <= set(named)
    assert not {"a debug", "of an ignored logger"} & set(named)

    log, found = named["order 1001 of joe"]
    assert (log["level"], found["level.name"]) == ("info", "NOTICE")
    shown = {name: found[name] for name in ("order", "price", "express", "items", "password", "nothing")}
    assert shown == {
        "order": 1001,
        "price": 12.5,
        "express": True,
        "items": '["tea"]',
        "password": "[Filtered]",
        "nothing": "None",
    }
    assert (found["infinite"], found["large"][:4], found["object"][:7]) == ("inf", "<int", "<object")
    assert found["sentry.message.template"] == "order %d of %s"
    assert (found["sentry.message.parameter.0"], found["sentry.message.parameter.1"]) == (1001, "joe")
    assert (found["logger.name"], found["code.function.name"]) == ("app", "App.main")
    lines = (tmp_path / "app.py").read_text().splitlines()
    assert found["code.file.path"].endswith("app.py")
    assert '"order %d of %s"' in lines[found["code.line.number"] - 1]
    assert (found["sentry.release"], found["sentry.environment"], found["appclass"]) == (
        "shop@1.0",
        "production",
        "App",
    )
    assert log["attributes"]["order"]["type"] == "integer"

    assert named["the key is [Filtered]"][1]["carrier"] == "post"
    assert [named["much"][1][f"part{number}"] for number in range(8)] == ["x" * 900] * 8
    assert named["last"][1]["sentry.message.parameter.what"] == "last"
    assert named["of a tenant"][1]["tenant"] == "acme"
    assert "tenant" not in named["plain"][1]
    assert [named[body][0]["level"] for body in ("plain", "failed", "last")] == ["info", "error", "fatal"]
    failed, found = named["failed"]
    assert (found["exception.type"], found["exception.message"]) == ("LookupError", "no price")
    assert failed["trace_id"] == far.transactions[0]["contexts"]["trace"]["trace_id"]
    assert {event["contexts"]["trace"]["trace_id"] for event in far.events if "exception" in event} == {
        failed["trace_id"]
    }

    text = json.dumps(logs)
    assert SECRET not in text
    assert "q=secret" not in text
    assert "127.0.0.1" not in text.replace(f"127.0.0.1:{far.port}", "")
    assert named["GET /orders/7 200"][1]["status_code"] == 200
    assert [event["level"] for event in far.events] == ["error", "fatal"]


def test_none_by_default(tmp_path, far: FarEnd) -> None:
    """Without the option no log is sent."""
    assert run(tmp_path, far, INI) == []


@pytest.mark.parametrize("level", ["error", "off"])
def test_level(tmp_path, far: FarEnd, level: str) -> None:
    """Lower records are no logs."""
    logs = run(tmp_path, far, INI.replace("ignore=", f"logs={level}\nignore="))
    assert {log["level"] for log in logs} == ({"error", "fatal"} if level == "error" else set())


@pytest.mark.parametrize("before", ["", 'L.warning("before the end")'])
def test_end_of_the_interpreter(tmp_path, far: FarEnd, before: str) -> None:
    """What is logged while the interpreter finalizes does not keep the process from ending, and waits for the next."""
    source = f"""
        class Leaver:
            def __del__(self):
                L.warning("at the end")
                L.error("and then")

        class App(Base):
            async def main(self):
                if not os.path.exists("ended"):
                    module = type(sys)("a_last")
                    module.leaver = Leaver()
                    sys.modules["a_last"] = module
                    {before}
                    open("ended", "w").close()
                self.stop()
    """
    ini = INI.replace("ignore=", "logs=warning\nignore=")
    for _ in range(2):
        done = apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
        assert done.returncode == 0, done.stderr
    bodies = [log["body"] for log in logs_of(far)]
    assert bodies == [*(["before the end"] if before else []), "at the end", "and then"]


@pytest.mark.parametrize(
    "end",
    [
        "os._exit(0)",
        "os.execv('/bin/true', ['true'])",
        "multiprocessing.Process(target=work).start(); self.stop()",
        "work() if os.fork() == 0 else self.stop(); os.getpid() == parent or os._exit(0)",
    ],
)
def test_ends_that_leave_no_time(tmp_path, far: FarEnd, end: str) -> None:
    """What a process logs that leaves at once or is replaced, or a child of it, arrives: the next start sends it."""
    source = f"""
        import multiprocessing
        multiprocessing.set_start_method("fork")
        parent = os.getpid()

        def work():
            L.warning("of a child")

        class App(Base):
            async def main(self):
                if os.path.exists("ended"):
                    return self.stop()
                open("ended", "w").close()
                with self.Sentry.transaction("work", "before"):
                    L.warning("before the end")
                {end}
    """
    ini = INI.replace("ignore=", "logs=warning\nignore=")
    for _ in range(2):
        done = apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
        assert done.returncode == 0, done.stderr
    bodies = sorted(log["body"] for log in logs_of(far))
    assert bodies == ["before the end", *(["of a child"] if "work" in end else [])]
    if not THREE:  # which hands spans over by a thread of its own
        # It may have been on its way already, and arrive twice by one id.
        assert len({transaction["event_id"] for transaction in far.transactions}) == 1
        assert {transaction["transaction"] for transaction in far.transactions} == {"before"}


def test_end_without_a_server(tmp_path, far: FarEnd) -> None:
    """What could not be sent until the process ends is sent by the next start: logs, transactions and sessions."""
    source = """
        class App(Base):
            async def main(self):
                if not os.path.exists("ended"):
                    open("ended", "w").close()
                    with self.Sentry.transaction("work", "before"):
                        L.warning("before the end")
                self.stop()
    """
    ini = INI.replace("ignore=", "logs=warning\nignore=")
    far.answer = lambda _: (503, {})
    apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    far.answer = lambda _: (200, {})
    refused = len(far.envelopes)
    apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    sent = [item.headers["type"] for envelope in far.envelopes[refused:] for item in envelope.items]
    assert {"log", "sessions"} | ({"span"} if THREE else {"transaction"}) <= {*sent}
    assert sent.count("sessions") == 2


def test_what_holds_when_it_is_logged(tmp_path, far: FarEnd) -> None:
    """A log has what held when the record was logged, whatever becomes of it before logs are sent."""
    source = """
        class App(Base):
            async def main(self):
                values, data = ["tea"], {"order": 1, "items": ["tea"]}
                sentry_sdk.get_isolation_scope().set_attribute("shelf", "a")
                with sentry_sdk.new_scope() as scope:
                    scope.set_attribute("shelf", "b")
                    self.Sentry.set_user({"id": "joe", "email": "joe@example.com"})
                    L.warning("of %s", values, struct_data=data, extra={"kinds": values})
                    L.warning("of %d", 1, struct_data=data)
                    scope.set_attribute("shelf", "c")
                    self.Sentry.set_user(None)
                values.append("milk")
                data["order"] = 2
                data["items"].append("milk")
                sentry_sdk.get_isolation_scope().set_attribute("shelf", "d")
                L.warning("last")
                self.stop()
    """
    ini = INI.replace("ignore=", "logs=warning\nignore=").replace("[sentry]", "[sentry]\nsend_default_pii=yes")
    done = apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    assert done.returncode == 0, done.stderr
    first, second, last = ((log["body"], attributes(log)) for log in logs_of(far))
    assert (first[0], second[0]) == ("of ['tea']", "of 1")
    assert (first[1]["kinds"], first[1]["sentry.message.parameter.0"]) == ('["tea"]', '["tea"]')
    for found in (first[1], second[1]):
        assert (found["order"], found["items"], found["shelf"]) == (1, '["tea"]', "b")
        assert (found["user.id"], found["user.email"]) == ("joe", "joe@example.com")
    assert last[1]["shelf"] == "d"
    assert "user.id" not in last[1]


def test_secrets_of_a_moment(tmp_path, far: FarEnd) -> None:
    """A secret is hidden that is known when the record is logged or when logs are sent, be it for a moment only."""
    source = """
        class App(Base):
            async def main(self):
                L.warning("later %s", "opensesame-later", struct_data={"word": "opensesame-later"})
                os.environ["STEP_PASSWORD"] = "opensesame-step"
                L.warning("step %s", "opensesame-step", struct_data={"word": "opensesame-step"})
                del os.environ["STEP_PASSWORD"]
                asab.Config["storage"]["secret"] = "opensesame-later"
                self.stop()
    """
    done = apps.run(tmp_path, source, dsn=far.dsn, ini=INI.replace("ignore=", "logs=warning\nignore="))
    assert done.returncode == 0, done.stderr
    logs = logs_of(far)
    assert [log["body"] for log in logs] == ["later [Filtered]", "step [Filtered]"]
    assert "opensesame" not in json.dumps(logs)


def test_many_logs(tmp_path, far: FarEnd) -> None:
    """All of many records arrive in order, from several threads and while the process ends."""
    source = """
        import threading

        class App(Base):
            async def main(self):
                def work(name):
                    for number in range(600):
                        L.info("%s %d", name, number, struct_data={"word": f"{name}-{number:x}"})
                threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.stop()
    """
    ini = INI.replace("ignore=", "logs=info\nignore=").replace("[sentry]", "[sentry]\nmax_breadcrumbs=1")
    done = apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    assert done.returncode == 0, done.stderr
    bodies = [log["body"] for log in logs_of(far)]
    for name in ("one", "two"):
        assert [body for body in bodies if body.startswith(name)] == [f"{name} {number}" for number in range(600)]


@pytest.mark.parametrize("name", ["fails as metaclass", "fails at all", "fails as class", "broken str", "broken list"])
def test_hostile_objects(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever an object does that is logged, the log arrives."""
    L = logging.getLogger("app")
    # What other handlers make of it is not what is tested.
    monkeypatch.setattr(L, "propagate", False)
    monkeypatch.setattr(L, "handlers", [logging.NullHandler()])

    def work(service: Any) -> None:
        thing = HOSTILE[name]()
        L.error("Of data", struct_data={"thing": thing, "more": 5})  # type: ignore[call-arg]
        L.error("Of %d %s", 1, thing)
        L.error("Of extra", extra={"thing": thing})
        sentry_sdk.get_isolation_scope().set_user({"id": thing})
        L.error("Of a user")
        service.flush()

    config = {"sentry": {"send_default_pii": "yes"}, "sentry:logging": {"logs": "error", "events": "off"}}
    sent = here.sent_by(work, config)
    bodies = [log["body"] for payload in sent._of_type("log") for log in payload["items"]]
    assert [body[:5] for body in bodies] == ["Of da", bodies[1][:5], "Of ex", "Of a "]
    assert bodies[1].startswith(("Of 1 ", "Of %d %s"))


def test_hook(tmp_path, far: FarEnd) -> None:
    """The hook is called where a record is logged with what is clean; logs that it drops or spoils are counted."""
    source = f"""
        import asab.contextvars

        class Spoilt:
            def __str__(self):
                raise ValueError("no text")

        def before_send_log(log, hint):
            if "drop" in log["body"]:
                return None
            if "spoil" in log["body"]:
                log["body"] = Spoilt()
                return log
            log["attributes"]["of"] = asab.contextvars.Tenant.get(None)
            log["attributes"]["seen"] = log["body"]
            log["attributes"]["list"] = ["a", "b"]
            log["attributes"]["any"] = {{1}}
            return log

        sys.modules["hooks"] = type(sys)("hooks")
        sys.modules["hooks"].before_send_log = before_send_log

        class App(Base):
            async def main(self):
                with asab.contextvars.tenant_context("acme"):
                    L.warning("the key is {SECRET}")
                L.warning("drop")
                L.warning("spoil")
                self.stop()
    """
    ini = INI.replace("ignore=", "logs=warning\nignore=").replace(
        "[sentry]", "[sentry]\nbefore_send_log=hooks:before_send_log"
    )
    done = apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    assert done.returncode == 0, done.stderr
    (log,) = logs_of(far)
    found = attributes(log)
    assert (found["of"], found["seen"], found["list"]) == ("acme", "the key is [Filtered]", ["a", "b"])
    assert log["attributes"]["list"]["type"] == "array"
    assert SECRET not in json.dumps(log)
    reports = [item for envelope in far.envelopes for item in envelope.items if item.headers["type"] == "client_report"]
    discarded = [lost for report in reports for lost in report.payload["discarded_events"]]
    assert ("before_send", "log_item", 1) in {
        (lost["reason"], lost["category"], lost["quantity"]) for lost in discarded
    }


def test_secrets_by_what_is_beside_them(far: FarEnd, tmp_path) -> None:
    """Of a manifest the data is secret, and of a member of an enumeration the name tells what is."""
    source = """
        import enum

        class Part(enum.IntEnum):
            PASSWORD = 7

        class App(Base):
            async def main(self):
                L.info("applied", struct_data={"kind": "Secret", "data": {"tls.crt": "aHVudGVyMi1vZi1sb2dz"}})
                L.info("counted", struct_data={"kind": "Service", "data": {"port": 80}})
                L.info("changed", struct_data={Part.PASSWORD: "hunter2-of-logs", "by": "joe"})
                self.stop()
    """
    ini = "[sentry]\n[sentry:logging]\nlogs=info\n"
    assert apps.run(tmp_path, source, dsn=far.dsn, ini=ini).returncode == 0
    applied, counted, changed = (
        log["attributes"] for log in logs_of(far) if log["body"] in {"applied", "counted", "changed"}
    )
    assert "aHVudGVy" not in str(applied)
    assert applied["kind"]["value"] == "Secret"
    assert json.loads(counted["data"]["value"]) == {"port": 80}
    assert "hunter2" not in str(changed)
    assert changed["by"]["value"] == "joe"


@pytest.mark.skipif(THREE, reason="there `ignore_logger` means logs, and is taken to mean all")
def test_logger_that_has_no_logs(far: FarEnd, tmp_path) -> None:
    """A logger of which sentry-sdk 2 was told to make no logs has events and breadcrumbs all the same."""
    source = """
from sentry_sdk.integrations.logging import ignore_logger_for_sentry_logs


class App(Base):
    async def main(self):
        ignore_logger_for_sentry_logs("no.logs*")
        for name in ("no.logs.here", "others"):
            logging.getLogger(name).warning("before")
            logging.getLogger(name).error("failed")
        self.stop()
"""
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\n[sentry:logging]\nlogs=warning\n")
    assert run.returncode == 0, run.stderr
    assert [event["logger"] for event in far.events] == ["no.logs.here", "others"]
    assert "no.logs.here" in [crumb["category"] for crumb in far.events[0]["breadcrumbs"]["values"]]
    logged = [log["attributes"]["logger.name"]["value"] for log in logs_of(far) if log["body"] in {"before", "failed"}]
    assert logged == ["others"] * 2
