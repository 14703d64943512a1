"""What is secret behind the host of a URL: paths of webhooks, links that are good for one time, values of a query."""

from ....runtime.expressions import compile_later
from ....secret_keys.denylist import FILTERED
from . import judge
from .rule import Match, Rule, keep_prefix, replacing


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


WEBHOOKS = Rule(
    "://",
    lambda text: (
        "hook" in text
        or "api.telegram.org" in text
        or "googleapis" in text
        or "maker.ifttt" in text
        or "hc-ping" in text
        or "pagerduty" in text
        or "loggly" in text
    ),
    replacing(
        r"(://(?:hooks\.slack\.com/(?:services|workflows|triggers)|[\w.-]{1,100}webhook\.office\.com/webhookb2|"
        r"outlook\.office\.com/webhook|(?:canary\.|ptb\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks|hooks\.zapier\.com/hooks|"
        r"events\.pagerduty\.com/integration|hc-ping\.com|hook\.[a-z0-9]{2,4}\.make\.com|logs-\d\d\.loggly\.com/(?:inputs|bulk)|[\w.-]{1,100}/api/hooks/release/builtin|"
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
        word in text
        for word in (
            "/reset/",
            "/invit",
            "/unsub",
            "/activ",
            "/confirm/",
            "/verify",
            "/magic",
            "/login/",
            "/confirm-",
            "/webhook",
        )
    ),
    replacing(
        r"(/(?:reset|invite|invitations?|unsubscribe|activate|activation|confirm(?:-email)?|verify(?:-email)?|magic(?:-link)?|"
        r"login|webhooks?)/(?:\d{1,12}/)?)"
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
