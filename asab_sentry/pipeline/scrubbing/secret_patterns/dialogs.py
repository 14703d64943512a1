"""Secrets in dialogs with servers, where a command or a place tells what they are: of SASL, IMAP, Redis and LDAP."""

import itertools
from collections.abc import Iterator

from ....runtime.expressions import compile_later
from . import judge
from .extents import Extents, Value
from .rule import LINE, MOST, WORD, Cleaned, Match, Rule, Span, spans

_nul = r"(?:\x00|\\{1,8}(?:x|u00)00)"
_length = rf"\$\d{{1,4}}{LINE}"
_SURE = (
    # PLAIN of SASL: who one is, NUL, the password.
    rf"{_nul}[\w.@+-]{{1,100}}{_nul}(?=[^\s\\\"']{{3}})",
    # Redis: the words of a command, each below its length, and the rules of a user.
    rf"{WORD}AUTH{LINE}(?:{_length}[^\s\\]{{1,100}}{LINE}(?={_length}))?{_length}",
    rf"{WORD}(?:SETUSER|user) \S{{1,60}}(?: [^\s>#]\S{{0,60}}){{0,10}} [>#](?=\S)",
    # FTP and POP3.
    rf"{WORD}USER [\w.@+-]{{1,60}}{LINE}(?:[^\r\n\\]{{0,100}}{LINE})?(?:[CS<>]:? ?)?PASS (?=\S)",
    # A prompt for a password in base64.
    rf"{WORD}334 UGFzc3dvcmQ6{LINE}(?:(?:[CS]:|[<>]{{1,3}}|->|<-) ?)?(?=[\w+/=]{{4}})",
)
_sure = compile_later("|".join(_SURE))
# ZooKeeper: the scheme that takes a user and a password, or their hash.
_digest = compile_later(
    rf"{WORD}digest(?:['\"],(?: (?:id|cred)=)? ?b?['\"]|[ :])(?!sha\d|md5)[\w.@-]{{1,60}}:(?=[^\s:\"']{{4}})"
)
_end = compile_later(rf"{LINE}|[\s\"'\x00]|:[cdrwa]{{1,5}}\b|\Z")
_NAME = r"(?:simple_bind(?:_s)?|log_?[iI]n|log_?[oO]n|sign_?[iI]n|authenticate|auth_password)"
_FUNCTION = rf"{_NAME}\("
_functions = compile_later(
    rf"(?:[cC]onnect(?:ion)?|__construct|Client|Minio|UserData|load_cert_chain|execute_kw|{_NAME}|\b[sS]3|"
    r"[cC]reate_?[uU]ser|\badd_?[uU]ser|\bauth)\((?=[bu]?\\*[\"']|\w{1,40}\(|[a-z_][\w.]{0,40}, ?[bu]?\\*[\"'])"
)
"""Functions that are given where to, who and by which password."""
_next_argument = compile_later(r"(?:\\*[\"']|[\w.)]),\s{0,3}(?=[bu]?\\*[\"'])")
_function = compile_later(_FUNCTION)
_login = compile_later(rf"(?:[\w.]{{1,100}}\.)?(?:{_NAME}|auth)")
_perhaps = compile_later(
    rf"{WORD}LOGIN (?:\\*\"[^\"\\]{{1,100}}\\*\"|[\w.@+-]{{1,100}}) (?=\\*\")|"
    rf"{WORD}[A-Z]{{0,8}}\d{{1,8}} LOGIN [\w.@+-]{{1,100}} (?=\S)|"
    r"['\"]AUTH['\"], (?:b?['\"][\w.@-]{1,60}['\"], )?(?=b?['\"][^\"'\s]{4,200}['\"](?!,))|"
    r"['\"](?:requirepass|masterauth)['\"],? (?=b?['\"])|"
    rf"\b{_FUNCTION}"
    r"\\*[\"'][^\"'\\]{1,100}\\*[\"'],[ ]?(?=[bu]?\\*[\"'])"
)
"""A command or a function that is given a name and, as the next, a password."""
_shown_call = compile_later(
    rf"(?:\"(?:func|function|call|method|op|task)\": ?\"(?:[\w.]{{1,60}}\.)?(?:{_NAME}|auth)\", ?"
    rf"\"(?:args|arguments|params)\"|"
    rf"'(?:func|function|call|method|op|task)': '(?:[\w.]{{1,60}}\.)?(?:{_NAME}|auth)', '(?:args|arguments|params)'|"
    r"[\"']login[\"']): ?[\[(][\"'][^\"'\\]{1,100}[\"'], ?(?=[\"'])"
)
"""The same as JSON and Python show it: a function, or a login, beside what it is given."""


def is_login(name: str) -> bool:
    """Return whether a function is given a user and, as the next, a password."""
    return _login.fullmatch(name) is not None


def may_hold(text: str) -> bool:
    """Return whether there may be such a dialog in a text."""
    return (
        "AUTH" in text
        or "LOGIN " in text
        or " on >" in text
        or "requirepass" in text
        or "masterauth" in text
        or "SETUSER " in text
        or "x00" in text
        or "\x00" in text
        or "u0000" in text
        or "334 UGF" in text
        or ("USER " in text and "PASS " in text)
        or ("digest" in text and _digest.search(text) is not None)
        or (("('" in text or '("' in text) and _function.search(text) is not None)
        or ("(" in text and _may_connect(text))
        or (("args" in text or "arguments" in text or "params" in text or "login" in text) and _shows_call(text))
    )


def _may_connect(text: str) -> bool:
    # What is written as a secret stands behind another argument.
    has_another = ", '" in text or ', "' in text or ", b'" in text or ', \\"' in text
    return has_another and _functions.search(text) is not None


def _shows_call(text: str) -> bool:
    return _shown_call.search(text) is not None


def clean(text: str) -> str:
    """Return a text without the secrets of its dialogs."""
    cleaned, extents = Cleaned(text), Extents(text)
    sure = spans(_sure, text, _up_to_end)
    perhaps = spans(_perhaps, text, lambda match: _password(text, extents.value(match.end())))
    digests = spans(_digest, text, _up_to_end)
    shown = spans(_shown_call, text, lambda match: _password(text, extents.value(match.end())))
    cleaned.leave_out_all(sorted({*sure, *perhaps, *digests, *shown, *_arguments(text, extents)}))
    return cleaned.text()


def _arguments(text: str, extents: Extents) -> Iterator[Span]:
    """Yield arguments behind the first one of functions that connect, which are written as only secrets are."""
    for function in itertools.islice(_functions.finditer(text), MOST) if "(" in text else ():
        group = extents.group(function.end() - 1)
        end = min(function.end() + 400, group.end if group else len(text))
        for following in _next_argument.finditer(text, function.end(), end):
            value = extents.quoted(following.end())
            if value is not None and judge.is_unmistakable(text[value.inner_start : value.inner_end]):
                yield value[2:4]


def _up_to_end(match: Match) -> Span:
    """Return where what stands behind a match is, up to the end of the word or line."""
    return match.end(), _end.search(match.string, match.end()).start()  # type: ignore[union-attr]  # there is an end


def _password(text: str, value: Value | None) -> Span | None:
    """Return where the next word or argument is, if it can be a password."""
    if value is None:
        return None
    shown = text[value.inner_start : value.inner_end]
    is_sure = value.kind == "quoted" and not judge.is_slug(shown)
    if (is_sure or judge.is_random(shown)) and not judge.is_harmless(shown):
        return value.inner_start, value.inner_end
    return None


RULE = Rule(
    "",
    may_hold,
    clean,
    {
        "('PLAIN', b'\\x00joe\\x00hunter2')": "('PLAIN', b'\\x00joe\\x00[Filtered]')",
        "*2\r\n$4\r\nAUTH\r\n$7\r\nhunter2\r\n": "*2\r\n$4\r\nAUTH\r\n$7\r\n[Filtered]\r\n",
        "b'$4\\r\\nAUTH\\r\\n$1\\r\\nj\\r\\n$7\\r\\nhunter2'": "b'$4\\r\\nAUTH\\r\\n$1\\r\\nj\\r\\n$7\\r\\n[Filtered]'",
        "Id(scheme='digest', id='joe:hunter2=')": "Id(scheme='digest', id='joe:[Filtered]')",
        "['AUTH', 'LOGIN', 'PLAIN']": "['AUTH', 'LOGIN', 'PLAIN']",
        "('AUTH', 'joe', 'hunter2')": "('AUTH', 'joe', '[Filtered]')",
        "['CONFIG', 'SET', 'requirepass', 'hunter2']": "['CONFIG', 'SET', 'requirepass', '[Filtered]']",
        "getConnection('jdbc:mysql://db/shop', 'shop', '0f5a9c77ab')": (
            "getConnection('jdbc:mysql://db/shop', 'shop', '[Filtered]')"
        ),
        "authenticate(self.db, 'admin', '0f5a9c77ab')": "authenticate(self.db, 'admin', '[Filtered]')",
        "Connection(Server('db'), 'joe', '0f5a9c77ab')": "Connection(Server('db'), 'joe', '[Filtered]')",
        '{"func": "shop.login", "args": ["joe", "hunter2"]}': '{"func": "shop.login", "args": ["joe", "[Filtered]"]}',
        "{'host': 'mail', 'login': ('joe', 'hunter2')}": "{'host': 'mail', 'login': ('joe', '[Filtered]')}",
        "connect('db', 22, 'joe', '0f5a9c77ab')": "connect('db', 22, 'joe', '[Filtered]')",
        "connect('0f5a9c77ab', 'shop-2026', timeout='0f5a9c77ac')": (
            "connect('0f5a9c77ab', 'shop-2026', timeout='0f5a9c77ac')"
        ),
        '"CONFIG" "SET" "requirepass" "hunter2"': '"CONFIG" "SET" "requirepass" "[Filtered]"',
        "image digest sha256:0f5a9c77ab": "image digest sha256:0f5a9c77ab",
        "ACL SETUSER joe on >hunter2 ~* +@all": "ACL SETUSER joe on >[Filtered] ~* +@all",
        '> A1 LOGIN joe "hunter2"': '> A1 LOGIN joe "[Filtered]"',
        "USER joe\r\nPASS hunter2\r\n": "USER joe\r\nPASS [Filtered]\r\n",
        "simple_bind_s('cn=admin,dc=x', 'hunter2')": "simple_bind_s('cn=admin,dc=x', '[Filtered]')",
        "<<< 334 UGFzc3dvcmQ6\n>>> aHVudGVyMg==": "<<< 334 UGFzc3dvcmQ6\n>>> [Filtered]",
        "334 UGFzc3dvcmQ6\r\naHVudGVyMg==\r\n235 ok": "334 UGFzc3dvcmQ6\r\n[Filtered]\r\n235 ok",
        "LOGIN joe from 10.0.0.1, login('joe', 'admin')": "LOGIN joe from 10.0.0.1, login('joe', 'admin')",
    },
)
