"""Places in exceptions and their frames."""

import ast
import itertools
import linecache
from collections.abc import Callable
from types import CodeType
from typing import Any

from .registry import L, Values, place, raised


@place("exception")
def _(values: Values) -> None:
    raised(values, lambda values: RuntimeError(values[0]))


@place("exception, argument", objects=True)
def _(values: Values) -> None:
    raised(values, lambda values: RuntimeError("refused", values[0]))


@place("exception, chained", 3)
def _(values: Values) -> None:
    raised(values, _chained)


def _chained(values: Values) -> BaseException:
    error = RuntimeError("refused")
    last: BaseException = error
    for value in values:
        last.__cause__ = RuntimeError(value)
        last = last.__cause__
    return error


@place("exception group", 5)
def _(values: Values) -> None:
    raised(values, lambda values: ExceptionGroup("several", [RuntimeError(value) for value in values]))


@place("exception note", 2)
def _(values: Values) -> None:
    raised(values, _noted)


def _noted(values: Values) -> BaseException:
    error = RuntimeError("refused")
    for value in values:
        error.add_note(value)
    return error


@place("exception type")
def _(values: Values) -> None:
    raised(values, lambda values: type(values[0], (RuntimeError,), {})("refused"))


def in_frame(values: Values, variables: Callable[[Values], dict[str, Any]]) -> None:
    try:
        exec("raise ValueError('it failed')", {}, variables(values))  # a frame with these variables
    except ValueError:
        L.exception("at last")


@place("local variable", 6, objects=True)
def _(values: Values) -> None:
    in_frame(values, Values.named)


@place("local variable, in a dict", 4, objects=True)
def _(values: Values) -> None:
    in_frame(values, lambda values: {"payload": values.named()})


@place("local variable, in a list", 4, objects=True)
def _(values: Values) -> None:
    in_frame(values, lambda values: {"items": [list(values)]})


class Shown:
    """An object that shows what it holds."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Shown {self.text}>"


@place("local variable, in a repr", 4)
def _(values: Values) -> None:
    in_frame(values, lambda values: Values(Shown(value) for value in values).named())


@place("local variable, bytes", 4)
def _(values: Values) -> None:
    in_frame(values, lambda values: Values(value.encode() for value in values).named())


@place("source lines", 5)
def _(values: Values) -> None:
    code = _source(values)
    try:
        exec(code, {"__name__": "generated"})
    except ValueError:
        L.exception("at last")


_numbers = itertools.count()


def as_source(text: str) -> str:
    """Return a line of source code with a text: as it is where it is Python with a literal, else as a literal."""
    try:
        nodes = [*ast.walk(ast.parse(text.strip()))]
    except (SyntaxError, ValueError):
        nodes = []
    is_source = any(isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) for node in nodes)
    return text if is_source and "\n" not in text.strip() else f"    text = {text!r}"


def _source(values: Values) -> CodeType:
    # Each in a file of its own, as what a place in the code holds is remembered.
    name = f"/app/generated{next(_numbers)}.py"
    lines = [f"{as_source(value)}\n" for value in values]
    linecache.cache[name] = 1, None, [*lines, "raise ValueError('it failed')\n"], name
    return compile("\n" * len(lines) + "raise ValueError('it failed')\n", name, "exec")


@place("name of a file and a function")
def _(values: Values) -> None:
    code = compile("raise ValueError('it failed')", f"/app/{values[0].splitlines()[0]}.py", "exec")
    try:
        exec(code.replace(co_name=values[0]), {"__name__": "generated"})
    except ValueError:
        L.exception("at last")
    del code


@place("KeyError", objects=True)
def _(values: Values) -> None:
    raised(values, lambda values: KeyError(values[0] if isinstance(values[0], str) else repr(values[0])))
