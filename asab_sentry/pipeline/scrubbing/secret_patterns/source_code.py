"""What a name is assigned in a line of source code: otherwise than in quotes it is code, and no secret."""

import re

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from .assigned import end_of_several, is_name
from .assignments import Text, clean, cleaned
from .extents import Extents
from .names import Name
from .scan import Secret

_gap = compile_later(r"\{[^{}]*\}|%[sdr]|%\(\w+\)s")
_dotted = compile_later(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)+")
_literal = compile_later(r"([\"'])((?>(?:(?!\1)[^\\]|\\.)*))(?:\1|\Z)")


def clean_source(line: str) -> str:
    """Return a line of source code without them: what a name is assigned there otherwise than in quotes is code."""
    line = cleaned(line, Source(line))
    return _literal.sub(_cleaned_literal, line) if " " in line else line


def _cleaned_literal(literal: re.Match[str]) -> str:
    """Return a literal without what stands in it as in any other text, unless code puts something there."""
    inner = literal[2]
    if " " not in inner or "{" in inner or "%" in inner:
        return literal[0]
    return f"{literal[1]}{clean(inner)}{literal[0][len(literal[1]) + len(inner) :]}"


class Source(Text):
    """A line of source code."""

    def __init__(self, text: str) -> None:
        super().__init__(text, Extents(text, is_code=True))
        self._literals: list[tuple[int, int]] | None = None

    def _assigned(self, name: Name, start: int, sign: str) -> Secret | None:
        text = self.text
        literal = self._literal_of(name.start)
        if literal is not None and self._literal_of(start) == literal:
            # Where it ends, code puts something behind it.
            return self._in_literal(name, start, literal) if start < literal[1] else None
        if sign == ":" and text[name.end] == ":":
            return None  # it is annotated with a type in quotes
        value = self.extents.quoted(start)
        if value is not None:
            return None if _is_code(text[value.inner_start : value.inner_end]) else self.judged(name, start, value)
        value = self.extents.group(start)
        if value is None or value.kind != "group":
            return None
        first = text[value.inner_start : value.inner_start + 3].lstrip("bBuUrR")
        function = text[start : value.inner_start - 1]
        if first[:1] not in {"'", '"'} or (function and not _is_class(function)):
            return None
        return self.judged(name, start, value)

    def _in_literal(self, name: Name, start: int, literal: tuple[int, int]) -> Secret | None:
        """Return what is assigned to a name within a literal, unless that is what code puts there."""
        text = self.text
        value = self.extents.quoted(start) or self.extents.bare(
            start, text[max(name.start - 5, 0) : name.start].rstrip(" "), "="
        )
        if value is None or is_name(text, value):
            return None
        value = value._replace(inner_end=min(value.inner_end, literal[1]))
        shown = text[value.inner_start : value.inner_end]
        if _gap.search(shown) or "{" in shown or "%" in shown[:2]:
            return None
        secret = self.judged(name, start, value)
        return secret and Secret(secret.start, min(end_of_several(text, secret.end, name.text), literal[1]))

    def _literal_of(self, place: int) -> tuple[int, int] | None:
        """Return where the literal begins and ends in which a place of the line is."""
        if self._literals is None:
            self._literals = [match.span(2) for match in _literal.finditer(self.text)]
        return next((span for span in self._literals if span[0] <= place <= span[1]), None)

    def _called(self, name: Name) -> Secret | None:
        return super()._called(name) if _is_class(name.text) else None

    def _behind(self, name: Name) -> Secret | None:  # noqa: ARG002  # there is none in code
        return None


def _is_class(name: str) -> bool:
    """Return whether a name is that of a class for secrets, as of pydantic and starlette."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and denylist.is_secret(last)


def _is_code(literal: str) -> bool:
    """Return whether what stands in quotes is a template, or a name with dots."""
    rest = _gap.sub("", literal)
    return (rest != literal and not any(map(str.isdigit, rest))) or _dotted.fullmatch(literal) is not None
