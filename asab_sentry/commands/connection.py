"""Whether there is a connection to the server: TCP and TLS, through the proxy if there is one; nothing is sent."""

import http.client
import os
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import certifi
import sentry_sdk.utils

from ..config.options import Options
from ..config.proxies import SOCKS, fault_of, proxy_of
from ..delivery.connections import login_of

TIMEOUT = 10.0
"""Seconds that a connection may take."""

DEFAULT_PORTS = {"https": 443, **dict.fromkeys(SOCKS, 1080)}
"""Of proxies whose URL names none."""


@dataclass(frozen=True)
class Reach:
    """How a connection to `address` went: `error` says why there is none, `took` is in seconds."""

    address: str
    proxy: str | None
    error: str | None
    took: float


def reach(options: Options) -> Reach:
    """Connect to the host of the DSN, as sentry-sdk would, and hang up."""
    dsn = sentry_sdk.utils.Dsn(options.dsn)
    address = f"{dsn.host}:{dsn.port}"
    proxy = proxy_of(options, dsn.scheme, dsn.host)
    fault = fault_of(proxy)
    if fault:
        return Reach(address, None, fault, 0.0)
    started = time.monotonic()
    error = None
    try:
        connection = _connection(dsn, proxy, _context(options) if dsn.scheme == "https" else None)
        try:
            connection.connect()
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as failure:
        error = f"{type(failure).__name__}: {failure}"
    shown = urlsplit(proxy).netloc.rpartition("@")[2] if proxy else None
    return Reach(address, shown, error, time.monotonic() - started)


def proxy_fault(options: Options) -> str | None:
    """Return why the proxy by which events go cannot be used; None when it can be, or when there is none."""
    if not options.dsn:
        return None
    dsn = sentry_sdk.utils.Dsn(options.dsn)
    return fault_of(proxy_of(options, dsn.scheme, dsn.host))


def _connection(
    dsn: sentry_sdk.utils.Dsn, proxy: str | None, context: ssl.SSLContext | None
) -> http.client.HTTPConnection:
    host, port = dsn.host, dsn.port
    parts = urlsplit(proxy) if proxy else None
    if parts is not None:
        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 80)
    if context is None or (parts is not None and parts.scheme in SOCKS):
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    if parts is not None:
        connection.set_tunnel(dsn.host, dsn.port, login_of(proxy))
    return connection


def _context(options: Options) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=trusted_of(options))


def trusted_of(options: Options) -> str:
    """Return the path of the certificates that sentry-sdk would trust."""
    trusted = options.ca_certs or os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE")
    return trusted or certifi.where()
