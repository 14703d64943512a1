"""Values of secrets with their names around or above them: elements of XML, fields of forms."""

import re
from collections.abc import Callable

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from ....secret_keys.denylist import FILTERED
from .rule import LINE, Cleaned, Rule, always

# The text of an element that is not closed was cut: within a word, or where the dots say so.
_begun = r"[^<\s\]),.:;>'\"]"
_content = rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|[^<]++(?=</)|{_begun}(?:[^<]*+(?<=\.\.\.)|[^<\s]*+)\Z"
# Bodies of requests are also seen as Python and JSON write them.
_header = r"(?:[^\r\n\\]|\\{1,16}\")"
_NO_SECRETS = frozenset({"", "none", "null", "true", "false", FILTERED.lower(), "nil", "undefined"})


def _named(name: str, value: str) -> Callable[[str], str]:
    """Return what removes values of secrets: expressions of what stands before one, with its name, and of the value."""
    names, values = compile_later(name), compile_later(value, re.DOTALL)

    def remove(text: str) -> str:
        cleaned = Cleaned(text)
        for named in names.finditer(text):
            # What other names have may hold another one, and so is looked at.
            if named.start() < cleaned.done or not denylist.is_secret(named[1]):
                continue
            if cleaned.is_enough(named.end()):
                break
            matched = values.match(text, named.end())
            if matched is None:
                continue
            quote = matched[0][0] if matched[0][0] in "\"'" else ""
            inner = matched[0].strip(quote) if quote else matched[0]
            if inner.lower() not in _NO_SECRETS and not inner.startswith(FILTERED):
                closes = quote and matched[0].endswith(quote)
                cleaned.leave_out(matched.start() + len(quote), matched.end() - len(quote) * bool(closes))
        return cleaned.text()

    return remove


XML = Rule(
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
)

FORMS = Rule(
    "name=",
    always,
    _named(
        rf"n(?<!\wn)ame=(?:\\*\")?([^\"\\\r\n;]{{1,64}})(?:\\*\")?(?:;(?>{_header}{{0,200}}))?"
        rf"(?>(?:{LINE}[\w-]{{1,40}}:(?>{_header}{{0,200}})){{0,4}}){LINE}{LINE}",
        rf"(?!{LINE}--)(?:[\"']?\[Filtered\]|.+?(?={LINE}--|\Z))",
    ),
    {
        'Content-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--x--\r\n': (
            'Content-Disposition: form-data; name="password"\r\n\r\n[Filtered]\r\n--x--\r\n'
        ),
        "Content-Disposition: form-data; name=password\r\n\r\nhunter2\r\n--x--\r\n": (
            "Content-Disposition: form-data; name=password\r\n\r\n[Filtered]\r\n--x--\r\n"
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
)
