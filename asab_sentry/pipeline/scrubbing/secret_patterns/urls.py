"""What is secret in a URL: credentials, which go, and webhooks, of which the path goes. The host stays."""

import re
import string

from ....objects.json_values import CUT
from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from ....secret_keys.denylist import FILTERED
from . import judge
from .rule import Cleaned, Match, Rule, keep_prefix, replacing

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


_no_scheme = compile_later(r"@(?:(?:tcp|udp|unix)\(|[\w.-]{1,100}:\d{2,5}(?![\w.])|[\w.-]{1,100}/|[A-Za-z])")
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
        slashes = "//" in user  # those of a scheme may lack its colon
        name = user.rpartition("//")[2].rpartition("=")[2]
        if (
            not colon
            or not password
            or password.startswith("//")
            or (match[0].endswith("/") and not slashes)
            or (len(match[0]) == 2 and (_word_only.fullmatch(password) is None or not judge.is_random(password)))
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


def query(text: str) -> str:
    """Return a query string with the names it has and without its values; what stands alone may be one, as a token."""
    return "&".join(
        f"{name}={FILTERED}" if separator and value else FILTERED if judge.is_random(part) else part
        for part in text.split("&")
        for name, separator, value in [part.partition("=")]
    )


def _query(match: Match) -> str:
    head, mark, rest = match[0].partition("?")
    if not mark:
        return head
    values, hash_mark, fragment = rest.partition("#")
    return head + mark + query(values) + hash_mark + fragment


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
        "mail to:joe@example.com, npm:left-pad@1.3.0/x": "mail to:joe@example.com, npm:left-pad@1.3.0/x",
    },
)
WEBHOOKS = Rule(
    "://",
    lambda text: (
        "hook" in text
        or "api.telegram.org" in text
        or "googleapis" in text
        or "maker.ifttt" in text
        or "hc-ping" in text
        or "pagerduty" in text
    ),
    replacing(
        r"(://(?:hooks\.slack\.com/(?:services|workflows|triggers)|[\w.-]{1,100}webhook\.office\.com/webhookb2|"
        r"outlook\.office\.com/webhook|(?:canary\.|ptb\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks|hooks\.zapier\.com/hooks|"
        r"events\.pagerduty\.com/integration|hc-ping\.com|[\w.-]{1,100}/api/hooks/release/builtin|"
        r"[\w.-]{1,100}/hooks(?=/[A-Za-z0-9]{17,24}/[A-Za-z0-9]{40})|"
        r"chat\.googleapis\.com/v1/spaces|maker\.ifttt\.com|api\.telegram\.org(?:/file)?(?=/bot\d)|"
        r"[\w.-]{1,100}/hooks(?=/[a-z0-9]{26}\b))/)[^\s\"'<>?]+",
        keep_prefix,
    ),
    {
        "POST https://hooks.slack.com/services/T00/B00/XXXX failed: 404": (
            "POST https://hooks.slack.com/services/[Filtered] failed: 404"
        ),
        "https://api.telegram.org/bot123456:AAF/getUpdates": "https://api.telegram.org/[Filtered]",
        "https://discord.com/channels/1/2": "https://discord.com/channels/1/2",
    },
)


_object_id = compile_later(r"[0-9a-f]{24}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _link(match: Match) -> str:
    is_secret = judge.is_unmistakable(match[2]) and _object_id.fullmatch(match[2]) is None
    return match[1] + FILTERED if is_secret else match[0]


def _parameter(match: Match) -> str:
    return match[1] + FILTERED if judge.is_random(match[2]) else match[0]


LINKS = Rule(
    "/",
    lambda text: any(
        word in text for word in ("/reset/", "/invit", "/unsub", "/activ", "/confirm/", "/verify", "/magic")
    ),
    replacing(
        r"(/(?:reset|invite|invitations?|unsubscribe|activate|activation|confirm|verify(?:-email)?|magic(?:-link)?)/)"
        r"([\w.~-]{20,})",
        _link,
    ),
    {
        "GET /invite/0f5a9c77ab0f5a9c77abX HTTP/1.1": "GET /invite/[Filtered] HTTP/1.1",
        "GET /orders/confirm/65f1a2b3c4d5e6f7a8b9c0d1": "GET /orders/confirm/65f1a2b3c4d5e6f7a8b9c0d1",
    },
)
"""Links that are good for one time, by the word before the last part of their path; ids of objects stay."""

PARAMETERS = Rule(
    "=",
    lambda text: "?" in text or "&" in text,
    replacing(r"((?i:[?&](?:code|key|sig|signature|ticket|hash|hmac|state)=))([^&\s\"'<>#]{8,})", _parameter),
    {
        "/callback?code=0f5a9c77ab&page=2": "/callback?code=[Filtered]&page=2",
        "/search?key=name&code=404": "/search?key=name&code=404",
    },
)
QUERIES = Rule(
    "://",
    lambda text: "?" in text,
    replacing(r"://[^\s\"'<>]*", _query),
    {
        "GET https://host/a?user=joe&debug failed": "GET https://host/a?user=[Filtered]&debug failed",
        "https://host/a?0f5a9c77ab failed": "https://host/a?[Filtered] failed",
        "https://host/a#b?c=d": "https://host/a#b?c=[Filtered]",
        "why? https://host/": "why? https://host/",
    },
    personal=True,
)
