"""Keys that functions for ciphers and signatures are given, and those of which a text says that they were used."""

from ....runtime.expressions import compile_later
from . import judge
from .extents import Extents
from .rule import Cleaned, Rule

_given = compile_later(
    r"(?:\b(?:hmac\.(?:new|digest)|AES\.new|Fernet|AESGCM|ChaCha20Poly1305|URLSafe(?:Timed)?Serializer|TimestampSigner)"
    r"\([ ]?(?:(?:key|msg)=)?|"
    r"\bjwt\.(?:en|de)code\([^()\r\n]{1,200}?,[ ]?(?:key=)?(?=b?\\*[\"'][^\"'\\\r\n]{4,400}\\*[\"'],[ ]?algorithm))"
    r"(?=b?\\*[\"'])"
)
_used = compile_later(
    r"(?:crypt(?:ing|ed|ion)?|[Ss]ign(?:ing|ed)?)(?: \w{1,20})? (?:with|using|by) (?:the )?key:? (?=[\w\"'])"
)


def clean(text: str) -> str:
    """Return a text without such keys."""
    extents, cleaned = Extents(text), Cleaned(text)
    for given in cleaned.remaining(_given.finditer(text)) if "(" in text else ():
        value = extents.quoted(given.end())
        if value is not None and not judge.is_harmless(text[value.inner_start : value.inner_end]):
            cleaned.leave_out(value.inner_start, value.inner_end)
    text = cleaned.text()
    return text if "key" not in text else _without_used(text)


def _without_used(text: str) -> str:
    extents, cleaned = Extents(text), Cleaned(text)
    for used in cleaned.remaining(_used.finditer(text)):
        value = extents.value(used.end())
        shown = text[value.inner_start : value.inner_end] if value else ""
        if value is not None and judge.is_unmistakable(shown) and "=" not in shown[:-2]:
            cleaned.leave_out(value.inner_start, value.inner_end)
    return cleaned.text()


_signs = ("jwt.", "hmac.", "Fernet(", "AES", "ChaCha", "Serializer(", "Signer(", " key")

RULE = Rule(
    "e",
    lambda text: any(map(text.__contains__, _signs)),
    clean,
    {
        "jwt.decode(token, 'hunter2', algorithms=['HS256'])": "jwt.decode(token, '[Filtered]', algorithms=['HS256'])",
        "jwt.encode({'sub': 1}, key='hunter2', algorithm='HS256')": (
            "jwt.encode({'sub': 1}, key='[Filtered]', algorithm='HS256')"
        ),
        'hmac.new(b"hunter2", body, "sha256")': 'hmac.new(b"[Filtered]", body, "sha256")',
        "Fernet(b'hunter2')": "Fernet(b'[Filtered]')",
        "cannot decrypt with key '0f5a9c77ab'": "cannot decrypt with key '[Filtered]'",
        "hmac.new(key, b'body'), jwt.decode(token, 'utf-8')": "hmac.new(key, b'body'), jwt.decode(token, 'utf-8')",
        "Encrypting with key id 2026-11, sorted by key name": "Encrypting with key id 2026-11, sorted by key name",
        "signed by key: kid=shop-2026": "signed by key: kid=shop-2026",
    },
)
