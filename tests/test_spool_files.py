"""`asab-sentry spool`: what waits on disk is shown, sent and thrown away without the service."""

import datetime
import json
import os
import pty
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import apps
import programs
import pytest
from far import THREE, FarEnd, closed_port
from kept import kept, kept_files

from asab_sentry.delivery.files import head

SOURCE = """
class App(Base):
    async def main(self):
        def fails(password):
            raise ValueError("broken\\n\\x1b[31m" + "x" * 500)

        try:
            fails("open-sesame")
        except ValueError as error:
            print(self.Sentry.capture_exception(error), flush=True)
        L.error("the password is open-sesame")
        with self.Sentry.monitor("nightly", "0 3 * * *"):
            pass
        if "stay" in os.environ:
            self.Sentry.flush(5)  # until it is told to wait
            print("ready", flush=True)
            sys.stdin.readline()
        os._exit(0)
"""
INI = "[sentry]\n[sentry:spool]\ndirectory=spool\n[passwords]\ndoor=open-sesame\n"
NOBODY = "http://0123456789abcdef@127.0.0.1:9/1"


@dataclass
class Left:
    """What a service left that could not send to `dsn`; and the id of its first event."""

    directory: Path
    dsn: str
    event_id: str


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    directory = tmp_path_factory.mktemp("left")
    dsn = f"http://0123456789abcdef@127.0.0.1:{closed_port()}/1"
    run = apps.run(directory, SOURCE, dsn=dsn, ini=INI)
    assert run.returncode == 0, run.stderr
    return Left(directory, dsn, run.stdout.strip())


@pytest.fixture
def spool(left, tmp_path):
    shutil.copytree(left.directory, tmp_path, dirs_exist_ok=True)
    return tmp_path / "spool"


@pytest.fixture
def far(left):
    """The server that was not there before."""
    with FarEnd(urlsplit(left.dsn).port) as server:
        yield server


@pytest.fixture
def command(left, tmp_path):
    def run(*arguments, **how):
        return spool_command(tmp_path, *arguments, **{"dsn": left.dsn} | how)

    return run


def spool_command(directory, *arguments, dsn, ini=INI, env=None, program=("-m", "asab_sentry"), **streams):
    (directory / "app.conf").write_text(ini)
    given = {} if dsn is None else {"SENTRY_DSN": dsn}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    done = programs.run(
        [*program, "spool", "-c", "app.conf", *arguments],
        cwd=directory,
        env=kept | given | {"NO_PROXY": "*", "HOME": str(directory)} | (env or {}),
        options=("-B", "-W", "error"),
        **streams,
    )
    assert "Traceback" not in done.stderr
    for secret in ("0123456789abcdef@", "open-sesame"):
        assert secret not in (done.stdout or "") + done.stderr
    return done


def report(done):
    return json.loads(done.stdout)


def files(spool: Path) -> list[Path]:
    return kept_files(spool)


def test_list(command, left, spool, tmp_path):
    """Each file is shown with what it is, the oldest first, and nothing is changed."""
    before = sorted(tmp_path.rglob("*"))
    done = command("--json")
    assert done.returncode == 0, done.stderr
    first, second, begun, ended = report(done)["waiting"]
    assert report(done)["directory"] == str(spool)
    assert report(done)["bytes"] == sum(envelope.size for envelope in kept(spool))
    assert (first["what"], first["event_id"]) == ("event", left.event_id)
    assert first["title"].startswith("ValueError: broken [31mxxx")
    assert second["title"] == "the password is [Filtered]"
    assert [each["title"] for each in (begun, ended)] == ["nightly: in_progress", "nightly: ok"]
    assert begun["what"] == "check_in"
    for each in (first, second, begun, ended):
        assert (each["running"], each["mine"]) == (False, True)
        assert Path(each["path"]) in files(spool)
        captured = datetime.datetime.fromisoformat(each["captured"]).timestamp()
        assert captured + each["age"] == pytest.approx(time.time(), abs=10)
    head, line, *_, total = command("list").stdout.splitlines()
    assert head.split() == ["captured", "size", "process", "DSN", "what", "id", "title"]
    assert line.split()[0] == first["captured"]
    assert f"{first['process']}, ended  this  event     {left.event_id}  ValueError: broken" in line
    assert "\x1b" not in line
    assert total.startswith(f"4 waiting in {spool}, ")
    assert " kB, the oldest for " in total
    assert sorted(tmp_path.rglob("*")) == before


def test_nobody_reads_it(command, spool):
    """When whoever reads the list has read enough, as `head` does, that is the end of it."""
    read, write = os.pipe()
    os.close(read)
    done = command(stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_waits(command, tmp_path):
    """Where nothing waits, that is said, and there is nothing to do; no directory is made."""
    assert command().stdout == f"0 waiting in {tmp_path}/spool, which is not there, 0.0 kB\n"
    assert command("send").stdout == "0 sent\n"
    assert command("purge").stdout == "0 thrown away\n"
    memory = INI.replace("=spool", "=")
    assert command(ini=memory).stdout == "0 waiting in memory only, 0.0 kB\n"
    assert not (tmp_path / "spool").exists()


def test_send(command, left, spool, tmp_path, far):
    """What waits arrives as the service would have sent it, and is gone; the answer for each is said."""
    done = command("send")
    assert done.returncode == 0, done.stdout
    *lines, total = done.stdout.splitlines()
    assert [line.partition(", ")[0] for line in lines] == [
        f"{what}: accepted" for what in ("event",) * 2 + ("check_in",) * 2
    ]
    assert lines[0] == f"event: accepted, {left.event_id}"
    assert total == "4 sent"
    assert far.events[0]["event_id"] == left.event_id
    assert len(far.check_ins) == 2
    envelope = far.envelopes[0]
    assert envelope.headers["event_id"] == left.event_id
    assert envelope.headers["sent_at"] > far.events[0]["timestamp"]
    assert "sentry_key=0123456789abcdef" in envelope.request_headers["X-Sentry-Auth"]
    assert list(spool.glob("*/*")) == []
    assert report(command("send", "--json")) == {
        "answers": [],
        "sent": 0,
        "left": {"running": 0, "other_dsn": 0, "waiting": 0},
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("status", "headers", "code", "answers", "said"),
    [
        (403, {"X-Sentry-Error": "bad key"}, 77, 1, "event: refused, key (HTTP 403, bad key)"),
        (302, {"Location": "/login"}, 69, 1, "event: refused, redirect (HTTP 302, to /login)"),
        (413, {}, 65, 4, "event: refused, size (HTTP 413)"),
        (429, {"Retry-After": "60"}, 75, 2, "event: refused, quota (HTTP 429, again after 60 s)"),
        (429, {"X-Sentry-Rate-Limits": "60:error:key"}, 75, 3, "event: refused, quota (HTTP 429)"),
        (503, {}, 69, 3, "event: unreachable (HTTP 503, the server has a fault)"),
    ],
)
def test_not_taken(command, spool, tmp_path, far, status, headers, code, answers, said):
    """What the server does not take stays, whatever it says, and the exit codes are those of `test`."""
    far.answer = lambda _: (status, headers)
    done = command("send")
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0]) == (code, said)
    assert lines[answers:] == ["0 sent", "4 left for the service to send"]
    assert len(files(spool)) == 4


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<title>Log in</title>", "an answer that is no JSON object: <title>Log in</title>"),
        (b"", "an empty answer"),
        (b'{"error": "no route"}', 'an answer without an id: {"error": "no route"}'),
    ],
)
def test_taken_by_nobody(command, spool, tmp_path, far, body, why):
    """An answer that is not Sentry's takes no event, though its status says so: what waits stays."""
    far.body = body
    done = command("send")
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0]) == (os.EX_PROTOCOL, f"event: refused, answer (HTTP 200, {why})")
    left = 2 if body == b"" else 4  # check-ins are nothing to some servers
    assert lines[-1] == f"{left} left for the service to send"
    assert len(files(spool)) == left
    far.body = None
    assert command("send").stdout.splitlines()[-1] == f"{left} sent"


def test_not_reachable(command, left, spool, tmp_path):
    """Without a server all stays, which is known after three attempts, and the service sends it later."""
    done = command("send", "--json")
    assert done.returncode == 69
    assert [each["reason"] for each in report(done)["answers"]] == ["unreachable"] * 3
    assert (report(done)["sent"], report(done)["left"]["waiting"]) == (0, 4)
    with FarEnd(urlsplit(left.dsn).port) as far:
        idle = "class App(Base):\n    async def main(self):\n        self.stop()\n"
        apps.run(tmp_path, idle, dsn=left.dsn, ini=INI)
        assert len(far.envelopes) == 4


def test_one_that_cannot_be_taken(command, spool, tmp_path, far):
    """One event at which the server fails does not hold up the others."""
    far.answer = lambda envelope: (500 if "exception" in envelope.items[0].payload else 200, {})
    done = command("send", "--json")
    assert done.returncode == 69
    assert [each["reason"] for each in report(done)["answers"]] == ["unreachable", None, None, None]
    assert len(files(spool)) == 1


def test_too_large(command, spool, tmp_path, far):
    """An event that is too large for the server is sent with less in it."""

    def answer(envelope):
        event = envelope.items[0].payload
        frames = event.get("exception", {}).get("values", [{}])[0].get("stacktrace", {}).get("frames", [])
        return (413 if any("vars" in frame for frame in frames) else 200), {}

    far.answer = answer
    done = command("send", "--json")
    assert done.returncode == 0, done.stdout
    assert report(done)["sent"] == 4
    (failed,) = (event for event in far.events if "exception" in event)
    assert "variables and source lines" in failed["contexts"]["trimmed"]["left_out"]
    assert files(spool) == []


def test_limits(command, spool, tmp_path, far):
    """What the server asks to be spared after it took something is left, and that is said."""
    far.answer = lambda _: (200, {"X-Sentry-Rate-Limits": "60:error:key"})
    done = command("send")
    assert done.returncode == 75
    assert "event: refused, quota (the server asks to wait 60 s)" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-2:] == ["3 sent", "1 left for the service to send"]
    assert len(far.check_ins) == 2


def test_running(command, left, spool, tmp_path, far):
    """What a living process has is shown as such and left to it; the rest is sent."""
    far.answer = lambda _: (429, {"Retry-After": "3600"})
    environ = os.environ | {"SENTRY_DSN": left.dsn, "HOME": str(tmp_path), "stay": "yes"}
    # In a home of its own, so that it does not take over what was left.
    own = tmp_path / "own"
    own.mkdir()
    for name in ("app.py", "app.conf"):
        shutil.copy(tmp_path / name, own)
    with subprocess.Popen(
        [sys.executable, "app.py", "-c", "app.conf"],
        cwd=own,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        while "ready" not in process.stdout.readline():
            pass
        (mine,) = (own / "spool").glob("*/*")
        (theirs,) = spool.glob("*")
        mine.rename(theirs / mine.name)
        far.answer = lambda _: (200, {})
        rows = report(command("--json"))["waiting"]
        assert [each["running"] for each in rows] == [False] * 4 + [True] * 4
        assert {each["process"] for each in rows if each["running"]} == {process.pid}
        assert f"{process.pid}, running" in command().stdout
        done = command("send")
        assert done.stdout.splitlines()[4:] == ["4 sent", "4 left to running processes, which send what they have"]
        assert len(far.envelopes) == 4
        done = command("purge", "--all", "--yes")
        assert done.stdout.splitlines()[0] == "0 thrown away"
        assert len(files(spool)) == 4
        process.communicate("\n")
    assert command("send").stdout.splitlines()[4:] == ["4 sent"]


def test_other_dsn(command, spool, tmp_path, far):
    """What was captured for another DSN is shown as such, is not sent, and is thrown away only with --all."""
    other = NOBODY
    assert "ended  another" in command(dsn=other).stdout
    assert {each["mine"] for each in report(command("--json", dsn=other))["waiting"]} == {False}
    kept = "4 left for other DSNs, sent when those are used again"
    assert command("send", dsn=other).stdout.splitlines() == ["0 sent", kept]
    assert command("purge", dsn=other).stdout.splitlines() == ["0 thrown away", kept]
    assert far.envelopes == []
    assert command("purge", "--all", "--yes", dsn=other).stdout == "4 thrown away\n"
    assert files(spool) == []


def test_to_current_dsn(command, spool, far):
    """What was captured for a DSN that is no more is sent to the one of now, when somebody says so."""
    now = f"http://fedcba9876543210@127.0.0.1:{far.port}/7"
    done = command("send", "--to-current-dsn", dsn=now)
    assert (done.returncode, done.stdout) == (
        os.EX_USAGE,
        "fault: It asks first, and there is no terminal to ask at: give --yes\n",
    )
    master, terminal = pty.openpty()
    for answer, said in (("n\n", "0 sent"), ("y\n", "4 sent")):
        os.write(master, answer.encode())
        done = command("send", "--to-current-dsn", dsn=now, stdin=terminal)
        question = f"Send 4 that were captured for other DSNs to 127.0.0.1:{far.port}, project 7? [y/N] "
        assert done.stderr == question
        assert (done.returncode, said in done.stdout.splitlines()) == (0, True), done.stdout
    os.close(master)
    os.close(terminal)
    assert len(far.envelopes) == 4
    for envelope in far.envelopes:
        assert "sentry_key=fedcba9876543210" in envelope.request_headers["X-Sentry-Auth"]
        assert envelope.headers.get("trace", {}).get("public_key", "fedcba9876543210") == "fedcba9876543210"
    assert files(spool) == []
    assert command("send", "--to-current-dsn", dsn=now).stdout == "0 sent\n"


def test_purge(command, spool, tmp_path):
    """What waits is thrown away only when somebody says so: on a terminal, or by --yes."""
    done = command("purge")
    assert done.returncode == os.EX_USAGE
    assert done.stdout == ("fault: It asks first, and there is no terminal to ask at: give --yes\n")
    assert len(files(spool)) == 4
    master, terminal = pty.openpty()
    for answer, said in (("n\n", "0 thrown away"), ("\x04", "0 thrown away"), ("y\n", "4 thrown away")):
        os.write(master, answer.encode())
        done = command("purge", stdin=terminal)
        assert done.stderr == f"Throw away 4 that wait in {spool}? [y/N] "
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, said)
    os.close(master)
    os.close(terminal)
    assert list(spool.glob("*/*")) == []


def test_purge_without_asking(command, spool, tmp_path):
    """With --yes nobody is asked, in JSON too."""
    done = command("purge", "--yes", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert report(done) == {"purged": 4, "left": {"running": 0, "other_dsn": 0, "waiting": 0}, "warnings": []}
    assert files(spool) == []


def test_damaged(command, spool, tmp_path, far):
    """A damaged file is shown and is not sent: the service would drop it, `purge` does."""
    files(spool)[0].write_bytes(b"garbage")
    assert report(command("--json"))["waiting"][0]["what"] == "damaged"
    done = command("send")
    assert done.returncode == os.EX_DATAERR
    assert done.stdout.splitlines()[0] == f"file: damaged ({files(spool)[0]})"
    assert (len(files(spool)), len(far.envelopes)) == (1, 3)
    assert command("purge", "--yes").stdout == "1 thrown away\n"


def test_what_finalizers_left(command, spool, far, tmp_path):
    """What came while an interpreter finalized is listed by what it is, and sent: logs and transactions, too."""
    source = """
        class Leaver:
            def __init__(self, service):
                self.service = service

            def __del__(self):
                L.info("a last log")
                with self.service.transaction("job", "the last job"):
                    pass

        class App(Base):
            async def main(self):
                sys.modules["a_last"] = type(sys)("a_last")
                sys.modules["a_last"].leaver = Leaver(self.Sentry)
                self.stop()
    """
    ini = INI.replace("[sentry]\n", "[sentry]\ntraces_sample_rate=1\n[sentry:logging]\nlogs=info\n", 1)
    shutil.rmtree(spool)
    assert apps.run(tmp_path, source, dsn=NOBODY, ini=ini).returncode == 0
    waiting = [(each["what"], each["title"]) for each in report(command("--json", dsn=NOBODY))["waiting"]]
    assert ("log", "a last log") in waiting
    # sentry-sdk 3 hands over spans by a thread, which has no time left.
    assert (("transaction", "the last job") in waiting) is not THREE
    assert command("send", "--to-current-dsn", "--yes").stdout.splitlines()[-1] == f"{len(waiting)} sent"
    sent = [item.headers["type"] for envelope in far.envelopes for item in envelope.items]
    assert [kind for kind in sent if kind != "client_report"] == [what for what, _ in waiting]


def test_no_envelope(command, spool, far):
    """So is a file that is as it was written, and holds no envelope; the others are sent."""
    for number, content in enumerate((b"", b"no JSON", b"[]\n", b"[" * 5000, b"{}\n", b"{}\nno JSON\n{}")):
        path = files(spool)[0].with_name(f"{number:020d}-00000000.v2")
        path.write_bytes(head(f"{number:020d}-00000000.error", len(content), [content]) + content)
    found = [each["what"] for each in report(command("--json"))["waiting"]]
    assert found == ["damaged"] * 6 + ["event"] * 2 + ["check_in"] * 2
    done = command("send")
    assert done.returncode == os.EX_DATAERR
    assert [line.partition(" (")[0] for line in done.stdout.splitlines()[:6]] == ["file: damaged"] * 6
    assert done.stdout.splitlines()[-2:] == ["4 sent", "6 left for the service to send"]
    assert command("purge", "--yes").stdout == "6 thrown away\n"


def test_headers_that_are_odd(command, spool):
    """Whatever a header and an item hold, they are listed."""
    content = json.dumps({"event_id": {"a": "\x1b[31m"}}).encode() + b'\n{"type":"event"}\n[["a"]]'
    files(spool)[0].write_bytes(head(f"{0:020d}-00000000.error", len(content), [content]) + content)
    done = command()
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert report(command("--json"))["waiting"][0]["event_id"] is None


def test_things_that_are_no_files(command, spool, far):
    """Pipes, sockets, links and directories in the spool are neither waited for, nor shown, sent or thrown away."""
    (home,) = spool.glob("*/*")
    strange = [home / f"{number:020d}-00000000.error" for number in range(3)]
    os.mkfifo(strange[0])
    strange[1].mkdir()
    strange[2].symlink_to("/dev/zero")
    other = home.with_name("1-00000000")
    other.mkdir()
    os.mkfifo(other / "lock")
    shutil.copy(files(spool)[0 + 3], other)
    os.mkfifo(spool / "v1-pipe")
    os.mkfifo(home.with_name("2-00000000"))
    assert len(report(command("--json"))["waiting"]) == 5
    done = command("send")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "5 sent")
    assert command("purge", "--all", "--yes").stdout == "0 thrown away\n"
    assert all(os.path.lexists(path) for path in strange)


def test_one_that_cannot_be_read(command, spool, far, tmp_path):
    """A file that cannot be read is shown with the reason; it stays, and the others are sent."""
    bad = files(spool)[1]
    (tmp_path / "failing.py").write_text(
        f"""if True:
        import os, runpy
        real = os.open
        def fails(path, *of, **how):
            if str(path).endswith({bad.name!r}):
                raise OSError(5, "Input/output error", str(path))
            return real(path, *of, **how)
        os.open = fails
        runpy.run_module("asab_sentry", run_name="__main__")
        """
    )
    rows = report(command("--json", program=["failing.py"]))["waiting"]
    assert sorted(each["what"] for each in rows) == ["check_in", "check_in", "event", "unusable"]
    assert [each["title"] for each in rows if each["path"] == str(bad)] == ["Input/output error"]
    done = command("send", program=["failing.py"])
    assert done.returncode == os.EX_IOERR
    assert f"file: unusable ({bad}: Input/output error)" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-2:] == ["3 sent", "1 left for the service to send"]
    assert files(spool) == [bad]
    assert command("send").stdout.splitlines()[-1] == "1 sent"


def test_directory_that_others_may_write(command, spool, far):
    """What is in a directory to which others may write is shown and not sent; it is thrown away as it is."""
    (home,) = spool.glob("v1-*")
    home.chmod(0o777)
    assert len(report(command("--json"))["waiting"]) == 4
    done = command("send")
    assert done.returncode == os.EX_IOERR
    assert done.stdout.splitlines() == [
        f"directory: unusable ({home}: others may write to it)",
        "0 sent",
        "4 left for the service to send",
    ]
    assert far.envelopes == []
    assert len(files(spool)) == 4
    home.chmod(0o700)
    assert command("send").stdout.splitlines()[-1] == "4 sent"


def test_which_directory(command, spool, tmp_path):
    """The default depends on the script of the service, so it is asked for; what is configured is used."""
    done = command(ini="[sentry]\n")
    assert done.returncode == os.EX_CONFIG
    assert done.stdout.startswith("fault: Neither [sentry:spool] directory nor [general] var_dir is set")
    done = command("--directory", "spool", ini="[sentry]\n")
    assert done.stdout.splitlines()[-1].startswith(f"4 waiting in {spool}, ")
    spool.rename(tmp_path / "sentry")
    done = command(ini="[general]\nvar_dir=.\n[sentry]\n")
    assert done.stdout.splitlines()[-1].startswith(f"4 waiting in {tmp_path}/sentry, ")


@pytest.mark.parametrize("action", ["list", "send", "purge"])
def test_directory_that_is_none(command, tmp_path, action):
    """A directory that cannot be used is said in one line."""
    (tmp_path / "spool").write_text("a file")
    done = command(action)
    assert done.returncode == os.EX_IOERR
    assert done.stdout == f"fault: {tmp_path}/spool cannot be used (Not a directory)\n"


FAULTY = """
[sentry]
environment=a/b
before_send=no_such_module:hook
[sentry:spool]
directory=spool
max_age=soon
[passwords]
door=open-sesame
"""


def test_faulty_configuration(command, left, spool, far):
    """What is at fault elsewhere is a warning: what waits is shown and sent all the same."""
    done = command(ini=FAULTY)
    assert done.returncode == 0
    *warnings, head, _, _, _, _, total = done.stdout.splitlines()
    assert all(line.startswith("warning: ") for line in warnings)
    for key in ("environment", "before_send", "max_age"):
        assert any(key in line for line in warnings)
    assert head.startswith("captured")
    assert total.startswith(f"4 waiting in {spool}, ")
    found = report(command("--json", ini=FAULTY))
    assert [f"warning: {fault}" for fault in found["warnings"]] == warnings
    assert {each["mine"] for each in found["waiting"]} == {True}
    done = command("send", ini=FAULTY)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "4 sent")
    assert far.events[0]["event_id"] == left.event_id


@pytest.mark.parametrize(("dsn", "said"), [(None, "No DSN: set "), ("nonsense", "SENTRY_DSN"), ("", None)])
def test_without_a_dsn(command, spool, dsn, said):
    """Without a DSN it is not known for which one each is; `send` needs it, `purge` too but for --all."""
    done = command("--json", dsn=dsn)
    assert done.returncode == 0
    assert [said in warning for warning in report(done)["warnings"]] == ([True] if said else [])
    assert {each["mine"] for each in report(done)["waiting"]} == {None}
    assert "ended  ?    event" in command(dsn=dsn).stdout
    for action in ("send", "purge"):
        done = command(action, "--yes", dsn=dsn)
        assert done.returncode == os.EX_CONFIG
        assert done.stdout.splitlines()[-1].startswith("fault: There is no DSN, so ")
    assert len(files(spool)) == 4
    assert command("purge", "--all", "--yes", dsn=dsn).stdout.splitlines()[-1] == "4 thrown away"
    assert files(spool) == []


def test_directory_of_a_script(command, spool, tmp_path):
    """Where a directory is named after a script, the one in which something waits is found; of several each is told."""
    home = tmp_path / "home"
    (home / ".shop").mkdir(parents=True)
    shutil.copytree(spool, home / ".shop" / "sentry", symlinks=True)
    done = command(ini="[sentry]\n", env={"HOME": str(home)})
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 6), done.stdout
    assert f"4 waiting in {home}/.shop/sentry, " in done.stdout
    (home / ".empty" / "sentry" / "v1-0123456789abcdef").mkdir(parents=True)
    assert f"4 waiting in {home}/.shop/sentry, " in command(ini="[sentry]\n", env={"HOME": str(home)}).stdout
    shutil.copytree(spool, home / ".bar" / "sentry", symlinks=True)
    done = command(ini="[sentry]\n", env={"HOME": str(home)})
    assert done.returncode == os.EX_CONFIG
    assert done.stdout.endswith(f"give it, as in --directory {home}/.bar/sentry or {home}/.shop/sentry\n")


def test_unreadable_configuration(command, spool):
    """Where the configuration cannot be read, the directory can be given; nothing is sent without proxy and such."""
    broken = "[sentry\n"
    fault = "Configuration file app.conf cannot be read: MissingSectionHeaderError in line 1 (it is in no [section])"
    done = command("--directory", "spool", ini=broken)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == f"warning: {fault}"
    assert "ended  this  event" in done.stdout
    assert command(ini=broken).stdout.startswith(f"fault: {fault}\nfault: Neither ")
    done = command("send", "--directory", "spool", ini=broken)
    assert (done.returncode, done.stdout) == (os.EX_CONFIG, f"fault: {fault}\n")
    done = command("purge", "--directory", "spool", "--yes", ini=broken)
    assert done.stdout.splitlines()[-1] == "4 thrown away"
