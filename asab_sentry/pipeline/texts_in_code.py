"""Which texts an expression of source and the local variables of a function have, with a gap for what is no literal."""

import ast
import inspect
import itertools
import linecache
import string
import textwrap
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

GAP = "{}"
"""What stands for that which is no literal."""

MOST = 50
"""So many texts a variable or a table of the module may have."""

MOST_PARTS = 4
"""So many a part of a sum may have."""

MAX_LINES = 150
"""A longer function is not looked through for what its variables are."""

OWNERS = frozenset({"cls", "self"})
"""What a method calls the object whose method it is, or its class."""

TRANSLATES = frozenset({"_", "gettext", "lazy_gettext", "ngettext"})
"""Functions that return a text in another language: the first one they are given is that of the source."""


class Names:
    """What names in the source stand for: those of the module, and of the object whose method it is."""

    def __init__(self, module: dict[str, Any], frame: FrameType | None = None) -> None:
        self.module = module
        self._frame = frame
        """Where None, the functions that are called are not looked into."""

    def value(self, name: str) -> Any:
        """Return what a name stands for, None where it is not known."""
        if name in OWNERS and self._frame is not None:
            return self._frame.f_locals.get(name)
        return dict.get(self.module, name)

    def attributes(self, name: str, attribute: str) -> list[Any]:
        """Return what an object and its classes have under a name, without asking it."""
        owner = self.value(name)
        if name not in OWNERS:
            return [vars(owner).get(attribute)] if type(owner) in {type, ModuleType} else []
        kinds = type.mro(owner if issubclass(type(owner), type) else type(owner))
        return [inspect.getattr_static(one, attribute, None) for one in (owner, *kinds)]

    def function(self, func: ast.expr) -> FunctionType | None:
        """Return the function that is called by a name of the module or is a method, if it is to be looked into."""
        match func:
            case ast.Name(id=name) if name not in FUNCTIONS.keys() | TRANSLATES:
                values = [self.value(name)]
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in OWNERS:
                values = self.attributes(name, attribute)
            case _:
                return None
        plain = (value.__func__ if type(value) in {classmethod, staticmethod} else value for value in values)
        return next((value for value in plain if type(value) is FunctionType and self._frame is not None), None)


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
            parts = [[*itertools.islice(texts_of(part, names), MOST_PARTS)] or [GAP] for part in (left, right)]
            yield from map("".join, itertools.product(*parts))
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
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=[]) if method in METHODS:
            yield from map(METHODS[method], texts_of(value, names))
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(separator)), attr="join"),
            args=[ast.List(elts=joined) | ast.Tuple(elts=joined)],
        ):
            yield separator.join(next(texts_of(part, names), GAP) for part in joined)
        case ast.Call(func=func, args=arguments):
            function = names.function(func)
            yield from _returned_texts(function) if function is not None else ()
            for argument in arguments[:1]:  # as `_("text")`
                yield from map(FUNCTIONS.get(_last_name(func), str), texts_of(argument, names))


def _templates(node: ast.expr, names: Names) -> Iterator[str]:
    """Yield the texts that something may be put into, also those that the module has as constants and in tables."""
    match node:
        case ast.Name(id=name):
            values = [names.value(name)]
        case (
            ast.Subscript(value=ast.Name(id=name))
            | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[_, *_])
        ):
            table = names.value(name)
            values = [*itertools.islice(table.values(), MOST)] if type(table) is dict else []
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            values = names.attributes(name, attribute)
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


def _returned_texts(function: FunctionType) -> list[str]:
    """Return the texts that a function returns, as far as it says so itself."""
    names, code = Names(function.__globals__), function.__code__
    try:
        returns = [node.value for node in ast.walk(_source_of(code, names.module)) if isinstance(node, ast.Return)]
    except Exception:  # the file is another one by now, or the lines are no statements
        return []
    return [*itertools.islice((text for value in returns if value for text in texts_of(value, names)), MOST)]


def assigned_texts(frame: FrameType, variables: Sequence[str]) -> list[str]:
    """Return the texts that a function may have assigned to its variables, the longest first.

    None where its source cannot be read.
    """
    names = Names(frame.f_globals, frame)
    texts: dict[str, list[str]] = {}
    sources = [(name, name) for name in variables]
    """Variables, and those that their values are from."""
    try:
        for statement in ast.walk(_source_of(frame.f_code, frame.f_globals)):
            match statement:
                case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                    added = next(texts_of(value, names), GAP)
                    more = [text + added for text in texts.get(name, ())] or [*_members(value, names)]
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                    | ast.NamedExpr(target=ast.Name(id=name), value=value)
                    | ast.For(target=ast.Name(id=name), iter=value)
                ):
                    more = [*_members(value, names)]
                    if isinstance(value, ast.Name):
                        sources += [(variable, value.id) for variable, source in sources if source == name]
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "add"), args=[value]):
                    more = [*texts_of(value, names)]
                case _:
                    continue
            texts[name] = [*texts.get(name, ()), *more][:MOST]
    except Exception:  # the file is another one by now, or the lines are no statements
        return []
    return sorted({text for _, source in sources for text in texts.get(source, ())}, key=len, reverse=True)


def _members(node: ast.expr, names: Names) -> Iterator[str]:
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
    return ast.parse(f"if True:\n{source}" if source[:1].isspace() else source)
