"""Which texts an expression of source and the local variables of a function have, with a gap for what is no literal."""

import ast
import inspect
import itertools
import linecache
import string
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType, FunctionType
from typing import Any

from .names_in_code import FUNCTIONS, TRANSLATES, Names
from .tables_in_code import MOST, named, of_table, templates_of_loops

GAP = "{}"
"""What stands for that which is no literal."""

MOST_PARTS = 4
"""So many a part of a sum may have."""

MAX_LINES = 150
"""A longer function is not looked through for what its variables are."""


MAX_SOURCE = 20_000
"""Nor is source that has more characters, as tables have."""

METHODS: dict[str, Callable[[str], str]] = {
    method.__name__: method
    for method in (str.strip, str.lstrip, str.rstrip, str.upper, str.lower, str.capitalize, str.title, str.expandtabs)
}
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
            parts = [[*itertools.islice(_texts_of_part(part, names), MOST_PARTS)] or [GAP] for part in (left, right)]
            yield from map("".join, itertools.product(*parts))
        case ast.BinOp(left=left, op=ast.Mod()):
            yield from _templates(left, names)
        case ast.Attribute(value=value, attr=name) if getter := names.method_of(value, name, is_property=True):
            yield from _returned_texts(*getter)
        case ast.Subscript(value=ast.Call() as value, slice=ast.Constant()) | ast.Attribute(value=ast.Call() as value):
            yield from texts_of(value, names)
        case ast.Subscript(value=value, slice=ast.Slice(lower=None)):
            # It may be cut anywhere behind its beginning.
            yield from (text.partition(GAP)[0] + GAP for text in texts_of(value, names))
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
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=[]) if method in METHODS:
            yield from map(METHODS[method], texts_of(value, names))
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(separator)), attr="join"),
            args=[ast.List(elts=joined) | ast.Tuple(elts=joined)],
        ):
            yield separator.join(next(texts_of(part, names), GAP) for part in joined)
        case ast.Call(func=ast.Name(id="str"), args=[value]) if shown := names.method_of(value, "__str__"):
            yield from _returned_texts(*shown)
        case ast.Call(func=func, args=arguments):
            function = names.function(func)
            yield from _returned_texts(*function) if function is not None else ()
            for argument in arguments[:1]:  # as `_("text")`
                yield from map(FUNCTIONS.get(_last_name(func), str), texts_of(argument, names))


def _texts_of_part(node: ast.expr, names: Names) -> Iterator[str]:
    """Yield the texts of a part of a sum, which may be a variable or a constant."""
    if not isinstance(node, ast.Name):
        yield from texts_of(node, names)
        return
    value = names.value(node.id)
    yield from [value] if type(value) is str else names.assigned(node.id) if names.assigned else ()


def _templates(node: ast.expr, names: Names) -> Iterator[str]:
    """Yield the texts that something may be put into, also those that the module has as constants and in tables."""
    match node:
        case ast.Name() | ast.Attribute(value=ast.Name()):
            values = named(node, names)
        case ast.Subscript(value=ast.Dict(values=held)):
            for each in held:
                yield from texts_of(each, names)
            return
        case ast.Subscript(value=table) | ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_, *_]):
            values = [*of_table(table, names)]
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


def translated(node: ast.expr) -> str | None:
    """Return the text of the source that an expression shows in another language, whatever is put into it there."""
    match node:
        case ast.Call(func=func, args=[ast.Constant(value=str(text)), *_]) if _last_name(func) in TRANSLATES:
            return text
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in FILLS:
            return translated(value)
        case ast.BinOp(left=left, op=ast.Mod()):
            return translated(left)
        case _:
            return None


def _returned_texts(function: FunctionType, owner: type | None = None) -> list[str]:
    """Return the texts that a function returns or yields, one or several, as far as it says so itself."""
    names = Names(function.__globals__, owner=owner)
    try:
        source = _source_of(function.__code__, names.module)
    except Exception:  # the file is another one by now, or the lines are no statements
        return []
    values = [node.value for node in ast.walk(source) if isinstance(node, (ast.Return, ast.Yield)) and node.value]
    texts = itertools.chain.from_iterable(_held(value, names) for value in values)
    variables = [value.id for value in values if isinstance(value, ast.Name)]
    return [*itertools.islice(texts, MOST), *(_assigned(source, names, variables) if variables else ())]


def texts_of_exception(error: BaseException) -> list[str]:
    """Return the texts that the class of an exception has for those that are made of it."""
    kind = type(error)
    made, shown = (inspect.getattr_static(kind, method, None) for method in ("__init__", "__str__"))
    texts = _returned_texts(shown, kind) if type(shown) is FunctionType else []
    if type(made) is FunctionType:
        names = Names(made.__globals__)
        try:
            source = _source_of(made.__code__, names.module)
        except Exception:  # as above
            return texts
        for node in ast.walk(source):
            match node:
                case ast.Call(func=ast.Attribute(attr="__init__"), args=[argument, *_]):
                    texts += texts_of(argument, names)
    return texts[:MOST]


def assigned_texts(frame: FrameType, variables: Sequence[str]) -> list[str]:
    """Return the texts that a function may have assigned to its variables, the longest first.

    None where its source cannot be read.
    """
    try:
        source = _source_of(frame.f_code, frame.f_globals)
    except Exception:  # the file is another one by now, or the lines are no statements
        return []
    return _assigned(source, Names(frame.f_globals, frame), variables)


def filled_texts(frame: FrameType) -> list[str]:
    """Return the texts into which a function puts something anywhere, the longest first."""
    try:
        source = _source_of(frame.f_code, frame.f_globals)
    except Exception:  # as above
        return []
    names = Names(frame.f_globals)
    texts: set[str] = set()
    for node in ast.walk(source):
        match node:
            case ast.JoinedStr() | ast.BinOp(op=ast.Mod()):
                texts.update(texts_of(node, names))
            case ast.Call(func=ast.Attribute(attr=method)) if method in FILLS:
                texts.update(texts_of(node, names))
    return sorted(texts, key=len, reverse=True)[:MOST]


def _assigned(source: ast.AST, names: Names, variables: Sequence[str]) -> list[str]:
    texts = templates_of_loops(source, names)
    sources = [(name, name) for name in variables]
    """Variables, and those that their values are from."""
    for statement in ast.walk(source):
        match statement:
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                added = next(texts_of(value, names), GAP)
                more = [text + added for text in texts.get(name, ())] or [*_held(value, names)]
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
                | ast.For(target=ast.Name(id=name), iter=value)
            ):
                more = [*_held(value, names)]
                if isinstance(value, ast.Name):
                    sources += [(variable, value.id) for variable, origin in sources if origin == name]
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "add"), args=[value]):
                more = [*texts_of(value, names)]
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                more = [*members_of(value, names)]
                for target in targets:
                    if isinstance(target, ast.Name):
                        texts[target.id] = [*texts.get(target.id, ()), *more][:MOST]
                continue
            case _:
                continue
        texts[name] = [*texts.get(name, ()), *more][:MOST]
    return sorted({text for _, origin in sources for text in texts.get(origin, ())}, key=len, reverse=True)


def _held(node: ast.expr, names: Names) -> Iterator[str]:
    """Yield the texts of a variable to which an expression is assigned, or of its members, items or attributes."""
    match node:
        case ast.Dict(values=values):
            held = values
        case ast.Call(func=func, args=arguments, keywords=keywords) if _is_class(func, names):
            held = [*arguments, *(keyword.value for keyword in keywords)]
        case _:
            yield from members_of(node, names)
            return
    for value in held:
        yield from texts_of(value, names)


def _is_class(func: ast.expr, names: Names) -> bool:
    """Return whether what is called may be a class whose objects keep what they are given."""
    name = _last_name(func)
    return name.strip("_")[:1].isupper() and name != "Template" and names.function(func) is None


def members_of(node: ast.expr, names: Names) -> Iterator[str]:
    """Yield the texts that an expression may have, or those that are in what it makes."""
    match node:
        case ast.List(elts=members) | ast.Tuple(elts=members) | ast.Set(elts=members):
            for member in members:
                yield from texts_of(member, names)
        case ast.ListComp(elt=member) | ast.SetComp(elt=member) | ast.GeneratorExp(elt=member):
            yield from texts_of(member, names)
        case _:
            yield from texts_of(node, names)


def _source_of(code: CodeType, module: dict[str, Any]) -> ast.AST:
    first = code.co_firstlineno
    last = max(line for _, _, line in code.co_lines() if line is not None)
    if last - first > MAX_LINES:
        return ast.Module([], [])
    source = "".join(linecache.getlines(code.co_filename, module)[max(first, 1) - 1 : last])
    if len(source) > MAX_SOURCE:
        return ast.Module([], [])
    return ast.parse(f"if True:\n{source}" if source[:1].isspace() else source)
