"""A text in which values are looked for that belong to names, and whether one can be a secret."""

from typing import NamedTuple

from ....runtime.expressions import compile_later
from ....secret_keys.denylist import FILTERED
from . import judge
from .extents import Extents, Value
from .names import Name

_atom = compile_later(r"\\*([\"'])((?:[^\"'\\]|\\.)*)\\*\1|[^\s,:()\[\]{}\"']+")
_argument = compile_later(r"[a-z_]{1,20}=(?=\\*[\"'])|[A-Z][A-Za-z]{1,40}(?=\([a-z_]{1,20}=)")

# What a schema says of a value.
_schema = compile_later(
    r"\s{0,20}\\*[\"']?type\\*[\"']?\s{0,3}:\s{0,3}\\*[\"']?(?:string|integer|number|boolean|array|object)\b"
)
_of_schema = compile_later(r"default|const|enum|examples?|value")


class Secret(NamedTuple):
    """A secret in a text, from `start` to `end`, which is left out of it."""

    start: int
    end: int


class Scan:
    """A text, and where values in it end."""

    def __init__(self, text: str, extents: Extents) -> None:
        self.text = text
        self.extents = extents

    def judged(self, name: Name, start: int, value: Value | None, *, colon: bool = False) -> Secret | None:
        """Return a value that begins at a place, if it can be a secret."""
        if value is None:
            return None
        text = self.text
        inner = text[value.inner_start : value.inner_end]
        if value.kind == "group":
            if not self._group_can_be_secret(name, text[value.start : value.end], inner, colon=colon):
                return None
            is_call = text[value.start].isalpha() or value.start != start
            return Secret(*value[2:4]) if is_call and text[value.end - 1] == ")" else Secret(*value[:2])
        quoted = value.kind == "quoted"
        rest = "" if quoted or not colon else text[value.end : value.end + 80].partition("\n")[0]
        if judge.can_be_secret(name.text, name.weight, inner, quoted=quoted, colon=colon, rest=rest):
            return Secret(value.inner_start, value.inner_end)
        return None

    def _group_can_be_secret(self, name: Name, whole: str, inner: str, *, colon: bool) -> bool:
        if whole == FILTERED or not inner.strip() or judge.is_harmless(whole):
            return False
        if len(inner) > judge.LONGEST:
            return True
        if whole.startswith("<"):
            return not judge.is_object(whole)
        if _schema.match(inner) and _of_schema.search(inner) is None:
            return False
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
            if _argument.match(inner, atom.start()) is None
        )
