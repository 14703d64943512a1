"""E-mail addresses, where an operator asks for it: `[sentry:privacy] personal=email`."""

from ....objects.json_values import CUT
from ....runtime.expressions import compile_later
from ....secret_keys.key_words import words_of
from .rule import Cleaned, Rule

FAR = 64
"""Characters of an address before its `@` (RFC 5321); names longer than that are hidden up to there."""

NO_PERSON = frozenset({"git", "hg", "svn", "app"})
"""Users by which programs log in."""

NO_DOMAIN = words_of(
    "css gif html ico jpeg jpg js json lock md mount pdf png py scope service slice socket svg swap target timer ts "
    "txt webp whl xml yaml yml zip"
)
"""What stands behind the last dot in names of files, as `logo@2x.png`, and in units of systemd."""

_at = compile_later(
    r"(?:@|%40|\\u0040)((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}([^\W\d_]{2,24}|xn--[\w-]{2,59}))(?![\w@])"
)
_begun = compile_later(r"(?:@|%40)[\w.-]*\.\.\.\Z")
_local = compile_later(r"[\w.+!#$&*/?^{|}~'-]*\Z")
_user_of_url = compile_later(r"//[^/@\s]*\Z")


def clean(text: str) -> str:
    """Return a text without e-mail addresses."""
    cleaned = Cleaned(text)
    for at in cleaned.remaining(_at.finditer(text), whole=True):
        start = _start(text, max(cleaned.done, at.start() - FAR), at.start())
        user = text[start : at.start()]
        is_address = user and user.lower() not in NO_PERSON and at[2].lower() not in NO_DOMAIN
        if is_address and _user_of_url.search(text, max(start - FAR, 0), at.start()) is None:
            cleaned.leave_out(start, at.end())
    begun = _begun.search(text, max(len(text) - FAR, cleaned.done)) if text.endswith(CUT) else None
    if begun is not None:
        start = _start(text, max(cleaned.done, begun.start() - FAR), begun.start())
        if start < begun.start():
            cleaned.leave_out(start, len(text) - len(CUT))
    return cleaned.text()


def _start(text: str, first: int, end: int) -> int:
    """Return where the part of an address before its `@` begins."""
    part = text[first:end]
    start = end - len(_local.search(part)[0])  # type: ignore[index]  # it matches anything
    while start < end and text[start] in ".'/{|?&*!#":
        start += 1
    # The `n` of a line that begins within a `repr`.
    if text[max(start - 1, 0) : start] == "\\" and text[start : start + 1] in {"n", "r", "t"}:
        start += 1
    equals = max(text.rfind(mark, start, end) for mark in "?&/{|")
    return max(start, equals + 1)


RULE = Rule(
    "",
    lambda text: "@" in text or "%40" in text or "\\u0040" in text,
    clean,
    {
        "mail to joe.smith+shop@example.co.uk failed": "mail to [Filtered] failed",
        "'joe@example.com' <jane@example.com>": "'[Filtered]' <[Filtered]>",
        "GET /users?mail=joe%40example.com&page=2": "GET /users?mail=[Filtered]&page=2",
        "'a\\njoe@example.com'": "'a\\n[Filtered]'",
        "sent to joe@examp...": "sent to [Filtered]...",
        "git@github.com:joe/shop.git, logo@2x.png, user@1000.service": (
            "git@github.com:joe/shop.git, logo@2x.png, user@1000.service"
        ),
        "amqp://app@mq.example.com, shop@1.2.3, @app.route": "amqp://app@mq.example.com, shop@1.2.3, @app.route",
    },
)
