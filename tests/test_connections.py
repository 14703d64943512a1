"""Servers that do not come to an end with their answer, over real connections."""

import functools
import gzip
import http.client
import itertools
import os
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sentry_sdk.consts
import urllib3
from certificates import certificate

from asab_sentry.delivery.connections import LONGEST, Response
from asab_sentry.delivery.responses import first_cause
from asab_sentry.delivery.transport import Transport

OK = b"HTTP/1.1 200 OK\r\n"
FAILURES = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
Sends = Callable[[], Iterator[bytes]]


class Server:
    """Answers each request with the pieces of `sends`, one after the other, as long as they are taken."""

    def __init__(self, sends: Sends, *, pause: float = 0.0) -> None:
        self.sends = sends
        self.pause = pause
        self.wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection
        self.requests = 0
        self.connections = 0
        self.longest = 10**9
        """Bytes of a request after which it answers and hangs up."""
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
        with self.wrap(connection) as connection:
            try:
                while self._received(connection):
                    self.requests += 1
                    for piece in self.sends():
                        connection.sendall(piece)
                        time.sleep(self.pause)
                    if self.longest < 10**9:
                        return
            except OSError:  # it has hung up
                return

    def _received(self, connection: socket.socket) -> bool:
        got = b""
        while b"\r\n\r\n" not in got:
            if not (part := connection.recv(65536)):
                return False
            got += part
        head, _, body = got.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0)
        while len(body) < min(length, self.longest):
            body += connection.recv(65536)
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["first", "repeated"])
def ask(request):
    """Send something to a server of the given answer; return the function that does, again and again.

    On a new connection, or on one that has had an answer before.
    """
    servers, transports = [], []

    def make(sends: Sends, *, pause: float = 0.0, timeout: float = 0.5, **options) -> Callable[[], Response]:
        is_repeated = request.param == "repeated" and not options
        server = Server(lambda: iter([whole(b"{}")]) if is_repeated else sends(), pause=0.0 if is_repeated else pause)
        servers.append(server)

        class Patient(Transport):
            TIMEOUT = timeout

        given = {"dsn": f"http://public@127.0.0.1:{server.port}/1"} | {
            name: text.format(server.port) for name, text in options.items()
        }
        transport = Patient({**sentry_sdk.consts.DEFAULT_OPTIONS, **given})
        transports.append(transport)
        asked = lambda content=b'{}\n{"type":"event"}\n{}': transport.request(content)  # noqa: E731
        asked.server = server
        if is_repeated:
            assert asked()[2:] == (b"{}", "")
            is_repeated, server.pause, server.requests = False, pause, 0
        return asked

    yield make
    for transport in transports:
        transport.kill()
    for server in servers:
        server.close()


HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        lambda answer: [HINTS + answer],
        lambda answer: [HINTS, answer],
        lambda answer: [b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS, b"HTTP/1.1 102 Processing\r\n\r\n", answer],
    ],
    ids=["at once", "before", "several"],
)
def test_hints(ask, pieces) -> None:
    """What a server or proxy says before its answer (103 Early Hints) is not taken for it, nor for the next one."""
    numbers = itertools.count(1)
    asked = ask(lambda: iter(pieces(whole(b'{"id":"%d"}' % next(numbers)))), pause=0.01)
    for number in (1, 2, 3):
        assert asked()[:3:2] == (200, b'{"id":"%d"}' % number)
    assert asked.server.connections == 1


def test_hints_without_end(ask) -> None:
    """A server that never comes to its answer is given up in time."""
    with pytest.raises(FAILURES) as failure:
        ask(lambda: itertools.repeat(HINTS), pause=0.01)()
    assert "no whole answer in time" in first_cause(failure.value)


def whole(body: bytes, *headers: bytes) -> bytes:
    lines = [b"Content-Length: %d" % len(body), *headers]
    return OK + b"\r\n".join(lines) + b"\r\n\r\n" + body


def one_by_one(content: bytes, size: int = 1) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def test_whole(ask) -> None:
    """An answer that ends is read as it is, and its connection is used again."""
    asked = ask(lambda: iter([whole(b'{"id": "1"}', b"X-Own: yes")]))
    for _ in range(3):
        response = asked()
        assert (response.status, response.data, response.error) == (200, b'{"id": "1"}', "")
        assert response.headers["x-own"] == "yes"
    assert (asked.server.requests, asked.server.connections) == (3, 1)


PLAIN = {
    "in one": [whole(b'{"id": "1"}')],
    "head and content": [whole(b'{"id": "1"}')[:-11], b'{"id": "1"}'],
    "kept alive": [whole(b'{"id": "1"}', b"Connection: Keep-Alive")],
    "interim": [b"HTTP/1.1 100 Continue\r\n\r\n", whole(b'{"id": "1"}')],
    "folded": [whole(b'{"id": "1"}', b"X-Own: a\r\n b")],
    "no content": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "no reason": [b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}"],
    "other line ends": [b'HTTP/1.1 200 OK\nContent-Length: 11\n\n{"id": "1"}'],
    "mixed line ends": [b'HTTP/1.1 200 OK\r\nContent-Length: 11\n\r\n{"id": "1"}'],
    "chunks": [OK + b'transfer-encoding: chunked\r\n\r\nb\r\n{"id": "1"}\r\n0\r\n\r\n'],
}


@pytest.mark.parametrize("pieces", PLAIN.values(), ids=PLAIN)
def test_kept(ask, pieces: list[bytes]) -> None:
    """The connection of an answer that is over is used again, however the answer tells its end."""
    asked = ask(lambda: iter(pieces), timeout=5.0)
    for _ in range(3):
        response = asked()
        assert response.error == ""
        assert (response.status, response.data) in {(200, b'{"id": "1"}'), (200, b"{}"), (204, b"")}
    assert (asked.server.requests, asked.server.connections) == (3, 1)


CLOSED = {
    "said": [whole(b"{}", b"Connection: close")],
    "old": [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
    "more than said": [whole(b"{}") + b"more"],
}


@pytest.mark.parametrize("pieces", CLOSED.values(), ids=CLOSED)
def test_not_kept(ask, pieces: list[bytes]) -> None:
    """One that its server will close, or on which something else came, is not used for another request."""
    asked = ask(lambda: iter(pieces), timeout=5.0)
    for _ in range(3):
        assert asked()[2:] == (b"{}", "")


def test_headers_that_come_twice(ask) -> None:
    """Headers of one name are joined."""
    asked = ask(lambda: iter([whole(b"{}", b"X-Sentry-Rate-Limits: 1:error", b"x-sentry-rate-limits: 2:span")]))
    assert asked().headers["X-Sentry-Rate-Limits"] == "1:error, 2:span"


def test_tls(ask, tmp_path: Path) -> None:
    """Requests over one connection that is encrypted are all encrypted, and so are their answers."""
    path = certificate(tmp_path / "localhost.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    body = b'{"id": "%s"}' % (b"1" * 10000)
    asked = ask(
        lambda: one_by_one(whole(body), 7), timeout=20.0, dsn="https://public@localhost:{}/1", ca_certs=str(path)
    )
    asked.server.wrap = lambda connection: context.wrap_socket(connection, server_side=True)
    for _ in range(3):
        assert asked()[2:] == (body, "")
    assert (asked.server.requests, asked.server.connections) == (3, 1)


def test_answer_before_the_end(ask) -> None:
    """A server that answers and hangs up before it has read the whole request has answered."""
    asked = ask(lambda: iter([b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}"]), timeout=10.0)
    asked.server.longest = 1000
    response = asked(os.urandom(15 * 10**6))
    assert (response.status, response.data) == (413, b"{}")


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
    with pytest.raises(FAILURES) as raised:
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


@functools.cache
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
