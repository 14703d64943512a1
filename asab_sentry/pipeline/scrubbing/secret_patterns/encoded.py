"""Secrets in texts that are encoded as a whole, as URLs do it: the other rules look at what stands there.

They have looked at the text as it is before, and so have found what a URL itself assigns.
"""

import html
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from ....runtime.expressions import compile_later
from ....secret_keys import look_alikes as letters_alike
from ....secret_keys.denylist import FILTERED
from .rule import Cleaned, Match, Rule

DEEPEST = 2
"""So often a text is encoded at most, one time within the other."""

# What separates, and what may be a part of a name: letters that nobody had to encode, and those of other languages.
_may_hold = re.compile(
    r"%(?:25)*(?:2[0-9A-Fa-f]|3[A-Ea-e]|[57][BCDbcd]|0[AaDd9]|[46][1-9A-Fa-f]|[57][0-9AaFf]|[C-Fc-f][0-9A-Fa-f])"
).search
_run = compile_later(r"(?<![^\r\n%])[^\r\n%]*%[0-9A-Fa-f]{2}[^\r\n]*")
_escape = compile_later(r"%[0-9A-Fa-f]{2}")
_raw = compile_later(r"[^\w%+\t\r\n]")

_letter = compile_later(
    r"(?<!\\)\\++(?:u([0-9a-fA-F]{4})|x(00|[2-7][0-9a-fA-F]|a0|a[bd]|bb)|x[c-fC-F][0-9a-fA-F](?:\\++x[89abAB][0-9a-fA-F]){1,3})"
)
_SIGNS = frozenset("\"'=:<>&|\u2013\u2014\u2018\u201c\u201d\u201e\u2022\u2190\u2192\u21d2\u00ab\u00bb")
_byte = compile_later(r"\\++x")


def _decoded(match: Match) -> str:
    digits = match[1] or match[2]
    character = chr(int(digits, 16)) if digits else bytes.fromhex(_byte.sub("", match[0])).decode(errors="replace")
    if character == "\0":  # of two bytes for each letter
        return ""
    return character if character.isalpha() or character in _SIGNS or letters_alike.may_have(character) else match[0]


def letters(rule: Rule) -> Rule:
    """Return the rule that applies another one to names with escaped letters and signs, as JSON and `repr` have them.

    Where it finds a secret these are decoded.
    """

    def remove(text: str) -> str:
        decoded = letters_alike.plain(_letter.sub(_decoded, text))
        cleaned = rule.clean(decoded) if decoded != text else decoded
        return text if cleaned == decoded else cleaned

    return Rule(
        "\\",
        lambda text: _letter.search(text) is not None,
        remove,
        {
            '{"has\\u0142o": "hunter2", "name": "Jos\\u00e9"}': '{"hasło": "[Filtered]", "name": "José"}',
            '{"p\\u0061ssword": "hunter2"}': '{"password": "[Filtered]"}',
            "b'has\\xc5\\x82o=hunter2'": "b'hasło=[Filtered]'",
            "'password\\xa0= hunter2'": "'password = [Filtered]'",
            "b'p\\x00i\\x00n\\x00=\\x004\\x007\\x001\\x001\\x00'": "b'pin=[Filtered]'",
            "{\\u0022password\\u0022:\\u0022hunter2\\u0022}": '{"password":"[Filtered]"}',
            "{\\x22password\\x22:\\x22hunter2\\x22}": '{"password":"[Filtered]"}',
            '{"name": "Jos\\u00e9", "password": "[Filtered]"}': '{"name": "Jos\\u00e9", "password": "[Filtered]"}',
        },
    )


def look_alikes(rule: Rule) -> Rule:
    """Return the rule that applies another one to names with letters that are read as others.

    Where it finds a secret these letters are replaced.
    """

    def remove(text: str) -> str:
        read = letters_alike.plain(text)
        cleaned = rule.clean(read) if read != text else read
        return text if cleaned == read else cleaned

    return Rule(
        "",
        letters_alike.may_have,
        remove,
        {
            "p\u0430ssword=hunter2": "password=[Filtered]",
            "pass\u200bword: hunter2": "password: [Filtered]",
            "p\0i\0n\0=\x004\x007\x001\x001\0": "pin=[Filtered]",
            "密码\uff1ahunter2": "密码:[Filtered]",
            "mot de passe\u00a0: hunter2": "mot de passe : [Filtered]",
            "contrasen\u0303a=hunter2": "contraseña=[Filtered]",
            "a\0b\0": "a\0b\0",
            "Objednávka\u00a05: token expired": "Objednávka\u00a05: token expired",
        },
    )


def of_html(rules: Iterable[Rule]) -> Rule:
    """Return the rule that applies others to texts escaped for HTML, which are plain where one of them hides a part."""
    used = tuple(rules)

    def remove(text: str) -> str:
        cleaned = plain = html.unescape(text)
        for rule in used:
            cleaned = rule.clean(cleaned)
        return text if cleaned == plain else cleaned

    return Rule(
        "&",
        re.compile(r"&(?:lt|gt|quot|amp|apos|equals|colon|#\d{2,3}|#x[0-9a-fA-F]{2,3});").search,
        remove,
        {
            "&lt;password&gt;hunter2&lt;/password&gt;": "<password>[Filtered]</password>",
            "&#112;assword&#61;hunter2": "password=[Filtered]",
            "a &lt;b&gt; token &amp; more": "a &lt;b&gt; token &amp; more",
        },
    )


class _Encoded:
    """Applies rules to texts that are encoded."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)

    def remove(self, text: str, depth: int = DEEPEST) -> str:
        """Return a text without what they find in its lines that are encoded."""
        cleaned = Cleaned(text)
        for run in cleaned.remaining(_run.finditer(text), whole=True):
            left = self._left(run[0], depth)
            if left != run[0]:
                cleaned.replace(run.start(), run.end(), left)
        return cleaned.text()

    def _left(self, line: str, depth: int) -> str:
        if "+" in line and "%20" not in line:  # forms write a space so
            return self._passed(line, depth, unquote_plus, quote_plus)
        return self._passed(line, depth, unquote, quote)

    def _passed(self, line: str, depth: int, decode: Callable[[str], str], encode: Callable[..., str]) -> str:
        plain = before = decode(line)
        for rule in self._rules:
            plain = rule.clean(plain)
        if depth > 1 and _may_hold(plain):
            plain = self.remove(plain, depth - 1)
        if plain == before:
            return line
        raw = "".join({*_raw.findall(_escape.sub("", line))})
        return FILTERED.join(encode(part, safe=raw) for part in plain.split(FILTERED))


def percent(rules: Iterable[Rule]) -> Rule:
    """Return the rule that applies others to texts that are encoded."""
    return Rule(
        "%",
        _may_hold,
        _Encoded(rules).remove,
        {
            "body=%7B%22user%22%3A%20%22joe%22%2C%20%22password%22%3A%20%22hunter2%22%7D&a=1": (
                "body=%7B%22user%22%3A%20%22joe%22%2C%20%22password%22%3A%20%22[Filtered]%22%7D&a=1"
            ),
            "%27password%27%20%3D%20%27hunter2%27": "%27password%27%20%3D%20%27[Filtered]%27",
            "%257B%2522token%2522%253A%2522hunter2%2522%257D": "%257B%2522token%2522%253A%2522[Filtered]%2522%257D",
            "a=1&pass%77ord=hunter2": "a=1&password=[Filtered]",
            "has%C5%82o=hunter2": "has%C5%82o=[Filtered]",
            "a=1&b=token%3A+%27hunter2%27+x&c=2": "a=1&b=token%3A+%27[Filtered]%27+x&c=2",
            "/search?q=a%20token%3A%20expired%20%22now%22": "/search?q=a%20token%3A%20expired%20%22now%22",
        },
    )
