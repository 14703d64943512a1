"""What a service did before it died: real processes that die in all ways, and others that tell of them."""

import ast
import json
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from datetime import datetime
from pathlib import Path
from textwrap import dedent

import programs
import pytest
from apps import END, PRELUDE, WARNINGS, run
from far import FarEnd, closed_port, title

from asab_sentry.blackbox import mapping, ring
from asab_sentry.blackbox.memory import Cgroup

FLOATING_POINT = f"Floating{'-' if sys.version_info >= (3, 13) else ' '}point exception"

INI = """
[general]
var_dir=var
[sentry]
release=shop@1.2
environment=test
"""

ALIVE = """
class App(Base):
    async def main(self):
        self.stop()
"""


def killed(directory, source, dsn, *, ini=INI, returncode=-signal.SIGKILL, **more):
    """Run an application that dies."""
    done = run(directory, source, dsn=dsn, ini=ini, **more)
    assert done.returncode == returncode, done.stderr
    return done


def told(directory, far, *, ini=INI, env=None):
    """Run one that lives, and return the events of deaths that have arrived."""
    done = run(directory, ALIVE, dsn=far.dsn, ini=ini, env=env)
    assert done.returncode == 0, done.stderr
    return deaths(far)


def deaths(far):
    return [event for event in far.events if "exit" in event.get("contexts", {})]


UNSAFE = """
from asab_sentry.blackbox import mapping

mapping.is_safe = lambda *_: False
"""
"""Where files are not mapped, as on btrfs."""

both = pytest.mark.parametrize("place", ["", UNSAFE], ids=["mapped", "written"])

KILLED = """
import signal
import struct
import subprocess
from textwrap import dedent

import pytest

class App(Base):
    async def main(self):
        L.info("step %d of the order", 1)
        logging.getLogger("shop").warning("stock is low")
        os.kill(os.getpid(), signal.SIGKILL)
"""


@both
def test_a_killed_service_is_told_of_by_the_next_start(tmp_path, place):
    """One event: who it was, when it was last alive, and its last breadcrumbs."""
    with FarEnd() as far:
        killed(tmp_path, place + KILLED, far.dsn, env={"SERVICE_ID": "shop", "INSTANCE_ID": "shop-1"})
        (event,) = told(tmp_path, far, ini=INI.replace("1.2", "1.3"), env={"SERVICE_ID": "other"})
    assert title(event) == "UncleanExit: App was killed"
    assert event["exception"]["values"][0]["mechanism"] == {"type": "asab.exit", "handled": False}
    assert (event["release"], event["environment"]) == ("shop@1.2", "test")
    assert (event["tags"]["service_id"], event["tags"]["instance_id"]) == ("shop", "shop-1")
    crumbs = [(crumb["category"], crumb["level"], crumb["message"]) for crumb in event["breadcrumbs"]["values"]]
    assert crumbs[-2:] == [("app", "info", "step 1 of the order"), ("shop", "warning", "stock is low")]
    facts = event["contexts"]["exit"]
    assert facts["cause"] == "killed"
    assert facts["phase"] == "running"
    assert facts["ran_for_seconds"] > 0
    assert event["fingerprint"] == ["asab.exit", "App", "shop"]
    assert list((tmp_path / "var" / "sentry").rglob("blackbox*")) == []


def test_a_file_that_takes_no_more_ends_nobody(tmp_path):
    """Where it is not safe to map it: what a mapping answers with SIGBUS costs breadcrumbs there, and nothing else."""
    source = """
    from pathlib import Path
    from asab_sentry.blackbox import mapping

    mapping.is_safe = lambda *_: False

    class App(Base):
        async def main(self):
            (ring,) = Path("var").rglob("blackbox.ring")
            os.truncate(ring, 0)
            os.pwrite, written = self.refuse, os.pwrite
            for number in range(300):
                L.info("step %d", number)
            os.pwrite = written
            self.stop()

        def refuse(self, *_):
            raise OSError(28, "No space left on device")
    """
    with FarEnd() as far:
        done = killed(tmp_path, source, far.dsn, returncode=0)
        assert "asab_sentry" not in done.stderr
        assert told(tmp_path, far) == []


@pytest.mark.parametrize(
    ("mounts", "is_safe"),
    [
        ("22 1 {device} / /var rw,relatime shared:1 - ext4 /dev/vda rw", True),
        ("22 1 {device} / /tmp rw - tmpfs tmpfs rw", True),
        ("22 1 {device} / /var rw,relatime shared:1 master:2 - xfs /dev/vda rw", False),
        ("21 1 0:99999 / / rw - ext4 /dev/vdb rw\n22 1 {device} / /var rw - fuse.sshfs sshfs rw", False),
        ("22 1 0:99999 / /var rw - ext4 /dev/vda rw", False),
        ("\n22 1\n", False),
        (None, False),
    ],
)
def test_where_files_are_mapped(tmp_path, mounts, is_safe):
    """On file systems on which a write to what was allocated does not fail: elsewhere that would end the service."""
    table, file = tmp_path / "mountinfo", tmp_path / "file"
    file.touch()
    device = file.stat().st_dev
    if mounts is not None:
        table.write_text(mounts.format(device=f"{os.major(device)}:{os.minor(device)}"))
    with file.open() as opened:
        assert mapping.is_safe(opened.fileno(), table) is is_safe


LAYERS = """
import os, subprocess, sys
from pathlib import Path
from asab_sentry.blackbox import mapping

kinds = []
for at in ("", "layers/"):
    with Path(at + "ring").open("wb") as file:
        kinds.append((mapping._kind(os.fstat(file.fileno()).st_dev, mapping.MOUNTS), mapping.is_safe(file.fileno())))
print(kinds)
"""


def test_a_container_without_a_volume(tmp_path):
    """Its files are mapped where they are those of ext4 in truth, and not where that is something else."""
    for name in ("lower", "upper", "work", "layers"):
        (tmp_path / name).mkdir()
    mount = "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work layers"
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    try:
        if subprocess.run([*command, "true"], cwd=tmp_path, capture_output=True, check=False).returncode:
            pytest.skip("no overlay can be mounted here")
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    made = subprocess.run([*command, sys.executable, "-c", LAYERS], cwd=tmp_path, capture_output=True, check=True)
    (below, _), (kind, is_safe) = ast.literal_eval(made.stdout.decode())
    assert (kind, is_safe) == ("overlay", below == "ext4")


@pytest.mark.parametrize(("answer", "is_safe"), [(0x80000, True), (0x80010, True), (0, False), (None, False)])
def test_files_of_layers(tmp_path, monkeypatch, answer, is_safe):
    """What the kernel says of a file that is of an unknown file system below: that it is of ext4, or something else."""

    def ioctl(descriptor, request, before):
        if answer is None:
            raise OSError(25, "Inappropriate ioctl for device")
        return struct.pack("I", answer).ljust(len(before), b"\0")

    monkeypatch.setattr(mapping.fcntl, "ioctl", ioctl)
    table, file = tmp_path / "mountinfo", tmp_path / "file"
    file.touch()
    device = file.stat().st_dev
    table.write_text(f"22 1 {os.major(device)}:{os.minor(device)} / / rw - overlay overlay rw")
    with file.open() as opened:
        assert mapping.is_safe(opened.fileno(), table) is is_safe


def test_a_disk_that_has_room_again(tmp_path):
    """Where it was full at the start a line says so, nothing is left of the attempt, and later there is a black box."""
    source = """
    import signal
    from pathlib import Path

    def refuse(*_):
        raise OSError(28, "No space left on device")

    allocate, os.posix_fallocate = os.posix_fallocate, refuse

    class App(Base):
        async def main(self):
            print(len(list(Path("var").rglob("blackbox*"))), flush=True)
            os.posix_fallocate = allocate
            end = time.monotonic() + 20
            while not any(Path("var").rglob("blackbox.faults")) and time.monotonic() < end:
                await asyncio.sleep(0.01)
            L.info("later")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    with FarEnd() as far:
        done = killed(tmp_path, source, far.dsn)
        (event,) = told(tmp_path, far)
    assert done.stdout == "0\n"
    assert done.stderr.count("What the service does before it dies is not kept") == 1
    assert event["breadcrumbs"]["values"][-1]["message"] == "later"


def test_whoever_tells_is_well(tmp_path):
    """The death of another process is an error of that: the run of the job that tells of it is a healthy session."""
    lives = ALIVE.replace("self.stop()", UNTIL_SENT)
    with FarEnd() as far:
        killed(tmp_path, KILLED, far.dsn)
        assert run(tmp_path, lives, dsn=far.dsn, ini=INI).returncode == 0
        assert len(deaths(far)) == 1
    (payload,) = [item.payload for each in far.envelopes for item in each.items if item.headers["type"] == "sessions"]
    assert [{**aggregate, "started": ""} for aggregate in payload["aggregates"]] == [{"started": "", "exited": 1}]


UNTIL_SENT = """end = time.monotonic() + 20
        while not self.Sentry.Sent["events"] and time.monotonic() < end:
            await asyncio.sleep(0.01)
        self.stop()"""

LATE = """
import signal
import struct
import subprocess
from asab_sentry.blackbox import ring

class App(asab.Application):
    async def main(self):
        self.Sentry = asab_sentry.SentryService(self)
        for _ in range(400):
            if self.is_over():
                break
            await asyncio.sleep(0.05)
        {end}

    def boxes(self):
        return {{path.parent.name.partition("-")[0]: path for path in Path("var").rglob("blackbox.ring")}}
"""
UNTIL_RUNNING = """
    def is_over(self):
        box = self.boxes().get(str(os.getpid()))
        return box is not None and ring.read(box.read_bytes())[0].phase == 1
"""
UNTIL_TOLD = """
    def is_over(self):
        return self.boxes().keys() == {str(os.getpid())}
"""


def test_a_service_that_is_made_late_tells_and_is_told_of(tmp_path):
    """Also where it is made in main(), when the application has begun already."""
    beginning = "from pathlib import Path\n" + LATE
    with FarEnd() as far:
        killed(tmp_path, beginning.format(end="os.kill(os.getpid(), signal.SIGKILL)") + UNTIL_RUNNING, far.dsn)
        done = run(tmp_path, beginning.format(end="self.stop()") + UNTIL_TOLD, dsn=far.dsn, ini=INI)
        assert done.returncode == 0, done.stderr
        (event,) = deaths(far)
    assert title(event) == "UncleanExit: App was killed"
    assert event["contexts"]["exit"]["phase"] == "running"


@pytest.mark.parametrize(
    ("end", "returncode"),
    [
        ("self.stop()", 0),
        ("raise SystemExit(3)", 3),
        ("raise RuntimeError('fatal')", 1),
        ("os._exit(4)", 4),
        ("os.execv('/bin/sh', ['sh', '-c', 'exit 5'])", 5),
        ("os.execvpe('sh', ['sh', '-c', 'exit 6'], {'PATH': '/nowhere:/bin'})", 6),
        ("self.stop(); self.stop(); self.stop()", 70),
    ],
)
def test_a_service_that_says_goodbye_is_not_told_of(tmp_path, end, returncode):
    """An end, an exit, a fatal exception, which is an event itself, and a restart leave nothing behind."""
    source = f"class App(Base):\n    async def main(self):\n        L.info('last')\n        {end}\n"
    with FarEnd() as far:
        killed(tmp_path, source, far.dsn, returncode=returncode)
        left = [path for path in (tmp_path / "var" / "sentry").rglob("*") if path.is_file()]
        assert [path.name for path in left if path.name.startswith("blackbox")] == []
        assert told(tmp_path, far) == []


def test_a_service_goes_on_where_what_was_to_be_executed_is_not_there(tmp_path):
    """It has a black box again, and is told of when it is killed."""
    source = """
    import signal

    def is_noted():
        with contextlib.suppress(FileNotFoundError):  # a ring may go while it is looked for
            return any(b"still here" in ring.read_bytes() for ring in Path("var").rglob("blackbox.ring"))
        return False

    class App(Base):
        async def main(self):
            with contextlib.suppress(FileNotFoundError):
                os.execv("/not/there", ["there"])
            self.Sentry.capture_message("goes on", "error")
            end = time.monotonic() + 60
            while not is_noted():
                assert time.monotonic() < end
                L.info("still here")
                await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    with FarEnd() as far:
        killed(tmp_path, "from pathlib import Path\n" + dedent(source), far.dsn)
        (event,) = told(tmp_path, far)
    assert event["breadcrumbs"]["values"][-1]["message"] == "still here"


def test_what_is_sent_is_no_breadcrumb(tmp_path):
    """A request by which an event was sent is not among what a service did before it died; others are."""
    source = """
    import signal
    import urllib.request

    class App(Base):
        async def main(self):
            self.Sentry.capture_message("before", "error")
            self.Sentry.flush(20)
            for number in range(2):  # the second time the connection is there
                self.Sentry.capture_message(f"sent {number}", "error")
                self.Sentry.flush(20)
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with contextlib.suppress(OSError):
                opener.open(os.environ["OTHER"])
            os.kill(os.getpid(), signal.SIGKILL)
    """
    with FarEnd() as far, FarEnd() as other:
        source = f"import os\nos.environ['OTHER'] = {'http://' + other.dsn.partition('@')[2]!r}\n" + dedent(source)
        killed(tmp_path, source, far.dsn)
        (event,) = told(tmp_path, far)
    requests = [crumb["message"] for crumb in event["breadcrumbs"]["values"] if "http://" in crumb.get("message", "")]
    assert len(requests) == 1, requests
    assert requests[0].startswith("GET http://")
    assert other.dsn.partition("@")[2].partition("/")[0] in requests[0]


@pytest.mark.parametrize(
    ("crash", "returncode", "reason"),
    [
        ("faulthandler._sigsegv()", -signal.SIGSEGV, "Segmentation fault"),
        ("os.abort()", -signal.SIGABRT, "Aborted"),
        ("faulthandler._sigfpe()", -signal.SIGFPE, FLOATING_POINT),
    ],
)
def test_a_crash_has_the_stacks_that_faulthandler_wrote(tmp_path, crash, returncode, reason):
    """The stack of the thread that crashed is that of the event, and its innermost function names the issue."""
    source = f"""
    import faulthandler

    class App(Base):
        async def main(self):
            L.info("before the crash")
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            self.crashes()

        def crashes(self):
            {crash}
    """
    with FarEnd() as far:
        killed(tmp_path, source, far.dsn, returncode=returncode, fresh=returncode == -signal.SIGSEGV)
        (event,) = told(tmp_path, far)
    assert title(event) == f"UncleanExit: App crashed: {reason}"
    assert event["tags"]["exit"] == "crashed"
    stack = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert [frame["function"] for frame in stack if frame["in_app"]][-2:] == ["main", "crashes"]
    assert stack[-1]["lineno"] > 0
    assert event["fingerprint"][0] == "asab.exit"
    assert event["fingerprint"][-1] == "crashes"
    assert len(event["threads"]["values"]) > 1
    assert event["breadcrumbs"]["values"][-1]["message"] == "before the crash"


def test_a_crash_that_was_survived_is_none(tmp_path):
    """The first process of a container does not die of all signals: what was written of one is forgotten."""
    source = """
    import signal, threading
    from pathlib import Path

    signal.signal(signal.SIGABRT, signal.SIG_IGN)

    class App(Base):
        async def main(self):
            (faults,) = Path("var").rglob("blackbox.faults")
            os.kill(os.getpid(), signal.SIGABRT)
            written = faults.stat().st_size
            end = time.monotonic() + 20
            while faults.stat().st_size and time.monotonic() < end:
                await asyncio.sleep(0.01)
            print("before", written > 0, "after", faults.stat().st_size, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    with FarEnd() as far:
        assert killed(tmp_path, source, far.dsn).stdout == "before True after 0\n"
        (event,) = told(tmp_path, far)
    assert title(event) == "UncleanExit: App was killed"


def test_what_comes_of_a_crash_is_no_other_one(tmp_path):
    """There `abort` crashes twice: the event is of the first time, and has each thread once."""
    source = """
    import faulthandler, signal

    signal.signal(signal.SIGABRT, signal.SIG_IGN)

    class App(Base):
        async def main(self):
            os.kill(os.getpid(), signal.SIGABRT)
            faulthandler._sigsegv()
    """
    with FarEnd() as far:
        killed(tmp_path, source, far.dsn, returncode=-signal.SIGSEGV, fresh=True)
        (event,) = told(tmp_path, far)
    assert title(event) == "UncleanExit: App crashed: Aborted"
    idents = [thread["id"] for thread in event["threads"]["values"]]
    assert len(idents) == len(set(idents)) > 1


def test_a_faulthandler_of_somebody_else_stays(tmp_path):
    """Its output goes where it was directed, a line says so, and the crash is told of as a kill."""
    source = """
    import faulthandler

    class App(Base):
        async def main(self):
            faulthandler._sigsegv()
    """
    ini = INI + "[logging]\nlevel=INFO\n"
    with FarEnd() as far:
        env = {"PYTHONFAULTHANDLER": "1"}
        dead = killed(tmp_path, source, far.dsn, returncode=-signal.SIGSEGV, env=env, ini=ini)
        (event,) = told(tmp_path, far)
    assert "faulthandler was enabled before" in dead.stderr
    assert "Fatal Python error: Segmentation fault" in dead.stderr
    assert event["tags"]["exit"] == "killed"


def test_a_faulthandler_that_is_enabled_later_is_left_alone(tmp_path):
    """At the end of the service it is enabled as it was."""
    source = """
    import faulthandler

    class App(Base):
        async def main(self):
            faulthandler.enable(open("theirs", "wb"))
            gc.collect()
            self.Sentry._client.close()
            print("enabled", faulthandler.is_enabled())
            self.stop()
    """
    with FarEnd() as far:
        done = killed(tmp_path, source, far.dsn, returncode=0)
        assert far.events == []
    assert done.stdout == "enabled True\n"
    assert "ResourceWarning" not in done.stderr


def test_the_killer_of_the_kernel_is_known_by_the_counter_of_the_cgroup(tmp_path):
    """A directory stands in for the cgroup: its counter has grown when the dead process is found."""
    (tmp_path / "cgroup").mkdir()
    counter = tmp_path / "cgroup" / "memory.events"
    counter.write_text("low 0\noom 0\noom_kill 0\n")
    (tmp_path / "cgroup" / "memory.current").write_text("1000000\n")
    (tmp_path / "cgroup" / "memory.max").write_text("2000000\n")
    source = f"""
    import signal
    from pathlib import Path
    from asab_sentry.blackbox import memory

    memory.Cgroup.own = classmethod(lambda cls: cls.at({str(tmp_path / "cgroup")!r}))

    class App(Base):
        async def main(self):
            Path({str(counter)!r}).write_text("low 0\\noom 1\\noom_kill 1\\n")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    with FarEnd() as far:
        killed(tmp_path, source, far.dsn)
        (event,) = told(tmp_path, far)
    assert title(event) == "UncleanExit: App was killed by the kernel, as there was no memory left"
    assert event["tags"]["exit"] == "out_of_memory"
    assert event["contexts"]["exit"]["memory_used_bytes"] == 1_000_000
    assert event["contexts"]["exit"]["memory_limit_bytes"] == 2_000_000


@pytest.fixture
def bounded_memory():
    """A cgroup of v1 or v2 whose processes may have 250 MB; skips where none can be made."""
    mount = Path("/sys/fs/cgroup")
    parent, limits = mount / "memory", ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]
    if not parent.is_dir():
        parent, limits = mount, ["memory.max", "memory.swap.max"]
    cgroup = parent / f"asab-sentry-{os.getpid()}"
    try:
        cgroup.mkdir()
    except OSError as error:
        pytest.skip(f"no cgroup can be made here: {error}")
    try:
        try:
            for name in limits:
                if (cgroup / name).exists():
                    (cgroup / name).write_text("0" if "swap.max" in name else str(250_000_000))
        except OSError as error:
            pytest.skip(f"no cgroup can be bounded here: {error}")
        if not (cgroup / limits[0]).exists():
            pytest.skip("no cgroup bounds memory here")
        yield cgroup
    finally:
        cgroup.rmdir()


def test_the_kernel_kills_a_service_that_takes_more_memory_than_there_is(tmp_path, bounded_memory):
    """A real kill, where a cgroup can be made: its counter tells the next one why."""
    source = f"""
    with open({str(bounded_memory / "cgroup.procs")!r}, "w") as procs:
        procs.write(str(os.getpid()))

    class App(Base):
        async def main(self):
            L.info("taking all")
            taken = []
            while True:
                taken.append(bytearray(os.urandom(1000)) * 10_000)
    """
    with FarEnd() as far:
        killed(tmp_path, dedent(source), far.dsn)
        (event,) = told(tmp_path, far)
    assert title(event) == "UncleanExit: App was killed by the kernel, as there was no memory left"
    assert event["tags"]["exit"] == "out_of_memory"
    assert event["breadcrumbs"]["values"][-1]["message"] == "taking all"
    assert 200_000_000 < event["contexts"]["exit"]["memory_limit_bytes"] <= 250_000_000


def test_cgroups_of_both_versions(tmp_path):
    """The counter and the use of memory are read of v1 and v2, by its path or at the root of a container."""
    one, two = tmp_path / "1", tmp_path / "2"
    (one / "memory" / "docker" / "x").mkdir(parents=True)
    (one / "memory" / "docker" / "x" / "memory.oom_control").write_text("under_oom 0\noom_kill 3\n")
    (one / "memory" / "docker" / "x" / "memory.usage_in_bytes").write_text("5\n")
    (one / "memory" / "docker" / "x" / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    (one / "own").write_text("9:name=systemd:/\n4:memory:/docker/x\n0::/\n")
    two.mkdir()
    (two / "memory.events").write_text("oom 1\noom_kill 2\n")
    (two / "memory.current").write_text("7\n")
    (two / "memory.max").write_text("max\n")
    (two / "own").write_text("0::/docker/not-seen-here\n")
    of_one, of_two = (Cgroup.own(mount=where, own=where / "own") for where in (one, two))
    assert (of_one.kills, of_one.used, of_one.limit) == (3, 5, None)
    assert (of_two.kills, of_two.used, of_two.limit) == (2, 7, None)
    assert Cgroup.own(mount=tmp_path, own=tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("kills", "used", "own"),
    [
        ("oom_kill 99999999999999999999999", "9" * 30, b"0::/"),
        ("oom_kill -1", "-5", b"0::/"),
        ("oom_kill " + "9" * 5000, "9" * 5000, b"0::/"),
        ("oom_kill many", "", b"0::/../.."),
        ("oom_kill 1", "7", b"\xff\xfe::/"),
        ("", "\0", b""),
    ],
)
def test_cgroups_that_are_odd(tmp_path, kills, used, own):
    """A service has its black box whatever the files of its cgroup say."""
    cgroup = tmp_path / "cgroup"
    cgroup.mkdir()
    for name, content in {"memory.events": kills, "memory.current": used, "memory.max": used}.items():
        (cgroup / name).write_text(content)
    (tmp_path / "own").write_bytes(own)
    stands_in = f"""
    from pathlib import Path
    from asab_sentry.blackbox import memory

    own = memory.Cgroup.own
    memory.Cgroup.own = classmethod(lambda cls: own(Path({str(cgroup)!r}), Path({str(tmp_path / "own")!r})))
    """
    with FarEnd() as far:
        killed(tmp_path, dedent(stands_in) + KILLED, far.dsn)
        (event,) = told(tmp_path, far)
    assert title(event) == "UncleanExit: App was killed"


@pytest.mark.parametrize(
    "facts",
    [{"tags": 7}, {"appclass": ["App"]}, {"started": "x"}, {"steady": None}, {"pid": {}}, {"memory_limit": "1G"}, None],
)
def test_a_state_of_somebody_else(tmp_path, facts):
    """What no service has written is not told of, in no event and no command, and goes without a word."""
    with FarEnd() as far:
        killed(tmp_path, KILLED, far.dsn)
        path = state_of(tmp_path)
        if facts is None:  # the clock of the last sign of life is out of all bounds
            content = bytearray(path.with_name("blackbox.ring").read_bytes())
            (seed,) = ring._seed.unpack_from(content, ring._SEED_AT)
            sign = ring._sign.pack(*ring.read(bytes(content))[0]._replace(moment=1e18))
            sign += ring._checksum.pack(zlib.crc32(sign, seed))
            for place in ring._SIGNS_AT:
                content[place : place + len(sign)] = sign
            path.with_name("blackbox.ring").write_bytes(content)
        else:
            path.write_text(json.dumps(json.loads(path.read_text()) | facts))
        command = ["-m", "asab_sentry", "spool", "-c", "app.conf", "--json"]
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
        environ |= {"HOME": str(tmp_path), "SENTRY_DSN": far.dsn}
        assert json.loads(programs.run(command, cwd=tmp_path, env=environ).stdout)["deaths"] == []
        done = run(tmp_path, ALIVE, dsn=far.dsn, ini=INI)
    assert deaths(far) == []
    assert "asab_sentry" not in done.stderr
    assert list((tmp_path / "var" / "sentry").rglob("blackbox*")) == []


def state_of(directory):
    (path,) = (directory / "var" / "sentry").rglob("blackbox.json")
    return path


def test_a_machine_that_was_restarted_is_no_death(tmp_path):
    """Who died with the machine is not told of, and leaves nothing."""
    with FarEnd() as far:
        killed(tmp_path, KILLED, far.dsn)
        path = state_of(tmp_path)
        path.write_text(json.dumps(json.loads(path.read_text()) | {"boot": "another"}))
        assert told(tmp_path, far) == []
    assert list((tmp_path / "var" / "sentry").rglob("blackbox*")) == []


@pytest.mark.parametrize(("before", "after", "count"), [("", "", 1), ("", "a", 1), ("a", "", 1), ("a", "b", 0)])
def test_a_machine_that_does_not_tell_when_it_was_started(tmp_path, before, after, count):
    """Whether it was restarted is told by the clock that begins with it, where the machine has no other sign."""
    dies = KILLED + f"\nfrom asab_sentry.blackbox import state\nstate.boot_id = lambda: {before!r}\n"
    lives = ALIVE + f"\nfrom asab_sentry.blackbox import last_words\nlast_words.boot_id = lambda: {after!r}\n"
    with FarEnd() as far:
        killed(tmp_path, dies, far.dsn)
        assert run(tmp_path, lives, dsn=far.dsn, ini=INI).returncode == 0
        assert len(deaths(far)) == count
        killed(tmp_path, dies, far.dsn)
        later = "\ntime.monotonic = lambda now=time.monotonic: now() - 1e9\n"
        assert run(tmp_path, lives + later, dsn=far.dsn, ini=INI).returncode == 0
        assert len(deaths(far)) == count


@pytest.mark.parametrize("name", ["blackbox.json", "blackbox.ring", "blackbox.faults"])
def test_what_is_no_file(tmp_path, name):
    """A link in the place of a file of the dead is not followed, and holds up nobody."""
    with FarEnd() as far:
        killed(tmp_path, KILLED, far.dsn)
        path = state_of(tmp_path).with_name(name)
        path.unlink()
        path.symlink_to("/etc/passwd")
        done = run(tmp_path, ALIVE, dsn=far.dsn, ini=INI)
    assert "asab_sentry" not in done.stderr
    assert len(deaths(far)) == (name == "blackbox.faults")
    assert list((tmp_path / "var" / "sentry").rglob("blackbox*")) == []


def test_who_died_long_ago_is_not_told_of(tmp_path):
    """After the time for which events are kept."""
    with FarEnd() as far:
        killed(tmp_path, KILLED, far.dsn)
        assert told(tmp_path, far, ini=INI + "[sentry:spool]\nmax_age=1ms\n") == []
    assert list((tmp_path / "var" / "sentry").rglob("blackbox*")) == []


@pytest.mark.parametrize("days", [-2, 30])
def test_a_clock_that_was_set(tmp_path, days):
    """How long a service ran is told by the clock that nobody sets, when it died by the one of then."""
    source = """
    import signal, time as clocks

    class App(Base):
        async def main(self):
            L.warning("before")
            now, shift = clocks.time, DAYS * 86400
            clocks.time = lambda: now() + shift
            await asyncio.sleep(2.5)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    with FarEnd() as far:
        killed(tmp_path, dedent(source).replace("DAYS", str(days)), far.dsn)
        (event,) = told(tmp_path, far)
    facts = event["contexts"]["exit"]
    assert 1 < facts["ran_for_seconds"] < 60
    apart = datetime.fromisoformat(event["timestamp"]) - datetime.fromisoformat(facts["started"])
    assert round(apart.total_seconds() / 86400) == days


def test_off(tmp_path):
    """With `unclean_exit=no` nothing is kept, and nobody is told of."""
    ini = INI.replace("[sentry]", "[sentry]\nunclean_exit=no")
    with FarEnd() as far:
        killed(tmp_path, KILLED, far.dsn, ini=ini)
        assert list((tmp_path / "var" / "sentry").rglob("blackbox*")) == []
        killed(tmp_path, KILLED, far.dsn)
        assert told(tmp_path, far, ini=ini) == []


def test_whoever_tells_may_die_meanwhile(tmp_path):
    """When the event is kept and what it was made of is not removed yet, the next makes it again, with the same id."""
    dies = """
    import signal
    from asab_sentry.blackbox import heir

    heir.files.remove = lambda directory: os.kill(os.getpid(), signal.SIGKILL)

    class App(Base):
        async def main(self):
            await asyncio.sleep(20)
    """
    refused = f"http://public@127.0.0.1:{closed_port()}/1"
    killed(tmp_path, KILLED, refused)
    ids = []
    for _ in range(2):
        killed(tmp_path, dies, refused)
        port = int(refused.partition("127.0.0.1:")[2].partition("/")[0])
    with FarEnd(port) as far:
        events = told(tmp_path, far)
        ids = [event["event_id"] for event in events if "step 1 of the order" in str(event["breadcrumbs"])]
    assert len(ids) > 1
    assert len(set(ids)) == 1
    assert len({event["event_id"] for event in events}) == 3  # those who died over it are told of, too
    assert list((tmp_path / "var" / "sentry").rglob("blackbox*")) == []


def test_what_is_kept_is_clean(tmp_path):
    """Secrets in messages, names of loggers, tags and the release are in no file, and in no event."""
    source = """
    import signal

    class App(Base):
        async def main(self):
            L.info("logging in with password=hunter2secret")
            L.info("the value Zx81-known-secret is held")
            logging.getLogger("shop.Zx81-known-secret").info("x")
            sentry_sdk.add_breadcrumb(message="token: ghp_0123456789abcdefghijABCDEFGHIJ012345", category="by hand")
            for number in (4111111111111110, 4111111111111111, 4111111111111112):
                L.info("card %d", number)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    secrets = (b"hunter2secret", b"Zx81-known-secret", b"ghp_0123456789", b"4111111111111111")
    env = {"DB_PASSWORD": "Zx81-known-secret", "INSTANCE_ID": "shop-Zx81-known-secret"}
    with FarEnd() as far:
        killed(tmp_path, source, far.dsn, env=env)
        contents = [path.read_bytes() for path in (tmp_path / "var" / "sentry").rglob("blackbox*")]
        assert any(b"[Filtered]" in content for content in contents)
        for secret in secrets:
            assert not any(secret in content for content in contents), secret
        (event,) = told(tmp_path, far)
    messages = [crumb["message"] for crumb in event["breadcrumbs"]["values"]]
    assert "logging in with password=[Filtered]" in messages
    assert "card 4111111111111110" in messages


def test_hooks_and_limits_hold(tmp_path):
    """`before_send`, processors of events and the limits of issues have their say as with all events."""
    lives = """
    def before_send(event, hint):
        event["tags"]["hooked"] = "yes"
        return event

    class App(Base):
        def setup(self):
            self.Sentry.add_event_processor(lambda event, hint: {**event, "extra": {"processed": True}})

        async def main(self):
            self.stop()
    """
    with FarEnd() as far:
        for _ in range(3):
            killed(tmp_path, KILLED, f"http://public@127.0.0.1:{far.port}/1")
            # What was found by the next one that is killed is told of by that.
        ini = INI.replace("[sentry]", "[sentry]\nbefore_send=__main__:before_send")
        ini += "[sentry:limits]\nissue_events=1\n"
        run(tmp_path, lives, dsn=far.dsn, ini=ini)
        events = deaths(far)
    (last,) = [event for event in events if event["tags"].get("hooked")]
    assert last["extra"]["processed"] is True


FORKS = """
import signal
import struct
import subprocess

class App(Base):
    async def main(self):
        L.info("of the parent")
        child = os.fork()
        if child == 0:
            L.info("of the child")
            {child}
        os.waitpid(child, 0)
        {parent}
"""


@pytest.mark.parametrize(
    "child", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)", "os.execv('/bin/true', ['x'])"]
)
@both
def test_a_forked_child_has_no_part_in_it(tmp_path, child, place):
    """However it ends, the trail is the parent's alone, and the parent is told of only when it is killed itself."""
    with FarEnd() as far:
        killed(tmp_path, place + FORKS.format(child=child, parent="self.stop()"), far.dsn, returncode=0)
        assert told(tmp_path, far) == []
        killed(tmp_path, place + FORKS.format(child=child, parent="os.kill(os.getpid(), signal.SIGKILL)"), far.dsn)
        (event,) = told(tmp_path, far)
    messages = [crumb["message"] for crumb in event["breadcrumbs"]["values"]]
    assert messages[-1] == "of the parent"


def test_a_sibling_tells_while_it_runs(tmp_path):
    """A service that shares the directory tells of one that was killed, without being started anew."""
    source = """
    from asab_sentry.delivery import sender

    sender.MAINTENANCE = 0.1

    class App(Base):
        async def main(self):
            while not os.path.exists("enough"):
                await asyncio.sleep(0.01)
            self.stop()
    """
    with FarEnd() as far:
        sibling = threading.Thread(target=run, args=(tmp_path, source), kwargs={"dsn": far.dsn, "ini": INI})
        sibling.start()
        try:
            other = tmp_path / "other"
            other.mkdir()
            ini = INI.replace("var_dir=var", f"var_dir={tmp_path / 'var'}")
            killed(other, KILLED, far.dsn, ini=ini)
            far.wait_for(1)
        finally:
            (tmp_path / "enough").touch()
            sibling.join()
        (event,) = far.events
    assert title(event) == "UncleanExit: App was killed"


UNDER_LOAD = """
import itertools

class App(Base):
    async def main(self):
        threading.Thread(target=self.work, daemon=True).start()
        self.work()

    def work(self):
        for number in itertools.count():
            L.info("record %d of %s", number, threading.current_thread().name)
            # What was noted before is on the console before.
            if number % 50 == 0:
                os.write(1, b"%d %d\\n" % (number, threading.current_thread() is threading.main_thread()))
"""


@both
def test_kills_under_load_leave_a_trail_that_can_be_read(tmp_path, place):
    """Killed at any moment: entries are in order, none is torn, and what was logged last before is there.

    KILLS in the environment says how often.
    """
    ini = INI + "[sentry:limits]\nissue_events=off\ntotal_events=off\n"
    (tmp_path / "app.py").write_text(PRELUDE + place + dedent(UNDER_LOAD) + END)
    (tmp_path / "app.conf").write_text(ini)
    kills = int(os.environ.get("KILLS", "6"))
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    with FarEnd() as far:
        environ |= {"HOME": str(tmp_path), "SENTRY_DSN": far.dsn}
        for _ in range(kills):
            read, written = os.pipe()
            command = ["app.py", "-c", "app.conf"]
            service = programs.start(command, cwd=tmp_path, env=environ, options=WARNINGS, stdout=written)
            os.close(written)
            with os.fdopen(read, "rb") as output:
                lines = [output.readline()]
                deadline = time.monotonic() + random.uniform(0, 0.3)
                while time.monotonic() < deadline:
                    lines.append(output.readline())
                os.kill(service.pid, signal.SIGKILL)
                lines += output.read().splitlines()
            assert service.wait() == -signal.SIGKILL
            noted = {is_main: int(number) for number, is_main in (line.split() for line in lines if len(line) > 3)}
            (path,) = (tmp_path / "var").rglob(f"{service.pid}-*/blackbox.ring")
            _, entries = ring.read(path.read_bytes())
            # Of each of the two threads, one may have been written when the kill came.
            assert len(entries) >= min(entries[-1].number, ring.SLOTS) - 2
            for is_main, number in noted.items():
                of_thread = [entry.text for entry in entries if entry.text.endswith("MainThread") == (is_main == b"1")]
                numbers = [int(text.split()[1]) for text in of_thread if text.startswith("record")]
                assert numbers == sorted(numbers)
                assert not numbers or numbers[-1] >= number
        events = told(tmp_path, far, ini=ini)
    assert len({event["event_id"] for event in events}) == kills


def test_the_command_shows_who_has_died(tmp_path):
    """`asab-sentry spool` has a line for each death that was not told of yet, and changes nothing."""
    with FarEnd() as far:
        killed(tmp_path, KILLED, far.dsn)
        before = sorted((path, path.read_bytes()) for path in (tmp_path / "var").rglob("*") if path.is_file())
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
        environ |= {"HOME": str(tmp_path), "SENTRY_DSN": far.dsn}
        command = ["-m", "asab_sentry", "spool", "-c", "app.conf"]
        shown = programs.run(command, cwd=tmp_path, env=environ)
        assert " App was killed (process " in shown.stdout
        assert ", DSN this): the next start tells of it\n0 waiting in " in shown.stdout
        (death,) = json.loads(programs.run([*command, "--json"], cwd=tmp_path, env=environ).stdout)["deaths"]
        assert death["title"] == "App was killed"
        assert before == sorted((path, path.read_bytes()) for path in (tmp_path / "var").rglob("*") if path.is_file())
        assert len(told(tmp_path, far)) == 1
        assert json.loads(programs.run([*command, "--json"], cwd=tmp_path, env=environ).stdout)["deaths"] == []


def test_a_service_without_a_release_is_told_of_without_one(tmp_path):
    """Nothing is taken from the service that tells, whose release is another matter."""
    source = """
    import signal

    class App(Base):
        async def main(self):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    with FarEnd() as far:
        killed(tmp_path, source, far.dsn, ini=INI.replace("release=shop@1.2\n", ""))
        (event,) = told(tmp_path, far, ini=INI + "dist=7\n")
    assert "release" not in event
    assert "dist" not in event


SCRIPT = """
import faulthandler, logging, os, signal, sys, threading, time
import asab_sentry

sentry = asab_sentry.init("app.conf", appclass="Script")
logging.getLogger("script").info("begun")
{end}
"""


@pytest.mark.parametrize(
    ("end", "returncode", "titles"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, []),
        ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, []),
        ("faulthandler._sigsegv()", -signal.SIGSEGV, ["UncleanExit: Script crashed: Segmentation fault"]),
    ],
)
def test_a_script_that_may_have_been_asked_to_end_is_not_told_of(tmp_path, end, returncode, titles):
    """Where nobody handles SIGTERM, an end by it looks like a kill; a crash does not."""
    ini = "[sentry]\nrelease=script@1\n[sentry:spool]\ndirectory=spool\n"
    with FarEnd() as far:
        killed(tmp_path, SCRIPT.format(end=end), far.dsn, ini=ini, returncode=returncode, prelude="", end="")
        run(tmp_path, SCRIPT.format(end=""), dsn=far.dsn, ini=ini, prelude="", end="")
        assert [title(event) for event in deaths(far)] == titles


ENDS_ITSELF = """
def end(number, frame):
    signal.signal(number, signal.SIG_DFL)
    {call}

signal.signal(signal.SIGTERM, end)
with sentry.transaction("task", "work"):
    pass
signal.raise_signal(signal.SIGTERM)
"""


@pytest.mark.parametrize(
    "call",
    [
        "os.kill(os.getpid(), number)",
        "os.setsid(); os.killpg(os.getpgrp(), number)",
        "signal.raise_signal(number)",
        "signal.pthread_kill(threading.get_ident(), number)",
    ],
)
def test_a_process_that_ends_itself_by_a_signal_says_goodbye(tmp_path, call):
    """As uvicorn does when it has ended all else: what waits is sent, and nobody is told of."""
    ini = "[sentry]\nrelease=script@1\ntraces_sample_rate=1\n[sentry:spool]\ndirectory=spool\n"
    with FarEnd() as far:
        source = SCRIPT.format(end=ENDS_ITSELF.format(call=call))
        killed(tmp_path, source, far.dsn, ini=ini, returncode=-signal.SIGTERM, prelude="", end="")
        assert [transaction["transaction"] for transaction in far.transactions] == ["work"]
        assert [path for path in (tmp_path / "spool").rglob("*") if path.is_file()] == []


WAITS = """
import ctypes

def end():
    while not any(code.co_name == "flush" and "sender" in code.co_filename for code in codes()):
        time.sleep(0.01)
    ctypes.CDLL(None).kill(os.getpid(), signal.{signal})  # as others do it

def codes():
    frame = sys._current_frames()[main]
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back

main = threading.get_ident()
signal.signal(signal.SIGTERM, lambda *_: None)
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell runs in the background ignores it
logging.getLogger("script").error("not taken")
threading.Thread(target=end, daemon=True).start()
signal.signal(signal.SIGTERM, signal.SIG_DFL)
"""


@pytest.mark.parametrize(("number", "returncode"), [("SIGINT", 0), ("SIGTERM", -signal.SIGTERM)])
def test_who_does_not_wait_for_a_server_that_hangs(tmp_path, number, returncode):
    """A signal while the end of a process waits ends the waiting: without a traceback, and nobody is told of."""
    ini = "[sentry]\nrelease=script@1\nshutdown_timeout=60s\n[sentry:spool]\ndirectory=spool\n"
    release = threading.Event()
    with FarEnd() as far:
        far.answer = lambda _: (200 if release.wait(60) else 500, {})
        source = SCRIPT.format(end=WAITS.format(signal=number))
        done = killed(tmp_path, source, far.dsn, ini=ini, returncode=returncode, prelude="", end="")
        release.set()
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "spool").rglob("blackbox*")) == []


IS_KILLED_LATER = """
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
signal.raise_signal(signal.SIGTERM)
try:
    os.kill(os.getpid(), 1000)
except OSError:
    import traceback
    traceback.print_exc()
for wrong in ((), (1, 2, 3), (None, None), ({}, {})):
    try:
        os.kill(*wrong)
    except TypeError:
        pass
signal.signal(signal.SIGTERM, lambda *_: None)
logging.getLogger("script").error("goes on")
deadline = time.monotonic() + 10
while not any("faults" in name for _, _, names in os.walk("spool") for name in names) and time.monotonic() < deadline:
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_signal_that_does_not_end_the_process(tmp_path):
    """Where it is blocked the process goes on with a black box; what `os.kill` raises is raised as without Sentry."""
    ini = "[sentry]\nrelease=script@1\n[sentry:loop]\nblocked=off\n[sentry:spool]\ndirectory=spool\n"
    with FarEnd() as far:
        done = killed(tmp_path, SCRIPT.format(end=IS_KILLED_LATER), far.dsn, ini=ini, prelude="", end="")
        assert done.stderr.count("File ") == 1, done.stderr
        assert "asab_sentry" not in done.stderr
        run(tmp_path, SCRIPT.format(end=""), dsn=far.dsn, ini=ini, prelude="", end="")
        assert [title(event) for event in deaths(far)] == ["UncleanExit: Script was killed"]


CLOSES = """
import fcntl, pathlib

def is_locked():
    with next(pathlib.Path("spool").rglob("lock")).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False

def has_faults():
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink("/proc/self/fd/" + number).endswith("blackbox.faults"):
                return True
        except OSError:
            pass
    return False

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
os.closerange(3, 256)
mine = [open(f"mine-{number}", "w") for number in range(20)]
deadline = time.monotonic() + 10
while not (is_locked() and has_faults()) and time.monotonic() < deadline:
    time.sleep(0.01)
child = os.fork()
if not child:
    for file in mine:
        os.fstat(file.fileno())
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
time.sleep(0.1)
faulthandler._sigsegv()
"""


@both
def test_a_process_that_closes_all_descriptors_is_no_dead_one(tmp_path, place):
    """Its directory is locked again, a crash is written where it was, and in a child all that it has opened is open."""
    ini = "[sentry]\nrelease=script@1\n[sentry:loop]\nblocked=off\n[sentry:spool]\ndirectory=spool\n"
    with FarEnd() as far:
        source = SCRIPT.format(end=dedent(CLOSES))
        killed(tmp_path, place + source, far.dsn, ini=ini, returncode=-signal.SIGSEGV, prelude="", end="")
        assert [path.name for path in tmp_path.glob("mine-*") if path.stat().st_size] == []
        run(tmp_path, SCRIPT.format(end=""), dsn=far.dsn, ini=ini, prelude="", end="")
        assert [title(event) for event in deaths(far)] == ["UncleanExit: Script crashed: Segmentation fault"]
