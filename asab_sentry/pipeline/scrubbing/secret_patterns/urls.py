"""What is secret before and around the host of a URL: credentials, which go. The host stays."""

import re
import string

from ....objects.json_values import CUT
from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from ....secret_keys.denylist import FILTERED
from . import judge
from .rule import Cleaned, Rule

FAR = 200
"""So many characters credentials without a scheme have at most."""

MOST = 50
"""Of a password with more of `@` in it, all is left out up to the last one."""

LONG_USER = 12
"""A user of so many letters may be a token."""

SCHEME = frozenset(string.ascii_letters + string.digits + "+.-")
"""Of what a scheme consists."""

_url = compile_later(r":\\{0,4}/\\{0,4}/(?=([^\s/?#\\\"'<>]*))")
# A quote ends a URL where something follows that follows a value.
_token = compile_later(r"(?:[^\s\"'<>]|[\"'<>](?![\s,:;)\]}>\\]|\Z))*")
_in_quotes = {quote: compile_later(rf"(?:[^{quote}\r\n]|{quote}(?![\s,:;)\]}}>]|\Z))*") for quote in "\"'"}
_word = compile_later(r"\S*")
_ports = compile_later(r"[\d,:]*(?:,|\Z)")
_parameters = compile_later(r"[\w.-]+(?::\d+)?[;,]\w+=")
_host = compile_later(r"(?:[\w.-]+|\[[0-9a-fA-F:]+\]|%[\w.%-]+)(?::\d+)?(?=[/?#,;&\"')\]}\\|>]|\Z|\s|\.\.\.)|/")
_begun = compile_later(r"[^/?#@\[:]*:(?!\d+\.\.\.)[^/?#@]*\Z")
_masked = compile_later(r"[\w.-]*:[*x.]+")
_web = compile_later(r"(?:https?|wss?|ftps?|file)\Z", re.IGNORECASE)
_next_url = compile_later(r"[,;|\s][A-Za-z][\w+.-]{1,20}:\\{0,4}/\\{0,4}/")


def clean(text: str) -> str:
    """Return a text without the credentials in its URLs."""
    cleaned, without = Cleaned(text), 0
    for url in _url.finditer(text):
        authority, start = url[1], url.start(1)
        first = authority.rfind("@")
        if start < cleaned.done or (first < 0 and (start < without or ":" not in authority)):
            continue
        if cleaned.is_enough(start):
            break
        begin = url.start()
        while begin > cleaned.done and text[begin - 1] in SCHEME:
            begin -= 1
        if not _may_hold(authority, first, text[begin : url.start()].lower(), text[url.end(1) : url.end(1) + 1]):
            continue
        if first >= 0 and ":" not in authority[:first]:
            end = start + first
        else:
            end, without = _last_at(text, start, text[begin - 1 : begin])
            if end < 0:
                if first < 0 and not (text.endswith(CUT) and _begun.match(text, start)):
                    continue
                end = len(text) - len(CUT) if first < 0 else start + first
        cleaned.leave_out(start, end)
    return cleaned.text()


def _may_hold(authority: str, at: int, scheme: str, following: str) -> bool:
    """Return whether a URL may have credentials: by what stands between its slashes, and whether an `@` is in it."""
    if _parameters.match(authority):
        return False
    if at >= 0:
        user = authority[:at]
        if ":" in user:
            return _masked.fullmatch(user) is None
        is_web = _web.match(scheme) is not None or not scheme
        # Of Redis, what stands there alone is the password.
        return (
            scheme.startswith("redis")
            or (is_web and (len(user) >= LONG_USER or not user.isalpha()))
            or judge.is_random(user)
        )
    # A password with one of /?#'"<> in it should have been quoted, but then no connection would fail.
    _, colon, port = authority.partition(":")
    if not colon or authority.startswith("["):
        return False
    is_web = _web.match(scheme) is not None or not scheme
    if _ports.match(port) is None:
        return True
    return not is_web and "," not in port and (bool(port) or following != "/" or scheme != "")


def _last_at(text: str, start: int, quote: str) -> tuple[int, int]:
    """Return where the `@` before the host is, the last one that a host follows, and how far it was looked for."""
    end = _token.match(text, start).end()  # type: ignore[union-attr]
    if text.find("@", start, end) < 0:
        end = (_in_quotes.get(quote) or _word).match(text, start).end()  # type: ignore[union-attr]
    other = _next_url.search(text, start, end)
    if other is not None and text.find("@", start, other.start()) >= 0:
        end = other.start()
    last = at = text.rfind("@", start, end)
    tries = 0
    while at >= 0 and tries < MOST:
        if _host.match(text, at + 1):
            return at, end
        at = text.rfind("@", start, at)
        tries += 1
    return last, end


_no_scheme = compile_later(
    r"@(?:(?:tcp|udp|unix)\(|(?://)?[\w.-]{1,100}:\d{2,5}(?![\w.])|[\w.-]{1,100}/|[A-Za-z]|\d{1,3}(?:\.\d{1,3}){3}(?![\w.]))"
)
_netloc = compile_later(r"(netloc(?:=|\\*[\"']: ?)\\*[\"'])(?:[^@]{1,100}@){1,3}(?=[^@]{0,100}?\\*[\"'][,}])")
_word_only = compile_later(r"[^/=;:&]+")
_not_user = compile_later(
    r"(?:mailto|acct|sips?|xmpp|npm|docker|pkg|from|to|cc|bcc|reply-to|user|sha\d+)\Z", re.IGNORECASE
)
_user = compile_later(r"[A-Za-z_][\w.-]{0,60}\Z")


def clean_without_scheme(text: str) -> str:
    """Return a text without credentials before a host: `user:password@host:port`, `//user:password@host`."""
    if "netloc" in text:
        text = _netloc.sub(rf"\1{FILTERED}@", text)
    cleaned = Cleaned(text)
    for match in cleaned.remaining(_no_scheme.finditer(text), whole=True):
        begin = max(cleaned.done, match.start() - FAR)
        before = re.split(r"[\s\"'(,]", text[begin : match.start()])[-1]
        user, colon, password = before.partition(":")
        if not colon:
            user, colon, password = before.partition("/")
            colon = colon if judge.is_random(password) else ""
        if user.lower() in {"sip", "sips"} and ":" in password:
            user, colon, password = password.partition(":")
        slashes = "//" in user  # those of a scheme may lack its colon
        name = user.rpartition("//")[2].rpartition("=")[2]
        if (
            not colon
            or not password
            or password.startswith("//")
            or (match[0].endswith("/") and not slashes)
            or (
                (len(match[0]) == 2 or (match[0][-1].isdigit() and ":" not in match[0]))
                and (_word_only.fullmatch(password) is None or not judge.is_random(password))
            )
            or _user.match(name) is None
            or _not_user.match(name)
            or denylist.is_secret(name)  # then the `@` is a part of it
        ):
            continue
        cleaned.leave_out(match.start() - len(password) - 1 - len(name), match.start())
    return cleaned.text()


def without_credentials(netloc: str) -> str:
    """Return what of the part of a URL before its path is the host."""
    at = netloc.rfind("@")
    return netloc if at < 0 else f"{FILTERED}@{netloc[at + 1 :]}"


CREDENTIALS = Rule(
    "/",
    lambda text: ("@" in text or text.endswith(CUT)) and ("//" in text or "/\\/" in text),
    clean,
    {
        "cannot connect to postgres://app:hunter2@db.example.com:5432/shop": (
            "cannot connect to postgres://[Filtered]@db.example.com:5432/shop"
        ),
        "https://0123456789abcdef@sentry.example.com/1": "https://[Filtered]@sentry.example.com/1",
        "amqp://app:p/w@rabbit:5672": "amqp://[Filtered]@rabbit:5672",
        "amqp://app:hun'ter2@mq and 'amqp://app:hunter 2@mq'": "amqp://[Filtered]@mq and 'amqp://[Filtered]@mq'",
        "postgres://app:p@ss/w@db/shop": "postgres://[Filtered]@db/shop",
        '{"url": "postgres:\\/\\/app:hunter2@db\\/shop"}': '{"url": "postgres:\\/\\/[Filtered]@db\\/shop"}',
        "nats://a:hunter2@x:4222,nats://a:hunter2@y:4222": "nats://[Filtered]@x:4222,nats://[Filtered]@y:4222",
        "mongodb://app:p@ss@a:27017,b:27017/db": "mongodb://[Filtered]@a:27017,b:27017/db",
        "redis://:hunter2@cache:6379/0": "redis://[Filtered]@cache:6379/0",
        "redis://:hunt...": "redis://[Filtered]...",
        "ssh://git@github.com and http://host:8080/~joe@home": "ssh://git@github.com and http://host:8080/~joe@home",
        "http://host:80...": "http://host:80...",
        "jdbc:sqlserver://db:1433;user=joe@x;": "jdbc:sqlserver://db:1433;user=joe@x;",
        '{"a":"http://h/x","b":"joe@x.com"}': '{"a":"http://h/x","b":"joe@x.com"}',
        "http://[::1]:80/a@b and mongodb://a:27017,b:27018/x@y": (
            "http://[::1]:80/a@b and mongodb://a:27017,b:27018/x@y"
        ),
    },
)
WITHOUT_SCHEME = Rule(
    "@",
    lambda text: ":" in text,
    clean_without_scheme,
    {
        "bad: postgres//app:hunter2@db/shop": "bad: postgres//[Filtered]@db/shop",
        "app:hunter2@tcp(db:3306)/shop": "[Filtered]@tcp(db:3306)/shop",
        "db=app:hunter2@db.example.com:5432/shop": "db=[Filtered]@db.example.com:5432/shop",
        "SplitResult(scheme='amqp', netloc='app:hunter2@mq', path='')": (
            "SplitResult(scheme='amqp', netloc='[Filtered]@mq', path='')"
        ),
        '{"scheme": "amqp", "netloc": "app:hunter@mq", "path": ""}': (
            '{"scheme": "amqp", "netloc": "[Filtered]@mq", "path": ""}'
        ),
        "logon denied (app/0f5a9c77ab@//db:1521/shop)": "logon denied ([Filtered]@//db:1521/shop)",
        "ssh joe:0f5a9c77ab@10.0.0.1": "ssh [Filtered]@10.0.0.1",
        "sip:joe:0f5a9c77ab@pbx and sip:joe@pbx": "sip:[Filtered]@pbx and sip:joe@pbx",
        "mail to:joe@example.com, npm:left-pad@1.3.0/x": "mail to:joe@example.com, npm:left-pad@1.3.0/x",
    },
)
