"""Log records: what becomes an event, what a breadcrumb, and that the console shows what it always did."""

import importlib.metadata
import json
import re

import apps
import pytest
from far import FarEnd, mechanism, title

LOGS = """
class Unprintable:
    def __repr__(self):
        raise ValueError("no repr")

    __str__ = __repr__


class Elsewhere:
    def __format__(self, spec):
        return "formatted"


class App(Base):
    def setup(self):
        asab.Config["logging"]["levels"] = ""
        logging.getLogger("quiet").setLevel(logging.ERROR)
        logging.getLogger("chatty").setLevel(logging.DEBUG)
        self.Later = Later()
        logging.getLogger().addHandler(self.Later)
        lonely = logging.getLogger("lonely")
        lonely.propagate = False
        lonely.addHandler(logging.NullHandler())

    async def main(self):
        with self.Sentry.scope():
            self.breadcrumbs()
        self.events()
        print(json.dumps(self.Later.seen))
        self.stop()

    def breadcrumbs(self):
        L.debug("debug, less than a breadcrumb")
        L.info("info %s", "formatted", struct_data={"number": 1, "nested": {"deep": [1, 2]}})
        L.log(asab.LOG_NOTICE, "a notice")
        L.warning("a warning")
        logging.getLogger("quiet").warning("below the level of its logger")
        logging.getLogger("chatty").debug("debug of a chatty logger")
        logging.getLogger("chatty").info("info of a chatty logger")
        logging.getLogger("lonely").info("does not propagate")
        logging.getLogger("silenced.part").error("ignored by configuration")
        logging.getLogger("asab_sentry.any").error("this package's own")
        logging.getLogger("asab.web.al").log(
            asab.LOG_NOTICE, "", struct_data={"al.m": "GET", "al.p": "/x", "al.c": 200, "D": 0.25, "I": "10.0.0.9"})
        logging.getLogger("strange").info("values", struct_data={
            "bad": Unprintable(), "huge": 10**40, "nan": float("nan"), "bytes": b"raw", 5: "key", "text": "x" * 9000})
        L.info("not a dict", struct_data=["a", "list"])
        L.info("extra", extra={"order": 7, "password": "hunter2", "bad": Unprintable(), 5: "key", "_private": 1})
        L.warning("both", struct_data={"order": 8}, extra={"order": 7, "customer": "c-1"})
        L.info("both, not a dict", struct_data=["a"], extra={"order": 7})
        L.error("after the breadcrumbs")

    def events(self):
        cyclic = {}
        cyclic["self"] = cyclic
        L.error("wide", struct_data={f"key{i}": i for i in range(40)} | {
            "nested": {"a": {"b": [1, {"c": "deep"}]}}, "bad": Unprintable(), "cyclic": cyclic, "password": "hunter2"})
        for number in (1, 2):
            L.error("number {}".format(number))
        L.error("template %s and %d", "text", 5)
        L.error("named %(name)s", {"name": "argument"})
        L.error("misfit %d", "text")
        L.error("too many %s", 1, 2)
        L.error(Unprintable())
        L.error({"a": "dict"})
        L.error("")
        L.error("with %s", Unprintable())
        L.error(ValueError("exception as message"))
        try:
            raise KeyError("raised")
        except KeyError as error:
            L.error(error)
        L.error("exc_info outside", exc_info=True)
        try:
            try:
                raise ValueError("inner")
            except ValueError as inner:
                inner.add_note("a note")
                raise RuntimeError("outer") from inner
        except RuntimeError:
            L.exception("logged with %s", "traceback", struct_data={"order": 7})
        L.error("stack wanted", stack_info=True)
        L.error("with extra", extra={"extra_key": Unprintable(), "plain": 1, 2: "number"})
        L.critical("critical")
        logging.getLogger("lonely").error("error does not propagate")
        logging.getLogger("a" * 100).error("long name")
        logging.getLogger().error("of the root logger")
        L.error("tagged", struct_data={"order": 7, "customer": "bad\\nvalue"})
        L.error("x" * 10000)
        L.error("surrogate \\udcff", struct_data={"file": "\\udcff"})
        logging.LoggerAdapter(L, {"adapted": 1}).error("adapter")
        logging.getLogger("asab.web").error("Not a status")
        logging.getLogger("asab.web.al").error("", struct_data={"al.m": "GET"})
"""

LATER = """
class Later(logging.Handler):
    def __init__(self):
        super().__init__(logging.NOTSET)
        self.seen = []

    def emit(self, record):
        self.seen.append([record.name, record.levelname, str(record.msg) if isinstance(record.msg, str) else ""])

"""

INI = """
[sentry]
[sentry:logging]
ignore = silenced.* other
tags = order customer
"""


@pytest.fixture(scope="module")
def application(shared_far: FarEnd, tmp_path_factory: pytest.TempPathFactory) -> tuple[apps.Run, dict[str, dict]]:
    """One application that logs all kinds of things; its events by title."""
    directory = tmp_path_factory.mktemp("records")
    run = apps.run(directory, LOGS, dsn=shared_far.dsn, ini=INI, prelude=apps.PRELUDE + LATER)
    assert run.returncode == 0, run.stderr
    events = {title(event): event for event in shared_far.events}
    assert len(events) == len(shared_far.events)
    return run, events


@pytest.fixture
def events(application: tuple[apps.Run, dict[str, dict]]) -> dict[str, dict]:
    return application[1]


@pytest.fixture
def crumbs(events: dict[str, dict]) -> dict[str, dict]:
    """The breadcrumbs of one event, by message."""
    values = events["after the breadcrumbs"]["breadcrumbs"]["values"]
    return {value.get("message") or value["type"]: value for value in values}


def test_which_records_are_events(events: dict[str, dict]) -> None:
    """ERROR and CRITICAL records are events, whatever they hold and whichever logger they come from."""
    assert set(events) == {
        "after the breadcrumbs",
        "wide",
        "number 1",
        "number 2",
        "template text and 5",
        "named argument",
        "misfit %d",
        "too many %s",
        "<Unprintable: str() failed with ValueError>",
        "{'a': 'dict'}",
        "app",
        "with %s",
        "ValueError: exception as message",
        "KeyError: 'raised'",
        "exc_info outside",
        "RuntimeError: outer",
        "stack wanted",
        "with extra",
        "critical",
        "error does not propagate",
        "long name",
        "of the root logger",
        "tagged",
        "x" * 7997 + "...",
        "surrogate ?",
        "adapter",
        "Not a status",
    }


def test_which_records_are_breadcrumbs(crumbs: dict[str, dict]) -> None:
    """INFO records are breadcrumbs, unless their logger has a higher level of its own, or is ignored."""
    assert list(crumbs) == [
        "is ready.",
        "info formatted",
        "a notice",
        "a warning",
        "info of a chatty logger",
        "does not propagate",
        "http",
        "values",
        "not a dict",
        "extra",
        "both",
        "both, not a dict",
    ]


def test_breadcrumb(crumbs: dict[str, dict]) -> None:
    """A breadcrumb has level, logger, formatted message, time and struct_data."""
    crumb = crumbs["info formatted"]
    assert crumb["level"] == "info"
    assert crumb["category"] == "app"
    assert crumb["data"] == {"number": 1, "nested": {"deep": [1, 2]}}
    assert crumbs["a notice"]["level"] == "info"
    assert crumbs["a warning"]["level"] == "warning"
    times = [value["timestamp"] for value in crumbs.values()]
    assert times == sorted(times)


def test_breadcrumb_of_any_value(crumbs: dict[str, dict]) -> None:
    """Any Python value in struct_data is shown as well as it can be."""
    data = crumbs["values"]["data"]
    assert data["bad"] == "<Unprintable: repr() failed with ValueError>"
    assert data["huge"] == str(10**40)
    assert data["nan"] == "nan"
    assert data["bytes"] == "raw"
    assert data["5"] == "key"
    assert data["text"].endswith("...")
    assert crumbs["not a dict"]["data"] == {"struct_data": ["a", "list"]}


def test_breadcrumb_with_extra(crumbs: dict[str, dict]) -> None:
    """What `extra` holds is in the data of a breadcrumb, beside struct_data, which comes first for equal keys."""
    assert crumbs["extra"]["data"] == {
        "order": 7,
        "password": "[Filtered]",
        "bad": "<Unprintable: repr() failed with ValueError>",
        "5": "key",
    }
    assert crumbs["both"]["data"] == {"order": 8, "customer": "c-1"}
    assert crumbs["both, not a dict"]["data"] == {"order": 7, "struct_data": ["a"]}
    # The console has formatted the first, and not the second.
    assert not {"a warning", "info of a chatty logger"} & {text for text, crumb in crumbs.items() if "data" in crumb}


def test_access_log(crumbs: dict[str, dict]) -> None:
    """A line of the access log is an http breadcrumb with method, path, status and duration, and no address."""
    assert crumbs["http"]["data"] == {"method": "GET", "url": "/x", "status_code": 200, "duration": 0.25}
    assert crumbs["http"]["category"] == "asab.web.al"


def test_handlers_see_what_they_always_did(application: tuple[apps.Run, dict[str, dict]]) -> None:
    """Records below the console's level reach no handler, not even one that is added later."""
    run, _ = application
    assert "info formatted" not in run.stderr
    assert "a notice" in run.stderr
    assert "debug of a chatty logger" in run.stderr
    seen = json.loads(run.stdout)
    assert ["app", "INFO", "info %s"] not in seen
    assert ["chatty", "DEBUG", "debug of a chatty logger"] in seen
    assert ["chatty", "INFO", "info of a chatty logger"] in seen
    assert ["app", "NOTICE", "a notice"] in seen
    assert not any(name == "quiet" for name, _, _ in seen)


def test_struct_data_is_whole(events: dict[str, dict]) -> None:
    """All keys of struct_data arrive, nested ones too, but secrets."""
    context = events["wide"]["contexts"]["struct_data"]
    assert {f"key{i}": i for i in range(40)}.items() <= context.items()
    assert context["nested"] == {"a": {"b": [1, {"c": "deep"}]}}
    assert context["bad"] == "<Unprintable: repr() failed with ValueError>"
    assert context["password"] == "[Filtered]"
    assert "cyclic" in context


def test_template_and_parameters(events: dict[str, dict]) -> None:
    """Template and parameters of a message are kept apart, so that Sentry groups by the template."""
    assert events["template text and 5"]["logentry"] == {
        "message": "template %s and %d",
        "formatted": "template text and 5",
        "params": ["text", 5],
    }
    assert events["named argument"]["logentry"]["params"] == {"name": "argument"}
    assert events["misfit %d"]["logentry"]["params"] == ["text"]
    assert events["too many %s"]["logentry"]["params"] == [1, 2]


@pytest.mark.parametrize("name", ["number 1", "number 2", "error does not propagate", "adapter", "exc_info outside"])
def test_stack_ends_where_it_was_logged(events: dict[str, dict], name: str) -> None:
    """Without an exception, the stack of the caller is attached, ending at the line that logged."""
    frame = events[name]["threads"]["values"][0]["stacktrace"]["frames"][-1]
    assert frame["function"] == "events"
    assert frame["filename"] == "app.py"
    assert ".error(" in frame["context_line"]


def test_equal_place_for_formatted_messages(events: dict[str, dict]) -> None:
    """Messages made with str.format have one place, by which they group."""
    frames = [events[name]["threads"]["values"][0]["stacktrace"]["frames"][-1] for name in ("number 1", "number 2")]
    assert frames[0]["lineno"] == frames[1]["lineno"]


def test_exceptions(events: dict[str, dict]) -> None:
    """A logged exception arrives with its chain, its notes and the message it was logged with."""
    event = events["RuntimeError: outer"]
    assert [value["type"] for value in event["exception"]["values"]] == ["ValueError", "RuntimeError"]
    assert event["exception"]["values"][0]["value"] == "inner\na note"
    assert event["logentry"]["formatted"] == "logged with traceback"
    assert mechanism(event) == ("logging", True)
    assert event["tags"]["order"] == "7"


def test_exception_as_message(events: dict[str, dict]) -> None:
    """An exception object as message is an exception, with its traceback or else with the caller's stack."""
    raised = events["KeyError: 'raised'"]["exception"]["values"][0]
    assert raised["stacktrace"]["frames"][-1]["function"] == "events"
    made = events["ValueError: exception as message"]
    assert made["threads"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "events"


def test_extra_and_stack_info(events: dict[str, dict]) -> None:
    """What `extra` and `stack_info` hold arrives as extra data."""
    assert events["with extra"]["extra"] == {
        "extra_key": "<Unprintable: repr() failed with ValueError>",
        "plain": 1,
        "2": "number",
    }
    assert events["stack wanted"]["extra"]["stack_info"].startswith("Stack (most recent call last)")


def test_levels(events: dict[str, dict]) -> None:
    """CRITICAL is fatal for Sentry, ERROR is error."""
    assert events["critical"]["level"] == "fatal"
    assert events["wide"]["level"] == "error"


def test_tags_of_struct_data(events: dict[str, dict], application: tuple[apps.Run, dict[str, dict]]) -> None:
    """Configured keys of struct_data become tags; one that is no valid tag is left out and said."""
    assert events["tagged"]["tags"]["order"] == "7"
    assert "customer" not in events["tagged"]["tags"]
    assert "Tag 'customer'" in application[0].stderr


def test_empty_message(events: dict[str, dict]) -> None:
    """A record without text is shown under the name of its logger."""
    assert events["app"]["logger"] == "app"


APP = """
class App(Base):
    async def main(self):
        L.info("an info")
        L.log(asab.LOG_NOTICE, "a notice")
        L.warning("a warning")
        L.error("an error")
        L.critical("a fatal one")
        self.Sentry.capture_message("a message")
        self.stop()
"""


@pytest.mark.parametrize(
    ("ini", "args", "titles", "crumbs", "console"),
    [
        (
            "breadcrumbs=off",
            (),
            ["an error", "a fatal one", "a message"],
            [],
            {"a notice": True, "an info": False},
        ),
        ("events=off", (), ["a message"], ["an info", "a notice", "a warning", "an error", "a fatal one"], {}),
        (
            "breadcrumbs=Warning\nevents=CRITICAL",
            ("-v",),
            ["a fatal one", "a message"],
            ["a warning", "an error", "a fatal one"],
            {"an info": True},
        ),
        (
            "breadcrumbs=30\nevents=30",
            (),
            ["a warning", "an error", "a fatal one", "a message"],
            ["a warning", "an error", "a fatal one"],
            {"an info": False},
        ),
    ],
)
def test_configured_levels(far: FarEnd, tmp_path, ini, args, titles, crumbs, console) -> None:
    """Levels of breadcrumbs and events come from the configuration and do not change the console."""
    run = apps.run(tmp_path, APP, dsn=far.dsn, ini=f"[sentry]\n[sentry:logging]\n{ini}\n", args=args)
    assert [title(event) for event in far.events] == titles
    found = [value["message"] for value in far.events[-1].get("breadcrumbs", {}).get("values", [])]
    assert [message for message in found if message.startswith(("a ", "an "))] == crumbs
    for message, shown in console.items():
        assert (message in run.stderr) is shown


def test_console_level_is_no_limit(far: FarEnd, tmp_path) -> None:
    """A console that shows nothing but CRITICAL hides neither events nor breadcrumbs from Sentry."""
    run = apps.run(tmp_path, APP, dsn=far.dsn, ini="[logging]\nlevel=CRITICAL\n[sentry]\n")
    assert "an error" not in run.stderr
    assert [title(event) for event in far.events] == ["an error", "a fatal one", "a message"]
    assert "an info" in [value["message"] for value in far.events[-1]["breadcrumbs"]["values"]]


def test_debug(far: FarEnd, tmp_path) -> None:
    """What sentry-sdk prints with debug=yes is printed once, though the console of ASAB shows all there is."""
    ini = "[logging:console]\nenabled=yes\n[sentry]\ndebug=yes\n"
    run = apps.run(tmp_path, APP, dsn=far.dsn, ini=ini)
    assert "an error" in run.stderr
    assert run.stderr.count("Enabling integration stdlib") == 1


def test_level_set_later(far: FarEnd, tmp_path) -> None:
    """A level that the application gives the root logger later holds for the console, as ever."""
    source = """
    class App(Base):
        async def main(self):
            L.info("hidden")
            logging.getLogger().setLevel(logging.INFO)
            L.info("shown")
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert "shown" in run.stderr
    assert "hidden" not in run.stderr


@pytest.mark.parametrize("ini", ["", "disabled_integrations=modules\n"])
def test_installed_packages(far: FarEnd, tmp_path, ini: str) -> None:
    """Each event has the packages that are installed, with their versions, unless that is switched off."""
    source = """
    class App(Base):
        async def main(self):
            L.error("first")
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\n" + ini)
    (event,) = far.events
    if ini:
        assert "modules" not in event
        return
    installed: dict[str, str] = {}
    for package in importlib.metadata.distributions():
        installed.setdefault(re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower(), package.version)
    assert event["modules"] == installed


def test_loggers_ignored_in_code(far: FarEnd, tmp_path) -> None:
    """`ignore_logger` of sentry-sdk holds before and after the start, with wildcards, until it is taken back."""
    source = """
    from sentry_sdk.integrations.logging import ignore_logger, unignore_logger

    ignore_logger("before")

    class App(Base):
        async def main(self):
            names = ("before", "before.child", "after.child", "after", "aiohttp.server")
            for number, ignored in enumerate(["", "after.*", "after.*", None]):
                if number == 2:
                    unignore_logger("before")
                ignore_logger(ignored)
                for name in names:
                    logging.getLogger(name).info("info %d of %s", number, name)
                for name in names:
                    logging.getLogger(name).error("%d %s", number, name)
                L.handle(logging.makeLogRecord({"levelno": logging.INFO, "msg": "without the name of a logger"}))
            self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    found = [title(event).split() for event in far.events]
    seen = {str(number): [name for which, name in found if which == str(number)] for number in range(4)}
    assert seen == {
        "0": ["before.child", "after.child", "after", "aiohttp.server"],
        "1": ["before.child", "after", "aiohttp.server"],
        "2": ["before", "before.child", "after", "aiohttp.server"],
        "3": ["before", "before.child", "after", "aiohttp.server"],
    }
    crumbs = [value["message"] for value in far.events[-1]["breadcrumbs"]["values"]]
    for number, names in seen.items():
        assert [text.split()[-1] for text in crumbs if text.startswith(f"info {number} ")] == names


def test_truncated_breadcrumbs(far: FarEnd, tmp_path) -> None:
    """Where all breadcrumbs of others made room for the application's, these arrive, without remarks on the others."""
    source = """
    class App(Base):
        async def main(self):
            for number in range(6):
                sentry_sdk.add_breadcrumb(message=f"theirs {number}")
            for number in range(6):
                L.info("mine %d", number)
            L.error("done")
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nmax_breadcrumbs=5\n")
    (event,) = far.events
    assert [value["message"] for value in event["breadcrumbs"]["values"]] == [f"mine {n}" for n in range(1, 6)]
    assert "breadcrumbs" not in event.get("_meta", {})


def test_messages_that_are_dicts(far: FarEnd, tmp_path) -> None:
    """Messages that are dicts, as formatters of JSON take them, are told apart by what they say has happened."""
    source = """
    class App(Base):
        async def main(self):
            for order in 1, 2:
                for text in "Order is lost", "Order is late":
                    L.error({"message": text, "order": order})
            L.error({"order": 7})
            self.stop()
    """
    assert apps.run(tmp_path, source, dsn=far.dsn).returncode == 0
    last = [event["fingerprint"][-1] for event in far.wait_for(5)]
    assert last == ["Order is lost", "Order is late"] * 2 + ["<dict>"]


def test_a_hook_changes_its_event_only(far: FarEnd, tmp_path) -> None:
    """What a hook does to one event is not seen in the next of the same place."""
    source = """
    def hook(event, hint):
        if event["logentry"]["message"] == "first":
            for frame in event["exception"]["values"][0]["stacktrace"]["frames"]:
                frame["pre_context"].clear()
                frame["function"] = "gone"
                frame["vars"].clear()
            event["modules"].clear()
            event["sdk"]["integrations"].clear()
            event["contexts"]["runtime"].clear()
            event["tags"].clear()
        return event

    class App(Base):
        async def main(self):
            for text in ("first", "second"):
                try:
                    float("x" + text)
                except ValueError:
                    L.exception(text)
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nbefore_send=__main__:hook\n")
    first, second = far.events
    assert not any(frame["pre_context"] for frame in first["exception"]["values"][0]["stacktrace"]["frames"])
    assert not first["modules"]
    (frame,) = second["exception"]["values"][0]["stacktrace"]["frames"]
    assert frame["pre_context"][-1].strip() == "try:"
    assert frame["function"] == "main"
    assert frame["vars"]["text"] == "'second'"
    assert second["modules"]["asab"]
    assert "stdlib" in second["sdk"]["integrations"]
    assert second["contexts"]["runtime"]["name"]
    assert second["tags"]["appclass"] == "App"


def test_max_breadcrumbs(far: FarEnd, tmp_path) -> None:
    """An event carries the newest `max_breadcrumbs`, those of the application and of others in order of time."""
    source = """
    class App(Base):
        async def main(self):
            for number in range(20):
                L.info("mine %d", number)
                sentry_sdk.add_breadcrumb(message=f"theirs {number}")
            L.error("done")
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nmax_breadcrumbs=5\n")
    (event,) = far.events
    messages = [value["message"] for value in event["breadcrumbs"]["values"]]
    assert messages == ["theirs 17", "mine 18", "theirs 18", "mine 19", "theirs 19"]


HOOKS = """
def before_breadcrumb(breadcrumb, hint):
    if breadcrumb["message"] == "dropped":
        return None
    if breadcrumb["message"] == "raises":
        raise ValueError("hook")
    if breadcrumb["message"].startswith("changed"):
        breadcrumb["message"] += " by " + type(hint["log_record"]).__name__
        breadcrumb["data"]["object"] = object
    return breadcrumb


def traces_sampler(context):
    return "often"


def error_sampler(event, hint):
    raise ValueError("sampler")


def before_send(event, hint):
    logging.getLogger("hook").error("an error in a hook is no event")
    message = event["logentry"]["message"]
    if message == "dropped":
        return None
    if message == "raises":
        raise ValueError("hook")
    if message == "text":
        return "text"
    if message == "object":
        event["extra"]["object"] = {1, object}
        event["extra"]["surrogate"] = "a\\ud800b \\U0001f600 \\\\ud800"
        return event
    event["extra"]["timestamps"] = [type(value["timestamp"]).__name__ for value in event["breadcrumbs"]["values"]]
    for value in event["breadcrumbs"]["values"]:
        value["message"] = "seen: " + (value.get("message") or "")
    return event


class App(Base):
    async def main(self):
        for message in ("changed", "dropped", "raises"):
            L.info(message)
        for message in ("first", "dropped", "raises", "raises", "text", "object", "last"):
            L.error(message)
        with self.Sentry.transaction("never", "sent"):
            pass
        self.stop()
"""


@pytest.mark.parametrize("hooked", [True, False])
def test_hooks(far: FarEnd, tmp_path, hooked: bool) -> None:
    """Hooks see breadcrumbs and events as with sentry-sdk alone; one that fails stops nothing and is said once."""
    ini = "[sentry]\nbefore_send=__main__:before_send\ntraces_sampler=__main__:traces_sampler\n"
    ini += "error_sampler=__main__:error_sampler\n"
    run = apps.run(
        tmp_path, HOOKS, dsn=far.dsn, ini=ini + ("before_breadcrumb=__main__:before_breadcrumb\n" if hooked else "")
    )
    assert [title(event) for event in far.events] == ["first", "raises", "raises", "text", "object", "last"]
    assert far.transactions == []
    first, _, _, _, thing, last = far.events
    assert set(first["extra"]["timestamps"]) == {"str"}
    messages = [value["message"] for value in first["breadcrumbs"]["values"]]
    assert messages[-3:] == (
        ["seen: is ready.", "seen: changed by LogRecord", "seen: raises"]
        if hooked
        else ["seen: changed", "seen: dropped", "seen: raises"]
    )
    assert not any(value["message"].startswith("seen: seen:") for value in last["breadcrumbs"]["values"])
    assert run.stderr.count("Hook __main__:before_send failed (ValueError: hook)") == 1
    assert run.stderr.count("Hook __main__:before_breadcrumb failed (ValueError: hook)") == hooked
    assert "Hook __main__:traces_sampler returned str, accepted is a number from 0 to 1" in run.stderr
    assert "Hook __main__:error_sampler failed (ValueError: sampler)" in run.stderr
    assert "An event holds what is no JSON" in run.stderr
    assert "<class 'object'>" in thing["extra"]["object"]


IDS = """
class App(Base):
    def setup(self):
        given = {"order": 7}
        L.error("with data", struct_data=given)
        assert given == {"order": 7}
        L.error("without")
        L.error("a list", struct_data=["x"])
        L.warning("no event")
        for _ in range(2):
            L.error("again")

    async def main(self):
        try:
            raise KeyError("x")
        except KeyError as error:
            L.exception("reported")
            L.exception("reported before")
        self.stop()
"""


@pytest.mark.parametrize("ids", [True, False])
def test_ids_of_events_in_the_log(far: FarEnd, tmp_path, *, ids: bool) -> None:
    """With `ids` each line of the log whose record became an event has its id, and no other line has one."""
    ini = f"[sentry]\n[sentry:logging]\nids={'yes' if ids else 'no'}\n[sentry:limits]\nissue_events=1\n"
    run = apps.run(tmp_path, IDS, dsn=far.dsn, ini=ini)
    assert run.returncode == 0, run.stderr
    found = {}
    for line in run.stderr.splitlines():
        if match := re.search(r'event_id="(\w{32})".*?\] *(?:\x1b\[\w+m)*([\w ]+)', line):
            found[match[2].strip()] = match[1]
    sent = {event["logentry"]["message"]: event["event_id"] for event in far.events}
    assert sent.keys() == {"with data", "without", "a list", "again", "reported"}
    del sent["a list"]  # which has no room for it
    assert found == (sent if ids else {})


PART = """
HASH = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"

class App(Base):
    async def main(self):
        L.info("stored %s of joe", HASH)
        try:
            self.check(HASH[30:50])
        except ValueError:
            L.exception("no match for joe")
        L.error("later")
        self.stop()

    def check(self, password):
        raise ValueError("no match")
"""


def test_a_secret_within_another_one(far: FarEnd, tmp_path) -> None:
    """Where a part of a secret is one by its name, the rest of it is still known by its shape in later events."""
    run = apps.run(tmp_path, PART, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    failed, later = far.events
    assert (title(failed), title(later)) == ("ValueError: no match", "later")
    for event in (failed, later):
        assert "stored $2b$[Filtered] of joe" in [crumb["message"] for crumb in event["breadcrumbs"]["values"]]
    assert "R9h/cIPz0gi" not in str(far.events)
