"""Sentry's web API as a Python class."""

import contextlib
import email.utils
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator

import pytest
from far import closed_port
from sentry_api import EVENT_ID, TOKEN, Api

from asab_sentry.api import NotFound, Refused, Rejected, Sentry, Unreachable
from asab_sentry.api.calls import next_cursor


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        yield server


@pytest.fixture
def sentry(api: Api) -> Sentry:
    return Sentry(api.url, "acme", "shop", TOKEN)


def test_pages(api: Api, sentry: Sentry) -> None:
    """All pages are read, one after the other and not before they are wanted."""
    api.issues["2"]["status"] = "resolved"
    found = sentry.issues()
    assert [next(found)["id"], next(found)["id"]] == ["1", "3"]
    assert len(api.requests) == 1
    assert [issue["id"] for issue in found] == ["4", "5"]
    assert len(list(sentry.events())) == len(list(sentry.issue_events("1", query="x"))) == 3
    assert [issue["id"] for issue in sentry.issues(query="")] == ["1", "2", "3", "4", "5"]


def test_parameters(api: Api, sentry: Sentry) -> None:
    """What is asked for is in the query, and nothing else."""
    list(sentry.issues(query="is:resolved order & more", period="14d"))
    list(sentry.issue_events("1", start="2026-11-01T00:00:00", environment="staging", full=True))
    queries = [urllib.parse.parse_qs(urllib.parse.urlsplit(path).query) for _, path, _ in api.requests]
    assert queries[0] == {"query": ["is:resolved order & more"], "statsPeriod": ["14d"]}
    assert queries[1] == {"start": ["2026-11-01T00:00:00"], "environment": ["staging"], "full": ["true"]}


def test_one_issue(api: Api, sentry: Sentry) -> None:
    """An issue is read, changed and removed by its number or its short id."""
    assert sentry.issue("SHOP-3")["id"] == "3"
    assert sentry.update_issue("3", status="resolved", assignedTo="joe@example.com")["status"] == "resolved"
    assert api.issues["3"]["status"] == "resolved"
    sentry.delete_issue("SHOP-3")
    with pytest.raises(NotFound):
        sentry.issue("3")
    assert sentry.newest_event("1")["eventID"] == EVENT_ID


def test_event_by_uuid(sentry: Sentry) -> None:
    """An event is found by its id with dashes, as a client is shown it."""
    uuid = f"{EVENT_ID[:8]}-{EVENT_ID[8:12]}-{EVENT_ID[12:16]}-{EVENT_ID[16:20]}-{EVENT_ID[20:]}"
    assert sentry.event(uuid)["groupID"] == "1"


def test_release(api: Api, sentry: Sentry) -> None:
    """A release is registered, finalized and deployed; its name may hold anything."""
    sentry.create_release("shop@1.0+x y")
    sentry.finalize_release("shop@1.0+x y")
    sentry.create_deploy("shop@1.0+x y", "staging")
    assert [(method, path.rpartition("acme/")[2]) for method, path, _ in api.requests] == [
        ("POST", "releases/"),
        ("PUT", "releases/shop%401.0%2Bx%20y/"),
        ("POST", "releases/shop%401.0%2Bx%20y/deploys/"),
    ]
    assert api.requests[0][2] == {"version": "shop@1.0+x y", "projects": ["shop"]}
    assert api.requests[2][2]["environment"] == "staging"


def test_refused(api: Api, sentry: Sentry) -> None:
    """An error says what the server says, and which scope is missing; never the token."""
    api.scopes.remove("event:admin")
    with pytest.raises(Refused, match="You do not have permission") as refused:
        sentry.delete_issue("1")
    assert (refused.value.status, refused.value.scope) == (403, "event:admin")
    with pytest.raises(Refused, match="Invalid token") as refused:
        Sentry(api.url, "acme", "shop", "wrong").issue("1")
    assert refused.value.scope is None
    api.scopes = set()
    for call, scope in (
        (lambda: list(sentry.events()), "project:read"),
        (lambda: list(sentry.issues()), "event:read"),
        (lambda: list(sentry.issue_events("1")), "event:read"),
        (lambda: sentry.newest_event("1"), "event:read"),
        (lambda: sentry.create_deploy("1.0", "staging"), "project:releases"),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.scope == scope
    api.scopes = {"event:read", "event:write"}
    api.answers = [(400, {}, b'{"detail": {"message": "no %s"}}' % TOKEN.encode())]
    with pytest.raises(Rejected, match=r"no \*\*\*"):
        sentry.issue("1")
    with pytest.raises(Rejected, match='status: "odd" is not a valid choice'):
        sentry.update_issue("1", status="odd")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, {}, b""), "HTTP 500"),
        ((302, {"Location": "https://login.invalid/sso?next=%2F"}, b""), "sends to login.invalid/sso instead"),
        ((302, {"Location": "https://joe:hidden@login.invalid/sso"}, b""), "sends to login.invalid/sso instead"),
        ((302, {"Location": "http://[login"}, b""), "sends to what is no URL instead"),
        ((200, {}, b"<html>"), "something else than JSON"),
        ((200, {}, b"[" * 100_000), "something else than JSON"),
        ((200, {}, b"[]"), "no object"),
        ((200, {}, b"null"), "no object"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), "no whole answer"),
    ],
)
def test_something_else(api: Api, sentry: Sentry, answer: tuple[int, dict[str, str], bytes], said: str) -> None:
    """A server with a fault and one that is something else are not Sentry; the token goes nowhere else."""
    api.answers = [answer]
    with pytest.raises(Unreachable, match=said):
        sentry.issue("1")
    assert len(api.requests) == 1


@pytest.mark.parametrize("page", [b"{}", b"null", b"[1]", b'"issues"'])
def test_page_of_something_else(api: Api, sentry: Sentry, page: bytes) -> None:
    """What should be a list and is none is not Sentry."""
    api.answers = [(200, {}, page)]
    with pytest.raises(Unreachable, match="no list of objects"):
        list(sentry.issues())


def test_pages_without_end(api: Api, sentry: Sentry) -> None:
    """Empty pages come to an end, as do those that are there already."""
    link = '<x>; rel="next"; results="true"; cursor="{}"'
    api.answers = [(200, {"Link": link.format(number)}, b"[]") for number in range(1000)]
    assert list(sentry.issues()) == []
    assert len(api.requests) == 10
    api.answers = [(200, {"Link": link.format(number % 2)}, b'[{"id": "1"}]') for number in range(1000)]
    assert len(list(sentry.issues())) == 3


def test_answer_without_end(sentry: Sentry) -> None:
    """A whole answer has a deadline, however slowly it comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://joe:hidden@127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=drip, args=[server])
        thread.start()
        with pytest.raises(Unreachable, match="no whole answer") as error:
            Sentry(url, "acme", "shop", TOKEN, timeout=0.3).issue("1")
        assert "hidden" not in str(error.value)
        thread.join()


def drip(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection, contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b" ")
            time.sleep(0.05)


def test_nobody() -> None:
    """Where nobody listens, the error says so, as the other commands do."""
    with pytest.raises(
        Unreachable, match=r"is not reachable \(ConnectionRefusedError: \[Errno 111\] Connection refused\)$"
    ):
        Sentry(f"http://127.0.0.1:{closed_port()}", "acme", "shop", TOKEN).issue("1")


def test_rate_limit(api: Api) -> None:
    """It waits as long as the server wants, but not longer than it has patience."""
    waited: list[float] = []
    sentry = Sentry(api.url, "acme", "shop", TOKEN, patience=20, sleep=waited.append)
    api.answers = [(429, {"Retry-After": "7"}, b"{}"), (429, {}, b"{}"), (429, {"Retry-After": "nan"}, b"{}")]
    assert sentry.issue("1")["id"] == "1"
    assert waited == [7.0, 1.0, 1.0]
    moment = email.utils.formatdate(time.time() + 9, usegmt=True)
    api.answers = [(429, {"Retry-After": moment}, b"{}"), (429, {"X-Sentry-Rate-Limit-Reset": "inf"}, b"{}")]
    assert sentry.issue("1")["id"] == "1"
    assert 1 < waited[3] < 10
    assert waited[4:] == [1.0]
    api.answers = [(429, {"Retry-After": "14"}, b"{}"), (429, {"Retry-After": "14"}, b'{"detail": "slow down"}')]
    with pytest.raises(Unreachable, match="slow down"):
        sentry.issue("1")


def test_next_cursor() -> None:
    """The next page is that of the link with results; odd links are no page."""
    assert next_cursor("") is None
    assert next_cursor('<x>; rel="next"; results="false"; cursor="0:2:0"') is None
    assert (
        next_cursor('<x>; rel="previous"; results="true"; cursor="a", <y,z>; rel="next"; results="true"; cursor="b"')
        == "b"
    )
    assert next_cursor('<x>; rel="next"; results="true"') is None
