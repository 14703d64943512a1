"""A request like the last one of its connection: the head is as it was sent then, and a plain answer is read here.

urllib3 and http.client make each head anew and parse that of each answer as a mail, which takes ten times as long as
everything else. What is not plain is left to them: a connection that is not open, an answer in chunks or without end.
"""

import contextlib
import re
import socket
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import urllib3

from .connections import LATE, LONGEST, Answer, Response, read
from .responses import first_cause

PART = 65536

SPECIAL = ("Transfer-Encoding", "Content-Encoding")
KEEP = "keep-alive"

_Headers: Any = type(urllib3.HTTPResponse().headers)
"""Headers by names in any case; urllib3 1.26 has no public name for it."""

_length = re.compile(rb"(?<=\r\ncontent-length: )[0-9]+(?=\r\n)", re.IGNORECASE)
_end_of_head = re.compile(rb"\n\r?\n")
"""Or what http.client takes for it, of a server that ends lines otherwise."""
_status = re.compile(r"HTTP/1\.1 ([2-5][0-9]{2})(?: .*)?")


class _Head(NamedTuple):
    status: int
    headers: Mapping[str, str]
    size: int
    """Bytes of the whole answer."""


def repeat(pool: Any, body: bytes, timeout: float) -> Response | None:
    """Post a body as the last one, over a connection of a `connections.bounded` pool; None where none is open.

    The request has `timeout` seconds, and so has the answer. Raises what sockets and http.client do.
    """
    connection = pool._get_conn()  # noqa: SLF001  # urllib3 gives and takes connections nowhere else
    try:
        head, lengths = _length.subn(b"%d" % len(body), connection.head or b"", 1)
        if connection.sock is None or not lengths:
            return None
        response, is_usable = _exchange(connection.sock, head + body, timeout)
        if not is_usable:
            connection.close()
    except BaseException:
        connection.close()
        raise
    finally:
        pool._put_conn(connection)  # noqa: SLF001
    return response


def _exchange(sock: socket.socket, request: bytes, timeout: float) -> tuple[Response, bool]:
    """Return the answer to a request, and whether the connection can be used for another one."""
    is_sent = False
    sock.settimeout(timeout)
    # Who finds a request too large may answer and hang up before it is there.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        sock.sendall(request)
        is_sent = True
    deadline = time.monotonic() + timeout
    received, head = b"", None
    try:
        while len(received) <= LONGEST and (part := sock.recv(PART)):
            received += part
            if head is None and _end_of_head.search(received) and (head := _parsed(received)) is None:
                break
            if head is not None and len(received) >= head.size:
                break
            sock.settimeout(max(deadline - time.monotonic(), 1e-3))
    except TimeoutError:
        late = TimeoutError(LATE)
        if head is None:
            raise late from None
        return Response(head.status, head.headers, _content(received), first_cause(late)), False
    if head is not None and len(received) == head.size:
        return Response(head.status, head.headers, _content(received)), is_sent
    return _left_to_others(sock, received, deadline, is_sent=is_sent)


def _parsed(received: bytes) -> _Head | None:
    """Return the head of an answer whose content has a length and nothing else about it; None for any other."""
    before, end, _ = received.partition(b"\r\n\r\n")
    first, *lines = before.decode("latin-1").split("\r\n")
    status, headers = _status.fullmatch(first), _Headers()
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name.split() != [name]:
            return None
        headers.add(name, value.strip())
    length = headers.get("Content-Length", "")
    is_plain = length.isascii() and length.isdigit() and not any(name in headers for name in SPECIAL)
    if not end or status is None or not is_plain or headers.get("Connection", KEEP).lower() != KEEP:
        return None
    return _Head(int(status[1]), headers, len(before + end) + int(length))


def _content(received: bytes) -> bytes:
    return received.partition(b"\r\n\r\n")[2]


def _left_to_others(sock: socket.socket, received: bytes, deadline: float, *, is_sent: bool) -> tuple[Response, bool]:
    """Return an answer of which something was received already, as http.client and urllib3 read it."""
    sock.settimeout(max(deadline - time.monotonic(), 1e-3))
    with contextlib.closing(Answer(sock, received=received, method="POST")) as answer:
        answer.begin()
        headers = _Headers(answer.headers.items())
        whole = urllib3.HTTPResponse(answer, headers, answer.status, preload_content=False, enforce_content_length=True)
        response = read(whole)
    # Of one that is compressed the end may not be read.
    is_over = not response.error and not answer.will_close and "Content-Encoding" not in headers
    return response, is_sent and is_over
