"""A server that takes envelopes, for a fleet on this machine: it can be stopped, and started again with its port."""

import gzip
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

KEY = "fleet"


class Arrived(NamedTuple):
    """An event, and when it arrived, in seconds of `time.monotonic()`."""

    moment: float
    event: dict[str, Any]


class Server:
    """Listens on an address of this machine; `arrived` are the events, the oldest first."""

    def __init__(self, address: str) -> None:
        self.arrived: list[Arrived] = []
        self._address, self._port = address, 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def dsn(self) -> str:
        """Where a service is to send to."""
        return f"http://{KEY}@{self._address}:{self._port}/1"

    def start(self) -> None:
        """Listen."""
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name is http.server's
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    content = gzip.decompress(content)
                for event in events_of(content):
                    arrived.append(Arrived(time.monotonic(), event))
                self.send_response(200)
                self.send_header("Content-Length", "15")
                self.end_headers()
                self.wfile.write(b'{"id": "fleet"}')

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as above
                pass

        self._server = ThreadingHTTPServer((self._address, self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be away."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def events_of(content: bytes) -> list[dict[str, Any]]:
    """Return the events in an envelope."""
    _, _, rest = content.partition(b"\n")
    events = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        body, rest = rest[: header["length"]], rest[header["length"] :].lstrip(b"\n")
        if header["type"] == "event":
            events.append(json.loads(body))
    return events
