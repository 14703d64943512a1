"""What is on the wire: no secret, wherever it was, and nothing personal that no option opened."""

import importlib.util
import json
import re
import typing
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import apps
import pytest
import sentry_sdk._types
from far import THREE, FarEnd, title
from kept import kept_files
from test_web import WEB

VALUE = "Sw0rdfish!7"
SECRETS = {
    "by value": VALUE,
    "URL": "postgres://shop:u5erinf0@db.example.com/shop",
    "query": "https://host.example.com/path?name=qu3ryvalue",
    "authorization": "Bearer b3arert0ken.x",
    "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqd3QifQ.c2lnbmF0dXJl",
    "private key": "-----BEGIN PRIVATE KEY-----\nMIIprivate\n-----END PRIVATE KEY-----",
    "card": "4111 1111 1111 1111",
    "assignment": "password='4ss1gned'",
    "pattern": "SN-999-777",
}
TEXT = " | ".join(SECRETS.values())
GONE = [
    VALUE,
    "u5erinf0",
    "qu3ryvalue",
    "b3arert0ken",
    "eyJhbG",
    "MIIprivate",
    "4111 1111",
    "4ss1gned",
    "SN-999",
    "k3yed",
]
STAYS = ["db.example.com", "host.example.com/path?name="]
INI = f"""
[sentry]
traces_sample_rate=1
[sentry:privacy]
patterns=SN-\\d+-\\d+
[passwords]
kafka={VALUE}
"""

NO_JSON = {"profile"}
"""Parts of the schema that are no JSON: sentry-sdk turns the profile into an item of its own, without values."""

NO_TEXT = {"event_id", "check_in_id", "timestamp", "start_timestamp", "type", "platform", "level"}
"""Parts of an event that are no free text for Sentry."""


def schema() -> Any:
    """Return sentry-sdk's type of an event, which exists for type checkers only."""
    spec = importlib.util.spec_from_file_location("checked_types", sentry_sdk._types.__file__)
    module = importlib.util.module_from_spec(spec)
    before, typing.TYPE_CHECKING = typing.TYPE_CHECKING, True
    try:
        spec.loader.exec_module(module)
    finally:
        typing.TYPE_CHECKING = before
    return module.Event


class Planter:
    """Makes a value of a type with a secret in each text; remembers the places."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def text(self, path: str) -> str:
        self.places.append(path)
        return f"<{path}> {TEXT}"

    def plant(self, kind: Any, path: str) -> Any:
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if typing.is_typeddict(kind):
            return {name: self.plant(inner, f"{path}.{name}") for name, inner in typing.get_type_hints(kind).items()}
        if kind is str:
            return self.text(path)
        if origin is typing.Literal:
            return arguments[0]
        if origin in (dict, Mapping, MutableMapping):
            return self.mapping(*arguments, path)
        if origin in (list, Sequence):
            return [self.plant(arguments[0], f"{path}[]")]
        if origin is not None:
            found = [
                inner for inner in arguments if getattr(inner, "__name__", "") not in {"NoneType", "AnnotatedValue"}
            ]
            return self.plant(found[0], path)
        if kind in (typing.Any, object):
            nested = {"deep": [{"x": self.text(f"{path}.deep[].x")}], "clientSecret": "k3yed"}
            return {"any": self.text(f"{path}.any"), "nested": nested, "is " + VALUE: "key"}
        return 1

    def mapping(self, key: Any, value: Any, path: str) -> Any:
        if typing.get_origin(key) is typing.Literal:
            return {name: self.plant(value, f"{path}.{name}") for name in typing.get_args(key)}
        planted = {"a": self.plant(value, f"{path}.a"), "is " + VALUE: self.plant(value, f"{path}.b")}
        if value in (typing.Any, object):
            planted["text"] = self.text(f"{path}.text")
        # Names of packages are no keys: PyJWT has a version.
        with_key = value in (str, object, typing.Any) and path != "modules"
        return planted | ({"api-key": "k3yed"} if with_key else {})


def planted() -> tuple[dict[str, Any], list[str]]:
    """Return an event with a secret in each place of the schema, and the places."""
    planter = Planter()
    hints = typing.get_type_hints(schema())
    event = {name: planter.plant(kind, name) for name, kind in hints.items() if name not in NO_JSON | NO_TEXT}
    # What no schema tells: an entry of these lists has a structure of its own.
    frame = {name: planter.text(f"frame.{name}") for name in ("filename", "function", "context_line", "abs_path")}
    frame |= {"pre_context": [planter.text("frame.pre_context")], "vars": {"x": planter.text("frame.vars.x")}}
    for part in ("exception", "threads"):
        event[part]["values"][0] |= {"stacktrace": {"frames": [frame]}, "value": planter.text(f"{part}.value")}
    event["breadcrumbs"]["values"][0] |= {"message": planter.text("breadcrumb.message"), "data": {"token": "k3yed"}}
    event["spans"][0] |= {"description": planter.text("span.description"), "data": {"x": planter.text("span.data.x")}}
    return event, planter.places


PLANT = """
from asab_sentry.pipeline.scrubbing import scrubber

scrubber.EVENT = scrubber.ANEW = 60.0  # this is more than is cleaned in the time for an event


class App(Base):
    async def main(self):
        with open("event.json") as file:
            event = json.load(file)
        for kind in (None, "transaction", "check_in"):
            more = {} if kind is None else {"type": kind}
            sentry_sdk.capture_event({**event, **more})
        with sentry_sdk.new_scope() as scope:
            scope.add_attachment(bytes=b"content", filename="dump " + event["message"])
            sentry_sdk.capture_message("with an attachment")
        sentry_sdk.metrics.count("metric", 1, attributes={"text": event["message"], "api_key": "k3yed"})
        self.Sentry.flush()
        self.stop()
"""


@pytest.fixture(scope="module")
def wire(tmp_path_factory) -> Iterator[tuple[FarEnd, list[str]]]:
    """The far end after it was sent events with a secret in each place of the schema."""
    directory = tmp_path_factory.mktemp("planted")
    event, places = planted()
    (directory / "event.json").write_text(json.dumps(event))
    with FarEnd() as far:
        run = apps.run(directory, PLANT, dsn=far.dsn, ini=INI)
        assert run.returncode == 0, run.stderr
        yield far, places


def test_no_secret_is_on_the_wire(wire) -> None:
    """Of a secret in any place that sentry-sdk's schema of an event has, not one byte is on the wire."""
    far, places = wire
    assert len(places) > 60
    assert len(far.envelopes) >= 5
    for envelope in far.envelopes:
        for secret in GONE:
            at = envelope.raw.find(secret.encode())
            assert at < 0, envelope.raw[max(at - 300, 0) : at + 20]


def test_the_rest_is_on_the_wire(wire) -> None:
    """Each of these places arrives, with what is no secret of its text."""
    far, places = wire
    raw = b"".join(envelope.raw for envelope in far.envelopes).decode()
    arrived = {place for place in places if f"<{place}>" in raw}
    # Of these a part or all is left out, whatever it says; `sdk` is replaced by sentry-sdk.
    missing = {place for place in set(places) - arrived if not place.startswith(("request", "user", "sdk"))}
    assert missing == set()
    for text in STAYS:
        assert raw.count(text) > len(places)
    types = {item.headers["type"] for envelope in far.envelopes for item in envelope.items}
    assert {"event", "check_in", "attachment", "trace_metric", *([] if THREE else ["transaction"])} <= types


CASES = """
class Connection(asab.Configurable):
    ConfigDefaults = {"api_key": "c0nf1g-default", "retries": "3"}


class App(Base):
    async def main(self):
        L.info("connecting", struct_data={"password": "Sw0rdfish!7", "al.p": "/x", "I": "10.9.8.7", "Ix": "10.9.8.6"})
        config, section, environ = asab.Config, asab.Config["connection"], os.environ
        connection = Connection("connection").Config
        nested = {"config": connection, "all": [section]}
        password, url = "terces-lac0l"[::-1], asab.Config["connection"]["url"]
        sys.argv.append("--password=" + "terc3s-vgra"[::-1])
        try:
            raise ConnectionError("no answer from " + url + ", tried Sw0rdfish!7")
        except ConnectionError:
            L.exception("Cannot connect", struct_data={"config": section, "client_secret": "x" * 5})
        asab.Config.read_dict({"later": {"token": "terces-ret4l"[::-1]}})
        L.error("Cannot use " + "terces-ret4l"[::-1])
        self.stop()
"""
CASES_INI = """
[sentry]
[passwords]
kafka=Sw0rdfish!7
[connection]
url=amqp://shop:u5erinf0@mq.example.com:5672/
api_key=c0nf1g-secret
"""


CASES_SECRETS = (
    *("Sw0rdfish!7", "c0nf1g-", "u5erinf0", "l0cal-secret", "argv-s3cret", "l4ter-secret", "env1ronment", "10.9.8"),
)


def test_what_waits_on_disk(tmp_path) -> None:
    """Events that wait in the spool hold as little as those that arrived: they are scrubbed before they are written."""
    ini = CASES_INI.replace("[sentry]", "[sentry]\nshutdown_timeout=0", 1)
    # Nobody listens there.
    run = apps.run(tmp_path, CASES, dsn="http://public@127.0.0.1:9/1", ini=ini, env={"SHOP_TOKEN": "env1ronment"})
    assert run.returncode == 0, run.stderr
    # Whatever the directory of the application is called by ASAB.
    kept = [path.read_bytes() for path in kept_files(tmp_path)]
    assert len(kept) == 2
    assert all(b"[Filtered]" in content for content in kept)
    assert [secret for secret in CASES_SECRETS if any(secret.encode() in content for content in kept)] == []


def test_application(far: FarEnd, tmp_path) -> None:
    """Secrets of the configuration leave neither in messages nor in local variables; the host of a connection does."""
    run = apps.run(tmp_path, CASES, dsn=far.dsn, ini=CASES_INI, env={"SHOP_TOKEN": "env1ronment"})
    assert run.returncode == 0, run.stderr
    raw = b"".join(envelope.raw for envelope in far.envelopes)
    assert [secret for secret in CASES_SECRETS if secret.encode() in raw] == []
    failed, later = far.events
    value = failed["exception"]["values"][-1]
    assert value["value"] == "no answer from amqp://[Filtered]@mq.example.com:5672/, tried [Filtered]"
    variables = value["stacktrace"]["frames"][-1]["vars"]
    assert variables["config"].startswith("<asab.config.ConfigParser of ")
    assert variables["section"] == "<configparser.SectionProxy of 2 items>"
    assert variables["connection"] == "<asab.config.ConfigurableDict of 3 items>"
    assert variables["environ"].startswith("<os._Environ of ")
    assert variables["nested"] == {"config": variables["connection"], "all": [variables["section"]]}
    assert variables["password"] == "[Filtered]"
    assert variables["url"] == "'amqp://[Filtered]@mq.example.com:5672/'"
    assert failed["contexts"]["struct_data"] == {"config": variables["section"], "client_secret": "[Filtered]"}
    (crumb,) = (crumb for crumb in failed["breadcrumbs"]["values"] if crumb.get("message") == "connecting")
    assert crumb["data"] == {"password": "[Filtered]", "al.p": "/x", "I": "[Filtered]", "Ix": "[Filtered]"}
    assert later["logentry"]["message"] == "Cannot use [Filtered]"


REQUEST = """
class App(WebBase):
    def routes(self, router):
        router.add_post("/orders/{id}", self.fails)

    @asab.web.rest.json_schema_handler({"type": "object"})
    async def fails(self, request, *, json_data):
        self.Sentry.set_user({"id": "u7", "username": "emanr3su"[::-1], "email": "moc.elpmaxe@li4me"[::-1]})
        assert json_data["name"]
        raise RuntimeError("no stock")

    # So that
    # what follows
    # is not
    # in the
    # source context
    async def drive(self, session):
        for _ in range(2):
            await session.post(
                self.Url + "/orders/7?name=qu3ryvalue",
                json={"name": "b0dyvalue"},
                cookies={"theme": "c00kievalue"},
                headers={"X-Custom": "h3adervalue", "Authorization": "Bearer b3arert0ken.x", "X-Tenant": "acme",
                         "X-Forwarded-For": "10.9.8.7"},
            )
"""
OPENED = {
    "": [],
    "send_default_pii=yes": ["us3rname", "em4il@example.com", "qu3ryvalue", "h3adervalue", "10.9.8.7"],
}


NAMED = """
def hidden(text):
    return codecs.decode(text, "rot13")  # so that it is not in the source

def called(value):
    L.error("not taken: %s", value)

def log_in(password):
    called(password)

def read(settings):
    raise ValueError("not taken: " + settings["db"]["api_key"])

def connect(host):
    value = hidden("Frperg4711guerr")
    raise ConnectionError("amqp://joe:" + value + "@" + host)

class App(Base):
    async def main(self):
        try:
            read({"db": {"api_key": hidden("Frperg4711gjb")}})
        except ValueError as error:
            self.Sentry.capture_exception(error)
        try:
            connect("mq")
        except ConnectionError:
            L.exception("no connection")
        log_in(hidden("Frperg4711bar"))
        self.stop()
"""


def test_secrets_without_their_name(far: FarEnd, tmp_path) -> None:
    """What a variable, a key of one, or a URL tells to be a secret is hidden in all of the event."""
    run = apps.run(tmp_path, "import codecs\n" + NAMED, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    assert len(far.events) == 3
    sent = json.dumps(far.events)
    assert "Secret4711" not in sent
    assert sent.count("not taken: [Filtered]") >= 2


LATER = """
from pathlib import Path

def hidden(text):
    return codecs.decode(text, "rot13")  # so that it is not in the source

def log_in(password):
    L.warning("trying %s", password)
    L.error("not taken: %s", password, struct_data={"with": [password]})

def read(api_key):
    try:
        raise ValueError("not taken: " + api_key)
    except ValueError:
        L.exception("nothing read")

class App(Base):
    async def main(self):
        log_in(hidden("Frperg4711bar"))
        read(hidden("Frperg4711gjb"))
        print(*(b"not taken: Secret" in ring.read_bytes() for ring in Path(".").rglob("blackbox.ring")))
        L.error("something else")
        self.stop()
"""


def test_secrets_in_what_comes_later(far: FarEnd, tmp_path) -> None:
    """What its variables tell of an ERROR record is hidden in breadcrumbs of later events, in its log and the trail."""
    run = apps.run(tmp_path, "import codecs\n" + LATER, dsn=far.dsn, ini="[sentry]\n[sentry:logging]\nlogs=error\n")
    assert (run.returncode, run.stdout) == (0, "False\n"), run.stderr
    assert [title(event) for event in far.events] == [
        "not taken: [Filtered]",
        "ValueError: not taken: [Filtered]",
        "something else",
    ]
    assert b"Secret4711" not in b"".join(envelope.raw for envelope in far.envelopes)
    messages = [crumb["message"] for crumb in far.events[-1]["breadcrumbs"]["values"]]
    assert {"trying [Filtered]", "not taken: [Filtered]", "nothing read"} <= set(messages)


@pytest.mark.parametrize("option", OPENED)
def test_web_request(far: FarEnd, tmp_path, option: str) -> None:
    """Of a request neither body, cookies, query values, addresses nor headers leave, unless an option opens them."""
    ini = f"[sentry]\n{option}\n"
    run = apps.run(tmp_path, REQUEST, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    event = far.wait_for(2)[1]
    text = json.dumps(event)
    opened = OPENED[option]
    for secret in ("us3rname", "em4il@", "qu3ryvalue", "h3adervalue", "10.9.8.7", "b0dyvalue"):
        assert (secret in text) is any(secret in found for found in opened), secret
    assert not any(secret in text for secret in ("c00kievalue", "b3arert0ken"))
    assert event["user"]["id"] == "u7"
    assert event["request"]["method"] == "POST"
    assert event["request"].get("env") == ({"REMOTE_ADDR": "127.0.0.1"} if opened else None)
    assert event["request"]["headers"]["X-Tenant"] == "acme"
    assert set(event["contexts"]["struct_data"]) == {"uuid", "path", "status"}, "the headers are in the request"
    assert event["contexts"]["struct_data"]["path"] == "/orders/7"
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    found = {frame["module"]: frame for frame in frames}
    assert "vars" in found["__main__"]
    assert "vars" not in found["asab.web.rest.json"], "they are headers and the body again"


def test_request_body(far: FarEnd, tmp_path) -> None:
    """A body is sent up to the size that is configured, and without the secrets in it."""
    source = REQUEST.replace('"name": "b0dyvalue"', '"name": "b0dyvalue", "password": "k3yed"')
    ini = "[sentry]\nmax_request_body_size=small\n"
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    assert far.events[0]["request"]["data"] == '{"name": "b0dyvalue", "password": "[Filtered]"}'


DETAILED = {"exception", "request", "user", "contexts"}
"""Parts of an event whose fields the page lists one by one."""


def fields(event: dict[str, Any]) -> Iterator[str]:
    """Yield the fields of an event by the names that the page has for them."""
    for part, value in event.items():
        if part == "exception":
            yield from (f"exception.values.{name}" for name in value["values"][-1])
        elif part in DETAILED:
            yield from (f"{part}.{name}" for name in value)
        elif part != "_meta":
            yield part


def test_page_lists_what_leaves(far: FarEnd, tmp_path) -> None:
    """The page lists the fields of a real event, all of them and no other."""
    page = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text(encoding="utf-8")
    table = page.partition("## What leaves by default")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    listed = {name for names in rows for name in re.findall(r"`([\w.]+)`", names)}
    ini = "[sentry]\nrelease=shop@1\ntraces_sample_rate=1\n"
    run = apps.run(tmp_path, REQUEST, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + WEB)
    assert run.returncode == 0, run.stderr
    event = far.wait_for(2)[0]
    assert set(fields(event)) == listed
    assert "data" not in event["request"]
    assert event["request"]["query_string"] == "name=[Filtered]"
    assert event["user"] == {"id": "u7", "username": "[Filtered]", "email": "[Filtered]"}


def test_secrets_in_lines_of_a_message(far: FarEnd, tmp_path: Path) -> None:
    """What the lines of a message tell to be a secret is in no part of its event, also not in what names the issue."""
    source = """
    class App(Base):
        async def main(self):
            L.error(os.environ["REPORT"])
            self.stop()
    """
    report = "import failed: id,name,password\nx,joe,summerrain\n[db]\npassword = winter rain\nport = x\n"
    assert apps.run(tmp_path, source, dsn=far.dsn, env={"REPORT": report}).returncode == 0
    (event,) = far.wait_for(1)
    assert "import failed" in event["fingerprint"][-1]
    raw = json.dumps(event)
    assert "summerrain" not in raw
    assert "winter" not in raw
