"""The proxy through which a server is asked: the configured one, or that of the environment; and why it cannot be."""

import importlib.util
import urllib.request

import urllib3.exceptions
import urllib3.util

from . import masking, option_types
from .options import Options

SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
SCHEMES = ("http", "https", *SOCKS)


def proxy_of(options: Options, scheme: str, host: str) -> str | None:
    """Return the proxy that sentry-sdk would use: the configured one, or that of the environment."""
    proxies = {} if urllib.request.proxy_bypass(host) else urllib.request.getproxies()
    https = (options.https_proxy or proxies.get("https")) if scheme == "https" else None
    return https or options.http_proxy or proxies.get("http")


def fault_of(proxy: str | None) -> str | None:
    """Return in one sentence why a proxy cannot be used, without its password; None when it can be."""
    if proxy is None:
        return None
    reason = _reason(proxy)
    return reason and f"Proxy {masking.masked(proxy, option_types.URL)} cannot be used: {reason}"


def _reason(proxy: str) -> str | None:
    try:
        url = urllib3.util.parse_url(proxy)
    except urllib3.exceptions.LocationParseError:
        return "it is no URL; accepted is a URL as in http://proxy:3128"
    if url.scheme not in SCHEMES:
        return f"accepted is a URL as in http://proxy:3128, with one of {', '.join(SCHEMES)}"
    if not url.host:
        return "it names no host"
    if url.scheme in SOCKS and importlib.util.find_spec("socks") is None:
        return "for SOCKS the package PySocks is needed, which is not installed"
    return None
