"""What is assigned to a name: behind a sign, in quotes or without, or in the lines below."""

import re

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from . import dumps, headers, judge
from .extents import Value
from .names import Name
from .scan import Scan, Secret

_folded = compile_later(
    r"(?:[|>][-+\d]{0,2})?[ \t]*(?:#[ \t][^\r\n]{0,200})?(?:(?<=[|>])\r?\n)?"
    r"(?:\r?\n([ \t]*)|(?:\\{1,16}+r)?\\{1,16}+n([ \t]*)(?!\\{1,16}+[nrt]))(- )?(?=[^\s])"
)
# A document in the lines behind, up to the word that ends it, and a jar of cookies as it is shown.
_block = compile_later(
    r"<<[-~]?([\"']?)(\w{1,20})\1[ \t]*\r?\n(?P<inner>.{1,4000}?)(?=\n[ \t]*\2\b|\Z)|"
    r"<\w{0,30}(?:CookieJar|Cookies)\[(?P<jar>(?:<[^<>\r\n]{0,300}>(?:, )?){1,50})\]>",
    re.DOTALL,
)
# What goes on in lines that are further in, as ini files have it, and what stands beside it for several secrets.
_further = compile_later(r"(?:,?[ \t]*\r?\n[ \t]+[^\s=:,]{8,}(?=,?[ \t]*(?:\r?\n|\Z)))+")
_beside = compile_later(r"(?:,?[ \t]+[^\s=:,]{8,})+(?=[ \t]*(?:[\r\n]|[#;][ \t]|\Z))")
_of_words = compile_later(r"(?i:phrase|mnemonic)\Z")
_phrase = compile_later(r"(?:,?[ \t]\w{2,40}){2,24}(?=[ \t]*(?:[\r\n\\\"'.;)&]|\Z))")
_word = compile_later(r"\S+")
_user_before = compile_later(r"(?i:user|user_?name|login)\\*[\"']?[:=] ?\S{1,60} ?\Z")
_of_error = compile_later(r"[\w.]*(?i:invalid|expired|failed|denied|missing|error|exception|mismatch)[\w.]*")
_mixed = compile_later(r"(?<!\w)(?=[A-Za-z]*\d)(?=\d*[A-Za-z])\w{12,}")
_changes = compile_later(
    r"(?:old|current|previous|new|from|to)(?:_?(?:value|password))?[=:][ ]?(\S{4,200})"
    r"(?:[,;]?[ ](?:old|new|from|to)(?:_?(?:value|password))?[=:][ ]?\S{4,200}){0,2}"
)
_changed_to = compile_later(r" (?:->|=>|→) (?=\\*[\"'])")
_of_header = compile_later(r"X-[\w-]+|[A-Z]+(?:-[A-Z]+)+|[A-Z][a-z]+(?:-[A-Z][a-z]+)+")
_file = compile_later(r"\w\.[A-Za-z]{1,4}\Z")
_member = compile_later(
    r"([A-Za-z_]\w*(?:(?:::|\.)[A-Za-z_]\w*){0,5})(?:\[[^\[\]\s]{0,80}\]|\([\w=, ]{0,80}\))?[,.;:)]?(?=\s|\Z)"
)
_line_number = compile_later(r"(?<=:)\d{1,6}(?![\w-])")
_line = compile_later(r"[^\r\n]+")
# A line as a `repr` or JSON has it, which ends with its text at the latest.
_line_in_text = compile_later(r"(?:(?!\\{1,8}[rn]|[\"'](?:[\s,)}\]:]|\Z))[^\r\n])+")
_mapping = compile_later(r"[\w-]+:(?:\s|\Z)")
LONGEST_ERROR = 300
_FOLDS = frozenset({"", "\r", "\n", "|", ">", "\\", "#"})
_OPENS = frozenset("'\"\\[({")
_SPACE = frozenset(" \t")


def assigned(scan: Scan, name: Name, start: int, sign: str) -> Secret | None:
    """Return what stands behind a name and a sign, if it can be a secret."""
    text, colon = scan.text, sign == ":"
    if _is_place(text, name, start, sign) or dumps.is_empty(text, name, start):
        return None
    if colon and name.weight == denylist.MAYBE and _is_sure(text, name):
        name = name._replace(weight=denylist.SURE)
    first = text[start : start + 1]
    if first in _FOLDS and (folded := _folded.match(text, start)) is not None:
        return _in_lines(scan, name, folded, colon=colon)
    block = _block.match(text, start) if first == "<" else None
    if block is not None:
        return Secret(*block.span("jar" if block["jar"] else "inner"))
    if first not in _OPENS and headers.is_header(name.text):
        end = headers.header_end(text, name.text, name.start, start, scan.extents)
        if end is not None:
            return Secret(start, end)
    value = scan.extents.value(start, text[max(name.start - 5, 0) : name.start].rstrip(" "), sign)
    if value is None or value.kind != "bare":
        return _enclosed(scan, name, start, value, colon=colon)
    return None if is_name(text, value) else _bare(scan, name, value, colon=colon)


def _is_sure(text: str, name: Name) -> bool:
    """Return whether a word that also means something else names a secret: of a header, or beside a user."""
    if name.text in {"pass", "Pass"}:
        return _user_before.search(text, max(name.start - 80, 0), name.start) is not None
    return _of_header.fullmatch(name.text) is not None


def _enclosed(scan: Scan, name: Name, start: int, value: Value | None, *, colon: bool) -> Secret | None:
    """Return a value in quotes or brackets, with the one that it is changed to: `password = "x" -> "y"`."""
    if value is not None and _is_told(scan.text, name, value):
        return None
    secret = scan.judged(name, start, value, colon=colon)
    to = _changed_to.match(scan.text, value.end) if secret is not None and value is not None else None
    changed = scan.judged(name, to.end(), scan.extents.quoted(to.end())) if to is not None else None
    return Secret(secret.start, changed.end) if secret is not None and changed is not None else secret


def _is_told(text: str, name: Name, value: Value) -> bool:
    """Return whether an error tells what stands behind its name: `INVALID_CREDENTIALS: {'result': 49}`."""
    if value.kind != "group" or text[name.end] != ":" or value.end - value.start > LONGEST_ERROR:
        return False
    return _of_error.fullmatch(name.text) is not None and _mixed.search(text, value.start, value.end) is None


def _is_place(text: str, name: Name, start: int, sign: str) -> bool:
    """Return whether a file, module or class is named, and what is behind it: `token.py:12`, `token.py::test_it`."""
    if sign == "::":
        member = _member.match(text, start) if text[start - 1] == ":" else None
        return member is not None and not judge.is_random(member[1])
    return sign == ":" and _file.search(name.text) is not None and _line_number.match(text, start) is not None


def is_name(text: str, value: Value) -> bool:
    """Return whether a value is the name of a secret that stands behind it: `token: SecretID: 0f5a9c`."""
    if text[value.end - 1] not in ":=" or text[value.end : value.end + 1] not in _SPACE:
        return False
    return denylist.is_secret(text[value.start : value.end].strip("\"':="))


def _bare(scan: Scan, name: Name, value: Value, *, colon: bool) -> Secret | None:
    """Return a value without quotes, with what belongs to it behind white space."""
    changes = _changes.match(scan.text, value.start) if name.weight == denylist.SURE else None
    if changes is not None:
        return None if judge.is_harmless(changes[1]) else Secret(changes.start(1), changes.end())
    end = _end_of_bare(scan, name, value, colon=colon)
    if end > value.end:
        return Secret(value.start, end)
    secret = scan.judged(name, value.start, value, colon=colon)
    if secret is None:
        return None
    last = dumps.end_of_words(scan.text, name, secret.end)
    return Secret(secret.start, last or end_of_several(scan.text, secret.end, name.text))


def end_of_several(text: str, end: int, name: str) -> int:
    """Return where the last of several secrets or words of a phrase ends, of which the first ends at a place."""
    phrase = _phrase.match(text, end) if _of_words.search(name) else None
    if phrase is not None and judge.are_no_sentence(phrase[0]):
        return phrase.end()
    several = _further.match(text, end) or (_beside.match(text, end) if name[-1] in "sS" else None)
    if several is not None and all(map(judge.is_random, several[0].replace(",", " ").split())):
        return several.end()
    return end


def _end_of_bare(scan: Scan, name: Name, value: Value, *, colon: bool) -> int:
    """Return where a value without quotes ends: behind a scheme, or with the quotes that an option stands in."""
    text = scan.text
    behind = headers.scheme_end(text, value.start)
    token = scan.extents.value(behind) if behind and text[value.end : behind].isspace() else None
    if token is not None:
        shown = text[token.start : token.end]
        if not judge.is_harmless(shown) and (not colon or judge.is_random(shown)):
            return token.end
    return (scan.extents.enclosing(name.start) or value.end) if text[name.start] == "-" else value.end


def _in_lines(scan: Scan, name: Name, folded: re.Match[str], *, colon: bool) -> Secret | None:
    """Return a value that stands in the lines behind its name."""
    text, start = scan.text, folded.end()
    in_text = folded[1] is None
    indent = len(folded[2] if in_text else folded[1])
    if text[start] in "\"'[{" and (indent or not in_text):
        return scan.judged(name, start, scan.extents.value(start), colon=colon)
    line = (_line_in_text if in_text else _line).match(text, start)
    if line is not None and not (indent or folded[3]):
        return Secret(*line.span()) if colon and judge.is_random(line[0]) and _word.fullmatch(line[0]) else None
    if line is None or (name.weight == 1 and _mapping.match(line[0])):
        return None
    first, _, rest = line[0].partition(" ")
    if not judge.can_be_secret(name.text, name.weight, first, quoted=False, colon=True, rest=rest):
        return None
    end = line.end()
    new_line, rest_of_line = (
        (r"(?:\\{1,16}+r)?\\{1,16}+n", _line_in_text.pattern) if in_text else (r"\r?\n", r"[^\r\n]*")
    )
    further = rf"[ \t]{{{indent},}}" if indent else "- "
    block = re.compile(rf"(?:{new_line}{further}{rest_of_line})+").match(text, end)
    return Secret(start, block.end() if block else end)
