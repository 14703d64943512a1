"""The commands: what they say of a configuration and of the server, and how they exit."""

import dataclasses
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import dedent

import apps
import programs
import pytest
import streams
from far import title

import asab_sentry
from asab_sentry.commands import next_steps, spool_files, test_event
from asab_sentry.commands.check import about_python
from asab_sentry.config import option_types, options
from asab_sentry.sdk import version

FULL = Path("/dev/full")
DSN = "https://0123456789abcdef@sentry.invalid/1"


@pytest.fixture
def command(tmp_path):
    def run(*arguments, ini="[sentry]\n", options=(), **environ):
        (tmp_path / "shop.conf").write_text(dedent(ini))
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
        before = sorted(tmp_path.rglob("*"))
        done = programs.run(
            ["-m", "asab_sentry", *arguments],
            cwd=tmp_path,
            env=kept | {"NO_PROXY": "*", "ASAB_HOSTNAME": "localhost"} | environ,
            options=("-B", "-W", "error", *options),
        )
        assert sorted(tmp_path.rglob("*")) == before
        assert "Traceback" not in done.stderr
        return done

    return run


def report(done):
    return json.loads(done.stdout)


def rows(done):
    return {f"[{each['section']}] {each['key']}": (each["text"], each["origin"]) for each in report(done)["options"]}


def test_check(command, far, tmp_path):
    """Each option is there with its value and where it is from: ini with its file, environment, manifest, default."""
    (tmp_path / "site.conf").write_text("[sentry:tags]\nteam=logistics\n[sentry:monitors]\nheartbeat=shop\n")
    (tmp_path / "MANIFEST.json").write_text('{"version": "v25.15"}')
    (tmp_path / "hooks.py").write_text("def before_send(event, hint):\n    return event\n")
    ini = """
        [general]
        include=site.conf
        [sentry]
        environment=${shop:site}-1  # comment
        before_send=hooks:before_send
        [sentry:logging]
        ignore=
            kazoo
            ${shop:site}.$SHOP_LOGGER
        [shop]
        site=prague
    """
    done = command(
        *("check", "-c", "shop.conf", "--appclass", "ShopApp", "--json"),
        ini=ini,
        SENTRY_DSN=far.dsn,
        NODE_ID="node-1",
        SHOP_LOGGER="noisy",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = rows(done)
    for _, row in options.table():
        assert f"[{row.section}] {row.key}" in found
    assert found["[sentry] data_source_name"] == (
        f"http://***@127.0.0.1:{far.port}/1",
        "environment variable SENTRY_DSN",
    )
    assert found["[sentry] environment"] == ("prague-1", "[sentry] environment in shop.conf")
    assert found["[sentry] release"] == ("ShopApp@25.15", "manifest MANIFEST.json")
    assert found["[sentry] server_name"] == ("localhost", "name of the host")
    assert found["[sentry] max_breadcrumbs"] == ("100", "default")
    assert found["[sentry] before_send"][0] == "hooks:before_send"
    assert found["[sentry:logging] ignore"][0] == "kazoo prague.noisy"
    assert found["[sentry:logging] events"] == ("error", "default")
    assert found["[sentry:monitors] heartbeat"][1].endswith(f"in {tmp_path / 'site.conf'}")
    assert found["[sentry:tags] team"] == ("logistics", f"[sentry:tags] team in {tmp_path / 'site.conf'}")
    assert found["[sentry:tags] node_id"] == ("node-1", "environment variable NODE_ID")
    assert (report(done)["faults"], report(done)["warnings"]) == ([], about_python(sys.version_info[:2]))
    assert report(done)["server"]["address"] == f"127.0.0.1:{far.port}"
    assert report(done)["server"]["error"] is None
    assert far.envelopes == []


def without_python(done):
    """Return the lines of a command without what is said of the version of Python."""
    return [line for line in done.stdout.splitlines() if not line.startswith("warning: No released ASAB")]


def test_configuration_before_the_command(command):
    """The configuration file may be named where one names it when a service is started; the later one holds."""
    told = command("-c", "shop.conf", "spool", "--json", ini="[general]\nvar_dir=/nowhere\n[sentry]\n")
    assert json.loads(told.stdout)["directory"] == "/nowhere/sentry"
    told = command("-c", "none.conf", "spool", "-c", "shop.conf", ini="[general]\nvar_dir=/nowhere\n[sentry]\n")
    assert "/nowhere/sentry" in told.stdout
    assert "none.conf" in command("--config", "none.conf", "check").stdout


def test_check_shows_what_is_set(command, far):
    """What is set comes with where it is from, what has its default only with --all, the findings last."""
    ini = "[sentry]\nmax_breadcrumbs=100\n"
    short, long = (command("check", "-c", "shop.conf", *more, ini=ini, SENTRY_DSN=far.dsn) for more in ((), ("--all",)))
    *table, more, empty, sdk, server = without_python(short)
    keys = [line.split("  ")[0] for line in table]
    assert keys[0] == "[sentry] data_source_name"
    assert {"[sentry] max_breadcrumbs", "[sentry] release", "[sentry] environment", "[sentry:tags] appclass"} < {*keys}
    assert len(table) == 6
    assert (empty, sdk) == ("", f"sentry-sdk: {version.INSTALLED}")
    assert server.startswith("server: ")
    *all_of_it, _, _, _ = without_python(long)
    assert more == f"{len(all_of_it) - len(table)} options have their default: --all shows them"
    assert len(all_of_it) == len(report(command("check", "--json", "-c", "shop.conf", SENTRY_DSN=far.dsn))["options"])


def test_check_without_the_name_of_the_class(command, tmp_path):
    """Without the class of the application, the tag and the release that hold it are shown as not known."""
    (tmp_path / "MANIFEST.json").write_text('{"version": "v25.15"}')
    found = rows(command("check", "-c", "shop.conf", "--json", SENTRY_DSN=""))
    assert found["[sentry:tags] appclass"] == ("", "not known, see --appclass")
    assert found["[sentry] release"] == (
        "<appclass>@25.15",
        "manifest MANIFEST.json; the class is not known, see --appclass",
    )
    configured = rows(
        command("check", "--json", "-c", "shop.conf", ini="[sentry:tags]\nappclass=Shop\n", SENTRY_DSN="")
    )
    assert configured["[sentry:tags] appclass"] == ("Shop", "[sentry:tags] appclass in shop.conf")


def test_defaults_are_shown_as_one_would_write_them():
    """What is shown as a default means the default when it is written into the ini file, and is a few characters."""
    defaults = {each.name: each.default for each in dataclasses.fields(options.Options)}
    shown = {name: row.kind.written(defaults[name]) for name, row in options.table()}
    for name, row in options.table():
        if shown[name]:
            try:
                read = row.kind.parse(shown[name])
            except ValueError:
                read = f"nothing, from {shown[name]!r}"
            assert read == defaults[name], f"{name}: its kind is to write the default, which is {defaults[name]!r}"
            assert len(shown[name]) <= 10, name
    assert shown["trace_propagation_targets"] == "internal"
    assert shown["failed_request_status_codes"] == "500-599"
    assert shown["max_bytes"] == "64M"
    assert shown["max_age"] == "7d"


def test_statuses_are_shown_as_ranges():
    """Neighbouring statuses are one range, others stand alone."""
    assert option_types.STATUSES.written(frozenset({404, 500, 501, 502})) == "404 500-502"


def test_check_shows_no_secret(command, far, tmp_path):
    """Neither keys of DSNs nor passwords are printed, wherever they stand."""
    (tmp_path / "dsn").write_text(f"{DSN}\n")
    ini = """
        [sentry]
        https_proxy=http://user:${passwords:proxy}@127.0.0.1:9
        environment=a/${passwords:proxy}
        [sentry:tags]
        note=it is ${passwords:proxy}
        [passwords]
        proxy=open-sesame
    """
    for extra in ((), ("--json",)):
        done = command("check", "-c", "shop.conf", *extra, ini=ini, SENTRY_DSN_FILE="dsn")
        assert done.returncode == os.EX_CONFIG
        assert "content of SENTRY_DSN_FILE=dsn" in done.stdout
        assert "it is ***" in done.stdout
        assert "https://***@sentry.invalid/1" in done.stdout
        for secret in ("0123456789abcdef", "open-sesame"):
            assert secret not in done.stdout + done.stderr
    assert "127.0.0.1:9" in report(done)["server"]["proxy"]


def test_check_faults(command, far):
    """All faults and warnings are listed, and the exit code is 78; the server is tried nevertheless."""
    ini = "[sentry]\ntraces_sample_rate=20\nshutdown_timeout=soon\n[sentry:logging]\nevnts=error\n"
    done = command("check", "-c", "shop.conf", ini=ini, SENTRY_DSN=far.dsn)
    assert done.returncode == 78
    lines = done.stdout.splitlines()
    assert "fault: [sentry] traces_sample_rate = '20': accepted is a number from 0 to 1" in lines
    assert any(line.startswith("fault: [sentry] shutdown_timeout = 'soon'") for line in lines)
    assert "warning: [sentry:logging] evnts is not known; did you mean events?" in lines
    assert f"server: 127.0.0.1:{far.port} is reachable" in lines[-1]
    assert f"sentry-sdk: {version.INSTALLED}" in lines


@pytest.mark.parametrize(
    ("ini", "said"),
    [
        ("[sentry]\n", "fault: No DSN: set [sentry] data_source_name"),
        ("[sentry]\ndsn=ftp://x@y/1\n", "Unsupported scheme"),
        (
            "environment=1\n",
            "fault: Configuration file shop.conf cannot be read: MissingSectionHeaderError in line 1 (it is in no [",
        ),
        ("[sentry]\nx\n", "cannot be read: ParsingError in line 2 (it is neither a [section] nor a key with a value)"),
        ("[general]\ninclude=/etc/$\n", "cannot be read: InterpolationSyntaxError (a plain $ is written $$)"),
        ("[sentry]\n[sentry]\n", "cannot be read: DuplicateSectionError in line 2"),
    ],
)
def test_check_unusable(command, ini, said):
    """What cannot be used is said in one sentence, without a traceback, with exit code 78."""
    done = command("check", "-c", "shop.conf", ini=ini)
    assert (done.returncode, said in done.stdout) == (78, True), done.stdout


def test_no_such_file(command):
    """A configuration file that is not there is a fault, of both commands and in JSON too."""
    assert command("check", "-c", "none.conf").stdout == "fault: Configuration file none.conf is not there\n"
    done = command("test", "-c", "none.conf", "--json")
    assert (done.returncode, report(done)) == (78, {"faults": ["Configuration file none.conf is not there"]})


def test_off(command):
    """An empty DSN is no fault for `check`; `test` has nobody to ask."""
    done = command("check", ASAB_CONFIG="shop.conf", SENTRY_DSN="")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "server: none, Sentry is off (the DSN is empty)")
    assert command("test", "-c", "shop.conf", SENTRY_DSN="").returncode == 78
    done = command("check", "-c", "shop.conf", ini="[sentry]\ntraces_sample_rate=20\n", SENTRY_DSN="")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (78, "server: none, Sentry is off (the DSN is empty)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_not_reachable(command, far, scheme):
    """A server that does not listen, or speaks no TLS where it should, is not reachable: exit code 69."""
    port = free_port() if scheme == "http" else far.port
    dsn = f"{scheme}://key@127.0.0.1:{port}/1"
    done = command("check", "-c", "shop.conf", SENTRY_DSN=dsn)
    assert done.returncode == 69
    assert f"server: 127.0.0.1:{port} is not reachable (" in done.stdout
    done = command("test", "-c", "shop.conf", SENTRY_DSN=dsn)
    assert done.returncode == 69
    reason = "ConnectionRefusedError: [Errno 111] Connection refused" if scheme == "http" else "SSLError: [SSL"
    assert done.stdout.startswith(f"event: unreachable ({reason}")
    assert "Max retries" not in done.stdout


def test_test(command, far):
    """An event and a transaction arrive with the identity of the service, and their ids are printed."""
    ini = "[sentry]\nrelease=shop@1.2\nenvironment=staging\ntraces_sample_rate=0.0\n[sentry:tags]\nteam=logistics\n"
    arguments = ("test", "-c", "shop.conf", "--appclass", "ShopApp", "--transaction", "--message", "Hello", "--json")
    done = command(*arguments, ini=ini, SENTRY_DSN=far.dsn, NODE_ID="node-1")
    assert done.returncode == 0, done.stdout
    (event,), (transaction,) = far.events, far.transactions
    assert title(event) == "Hello"
    assert event["level"] == "error"
    for each in (event, transaction):
        assert (each["release"], each["environment"]) == ("shop@1.2", "staging")
        assert each["server_name"] == "localhost"
        assert each["tags"] == {"appclass": "ShopApp", "team": "logistics", "node_id": "node-1"}
    answers = report(done)["answers"]
    assert [(each["what"], each["reason"]) for each in answers] == [("event", None), ("transaction", None)]
    assert answers[0]["event_id"] == event["event_id"]
    assert [each["accepted"] for each in answers] == [report(done)["accepted"], True] == [True, True]
    told = {name: report(done)[name] for name in ("server", "project", "environment", "release", "next")}
    assert told == {
        "server": f"127.0.0.1:{far.port}",
        "project": "1",
        "environment": "staging",
        "release": "shop@1.2",
        "next": [],
    }


def test_test_without_the_name_of_the_class(command, far, tmp_path):
    """Without the class of the application, no release and no tag is made up."""
    (tmp_path / "MANIFEST.json").write_text('{"version": "v25.15"}')
    done = command("test", "-c", "shop.conf", SENTRY_DSN=far.dsn)
    (event,) = far.events
    assert done.stdout.splitlines() == [
        f"event: accepted, {event['event_id']}",
        f"to: server 127.0.0.1:{far.port}, project 1, environment production",
    ]
    assert not event.get("release")
    assert "appclass" not in event.get("tags", {})


def test_test_warns(command, far):
    """What `check` warns of is said by `test`, too."""
    done = command("test", "-c", "shop.conf", ini="[general]\n", SENTRY_DSN=far.dsn)
    accepted, _, warning = done.stdout.splitlines()
    assert accepted.startswith("event: accepted, ")
    assert warning.startswith("warning: There is no section [sentry], though there is a DSN")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("status", "headers", "code", "said"),
    [
        (
            403,
            {"X-Sentry-Error": "bad public key"},
            77,
            "refused, key (HTTP 403, bad public key)",
        ),
        (429, {"Retry-After": "60"}, 75, "refused, quota (HTTP 429, again after 60 s)"),
        (413, {}, 65, "refused, size (HTTP 413)"),
        (302, {"Location": "https://login.invalid/"}, 69, "refused, redirect (HTTP 302, to https://login.invalid/)"),
    ],
)
def test_refused(command, far, status, headers, code, said):
    """What the server refuses is said with its reason, and there is an exit code for it."""
    far.answer = lambda _: (status, headers)
    done = command("test", "-c", "shop.conf", SENTRY_DSN=far.dsn)
    first, to, step = done.stdout.splitlines()
    assert (done.returncode, first) == (code, f"event: {said}")
    assert to == f"to: server 127.0.0.1:{far.port}, project 1, environment production"
    assert step.startswith(f"next: {next_steps.STEPS[said.split()[1].strip(',')].split('{')[0]}")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<title>Log in</title>", "an answer that is no JSON object: <title>Log in</title>"),
        (b"", "an empty answer"),
        (b'{"status": "ok"}', 'an answer without an id: {"status": "ok"}'),
    ],
)
def test_answer_of_somebody_else(command, far, body, why):
    """What answers with success and is no Sentry has not accepted the event: exit code 76."""
    far.body = body
    done = command("test", "-c", "shop.conf", SENTRY_DSN=far.dsn)
    assert done.returncode == os.EX_PROTOCOL
    assert done.stdout.splitlines()[0] == f"event: refused, answer (HTTP 200, {why})"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"X-Sentry-Error": "no such DSN: {dsn}"}),
        (404, {"X-Sentry-Error": "key {key}\nis not known"}),
        (302, {"Location": "/login?sentry_key={key}"}),
    ],
)
def test_answer_with_the_key(command, far, status, headers):
    """A server that repeats the DSN, or its key, does not bring it on the console."""
    key = "0123456789abcdef"
    dsn = far.dsn.replace("public", key)
    answer = {name: text.format(dsn=dsn, key=key).replace("\n", " ") for name, text in headers.items()}
    far.answer = lambda _: (status, answer)
    for extra in ((), ("--json",)):
        done = command("test", "-c", "shop.conf", *extra, SENTRY_DSN=dsn)
        assert "***" in done.stdout
        assert key not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("status", "headers", "body", "reason"),
    [
        (200, {}, b'{"id": "1"}', None),
        (200, {}, b"{}", None),
        (200, {"X-Sentry-Rate-Limits": "60:transaction:key"}, b"{}", None),
        (200, {"X-Sentry-Rate-Limits": "60:error;default:organization"}, b"", "quota"),
        (200, {"X-Sentry-Rate-Limits": "5:transaction:key, 60::organization"}, b"", "quota"),
        (200, {"X-Sentry-Rate-Limits": "nonsense"}, b'{"id": "1"}', None),
        (200, {}, b"", "answer"),
        (204, {}, b"", "answer"),
        (200, {}, b"<!doctype html><title>Log in</title>", "answer"),
        (200, {}, b"OK", "answer"),
        (200, {}, b'{"id": "1', "answer"),
        (200, {}, b'["1"]', "answer"),
        (200, {}, b"null", "answer"),
        (200, {}, b'{"error": "no such route"}', "answer"),
        (200, {}, b"[" * 10000, "answer"),
        (400, {}, b'{"detail": "bad request"}', "content"),
        (401, {}, b"not json", "key"),
        (403, {}, b'{"detail": "event submission rejected with_reason: ProjectId"}', "project"),
        (404, {}, b"[]", "project"),
        (407, {}, b"", "unreachable"),
        (400, {}, b"<h1>Bad Request (400)</h1>", "answer"),
        (405, {}, b"Method Not Allowed", "answer"),
        (400, {}, b"", "content"),
        (503, {}, b"", "unreachable"),
    ],
)
def test_answers(status, headers, body, reason):
    """Answers as Sentry, Relay and Bugsink give them mean what they should."""
    answer = test_event.interpret("event", "id", status, headers, body, dsn=None)
    assert answer.reason == reason
    assert reason is None or reason in test_event.EXIT_CODES


def test_dropped_here(command, far, tmp_path):
    """What the configuration itself drops is said to be not sent: exit code 78."""
    (tmp_path / "hooks.py").write_text("def nothing(event, hint):\n    return None\n")
    ini = "[sentry]\nbefore_send=hooks:nothing\n"
    done = command("test", "-c", "shop.conf", ini=ini, SENTRY_DSN=far.dsn)
    assert (done.returncode, done.stdout.splitlines()[0]) == (78, "event: not sent (dropped by before_send)")
    assert far.envelopes == []


def test_what_the_service_does_not_send(command, far):
    """An event that is accepted comes with what keeps those of the service back: a share that is sent, and levels."""
    ini = "[sentry]\nsample_rate=1e-9\n[sentry:logging]\nevents={}\n"
    for level in ("off", "critical"):
        done = command("test", "-c", "shop.conf", ini=ini.format(level), SENTRY_DSN=far.dsn)
        first, *others = done.stdout.splitlines()
        assert (done.returncode, first.endswith("(of its own the service sends a share: sample_rate=1e-09)")) == (
            0,
            True,
        )
        assert (
            others[-1] == f"warning: The service makes no events of ERROR records: [sentry:logging] events is {level}"
        )
    done = command("test", "-c", "shop.conf", ini="[sentry]\nsample_rate=0\n", SENTRY_DSN=far.dsn)
    assert (done.returncode, done.stdout.splitlines()[0]) == (78, "event: not sent (dropped by sample_rate)")


def test_transaction_while_tracing_is_off(command, far):
    """A transaction is sent also where the service sends none, which is said; the exit code is that of the answer."""
    done = command("test", "-c", "shop.conf", "--transaction", SENTRY_DSN=far.dsn)
    (transaction,) = far.transactions
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == (
        f"transaction: accepted, {transaction['contexts']['trace']['trace_id']}"
        " (the service itself sends none: traces_sample_rate is not set)"
    )


def test_every_refusal_has_a_next_step():
    """For each reason there is something to do next."""
    assert next_steps.STEPS.keys() == test_event.EXIT_CODES.keys()


def test_refused_in_json(command, far):
    """A refusal in JSON says so without the words of the reasons."""
    far.answer = lambda _: (403, {})
    done = command("test", "-c", "shop.conf", "--json", SENTRY_DSN=far.dsn)
    assert (report(done)["accepted"], report(done)["answers"][0]["accepted"]) == (False, False)
    assert "Client Keys" in report(done)["next"][0]


def test_version_and_help(command):
    """--version names what decides how things go; without a command the help is shown."""
    done = command("--version")
    assert (done.returncode, done.stdout.split(",")[0]) == (0, f"asab-sentry {asab_sentry.__version__}")
    assert f"sentry-sdk {version.INSTALLED}" in done.stdout
    bare = command()
    assert (bare.returncode, bare.stdout) == (0, command("--help").stdout)
    assert "check" in bare.stdout


def test_exit_codes_in_the_help(command):
    """The help names each exit code, also that of arguments that are not known."""
    listed = re.findall(r"^  (\d+)  +\S", command("--help").stdout, re.MULTILINE)
    assert {*map(str, [*test_event.EXIT_CODES.values(), *spool_files.EXIT_CODES.values()])} <= {*listed}
    assert command("chekc").returncode == int(listed[1]) == 2


def test_file_without_option(command, far, tmp_path):
    """`test` takes the configuration file as `check` does, with -c or without; with two of them nothing is sent."""
    (tmp_path / "other.conf").write_text("[sentry]\nenvironment=other\n")
    assert "environment other" in command("test", "other.conf", SENTRY_DSN=far.dsn).stdout
    assert len(far.events) == 1
    for arguments in (("test", "-c", "shop.conf", "other.conf"), ("test", "shop.conf", "other.conf")):
        done = command(*arguments, SENTRY_DSN=far.dsn)
        assert (done.returncode, done.stdout) == (
            os.EX_USAGE,
            "fault: One configuration file is tested, not 2: shop.conf, other.conf\n",
        )
    assert len(far.events) == 1


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ("spool purge --to-current-dsn", "--to-current-dsn is for `spool send`, not for `spool purge`"),
        ("spool send --all", "--all is for `spool purge`, not for `spool send`"),
        ("spool --all", "--all is for `spool purge`, not for `spool list`"),
        ("issues resolve 1 --to joe", "--to is for `issues assign`, not for `issues resolve`"),
        ("issues show 1 --period 1d", "--period is for `issues list`, not for `issues show`"),
    ],
)
def test_option_of_another_action(command, arguments, fault):
    """An option that another action has is told, and nothing is done."""
    done = command(*arguments.split(), "-c", "shop.conf", SENTRY_DSN=DSN)
    assert (done.returncode, done.stdout) == (os.EX_USAGE, f"fault: {fault}\n")


@pytest.mark.parametrize("arguments", [("check",), ("test",), ("issues", "-c")], ids=" ".join)
def test_interrupted(arguments, tmp_path):
    """Ctrl-C ends a command that waits for the server by the signal, and without a traceback."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"https://%s127.0.0.1:{listening.getsockname()[1]}"
    (tmp_path / "shop.conf").write_text(f"[sentry]\ndsn={address % 'key@'}/1\n")
    names = {"SENTRY_URL": address % "", "SENTRY_ORG": "o", "SENTRY_PROJECT": "p", "SENTRY_AUTH_TOKEN": "token"}
    # A shell that starts something in the background lets it ignore the signal.
    main = "import signal, sys; signal.signal(2, signal.default_int_handler); from asab_sentry.cli import main; main()"
    command = subprocess.Popen(
        [sys.executable, "-c", main, *arguments, "shop.conf"],
        cwd=tmp_path,
        env=os.environ | names | {"NO_PROXY": "*"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    listening.settimeout(60)
    with listening, listening.accept()[0]:
        command.send_signal(signal.SIGINT)
        _, errors = command.communicate(timeout=60)
    assert (command.returncode, errors) == (-signal.SIGINT, "")


def test_strict(command, far):
    """With --strict, what is a warning is a fault."""
    ini = "[sentry]\nenviroment=x\n"
    assert command("check", "-c", "shop.conf", ini=ini, SENTRY_DSN=far.dsn).returncode == 0
    done = command("check", "--strict", "-c", "shop.conf", ini=ini, SENTRY_DSN=far.dsn)
    assert done.returncode == 78
    assert "fault: [sentry] enviroment is not known; did you mean environment?" in done.stdout
    assert command("check", "--strict", "shop.conf", SENTRY_DSN=far.dsn).returncode == 0


def test_no_section(command, far):
    """A DSN without a section [sentry] is a fault, as many services ask for the section; neither of them is none."""
    done = command("check", "shop.conf", ini="[general]\n", SENTRY_DSN=far.dsn)
    assert (done.returncode, "fault: There is no section [sentry], though" in done.stdout) == (78, True)
    done = command("check", "shop.conf", "--strict", ini="[general]\n")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "server: none, Sentry is off (there is neither a section [sentry] nor a DSN)"


def test_variables_that_nobody_reads(command, far):
    """Variables named as an option, or nearly as one that is read, are told; not those of others, nor values."""
    others = {"SENTRY_LOG_LEVEL": "info", "SENTRY_PROPERTIES": "x", "SENTRY_PIPELINE": "x", "XSENTRY_DNS": "x"}
    environ = {"SENTRY_DNS": "secret", "SENTRY_TRACES_SAMPLE_RATE": "1", "SENTRY_ENV": "staging", "SENTRY_ORG": "x"}
    done = command("check", "--strict", "shop.conf", SENTRY_DSN=far.dsn, **environ, **others)
    assert [line for line in without_python(done) if line.startswith("warning: ")] == [
        "warning: The variable SENTRY_DNS is not read; did you mean SENTRY_DSN?",
        "warning: The variable SENTRY_ENV is not read; did you mean SENTRY_ENVIRONMENT?",
        "warning: The variable SENTRY_TRACES_SAMPLE_RATE is not read; the option is [sentry] traces_sample_rate",
    ]
    assert done.returncode == 0


def test_several_files(command, far, tmp_path):
    """Several files are checked at once, each by itself; the exit code is that of the worst."""
    (tmp_path / "other.conf").write_text("[sentry]\nsample_rate=2\n")
    done = command("check", "shop.conf", "other.conf", SENTRY_DSN=far.dsn)
    assert done.returncode == 78
    first, second = done.stdout.split("\nother.conf\n")
    assert ("\nfault: " in first, "\nfault: [sentry] sample_rate" in second) == (False, True)
    done = command("check", "-c", "shop.conf", "other.conf", "none.conf", "--json", SENTRY_DSN=far.dsn)
    files = report(done)["files"]
    faults = {name: len(each["faults"]) for name, each in files.items()}
    assert faults == {"shop.conf": 0, "other.conf": 1, "none.conf": 1}
    assert files["none.conf"] == {"faults": ["Configuration file none.conf is not there"]}


ENCODED = {
    "a mark": (
        "[sentry]\n".encode("utf-8-sig"),
        "it begins with a byte order mark (BOM): save it as UTF-8 without one",
    ),
    "UTF-16": ("[sentry]\n".encode("utf-16"), "it is UTF-16: save it as UTF-8"),
    "UTF-16 without a mark": ("[sentry]\n\x01=ř".encode("utf-16-le"), "it is UTF-16: save it as UTF-8"),
    "Latin-1": ("[sentry]\n[sentry:tags]\nteam=Büro\n".encode("latin-1"), "it is not UTF-8, as line 3 shows"),
    "option": (b"[sentry]\ndsn=1\ndsn=2\n", "in line 3 ([sentry] dsn is there twice)"),
    "section": (b"[sentry]\n[web]\n[sentry]\n", "in line 3 ([sentry] is there twice)"),
}


@pytest.mark.parametrize(("content", "said"), ENCODED.values(), ids=ENCODED)
@pytest.mark.parametrize("is_included", [False, True])
def test_unreadable_files(command, tmp_path, content, said, is_included):
    """A file that ASAB cannot read is named, with what is wrong and where; so is one that is included."""
    (tmp_path / "odd.conf").write_bytes(content)
    name = str(tmp_path / "odd.conf") if is_included else "odd.conf"
    path = "shop.conf" if is_included else "odd.conf"
    done = command("check", "-c", path, ini="[general]\ninclude=odd.conf\n", options=("-X", "utf8"))
    assert done.returncode == 78
    assert done.stdout.startswith(f"fault: Configuration file {name} cannot be read: ")
    assert said in done.stdout


def test_encodings_of_the_process(command):
    """What the encoding of the output has not is escaped; where files are read in another encoding that is said."""
    ini = "[sentry]\nenvironment=Plzeň\ndsn=\n"
    done = command("check", "shop.conf", ini=ini, PYTHONIOENCODING="ascii")
    assert (done.returncode, "Plze\\u0148" in done.stdout) == (0, True)
    done = command("check", "shop.conf", ini=ini, LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert (done.returncode, done.stdout) == (
        os.EX_CONFIG,
        (
            "fault: Configuration file shop.conf cannot be read: UnicodeDecodeError (it is UTF-8, and this "
            "process reads another encoding: set LC_ALL=C.UTF-8 or PYTHONUTF8=1)\n"
        ),
    )


def test_no_file(command, tmp_path):
    """What is in the place of the file and none is said to be that, and not opened: who reads a pipe waits."""
    os.mkfifo(tmp_path / "pipe.conf")
    done = command("check", "-c", str(tmp_path))
    assert (done.returncode, done.stdout) == (78, f"fault: Configuration file {tmp_path} is a directory\n")
    done = command("check", "-c", "pipe.conf")
    assert (done.returncode, done.stdout) == (78, "fault: Configuration file pipe.conf is no file\n")
    done = command("check", "-c", "x" * 5000)
    assert (done.returncode, done.stdout) == (78, f"fault: Configuration file {'x' * 5000} is not there\n")


@pytest.mark.parametrize(
    ("ini", "there"),
    [
        ("[sentry]\n[sentry:spool]\ndirectory=/dev/null\n", "/dev/null"),
        ("[general]\nvar_dir=/dev/null/shop\n[sentry]\n", "/dev/null"),
        ("[sentry]\n[sentry:spool]\ndirectory=\n", None),
        ("[sentry]\n", None),
    ],
)
def test_directory_that_cannot_be(command, far, ini, there):
    """Where events cannot wait on disk is a warning, which is of this place and so no fault with `--strict`."""
    done = command("check", "--strict", "-c", "shop.conf", ini=ini, SENTRY_DSN=far.dsn)
    warned = [line for line in done.stdout.splitlines() if "memory" in line]
    assert (done.returncode, warned) == (
        0,
        [f"warning: Events will wait in memory only: {there} is no directory"] if there else [],
    )


@pytest.fixture
def others():
    """A directory that all may enter, as pytest's own is not."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


AS_NOBODY = """
import contextlib, io, os, sys
from asab_sentry import SentryService, cli
with contextlib.redirect_stdout(io.StringIO()):
    cli.main(["--version"])  # imports what is needed: nobody may not be able to read the interpreter
os.geteuid() or os.setuid(65534)
"""


def as_nobody(directory, source, *arguments):
    (directory / "script.py").write_text(AS_NOBODY + source)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("SENTRY_", "ASAB_"))}
    return programs.run(["script.py", *arguments], cwd=directory, env=environ, options=apps.WARNINGS)


def test_file_that_may_not_be_read(others):
    """A configuration that the user may not read is a fault of `check`, an included one a warning."""
    for name in ("secret.conf", "site.conf", "sites/one.conf"):
        (others / name).parent.mkdir(exist_ok=True)
        (others / name).write_text("[sentry]\n")
        (others / name).chmod(0)
    (others / "shop.conf").write_text("[general]\ninclude=\n  site.conf\n  sites/*.conf\n[sentry]\ndsn=\n")
    user = os.geteuid() or 65534
    command = "sys.exit(cli.main())"
    done = as_nobody(others, command, "check", "secret.conf")
    assert (done.returncode, done.stdout) == (
        os.EX_CONFIG,
        f"fault: Configuration file secret.conf is not to be read by user {user}\n",
    )
    done = as_nobody(others, command, "check", "shop.conf")
    for name in ("site.conf", "sites/one.conf"):
        assert f"names {name}, which is not to be read by user {user} (from " in done.stdout
    done = as_nobody(others, "import asab; SentryService(asab.Application())", "-c", "secret.conf")
    assert f"Configuration file secret.conf is not to be read by user {user}, and nothing in it holds" in done.stderr


def test_no_current_directory(far, tmp_path):
    """Where the current directory was removed, commands work with what is elsewhere, and say what is not."""
    (tmp_path / "shop.conf").write_text(f"[sentry]\ndata_source_name={far.dsn}\n")
    for arguments, code, said in (
        ("check", 0, f"server: 127.0.0.1:{far.port} is reachable"),
        ("spool --directory waiting", 78, "fault: waiting cannot be used (No such file or directory)"),
    ):
        command = f"{sys.executable} -m asab_sentry {arguments} -c {tmp_path}/shop.conf"
        line = f"mkdir gone; cd gone; rmdir ../gone; exec {command}"
        done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, said in done.stdout, "Traceback" in done.stderr) == (code, True, False), done.stderr


def test_includes(command, tmp_path, far):
    """A file that is included and not there is a warning, of nested ones too; a pattern may stand for none."""
    (tmp_path / "site.conf").write_text("[general]\ninclude=${THIS_DIR}/deep.conf\n")
    done = command(
        *("check", "shop.conf", "--json"),
        ini="[general]\ninclude=\n  site.conf\n  none.conf\n  conf.d/*.conf\n[sentry]\n",
        SENTRY_DSN=far.dsn,
    )
    warnings = [warning for warning in report(done)["warnings"] if " names " in warning]
    names = [warning.split(" names ")[1].split(",")[0] for warning in warnings]
    assert names == ["none.conf", f"{tmp_path}/deep.conf"]


def test_colours(far, tmp_path):
    """A terminal is shown faults, warnings and answers in colours."""
    (tmp_path / "shop.conf").write_text("[sentry]\nenviroment=x\n")
    near, end = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    environ = kept | {"SENTRY_DSN": far.dsn, "TERM": "xterm", "NO_PROXY": "*", "NO_COLOR": ""}
    command = ["-m", "asab_sentry", "test", "-c", "shop.conf"]
    assert programs.run(command, cwd=tmp_path, env=environ, stdout=end, timeout=60).returncode == 0
    os.close(end)
    output = os.read(near, 65536).decode()
    os.close(near)
    assert "event: \x1b[32maccepted, " in output
    assert "\x1b[33mwarning: [sentry] enviroment" in output


NOT_READ = ["check shop.conf", "check shop.conf shop.conf", "migrate .", "--help"]
NOT_WRITTEN = ["check -c shop.conf", "--help", "--version"]
WITH_STREAMS = ["check -c shop.conf", "test -c shop.conf", "spool purge --directory . -c shop.conf", "--help"]
CLOSED = [("stdout",), ("stderr",), ("stdin",), streams.STREAMS]


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """How commands have ended: by their arguments and "unread", "full" or the streams that were closed."""
    directory = tmp_path_factory.mktemp("streams")
    (directory / "shop.conf").write_text("[sentry]\ndsn=\n")
    (directory / "shop.py").write_text("import asab.sentry\n" * 1000)
    read, unread = os.pipe()
    os.close(read)
    full = os.open(FULL, os.O_WRONLY) if FULL.exists() else None
    commands = {(line, closed): streams.Command(line, closed) for line in WITH_STREAMS for closed in [(), *CLOSED]}
    commands |= {(line, "unread"): streams.Command(line, stdout=unread) for line in NOT_READ}
    commands |= {(line, "full"): streams.Command(line, stdout=full) for line in NOT_WRITTEN if full is not None}
    try:
        ends = streams.run(directory, [*commands.values()])
    finally:
        for descriptor in (unread, full):
            if descriptor is not None:
                os.close(descriptor)
    return {name: ends[command] for name, command in commands.items()}


@pytest.mark.parametrize("arguments", NOT_READ)
def test_nobody_reads(ended, arguments):
    """Where whoever reads has had enough, as `head`, a command ends without a traceback."""
    assert "Traceback" not in ended[arguments, "unread"].stderr
    assert "BrokenPipe" not in ended[arguments, "unread"].stderr


@pytest.mark.parametrize("closed", CLOSED, ids=",".join)
@pytest.mark.parametrize("arguments", WITH_STREAMS)
def test_closed_streams(ended, arguments, closed):
    """A command whose input or output is closed, as by a supervisor, does what it does and exits as it would."""
    usual, done = ended[arguments, ()], ended[arguments, closed]
    assert usual.returncode == done.returncode
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", NOT_WRITTEN)
def test_full_disk(ended, arguments):
    """Where the output cannot be written a command says so in one line."""
    assert ended[arguments, "full"].returncode == os.EX_IOERR
    assert ended[arguments, "full"].stderr == ("asab-sentry: what it says cannot be written: No space left on device\n")


def test_why_off(command):
    """`test` says why Sentry is off: no DSN and no section, or an empty DSN."""
    neither = "fault: Sentry is off: there is neither a section [sentry] nor a DSN"
    assert command("test", "-c", "shop.conf", ini="").stdout == f"{neither}\n"
    no_file = "; no configuration file is read: -c names one, or ASAB_CONFIG\n"
    assert command("test").stdout == f"{neither}{no_file}"
    assert no_file in command("check", SENTRY_DSN=DSN).stdout
    assert command("test", "-c", "shop.conf", ini="[sentry]\ndsn=\n").stdout == (
        "fault: Sentry is off: the DSN is empty\n"
    )


def test_arguments_of_integrations(command, far):
    """`check` shows also what sections of integrations have, with where it is from."""
    ini = "[sentry]\n[sentry:integration:celery]\nexclude_beat_tasks=cleanup  # of the night\n"
    shown = rows(command("check", "--json", "-c", "shop.conf", ini=ini, SENTRY_DSN=far.dsn))
    name = "[sentry:integration:celery] exclude_beat_tasks"
    assert shown[name] == ("cleanup", f"{name} in shop.conf")
