"""Secrets by their shape: what is recognized in any text, whoever wrote it.

A text is looked at by `may_hold` first, and only what may hold a shape is searched. Each rule takes time that grows
with the text and no faster: what it may look ahead is bounded, or consumed by the match where there is no secret too.
"""

import re
from collections.abc import Callable

from ....secret_keys import denylist
from ....secret_keys.denylist import FILTERED
from . import (
    addresses,
    assignments,
    cards,
    commands,
    emails,
    encoded,
    ibans,
    judge,
    names,
    phones,
    providers,
    statements,
    urls,
    validators,
)
from .shape import Cleaned, Match, Shape, always, replaced


def _after(match: Match) -> str:
    return match[1] + FILTERED


def _token(match: Match) -> str:
    return FILTERED if match[1] else match[0]


def _private_key(match: Match) -> str:
    return f"{match[1]}{FILTERED}{match[2]}"


def _passwords(section: Match) -> str:
    """Return the section of an ini file in which ASAB has passwords, each under any key, without them."""
    return section[1] + _value_in_section.sub(_after, section[2])


def _credentials(match: Match) -> str:
    # A scheme that is asked for has parameters.
    is_parameter = match[2].endswith("=") and match.string[match.end() : match.end() + 1] in {'"', "'"}
    is_parameter = is_parameter or _parameter.match(match[2]) is not None
    if match[2] == FILTERED or is_parameter or not (judge.is_random(match[2]) or match[2].endswith("=")):
        return match[0]
    return match[1] + FILTERED


_NO_SECRETS = frozenset({"", "none", "null", "true", "false", FILTERED.lower(), "nil", "undefined"})


def _named(name: str, value: str) -> Callable[[str], str]:
    """Return what removes values of secrets: expressions of what stands before one, with its name, and of the value."""
    find_names, match_value = re.compile(name).finditer, re.compile(value, re.DOTALL).match

    def remove(text: str) -> str:
        cleaned = Cleaned(text)
        for named in find_names(text):
            # What other names have may hold another one, and so is looked at.
            if named.start() < cleaned.done or not denylist.is_secret(named[1]):
                continue
            if cleaned.is_enough(named.end()):
                break
            matched = match_value(text, named.end())
            if matched is None:
                continue
            quote = matched[0][0] if matched[0][0] in "\"'" else ""
            inner = matched[0].strip(quote) if quote else matched[0]
            if inner.lower() not in _NO_SECRETS and not inner.startswith(FILTERED):
                closes = quote and matched[0].endswith(quote)
                cleaned.leave_out(matched.start() + len(quote), matched.end() - len(quote) * bool(closes))
        return cleaned.text()

    return remove


_value_in_section = re.compile(r"^([ \t]+|[^\s=:#;][^=:\n]*[=:][ \t]*)(?!\[Filtered\])\S[^\n]*", re.MULTILINE)
_parameter = re.compile(r"(?!username=)[a-z_]+=[^=]")
_schemes = "Bearer|Basic|Digest|Negotiate|NTLM|Token|bearer|basic|digest|negotiate|token|BEARER|BASIC"
_find_scheme = re.compile(r"[BbDdNnTt](?:earer|EARER|asic|ASIC|igest|egotiate|TLM|oken),? ").search
# The text of an element that is not closed was cut: within a word, or where the dots say so.
_begun = r"[^<\s\]),.:;>'\"]"
_content = rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|[^<]++(?=</)|{_begun}(?:[^<]*+(?<=\.\.\.)|[^<\s]*+)\Z"
# Bodies of requests are also seen as Python and JSON write them.
_line = r"(?:\r?\n|(?:\\{1,8}r)?\\{1,8}n)"
_tab = r"(?:\t|\\{1,8}t)"
_header = r"(?:[^\r\n\\]|\\+\")"

SHAPES = {
    "private keys": Shape(
        "PRIVATE KEY",
        always,
        replaced(
            r"(-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-{4,5}).*?"
            r"(-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-{4,5}|\Z)",
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
    "private keys of PuTTY": Shape(
        "Private-Lines",
        always,
        replaced(r"(Private-Lines: \d{1,4}(?=\s|\\)).*?(Private-MAC:|\Z)", _private_key, re.DOTALL),
        {
            "Private-Lines: 2\nAAAA\nPrivate-MAC: 1f": "Private-Lines: 2[Filtered]Private-MAC: 1f",
            "Private-Lines are many": "Private-Lines are many",
        },
    ),
    "keys of JOSE": Shape(
        "kty",
        always,
        replaced(r"([\"'](?:d|p|q|dp|dq|qi|k)\\?[\"']\s{0,3}:\s{0,3}\\?[\"'])[\w-]{8,}", _after),
        {
            '{"kty": "RSA", "n": "xjlCRBqkQR5w", "d": "0f5a9c77ab"}': (
                '{"kty": "RSA", "n": "xjlCRBqkQR5w", "d": "[Filtered]"}'
            ),
            '{"kind": "x", "d": "0f5a9c77ab"}': '{"kind": "x", "d": "0f5a9c77ab"}',
        },
    ),
    "hashes of passwords": Shape(
        "$",
        always,
        replaced(
            r"(\$(?:2[abxy]?|5|6|7|y|apr1|argon2\w{1,2}|scrypt|pbkdf2[\w-]*)\$|pbkdf2_\w{3,8}\$)[\w./$=,+-]{8,}", _after
        ),
        {
            "hash $2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW": "hash $2b$[Filtered]",
            "costs $2 or $5": "costs $2 or $5",
        },
    ),
    "hashes of passwords in LDAP": Shape(
        "}",
        always,
        replaced(r"(\{(?:S?SHA\d{0,3}|S?MD5|CRYPT|PBKDF2[\w-]{0,20})\})[\w+/=$.]{16,}", _after),
        {
            "joe:{SSHA}6qWCUf0nEp06zYneE3WMGr==": "joe:{SSHA}[Filtered]",
            "{SHA256} is a scheme": "{SHA256} is a scheme",
        },
    ),
    "keys of RSA in XML": Shape(
        "RSAKeyValue",
        always,
        replaced(r"(<(?:D|P|Q|DP|DQ|InverseQ)>)[^<]+", _after),
        {
            "<RSAKeyValue><Modulus>xjl</Modulus><D>0f5a</D></RSAKeyValue>": (
                "<RSAKeyValue><Modulus>xjl</Modulus><D>[Filtered]</D></RSAKeyValue>"
            ),
            "<D>0f5a</D>": "<D>0f5a</D>",
        },
    ),
    "files of cookies": Shape(
        "TRUE",
        always,
        replaced(
            rf"((?:TRUE|FALSE){_tab}/[^\s\\]{{0,200}}{_tab}(?:TRUE|FALSE){_tab}\d{{1,12}}{_tab}[^\s\\]{{1,100}}{_tab})\S+",
            _after,
        ),
        {
            "host\tFALSE\t/\tTRUE\t0\tsid\t0f5a9c": "host\tFALSE\t/\tTRUE\t0\tsid\t[Filtered]",
            "TRUE\tFALSE\t12": "TRUE\tFALSE\t12",
        },
    ),
    "sections of passwords": Shape(
        "[passwords]",
        always,
        replaced(r"(^\[passwords\][^\n]*\n)((?:(?!\[)[^\n]*(?:\n|\Z))+)", _passwords, re.MULTILINE),
        {
            "[passwords]\nshop = hunter2\nmq:\n\thunter3\n[web]\nlisten = 8080": (
                "[passwords]\nshop = [Filtered]\nmq:\n\t[Filtered]\n[web]\nlisten = 8080"
            ),
            "[passwords] is a section": "[passwords] is a section",
        },
    ),
    "webhooks": urls.WEBHOOKS,
    "credentials in URLs": urls.CREDENTIALS,
    "credentials of Oracle's driver": Shape(
        "jdbc:oracle:",
        always,
        replaced(r"(jdbc:oracle:\w{1,8}:[A-Za-z][\w$#]{0,30}/)[^\s\"'@]{4,}(?=@)", _after),
        {
            "jdbc:oracle:thin:app/hunter2@//db:1521/x": "jdbc:oracle:thin:app/[Filtered]@//db:1521/x",
            "jdbc:oracle:thin:@//db:1521/x": "jdbc:oracle:thin:@//db:1521/x",
        },
    ),
    "credentials without a scheme": urls.WITHOUT_SCHEME,
    "parameters of URLs": urls.PARAMETERS,
    "query values of URLs": urls.QUERIES,
    "addresses in the log of aiohttp's server": Shape(
        "request from ",
        always,
        replaced(r"(Error handling request from )[\w.:%-]++", _after),
        {
            "Error handling request from 10.9.8.7": "Error handling request from [Filtered]",
            "Error handling request from fe80::1%eth0": "Error handling request from [Filtered]",
            "a request from 10.9.8.7": "a request from 10.9.8.7",
        },
        personal=True,
    ),
    "Authorization values": Shape(
        " ",
        _find_scheme,
        replaced(rf"(?<![\w-])((?:{_schemes}),? )(username=[^\n]+|[\w+/=.~-]{{6,}}+)", _credentials),
        {
            "sent Bearer abc123def456 to it": "sent Bearer [Filtered] to it",
            "basic dXNlcjpwYXNz=": "basic [Filtered]",
            'Digest username="joe2", response="6629fae4"': "Digest [Filtered]",
            "the basic understanding of a bearer bond": "the basic understanding of a bearer bond",
            "basic e-mail support, Token 2026-01-01 12:00": "basic e-mail support, Token 2026-01-01 12:00",
        },
    ),
    "JSON Web Tokens": Shape(
        "eyJ",
        always,
        replaced(r"eyJ[\w-]*+((?:\.[\w-]*+){1,4})?+", _token),
        {
            "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln now": "got [Filtered] now",
            "eyJhbGciOiJIUzI1NiJ9 is a header": "eyJhbGciOiJIUzI1NiJ9 is a header",
        },
    ),
    "tokens of providers": providers.RULE,
    "commands": commands.RULE,
    "other commands": commands.OTHERS,
    "statements": statements.RULE,
    "validators": validators.RULE,
    "assignments": assignments.RULE,
    "XML elements": Shape(
        "<",
        # The repr of an object ends so, too, and is no element.
        lambda text: text[-1] != ">" or "</" in text or "<![" in text,
        _named(r"<(?<!\?P<)([^\W\d][\w.:\[\]-]{0,63})(?:\s[^<>]{0,200}(?<!/))?>\s*+", _content),
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
        "name=",
        always,
        _named(
            rf"n(?<!\wn)ame=\\*\"([^\"\\\r\n]{{1,64}})\\*\"(?:;{_header}{{0,200}}+)?"
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
    "payment cards": cards.RULE,
}
"""The rules in the order in which they are applied."""
SHAPES["names with escaped letters"] = encoded.letters(SHAPES["assignments"])
SHAPES["percent-encoded texts"] = encoded.rule(shape for shape in SHAPES.values() if not shape.personal)

PERSONAL = {"email": emails.RULE, "phone": phones.RULE, "ip": addresses.RULE, "iban": ibans.RULE}
"""The rules that an operator may ask for, by the names by which he does. They are applied after those, to all texts."""

LONG = 13
"""Shorter texts hold a secret by its shape only where they have one of `:=<`."""

_in_source = Shape("", names.may_hold, assignments.clean_source, {})


def in_source(shape: Shape) -> Shape:
    """Return a rule as it is applied to lines of source code: a name is assigned a secret only where it is quoted."""
    return _in_source if shape is SHAPES["assignments"] else shape
