"""Where a value ends that begins at a place of a text: quoted, in brackets, or bare, as any language writes it.

A quote or bracket that is closed where nothing may follow is not the end: the value was put between quotes as it was.
What is not closed ends with the text.
"""

from typing import NamedTuple

from ....objects.json_values import CUT
from ....runtime.expressions import compile_later

_begin = compile_later(r"(?:[bBuUrRfF]{1,2}|@|\$)?(\\*)(\"\"\"|'''|[\"'])")
_quotes = {quote: compile_later(rf"(?<!\\)(\\*){quote}") for quote in ('"', "'", '"""', "'''")}
# What may follow a value: white space, the end, brackets that close, what separates it from another name or value.
_after = compile_later(
    r"(?:[\])}>]|\\*[\"'])*"
    r"(?:\Z|\s|\\{1,16}+[nrt]|[,:](?:[\s\"'\\\[\]{}(b\d)]|\Z)|[;.](?:[\s,;)\"'\\]|\Z)|/>|[;,&]\s?[\w.\[\]-]{1,64}[=:]|\.\.\.|%26)"
)
# The same behind a quote with backslashes before it, which may as well be a part of the value.
_surely_after = compile_later(r"\Z|\s|[,:]\s|,[\"'\[{\d]|[)\]}]+(?:\Z|[\s,\"'\])}:.;])")
# A quote behind a letter is an apostrophe, unless the letter is that of b'...'.
_has_quote = compile_later(r"[\"']")
_bracket = compile_later(r"[()\[\]{}]|(?<!\w)[\"']|(?<=\W[bBuUrRfF])[\"']")
_closing = {"(": ")", "[": "]", "{": "}"}
_quote_before = compile_later(r"(\\*)([\"'])\Z")
_BEHIND = frozenset({"", "}", "]", ",", ":", ")", " ", ";", "\\", "\n"})
"""What stands behind a quote that closes, and hardly at the beginning of what is in quotes."""
_may_quote = frozenset("\"'\\bBuUrRfF@$")
_may_group = frozenset("([{<_")
_call = compile_later(
    r"(?:[A-Za-z_]+\.){0,4}(?:[A-Za-z_]{3,40}|Ok)\((?=(?:\s|\\n){0,60}(?:[A-Z]\w{1,20}\()?[\"'bBuUrR\[({<]|\Z)|"
    r"[A-Z][A-Za-z_]{2,40} ?\{(?=[ \t\"'\w]{0,40}[:=\"'])"
)
_object = compile_later(r"<[A-Za-z_][^<>\r\n]{0,300}>")
_bare = compile_later(r"\S+")
# Two literals in a line are one for Python.
_beside = compile_later(r"[ \t]+(?=[\"'][^\"'\r\n]{4,200}[\"'][ \t]*(?:\Z|[\r\n)#>]))")
_doubled = compile_later(r"(?:\A|[\s(\[{:=,])(?:'(?:\d{3} )?[\[{<]|[bB]')")
_next_line = compile_later(
    r"(?:\\{1,16}+[nrt])+[ \t]*[\w.\[\]-]{1,64}\\*[\"']?[ \t]*[=:]|\\{1,16}+[rn](?:\\{1,16}+[rn])+|\\{1,16}+n['\"]?\Z"
)
# The same where white space stands before the sign: the name ends what seemed to be the value.
_last_line = compile_later(r"(?:\\{1,16}+[nrt])+[ \t]*[\w.\[\]-]{1,64}\\*[\"']?\Z")
_spaced_sign = compile_later(r"[ \t]+[=:][ \t]")
_assignments = {
    sign: (compile_later(one), compile_later(rf"(?:{one})?[)\]}}>\"',.;]*"))
    for sign, one in (
        (sign, rf"\s?[\"']?[A-Za-z_][\w.-]{{2,40}}(?:\[\w*\]|[ ]\w{{2,20}})?[\"']?{sign}[\w.~%+:/@*-]*")
        for sign in ("=", ":", "=>")
    )
}
_line_before = ("\\n", "\\r", "\\t", '"', "'")
_unquoted = compile_later(r"[^\"'=]+")
_url_safe = compile_later(r"[\w.~%+-]+")
_trailing = compile_later(r"(?:[)\]}>\"'`,;.]|\\(?=[\"'])){1,4}\Z")

MOST_MARKS = 300
"""Of a group with so many brackets and quotes in it, all up to the end of the text is left out."""
MOST_IN_TEXT = 3000
"""So many of them are looked at in a text."""


class Value(NamedTuple):
    """A value from `start` to `end`, between quotes or brackets from `inner_start` to `inner_end`."""

    start: int
    end: int
    inner_start: int
    inner_end: int
    kind: str
    """`quoted`, `group` or `bare`."""


class Extents:
    """The values of a text."""

    def __init__(self, text: str, *, is_code: bool = False) -> None:
        self._text = text
        self._is_code = is_code
        """Whether what is closed ends there, whatever follows."""
        self._doubled: int | None = None
        self._marks_left = MOST_IN_TEXT

    @property
    def _doubled_from(self) -> int:
        """Where a `repr` begins within which JSON has all its backslashes twice."""
        # Not by `functools`: what it has for this takes a lock in Python 3.11.
        if self._doubled is None:
            match = _doubled.search(self._text)
            self._doubled = match.end() if match else len(self._text)
        return self._doubled

    def value(self, start: int, before: str = "", sign: str = "=") -> Value | None:
        """Return the value that begins at a place; `before` is what stands before its name, `sign` what behind."""
        first = self._text[start : start + 1]
        if not first or first.isspace():
            return None
        value = None
        if first in _may_quote:
            value = self.quoted(start)
        if value is None and (first in _may_group or first.isalpha()):
            value = self.group(start)
        return value or self.bare(start, before, sign)

    def quoted(self, start: int) -> Value | None:
        """Return a value in quotes, with those that follow without a space, as shells and SQL join them."""
        text = self._text
        begin = _begin.match(text, start)
        if begin is None:
            return None
        inner = begin.end()
        close = self._close(inner, begin[1], begin[2])
        joined = False
        while close is not None:
            beside = _beside.match(text, close[1])
            more = _begin.match(text, beside.end() if beside else close[1])
            if more is None or more[1] != begin[1]:
                break
            is_around = more[2] != begin[2] and text[more.end() : more.end() + 1] in _BEHIND
            following = None if is_around else self._close(more.end(), more[1], more[2])
            if following is None:  # it closes what is around this one
                break
            close, joined = following, True
        if close is None:
            return Value(start, len(text), inner, len(text), "quoted")
        if not self._is_code and _after.match(text, close[1]) is None:
            rest = _bare.match(text, close[1])
            end = rest.end() if rest else close[1]
            return Value(start, end, inner, end, "quoted")
        return Value(start, close[1], inner, close[1] if joined else close[0], "quoted")

    def enclosing(self, start: int) -> int | None:
        """Return where what begins right behind a quote ends, at the quote that closes it."""
        begin = _quote_before.search(self._text, max(start - 8, 0), start)
        if begin is None or begin.end() != start:
            return None
        close = self._close(start, begin[1], begin[2])
        return close[0] if close else None

    def _close(self, start: int, escape: str, quote: str) -> tuple[int, int] | None:
        r"""Return where what closes a quote begins and ends.

        A quote within is escaped once more than the one that opened: `\"` in `"`, `\\\"` in `\"`. Within a `repr` all
        backslashes are doubled.
        """
        unit = len(escape) + 1
        doubled = not escape and quote == '"' and start >= self._doubled_from
        for match in _quotes[quote].finditer(self._text, start):
            count = len(match[1])
            if doubled:
                closes = count // 2 % 2 == 0
            else:
                closes = (count + 1) // unit % 2 == 1
                if closes and count >= 2 * unit and _surely_after.match(self._text, match.end()) is None:
                    closes = False
            if closes:
                return match.end() - len(quote) - min(len(escape), count), match.end()
        return None

    def group(self, start: int) -> Value | None:
        """Return a value in brackets, with the name of the function or class before them."""
        text = self._text
        shown = _object.match(text, start) if text.startswith("<", start) else None
        if shown is not None and _after.match(text, shown.end()) is not None:
            return Value(start, shown.end(), start, shown.end(), "group")
        call = _call.match(text, start)
        opening = call.end() - 1 if call else start
        if text[opening : opening + 1] not in _closing:
            return None
        end = self._balanced(opening)
        word = _bare.match(text, start)
        is_closed = end < len(text) or text[-1] in ")]}" or text.endswith(CUT)
        if not is_closed and word is not None and len(word[0]) > 1 and _has_quote.search(word[0]) is None:
            return None  # what seems a bracket is a part of the value
        if not self._is_code and _after.match(text, end) is None:
            rest = _bare.match(text, end)
            end = rest.end() if rest else end
            return Value(start, end, start, end, "bare")
        return Value(start, end, opening + 1, max(end - 1, opening + 1), "group")

    def _balanced(self, start: int) -> int:
        """Return where the bracket at a place is closed; those in quotes do not count."""
        text = self._text
        expected: list[str] = []
        place = start
        least = max(self._marks_left - MOST_MARKS, 0)
        while self._marks_left > least and (match := _bracket.search(text, place)) is not None:
            mark, place = match[0], match.end()
            self._marks_left -= 1
            if mark in _closing:
                expected.append(_closing[mark])
            elif mark in "\"'":
                first = match.start()
                while text[first - 1] == "\\":
                    first -= 1
                close = self._close(place, text[first : match.start()], mark)
                if close is None:
                    return len(text)
                place = close[1]
            else:
                if mark in expected:
                    while expected.pop() != mark:
                        pass
                if not expected:
                    return place
        return len(text)

    def bare(self, start: int, before: str, sign: str) -> Value | None:
        """Return a value without quotes: up to white space, but for what goes on as a list of assignments."""
        match = _bare.match(self._text, start)
        if match is None:
            return None
        end = match.end()
        if before.endswith(_line_before):
            line = _next_line.search(self._text, start + 1, end)
            if line is not None:
                end = line.start()
        if self._text.find("\\", start + 1, end) > 0 and _spaced_sign.match(self._text, end):
            line = _last_line.search(self._text, start + 1, end)
            if line is not None:
                end = line.start()
        for mark in ",;&":
            if (before.endswith((mark, "?")) or (mark == "&" and sign == "=")) and self._text.find(
                mark, start, end
            ) >= 0:
                end = self._list_begins(start, end, mark, sign, surely=before.endswith((mark, "?", "&amp;")))
        if sign[:1] == "%":
            end = self._text.find("&", start, end) if "&" in self._text[start:end] else end
        trailing = _trailing.search(self._text, start + 1, end)
        if trailing is not None:
            end = trailing.start()
        return Value(start, end, start, end, "bare")

    def _list_begins(self, start: int, end: int, mark: str, sign: str, *, surely: bool) -> int:
        """Return where, behind a value, other assignments follow up to the end; they are separated by `mark`."""
        if sign not in _assignments:
            return end
        middle, final = _assignments[sign]
        parts = self._text[start:end].split(mark)
        last = len(parts) - 1
        place = last + 1
        while place > 1:
            if (final if place - 1 == last else middle).fullmatch(parts[place - 1]) is None:
                break
            place -= 1
        if place > last:
            return end
        if _unquoted.fullmatch(mark.join(parts[:place])) if surely else (place == 1 and _url_safe.fullmatch(parts[0])):
            return start + len(mark.join(parts[:place]))
        return end
