"""Secrets by their name in a text: what is assigned to it, given to it, or stands beside it, in whatever language.

A name is found first (`names`), then what connects it with a value, then where the value ends (`extents`); last it is
asked whether the value can be a secret (`judge`).
"""

import re
from typing import NamedTuple

from ....secret_keys import denylist
from ....secret_keys.denylist import FILTERED
from . import headers, judge, names
from .extents import Extents, Value
from .names import Name, Names
from .shape import Cleaned, Shape

_assigned = re.compile(
    r"(?:\\*[\"'`]|&(?:quot|apos|#34|#39|#x27);)?(?:[ \t]?[\])]){0,2}"
    r"(?:[ \t]*:[ \t]+[A-Za-z_][\w.]*(?:\[[\w., |\[\]]{0,60}\])?(?:[ \t]*\|[ \t]*[\w.]+){0,3}[ \t]+(?==[^=]))?"
    r"(?:[ \t]|\\+t)*+(=>|->|:=|[=!]==?|::?|=|%3[aAdD]|\\u003[aAdD]|"
    r"(?:NOT )?(?:I?LIKE\b|IN\b(?=[ \t]*\((?!\s*SELECT\b)))|like\b)(?:[ \t]|\\+t)*+"
    r"(?:string\(\d{1,6}\)[ \t]*|![\w!]+[ \t]+)?"
)
_folded = re.compile(r"(?:[|>][-+\d]{0,2})?[ \t]*(?:\r?\n([ \t]*)|(?:\\+r)?\\+n([ \t]+))(?:- )?(?=[^\s])")
_file = re.compile(r"\w\.[A-Za-z]{1,4}\Z")
_line_number = re.compile(r"(?<=:)\d{1,6}(?![\w-])")
_line = re.compile(r"[^\r\n]+")
# A line as a `repr` or JSON has it, which ends with its text at the latest.
_line_in_text = re.compile(r"(?:(?!\\{1,8}[rn]|[\"'](?:[\s,)}\]:]|\Z))[^\r\n])+")
_mapping = re.compile(r"[\w-]+:(?:\s|\Z)")
_given = re.compile(r"\\*[\"'],[ \t\r\n]*(?:(?:fallback|default|value)=)?(?=(?:[bBuUrR]{1,2})?\\*[\"'(\[{])")
_closes = re.compile(r"\s{0,3},?\s{0,3}[)\]]")
_beside = re.compile(
    r"[ \t]+(?:[|\u2502\u2192][ \t]+)?(?:for (?:user )?\S{1,60} (?=is|was))?"
    r"(?:(?:is|was|of|to|as|with|(?:has been |was )?(?:changed|set|reset) to)[ \t:]+)?"
    r"(?:(?=[bBuU]?\\*[\"'])|[(\[<]?(?=\w))"
)
_called = re.compile(r"\((?=[bBuUrR]{0,2}[\"'])")
_argument = re.compile(r"[ \t]+(?!--?[A-Za-z][A-Za-z-]*(?:[\s=\"'\])]|\Z)|[|>&;]+\s)")
_option = re.compile(r"--[A-Za-z][A-Za-z-]*(?:[=\"']|\Z)|-[A-Za-z]{1,20}(?:[\"']|\Z)")
_segment = re.compile(r"/([^\s/?#&\"'<>]+)")
_space = re.compile(r"[ \t]+")
_opens = re.compile(r"(?:[(\[]|\A|,[ \t]*)[bBuU]?\\*[\"']\Z")
_field = re.compile(
    r"(?:name|key|field|id|header|variable|label|param|parameter|attribute|attr|property|setting|option|env|"
    r"column|path)"
    r"\\*[\"']?\s{0,3}(?:=>|[:=])\s{0,3}\\*[\"']?[\w./-]{0,60}\Z",
    re.IGNORECASE,
)
_field_value = re.compile(
    r"(?:\\*[\"'])?(?:[ \t,;][^{}<>\r\n]{0,100}?)??(?:[\s,;]|\\+[nrt]){1,20}\\*[\"']?"
    r"(?:(?:parameter|old_?|new_?)?value|val|contents?|data|default|old|new)\\*[\"']?\s{0,3}(?:=>|[:=])\s{0,3}",
    re.IGNORECASE,
)
_changed_to = re.compile(
    r"\s{0,3}[,;]\s{0,3}\\*[\"']?(?:old|new)(?:_?value)?\\*[\"']?\s{0,3}(?:=>|[:=])\s{0,3}", re.IGNORECASE
)
_variable = re.compile(r"\bvariable[ \t]+\\*\"\Z")
_default = re.compile(r"\\*\"\s{0,3}\{[^{}]{0,400}?\bdefault\s{0,20}=\s{0,3}(?=\\*[\"])")
_value_of_field = re.compile(r"(?:value|val|contents?|data)\\*[\"']?\s{0,3}(?:=>|[:=])\s{0,3}", re.IGNORECASE)
_next_field = re.compile(r"\s{0,3}[,;]?\s{0,3}\\*[\"']?\Z")
_element = re.compile(r"(?:\\*[\"'][^<>]{0,100}>|</[\w:]{1,40}>\s{0,20}(?=<))\s{0,20}(?:<[\w:]{1,40}>)?(?=[^<])")
_named_element = re.compile(r"<(?:\w{0,10}:)?(?:name|key|id)>\Z", re.IGNORECASE)
_content = re.compile(r"[^<]+")
_login = re.compile(r"(?:login|user|username|account)[ \t]+\S{1,100}\s{1,20}\Z")
_atom = re.compile(r"\\*([\"'])((?:[^\"'\\]|\\.)*)\\*\1|[^\s,:()\[\]{}\"']+")
_FOLDS = frozenset({"", "\r", "\n", "|", ">", "\\"})
_ENDS = frozenset({"", "\\", '"', "'", ",", ";", ")", "<", "\r", "\n"})
_OPENS = frozenset("'\"\\[({")
_gap = re.compile(r"\{[^{}]*\}|%[sdr]|%\(\w+\)s")
_dotted = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)+")
_literal = re.compile(r"([\"'])((?:(?!\1)[^\\]|\\.)*+)(?:\1|\Z)")
FAR = 24
"""So far before a name it is looked at whether it is the value of a field."""


class Found(NamedTuple):
    """What is left out of a text, from `start` to `end`."""

    start: int
    end: int


def clean(text: str) -> str:
    """Return a text without the values of names that name a secret."""
    return _cleaned(text, _Text(text))


def clean_source(line: str) -> str:
    """Return a line of source code without them: what a name is assigned there otherwise than in quotes is code."""
    line = _cleaned(line, _Source(line))
    return _literal.sub(_cleaned_literal, line) if " " in line else line


def _cleaned_literal(literal: re.Match[str]) -> str:
    """Return a literal without what stands in it as in any other text, unless code puts something there."""
    inner = literal[2]
    if " " not in inner or "{" in inner or "%" in inner:
        return literal[0]
    return f"{literal[1]}{clean(inner)}{literal[0][len(literal[1]) + len(inner) :]}"


def _cleaned(text: str, scan: "_Text") -> str:
    names, cleaned = Names(text), Cleaned(text)
    for name in names:
        if cleaned.is_enough(name.end):
            break
        value = scan.value(name)
        if value is not None and cleaned.done <= value.start < value.end:
            cleaned.leave_out(*value)
            names.end = max(names.end, value.end)
    if names.are_too_many and names.end < len(text):
        cleaned.leave_out(max(cleaned.done, names.end), len(text))
    return cleaned.text()


class _Text:
    """A text with names and values."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._extents = Extents(text)

    def value(self, name: Name) -> Found | None:
        """Return what is assigned or given to a name, if that can be a secret."""
        text, end = self._text, name.end
        assigned = _assigned.match(text, end)
        if assigned is not None:
            return self._assigned(name, assigned.end(), assigned[1])
        following = text[end : end + 1]
        if following in {" ", "\t"}:
            return self._behind(name)
        if following == "(":
            return self._called(name)
        if following == "/":
            return self._in_path(name)
        return self._beside(name) if following in _ENDS else None

    def _called(self, name: Name) -> Found | None:
        """Return what a function or class is called with that is named so: `HTTPBasicAuth("joe", "x")`."""
        if name.text.lower().endswith("cookie"):
            return self._cookie(name)
        called = _called.match(self._text, name.end)
        if called is None or not denylist.is_secret(name.text.rpartition(".")[2]):
            return None
        return self._judged(name, name.end, self._extents.group(name.end))

    def _cookie(self, name: Name) -> Found | None:
        start = headers.shown_cookie(self._text, name.end)
        return self._judged(name, start, self._extents.value(start)) if start else None

    def _in_path(self, name: Name) -> Found | None:
        """Return the part of a path behind one that is named so: `/reset-password/0f5a9c77`."""
        segment = _segment.match(self._text, name.end)
        return Found(*segment.span(1)) if segment and judge.is_random(segment[1]) else None

    def _beside(self, name: Name) -> Found | None:
        """Return the other one of a pair: of a field and its value, or of a name in quotes and what follows."""
        text, end = self._text, name.end
        field = self._field_of(name)
        if field is None and _variable.search(text, max(name.start - FAR, 0), name.start):  # of Terraform
            default = _default.match(text, end)
            return self._judged(name, default.end(), self._extents.value(default.end())) if default else None
        if field is None:
            match = _given.match(text, end)
            return self._given(name, match.end()) if match else None
        beside = _field_value.match(text, end)
        if beside is not None:
            return self._changed(name, beside.end())
        for before in _value_of_field.finditer(text, max(field - judge.LONGEST - FAR, 0), field):
            value = self._extents.quoted(before.end())
            if value is not None and _next_field.fullmatch(text, value.end, field):
                return self._judged(name, before.end(), value)
        element = _element.match(text, end)
        content = _content.match(text, element.end()) if element else None
        if content is not None and not judge.is_harmless(content[0]):
            return Found(content.start(), content.end())
        return None

    def _changed(self, name: Name, start: int) -> Found | None:
        """Return the value of a field, with the one that it was or is changed to."""
        value = self._extents.value(start)
        first = self._judged(name, start, value)
        to = _changed_to.match(self._text, value.end) if value else None
        second = self._judged(name, to.end(), self._extents.value(to.end())) if to else None
        return Found((first or second).start, second.end) if second else first

    def _field_of(self, name: Name) -> int | None:
        """Return where the word begins by which a name is the value of a field: `{"name": "password"`."""
        place, first = name.start - 1, max(name.start - 101, 0)
        while place >= first and (self._text[place] in "\\\"' /._-" or self._text[place].isalnum()):
            place -= 1
        if place < first or self._text[place] not in "=:>":
            return None
        if self._text[place] == ">":
            return place if _named_element.search(self._text, max(place - FAR, 0), place + 1) else None
        field = _field.search(self._text, max(place - FAR, 0), name.start)
        return field.start() if field else None

    def _assigned(self, name: Name, start: int, sign: str) -> Found | None:
        text, colon = self._text, sign == ":"
        if colon and _file.search(name.text) and _line_number.match(text, start):
            return None
        first = text[start : start + 1]
        if first in _FOLDS and (folded := _folded.match(text, start)) is not None:
            return self._folded(name, folded, colon=colon)
        if first not in _OPENS and headers.is_header(name.text):
            end = headers.header_end(text, name.text, name.start, start, self._extents)
            if end is not None:
                return Found(start, end)
        value = self._extents.value(start, text[max(name.start - 5, 0) : name.start].rstrip(" "), sign)
        if value is not None and value.kind == "bare":
            end = self._end_of_bare(name, value, colon=colon)
            if end > value.end:
                return Found(value.start, end)
        return self._judged(name, start, value, colon=colon)

    def _end_of_bare(self, name: Name, value: Value, *, colon: bool) -> int:
        """Return where a value without quotes ends: behind a scheme, or with the quotes that an option stands in."""
        text = self._text
        behind = headers.scheme_end(text, value.start)
        token = self._extents.value(behind) if behind and text[value.end : behind].isspace() else None
        if token is not None:
            shown = text[token.start : token.end]
            if not judge.is_harmless(shown) and (not colon or judge.is_random(shown)):
                return token.end
        return (self._extents.enclosing(name.start) or value.end) if text[name.start] == "-" else value.end

    def _folded(self, name: Name, folded: re.Match[str], *, colon: bool) -> Found | None:
        """Return a value that stands in the lines behind its name."""
        text, start = self._text, folded.end()
        in_text = folded[1] is None
        indent = len(folded[2] if in_text else folded[1])
        if text[start] in "\"'[{":
            return self._judged(name, start, self._extents.value(start), colon=colon)
        line = (_line_in_text if in_text else _line).match(text, start) if indent else None
        if line is None or (name.weight == 1 and _mapping.match(line[0])):
            return None
        first, _, rest = line[0].partition(" ")
        if not judge.can_be_secret(name.text, name.weight, first, quoted=False, colon=True, rest=rest):
            return None
        end = line.end()
        new_line, rest_of_line = (r"(?:\\+r)?\\+n", _line_in_text.pattern) if in_text else (r"\r?\n", r"[^\r\n]*")
        block = re.compile(rf"(?:{new_line}[ \t]{{{indent},}}{rest_of_line})+").match(text, end)
        return Found(start, block.end() if block else end)

    def _given(self, name: Name, start: int) -> Found | None:
        """Return what stands behind a name in quotes: as the second of a pair, or as the next argument."""
        text = self._text
        value = self._extents.value(start)
        if value is None:
            return None
        if text[name.start] == "-":
            return None if _option.match(text, value.inner_start) else self._judged(name, start, value)
        before = text[max(name.start - FAR, 0) : name.start]
        opens = _opens.search(before)
        # A pair that was cut has no end.
        if opens is None or not (value.end == len(text) or _closes.match(text, value.end)):
            return None
        outer = before[: opens.start()].rstrip()[-1:]
        second = text[value.inner_start : value.inner_end]
        is_pair = opens[0][0] != "," and outer in {"[", "(", ",", "{"}
        is_word = second.replace("-", "").replace("_", "").isalpha() and not judge.is_random(second)
        is_name = is_word and (denylist.is_secret(second) or (not is_pair and second.islower()))
        if is_name:  # both are names of fields
            return None
        return self._judged(name, start, value)

    def _behind(self, name: Name) -> Found | None:
        """Return what stands behind a name and a space: an argument of an option, or a value in quotes."""
        text, end = self._text, name.end
        if text[name.start] == "-":
            argument = _argument.match(text, end)
            return self._judged(name, end, self._extents.value(argument.end()), colon=True) if argument else None
        if name.text.lower().endswith("cookie") and text[name.start - 1 : name.start] == "<":
            return self._cookie(name)
        beside = _beside.match(text, end)
        value = self._extents.value(beside.end()) if beside else None
        if value is not None and value.kind != "group":
            shown = text[value.inner_start : value.inner_end]
            is_sure = value.kind == "quoted" and name.weight == denylist.SURE
            if not judge.is_slug(shown) and "=" not in shown[:-2] and (is_sure or judge.is_random(shown)):
                return self._judged(name, end, value, colon=True)
        if name.text in {"password", "passwd"} and _login.search(text, max(name.start - 120, 0), name.start):
            space = _space.match(text, end)
            return self._judged(name, end, self._extents.value(space.end())) if space else None
        return None

    def _judged(self, name: Name, start: int, value: Value | None, *, colon: bool = False) -> Found | None:
        """Return a value that begins at a place, if it can be a secret."""
        if value is None:
            return None
        text = self._text
        inner = text[value.inner_start : value.inner_end]
        if value.kind == "group":
            if not self._group_can_be_secret(name, text[value.start : value.end], inner, colon=colon):
                return None
            is_call = text[value.start].isalpha() or value.start != start
            return Found(*value[2:4]) if is_call and text[value.end - 1] == ")" else Found(*value[:2])
        quoted = value.kind == "quoted"
        rest = "" if quoted or not colon else text[value.end : value.end + 80].partition("\n")[0]
        if judge.can_be_secret(name.text, name.weight, inner, quoted=quoted, colon=colon, rest=rest):
            return Found(value.inner_start, value.inner_end)
        return None

    def _group_can_be_secret(self, name: Name, whole: str, inner: str, *, colon: bool) -> bool:
        if whole == FILTERED or not inner.strip() or judge.is_harmless(whole):
            return False
        if len(inner) > judge.LONGEST:
            return True
        if whole.startswith("<"):
            return not judge.is_object(whole)
        # A list under a plural may be one of names.
        weight = 1 if colon and name.text[-1:] in {"s", "S"} and '"' not in inner and "'" not in inner else name.weight
        return any(
            judge.can_be_secret(
                name.text,
                weight,
                atom[2] if atom[1] else atom[0],
                quoted=bool(atom[1]),
                colon=colon or bool(atom[1]),
            )
            for atom in _atom.finditer(inner)
        )


class _Source(_Text):
    """A line of source code."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._extents = Extents(text, is_code=True)
        self._literals: list[tuple[int, int]] | None = None

    def _assigned(self, name: Name, start: int, sign: str) -> Found | None:
        text = self._text
        literal = self._literal_of(name.start)
        if literal is not None and self._literal_of(start) == literal:
            # Where it ends, code puts something behind it.
            return self._in_literal(name, start, literal) if start < literal[1] else None
        if sign == ":" and text[name.end] == ":":
            return None  # it is annotated with a type in quotes
        value = self._extents.quoted(start)
        if value is not None:
            return None if _is_code(text[value.inner_start : value.inner_end]) else self._judged(name, start, value)
        value = self._extents.group(start)
        if value is None or value.kind != "group":
            return None
        first = text[value.inner_start : value.inner_start + 3].lstrip("bBuUrR")
        function = text[start : value.inner_start - 1]
        if first[:1] not in {"'", '"'} or (function and not _is_class(function)):
            return None
        return self._judged(name, start, value)

    def _in_literal(self, name: Name, start: int, literal: tuple[int, int]) -> Found | None:
        """Return what is assigned to a name within a literal, unless that is what code puts there."""
        text = self._text
        value = self._extents.quoted(start) or self._extents.bare(
            start, text[max(name.start - 5, 0) : name.start].rstrip(" "), "="
        )
        if value is None:
            return None
        value = value._replace(inner_end=min(value.inner_end, literal[1]))
        shown = text[value.inner_start : value.inner_end]
        return None if _gap.search(shown) or "{" in shown or "%" in shown[:2] else self._judged(name, start, value)

    def _literal_of(self, place: int) -> tuple[int, int] | None:
        """Return where the literal begins and ends in which a place of the line is."""
        if self._literals is None:
            self._literals = [match.span(2) for match in _literal.finditer(self._text)]
        return next((span for span in self._literals if span[0] <= place <= span[1]), None)

    def _called(self, name: Name) -> Found | None:
        return super()._called(name) if _is_class(name.text) else None

    def _behind(self, name: Name) -> Found | None:  # noqa: ARG002  # there is none in code
        return None


def _is_class(name: str) -> bool:
    """Return whether a name is that of a class for secrets, as of pydantic and starlette."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and denylist.is_secret(last)


def _is_code(literal: str) -> bool:
    """Return whether what stands in quotes is a template, or a name with dots."""
    rest = _gap.sub("", literal)
    return (rest != literal and not any(map(str.isdigit, rest))) or _dotted.fullmatch(literal) is not None


RULE = Shape(
    "",
    names.may_hold,
    clean,
    {
        "host=db user=app password=hunter2 dbname=shop": "host=db user=app password=[Filtered] dbname=shop",
        "Server=db;Uid=app;Pwd=hunter2;": "Server=db;Uid=app;Pwd=[Filtered];",
        '{"client_secret": "hunter2", "a": 1}': '{"client_secret": "[Filtered]", "a": 1}',
        "{'apiKey': 'hunter2'}": "{'apiKey': '[Filtered]'}",
        '{"a": 1, "password": "hunter2, hun...': '{"a": 1, "password": "[Filtered]',
        "refused: {'a': {'token': 'hunter2'}}": "refused: {'a': {'token': '[Filtered]'}}",
        "token=a.b&page=2": "token=[Filtered]&page=2",
        "X-Auth-Token: hunter2": "X-Auth-Token: [Filtered]",
        "Authorization: Bearer hunter2": "Authorization: [Filtered]",
        "Cookie: a=b; sid=hunter2": "Cookie: [Filtered]",
        "PASSWORD: str = b'hun\\'ter2'": "PASSWORD: str = b'[Filtered]'",
        "d['password']    = Secret('hunter2')": "d['password']    = Secret([Filtered])",
        "'a=1\\napi_key=hunter2\\nb=2'": "'a=1\\napi_key=[Filtered]\\nb=2'",
        "backup --password=hunter2 --token 'hunter 2'": "backup --password=[Filtered] --token '[Filtered]'",
        "[('Host', 'x'), ('Cookie', 'sid=hunter2')]": "[('Host', 'x'), ('Cookie', '[Filtered]')]",
        '{"name": "password", "value": "hunter2"}': '{"name": "password", "value": "[Filtered]"}',
        "{'column': 'api_key', 'old': 'hunter2', 'new': 'hunter3'}": "{'column': 'api_key', 'old': '[Filtered]'}",
        'variable "db_password" {\n  type    = string\n  default = "hunter2"\n}': (
            'variable "db_password" {\n  type    = string\n  default = "[Filtered]"\n}'
        ),
        "SELECT 1 FROM t WHERE token IN ('hunter2', 'hunter3')": "SELECT 1 FROM t WHERE token IN [Filtered]",
        "| user | joe |\n| password | 0f5a9c77ab |": "| user | joe |\n| password | [Filtered] |",
        "The password for joe is 0f5a9c77ab": "The password for joe is [Filtered]",
        "cvv=123, pin=12": "cvv=[Filtered], pin=12",
        "| password | string | The password for joe is expired |": (
            "| password | string | The password for joe is expired |"
        ),
        '{"tokens": ["hunter2"], "a": 1}': '{"tokens": [Filtered], "a": 1}',
        "password=None, author=me, session_count: 5": "password=None, author=me, session_count: 5",
        "Unexpected token: EOF in token.py:12": "Unexpected token: EOF in token.py:12",
        "password: must be at least 12 characters": "password: must be at least 12 characters",
        "private_key: /etc/ssl/key.pem, prompt_tokens: 12": "private_key: /etc/ssl/key.pem, prompt_tokens: 12",
    },
)
