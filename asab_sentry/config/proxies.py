"""The proxy through which a server is asked: the configured one, or that of the environment; and why it cannot be."""

import importlib.util
import re
import urllib.request

import urllib3.exceptions
import urllib3.util

from . import masking, option_types
from .options import Options

_without_scheme = re.compile(r"(?:[^\s/@]+@)?[\w.-]+:\d{1,5}/?|[\w-]+(?:\.[\w-]+)+/?").fullmatch

SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
SCHEMES = ("http", "https", *SOCKS)


def proxy_of(options: Options, scheme: str, host: str) -> str | None:
    """Return the proxy through which a server is asked: the configured one, or that of the environment."""
    return chosen(options.https_proxy, options.http_proxy, scheme, host)


def chosen(https_proxy: str | None, http_proxy: str | None, scheme: str, host: str) -> str | None:
    """Return a configured proxy, else that of the environment, which `NO_PROXY` may say is not for this host."""
    proxies = {} if urllib.request.proxy_bypass(host) else urllib.request.getproxies()
    https = (https_proxy or proxies.get("https")) if scheme == "https" else None
    proxy = https or http_proxy or proxies.get("http")
    # In the environment it is often without a scheme, as curl takes it.
    return f"http://{proxy}" if proxy and _without_scheme(proxy) else proxy


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
