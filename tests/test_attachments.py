"""What is attached to events, by hand and by configuration."""

import configparser
import logging
import os
import random
import re
import socket
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import apps
import here
import pytest
import sentry_sdk
import waiting
from far import FarEnd, closed_port, title
from sentry_sdk.attachments import Attachment

import asab_sentry
from asab_sentry.pipeline import attachments, configured_attachments
from asab_sentry.pipeline.scrubbing.known_values import Held
from asab_sentry.pipeline.scrubbing.text_cleaner import Texts
from asab_sentry.runtime import diagnostics
from asab_sentry.secret_keys.denylist import Keys
from asab_sentry.testing import captured

PASSWORD = "hunter2-of-attachments"
IMAGES = Path(__file__).parent.parent / "docs" / "images"
L = logging.getLogger("app")


@pytest.fixture(autouse=True)
def anew() -> None:
    diagnostics.said_at.clear()


def run(work: Callable[[asab_sentry.SentryService], None], **config: str) -> captured.Sent:
    storage = {"password": PASSWORD, "url": "http://es:9200"}
    sections = {"sentry:attachments": config, "storage": storage, "shop:secrets": {"joe": "swordfish"}}
    sections |= {"shop:credentials": {"ann": "swordfish"}, "Tokens": {"eve": "swordfish"}, "auth": {"host": "idp"}}
    return here.sent_by(work, sections)


def contents(sent: captured.Sent) -> dict[str, bytes]:
    return {attachment["filename"]: attachment["content"] for attachment in sent.attachments}


def test_by_hand(tmp_path: Path) -> None:
    """Data and files that are attached in a unit of work are with its events, and with no others."""
    path = tmp_path / "orders.csv"

    def work(service):
        with service.scope():
            service.add_attachment(b"\x00\x01", "dump.bin")
            service.add_attachment(path)
            service.add_attachment(str(path), "other.txt", "text/x-orders")
            path.write_text("written after it was attached")
            service.capture_message("within", "error")
        service.capture_message("beside", "error")

    sent = run(work)
    assert contents(sent) == {
        "dump.bin": b"\x00\x01",
        "orders.csv": b"written after it was attached",
        "other.txt": b"written after it was attached",
    }
    assert [attachment["content_type"] for attachment in sent.attachments] == [
        "application/octet-stream",
        "text/csv",
        "text/x-orders",
    ]
    assert len(sent.events) == 2


def test_unknown_level() -> None:
    """An event of a level that Sentry does not know is an error for attachments, too, and keeps those by hand."""

    def work(service):
        with service.scope():
            service.add_attachment(b"x", "by-hand.bin")
            sentry_sdk.capture_event({"message": "of its own", "level": "catastrophe"})

    assert contents(run(work, config="yes")).keys() == {"by-hand.bin", "configuration.ini"}


@pytest.mark.parametrize("scope", [None, sentry_sdk.Scope(), lambda scope: scope.set_tag("b", "2")])
def test_of_one_capture(tmp_path: Path, scope) -> None:
    """A capture takes attachments of its own, beside all else that it takes."""
    (tmp_path / "a.txt").write_text("a")

    def work(service):
        given = [tmp_path / "a.txt", (b"b", "b.txt"), (b"{}", "c", "application/json")]
        service.capture_message("message", scope=scope, attachments=given, tags={"a": "1"})
        service.capture_exception(ValueError("exception"), scope, attachments=[(b"d", "d.txt")])
        L.error("record")

    sent = run(work)
    assert contents(sent) == {"a.txt": b"a", "b.txt": b"b", "c": b"{}", "d.txt": b"d"}
    assert sent.events[0]["tags"]["a"] == "1"
    assert len(sent.events) == 3


def test_cleaned() -> None:
    """Texts and names are without secrets; what is no text is as it was given."""
    data = PASSWORD.encode() + bytes(range(7)) * 10

    def work(service):
        service.add_attachment(f"the storage says {PASSWORD}\npassword=abc-def-ghi\n".encode(), f"{PASSWORD}.txt")
        service.add_attachment(data, "dump")
        sentry_sdk.get_current_scope().add_attachment(bytes=f"of sentry-sdk: {PASSWORD}".encode(), filename="sdk.txt")
        service.capture_message("message", "error")

    assert contents(run(work)) == {
        "sdk.txt": b"of sentry-sdk: [Filtered]",
        "[Filtered].txt": b"the storage says [Filtered]\npassword=[Filtered]\n",
        "dump": data,
    }


def test_long_texts() -> None:
    """A text that is cleaned in pieces loses nothing but its secrets, wherever they stand."""
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" * 30 + "-----END PRIVATE KEY-----\n"
    for before in range(attachments.PIECE - len(key) - 200, attachments.PIECE + 100, 97):
        text = "x" * 80 + "\n" + "line of a log\n" * (before // 14) + key + f"{PASSWORD}\n" + "more\n" * 10_000
        cleaned = attachments.cleaned(text, lambda piece: piece.replace(key, "KEY\n").replace(PASSWORD, "*"))
        assert cleaned == text.replace(key, "KEY\n").replace(PASSWORD, "*")
    assert attachments.cleaned("y" * 100_001, str) == "y" * 100_001


def things_that_are_no_files(tmp_path: Path) -> list[Path]:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 1_000_001)
    (tmp_path / "loop").symlink_to("loop")
    return [*tmp_path.iterdir(), tmp_path, tmp_path / "missing", Path("/dev/zero"), Path("/dev/tty")]


def test_what_cannot_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The event goes without it, at once, and one line says why."""
    paths = things_that_are_no_files(tmp_path)

    def work(service):
        for path in paths:
            service.add_attachment(path, f"{path.name}-file")
        service.add_attachment(b"fits", "small.txt")
        service.capture_message("message", "error")

    sent = run(work)
    assert contents(sent) == {"small.txt": b"fits"}
    assert len(sent.events) == 1
    said = [record.getMessage() for record in caplog.records if "not attached" in record.getMessage()]
    assert len(said) == len(paths)
    assert "missing-file is not attached to an event (No such file or directory)" in said


def test_whoever_writes_to_a_pipe_is_left_alone(tmp_path: Path) -> None:
    """A pipe is not opened: its writer waits on for the reader that is meant."""
    os.mkfifo(tmp_path / "pipe")
    descriptors: list[int] = []
    writer = threading.Thread(target=lambda: descriptors.append(os.open(tmp_path / "pipe", os.O_WRONLY)))
    writer.start()

    def work(service):
        service.add_attachment(tmp_path / "pipe")
        service.capture_message("message", "error")

    sent = run(work)
    assert descriptors == []
    reader = os.open(tmp_path / "pipe", os.O_RDONLY)
    writer.join()
    for descriptor in (reader, *descriptors):
        os.close(descriptor)
    assert len(sent.events) == 1


def test_names_are_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """What is said of an attachment is one line, whatever its name is, and where it has none."""

    def work(service):
        service.add_attachment("/nowhere/first\nsecond.txt")
        service.add_attachment("/" + "long/" * 2000)
        service.capture_message("message", "error")

    assert len(run(work).events) == 1
    said = [record.getMessage() for record in caplog.records if "not attached" in record.getMessage()]
    assert said == [
        "first?second.txt is not attached to an event (No such file or directory)",
        "long is not attached to an event (File name too long)",
    ]


def test_all_together_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """What does not fit is left out, what comes after it and fits is not."""

    def work(service):
        for size, name in ((600, "a"), (600, "b"), (300, "c")):
            service.add_attachment(b"\x00" * size, name)
        service.capture_message("message", "error")

    assert list(contents(run(work, max_bytes="1000"))) == ["a", "c"]
    assert "b is not attached to an event (there is room for 400 bytes, and it has more)" in caplog.text


def test_a_unit_of_work_keeps_the_last(caplog: pytest.LogCaptureFixture) -> None:
    """A loop that attaches again and again keeps the last ones, which a line says; nobody else has them."""

    def work(service):
        service.add_attachment(b"x", "before")
        with service.scope():
            for number in range(120):
                service.add_attachment(b"x", f"{number}")
            service.capture_message("within", "error")
        service.capture_message("beside", "error")
        for number in range(120):
            sentry_sdk.get_current_scope().add_attachment(bytes=b"x", filename=f"{number}")
        service.capture_message("by sentry-sdk", "error")

    names = [attachment["filename"] for attachment in run(work).attachments]
    assert names[:52] == ["before", *map(str, range(70, 120)), "before"]
    assert len(names) == 52 + 100
    assert "A unit of work has 50 attachments at most; the oldest is left out" in caplog.text


class Hostile(os.PathLike):
    def __fspath__(self):
        raise ValueError("hostile")


class Text(str):
    __slots__ = ()

    def __len__(self):
        raise ValueError("hostile")

    __str__ = __bool__ = startswith = __len__


class Data(bytes):
    def __bytes__(self):
        raise ValueError("hostile")

    __len__ = __bytes__


def released() -> memoryview:
    data = memoryview(b"data")
    data.release()
    return data


def test_what_is_asked_of_no_object(tmp_path: Path) -> None:
    """Data and paths are those of the object, whatever the methods of its class do."""
    path = tmp_path / "a.txt"
    path.write_text("of the file")

    def work(service):
        service.add_attachment(Text(path))
        service.add_attachment(Data(b"of the object"), "b.txt")
        service.add_attachment(memoryview(b"e-v-e-r-y")[::2], "c.txt")
        service.capture_message("message", "error")

    assert contents(run(work)) == {"a.txt": b"of the file", "b.txt": b"of the object", "c.txt": b"every"}


def test_one_that_is_none_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """Of the attachments of a capture those that are none are left out, each with a line, and so are too many."""

    def work(service):
        service.capture_message("message", "error", attachments=[(b"x", "a"), 7, (b"y",), (b"z", "b")])
        many = [(b"x", f"{number}") for number in range(60)]
        service.capture_message("other", "error", attachments=many)

    sent = run(work)
    assert list(contents(sent))[:2] == ["a", "b"]
    assert len(sent.attachments) == 52
    for said in ("no int;", "no data without a name;", "takes 50 attachments;"):
        assert said in caplog.text


@pytest.mark.parametrize(
    "given",
    [
        (None,),
        (7, "a"),
        (b"data",),
        (b"data", 7),
        (["a"], "b"),
        ("",),
        (Hostile(), "a"),
        (b"x", "\0"),
        ("\0",),
        ("/x" * 10_000_000,),
        (released(), "a"),
    ],
)
def test_what_is_no_attachment(given, caplog: pytest.LogCaptureFixture) -> None:
    """A line says what was wrong; nothing is raised, and the event goes."""

    def work(service):
        service.add_attachment(*given)
        service.capture_message("message", "error", attachments=[given])
        service.capture_message("message", "error", attachments=given[0])

    sent = run(work)
    assert len(sent.events) == 2
    assert [record for record in caplog.records if record.name == "asab_sentry" and record.levelno >= logging.WARNING]


def test_configured(tmp_path: Path) -> None:
    """The configuration, the log and files are attached, without secrets."""
    for name in ("a.conf", "b.conf", "c.txt"):
        (tmp_path / name).write_text(f"name={name}\npassword={PASSWORD}\n")

    def work(service):
        L.info("not on the console")
        for number in range(5):
            L.warning("line %d", number, extra={})
        L.error("failed with %s", PASSWORD)

    for number in range(configured_attachments.MOST_FILES):
        (tmp_path / f"0{number}.conf").mkdir()
    found = contents(run(work, config="yes", log="3", files=f"{tmp_path}/*.conf {tmp_path}/c.txt"))
    assert {name: found[name] for name in ("a.conf", "b.conf", "c.txt")} == {
        name: f"name={name}\npassword=[Filtered]\n".encode() for name in ("a.conf", "b.conf", "c.txt")
    }
    assert b"[storage]\npassword = [Filtered]\nurl = http://es:9200\n" in found["configuration.ini"]
    assert b"[shop:secrets]\njoe = [Filtered]\n" in found["configuration.ini"]
    assert b"[auth]\nhost = idp\n" in found["configuration.ini"]
    assert b"swordfish" not in found["configuration.ini"]
    lines = found["log.txt"].decode().splitlines()
    assert [line.partition(" app ")[2] for line in lines] == ["line 3", "line 4", "failed with [Filtered]"]
    assert "public@" not in found["configuration.ini"].decode()


def test_patterns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In a pattern only `*` stands for others; a line says when nothing fits it, and when too much does."""
    (tmp_path / "[1]?").mkdir()
    for number in range(configured_attachments.MOST_FILES + 5):
        (tmp_path / "[1]?" / f"{number:02d}.toml").write_text("x")
    (tmp_path / "1x").mkdir()
    (tmp_path / "1x" / "other.toml").write_text("x")

    def attached(*patterns: str) -> list[str]:
        files = " ".join(f"{tmp_path}/{pattern}" for pattern in patterns)
        return list(contents(run(lambda service: L.error("failed"), files=files)))

    assert attached("[1]?/00.toml") == ["00.toml"]
    assert attached("[1]?/0*.toml", "[1]?/00.toml", "*/07.toml") == [f"{number:02d}.toml" for number in range(10)]
    assert "attached" not in caplog.text
    assert attached("[1]?/*") == [f"{number:02d}.toml" for number in range(configured_attachments.MOST_FILES)]
    assert "More than 20 files fit [sentry:attachments] files; others are not attached" in caplog.text
    assert attached("nowhere/*") == []
    assert f"Nothing is attached to an event by {tmp_path}/nowhere/*: there is no such file" in caplog.text


@pytest.mark.parametrize("takes_all", [True, False])
def test_after_an_outage(tmp_path: Path, takes_all: bool) -> None:
    """Attachments wait on disk with their event; a server that finds that too large is sent the event without them."""
    ini = "[general]\nvar_dir=var\n[sentry]\nshutdown_timeout=0\n"
    source = """
    class App(Base):
        async def main(self):
            self.Sentry.add_attachment(b"1001;12.5", "orders.csv")
            L.error("failed")
            self.stop()
    """
    later = """
    class App(Base):
        async def main(self):
            await sent(self.Sentry, 1)
            self.stop()
    """
    port = closed_port()
    apps.run(tmp_path, source, dsn=f"http://public@127.0.0.1:{port}/1", ini=ini)
    with FarEnd(port) as far:
        far.answer = lambda envelope: (200 if takes_all or b"orders.csv" not in envelope.raw else 413, {})
        done = apps.run(tmp_path, later, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + waiting.SENT)
    assert done.returncode == 0, done.stderr
    (event,) = far.events
    assert title(event) == "failed"
    items = [item for envelope in far.envelopes for item in envelope.items if item.headers["type"] == "attachment"]
    assert [item.payload for item in items] == ([b"1001;12.5"] if takes_all else [])


def test_a_spool_without_room(far: FarEnd, tmp_path: Path) -> None:
    """An event that is larger with its attachments than all that may wait goes without them, and a line says so."""
    source = """
    class App(Base):
        async def main(self):
            self.Sentry.add_attachment(bytes(300_000), "dump")
            L.error("failed")
            self.stop()
    """
    done = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\n[sentry:spool]\nmax_bytes=100k\n")
    (event,) = far.events
    assert title(event) == "failed"
    assert [item.headers["type"] for envelope in far.envelopes for item in envelope.items] == ["event"]
    assert "[sentry:spool] max_bytes is 100000: it is sent without them" in done.stderr


def test_once_for_an_issue() -> None:
    """What is configured is with one event of an issue in an interval, and not with those below the level."""

    def work(service):
        for number in range(3):
            L.error("failed for %d", number)
        service.capture_message("other")
        try:
            raise ValueError("x")
        except ValueError as error:
            service.capture_exception(error)

    sent = run(work, config="yes")
    assert len(sent.events) == 5
    assert [attachment["filename"] for attachment in sent.attachments] == ["configuration.ini"] * 2


def test_the_log_of_a_script(far: FarEnd, tmp_path: Path) -> None:
    """To keep lines of the log is no handler of the root logger: what is shown is what would be shown without it."""
    source = """
    import logging
    import sys

    import asab_sentry

    class Short(logging.Formatter):
        def formatException(self, exc_info):
            return "short"

    sentry = asab_sentry.init("app.conf")
    log = logging.getLogger("app")
    log.warning("by no handler")
    print(logging.getLogger().handlers)
    logging.basicConfig(stream=sys.stdout)
    logging.getLogger().handlers[0].setFormatter(Short("shown %(message)s"))
    mute = logging.getLogger("mute")
    mute.propagate = False
    mute.addHandler(logging.NullHandler())
    mute.warning("mute")
    log.info("below the level")
    try:
        raise ValueError("reason")
    except ValueError:
        log.exception("failed")
    """
    ini = "[sentry]\n[sentry:attachments]\nlog=5\n"
    done = apps.run(tmp_path, source, dsn=far.dsn, ini=ini, prelude="", end="")
    assert (done.stdout, done.stderr) == ("[]\nshown failed\nshort\n", "by no handler\n")
    (log,) = [item.payload for envelope in far.envelopes for item in envelope.items if "filename" in item.headers]
    lines = log.decode().splitlines()
    assert [line.partition(" app ")[2] for line in lines if " app " in line] == ["by no handler", "failed"]
    assert lines[-1] == "ValueError: reason"
    assert "mute" not in log.decode()


class Ends:
    def __str__(self) -> str:
        raise SystemExit(3)


def test_what_is_logged_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the text of what is logged ends the process when it is asked for, that line is not kept, and others are."""

    def work(service):
        monkeypatch.setattr(logging.getLogger(), "handlers", [logging.NullHandler()])  # others would ask for it
        L.warning("before")
        L.warning("%s", Ends())
        L.error("failed")

    log = contents(run(work, log="9"))["log.txt"].decode()
    assert [line.partition(" app ")[2] for line in log.splitlines() if " app " in line] == ["before", "failed"]


HOOKED = {
    "text": Attachment(bytes=f"the storage says {PASSWORD}".encode(), filename="a.txt"),
    "pipe": Attachment(path="/dev/zero", filename="zero"),
    "one": "no attachment",
}


def attach_more(event, hint):
    more = event["tags"]["more"]
    if more == "none":
        hint["attachments"] = 7
    else:
        hint["attachments"].append(HOOKED[more])
    return event


def test_what_a_hook_attaches(caplog: pytest.LogCaptureFixture) -> None:
    """It is cleaned, bounded and read as all else; what is no attachment costs neither the event nor others."""

    def work(service):
        service.add_attachment(b"by hand", "by-hand.txt")
        for more in (*HOOKED, "none"):
            service.capture_message(f"with {more}", "error", tags={"more": more})

    sent = here.sent_by(work, {"storage": {"password": PASSWORD}, "sentry": {"before_send": f"{__name__}:attach_more"}})
    assert len(sent.events) == 4
    assert [(attachment["filename"], attachment["content"]) for attachment in sent.attachments] == [
        ("by-hand.txt", b"by hand"),
        ("a.txt", b"the storage says [Filtered]"),
        ("by-hand.txt", b"by hand"),
        ("by-hand.txt", b"by hand"),
    ]
    assert "zero is not attached to an event (it is no regular file)" in caplog.text


def drop_first(event, hint):
    return None if event["tags"].get("number") == "0" else event


def all_but_first(event, hint):
    return event["tags"].get("number") != "0"


def test_an_event_that_is_not_sent_takes_no_turn() -> None:
    """Where a hook or a sampler drops the first event of an issue, the next one has what is configured."""

    def work(service):
        for number in range(4):
            with service.scope():
                service.set_tag("number", number)
                L.error("failed %d times", number)

    sections = {"sentry:attachments": {"config": "yes"}}
    sent = here.sent_by(work, sections | {"sentry": {"before_send": f"{__name__}:drop_first"}})
    assert len(sent.events) == 3
    assert [attachment["filename"] for attachment in sent.attachments] == ["configuration.ini"]
    sent = here.sent_by(work, sections | {"sentry": {"error_sampler": f"{__name__}:all_but_first"}})
    assert len(sent.events) == 3
    assert [attachment["filename"] for attachment in sent.attachments] == ["configuration.ini"]


def test_nothing_by_default() -> None:
    """Without configuration nothing is attached, and no lines are kept."""
    assert run(lambda service: L.error("failed")).attachments == []


@pytest.mark.parametrize(("key", "value"), [("files", "relative/path"), ("log", "-1"), ("max_bytes", "0")])
def test_faults(key: str, value: str) -> None:
    """What cannot be is told at the start."""
    with pytest.raises(SystemExit):
        run(lambda service: None, **{key: value})


LINE = f"10:00 connected, password={PASSWORD}\n"
TEXTS = {
    "latin-1": "Bestellung für Käse\n".encode("latin-1") + LINE.encode(),
    "cut": "ů".encode()[1:] + LINE.encode() + "ů".encode()[:1],
    "one odd byte": LINE.encode() * 30 + b"\xff",
    "emptied while it was written": bytes(100_000) + LINE.encode(),
    "zeros within": LINE.encode() + bytes(10) + LINE.encode(),
    "coloured": b"\x1b[31m" + LINE.encode() + b"\x1b[0m",
    "utf-8 with a mark": LINE.encode("utf-8-sig"),
    "utf-16": LINE.encode("utf-16"),
    "utf-16, big end first": b"\xfe\xff" + LINE.encode("utf-16-be"),
    "utf-16, cut": LINE.encode("utf-16") + b"x",
    "utf-32": LINE.encode("utf-32"),
    "utf-16-le": (LINE * 9).encode("utf-16-le"),
    "utf-16-be": f"Bestellung für Káně, ů\n{LINE}".encode("utf-16-be"),
    "utf-16-le, cut": LINE.encode("utf-16-le") + b"x",
    "utf-32-le": LINE.encode("utf-32-le"),
    "utf-32-be": LINE.encode("utf-32-be"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str) -> None:
    """Texts have no secrets, however they are written, and are the same besides."""

    def work(service):
        with service.scope():
            service.add_attachment(TEXTS[name], "a.log")
            service.capture_message("x", "error")

    (attachment,) = run(work).attachments
    found = re.match(r"utf-(16|32)(-.e)?", name)
    encoding = found and found[0]
    if encoding is None:
        assert attachment["content"] == TEXTS[name].replace(PASSWORD.encode(), b"[Filtered]")
    else:
        shown = attachment["content"][: -2 if "cut" in name else None].decode(encoding)
        given = TEXTS[name][: -1 if "cut" in name else None].decode(encoding)
        assert shown == given.replace(PASSWORD, "[Filtered]")
    assert attachment["content_type"] == "text/plain"


def test_no_texts() -> None:
    """Pictures, archives and the like are sent as they are, byte for byte."""
    binaries = [random.Random(size).randbytes(size) for size in (7, 100, 100_000)]
    binaries += [zlib.compress(LINE.encode() * 100), bytes(range(256)) * 10, bytes(1000), b"\1\0\0\0" * 500]
    binaries += [b"".join(number.to_bytes(2, "little") for number in range(0, 60_000, 7)), bytes(7) + b"\x80" * 7]
    binaries += [path.read_bytes() for path in IMAGES.glob("*.png")]

    def work(service):
        with service.scope():
            for content in binaries:
                service.add_attachment(content, "a.bin")
            service.capture_message("x", "error")

    assert [attachment["content"] for attachment in run(work, max_bytes="50M").attachments] == binaries


@pytest.mark.parametrize("filling", ["abc def\n", "ab ", "a1,", "x"])
@pytest.mark.parametrize(
    "secret",
    [f"password: {PASSWORD}\n", f'"token":\n  "{PASSWORD}"', f" api_key={PASSWORD}", f"amqp://joe:{PASSWORD}@mq "],
)
def test_ends_of_pieces(filling: str, secret: str) -> None:
    """A secret is found wherever a long text is cut for being cleaned, also in one without lines and spaces."""
    clean = Texts(Held(configparser.ConfigParser(), {}, Keys(), ""), send_default_pii=False, longest=8192).clean
    for place in range(0, len(secret), 3):
        text = f"{(filling * attachments.PIECE)[: attachments.PIECE - place]}{secret}{filling * 9}"
        left = attachments.cleaned(text, clean)
        assert PASSWORD[:6] not in left
        assert PASSWORD[-6:] not in left


LONG = f"connected, password={PASSWORD}\n" + "line of a log\n" * 20_000

BEHIND = f"""
    from asab_sentry.pipeline import attachments

    LONG = ("connected, password={PASSWORD}\\n" + "line of a log\\n" * 20_000).encode()
    cleaned, CLEANERS, MAY, AT = attachments.cleaned, [], threading.Event(), threading.Event()

    def noted(*of):
        AT.set()
        assert MAY.wait(20)
        CLEANERS.append(threading.current_thread())
        return cleaned(*of)

    attachments.cleaned = noted

    def capture(sentry):
        sentry.capture_message("with a file", "error", attachments=[(LONG, "a.txt")])
"""


def files_of(far: FarEnd) -> list[dict[str, bytes]]:
    return [
        {item.headers["filename"]: item.payload for item in envelope.items if "filename" in item.headers}
        for envelope in far.envelopes
        if any(item.headers["type"] == "event" and title(item.payload) == "with a file" for item in envelope.items)
    ]


CLEAN = {"a.txt": LONG.replace(PASSWORD, "[Filtered]").encode()}


@pytest.mark.parametrize("end", ["self.stop()", "raise RuntimeError('ends it')", "sys.exit(3)"])
def test_long_texts_are_cleaned_behind_the_call(far: FarEnd, tmp_path: Path, end: str) -> None:
    """The thread that captures cleans no long text; the file is with its event all the same, however that ends."""
    source = f"""
    class App(Base):
        async def main(self):
            capture(self.Sentry)
            assert CLEANERS == [] and len(self.Sentry._kept._spool) == 1
            MAY.set()
            {end}

    import atexit
    atexit.register(lambda: print([thread is threading.main_thread() for thread in CLEANERS]))
    """
    done = apps.run(tmp_path, BEHIND + source, dsn=far.dsn)
    assert files_of(far)[0] == CLEAN, done.stderr
    assert done.stdout.splitlines()[-1] == "[False]"


def test_what_is_on_disk_is_clean(tmp_path: Path) -> None:
    """Until a file is cleaned, nothing of it is on disk: a process that is killed then leaves the event without it."""
    source = """
    class App(Base):
        async def main(self):
            capture(self.Sentry)
            await asyncio.to_thread(AT.wait, 20)
            os.kill(os.getpid(), 9)
    """
    ini = "[general]\nvar_dir=var\n[sentry]\n"
    later = "class App(Base):\n    async def main(self):\n        await sent(self.Sentry, 1)\n        self.stop()\n"
    port = closed_port()
    apps.run(tmp_path, BEHIND + source, dsn=f"http://public@127.0.0.1:{port}/1", ini=ini)
    left = b"".join(path.read_bytes() for path in (tmp_path / "var").rglob("*") if path.is_file())
    assert b"with a file" in left
    assert PASSWORD.encode() not in left
    with FarEnd(port) as far:
        done = apps.run(tmp_path, later, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + waiting.SENT)
    assert done.returncode == 0, done.stderr
    assert files_of(far)[0] == {}
    assert title(far.events[0]) == "with a file"


@pytest.mark.parametrize("end", ["os._exit(3)", "os.execv('/bin/true', ['true'])"])
def test_an_end_that_leaves_no_time(tmp_path: Path, end: str) -> None:
    """A process that ends at once cleans first what it was given, and leaves it on disk with its event."""
    source = f"""
    class App(Base):
        async def main(self):
            capture(self.Sentry)
            MAY.set()
            {end}
    """
    ini = "[general]\nvar_dir=var\n[sentry]\n"
    later = "class App(Base):\n    async def main(self):\n        await sent(self.Sentry, 1)\n        self.stop()\n"
    port = closed_port()
    apps.run(tmp_path, BEHIND + source, dsn=f"http://public@127.0.0.1:{port}/1", ini=ini)
    with FarEnd(port) as far:
        done = apps.run(tmp_path, later, dsn=far.dsn, ini=ini, prelude=apps.PRELUDE + waiting.SENT)
    assert done.returncode == 0, done.stderr
    assert files_of(far)[0] == CLEAN


def test_too_much_waits(far: FarEnd, tmp_path: Path) -> None:
    """Where too much waits to be cleaned already, an event goes without its files, which is said and counted."""
    source = """
    from asab_sentry.delivery import unfinished

    class App(Base):
        async def main(self):
            unfinished.MOST = 300_000
            capture(self.Sentry)
            capture(self.Sentry)
            MAY.set()
            self.stop()
    """
    done = apps.run(tmp_path, BEHIND + source, dsn=far.dsn, ini="[sentry:limits]\nissue_events=off\n[sentry]\n")
    assert sorted(map(len, files_of(far))) == [0, 1]
    size = len(LONG.encode())
    assert f"An event is sent without its attachments of {size} bytes, as too many wait to be cleaned" in done.stderr


SEEN: list[bytes] = []


def look_at_attachments(event, hint):
    SEEN.extend(attachment.bytes() for attachment in hint["attachments"])
    return event


def test_what_a_hook_sees() -> None:
    """A hook that asks for what is attached is given what was cleaned."""
    SEEN.clear()
    sent = here.sent_by(
        lambda service: service.capture_message("x", "error", attachments=[(LONG.encode(), "a.txt")]),
        {"storage": {"password": PASSWORD}, "sentry": {"before_send": f"{__name__}:look_at_attachments"}},
    )
    assert contents(sent) == CLEAN
    assert [CLEAN["a.txt"]] == SEEN


def test_it_cannot_be_cleaned(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A file that cannot be cleaned is not sent, and the event is."""

    def fail(*of):
        raise ValueError("no")

    monkeypatch.setattr(attachments, "cleaned", fail)
    for text in (LONG, "short"):
        diagnostics.said_at.clear()
        caplog.clear()
        sent = run(lambda service, text=text: service.capture_message("x", attachments=[(text.encode(), "a.txt")]))
        assert len(sent.events) == 1
        assert b"".join(contents(sent).values()) == b""
        assert "A file is not attached to an event (ValueError: no)" in caplog.text


def rows_of(count: int, before: int) -> tuple[str, list[str]]:
    """Return a long table of users below so many other lines, and their passwords."""
    random_ = random.Random(count)
    passwords = ["".join(random_.choices("abcdefghkmnpqrstuvwxyz23456789", k=16)) for _ in range(count)]
    rows = "".join(f"{number},user{number},{password}\n" for number, password in enumerate(passwords))
    return "a line of a log\n" * before + "id,user,password\n" + rows, passwords


@pytest.mark.parametrize("before", [0, 150, 1000])
def test_long_tables(before: int) -> None:
    """A column of secrets has none in any row, however long the table is, and all else of it is there."""
    text, passwords = rows_of(5000, before)
    clean = Texts(Held(configparser.ConfigParser(), {}, Keys(), ""), send_default_pii=False, longest=8192).clean
    left = attachments.cleaned(text, clean)
    for password in passwords:
        text = text.replace(password, "[Filtered]")
    assert left == text


def test_text_behind_a_table() -> None:
    """What stands behind a long table is not taken for rows of it."""
    text, _ = rows_of(500, 0)
    behind = "".join(f"{number} is no row\n" for number in range(3000))
    clean = Texts(Held(configparser.ConfigParser(), {}, Keys(), ""), send_default_pii=False, longest=8192).clean
    assert attachments.cleaned(text + behind, clean).endswith(behind)
