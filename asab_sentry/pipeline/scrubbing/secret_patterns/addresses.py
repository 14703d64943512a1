"""Addresses of hosts, where an operator asks for it: `[sentry:privacy] personal=ip`.

Versions, times and hexadecimal digits are written alike: what is no address by the rules of `ipaddress` is left, and so
are loopback, masks, and networks.
"""

import ipaddress
import re
from collections.abc import Callable

from ....runtime.expressions import compile_later
from .rule import Cleaned, Rule, always, keep_prefix, replacing

# Not behind a letter or digit, unless that is a part of an escape in a `repr` or a URL.
_BEGIN = r"(?:(?<![\w.])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
_four = compile_later(rf"{_BEGIN}(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\w]|\.\w|-[A-Za-z])")
_groups = compile_later(
    r"(?:(?<![\w.:])|(?<=\\[nrt])|(?<=[^\W\dA-Fa-f_]:))(?:[0-9A-Fa-f]{0,4}:){2,7}"
    r"(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4})(?:%\w{1,20})?(?![\w:])"
)
_version_before = compile_later(
    r"(?:[\w)]-|[=<>~!]=\s?|\b(?:version|versions|release|ver|build|v)\b[\"']?[:=]?\s?"
    r"[\"']?)\Z",
    re.IGNORECASE,
)
_prefix = compile_later(r"/(\d{1,3})(?![\w.])")
_pairs = compile_later(r"(?:[0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2}")


def _v4(text: str, start: int, end: int) -> int | None:
    try:
        address = ipaddress.IPv4Address(text[start:end])
    except ValueError:
        return None
    # Browsers write their versions as `Chrome/120.0.0.0`.
    is_version = _version_before.search(text, max(start - 12, 0), start) or (
        text.endswith(".0.0.0", start, end) and text[start - 1 : start] == "/"
    )
    return None if is_version or _is_of_nobody(address, text, end) else end


def _v6(text: str, start: int, end: int) -> int | None:
    # A sentence goes on behind a colon.
    if text[end - 1] == ":" and text[end - 2] != ":":
        end -= 1
    written = text[start:end]
    # `a::b` is a name in other languages, eight pairs of digits are a fingerprint.
    if not any(map(str.isdigit, written)) or _pairs.fullmatch(written):
        return None
    try:
        address = ipaddress.IPv6Address(written)
    except ValueError:
        return None
    return None if _is_of_nobody(address, text, end) else end


def _is_of_nobody(address: ipaddress.IPv4Address | ipaddress.IPv6Address, text: str, end: int) -> bool:
    """Return whether an address is nobody's: this host, all hosts, a mask, a network."""
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return True
    if address.version == 4 and int(address) >> 24 == 255:
        return True
    prefix = _prefix.match(text, end)
    if prefix is None or int(prefix[1]) >= address.max_prefixlen:
        return False
    return int(address) & ((1 << (address.max_prefixlen - int(prefix[1]))) - 1) == 0


_may_hold_v4 = re.compile(r"\.\d{1,3}\.\d{1,3}\.\d").search
_may_hold_v6 = re.compile(r"::|:(?:[0-9A-Fa-f]{1,4}:){5}").search


def clean(text: str) -> str:
    """Return a text without addresses."""
    if _may_hold_v6(text):
        text = _cleaned(text, _groups, _v6)
    return _cleaned(text, _four, _v4) if _may_hold_v4(text) else text


def _cleaned(text: str, expression: re.Pattern[str], end_of: Callable[[str, int, int], int | None]) -> str:
    cleaned = Cleaned(text)
    for match in cleaned.remaining(expression.finditer(text), whole=True):
        end = end_of(text, *match.span())
        if end is not None:
            cleaned.leave_out(match.start(), end)
    return cleaned.text()


RULE = Rule(
    "",
    lambda text: _may_hold_v4(text) or _may_hold_v6(text),
    clean,
    {
        "login from 203.0.113.7:51234 refused": "login from [Filtered]:51234 refused",
        "peer 2001:db8::7: reset, [fe80::1%eth0]:80": "peer [Filtered]: reset, [[Filtered]]:80",
        "::ffff:203.0.113.7 'a\\n198.51.100.2'": "[Filtered] 'a\\n[Filtered]'",
        "127.0.0.1:8080, 0.0.0.0, ::1, 255.255.255.0, 10.0.0.0/8": (
            "127.0.0.1:8080, 0.0.0.0, ::1, 255.255.255.0, 10.0.0.0/8"
        ),
        "version 1.2.3.4, pkg==2.31.0.6, Chrome/120.0.0.0, v1.2.3.4": (
            "version 1.2.3.4, pkg==2.31.0.6, Chrome/120.0.0.0, v1.2.3.4"
        ),
        "at 12:34:56, mac 00:1b:44:11:3a:b7, std::vector, dead::beef, 1.3.6.1.4.1": (
            "at 12:34:56, mac 00:1b:44:11:3a:b7, std::vector, dead::beef, 1.3.6.1.4.1"
        ),
    },
)

SERVER_LOG = Rule(
    "request from ",
    always,
    replacing(r"(Error handling request from )[\w.:%-]++", keep_prefix),
    {
        "Error handling request from 10.9.8.7": "Error handling request from [Filtered]",
        "Error handling request from fe80::1%eth0": "Error handling request from [Filtered]",
        "a request from 10.9.8.7": "a request from 10.9.8.7",
    },
    personal=True,
)
