"""The commands that ask Sentry's API: what they print, what they change, and how they exit."""

import json
import os
import pty
from collections.abc import Iterator
from typing import Any

import programs
import pytest
from far import closed_port
from sentry_api import EVENT_ID, TOKEN, Api, event

from asab_sentry.commands.event_text import event_lines
from asab_sentry.commands.terminal import plain

UUID = f"{EVENT_ID[:8]}-{EVENT_ID[8:12]}-{EVENT_ID[12:16]}-{EVENT_ID[16:20]}-{EVENT_ID[20:]}"


OPTIONS = ("-B", "-W", "error")


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        yield server


def environment(api: Api | None, **more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    known = {"SENTRY_ORG": "acme", "SENTRY_PROJECT": "shop", "SENTRY_AUTH_TOKEN": TOKEN, "NO_PROXY": "*"}
    return kept | known | ({"SENTRY_URL": api.url} if api else {}) | more


@pytest.fixture
def command(api: Api, tmp_path) -> Any:
    def run(*arguments: str, **environ: str) -> Any:
        done = programs.run(
            ["-m", "asab_sentry", *arguments],
            cwd=tmp_path,
            env=environment(api, **environ),
            options=OPTIONS,
        )
        assert "Traceback" not in done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done

    return run


def test_list(api: Api, command: Any) -> None:
    """The issues of the project are a table, all pages of it; without a terminal it has no colours."""
    api.issues["2"]["status"] = "resolved"
    api.issues["3"]["title"] = "odd \x1b[31m\ntitle"
    done = command("issues")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "issue   level  status      events  users  last seen            title",
        "SHOP-1  error  unresolved  10      1      2026-11-26T12:00:00  ValueError: order 1",
        "SHOP-3  error  unresolved  30      3      2026-11-26T12:00:00  odd  [31m title",
        "SHOP-4  error  unresolved  40      4      2026-11-26T12:00:00  ValueError: order 4",
        "SHOP-5  error  unresolved  50      5      2026-11-26T12:00:00  ValueError: order 5",
        "4 issues",
    ]
    found = json.loads(command("issues", "list", "--query", "is:resolved", "--period", "24h", "--json").stdout)
    assert [issue["id"] for issue in found["issues"]] == ["2"]
    assert "statsPeriod=24h" in api.requests[-1][1]
    api.issues = {str(number): {**api.issues["1"], "id": str(number)} for number in range(30)}
    assert command("issues").stdout.splitlines()[-1] == "25 issues, --all shows more"
    assert command("issues", "--all").stdout.splitlines()[-1] == "30 issues"


def test_show(command: Any) -> None:
    """An issue is shown with its newest event: message, stack with lines of source, tags, data and breadcrumbs."""
    done = command("issues", "show", "SHOP-1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "SHOP-1  unresolved, 10 events, first 2026-11-25T10:00:00, last 2026-11-26T12:00:00",
        "  http://sentry.invalid/organizations/acme/issues/1/",
        "ValueError: invalid literal for int()",
        f"  event {EVENT_ID} of 2026-11-26T12:00:00Z",
        "  in shop.orders in load",
        "",
        "ValueError: invalid literal",
        "  asyncio/events.py:84 in _run",
        "    self._context.run(self._callback, *self._args)",
        "  shop/orders.py:12 in load",
        "    return int(order)",
        "",
        "Tags  environment=staging  release=Shop@1.2.3",
        "",
        "struct_data",
        "  order: x7",
        "",
        "Breadcrumbs",
        "  11:59:59  info     shop: Order  [31mx7 came",
    ]
    assert json.loads(command("issues", "show", "1", "2", "--json").stdout)["issues"][1]["issue"]["id"] == "2"


def test_event(command: Any) -> None:
    """An event is found by the id of an answer to a client, and with it its issue."""
    shown = command("events", UUID)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert shown.stdout.startswith("SHOP-1  unresolved")
    assert f"  event {EVENT_ID} of" in shown.stdout
    found = json.loads(command("events", EVENT_ID.upper(), "--json").stdout)
    assert (found["event"]["eventID"], found["issue"]["id"]) == (EVENT_ID, "1")
    listed = command("events", "list")
    assert listed.stdout.splitlines()[0] == f"{'event':32}  issue  when                 title"
    assert len(listed.stdout.splitlines()) == 4


def test_event_that_is_not_there(command: Any) -> None:
    """Of an event that the server does not have it is said where it may be; what is no id is not asked for."""
    done = command("events", "0" * 32)
    assert done.returncode == os.EX_DATAERR
    assert "It may still wait to be sent" in done.stdout
    assert command("events", "x7").returncode == os.EX_USAGE


def test_change(api: Api, command: Any) -> None:
    """Issues are resolved, reopened, ignored and assigned, several with one command."""
    assert command("issues", "resolve", "1", "SHOP-2").stdout == "1 is resolved\nSHOP-2 is resolved\n"
    assert [api.issues[number]["status"] for number in "123"] == ["resolved", "resolved", "unresolved"]
    command("issues", "unresolve", "1")
    command("issues", "ignore", "2")
    done = command("issues", "assign", "3", "--to", "joe@example.com", "--json")
    assert json.loads(done.stdout) == {"issues": ["3"], "assignedTo": "joe@example.com"}
    assert [api.issues[number]["status"] for number in "12"] == ["unresolved", "ignored"]
    assert api.issues["3"]["assignedTo"] == "joe@example.com"
    assert command("issues", "assign", "3").returncode == os.EX_USAGE
    assert command("issues", "resolve").returncode == os.EX_USAGE


def test_delete(api: Api, command: Any) -> None:
    """Nothing is deleted without having asked, unless it is told not to ask."""
    assert command("issues", "delete", "1").returncode == os.EX_USAGE
    assert "1" in api.issues
    assert command("issues", "delete", "1", "--yes").stdout == "1 is deleted\n"
    assert "1" not in api.issues


@pytest.mark.parametrize(("answer", "left"), [(b"n\n", True), (b"yes\n", False)])
def test_terminal(api: Api, tmp_path, answer: bytes, *, left: bool) -> None:
    """At a terminal it asks, and the table has colours."""
    ours, theirs = pty.openpty()
    arguments = ["-m", "asab_sentry", "issues"]
    env = environment(api, TERM="xterm")
    env.pop("NO_COLOR", None)
    done = programs.run(arguments, cwd=tmp_path, env=env, options=OPTIONS, stdin=theirs, stdout=theirs)
    assert done.returncode == 0
    assert b"\x1b[31mSHOP-1" in os.read(ours, 10000)
    os.write(ours, answer)
    delete = programs.run([*arguments, "delete", "1"], cwd=tmp_path, env=env, options=OPTIONS, stdin=theirs)
    assert delete.stderr == "Delete 1 issue with all events? [y/N] "
    assert ("1" in api.issues) is left
    os.close(ours)
    os.close(theirs)


def test_exit_codes(api: Api, command: Any) -> None:
    """Configuration, token, scope and connection are told apart, by sentence and by exit code."""
    done = command("issues", SENTRY_AUTH_TOKEN="")
    assert done.returncode == os.EX_CONFIG
    assert "fault: There is no token: set SENTRY_AUTH_TOKEN" in done.stdout
    done = command("issues", SENTRY_AUTH_TOKEN="wrong")
    assert (done.returncode, "Invalid token" in done.stdout) == (os.EX_NOPERM, True)
    api.scopes.remove("event:write")
    done = command("issues", "resolve", "1", "--json")
    assert done.returncode == os.EX_NOPERM
    assert json.loads(done.stdout)["faults"][1] == "The token needs the scope event:write"
    done = command("issues", SENTRY_URL=f"http://127.0.0.1:{closed_port()}")
    assert (done.returncode, "is not reachable" in done.stdout) == (os.EX_UNAVAILABLE, True)
    assert command("issues", "show", "99").returncode == os.EX_DATAERR


def test_configuration(api: Api, command: Any, tmp_path) -> None:
    """What the ini file says is used; the address is that of the DSN; the token may be in a file, and is not shown."""
    (tmp_path / "token").write_text(TOKEN + "\n")
    dsn = api.url.replace("http://", "http://0123456789abcdef@") + "/7"
    (tmp_path / "shop.conf").write_text(f"[sentry]\ndata_source_name={dsn}\n[sentry:api]\nproject=shop\n")
    more = {
        "SENTRY_URL": "",
        "SENTRY_PROJECT": "",
        "SENTRY_AUTH_TOKEN": "",
        "SENTRY_AUTH_TOKEN_FILE": str(tmp_path / "token"),
    }
    done = command("issues", "-c", "shop.conf", **more)
    assert done.returncode == 0, done.stdout + done.stderr
    checked = command("check", "-c", "shop.conf", "--json", **more)
    texts = {f"{row['section']} {row['key']}": row["text"] for row in json.loads(checked.stdout)["options"]}
    assert texts["sentry:api auth_token"] == "***"
    assert texts["sentry:api organization"] == "acme"
    # The service has no use for it, so that it cannot be read keeps no service from starting.
    checked = command("check", "-c", "shop.conf", "--json", **(more | {"SENTRY_AUTH_TOKEN_FILE": "/nowhere"}))
    assert json.loads(checked.stdout)["faults"] == []
    assert "/nowhere: cannot be read" in str(json.loads(checked.stdout)["warnings"])


def test_bugsink(api: Api, command: Any) -> None:
    """Of a Bugsink, which has another API, it is said what it is."""
    api.answers = [
        (404, {"Content-Type": "text/html"}, b"Unimplemented API endpoint: /api/0/"),
        (401, {"Content-Type": "application/json"}, b'{"detail": "Malformed"}'),
    ]
    done = command("issues")
    assert done.returncode == os.EX_DATAERR
    assert f"{api.url} is a Bugsink, whose API is another one" in done.stdout


def test_release(api: Api, command: Any, tmp_path) -> None:
    """The release that the service would report is registered, finalized and deployed."""
    (tmp_path / "MANIFEST.json").write_text('{"version": "v25.15"}')
    done = command("release", "--appclass", "ShopApp", "--deploy", "staging")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "ShopApp@25.15 is registered",
        "it is finalized",
        "it is deployed to staging",
    ]
    bodies = [body for _, _, body in api.requests]
    assert bodies[0] == {"version": "ShopApp@25.15", "projects": ["shop"]}
    assert bodies[1]["dateReleased"].startswith("20")
    assert bodies[2]["environment"] == "staging"
    report = json.loads(command("release", "--json", SENTRY_RELEASE="shop@1").stdout)
    assert report == {"release": "shop@1", "registered": True, "finalized": True, "deploy": None}


def test_release_that_is_not_known(api: Api, command: Any) -> None:
    """Without a release nothing is registered, and it is said what is missing, all at once."""
    done = command("release", PATH="/nowhere", SENTRY_AUTH_TOKEN="")
    assert done.returncode == os.EX_CONFIG
    assert ["There is no token" in done.stdout, "The release is not known" in done.stdout] == [True, True]
    assert api.requests == []


CLI = """#!/bin/sh
echo "$@" >$HOME/asked
echo "$SENTRY_URL $SENTRY_ORG $SENTRY_PROJECT" >>$HOME/asked
[ -z "$FAILS" ] || { echo "error: no repository, $SENTRY_AUTH_TOKEN" >&2; exit 1; }
"""


def test_commits(api: Api, command: Any, tmp_path) -> None:
    """Commits are set by sentry-cli, which is given what the configuration says; it is said where it is missing."""
    (tmp_path / "bin").mkdir()
    done = command("release", "--commits", "auto", SENTRY_RELEASE="shop@1", PATH=str(tmp_path / "bin"))
    assert (done.returncode, "pip install sentry-cli" in done.stdout) == (os.EX_CONFIG, True)
    (tmp_path / "bin" / "sentry-cli").write_text(CLI)
    (tmp_path / "bin" / "sentry-cli").chmod(0o755)
    more = {"SENTRY_RELEASE": "shop@1", "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = command("release", "--commits", "auto", **more)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "asked").read_text() == f"releases set-commits shop@1 --auto\n{api.url} acme shop\n"
    done = command("release", "--commits", "auto", FAILS="yes", **more)
    assert (done.returncode, "error: no repository, ***" in done.stdout) == (os.EX_SOFTWARE, True)


def parts(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container within a value, with each of its keys."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from parts(value[key])


@pytest.mark.parametrize("made", [None, "text", 7, [], {}, [None]])
def test_events_with_holes(made: Any) -> None:
    """An event is shown whatever of it the server could not keep."""
    for number in range(len(list(parts(event())))):
        holed = event()
        container, key = list(parts(holed))[number]
        container[key] = made
        assert event_lines(holed)


def test_empty_values_of_the_server():
    """A count of 0 and a truth value are shown as what they are; only what is not there is nothing."""
    assert [plain(value) for value in (0, False, None, "", "a\nb")] == ["0", "False", "", "", "a b"]
