"""Keys that functions for ciphers and signatures are given, and those of which a text says that they were used."""

import re

from ....runtime.expressions import compile_later
from . import judge
from .extents import Extents
from .rule import Cleaned, Rule

_given = compile_later(
    r"(?:\b(?:hmac\.(?:new|digest)|AES\.new|Fernet|AESGCM|ChaCha20Poly1305|URLSafe(?:Timed)?Serializer|TimestampSigner)"
    r"\([ ]?(?:(?:key|msg)=)?|\bpbkdf2_hmac\(\\*[\"'][\w-]{1,20}\\*[\"'],[ ]?|\b(?:CommunityData|scrypt)\([ ]?|"
    r"\bjwt\.(?:en|de)code\([^()\r\n]{1,200}?,[ ]?(?:key=)?(?=b?\\*[\"'][^\"'\\\r\n]{4,400}\\*[\"'],[ ]?algorithm))"
    r"(?=b?\\*[\"'])"
)
# Each begins with letters, so that all else is passed over at once.
_used = tuple(
    compile_later(rf"{verb}(?: \w{{1,20}})? (?:with|using|by) (?:the )?key:? (?=[\w\"'])")
    for verb in ("crypt(?:ing|ed|ion)?", "ign(?:ing|ed)?")
)


def clean(text: str) -> str:
    """Return a text without such keys."""
    extents, cleaned = Extents(text), Cleaned(text)
    for given in cleaned.remaining(_given.finditer(text)) if _may_be_given(text) else ():
        value = extents.quoted(given.end())
        if value is not None and not judge.is_harmless(text[value.inner_start : value.inner_end]):
            cleaned.leave_out(value.inner_start, value.inner_end)
    text = cleaned.text()
    return _without_used(text) if " key" in text else text


def _without_used(text: str) -> str:
    extents, cleaned = Extents(text), Cleaned(text)
    places = sorted((place for verb in _used for place in verb.finditer(text)), key=re.Match.start)
    for used in cleaned.remaining(places):
        value = extents.value(used.end())
        shown = text[value.inner_start : value.inner_end] if value else ""
        if value is not None and judge.is_unmistakable(shown) and "=" not in shown[:-2]:
            cleaned.leave_out(value.inner_start, value.inner_end)
    return cleaned.text()


_functions = ("jwt.", "hmac", "scrypt(", "CommunityData(", "Fernet(", "AES", "ChaCha", "Serializer(", "Signer(")


def _may_be_given(text: str) -> bool:
    return "(" in text and any(map(text.__contains__, _functions))


RULE = Rule(
    "e",
    lambda text: " key" in text or _may_be_given(text),
    clean,
    {
        "jwt.decode(token, 'hunter2', algorithms=['HS256'])": "jwt.decode(token, '[Filtered]', algorithms=['HS256'])",
        "jwt.encode({'sub': 1}, key='hunter2', algorithm='HS256')": (
            "jwt.encode({'sub': 1}, key='[Filtered]', algorithm='HS256')"
        ),
        'hmac.new(b"hunter2", body, "sha256")': 'hmac.new(b"[Filtered]", body, "sha256")',
        "pbkdf2_hmac('sha256', b'hunter2', salt, 1000)": "pbkdf2_hmac('sha256', b'[Filtered]', salt, 1000)",
        "Fernet(b'hunter2')": "Fernet(b'[Filtered]')",
        "cannot decrypt with key '0f5a9c77ab'": "cannot decrypt with key '[Filtered]'",
        "hmac.new(key, b'body'), jwt.decode(token, 'utf-8')": "hmac.new(key, b'body'), jwt.decode(token, 'utf-8')",
        "Encrypting with key id 2026-11, sorted by key name": "Encrypting with key id 2026-11, sorted by key name",
        "signed by key: kid=shop-2026": "signed by key: kid=shop-2026",
    },
)
