"""Secrets in what validators say of them: pydantic and jsonschema name a field in one place, its value in another."""

import re

from ... import denylist
from ...denylist import FILTERED
from ...values import CUT
from . import judge
from .extents import Extents
from .shape import Cleaned, Shape

_field = re.compile(
    r"(?:\A|\n|\\n)([\w.\[\]-]{1,200})(?:\r?\n|\\n)[ \t]{1,8}(?:(?!\n).){0,400}?\[type=[\w.]{1,60}, input_value="
)
_type_behind = re.compile(r", input_type=\w+\]")
_location = re.compile(
    r"[\"']loc[\"']: [(\[]((?:[^()\[\]]|\[\d\]){1,200})[)\]](?:(?!\n|[\"']loc[\"']).){0,600}?[\"']input[\"']: "
)
_got = re.compile(r"(([\w.\[\]-]{1,100}) must [^\n]{1,100}?, got )(?!\[Filtered)\S+")
_words = re.compile(r"[\w.-]+")
_cut_input = re.compile(r"(input_value=[\[{(][^\n]{0,200}?)\.\.\.[^\n]{0,200}?(?=, input_type=)")
_schema = re.compile(r"Failed validating [^\n]{1,100} in schema[^\n]{0,200}\[[\"']([\w.\[\]-]{1,100})[\"']\]")
_instance = re.compile(r"\A(?:[\"'](?:[^\\\n]|\\.)*?[\"']|\S{1,400})(?= is | does | was | has | should )")


def clean(text: str) -> str:
    """Return a text without the values of fields that name a secret, as validators show them."""
    extents = Extents(text)
    cleaned = Cleaned(text)
    for field in _field.finditer(text):
        if cleaned.is_enough(field.end()):
            break
        if field.start() < cleaned.done or not denylist.is_secret(field[1]):
            continue
        end = _type_behind.search(text, field.end())
        cleaned.leave_out(field.end(), end.start() if end else len(text))
    for location in _location.finditer(text):
        if cleaned.is_enough(location.end()):
            break
        if location.start() < cleaned.done or not any(map(denylist.is_secret, _words.findall(location[1]))):
            continue
        value = extents.value(location.end())
        if value is not None and not judge.is_harmless(text[value.inner_start : value.inner_end]):
            cleaned.leave_out(value.start, value.end)
    text = _got.sub(lambda got: got[1] + FILTERED if denylist.is_secret(got[2]) else got[0], cleaned.text())
    # Where the middle of a value was left out, the names of what follows were, too.
    if CUT in text:
        text = _cut_input.sub(rf"\1{CUT}{FILTERED}", text)
    schema = _schema.search(text)
    if schema is not None and denylist.is_secret(schema[1]):
        text = _instance.sub(FILTERED, text)
    return text


RULE = Shape(
    "",
    lambda text: "input" in text or "Failed validating" in text or ", got " in text,
    clean,
    {
        "1 validation error for Login\npassword\n  Too short [type=x, input_value='hunter2', input_type=str]": (
            "1 validation error for Login\npassword\n  Too short [type=x, input_value=[Filtered], input_type=str]"
        ),
        "[{'type': 'x', 'loc': ('body', 'password'), 'msg': 'Too short', 'input': 'hunter2'}]": (
            "[{'type': 'x', 'loc': ('body', 'password'), 'msg': 'Too short', 'input': [Filtered]}]"
        ),
        "x\n  Missing [type=missing, input_value={'user': 'joe', 'pas...hunter2'}, input_type=dict]": (
            "x\n  Missing [type=missing, input_value={'user': 'joe', 'pas...[Filtered], input_type=dict]"
        ),
        "'hunter2' is too short\n\nFailed validating 'minLength' in schema['properties']['password']:": (
            "[Filtered] is too short\n\nFailed validating 'minLength' in schema['properties']['password']:"
        ),
        "port\n  Input should be an integer [type=int_parsing, input_value='a', input_type=str]": (
            "port\n  Input should be an integer [type=int_parsing, input_value='a', input_type=str]"
        ),
    },
)
