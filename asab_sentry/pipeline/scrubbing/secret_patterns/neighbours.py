"""What is given to a name, or stands beside it: arguments, parts of paths, fields and pairs."""

import re

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from . import dumps, headers, judge, sentences
from .names import Name
from .scan import Scan, Secret

_following = compile_later(
    r"\\*[\"'],[ \t\r\n]*(?:\\*[\"'](?:==?|!=|<>|=?i?like|in|eq|MODIFY_[A-Z]{1,10})\\*[\"'],[ ]*)?"
    r"(?:(?:fallback|default|value)=)?(?:(?:Ok\(|Some\(|String |Just )(?=\\*\"))?(?=(?:[bBuUrR]{1,2})?\\*[\"'(\[{])"
)
_in_key = compile_later(r"\\*[\"'](?:,[^()\[\]{}\"'\r\n]{0,40})?(?:\)|\}\)): ?(?=[\w\"'\[({\\])")
_closes = compile_later(r"\s{0,3},?\s{0,3}[)\]]")
# What a tool is told to keep under a name.
_sets = compile_later(r"\b(?:set|put)(?: --[a-z]{1,12})? (?:\w{1,12}:)?\Z")
_set = compile_later(r"[ \t]+(?:--(?:body|value)[ =])?(?=[\w\"'])")
_attribute = compile_later(
    r"[ \t\r\n]{1,20}(?:[\w:.-]{1,40}=(?:\\*\"[^\"<>]{0,100}\"|\\*'[^'<>]{0,100}')[ \t\r\n]{1,20}){0,4}"
    r"(?:value|val|content|text|data)=(?=\\*[\"'])"
)
_called = compile_later(r"\((?=(?:Some\()?[bBuUrR]{0,2}[\"'])")
_called_later = compile_later(r"\((?:(?:\w{1,20}=)?[\w.@-]{1,60},[ ]?){1,3}(?=[bBuU]?\\*[\"'])")
_argument = compile_later(r"[ \t]+(?!--?[A-Za-z][A-Za-z-]*(?:[\s=\"'\])]|\Z)|[|>&;]+\s)")
_option = compile_later(r"--[A-Za-z][A-Za-z-]*(?:[=\"']|\Z)|-[A-Za-z]{1,20}(?:[\"']|\Z)")
_segment = compile_later(r"/(?:(?:reset|verify|confirm|change|recover|new|set|activate|validate)/)?([^\s/?#&\"'<>]+)")
_opens = compile_later(r"(?:[(\[] ?|\A|,[ \t]*)[bBuU]?\\*[\"']((?:[A-Za-z]{1,10} ){0,2})\Z")
_field = compile_later(
    r"(?:name|key|k|field|id|header|variable|label|param|parameter|attribute|attr|property|setting|option|env|"
    r"column|path|(?P<type>type))"
    r"\\*[\"']?\s{0,3}(?:=>|[:=])\s{0,3}\\*[\"']?[\w./-]{0,60}\Z",
    re.IGNORECASE,
)
_field_value = compile_later(
    r"(?:\\*[\"'])?(?:[ \t,;][^{}<>\r\n]{0,100}?)??(?:[\s,;]|\\{1,16}+[nrt]){1,20}\\*[\"']?"
    r"(?:(?:parameter|old_?|new_?|rejected_?|string_?)?value|val|v|contents?|data|default|old|new|to|from|before|after|actual)"
    r"\\*[\"']?\s{0,3}(?:=>|[:=])\s{0,3}",
    re.IGNORECASE,
)
_changed_to = compile_later(
    r"\s{0,3}[,;]\s{0,3}\\*[\"']?(?:old|new)(?:_?value)?\\*[\"']?\s{0,3}(?:=>|[:=])\s{0,3}", re.IGNORECASE
)
_variable = compile_later(r"\bvariable[ \t]+\\*\"\Z")
_default = compile_later(r"\\*\"\s{0,3}\{[^{}]{0,400}?\bdefault\s{0,20}=\s{0,3}(?=\\*[\"])")
_value_of_field = compile_later(r"(?:value|val|contents?|data)\\*[\"']?\s{0,3}(?:=>|[:=])\s{0,3}", re.IGNORECASE)
_next_field = compile_later(r"\s{0,3}[,;]?\s{0,3}\\*[\"']?\Z")
_element = compile_later(
    r"(?:\\*[\"'][^<>{}]{0,100}(?<![-=])>|</[\w:.-]{1,40}>\s{0,20}(?=<))\s{0,20}(?:<[\w:.-]{1,40}>){0,2}(?=[^<])"
)
_named_element = compile_later(
    r"<(?:\w{0,10}:)?(?:[a-z]{1,10}-){0,2}(?:name|key|id|td|th|dt|label|b|strong)>\Z", re.IGNORECASE
)
_content = compile_later(r"[^<]+")
FAR = 24
"""So far before a name it is looked at whether it is the value of a field."""


def called(scan: Scan, name: Name) -> Secret | None:
    """Return what a function or class is called with that is named so: `HTTPBasicAuth("joe", "x")`."""
    if name.text.lower().endswith("cookie"):
        return _cookie(scan, name)
    is_first = _called.match(scan.text, name.end) is not None
    later = None if is_first or name.weight < denylist.SURE else _called_later.match(scan.text, name.end)
    if not (is_first or later) or not denylist.is_secret(name.text.rpartition(".")[2]):
        return None
    if later is not None:
        value = scan.extents.quoted(later.end())
        is_word = value is not None and scan.text[value.inner_start : value.inner_end].isalpha()
        return None if is_word else scan.judged(name, later.end(), value)
    return scan.judged(name, name.end, scan.extents.group(name.end))


def _cookie(scan: Scan, name: Name) -> Secret | None:
    start = headers.shown_cookie(scan.text, name.end)
    return scan.judged(name, start, scan.extents.value(start)) if start else None


def in_path(scan: Scan, name: Name) -> Secret | None:
    """Return the part of a path behind one that is named so: `/reset-password/0f5a9c77`."""
    segment = _segment.match(scan.text, name.end)
    return Secret(*segment.span(1)) if segment and judge.is_random(segment[1]) else None


def beside(scan: Scan, name: Name) -> Secret | None:
    """Return the other one of a pair: of a field and its value, or of a name in quotes and what follows."""
    text, end = scan.text, name.end
    field = _field_of(scan, name)
    if field is None:
        return _quoted(scan, name)
    following = _field_value.match(text, end)
    if following is not None:
        if text.startswith("type", field) and "alue" not in following[0]:
            return None  # it is that of a message
        return _changed(scan, name, following.end())
    for before in _value_of_field.finditer(text, max(field - judge.LONGEST - FAR, 0), field):
        value = scan.extents.quoted(before.end())
        if value is not None and _next_field.fullmatch(text, value.end, field):
            return scan.judged(name, before.end(), value)
    element = _element.match(text, end)
    content = _content.match(text, element.end()) if element else None
    if content is not None and not judge.is_harmless(content[0]):
        return Secret(content.start(), content.end())
    return None


def _quoted(scan: Scan, name: Name) -> Secret | None:
    """Return the value of a variable, a pair, or a dict whose key has several parts, by a name in quotes."""
    text, end = scan.text, name.end
    if _variable.search(text, max(name.start - FAR, 0), name.start):  # of Terraform
        default = _default.match(text, end)
        return scan.judged(name, default.end(), scan.extents.value(default.end())) if default else None
    second = dumps.pair(scan, name)
    if second is not None:
        return scan.judged(name, end, second)
    following = _following.match(text, end)
    if following is not None:
        return _next(scan, name, following.end())
    key = _in_key.match(text, end)
    return scan.judged(name, key.end(), scan.extents.value(key.end())) if key else None


def _changed(scan: Scan, name: Name, start: int) -> Secret | None:
    """Return the value of a field, with the one that it was or is changed to."""
    value = scan.extents.value(start)
    first = scan.judged(name, start, value)
    to = _changed_to.match(scan.text, value.end) if value else None
    second = scan.judged(name, to.end(), scan.extents.value(to.end())) if to else None
    return Secret((first or second).start, second.end) if second else first


def _field_of(scan: Scan, name: Name) -> int | None:
    """Return where the word begins by which a name is the value of a field: `{"name": "password"`."""
    place, first = name.start - 1, max(name.start - 101, 0)
    while place >= first and (scan.text[place] in "\\\"' /._-" or scan.text[place].isalnum()):
        place -= 1
    if place < first or scan.text[place] not in "=:>":
        return None
    if scan.text[place] == ">":
        return place if _named_element.search(scan.text, max(place - FAR, 0), place + 1) else None
    field = _field.search(scan.text, max(place - FAR, 0), name.start)
    # The type of something that has a value may be a token.
    if field is None or (field["type"] and (name.weight < denylist.SURE or judge.is_of_state(name.text))):
        return None
    return field.start()


def _next(scan: Scan, name: Name, start: int) -> Secret | None:
    """Return what stands behind a name in quotes: as the second of a pair, or as the next argument."""
    text = scan.text
    value = scan.extents.value(start)
    if value is None:
        return None
    if text[name.start] == "-":
        return None if _option.match(text, value.inner_start) else scan.judged(name, start, value)
    before = text[max(name.start - FAR, 0) : name.start]
    opens = _opens.search(before)
    # A pair that was cut has no end.
    if opens is None or not (value.end == len(text) or _closes.match(text, value.end)):
        return None
    outer = before[: opens.start()].rstrip()[-1:]
    second = text[value.inner_start : value.inner_end]
    # Arguments of an exception: what is wrong, and perhaps with what.
    if opens[1] and not judge.is_unmistakable(second):
        return None
    is_pair = opens[0][0] != "," and outer in {"[", "(", ",", "{"}
    is_word = second.replace("-", "").replace("_", "").isalpha() and not judge.is_random(second)
    is_name = is_word and (denylist.is_secret(second) or (not is_pair and second.islower()))
    if is_name:  # both are names of fields
        return None
    return scan.judged(name, start, value)


def behind(scan: Scan, name: Name) -> Secret | None:
    """Return what stands behind a name and a space: an argument of an option, or a value in quotes."""
    text, end = scan.text, name.end
    if text[name.start] == "-":
        # Where something is set, the name of a secret may follow.
        argument = None if _sets.search(text, max(name.start - 24, 0), name.start) else _argument.match(text, end)
        if name.text == "pass":
            name = name._replace(weight=denylist.SURE)
        return scan.judged(name, end, scan.extents.value(argument.end()), colon=True) if argument else None
    if text[name.start - 1 : name.start] == "<":
        return _in_tag(scan, name)
    if text[name.start - 1 : name.start] in {":", "="} and _field_of(scan, name) is not None:  # as Go shows fields
        return beside(scan, name)
    if name.text.lower().endswith("cookie") and (named := _cookie(scan, name)) is not None:
        return named if judge.is_random(text[slice(*named)]) else None
    told = sentences.whose(text, name)
    if told is None and not name.text.islower() and _sets.search(text, max(name.start - 24, 0), name.start):
        told = _set.match(text, end)
    return sentences.of_one(scan, name, told) if told else sentences.said(scan, name)


def _in_tag(scan: Scan, name: Name) -> Secret | None:
    """Return the value of an element that is named so, or of a cookie that is shown as an object."""
    if name.text.lower().endswith("cookie"):
        return _cookie(scan, name)
    attribute = _attribute.match(scan.text, name.end)
    return scan.judged(name, attribute.end(), scan.extents.value(attribute.end())) if attribute else None
