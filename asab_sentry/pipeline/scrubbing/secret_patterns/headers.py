"""Where the value of a header ends that is a secret: a scheme with all that is behind it, or cookies."""

import re

from ....runtime.expressions import compile_later
from . import judge
from .extents import Extents

FAR = 300
"""Characters by which it is decided what the value is."""

_header = compile_later(r"(?:authorization|cookie|x-?auth\w{0,20})\Z", re.IGNORECASE)
_scheme = compile_later(
    r"(?:bearer|basic|negotiate|ntlm|api-?key|token|key|jwt|sharedkey(?:lite)?|ssws|geniekey|dpop|aws|splunk|bot)"
    r"[ \t]+",
    re.IGNORECASE,
)
_scheme_word = compile_later(r"[A-Z][A-Za-z0-9-]*")
_line_in_repr = compile_later(r"(?:(?!\\{1,16}+[rn])[^\r\n])*")
_cookies = compile_later(r"[^\s;]+=\S*(?:(?<=[;,])[ \t]+\S+)*")
_shown_cookie = compile_later(r"[ \t]+\\*[\"']?[\w.-]+=(?=\S)|\(.{0,200}?\bvalue=(?=\S)")
_parameter = compile_later(r"[\w-]+=\S|\S*,\Z")


def is_header(name: str) -> bool:
    """Return whether a name is that of such a header."""
    return _header.search(name) is not None


def shown_cookie(text: str, start: int) -> int | None:
    """Return where the value of a cookie begins that is shown as an object: `<Cookie a=b for c>`."""
    shown = _shown_cookie.match(text, start)
    return shown.end() if shown else None


def scheme_end(text: str, start: int) -> int | None:
    """Return where a secret begins behind the scheme that stands at a place, if one does."""
    scheme = _scheme.match(text, start)
    return scheme.end() if scheme else None


def header_end(text: str, name: str, name_start: int, start: int, extents: Extents) -> int | None:
    """Return where the value of a header ends that begins at a place; None: it is a value as others are."""
    in_repr = text[max(name_start - 2, 0) : name_start] in {"\\n", "\\r"}
    end = len(text)
    if in_repr:
        end = _line_in_repr.match(text, start).end()  # type: ignore[union-attr]  # it matches anything
    elif (line := text.find("\n", start)) >= 0:
        end = line
    end = min(end, extents.enclosing(name_start) or end)
    if name.lower().endswith("cookie"):
        cookies = _cookies.match(text, start, end)
        return _trimmed(text, start, cookies.end()) if cookies else None
    words = text[start : min(end, start + FAR)].split(None, 8)
    if len(words) < 2:
        return None
    behind = scheme_end(text, start)
    if behind is not None and _parameter.match(words[1]) is None:
        token = extents.value(behind)
        if token is None or judge.is_harmless(text[token.start : token.end]):
            return start
        return token.end
    is_unknown = len(words) == 2 and not any(map(judge.is_harmless, words)) and _scheme_word.fullmatch(words[0])
    if behind is not None or is_unknown or any(map(judge.is_random, words[1:8])):
        return _trimmed(text, start, end)
    return None


def _trimmed(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip("'\"}])> \t\r"))
