"""Secrets by their shape: what is recognized in any text, whoever wrote it.

A text is looked at by `in` first, and only what may hold a shape is searched. Each expression takes time that grows
with the text and no faster: what it may look ahead is bounded, or consumed by the match where there is no secret too.
"""

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .. import denylist
from ..denylist import FILTERED
from ..values import CUT

_Match = re.Match[str]


class Shape(NamedTuple):
    """A rule: `may_hold` is cheap and tells which texts are searched."""

    may_hold: Callable[[str], Any]
    remove: Callable[[str], str]
    examples: dict[str, str]
    """Texts and what is left of them."""
    personal: bool = False
    """Opened by `send_default_pii`."""

    def clean(self, text: str) -> str:
        """Return the text without what has this shape."""
        return self.remove(text) if self.may_hold(text) else text


def _replaced(expression: str, replace: Callable[[_Match], str], flags: int = 0) -> Callable[[str], str]:
    """Return what replaces each match of an expression."""
    return functools.partial(re.compile(expression, flags).sub, replace)


def query(text: str) -> str:
    """Return a query string with the names it has and without its values."""
    return "&".join(
        f"{name}={FILTERED}" if separator and value else part
        for part in text.split("&")
        for name, separator, value in [part.partition("=")]
    )


def _userinfo(rest: str) -> int:
    """Return where in a URL, behind its `//`, the host begins: behind the credentials, if there are any."""
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    end = authority.rfind("@")
    if end >= 0:
        return end + 1
    # A password with / ? # in it should have been quoted, but then no connection would fail.
    _, colon, after = authority.partition(":")
    if colon and not authority.startswith("[") and not re.match(r"[\d,:]*(,|$)", after):
        return rest.rfind("@") + 1
    return 0


def _credentials(match: _Match) -> str:
    rest = match[1]
    start = _userinfo(rest)
    if start:
        return f"://{FILTERED}@{rest[start:]}"
    if rest.endswith(CUT) and re.match(r"[^/?#@\[:]*:(?!\d+\.\.\.)[^/?#@]*\Z", rest):
        return f"://{FILTERED}{CUT}"
    return match[0]


def _query(match: _Match) -> str:
    head, mark, rest = match[0].partition("?")
    if not mark:
        return head
    values, hash_mark, fragment = rest.partition("#")
    return head + mark + query(values) + hash_mark + fragment


def _after(match: _Match) -> str:
    return match[1] + FILTERED


def _token(match: _Match) -> str:
    return FILTERED if match[1] else match[0]


def _private_key(match: _Match) -> str:
    return f"{match[1]}{FILTERED}{match[2]}"


_NO_SECRETS = frozenset({"", "none", "null", "true", "false", FILTERED.lower(), "nil", "undefined"})


def _named(name: str, value: str) -> Callable[[str], str]:
    """Return what removes values of secrets: expressions of what stands before one, with its name, and of the value."""
    find_names, match_value = re.compile(name).finditer, re.compile(value, re.DOTALL).match

    def remove(text: str) -> str:
        cleaned, end = "", 0
        for named in find_names(text):
            # What other names have may hold another one, and so is looked at.
            if named.start() < end or not denylist.is_secret(named[1]):
                continue
            found = match_value(text, named.end())
            if found is None:
                continue
            quote = found[0][0] if found[0][0] in "\"'" else ""
            inner = found[0].strip(quote) if quote else found[0]
            if inner.lower() not in _NO_SECRETS and not inner.startswith(FILTERED):
                cleaned += text[end : found.start()] + quote + FILTERED + quote
                end = found.end()
        return cleaned + text[end:]

    return remove


def is_card(digits: str) -> bool:
    """Return whether these are the digits of a payment card: 13 to 19 that pass Luhn's check (ISO/IEC 7812)."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456":
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _card(match: _Match) -> str:
    return FILTERED if is_card(re.sub(r"\D", "", match[0])) else match[0]


_assigned = r"(?<![\w.$-])([A-Za-z_][\w.-]{0,63})\\?[\"']?\s{0,2}(?:=>|[:=])\s{0,2}\\?"
# A text that was cut may end within the quotes.
_quoted = r"\"[^\"]++(?:\"|\Z)|'[^']++(?:'|\Z)"
_schemes = "Bearer|Basic|Digest|Negotiate|Token|bearer|basic|digest|negotiate|token|BEARER|BASIC"
_find_scheme = re.compile(_schemes).search
# The text of an element that is not closed was cut: within a word, or where the dots say so.
_begun = r"[^<\s\]),.:;>'\"]"
_content = rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|[^<]++(?=</)|{_begun}(?:[^<]*+(?<=\.\.\.)|[^<\s]*+)\Z"
# Bodies of requests are also seen as Python and JSON write them.
_line = r"(?:\r?\n|(?:\\r)?\\n)"
_header = r"(?:[^\r\n\\]|\\\")"

SHAPES = {
    "private keys": Shape(
        lambda text: "-----BEGIN" in text,
        _replaced(
            r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----).*?"
            r"(-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----|\Z)",
            _private_key,
            re.DOTALL,
        ),
        {
            "key -----BEGIN RSA PRIVATE KEY-----\nMIIEpA\n-----END RSA PRIVATE KEY----- end": (
                "key -----BEGIN RSA PRIVATE KEY-----[Filtered]-----END RSA PRIVATE KEY----- end"
            ),
            "-----BEGIN PRIVATE KEY-----\\nMIIEp...": "-----BEGIN PRIVATE KEY-----[Filtered]",
            "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----": (
                "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----"
            ),
        },
    ),
    "credentials in URLs": Shape(
        lambda text: "://" in text,
        _replaced(r"://([^\s\"'<>]*)", _credentials),
        {
            "cannot connect to postgres://app:hunter2@db.example.com:5432/shop": (
                "cannot connect to postgres://[Filtered]@db.example.com:5432/shop"
            ),
            "https://0123456789abcdef@sentry.example.com/1": "https://[Filtered]@sentry.example.com/1",
            "amqp://app:p/w@rabbit:5672": "amqp://[Filtered]@rabbit:5672",
            "mongodb://app:p@ss@a:27017,b:27017/db": "mongodb://[Filtered]@a:27017,b:27017/db",
            "redis://:hunter2@cache:6379/0": "redis://[Filtered]@cache:6379/0",
            "redis://:hunt...": "redis://[Filtered]...",
            "http://host:8080/~joe@home": "http://host:8080/~joe@home",
            "http://host:80...": "http://host:80...",
            "http://[::1]:80/a@b and mongodb://a:27017,b:27018/x@y": (
                "http://[::1]:80/a@b and mongodb://a:27017,b:27018/x@y"
            ),
        },
    ),
    "query values of URLs": Shape(
        lambda text: "://" in text and "?" in text,
        _replaced(r"://[^\s\"'<>]*", _query),
        {
            "GET https://host/a?user=joe&debug failed": "GET https://host/a?user=[Filtered]&debug failed",
            "https://host/a#b?c=d": "https://host/a#b?c=[Filtered]",
            "why? https://host/": "why? https://host/",
        },
        personal=True,
    ),
    "addresses in the log of aiohttp's server": Shape(
        lambda text: "request from " in text,
        _replaced(r"(Error handling request from )[\w.:%-]++", _after),
        {
            "Error handling request from 10.9.8.7": "Error handling request from [Filtered]",
            "Error handling request from fe80::1%eth0": "Error handling request from [Filtered]",
            "a request from 10.9.8.7": "a request from 10.9.8.7",
        },
        personal=True,
    ),
    "Authorization values": Shape(
        lambda text: " " in text and _find_scheme(text),
        _replaced(
            rf"(?<![\w-])((?:{_schemes}) )(?:username=[^\n]+|(?=[^\s\"',]{{0,200}}[\d=+/._~-])[\w+/=.~-]{{6,}}+)",
            _after,
        ),
        {
            "sent Bearer abc123def456 to it": "sent Bearer [Filtered] to it",
            "basic dXNlcjpwYXNz=": "basic [Filtered]",
            'Digest username="joe", response="6629fae4"': "Digest [Filtered]",
            "the basic understanding of a bearer bond": "the basic understanding of a bearer bond",
        },
    ),
    "JSON Web Tokens": Shape(
        lambda text: "eyJ" in text,
        _replaced(r"eyJ[\w-]*+((?:\.[\w-]*+){1,4})?+", _token),
        {
            "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln now": "got [Filtered] now",
            "eyJhbGciOiJIUzI1NiJ9 is a header": "eyJhbGciOiJIUzI1NiJ9 is a header",
        },
    ),
    "assignments": Shape(
        lambda text: "=" in text or ":" in text,
        _named(_assigned, rf"{_quoted}|(?:(?:{_schemes}) )?(?:\[Filtered\]|[^\s,;&\"'(){{}}\[\]<>]++)"),
        {
            "host=db user=app password=hunter2 dbname=shop": "host=db user=app password=[Filtered] dbname=shop",
            "Server=db;Uid=app;Pwd=hunter2;": "Server=db;Uid=app;Pwd=[Filtered];",
            '{"client_secret": "hunter2", "a": 1}': '{"client_secret": "[Filtered]", "a": 1}',
            "{'apiKey': 'hunter2'}": "{'apiKey': '[Filtered]'}",
            '{"a": 1, "password": "hunter2, hun...': '{"a": 1, "password": "[Filtered]"',
            "refused: {'a': {'token': 'hunter2'}}": "refused: {'a': {'token': '[Filtered]'}}",
            "answered: secret=a.b,c": "answered: secret=[Filtered],c",
            "token=a.b&page=2": "token=[Filtered]&page=2",
            "X-Auth-Token: hunter2": "X-Auth-Token: [Filtered]",
            "Authorization: Bearer hunter2": "Authorization: [Filtered]",
            "password=None, author=me, session_count: 5": "password=None, author=me, session_count: 5",
        },
    ),
    "XML elements": Shape(
        # The repr of an object ends so, too, and is no element.
        lambda text: "<" in text and (text[-1] != ">" or "</" in text or "<![" in text),
        _named(r"<([A-Za-z_][\w.:-]{0,63})(?:\s[^<>]{0,200}(?<!/))?>\s*+", _content),
        {
            "<login><user>joe</user><password>hunter2</password></login>": (
                "<login><user>joe</user><password>[Filtered]</password></login>"
            ),
            '<wsse:Password Type="text">\n  hunter 2\n</wsse:Password>': (
                '<wsse:Password Type="text">\n  [Filtered]</wsse:Password>'
            ),
            "<apiKey><![CDATA[a<b]]></apiKey>": "<apiKey>[Filtered]</apiKey>",
            "<token>0f5a 9c...": "<token>[Filtered]",
            "<token><![CDATA[0f5a]]>": "<token>[Filtered]",
            "<token>0f5a": "<token>[Filtered]",
            "<password/><secrets><count>2</count></secrets> <token>none</token>": (
                "<password/><secrets><count>2</count></secrets> <token>none</token>"
            ),
            "usage: login <user> <password> [<token>]...": "usage: login <user> <password> [<token>]...",
            "[<app.Token object at 0x7f00>, <Secret>, 2]": "[<app.Token object at 0x7f00>, <Secret>, 2]",
        },
    ),
    "fields of forms": Shape(
        lambda text: "name=" in text,
        _named(
            rf"(?<!\w)name=\\?\"([^\"\\\r\n]{{1,64}})\\?\"(?:;{_header}{{0,200}}+)?"
            rf"(?:{_line}[\w-]{{1,40}}:{_header}{{0,200}}+){{0,4}}+{_line}{_line}",
            rf"(?!{_line}--)(?:[\"']?\[Filtered\]|.+?(?={_line}--|\Z))",
        ),
        {
            'Content-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--x--\r\n': (
                'Content-Disposition: form-data; name="password"\r\n\r\n[Filtered]\r\n--x--\r\n'
            ),
            'name="token"; filename="a.txt"\nContent-Type: text/plain\n\n0f5a\n9c\n--x\nb': (
                'name="token"; filename="a.txt"\nContent-Type: text/plain\n\n[Filtered]\n--x\nb'
            ),
            """b'form-data; name="password"\\r\\n\\r\\nhunter2\\r\\n--x--'""": (
                """b'form-data; name="password"\\r\\n\\r\\n[Filtered]\\r\\n--x--'"""
            ),
            '{"body": "form-data; name=\\"password\\"\\n\\nhunt...': (
                '{"body": "form-data; name=\\"password\\"\\n\\n[Filtered]'
            ),
            'form-data; name="password"\r\n\r\n\r\n--x\r\nform-data; name="user"\r\n\r\njoe\r\n--x--': (
                'form-data; name="password"\r\n\r\n\r\n--x\r\nform-data; name="user"\r\n\r\njoe\r\n--x--'
            ),
            '<input name="password">\n\n<p>': '<input name="password">\n\n<p>',
        },
    ),
    "payment cards": Shape(
        lambda text: len(text) >= 13,
        _replaced(r"[2-6](?<![\w.-][2-6])(?:[ -]?\d){12,18}(?![\w-])", _card),
        {
            "card 4111 1111 1111 1111 declined": "card [Filtered] declined",
            "5555-5555-5555-4444": "[Filtered]",
            "order 4111111111111112, at 1732256000123": "order 4111111111111112, at 1732256000123",
            "trace 0b4111111111111111af": "trace 0b4111111111111111af",
            "uuid 0f14e45f-4111-4111-8111-111111111111": "uuid 0f14e45f-4111-4111-8111-111111111111",
        },
    ),
}
"""The rules in the order in which they are applied."""

LONG = 13
"""Shorter texts hold a secret by its shape only where they have one of `:=<`."""

_in_source = Shape(SHAPES["assignments"].may_hold, _named(_assigned, _quoted), {})


def in_source(shape: Shape) -> Shape:
    """Return a rule as it is applied to lines of source code: a name is assigned a secret only where it is quoted."""
    return _in_source if shape is SHAPES["assignments"] else shape
