"""The far end of the wire: a loopback server that keeps the envelopes it is sent."""

import gzip
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from asab_sentry.sdk import segments, version

THREE = version.THREE

TRACED = "spans" if THREE else "transactions"
"""What is counted of tracing."""


@dataclass
class Item:
    """An item of an envelope."""

    headers: dict[str, Any]
    payload: Any


@dataclass
class Envelope:
    """An envelope as it arrived."""

    headers: dict[str, Any]
    items: list[Item]
    request_headers: dict[str, str]
    raw: bytes = field(repr=False, default=b"")


def parse(raw: bytes, request_headers: dict[str, str]) -> Envelope:
    """Return the envelope of a request body."""
    head, _, rest = raw.partition(b"\n")
    items = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        headers = json.loads(line)
        length = headers.get("length")
        if length is None:
            body, _, rest = rest.partition(b"\n")
        else:
            body, rest = rest[:length], rest[length:].lstrip(b"\n")
        try:
            payload = json.loads(body)
        except ValueError:
            payload = body
        items.append(Item(headers, payload))
    return Envelope(json.loads(head), items, request_headers, raw)


class Loopback:
    """A server on this machine, which runs within a `with` block."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0, host: str = "127.0.0.1") -> None:
        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

            def handle_error(self, *of: Any) -> None:
                if not isinstance(sys.exception(), ConnectionError):
                    super().handle_error(*of)

        self._server = Server((host, port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class FarEnd(Loopback):
    """Runs the server; `answer(envelope)` returns status and headers of the answer, status 0 for a reset instead.

    `body` is the content of all answers; without it they are as Sentry's: the id of what was taken, if it has one.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self.envelopes: list[Envelope] = []
        self.answer: Callable[[Envelope], tuple[int, dict[str, str]]] = lambda _: (200, {})
        self.body: bytes | None = None
        far = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if len(body) < int(self.headers["Content-Length"]):
                    return  # whoever sent it was killed meanwhile
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                envelope = parse(body, dict(self.headers))
                status, headers = far.answer(envelope)
                if status == 0:
                    self.close_connection = True
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if status == 200:
                    far.envelopes.append(envelope)
                content = far.content(status, envelope)
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(content))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                pass

        super().__init__(Handler, port, host)
        self.dsn = f"http://public@{f'[{host}]' if ':' in host else host}:{self.port}/1"

    def content(self, status: int, envelope: Envelope) -> bytes:
        """Return the content of the answer to an envelope."""
        if self.body is not None:
            return self.body
        event_id = envelope.headers.get("event_id") if status == 200 else None
        return json.dumps({"id": event_id} if event_id else {}).encode()

    def _payloads(self, *types: str) -> Iterator[dict[str, Any]]:
        for envelope in list(self.envelopes):
            for item in envelope.items:
                if item.headers["type"] in types:
                    yield item.payload

    @property
    def events(self) -> list[dict[str, Any]]:
        """All error events and messages that arrived."""
        return list(self._payloads("event"))

    @property
    def transactions(self) -> list[dict[str, Any]]:
        """All transactions that arrived; of sentry-sdk 3 put together from its spans."""
        return [*self._payloads("transaction"), *segments.transactions(self.spans)]

    @property
    def judged(self) -> list[dict[str, Any]]:
        """All that Sentry's normalizer knows: it has no form for spans."""
        return list(self._payloads("event", "transaction"))

    @property
    def spans(self) -> list[dict[str, Any]]:
        """All spans that arrived of sentry-sdk 3, which has no transactions."""
        return [span for payload in self._payloads("span") for span in payload["items"]]

    @property
    def check_ins(self) -> list[dict[str, Any]]:
        """All check-ins that arrived."""
        return list(self._payloads("check_in"))

    def wait_for(self, count: int, deadline: float = 10.0) -> list[dict[str, Any]]:
        """Return the events when there are at least `count` of them; fails at the deadline."""
        end = time.monotonic() + deadline
        while len(self.events) < count:
            assert time.monotonic() < end, f"{len(self.events)} of {count} events arrived within {deadline} s"
            time.sleep(0.01)
        return self.events


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def title(event: dict[str, Any]) -> str:
    """Return what Sentry would show as the title of the event."""
    values = (event.get("exception") or {}).get("values")
    if values:
        return f"{values[-1]['type']}: {values[-1]['value']}"
    entry = event.get("logentry") or {}
    return entry.get("formatted") or entry.get("message") or event.get("message") or ""


def mechanism(event: dict[str, Any]) -> tuple[str, bool]:
    """Return type and `handled` of the mechanism of the event's exception."""
    found = event["exception"]["values"][-1]["mechanism"]
    return found["type"], found["handled"]


def has_failed(status: str | None) -> bool:
    """Return whether this is the status of a span or transaction that failed: sentry-sdk 3 has no other kinds."""
    return status == ("error" if THREE else "internal_error")
