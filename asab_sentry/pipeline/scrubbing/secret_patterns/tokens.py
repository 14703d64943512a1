"""What somebody is known by: values of `Authorization`, JSON Web Tokens, cookies in files."""

import re

from ....runtime.expressions import compile_later
from ....secret_keys.denylist import FILTERED
from . import judge
from .rule import Match, Rule, always, keep_prefix, replacing

_parameter = compile_later(r"(?!username=)[a-z_]+=[^=]")
_name = compile_later(r"[a-z_]+=")
_OPENS = frozenset({'"', "'", "{", "[", "("})
_schemes = "Bearer|Basic|Digest|Negotiate|NTLM|Token|bearer|basic|digest|negotiate|token|BEARER|BASIC"
_find_scheme = re.compile(r"[BbDdNnTt](?:earer|EARER|asic|ASIC|igest|egotiate|TLM|oken),? ").search
_tab = r"(?:\t|\\{1,8}t)"


def _credentials(match: Match) -> str:
    # A scheme that is asked for has parameters.
    is_parameter = _name.fullmatch(match[2]) is not None and match.string[match.end() : match.end() + 1] in _OPENS
    is_parameter = is_parameter or _parameter.match(match[2]) is not None
    if match[2] == FILTERED or is_parameter or not (judge.is_random(match[2]) or match[2].endswith("=")):
        return match[0]
    return match[1] + FILTERED


def _token(match: Match) -> str:
    return FILTERED if match[1] else match[0]


AUTHORIZATION = Rule(
    " ",
    _find_scheme,
    replacing(rf"(?<![\w-])((?:{_schemes}),? )(username=[^\n]+|[\w+/=.~-]{{6,}}+)", _credentials),
    {
        "sent Bearer abc123def456 to it": "sent Bearer [Filtered] to it",
        "basic dXNlcjpwYXNz=": "basic [Filtered]",
        "sent 'Basic dXNlcjpwYXNz='": "sent 'Basic [Filtered]'",
        "jwt.decode(token, options={'verify': False})": "jwt.decode(token, options={'verify': False})",
        'Digest username="joe2", response="6629fae4"': "Digest [Filtered]",
        "the basic understanding of a bearer bond": "the basic understanding of a bearer bond",
        "basic e-mail support, Token 2026-01-01 12:00": "basic e-mail support, Token 2026-01-01 12:00",
    },
)

JWT = Rule(
    "eyJ",
    always,
    replacing(r"eyJ[\w-]*+(?>((?:\.[\w-]*+){1,4})?)", _token),
    {
        "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln now": "got [Filtered] now",
        "eyJhbGciOiJIUzI1NiJ9 is a header": "eyJhbGciOiJIUzI1NiJ9 is a header",
    },
)

CODES = Rule(
    "grant_type",
    always,
    replacing(r"([\"']code\\*[\"']: ?\\*[\"'])(?!\[Filtered\])[^\s\"'\\]{4,}", keep_prefix),
    {
        "{'code': '0f5a9c', 'grant_type': 'authorization_code'}": (
            "{'code': '[Filtered]', 'grant_type': 'authorization_code'}"
        ),
        "unsupported grant_type, 'code': 400": "unsupported grant_type, 'code': 400",
    },
)

MASKED = Rule(
    "::add-mask::",
    always,
    replacing(r"(::add-mask::)[^\s\"']+", keep_prefix),
    {"::add-mask::hunter2": "::add-mask::[Filtered]", "::add-mask:: is a command": "::add-mask:: is a command"},
)
"""What a workflow of GitHub is told to hide."""

COOKIES = Rule(
    "TRUE",
    always,
    replacing(
        rf"((?:TRUE|FALSE){_tab}/[^\s\\]{{0,200}}{_tab}(?:TRUE|FALSE){_tab}\d{{1,12}}{_tab}[^\s\\]{{1,100}}{_tab})\S+",
        keep_prefix,
    ),
    {
        "host\tFALSE\t/\tTRUE\t0\tsid\t0f5a9c": "host\tFALSE\t/\tTRUE\t0\tsid\t[Filtered]",
        "TRUE\tFALSE\t12": "TRUE\tFALSE\t12",
    },
)
