"""Servers that do not come to an end with their answer, over real connections."""

import gzip
import itertools
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest
import sentry_sdk.consts
import urllib3

from asab_sentry.delivery.connections import LONGEST, Response
from asab_sentry.delivery.responses import first_cause
from asab_sentry.delivery.transport import Transport

OK = b"HTTP/1.1 200 OK\r\n"
Sends = Callable[[], Iterator[bytes]]


class Server:
    """Answers each request with the pieces of `sends`, one after the other, as long as they are taken."""

    def __init__(self, sends: Sends, *, pause: float = 0.0) -> None:
        self.sends = sends
        self.pause = pause
        self.requests = 0
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # closed
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while self._received(connection):
                    self.requests += 1
                    for piece in self.sends():
                        connection.sendall(piece)
                        time.sleep(self.pause)
            except OSError:  # it has hung up
                return

    @staticmethod
    def _received(connection: socket.socket) -> bool:
        got = b""
        while b"\r\n\r\n" not in got:
            if not (part := connection.recv(65536)):
                return False
            got += part
        head, _, body = got.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0)
        while len(body) < length:
            body += connection.recv(65536)
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def ask():
    """Send something to a server of the given answer; return the function that does, again and again."""
    servers, transports = [], []

    def make(sends: Sends, *, pause: float = 0.0, timeout: float = 0.5, **options) -> Callable[[], Response]:
        server = Server(sends, pause=pause)
        servers.append(server)

        class Patient(Transport):
            TIMEOUT = timeout

        given = {"dsn": f"http://public@127.0.0.1:{server.port}/1"} | {
            name: text.format(server.port) for name, text in options.items()
        }
        transport = Patient({**sentry_sdk.consts.DEFAULT_OPTIONS, **given})
        transports.append(transport)
        asked = lambda: transport.request(b'{}\n{"type":"event"}\n{}')  # noqa: E731
        asked.server = server
        return asked

    yield make
    for transport in transports:
        transport.kill()
    for server in servers:
        server.close()


def whole(body: bytes, *headers: bytes) -> bytes:
    lines = [b"Content-Length: %d" % len(body), *headers]
    return OK + b"\r\n".join(lines) + b"\r\n\r\n" + body


def one_by_one(content: bytes) -> Iterator[bytes]:
    return (bytes([byte]) for byte in content)


def test_whole(ask) -> None:
    """An answer that ends is read as it is, and its connection is used again."""
    asked = ask(lambda: iter([whole(b'{"id": "1"}', b"X-Own: yes")]))
    for _ in range(3):
        response = asked()
        assert (response.status, response.data, response.error) == (200, b'{"id": "1"}', "")
        assert response.headers["x-own"] == "yes"
    assert (asked.server.requests, asked.server.connections) == (3, 1)


def test_slow_and_whole(ask) -> None:
    """An answer in pieces is read when it is whole before the deadline, and the next one has as much time."""
    asked = ask(lambda: one_by_one(whole(b"{}")), pause=0.005, timeout=5.0)
    for _ in range(2):
        assert asked()[2:] == (b"{}", "")
    assert asked.server.connections == 1


WITHOUT_END = {
    "status": lambda: itertools.repeat(b"H"),
    "head": lambda: itertools.chain([OK + b"X-Long: "], itertools.repeat(b"x")),
    "interim": lambda: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "interim, at full speed": lambda: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
}


@pytest.mark.parametrize("sends", WITHOUT_END.values(), ids=WITHOUT_END)
def test_head_without_end(ask, sends: Sends) -> None:
    """The head of an answer has the same deadline, however its bytes come in."""
    began = time.monotonic()
    with pytest.raises(urllib3.exceptions.HTTPError) as raised:
        ask(sends, pause=0.02)()
    # From Python 3.14 on it counts the lines that are only on the way.
    assert first_cause(raised.value) in {
        "TimeoutError: no whole answer in time",
        "HTTPException: got more than 100 interim responses",
    }
    assert time.monotonic() - began < 30


SLOW_BODIES = {
    "length": lambda: itertools.chain([OK + b"Content-Length: 10000\r\n\r\n"], itertools.repeat(b" ")),
    "until closed": lambda: itertools.chain([OK + b"\r\n"], itertools.repeat(b" ")),
    "chunks": lambda: itertools.chain([OK + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"1\r\n \r\n")),
    "trailers": lambda: itertools.chain(
        [OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"], itertools.repeat(b"X: y\r\n")
    ),
}


@pytest.mark.parametrize("sends", SLOW_BODIES.values(), ids=SLOW_BODIES)
def test_body_without_end(ask, sends: Sends) -> None:
    """A content that comes slowly and does not end is no whole answer when the time is up, and its status is known."""
    began = time.monotonic()
    response = ask(sends, pause=0.02)()
    assert time.monotonic() - began < 30
    assert response.status == 200
    assert response.error == "TimeoutError: no whole answer in time"


def test_proxy_without_end(ask) -> None:
    """So has the answer of a proxy."""
    asked = ask(
        lambda: itertools.chain([OK + b"X-Long: "], itertools.repeat(b"x")),
        pause=0.02,
        dsn="https://public@sentry.invalid/1",
        https_proxy="http://127.0.0.1:{}",
    )
    began = time.monotonic()
    with pytest.raises(urllib3.exceptions.HTTPError) as raised:
        asked()
    assert first_cause(raised.value) == "TimeoutError: no whole answer in time"
    assert time.monotonic() - began < 30


def bomb() -> bytes:
    """Return 100 MB as gzip makes them small."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(compressor.compress(bytes(10**6)) for _ in range(100)), compressor.flush()])


LARGE = {
    "body": lambda: itertools.chain([OK + b"\r\n"], itertools.repeat(b"x" * 65536)),
    "chunk": lambda: itertools.chain(
        [OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 15 + b"\r\n"], itertools.repeat(b"x" * 65536)
    ),
    "length": lambda: iter([whole(bytes(10**7))]),
    "gzip": lambda: iter([whole(bomb(), b"Content-Encoding: gzip")]),
    "gzip of gzip": lambda: iter([whole(gzip.compress(bomb()), b"Content-Encoding: gzip, gzip")]),
}


@pytest.mark.parametrize("sends", LARGE.values(), ids=LARGE)
def test_large(ask, sends: Sends) -> None:
    """Of an answer of any size a beginning is read, at full speed, in little memory."""
    pieces = list(itertools.islice(sends(), 1000))
    asked = ask(lambda: iter(pieces), timeout=30)
    asked()
    tracemalloc.start()
    response = asked()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2 * 10**6
    assert len(response.data) <= LONGEST
    assert response.error or "gzip" in response.headers["Content-Encoding"]


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate"])
def test_compressed(ask, encoding: str) -> None:
    """A small answer that was compressed on the way is read."""
    body = zlib.compress(b"{}") if encoding == "deflate" else gzip.compress(b"{}")
    response = ask(lambda: iter([whole(body, b"Content-Encoding: " + encoding.encode())]))()
    assert (response.data, response.error) == (b"{}", "")


BROKEN = {
    "length": OK + b"Content-Length: 100\r\n\r\n{}",
    "chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{}",
    "gzip": whole(gzip.compress(b"{}")[:-9], b"Content-Encoding: gzip"),
    "no gzip": whole(b"{}", b"Content-Encoding: gzip"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_broken(ask, content: bytes) -> None:
    """An answer that breaks off is none, even if what there is of it would be one."""

    def sends() -> Iterator[bytes]:
        yield content
        raise OSError("hangs up")

    response = ask(sends)()
    assert response.status == 200
    assert response.error
