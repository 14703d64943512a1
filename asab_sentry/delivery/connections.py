"""Connections to a server that may be anything: a whole answer has a deadline, and only its beginning is read.

The timeout of urllib3 is for each read alone, so an answer of one byte a second would have no end.
"""

import contextlib
import http
import http.client
import io
import socket
import time
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import unquote_to_bytes

import urllib3

from .responses import first_cause

LONGEST = 16 * 1024
"""Bytes of an answer that are read, and that it may have when it is decompressed; Sentry's have less than 100."""

LATE = "no whole answer in time"

UNREAD: dict[str, Any] = {"redirect": False, "preload_content": False, "enforce_content_length": True}
"""How a request is made whose answer `read` is given. Key and token are for one server alone, so redirects are not
followed. urllib3 1 asks no pool about that, and takes an answer that breaks off, unless it is told."""

COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})


class Response(NamedTuple):
    """What a server answered: `data` is the beginning of it, `error` says why that is not the whole, if it is not."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    error: str = ""


def login_of(proxy: str | None) -> dict[str, str]:
    """Return the header by which one logs in to a proxy with the user and password of its URL, if it has them.

    urllib3 takes them from the URL for SOCKS only.
    """
    login = urllib3.util.parse_url(proxy).auth if proxy else None
    if not login:
        return {}
    user, colon, password = login.partition(":")
    # A header is Latin-1, and what is percent-encoded may be UTF-8: its bytes are sent as they are.
    text = b":".join((unquote_to_bytes(user), unquote_to_bytes(password))) if colon else unquote_to_bytes(user) + b":"
    return urllib3.make_headers(proxy_basic_auth=text.decode("latin-1"))


def logged_in(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    """Return the manager, which logs in to its proxy from now on, if it has one whose URL has a user."""
    if isinstance(manager, urllib3.ProxyManager) and manager.proxy is not None:
        # The same dict, as each pool of the manager is given it.
        cast("dict[str, str]", manager.proxy_headers).update(login_of(manager.proxy.url))
    return manager


def bounded(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    """Return the manager, whose connections keep a deadline for each answer from now on: their read timeout."""
    manager.pool_classes_by_scheme = {
        scheme: _bounded(pool_class) for scheme, pool_class in manager.pool_classes_by_scheme.items()
    }
    return manager


def _bounded(pool_class: Any) -> Any:
    class Connection(pool_class.ConnectionCls):  # type: ignore[misc]  # a class that is given: there are those of proxies
        response_class = Answer
        head: bytes | None = None
        """What came before the body of the last request, as it was sent."""

        def request(self, *args: Any, **more: Any) -> None:
            self.head = None
            super().request(*args, **more)

        def send(self, data: Any) -> None:
            if self.head is None and isinstance(data, bytes):
                self.head = data
            super().send(data)

    class Pool(pool_class):  # type: ignore[misc]
        ConnectionCls = Connection

    return Pool


class Answer(http.client.HTTPResponse):
    """An answer that is read from a socket until a deadline, its head included; `received` is the beginning of it."""

    def __init__(self, sock: socket.socket, *args: Any, received: bytes = b"", **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp = io.BufferedReader(_UntilDeadline(self.fp.detach(), sock, received))

    def begin(self) -> None:
        """Read the head of the answer itself: http.client takes what comes before it for it, but for 100 Continue."""
        super().begin()
        while 100 < self.status < 200 and self.status != http.HTTPStatus.SWITCHING_PROTOCOLS:  # as 103 Early Hints
            self.headers = self.msg = None  # type: ignore[assignment]  # as before the first
            super().begin()


class _UntilDeadline(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket, received: bytes) -> None:
        self._raw = raw
        self._received = received
        self._sock = sock
        self._timeout = sock.gettimeout()
        self._deadline = None if self._timeout is None else time.monotonic() + self._timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._received:
            count = min(len(buffer), len(self._received))
            buffer[:count], self._received = self._received[:count], self._received[count:]
            return count
        try:
            if self._deadline is not None:
                remaining = self._deadline - time.monotonic()
                if remaining <= 0:
                    raise TimeoutError
                self._sock.settimeout(remaining)
            return self._raw.readinto(buffer)
        except TimeoutError:
            raise TimeoutError(LATE) from None

    def close(self) -> None:
        if not self.closed:
            with contextlib.suppress(OSError):  # it is closed already
                self._sock.settimeout(self._timeout)  # for the next request on it
            self._raw.close()
        super().close()


def read(response: "urllib3.BaseHTTPResponse", longest: int = LONGEST) -> Response:
    """Return an answer with the first `longest` bytes of its content, decompressed. Does not raise."""
    received, error = bytearray(), ""
    try:
        while len(received) <= longest and (part := response.read(longest + 1 - len(received), decode_content=False)):
            received += part
        content, is_whole = bytes(received), len(received) <= longest
        if response.headers.get("Content-Encoding", "").strip().lower() in COMPRESSED:
            content, is_whole = _decompressed(content, longest)
        if not is_whole:
            error = f"more than {longest // 1024} kB"
    except Exception as failure:
        content, error = bytes(received), first_cause(failure)
    finally:
        # A connection of which all was read is in the pool again.
        response.close()
    return Response(response.status, response.headers, content[:longest], error)


def _decompressed(content: bytes, longest: int) -> tuple[bytes, bool]:
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, as its head says
    content = decompressor.decompress(content, longest + 1)
    return content, decompressor.eof
