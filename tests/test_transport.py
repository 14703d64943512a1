"""What the transport makes of each answer of a server, over real connections."""

import contextlib
import gzip
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import sentry_sdk.consts
from far import THREE, TRACED, FarEnd, Loopback, closed_port
from kept import kept, kept_files
from sentry_sdk.envelope import Envelope, Item, PayloadRef

from asab_sentry.config.levels import NOTICE
from asab_sentry.delivery import backoff, connections, drain
from asab_sentry.delivery.ratelimits import RateLimits
from asab_sentry.delivery.storage import Storage
from asab_sentry.delivery.transport import Transport
from asab_sentry.runtime import diagnostics


class Bench:
    """Makes transports on one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.made: list[Transport] = []

    def transport(self, dsn: str, **more) -> Transport:
        class Timed(Transport):
            TIMEOUT = more.pop("timeout", 10)

        most = more.pop("max_envelopes", 1000)
        options = {**sentry_sdk.consts.DEFAULT_OPTIONS, "dsn": dsn, **more}
        made = Timed(options, Storage(self.directory, 10**7, most, 1e6))
        self.made.append(made)
        return made

    @property
    def waiting(self) -> int:
        return len(kept(self.directory))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    diagnostics.said_at.clear()
    monkeypatch.setattr(backoff, "FIRST", 0.05)
    bench = Bench(tmp_path / "spool")
    yield bench
    for made in bench.made:
        made.kill()
    for made in bench.made:
        if (thread := made._sender._thread) is not None:
            thread.join(10)  # what an attempt comes to is not to be said in the next test


def event(number: int = 0, **more) -> Envelope:
    envelope = Envelope(headers={"event_id": f"{number:032x}", "sent_at": "2020-01-01T00:00:00Z"})
    envelope.add_event({"event_id": f"{number:032x}", "message": f"event {number}", "level": "error", **more})
    return envelope


def check_in(number: int = 0) -> Envelope:
    envelope = Envelope(headers={"event_id": f"{number:032x}"})
    envelope.add_checkin({"check_in_id": f"{number:032x}", "monitor_slug": "job", "status": "ok"})
    return envelope


def transaction(number: int = 0) -> Envelope:
    """Return an envelope of what tracing sends, which is worth no file."""
    envelope = Envelope(headers={"event_id": f"{number:032x}"})
    if THREE:
        span = {"span_id": f"{number:016x}", "trace_id": f"{number:032x}", "name": "x", "status": "ok"}
        times = {"is_segment": True, "start_timestamp": 1.0, "end_timestamp": 2.0, "attributes": {}}
        payload = PayloadRef(json={"version": 2, "items": [span | times]})
        content_type = "application/vnd.sentry.items.span.v2+json"
        envelope.add_item(Item(payload, {"item_count": 1}, type="span", content_type=content_type))
    else:
        envelope.add_transaction({"type": "transaction", "event_id": f"{number:032x}", "spans": []})
    return envelope


def lost(reason: str, quantity: int) -> dict[tuple[str, str], int]:
    """Return what client reports tell of the loss of so many of them: a transaction counts as one of its spans, too."""
    return {(category, reason): quantity for category in (["span"] if THREE else ["span", "transaction"])}


def helpers() -> int:
    return sum(thread.name.startswith("asab-sentry.sender-") for thread in threading.enumerate())


def until(condition: Callable[[], bool], deadline: float = 10.0) -> None:
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def types(far: FarEnd) -> list[str]:
    return [item.headers["type"] for envelope in far.envelopes for item in envelope.items]


def ids(far: FarEnd) -> list[int]:
    return [int(envelope.headers["event_id"], 16) for envelope in far.envelopes if "event_id" in envelope.headers]


def losses(far: FarEnd) -> dict[tuple[str, str], int]:
    """Return what client reports told."""
    found: dict[tuple[str, str], int] = {}
    for envelope in far.envelopes:
        for item in envelope.items:
            for each in item.payload["discarded_events"] if item.headers["type"] == "client_report" else ():
                key = (each["category"], each["reason"])
                found[key] = found.get(key, 0) + each["quantity"]
    return found


def test_sent_and_removed(bench: Bench, far: FarEnd) -> None:
    """An event arrives as it was given, with the time of sending, and its file is gone."""
    transport = bench.transport(far.dsn)
    transport.capture_envelope(event(1))
    transport.flush(5.0)
    (arrived,) = far.envelopes
    assert arrived.items[0].payload["message"] == "event 1"
    assert arrived.headers["event_id"] == f"{1:032x}"
    assert arrived.headers["sent_at"] > "2026"
    assert "sentry_key=public" in arrived.request_headers["X-Sentry-Auth"]
    assert bench.waiting == 0


def test_what_is_kept(bench: Bench) -> None:
    """Events and check-ins are on disk when the call returns; transactions, sessions and reports never are."""
    transport = bench.transport(f"http://public@127.0.0.1:{closed_port()}/1")
    transport.capture_envelope(event())
    assert bench.waiting == 1
    transport.capture_envelope(check_in())
    assert bench.waiting == 2
    transport.capture_envelope(transaction())
    transport.capture_envelope(Envelope(items=[Item(PayloadRef(json={"sid": "1"}), type="session")]))
    transport.record_lost_event("sample_rate", "error")
    transport.flush(0.2)
    assert [envelope.name.partition(".")[2] for envelope in kept(bench.directory)] == ["error", "monitor"]
    content = kept_files(bench.directory)[0].read_text()
    assert "client_report" not in content
    assert "public" not in content


@pytest.mark.parametrize("fault", [0, 302, 407, 408, 429, 500, 502, 503])
def test_kept_and_sent_again(bench: Bench, far: FarEnd, fault: int) -> None:
    """Resets, timeouts and faults of the server: an event is kept and sent again, in order and once."""
    answers = [fault] * 3
    headers = {"Retry-After": "0.05", "Location": "http://127.0.0.1:9/elsewhere"}
    far.answer = lambda _: (answers.pop(), headers) if answers else (200, {})
    transport = bench.transport(far.dsn)
    for number in (1, 2):
        transport.capture_envelope(event(number))
    far.wait_for(2)
    until(lambda: bench.waiting == 0)
    assert ids(far) == [1, 2]
    assert answers == []


def test_refused_connection(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """While nobody listens events are kept, and they arrive in order when somebody does; one line says each."""
    caplog.set_level(NOTICE)
    port = closed_port()
    transport = bench.transport(f"http://public@127.0.0.1:{port}/1")
    for number in range(5):
        transport.capture_envelope(event(number))
    transport.flush(0.3)
    assert bench.waiting == 5
    (line,) = [record.getMessage() for record in caplog.records if record.name == "asab_sentry"]
    reason = "ConnectionRefusedError: [Errno 111] Connection refused"
    assert line == f"Sentry does not take events ({reason}); they are kept and sent later"
    with FarEnd(port) as far:
        far.wait_for(5)
        assert sorted(ids(far)) == list(range(5))
        until(lambda: bench.waiting == 0)
    assert [record.getMessage() for record in caplog.records if record.name == "asab_sentry"] == [
        line,
        "Sentry takes events again",
    ]


def test_unknown_host(bench: Bench) -> None:
    """A name that cannot be resolved is an outage like others."""
    transport = bench.transport("http://public@no-such-host.invalid/1")
    transport.capture_envelope(event())
    transport.flush(0.3)
    assert bench.waiting == 1


def test_tls_failure(bench: Bench, far: FarEnd) -> None:
    """A server that does not speak TLS is an outage like others."""
    transport = bench.transport(far.dsn.replace("http:", "https:"))
    transport.capture_envelope(event())
    transport.flush(0.3)
    assert bench.waiting == 1
    assert far.envelopes == []


def test_hanging_server(bench: Bench, far: FarEnd) -> None:
    """A server that does not answer holds up neither the caller nor a flush."""
    release = threading.Event()
    far.answer = lambda _: (200 if release.wait(120) else 500, {})
    transport = bench.transport(far.dsn, timeout=60)
    began = time.monotonic()
    transport.capture_envelope(event(1))
    transport.flush(0.2)
    assert time.monotonic() - began < 30  # the server has not answered until then
    assert far.envelopes == []
    assert bench.waiting == 1
    release.set()
    until(lambda: bench.waiting == 0)
    assert set(ids(far)) == {1}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_key_or_project_refused(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture, status: int) -> None:
    """A refusal of the key or the project is an outage: one line says so, all is kept, and arrives when it is over."""
    answers = [status] * 4
    far.answer = lambda _: (answers.pop() if answers else 200, {})
    transport = bench.transport(far.dsn)
    transport.capture_envelope(event(1))
    until(lambda: len(answers) < 4)
    assert bench.waiting == 1
    transport.capture_envelope(check_in(2))
    until(lambda: bench.waiting == 0)
    assert ids(far) == [1, 2]
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "asab_sentry"]
    answer = f"HTTP {status} {{}}"
    said = f"Sentry refuses the key or the project of the DSN ({answer}); events are kept and sent later"
    assert lines == [("WARNING", said)]
    assert transport.trouble is None
    transport.flush(5.0)
    assert losses(far) == {}


@pytest.mark.parametrize("status", [400, 403])
def test_answer_with_the_key(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture, status: int) -> None:
    """A server that repeats the DSN, or its key, does not bring it into the log, or into what requires attention."""
    key = "0123456789abcdef0123456789abcdef"
    dsn = far.dsn.replace("public", key)
    far.body = f'{{"detail": "no {dsn} ({key}, {"x" * 150} {key})"}}'.encode()
    far.answer = lambda _: (status, {})
    transport = bench.transport(dsn)
    transport.capture_envelope(event(1))
    until(lambda: "Sentry refuse" in caplog.text)
    assert f'HTTP {status} {{"detail": "no http://***@127.0.0.1:{far.port}/1 (***, xxx' in caplog.text
    assert key[:8] not in caplog.text
    assert key[:8] not in str(transport.trouble)


def test_key_refused_until_the_end(bench: Bench, far: FarEnd) -> None:
    """What waits when the process ends while the key is refused is sent by the next one."""
    far.answer = lambda _: (403, {})
    first = bench.transport(far.dsn)
    first.capture_envelope(event(1))
    first.flush(0.2)
    assert first.trouble is not None
    assert first.trouble[1] == "HTTP 403 {}"
    first.kill()
    far.answer = lambda _: (200, {})
    bench.transport(far.dsn)
    far.wait_for(1)
    assert ids(far) == [1]


def test_one_event_that_is_refused_like_a_key(bench: Bench, far: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that something on the way answers with 403 holds up the others for a while only, and is kept."""
    monkeypatch.setattr(backoff, "MANY", 2)
    far.answer = lambda envelope: (403 if "event 1" in envelope.raw.decode() else 200, {})
    transport = bench.transport(far.dsn)
    for number in (1, 2, 3):
        transport.capture_envelope(event(number))
    far.wait_for(2)
    until(lambda: bench.waiting == 1)
    assert ids(far) == [2, 3]


def test_key_refused_for_what_is_in_memory(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    """What is not worth a file is dropped when the key is refused, and counted."""
    answers = [403]
    far.answer = lambda _: (answers.pop() if answers else 200, {})
    transport = bench.transport(far.dsn)
    transport.capture_envelope(transaction())
    until(lambda: not answers)
    transport.flush(5.0)
    transport.flush(5.0)
    assert far.transactions == []
    assert f"Sentry refused an envelope of {TRACED.rstrip('s')} (HTTP 403 {{}})" in caplog.text
    assert losses(far) == lost("send_error", 1)


@pytest.mark.parametrize("status", [400, 413])
def test_refused_for_good(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture, status: int) -> None:
    """What the server refuses is dropped with a line that says why and which event, counted, and others are sent."""
    far.answer = lambda envelope: (status if "event 1" in envelope.raw.decode() else 200, {})
    transport = bench.transport(far.dsn)
    for number in (1, 2):
        transport.capture_envelope(event(number))
    transport.flush(5.0)
    transport.flush(5.0)
    assert ids(far) == [2]
    assert bench.waiting == 0
    assert f"Sentry refused event {1:032x} (HTTP {status} {{}})" in caplog.text
    assert losses(far) == {("error", "send_error"): 1}


NO_ACCEPTANCE = {
    "HTML": (
        b"<!doctype html>\n<title>Log in</title>",
        "an answer that is no JSON object: <!doctype html> <title>Log in",
    ),
    "text": (b"OK", "an answer that is no JSON object: OK"),
    "cut off": (b'{"id": "0000', 'an answer that is no JSON object: {"id": "0000'),
    "list": (b"[]", "an answer that is no JSON object: []"),
    "other JSON": (b'{"error": "no route"}', 'an answer without an id: {"error": "no route"}'),
    "no id": (b'{"id": null}', 'an answer without an id: {"id": null}'),
    "empty": (b"", "an empty answer"),
    "spaces": (b"\r\n", "an empty answer"),
    "deep": (b'{"a":' * 3000, 'an answer that is no JSON object: {"a":{"a":'),
    "long": (b'{"id": "1"}' + b" " * 20000, "an answer that is not whole (more than 16 kB)"),
}


@pytest.mark.parametrize(("body", "why"), NO_ACCEPTANCE.values(), ids=NO_ACCEPTANCE)
@pytest.mark.parametrize("status", [200, 201])
def test_success_of_somebody_else(
    bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture, body: bytes, why: str, status: int
) -> None:
    """What is no JSON object with an id takes no event, whatever the status: it is kept, and sent until it is taken."""
    far.body = body
    asked = []
    far.answer = lambda envelope: (asked.append(envelope), (status, {}))[1]
    transport = bench.transport(far.dsn)
    transport.capture_envelope(event(1))
    until(lambda: len(asked) >= 3)
    assert bench.waiting == 1
    assert transport.trouble is not None
    assert transport.trouble[1].startswith(f"HTTP {status} with {why}")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "asab_sentry"]
    assert line.startswith(f"Sentry does not take events (HTTP {status} with {why}")
    assert line.endswith("); they are kept and sent later")
    far.envelopes.clear()
    far.body, far.answer = None, lambda _: (200, {})
    far.wait_for(1)
    until(lambda: bench.waiting == 0)
    assert ids(far) == [1]
    assert transport.trouble is None


@pytest.mark.parametrize("status", [400, 405])
def test_refusal_of_somebody_else(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture, status: int) -> None:
    """A refusal of a web server that has not looked at the event costs none: it is kept, and sent until it is taken."""
    far.body = b"<h1>The plain HTTP request was sent to HTTPS port</h1>"
    asked = []
    far.answer = lambda envelope: (asked.append(envelope), (status, {}))[1]
    bench.transport(far.dsn).capture_envelope(event(1))
    until(lambda: len(asked) >= 2)
    assert bench.waiting == 1
    (line,) = [record.getMessage() for record in caplog.records if record.name == "asab_sentry"]
    assert f"(HTTP {status} with an answer that is no JSON object: <h1>The plain HTTP" in line
    far.body, far.answer = None, lambda _: (200, {})
    far.wait_for(1)
    until(lambda: bench.waiting == 0)


def test_changing_answers_are_said_once(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    """A login page whose text differs each time is one line, also after a minute."""
    asked = []

    def answer(envelope):
        asked.append(envelope)
        far.body = b"<title>%d</title>" % len(asked)
        diagnostics.said_at.clear()  # as if a minute had passed
        return 200, {}

    far.answer = answer
    transport = bench.transport(far.dsn)
    transport.capture_envelope(event(1))
    until(lambda: len(asked) >= 4)
    assert caplog.text.count("Sentry does not take events") == 1


@pytest.mark.parametrize("body", [b"{}", b'{"id": "1"}', b' {"id": "1", "more": []}\n', b'{"id": 7}'])
def test_acceptance(bench: Bench, far: FarEnd, body: bytes) -> None:
    """An object with an id takes an event, and so does an empty one."""
    far.body = body
    transport = bench.transport(far.dsn)
    transport.capture_envelope(event(1))
    transport.flush(5.0)
    assert bench.waiting == 0
    assert transport.trouble is None


def test_nothing_is_enough_for_others(bench: Bench) -> None:
    """To what is no event, and so is nothing to it, Bugsink answers with nothing; a login page is no acceptance."""
    with FarEnd() as far:
        far.body = b"<html>"
        transport = bench.transport(far.dsn)
        transport.capture_envelope(check_in(1))
        until(lambda: len(far.envelopes) >= 2)
        transport.capture_envelope(transaction(2))
        assert bench.waiting == 1
        far.body = b""
        until(lambda: bench.waiting == 0)
        transport.flush(5.0)
        assert ids(far)[-2:] == [1, 2]
        assert transport.trouble is None


def test_one_byte_at_a_time(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A server whose answer does not come to an end is an outage: said, counted as trouble, and waited for in vain."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            with contextlib.suppress(OSError), server.accept()[0] as connection:  # until it hangs up
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.02)

        threading.Thread(target=trickle, daemon=True).start()
        transport = bench.transport(f"http://public@127.0.0.1:{server.getsockname()[1]}/1", timeout=0.3)
        transport.capture_envelope(event(1))
        until(lambda: transport.trouble is not None)
        assert transport.trouble[1] == "TimeoutError: no whole answer in time"
        assert "Sentry does not take events (TimeoutError: no whole answer in time)" in caplog.text
        assert bench.waiting == 1
        transport.kill()


def test_redirects_are_not_followed(bench: Bench, far: FarEnd) -> None:
    """The key is not carried to another server."""
    with FarEnd() as elsewhere:
        far.answer = lambda _: (307, {"Location": f"http://127.0.0.1:{elsewhere.port}/api/1/envelope/"})
        transport = bench.transport(far.dsn)
        transport.capture_envelope(event())
        transport.flush(0.3)
        assert elsewhere.envelopes == []
    assert bench.waiting == 1


def test_limit_is_said(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    """For how long the server asks to wait is said."""
    far.answer = lambda _: (429, {"Retry-After": "50"})
    bench.transport(far.dsn).capture_envelope(event(1))
    until(lambda: "Sentry asks to wait for 50 s (HTTP 429); events are kept" in caplog.text)


def test_limited_category(bench: Bench, far: FarEnd) -> None:
    """A category that the server limits waits for as long as it says, in fractions too; others are sent."""
    answers = [(429, {"X-Sentry-Rate-Limits": "0.4:error;transaction;span:organization"})]
    far.answer = lambda _: answers.pop() if answers else (200, {})
    transport = bench.transport(far.dsn)
    began = time.monotonic()
    transport.capture_envelope(event(1))
    until(lambda: not answers)
    transport.capture_envelope(check_in(2))
    transport.capture_envelope(transaction(3))
    until(lambda: "check_in" in types(far))
    assert not transport.is_healthy()
    far.wait_for(1)
    assert time.monotonic() - began > 0.4
    assert ids(far)[:2] == [2, 1]
    assert far.transactions == []
    transport.flush(5.0)
    assert losses(far) == lost("ratelimit_backoff", 1)


def test_limit_with_success(bench: Bench, far: FarEnd) -> None:
    """Limits count also where the envelope was taken."""
    far.answer = lambda _: (200, {"X-Sentry-Rate-Limits": "60:error:key"})
    transport = bench.transport(far.dsn)
    transport.capture_envelope(event(1))
    until(lambda: bench.waiting == 0)
    transport.capture_envelope(event(2))
    began = time.monotonic()
    transport.flush(30)
    assert time.monotonic() - began < 20, "a flush does not wait for what cannot be"
    assert ids(far) == [1]
    assert bench.waiting == 1


def test_what_a_server_does_not_take(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    """A server that wants no spans for a day, as Bugsink, gets errors as before; it is said once."""
    far.answer = lambda _: (200, {"X-Sentry-Rate-Limits": "86400:transaction;span:organization"})
    transport = bench.transport(far.dsn)
    for number in range(1, 4):
        transport.capture_envelope(event(number))
        until(lambda: bench.waiting == 0)
        diagnostics.said_at.clear()
    assert ids(far) == [1, 2, 3]
    lines = [record.getMessage() for record in caplog.records if "takes no" in record.getMessage()]
    assert lines == ["The server takes no spans, transactions: they are lost; errors are sent as before"]


@pytest.mark.parametrize("limits", ["60:span:key", "86400::organization", "86400:error;span:key"])
def test_too_much_for_now(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture, limits: str) -> None:
    """A server that has had enough for now is none that does not take spans."""
    far.answer = lambda _: (200, {"X-Sentry-Rate-Limits": limits})
    bench.transport(far.dsn).capture_envelope(event(1))
    until(lambda: bench.waiting == 0)
    assert "takes no" not in caplog.text


def test_many_wait(bench: Bench, far: FarEnd) -> None:
    """They are sent over several connections at once, in order but for those under way together, each once."""
    captured, together, begun = threading.Event(), threading.Barrier(3), []

    def answer(envelope):
        begun.append(number := int(envelope.headers["event_id"], 16))
        captured.wait(20)
        if number >= 10:  # which nobody gets who asks alone
            together.wait(20)
        return 200, {}

    far.answer = answer
    transport = bench.transport(far.dsn)
    for number in range(61):
        transport.capture_envelope(event(number))
    captured.set()
    until(lambda: not transport.waiting, 30)
    assert sorted(int(envelope.headers["event_id"], 16) for envelope in far.envelopes) == list(range(61))
    assert all(abs(number - place) <= 2 * drain.CONNECTIONS for place, number in enumerate(begun))


@pytest.mark.parametrize(
    ("status", "headers"),
    [(500, {}), (429, {"Retry-After": "60"}), (0, {}), (200, {"X-Sentry-Rate-Limits": "60::key"})],
)
def test_many_wait_and_the_server_is_in_trouble(bench: Bench, far: FarEnd, status: int, headers: dict) -> None:
    """No connection begins anew when one of them meets with it; what was not taken waits."""
    captured, asked = threading.Event(), []

    def answer(envelope):
        asked.append(envelope)
        captured.wait(20)
        return (status, headers) if len(asked) > 20 else (200, {})

    far.answer = answer
    transport = bench.transport(far.dsn)
    backoff.FIRST = 60.0  # the fixture takes it back
    for number in range(61):
        transport.capture_envelope(event(number))
    captured.set()
    until(lambda: len(asked) > 20 and not helpers())
    assert len(asked) <= 20 + 2 * drain.CONNECTIONS
    # What was taken last may not be removed yet.
    until(lambda: transport.waiting == bench.waiting == 61 - len(far.envelopes))


def test_address_of_ipv6(bench: Bench) -> None:
    """The server of a DSN may be an address of IPv6."""
    try:
        far = FarEnd(host="::1")
    except OSError:
        pytest.skip("there is no IPv6 here")
    with far:
        transport = bench.transport(far.dsn)
        transport.capture_envelope(event(1))
        transport.flush(10)
        assert ids(far) == [1]


def test_memory_is_bounded(bench: Bench) -> None:
    """Of what is not kept on disk the oldest is dropped and counted when there is too much."""
    port = closed_port()
    transport = bench.transport(f"http://public@127.0.0.1:{port}/1", transport_queue_size=3)
    for number in range(10):
        transport.capture_envelope(transaction(number))
    with FarEnd(port) as far:
        until(lambda: len(far.transactions) == 3)
        transport.flush(5.0)
        assert ids(far) == [7, 8, 9]
        assert losses(far) == lost("queue_overflow", 7)


def test_dropped_by_bounds_is_told(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    """What the store drops is counted by reason, told to the server, and said in one line a minute."""
    far.answer = lambda _: (200, {"X-Sentry-Rate-Limits": "60:error:key"})
    transport = bench.transport(far.dsn, max_envelopes=3)
    transport.capture_envelope(event(0))
    until(lambda: bench.waiting == 0)
    for number in range(10):
        transport.capture_envelope(event(number))
    transport.flush(5.0)
    transport.flush(5.0)
    assert caplog.text.count("7 events were dropped: 7 over max_envelopes") == 1
    assert losses(far) == {("error", "cache_overflow"): 7}


def test_another_dsn(bench: Bench, far: FarEnd) -> None:
    """What was kept for one DSN is never sent to another, and arrives when the first is used again."""
    first = bench.transport(f"http://public@127.0.0.1:{closed_port()}/1")
    first.capture_envelope(event(1))
    first.kill()
    for dsn in (far.dsn.replace("public", "other"), far.dsn.replace("/1", "/2")):
        transport = bench.transport(dsn)
        transport.capture_envelope(event(2))
        transport.flush(5.0)
    assert ids(far) == [2, 2]
    assert bench.waiting == 1
    assert not any("public" in str(path) for path in bench.directory.rglob("*"))


def test_what_is_kept_before_an_end(bench: Bench, far: FarEnd) -> None:
    """What waits in memory is in a file before an end that leaves no time, unless the server wants none of it."""
    far.answer = lambda _: (200, {"X-Sentry-Rate-Limits": "3600:transaction;span:organization"})
    transport = bench.transport(far.dsn)
    transport.capture_envelope(event(1))
    until(lambda: bool(far.events) and bench.waiting == 0)
    far.answer = lambda _: (500, {})
    transport.capture_envelope(transaction(2))
    late = Envelope(items=[Item(payload=b"{}", type="session")])
    transport.keep_all(lambda: transport.capture_envelope(late))
    assert [envelope.name.rpartition(".")[2] for envelope in kept(bench.directory)] == ["session"]


def test_answer_that_is_no_http(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """What came instead of an answer is said in one line, without the key of the DSN."""

    class Odd(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(b"ICY 200 " + self.headers["X-Sentry-Auth"].encode() + b"\x1b[2J\r\n\r\n")

    with Loopback(Odd) as far:
        transport = bench.transport(f"http://0123456789abcdef@127.0.0.1:{far.port}/1")
        transport.capture_envelope(event())
        until(lambda: transport.trouble is not None)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "asab_sentry"]
    assert line.startswith("Sentry does not take events (BadStatusLine: ICY 200")
    assert line.isprintable()
    assert "0123456789abcdef" not in line


def test_fork(bench: Bench) -> None:
    """A child process sends what it captures itself, and nothing of its parent's."""
    port = closed_port()
    transport = bench.transport(f"http://public@127.0.0.1:{port}/1")
    transport.capture_envelope(event(1))
    transport.capture_envelope(transaction(2))
    transport.record_lost_event("sample_rate", "error")
    transport.flush(0.2)
    # Nothing of the parent is sent before the child ends.
    transport._sender.stop()
    with FarEnd(port) as far, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if not child:
            status = 1
            try:
                transport.capture_envelope(event(3))
                transport.flush(5.0)
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        assert ids(far) == [3]
        assert losses(far) == {}
        assert bench.waiting == 1


def test_never_raises(bench: Bench, far: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong with an envelope is said and counted, not raised."""
    transport = bench.transport(far.dsn)

    def fail(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(transport._spool, "put", fail)
    transport.capture_envelope(event())
    transport.flush(5.0)
    assert losses(far) == {("error", "internal_sdk_error"): 1}


def test_what_is_no_json(bench: Bench, far: FarEnd) -> None:
    """An event with values that are no JSON is sent as text, one with half a character without it."""
    transport = bench.transport(far.dsn)
    transport.capture_envelope(event(1, extra={"a": {1, 2}, "b": "\ud800"}))
    transport.flush(5.0)
    assert far.events[0]["extra"]["b"] == "?"


POISON = [b"", b"no JSON", b"[]\n{}\n", b"null\n", b'"text"\n', b"[" * 5000, b"\xff\xfe\n", b"\n\n\n"]


@pytest.mark.parametrize("content", POISON)
def test_what_is_no_envelope(bench: Bench, far: FarEnd, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    """A file of ours that holds no envelope is dropped, counted and said; what comes after it is sent."""
    transport = bench.transport(far.dsn)
    transport._spool.put("error", content)
    transport.capture_envelope(event(1))
    far.wait_for(1)
    until(lambda: bench.waiting == 0)
    transport.flush(5.0)
    transport.flush(5.0)
    assert ids(far) == [1]
    assert "What is no envelope is dropped" in caplog.text
    assert losses(far) == {("error", "cache_overflow"): 1}


@pytest.mark.parametrize(
    "items", [b"", b"no JSON\n", b'{"type":"event","length":"x"}\n{}\n', b'{"length":99}\nx', b"[]\n"]
)
@pytest.mark.parametrize("status", [200, 400, 413])
def test_half_an_envelope(bench: Bench, far: FarEnd, items: bytes, status: int) -> None:
    """Whatever the items of an envelope are, the server decides, and what comes after it is sent."""
    answers = [status]
    transport = bench.transport(far.dsn)
    real = transport._ask

    def ask(body, headers):
        if answers and b"marked" in gzip.decompress(body):
            refused = answers.pop()
            return connections.Response(refused, {}, b"{}")
        return real(body, headers)

    transport._ask = ask
    transport._spool.put("monitor", b'{"marked": 1}\n' + items)
    transport.capture_envelope(event(1))
    far.wait_for(1)
    until(lambda: bench.waiting == 0)
    assert ids(far) == [1]


def test_one_of_those_in_memory_that_cannot_be_made(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Of what is not kept on disk, one that cannot be sent is dropped, and the next is sent."""

    class Broken(Item):
        def serialize_into(self, file):
            raise RuntimeError("broken")

    with FarEnd() as far:
        transport = bench.transport(far.dsn)
        bad = Envelope(headers={})
        bad.add_item(Broken(payload=b"x", headers={"type": "session"}))
        transport.capture_envelope(bad)
        transport.capture_envelope(transaction(1))
        until(lambda: far.transactions != [])
        assert ids(far) == [1]
        assert "An envelope could not be sent" in caplog.text


def test_one_of_those_in_memory_that_is_not_taken(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that the server never takes does not hold up the next for good."""
    monkeypatch.setattr("asab_sentry.delivery.unspooled.MANY", 2)
    with FarEnd() as far:
        far.answer = lambda envelope: (500 if envelope.headers["event_id"].endswith("1") else 200, {})
        transport = bench.transport(far.dsn)
        for number in (1, 2, 3):
            transport.capture_envelope(transaction(number))
        until(lambda: len(far.transactions) == 2)
        assert ids(far) == [2, 3]


class TestRateLimits:
    """What is read from the headers of an answer."""

    @pytest.mark.parametrize(
        ("status", "headers", "waits"),
        [
            (200, {}, {}),
            (200, {"Retry-After": "5"}, {}),
            (429, {}, {"": 60, "error": 60}),
            (429, {"Retry-After": "5"}, {"error": 5}),
            (429, {"Retry-After": "0.5"}, {"error": 0.5}),
            (429, {"Retry-After": "soon"}, {"error": 60}),
            (429, {"Retry-After": "Fri, 01 Jan 2010 00:00:00 GMT"}, {"error": 0}),
            (
                429,
                {"Retry-After": "Mon, 30 Nov 2026 09:00:07 GMT", "Date": "Mon, 30 Nov 2026 09:00:00 GMT"},
                {"error": 7},
            ),
            (429, {"Retry-After": "Fri, 01 Jan 2010 00:00:00 -0000", "Date": "yesterday"}, {"error": 0}),
            (429, {"Retry-After": "Mon, 30 Nov 99999 09:00:07 GMT"}, {"error": 60}),
            (503, {"Retry-After": "5"}, {"error": 5}),
            (503, {}, {}),
            (200, {"X-Sentry-Rate-Limits": "60:error:org"}, {"error": 60, "transaction": 0}),
            (200, {"X-Sentry-Rate-Limits": "1.5:error;monitor:org:quota"}, {"error": 1.5, "monitor": 1.5, "": 0}),
            (200, {"X-Sentry-Rate-Limits": "60:transaction:key, 2700::organization"}, {"error": 2700, "any": 2700}),
            (429, {"X-Sentry-Rate-Limits": "9:error", "Retry-After": "99"}, {"error": 9, "monitor": 0}),
            (200, {"X-Sentry-Rate-Limits": "5"}, {"error": 5}),
            (200, {"X-Sentry-Rate-Limits": "x:error:org, nan::org, -1::org, inf::org, ,:,::"}, {"error": 0}),
            (200, {"X-Sentry-Rate-Limits": "1e9:error:org"}, {"error": 86400}),
        ],
    )
    def test_header(self, status: int, headers: dict[str, str], waits: dict[str, float]) -> None:
        """Each header says which categories wait for how long."""
        limits = RateLimits(clock=lambda: 100.0)
        limits.update(status, headers)
        assert {category: limits.wait(category) for category in waits} == waits
        assert limits.any == any(waits.values())

    def test_many_categories(self) -> None:
        """A server that names categories without end takes no memory without end."""
        limits = RateLimits(clock=lambda: 100.0)
        for number in range(50):
            named = ",".join(f"60:category{number}-{each}:key" for each in range(100))
            limits.update(200, {"X-Sentry-Rate-Limits": named})
        assert len(limits._until) <= 100
        assert limits.wait("category0-0") == 60

    def test_time_passes(self) -> None:
        """A limit ends by itself, and a shorter one does not end a longer one."""
        now = [0.0]
        limits = RateLimits(clock=lambda: now[0])
        limits.update(429, {"Retry-After": "10"})
        limits.update(429, {"Retry-After": "5"})
        now[0] = 9.0
        assert limits.wait("error") == 1.0
        now[0] = 10.0
        assert not limits.any


class Odd(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class OddPayload(PayloadRef):
    """Raises, once it is part of an item, what cannot be shown."""

    is_part = False

    @property
    def json(self) -> object:
        if self.is_part:
            raise Odd
        return {}

    @json.setter
    def json(self, value: object) -> None: ...


@pytest.mark.parametrize("kind", ["event", "transaction"])
def test_what_raises_an_exception_without_a_text(bench: Bench, far: FarEnd, caplog, kind: str) -> None:
    """What cannot be kept or sent is told and counted, whatever it raises, and what comes after it is sent."""
    transport = bench.transport(far.dsn)
    payload = OddPayload(json={})
    envelope = Envelope(items=[Item(payload, headers={"type": kind})])
    payload.is_part = True
    transport.capture_envelope(envelope)
    transport.capture_envelope(event(1))
    transport.flush(5.0)
    assert ids(far) == [1]
    (line,) = [record.getMessage() for record in caplog.records if "An envelope could not be" in record.getMessage()]
    assert "(Odd: " in line
