"""Secrets in what validators say of them: pydantic and jsonschema name a field in one place, its value in another."""

import re

from ....objects.json_values import CUT
from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from ....secret_keys.denylist import FILTERED
from . import judge
from .extents import Extents
from .rule import LINE, Cleaned, Match, Rule, without

_QUOTE = r"\\{0,8}[\"']"
_field = compile_later(LINE + r"[ \t]{1,8}(?:(?!\n).){0,400}?\[type=[\w.]{1,60}, input_value=")
_name_before = compile_later(r"(?:\A|(?<=\\n)|(?<![\w.\[\]\\-]))[\w.\[\]-]{1,200}\Z")
_type_behind = compile_later(r", input_type=\w+\]")
_location = compile_later(
    rf"{_QUOTE}loc{_QUOTE}: ?[(\[]((?:[^()\[\]]|\[\d\]){{1,200}})[)\]](?:(?!\n|{_QUOTE}loc{_QUOTE}).){{0,600}}?"
    rf"{_QUOTE}input{_QUOTE}: ?"
)
_got = compile_later(r"(([\w.\[\]-]{1,100}) must [^\n]{1,100}?, got )(?!\[Filtered)\S+")
_at = compile_later(r"(\[\\*[\"']([\w-]{1,60})\\*[\"']\]) got (?!\[Filtered)\\*[\"']?[^\s\"']+\\*[\"']?")
_argument = compile_later(
    r"((?:argument|option) [^:\n]{0,60}?--?([\w-]{1,60})(?:/-\w+)?: invalid [^:\n]{0,40}: )(?!\[Filtered)[^\n]+"
)
_said = compile_later(
    # Of attrs, dacite, botocore, configparser and click.
    r"(?:'([\w.\[\]-]{1,100})\\*' must [^\n]{1,100}? \((?:got )?|"
    r"field \\*\"([\w.\[\]-]{1,100})\\*\" - should be [^\n]{1,100}? instead of value |"
    r"parameter ([\w.\[\]-]{1,100}), value: |option \\*'([\w.-]{1,100})\\*' in section [^\n]{1,200}? Raw value: |"
    r"value for \\*'--([\w-]{1,60})\\*' / \\*'-\w\\*': )(?=[\\\"'\[({b])"
)
_broken = compile_later(
    r"(?: must be followed by [^\n]{1,40}, found: |missing \\*\"=\\*\" after |"
    r"Port could not be cast to integer value as |nonnumeric port: )"
    r"(?=\\*[\"'](?![a-z]+\\*[\"']))"
)
"""What is a part of a value that seemed to be something else, as a reference or a port."""
_words = compile_later(r"[\w.-]+")
_cut_input = compile_later(r"(input_value=[\[{(][^\n]{0,200}?)\.\.\.[^\n]{0,200}?(?=, input_type=)")
_schema = compile_later(
    rf"(?:{LINE}|[ \t]){{1,4}}Failed validating [^\n]{{1,100}} in schema[^\n]{{0,200}}?"
    rf"\[{_QUOTE}([\w.\[\]-]{{1,100}}){_QUOTE}\]:(?={LINE}|\s|\Z)"
)
_lines = compile_later(LINE)
_said_of = compile_later(r"(?<=[\"'\]})\d]) (?:is|are|does|do|was|has|should|must) ")
SHORTEST_PART = 3
"""So many characters of a part may be seen."""
LONGEST_NAME = 100
"""Characters of the name of a field."""
FAR = 1000
"""So far before what a schema says of it a value is looked for."""


def _without_told(told: Match) -> str:
    return told[1] + FILTERED if denylist.is_secret(told[2]) else told[0]


def _without_got(told: Match) -> str:
    return f"{told[1]} got {FILTERED}" if denylist.is_secret(told[2]) else told[0]


def _leave_out_fields(text: str, cleaned: Cleaned) -> None:
    """Leave out what pydantic's text says of fields."""
    for field in cleaned.remaining(_field.finditer(text)):
        name = _name_before.search(text, max(field.start() - LONGEST_NAME, 0), field.start())
        if name is None or not denylist.is_secret(name[0]):
            continue
        # Where it is missing, what is shown is what it is missing in.
        if field[0].endswith("[type=missing, input_value=") or text.startswith("None,", field.end()):
            continue
        end = _type_behind.search(text, field.end())
        cleaned.leave_out(field.end(), end.start() if end else len(text))


def _may_say(text: str) -> bool:
    return "value" in text or "' must " in text or ", found: " in text or "port: '" in text or '" after ' in text


def _without_said(text: str) -> str:
    """Return a text without values of which it says what is wrong, if their names name a secret or are not told."""
    extents, cleaned = Extents(text), Cleaned(text)
    for complaint in cleaned.remaining(sorted((*_said.finditer(text), *_broken.finditer(text)), key=re.Match.start)):
        value = extents.value(complaint.end())
        shown = text[value.inner_start : value.inner_end] if value else ""
        is_secret = denylist.is_secret(complaint[complaint.lastindex]) if complaint.lastindex else _may_be_part(shown)
        if value is not None and is_secret and not judge.is_harmless(shown):
            cleaned.leave_out(value.inner_start, value.inner_end)
    return cleaned.text()


def _may_be_part(shown: str) -> bool:
    return len(shown) > SHORTEST_PART and any(map(str.isalnum, shown)) and not shown.isdigit()


def clean(text: str) -> str:
    """Return a text without the values of fields that name a secret, as validators show them."""
    extents = Extents(text)
    cleaned = Cleaned(text)
    if "input_value=" in text:
        _leave_out_fields(text, cleaned)
    for location in cleaned.remaining(_location.finditer(text)) if "loc" in text else ():
        if not any(map(denylist.is_secret, _words.findall(location[1]))):
            continue
        value = extents.value(location.end())
        if value is not None and not judge.is_harmless(text[value.inner_start : value.inner_end]):
            cleaned.leave_out(value.start, value.end)
    text = _without_others(cleaned.text())
    # Where the middle of a value was left out, the names of what follows were, too.
    if CUT in text:
        text = _cut_input.sub(rf"\1{CUT}{FILTERED}", text)
    return _without_instance(text) if "Failed validating" in text else text


def _without_others(text: str) -> str:
    for sign, expression in ((", got ", _got), (": invalid ", _argument)):
        if sign in text:
            text = expression.sub(_without_told, text)
    if _may_say(text):
        text = _without_said(text)
    return _at.sub(_without_got, text) if "] got " in text else text


def _without_instance(text: str) -> str:
    """Return a text without the value of which jsonschema says what is wrong with it, if its name names a secret."""
    schema = _schema.search(text)
    if schema is None or not denylist.is_secret(schema[1]):
        return text
    start = max(schema.start() - FAR, 0)
    for line in _lines.finditer(text, start, schema.start()):
        start = line.end()
    complaint = _said_of.search(text, start, schema.start())
    if complaint is None:
        return text
    return without(text, _begin_of(text, start, complaint.start()), complaint.start())


def _begin_of(text: str, start: int, end: int) -> int:
    """Return where the value begins that ends at a place of a line, which begins at another one."""
    quote = text[end - 1]
    if quote not in "\"'":
        colon = text.rfind(": ", start, end)
        return start if colon < 0 else colon + 2
    escape = text[: end - 1][len(text[: end - 1].rstrip("\\")) :]
    begin = end - 1
    while (begin := text.rfind(escape + quote, start, begin)) > start:
        if text[begin - 1] in " (=:,\"'" or text[begin - 2 : begin] in {"\\n", "\\t"}:
            return begin
    return max(begin, start)


RULE = Rule(
    "",
    lambda text: (
        "input" in text or "Failed validating" in text or " got " in text or ": invalid " in text or _may_say(text)
    ),
    clean,
    {
        "1 validation error for Login\npassword\n  Too short [type=x, input_value='hunter2', input_type=str]": (
            "1 validation error for Login\npassword\n  Too short [type=x, input_value=[Filtered], input_type=str]"
        ),
        "1 error\npassword\n  Required [type=missing, input_value={'user': 'joe'}, input_type=dict]": (
            "1 error\npassword\n  Required [type=missing, input_value={'user': 'joe'}, input_type=dict]"
        ),
        'missing "=" after "hunter2" in connection info string': (
            'missing "=" after "[Filtered]" in connection info string'
        ),
        'missing "=" after "host" in connection info string': 'missing "=" after "host" in connection info string',
        "[{'type': 'x', 'loc': ('body', 'password'), 'msg': 'Too short', 'input': 'hunter2'}]": (
            "[{'type': 'x', 'loc': ('body', 'password'), 'msg': 'Too short', 'input': [Filtered]}]"
        ),
        "x\n  Missing [type=missing, input_value={'user': 'joe', 'pas...hunter2'}, input_type=dict]": (
            "x\n  Missing [type=missing, input_value={'user': 'joe', 'pas...[Filtered], input_type=dict]"
        ),
        "'hunter2' is too short\n\nFailed validating 'minLength' in schema['properties']['password']:": (
            "[Filtered] is too short\n\nFailed validating 'minLength' in schema['properties']['password']:"
        ),
        "app: error: argument --pin/-p: invalid int value: 'x1y2'": (
            "app: error: argument --pin/-p: invalid int value: [Filtered]"
        ),
        "expected int for dictionary value @ data['pin'] got 'x1y2'": (
            "expected int for dictionary value @ data['pin'] got [Filtered]"
        ),
        "'token' must be <class 'int'> (got 'hunter2' that is a <class 'str'>).": (
            "'token' must be <class 'int'> (got '[Filtered]' that is a <class 'str'>)."
        ),
        "Invalid type for parameter SecretString, value: ['x1y2'], type: <class 'list'>": (
            "Invalid type for parameter SecretString, value: [[Filtered]], type: <class 'list'>"
        ),
        "Port could not be cast to integer value as 'hunter2'": (
            "Port could not be cast to integer value as '[Filtered]'"
        ),
        "'%' must be followed by '%' or '(', found: '%hunter2'": (
            "'%' must be followed by '%' or '(', found: '[Filtered]'"
        ),
        "'port' must be <class 'int'> (got 'x1y2' that is a <class 'str'>).": (
            "'port' must be <class 'int'> (got 'x1y2' that is a <class 'str'>)."
        ),
        "port\n  Input should be an integer [type=int_parsing, input_value='a', input_type=str]": (
            "port\n  Input should be an integer [type=int_parsing, input_value='a', input_type=str]"
        ),
    },
)
