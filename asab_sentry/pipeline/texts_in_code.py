"""Which texts an expression of source and the local variables of a function have, with a gap for what is no literal."""

import ast
import inspect
import itertools
import linecache
import string
import textwrap
from collections.abc import Callable, Iterator, Sequence
from types import FrameType, ModuleType
from typing import Any

GAP = "{}"
"""What stands for that which is no literal."""

MOST = 50
"""So many texts a variable or a table of the module may have."""

MAX_LINES = 150
"""A longer function is not looked through for what its variables are."""

Names = dict[str, Any]

METHODS: dict[str, Callable[[str], str]] = {
    method.__name__: method
    for method in (str.strip, str.lstrip, str.rstrip, str.upper, str.lower, str.capitalize, str.title, str.expandtabs)
}
FUNCTIONS: dict[str, Callable[[str], str]] = {"dedent": textwrap.dedent, "cleandoc": inspect.cleandoc}
"""What makes another text of a text and leaves its words."""

FILLS = frozenset({"format", "format_map", "substitute", "safe_substitute"})
"""Methods that put something into a text: of `str` and of `string.Template`."""


def texts_of(node: ast.expr, names: Names) -> Iterator[str]:  # noqa: C901, PLR0912  # one case for each kind
    """Yield the texts that an expression may have; `names` are those of the module, whose constants are templates."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr():
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield "".join(next(texts_of(part, names), GAP) for part in (left, right))
        case ast.BinOp(left=left, op=ast.Mod()):
            yield from _templates(left, names)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*texts_of(body, names), *texts_of(orelse, names))
        case ast.BoolOp(values=values):
            for value in values:
                yield from texts_of(value, names)
        case ast.NamedExpr(value=value):
            yield from texts_of(value, names)
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in FILLS:
            yield from _templates(value, names)
        case ast.Call(func=ast.Attribute(value=value, attr="replace"), args=[ast.Constant(value=str(replaced)), _]):
            yield from (text.replace(replaced, GAP) for text in texts_of(value, names))
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=[]):
            yield from map(METHODS[method], texts_of(value, names)) if method in METHODS else ()
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(separator)), attr="join"),
            args=[ast.List(elts=parts) | ast.Tuple(elts=parts)],
        ):
            yield separator.join(next(texts_of(part, names), GAP) for part in parts)
        case ast.Call(func=func, args=[argument, *_]):  # as `_("text")`
            yield from map(FUNCTIONS.get(_last_name(func), str), texts_of(argument, names))


def _templates(node: ast.expr, names: Names) -> Iterator[str]:
    """Yield the texts that something may be put into, also those that the module has as constants and in tables."""
    match node:
        case ast.Name(id=name):
            values = [dict.get(names, name)]
        case (
            ast.Subscript(value=ast.Name(id=name))
            | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[_, *_])
        ):
            table = dict.get(names, name)
            values = [*itertools.islice(table.values(), MOST)] if type(table) is dict else []
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            values = [_attribute(dict.get(names, name), attribute)]
        case ast.Call(func=ast.Name(id="Template") | ast.Attribute(attr="Template"), args=[argument]):
            yield from texts_of(argument, names)
            return
        case _:
            yield from texts_of(node, names)
            return
    for value in values:
        if type(value) is str:
            yield value
        elif type(value) is string.Template and type(value.template) is str:
            yield value.template


def _last_name(func: ast.expr) -> str:
    match func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _attribute(owner: Any, name: str) -> Any:
    """Return what a module or a class has under a name, without asking it."""
    return vars(owner).get(name) if type(owner) in {type, ModuleType} else None


def assigned_texts(frame: FrameType, variables: Sequence[str]) -> list[str]:
    """Return the texts that a function may have assigned to its variables, the longest first.

    None where its source cannot be read.
    """
    texts: dict[str, list[str]] = {}
    try:
        for statement in ast.walk(_function(frame)):
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    more = [*texts_of(value, frame.f_globals)]
                case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                    added = next(texts_of(value, frame.f_globals), GAP)
                    more = [text + added for text in texts.get(name, ())]
                case _:
                    continue
            if name in variables:
                texts[name] = [*texts.get(name, ()), *more][:MOST]
    except Exception:  # the file is another one by now, or the lines are no statements
        return []
    return sorted(itertools.chain.from_iterable(texts.values()), key=len, reverse=True)


def _function(frame: FrameType) -> ast.AST:
    code = frame.f_code
    first = code.co_firstlineno
    last = max(line for _, _, line in code.co_lines() if line is not None)
    if last - first > MAX_LINES:
        return ast.Module([], [])
    source = "".join(linecache.getlines(code.co_filename, frame.f_globals)[max(first, 1) - 1 : last])
    return ast.parse(f"if True:\n{source}" if source[:1].isspace() else source)
