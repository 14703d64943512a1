"""`init()`: a process that is no application of ASAB, with the configuration of those that are."""

import os
import signal
import subprocess
import sys
import textwrap

import apps
import judge
import programs
import pytest
from far import FarEnd, mechanism, title
from kept import kept_files

import asab_sentry
import asab_sentry.testing
from asab_sentry.config import option_types
from asab_sentry.config.option_types import HOOK

INI = """
[sentry]
environment=test  # a comment
shutdown_timeout=5s
"""

PRELUDE = "import logging, os, sys, threading, time\nimport asab_sentry\n"


def run(directory, source, *, dsn, ini=INI, env=None, fresh=False, timeout=30.0):
    (directory / "night.py").write_text(PRELUDE + textwrap.dedent(source))
    (directory / "fleet.conf").write_text(textwrap.dedent(ini))
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    environ |= {"HOME": str(directory), **({} if dsn is None else {"SENTRY_DSN": dsn}), **(env or {})}
    return programs.run(["night.py"], cwd=directory, env=environ, options=apps.WARNINGS, fresh=fresh, timeout=timeout)


def test_script(far: FarEnd, tmp_path) -> None:
    """Log records, uncaught exceptions of threads, of `__del__` and of the script itself arrive, each once."""
    done = run(
        tmp_path,
        """
        sentry = asab_sentry.init("fleet.conf", appclass="Night")
        L = logging.getLogger("night")

        class Odd:
            def __del__(self):
                raise OSError("del")

        sentry.set_tag("job", "import")
        L.info("Begins")
        L.error("Logged %s", 5, extra={"amount": 3})
        Odd()
        def work():
            in_thread = "seen"
            raise ValueError("thread")
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        sentry.capture_message("By hand")
        raise KeyError("script")
        """,
        dsn=far.dsn,
    )
    assert done.returncode == 1
    assert "KeyError: 'script'" in done.stderr
    events = far.wait_for(5)
    assert sorted(map(title, events)) == [
        "By hand",
        "KeyError: 'script'",
        "Logged 5",
        "OSError: del",
        "ValueError: thread",
    ]
    by_title = {title(event): event for event in events}
    assert mechanism(by_title["KeyError: 'script'"]) == ("excepthook", False)
    assert mechanism(by_title["ValueError: thread"]) == ("threading", False)
    logged = by_title["Logged 5"]
    assert (logged["environment"], logged["tags"]["appclass"], logged["tags"]["job"]) == ("test", "Night", "import")
    assert [crumb["message"] for crumb in logged["breadcrumbs"]["values"]] == ["Begins"]
    assert [
        frame["in_app"] for frame in by_title["ValueError: thread"]["exception"]["values"][0]["stacktrace"]["frames"]
    ] == [True]
    for event in events:
        assert judge.complaints(event) == []


@pytest.mark.parametrize(
    ("end", "code", "expected"),
    [
        ("", 0, []),
        ("sys.exit(1)", 1, []),
        ("sys.exit('no')", 1, []),
        ("raise KeyboardInterrupt", -signal.SIGINT, []),
        ("1/0", 1, ["ZeroDivisionError: division by zero"]),
    ],
)
def test_ends(far: FarEnd, tmp_path, end, code, expected) -> None:
    """An exception that ends a script is an event; its end, `sys.exit` and an interrupt by the user are none."""
    source = f'asab_sentry.init("fleet.conf", release="shop@1.2")\n{end}\n'
    # An interpreter of its own where its end is not that of the tests' own programs.
    done = run(tmp_path, source, dsn=far.dsn, fresh="raise" in end or "/" in end)
    assert (done.returncode, list(map(title, far.events))) == (code, expected)


@pytest.mark.parametrize(
    ("work", "outcome"),
    [
        ("", "exited"),
        ("sys.exit(1)", "exited"),
        ("raise KeyboardInterrupt", "exited"),
        ("logging.getLogger('night').error('Odd')", "errored"),
        ("1/0", "crashed"),
        ("if os.fork() == 0: sys.exit()\nos.wait()", "exited"),
    ],
)
def test_session(far: FarEnd, tmp_path, work, outcome) -> None:
    """A run of a script is one session of its release, in whatever way it ends."""
    run(tmp_path, f'asab_sentry.init("fleet.conf", release="shop@1.2")\n{work}\n', dsn=far.dsn)
    sessions = [
        item.payload for envelope in far.envelopes for item in envelope.items if item.headers["type"] == "sessions"
    ]
    assert [session["attrs"] for session in sessions] == [{"release": "shop@1.2", "environment": "test"}]
    counts = [{key: value for key, value in minute.items() if key != "started"} for minute in sessions[0]["aggregates"]]
    assert counts == [{outcome: 1}]


def test_server_away(tmp_path) -> None:
    """The end of a script waits no longer than `shutdown_timeout`, and what was captured is on disk."""
    source = """
    sentry = asab_sentry.init("fleet.conf", shutdown_timeout=0.2, directory="spool")
    logging.getLogger("night").error("Kept")
    begun = time.monotonic()
    import atexit
    atexit._run_exitfuncs()
    print(time.monotonic() - begun < 2)
    """
    done = run(tmp_path, source, dsn="http://public@127.0.0.1:9/1")
    assert done.stdout == "True\n"
    assert len(kept_files(tmp_path / "spool")) == 1


@pytest.mark.parametrize(
    ("ini", "env", "line"),
    [
        ("[other]\n", {}, "Sentry is off: there is no section [sentry] and no DSN"),
        ("[sentry]\n", {"SENTRY_DSN": ""}, "Sentry is off: its DSN is set but empty"),
        ("[sentry]\ndsn=\n", {}, "Sentry is off: its DSN is set but empty"),
        ("[other]\n", {"ASAB_CONFIG": ""}, "Sentry is off: there is no section [sentry] and no DSN"),
    ],
)
def test_off(tmp_path, ini, env, line) -> None:
    """Without a section and a DSN, and with an empty DSN, Sentry is off with one warning; all methods do nothing."""
    source = """
    sentry = asab_sentry.init(os.environ.get("ASAB_CONFIG", "fleet.conf"), appclass="Night")
    sentry.set_tag("a", "b")
    with sentry.scope(), sentry.transaction("task", "Work"), sentry.span("task", "Part"):
        print(sentry.capture_message("Nothing"), sentry.Enabled, sentry.Waiting, sentry.Sent["events"])
    assert asab_sentry.init("other.conf") is sentry
    """
    done = run(tmp_path, source, dsn=None, ini=ini, env=env)
    assert done.stdout == "None False 0 0\n"
    assert done.stderr.splitlines() == [line, "asab_sentry.init() was called before: what it was given then stays"]


def test_environment_alone(far: FarEnd, tmp_path) -> None:
    """Without a file the environment is the configuration; that of ASAB_CONFIG is read where none is named."""
    source = 'print(asab_sentry.init().Options.environment); logging.getLogger("night").error("Seen")'
    assert run(tmp_path, source, dsn=far.dsn).stdout == "None\n"
    assert run(tmp_path, source, dsn=far.dsn, env={"ASAB_CONFIG": "fleet.conf"}).stdout == "test\n"
    assert [event["tags"]["appclass"] for event in far.wait_for(2)] == ["night", "night"]


def test_faults(tmp_path) -> None:
    """All faults of the file and of what is given by name are told at once, and nothing is started."""
    source = """
    import sentry_sdk
    async def hook(event, hint):
        return event
    try:
        asab_sentry.init(
            "fleet.conf", enviroment="x", sample_rate="much", before_send=5, ignore_errors=["A B"], tags=["a"],
            max_breadcrumbs=object(), traces_sample_rate=True, integrations=[], files=["/etc/hostname"],
            traces_sampler=lambda: 1, error_sampler=hook, before_breadcrumb=print,
        )
    except asab_sentry.ConfigError as error:
        print(*error.faults, sep="\\n")
    print(sentry_sdk.get_client().is_active(), asab_sentry.init("fleet.conf", sample_rate=0.5, dsn="").Enabled)
    """
    ini = "[sentry]\nsample_rate=2\n[sentry:limits]\n"
    lines = run(tmp_path, source, dsn="http://public@127.0.0.1:9/1", ini=ini).stdout.splitlines()
    assert lines == [
        "init(enviroment=) is not known; did you mean environment?",
        "init(integrations=) is not known; integrations of sentry-sdk have sections [sentry:integration:NAME]",
        "init(files=) is not known; did you mean attach_files?",
        "init(sample_rate=) = 'much': accepted is a number from 0 to 1",
        "init(traces_sample_rate=) = 'yes': accepted is a number from 0 to 1",
        "init(max_breadcrumbs=): object is not accepted; accepted is a whole number, 0 or more",
        f"init(ignore_errors=): 'A B' has white space in it; {option_types.CLASSES.accepts}",
        "init(before_send=) = '5': accepted is module:callable",
        f"init(traces_sampler=): it cannot be called with (context): too many positional arguments; {HOOK.accepts}",
        "init(error_sampler=): it is a coroutine function, which nobody awaits; accepted is module:callable",
        "init(tags=): list is not accepted; accepted is a dict",
        "False False",
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "Configuration file fleet.conf is not there"),
        ("sentry\n", "Configuration file fleet.conf cannot be read: MissingSectionHeaderError in line 1"),
        ("[sentry]\n[sentry]\n", "Configuration file fleet.conf cannot be read: DuplicateSectionError in line 2"),
        ("[sentry]\ndsn=a\ndsn=b\n", "Configuration file fleet.conf cannot be read: DuplicateOptionError in line 3"),
        (
            "[general]\ninclude=${no:where}\n",
            "Configuration file fleet.conf cannot be read: InterpolationMissingOptionError",
        ),
        (
            "[general]\nvar_dir=${no:where}\n",
            "Configuration file fleet.conf cannot be read: InterpolationMissingOptionError",
        ),
        (
            "[sentry]\ndist=${no:where}\n",
            "[sentry] dist: there is no ${no:where}; accepted are ${section:option}, and $$ for a plain $",
        ),
        (
            "[general]\ninclude=zookeeper:///conf\n",
            "zookeeper:///conf is in ZooKeeper, which is read by applications of ASAB only: include a file",
        ),
        (b"[sentry]\nenvironment=\xff\n", "Configuration file fleet.conf cannot be read: UnicodeDecodeError"),
    ],
)
def test_unreadable(tmp_path, monkeypatch, content, fault) -> None:
    """A file that cannot be read is a fault in one sentence, and the process goes on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENTRY_DSN", "http://public@127.0.0.1:9/1")
    if content is not None:
        (tmp_path / "fleet.conf").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(asab_sentry.ConfigError) as raised:
        asab_sentry.init("fleet.conf")
    (told,) = raised.value.faults
    assert told.startswith(fault)


def test_no_file(tmp_path, monkeypatch) -> None:
    """What is in the place of the file and none is not opened: who reads a pipe waits."""
    monkeypatch.setenv("SENTRY_DSN", "http://public@127.0.0.1:9/1")
    os.mkfifo(tmp_path / "pipe.conf")
    for path, kind in ((tmp_path, "a directory"), (tmp_path / "pipe.conf", "no file"), ("x" * 5000, "not there")):
        with pytest.raises(asab_sentry.ConfigError) as raised:
            asab_sentry.init(str(path))
        assert raised.value.faults == [f"Configuration file {path} is {kind}"]


@pytest.mark.parametrize("arguments", [{"config": 5}, {"config": b"a\0b"}, {"appclass": 5}, {"config": "a\0b"}])
def test_odd_arguments(arguments) -> None:
    """Arguments of other kinds are faults, too."""
    with pytest.raises(asab_sentry.ConfigError):
        asab_sentry.init(**arguments)


READ = """
import json, os, sys
NAMES = ("sentry", "sentry:limits", "shop", "odd")
def shown(config):
    sections = {name: dict(config.items(name, raw=True)) for name in NAMES if name in config}
    return sections, config.get("shop", "path"), config.get("general", "var_dir")
if sys.argv[1] == "asab":
    import asab
    asab.Config._default_values["general"]["config_file"] = "main.conf"
    asab.Config._load()
    print(json.dumps(shown(asab.Config)))
else:
    from asab_sentry.config.ini import Ini
    before = dict(os.environ)
    ini = Ini(os.environ)
    ini.load("main.conf")
    assert dict(os.environ) == before and "asab" not in sys.modules
    print(json.dumps(shown(ini)))
"""


def test_read_as_asab_does(tmp_path) -> None:
    """Includes, variables, references, comments and defaults of a file are those that ASAB reads, without ASAB."""
    (tmp_path / "read.py").write_text(READ)
    (tmp_path / "conf.d" / "nested").mkdir(parents=True)
    (tmp_path / "main.conf").write_text(
        "# comment\n[general]\ninclude=conf.d/*.conf ./gone.conf conf.d/nested\n"
        "[sentry]\n; comment\nenvironment=$PLACE # here\n"
        "release=${shop:name}@1 $$1 $${PLACE}\nserver_name=$NOT_SET${PLACE}\n"
        "[shop]\nname=Shop\npath=$THIS_DIR/${name}/${general:var_dir}\nlong=one\n  two\n"
    )
    (tmp_path / "conf.d" / "a.conf").write_text(
        "[general]\ninclude=conf.d/nested/*.conf\n\tconf.d/a.conf\n[sentry:limits]\ninterval=5\n[odd]\nwhere=$THIS_DIR\nCase=$HOME\n"
    )
    (tmp_path / "conf.d" / "b.conf").write_text("[sentry]\nenvironment=later\n[odd]\nempty=\n")
    (tmp_path / "conf.d" / "nested" / "c.conf").write_text("[odd]\nwhere=${sentry:environment} $THIS_DIR\n")
    environ = {"HOME": "/home/x", "PLACE": "here$HOME", "PATH": os.environ["PATH"]}
    theirs, ours = (
        subprocess.run(
            [sys.executable, "read.py", who], cwd=tmp_path, env=environ, capture_output=True, check=True, text=True
        ).stdout
        for who in ("asab", "ours")
    )
    assert ours == theirs
    assert "later" in ours


def test_asab_is_not_imported(tmp_path) -> None:
    """A process that is no application of ASAB does not import it, and its loggers are those of Python."""
    source = """
    asab_sentry.init("fleet.conf", dsn="http://public@127.0.0.1:9/1", shutdown_timeout=0)
    print([name for name in sys.modules if name.split(".")[0] == "asab"], type(logging.getLogger("new")).__module__)
    """
    done = run(tmp_path, source, dsn=None, fresh=True)
    assert done.stdout == "[] logging\n"


def test_application(far: FarEnd, tmp_path) -> None:
    """Where there is an application of ASAB it refuses, and names the service; the service takes its place."""
    source = """
    import asab
    first = asab_sentry.init("fleet.conf", dsn={dsn!r}, appclass="Early")
    class App(asab.Application):
        def __init__(self):
            super().__init__(args=["-c", "fleet.conf"])
            try:
                asab_sentry.init("fleet.conf")
            except RuntimeError as error:
                print(error)
            self.Sentry = asab_sentry.SentryService(self)
        async def main(self):
            logging.getLogger("night").error("Seen")
            self.stop()
    App().run()
    """.replace("{dsn!r}", repr(far.dsn))
    done = run(tmp_path, source, dsn=far.dsn)
    assert "make an asab_sentry.SentryService(app)" in done.stdout, done.stderr
    assert "asab_sentry.init() was called before the SentryService was made" in done.stderr
    assert {title(event): event["tags"]["appclass"] for event in far.wait_for(1)} == {"Seen": "App"}


FORKS = """
sentry = asab_sentry.init("fleet.conf", directory="spool")
L = logging.getLogger("night")
L.error("Parent")
for number in range(2):
    if os.fork() == 0:
        assert asab_sentry.init("fleet.conf") is sentry
        L.error("Child %s", number, exc_info=(ValueError, ValueError(number), None))
        {end}
for number in range(2):
    os.wait()
L.error("Parent at the end")
"""


@pytest.mark.parametrize("black_box", ["True", "False"])
@pytest.mark.parametrize("end", ["sys.exit()", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_forks(far: FarEnd, tmp_path, end, black_box) -> None:
    """Forked children capture after the parent has: when that has ended all has arrived once, and nothing is left."""
    source = FORKS.replace("{end}", end).replace('"spool")', f'"spool", unclean_exit={black_box})', 1)
    run(tmp_path, source, dsn=far.dsn)
    assert sorted(map(title, far.events)) == ["Parent", "Parent at the end", "ValueError: 0", "ValueError: 1"]
    assert [path for path in (tmp_path / "spool").rglob("*") if path.is_file()] == []


GONE = """
os.mkdir("gone")
os.chdir("gone")
os.rmdir("../gone")
"""

HOMELESS = """
import pwd
os.environ.pop("HOME")
def unknown(user): raise KeyError(user)
pwd.getpwuid = unknown
"""


@pytest.mark.parametrize(("before", "directory"), [(GONE, "spool"), (HOMELESS, "~/spool"), (HOMELESS, None)])
def test_no_place_for_the_spool(far: FarEnd, tmp_path, before, directory) -> None:
    """Where the current directory was removed, or the user has no home, events are sent and wait in memory."""
    given = {} if directory is None else {"directory": directory}
    source = (
        f'path = os.path.abspath("fleet.conf")\n{before}\nasab_sentry.init(path, **{given!r})\nlogging.error("Seen")\n'
    )
    done = run(tmp_path, source, dsn=far.dsn)
    assert [title(event) for event in far.events] == ["Seen"], done.stderr
    assert done.stderr.count("Events are kept in memory only: ") == 1


def test_capture() -> None:
    """`asab_sentry.testing.capture` holds what a process would have sent, and ends what was begun in it."""
    for name in ("First", "Second"):
        with asab_sentry.testing.capture() as sent:
            sentry = asab_sentry.init(appclass=name, environment="test")
            sentry.capture_message("Hello")
        assert [(event["environment"], event["tags"]["appclass"]) for event in sent.events] == [("test", name)]
    assert sentry.has_ended


def test_killed(far: FarEnd, tmp_path) -> None:
    """What a killed process has captured is sent by the next one."""
    source = """
    sentry = asab_sentry.init("fleet.conf", directory="spool", dsn={dsn!r})
    logging.getLogger("night").error("Kept")
    os.kill(os.getpid(), 9)
    """
    dead = source.replace("{dsn!r}", repr(far.dsn))
    far.answer = lambda _: (503, {})
    assert run(tmp_path, dead, dsn=None).returncode == -signal.SIGKILL
    far.answer = lambda _: (200, {})
    run(tmp_path, f'asab_sentry.init("fleet.conf", directory="spool", dsn={far.dsn!r}).flush(5)', dsn=None)
    assert [title(event) for event in far.wait_for(1)] == ["Kept"]


THREADS = """
barrier, made = threading.Barrier(8), []

def work():
    barrier.wait()
    made.append(asab_sentry.init("fleet.conf"))
    raise ValueError("in a thread that began before")

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(set(made)))
"""


def test_threads(far: FarEnd, tmp_path) -> None:
    """Of several threads at once that call it one begins; what ends threads that began before is an event."""
    assert run(tmp_path, THREADS, dsn=far.dsn).stdout == "1\n"
    assert {title(event) for event in far.wait_for(1)} == {"ValueError: in a thread that began before"}
    assert {mechanism(event) for event in far.events} == {("threading", False)}
    assert len(far.events) == 8


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("sentry_sdk.init(DSN)", "", "sentry_sdk.init() was called before asab_sentry.init() was called"),
        ("", "sentry_sdk.init(DSN)", "sentry_sdk.init() was called after asab_sentry.init() was called"),
    ],
)
def test_other_setup(far: FarEnd, tmp_path, before, after, line) -> None:
    """A `sentry_sdk.init()` before it or after it takes nothing away, and is told of."""
    source = f"""
    import sentry_sdk
    DSN = os.environ["SENTRY_DSN"]
    {before}
    sentry = asab_sentry.init("fleet.conf")
    {after}
    logging.getLogger("night").error("Logged")
    sentry_sdk.capture_message("By sentry-sdk")
    sentry.capture_message("By hand")
    1 / 0
    """
    done = run(tmp_path, source, dsn=far.dsn)
    assert line in done.stderr
    titles = ["By hand", "By sentry-sdk", "Logged", "ZeroDivisionError: division by zero"]
    assert sorted(map(title, far.wait_for(4))) == titles


HOSTILE = """
class Text(str):
    def __str__(self):
        raise RuntimeError("str")
    def __eq__(self, other):
        raise RuntimeError("eq")
    __hash__ = str.__hash__

class Meta(type):
    def __getattribute__(cls, name):
        raise RuntimeError("attribute")

class Class(metaclass=Meta):
    pass

class Path:
    def __fspath__(self):
        raise RuntimeError("path")

for arguments in (
    {"config": Path()}, {"directory": Path()}, {"ignore_errors": [Class]}, {"environment": Text(".")}, {"tags": {5: 5}},
    {"sample_rate": float("nan")}, {"shutdown_timeout": float("inf")}, {"max_bytes": 10**400}, {"dsn": 5},
):
    try:
        asab_sentry.init(**{"config": "fleet.conf", **arguments})
    except asab_sentry.ConfigError as error:
        print(len(error.faults))
"""


def test_hostile(tmp_path) -> None:
    """Whatever is given by name that cannot be used is a fault in a sentence, and nothing else is raised."""
    done = run(tmp_path, HOSTILE, dsn="http://public@127.0.0.1:9/1")
    assert (done.stdout, done.stderr) == ("1\n" * 9, "")


def test_commands(far: FarEnd, tmp_path) -> None:
    """`check`, `test` and `spool` read the configuration of such a process, and find what it has left on disk."""
    far.answer = lambda *_: (503, {})
    run(
        tmp_path,
        'asab_sentry.init("fleet.conf", appclass="Night")\nlogging.getLogger("night").error("Late")',
        dsn=far.dsn,
    )
    far.answer = lambda *_: (200, {})

    def command(*arguments):
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
        environ |= {"HOME": str(tmp_path), "SENTRY_DSN": far.dsn, "NO_PROXY": "*"}
        line = ["-m", "asab_sentry", *arguments, "-c", "fleet.conf"]
        done = programs.run(line, cwd=tmp_path, env=environ, options=apps.WARNINGS)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    integration = "[sentry:integration:redis]\ncache_prefixes=shop:\n"
    (tmp_path / "fleet.conf").write_text(f"[sentry]\nenvironment=test\n{integration}")
    assert "is reachable" in command("check", "--appclass", "Night")
    assert "event: accepted" in command("test")
    (directory,) = tmp_path.glob(".*/sentry")
    assert "Late" in command("spool", "--directory", str(directory))
    assert "1 sent" in command("spool", "send", "--directory", str(directory))
    assert "0 waiting" in command("spool", "--directory", str(directory))
    assert "Late" in list(map(title, far.wait_for(2)))


@pytest.mark.parametrize("arguments", ["del sys.argv", "sys.argv = []", "sys.argv = [None]"])
def test_embedded(far: FarEnd, tmp_path, arguments) -> None:
    """Where Python is embedded there may be no arguments of the process."""
    done = run(tmp_path, f'{arguments}\nasab_sentry.init("fleet.conf").capture_message("Seen", "error")', dsn=far.dsn)
    assert done.returncode == 0, done.stderr
    assert [event["tags"]["appclass"] for event in far.wait_for(1)] == ["python"]
