"""Which texts a line of source has as literals: by these a message is known again, whatever was put into it."""

import ast
import inspect
import itertools
import linecache
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

from ..runtime.expressions import compile_later
from .names_in_code import Names
from .texts_in_code import (
    MAX_SOURCE,
    assigned_texts,
    filled_texts,
    members_of,
    texts_of,
    texts_of_exception,
    translated,
)

MAX_TEXT = 500
"""So long is a text by which an issue is named, in characters."""

MAX_CONSTANT = 2000
"""Longer texts are documentation, in characters."""

MAX_CONSTANTS = 500
"""So many texts of a function are looked at."""

MAX_LINES = 100
"""A longer call is not looked at."""

KEYWORDS = frozenset({"event", "exc_info", "message", "msg", "text"})
"""Names under which a message is handed to a function."""

_gaps = compile_later(r"%(?:\(\w+\))?[#0 +-]*[\d*]*(?:\.[\d*]+)?[a-zA-Z%]|\$?\{[^{}]*\}|\$[A-Za-z_]\w*")
_with = compile_later(r"(?:async\s+)?with\b")
_word = compile_later(r"[A-Za-z]{3}|[^\W\d_\x00-\x7f]")


class Literal(NamedTuple):
    """A text of the source, and the parts of it that are in each message that was made of it."""

    text: str
    parts: tuple[str, ...]

    def makes(self, message: str) -> bool:
        """Return whether a message was made of this text and nothing else."""
        first, last = self.parts[0], self.parts[-1]
        if len(self.parts) == 1:
            return message == first
        return message.startswith(first) and message.endswith(last) and self.is_in(message)

    def is_in(self, message: str) -> bool:
        """Return whether a message has all parts of this text in their order."""
        position = 0
        for part in self.parts:
            position = message.find(part, position) + len(part)
            if position < len(part):
                return False
        return True


class Call(NamedTuple):
    """What a line of source hands on."""

    literals: tuple[Literal, ...] = ()
    constants: tuple[Literal, ...] = ()
    """Texts of the whole function, one of which may have become the message before."""
    assigned: tuple[Literal, ...] = ()
    """Texts that were assigned to variables which it hands on."""
    passes_on: bool = False
    """Whether it hands on what its function was itself given."""
    enclosed: tuple[str, ...] = ()
    """Names in it of what the function around its function was given: of a decorator, what it decorates."""
    translated: str | None = None
    """The text that it shows in another language."""


def has_words(text: str) -> bool:
    """Return whether a word of a text stays the same, whatever is put into it."""
    text = text[:MAX_CONSTANT]
    # Most begin with one.
    beginning = _gaps.split(text, maxsplit=1)[0]
    return _word.search(beginning) is not None or _word.search(_gaps.sub(" ", text)) is not None


def literal(text: str) -> Literal | None:
    """Return a text as a literal, None where no word of it stays the same."""
    return Literal(text[:MAX_TEXT], tuple(_gaps.split(text[:MAX_CONSTANT]))) if has_words(text) else None


def call_of(frame: FrameType) -> Call:
    """Return the call in which a frame is, as far as its source can be read."""
    code = frame.f_code
    if code.co_filename.startswith("<"):
        # It was made while the application runs, and what is a literal there may have been a value before.
        return Call()
    texts = (text for text in code.co_consts if type(text) is str and len(text) <= MAX_CONSTANT)
    constants = _literals(itertools.islice(texts, MAX_CONSTANTS))
    try:
        calls = _calls(_source(frame))
    except Exception:  # the file is another one by now, or there is none
        return Call(constants=constants)
    parameters = _parameters(code)
    handed = [argument for call in calls for argument in call.args]
    handed += [keyword.value for call in calls for keyword in call.keywords if keyword.arg in KEYWORDS]
    variables = [name for argument in handed for name in _shown(argument) if name not in parameters]
    names = Names(frame.f_globals, frame)
    names.assigned = lambda name: assigned_texts(frame, [name])
    built = itertools.chain.from_iterable(map(_built_before, calls))
    return Call(
        _literals(text for argument in (*handed, *built) for text in members_of(argument, names)),
        constants,
        _literals(assigned_texts(frame, variables)) if variables else (),
        passes_on=not parameters.isdisjoint(itertools.chain.from_iterable(map(_names, handed))),
        enclosed=tuple(sorted(_all_names(handed).intersection(code.co_freevars))),
        translated=next((text for argument in handed if (text := translated(argument)) and has_words(text)), None),
    )


def texts_around(frame: FrameType) -> tuple[Literal, ...]:
    """Return the texts into which the function of a frame puts something, anywhere in it."""
    return () if frame.f_code.co_filename.startswith("<") else _literals(filled_texts(frame))


def texts_raised(error: BaseException, traceback: TracebackType) -> tuple[Literal, ...]:
    """Return the texts that an exception may have: by its class, and by the statement at the end of its traceback."""
    return _literals(texts_of_exception(error)) + _texts_raised_at(traceback)


def _texts_raised_at(traceback: TracebackType) -> tuple[Literal, ...]:
    frame = traceback.tb_frame
    try:
        statement = ast.parse(_source_at(frame.f_code, traceback.tb_lasti, frame.f_globals)).body[0]
    except Exception:  # the file is another one by now, or there is none
        return ()
    match statement:
        case ast.Raise(exc=ast.Call(args=arguments)):
            names = Names(frame.f_globals, frame)
            return _literals(text for argument in arguments for text in texts_of(argument, names))
        case _:
            return ()


def begins_with(frame: FrameType, text: str) -> bool:
    """Return whether the call in which a frame is has this text as its first argument, as a plain literal."""
    if frame.f_code.co_filename.startswith("<") or "\\" in text or len(text) > MAX_TEXT:
        return False
    try:
        source = _source(frame)
    except Exception:  # the file is another one by now, or there is none
        return False
    argument = source.partition("(")[2].lstrip()
    return any(
        quote not in text
        and argument.startswith(f"{quote}{text}{quote}")
        and argument[len(text) + 2 :].lstrip()[:1] in {",", ")"}
        for quote in ('"', "'")
    )


def _literals(texts: Iterable[str]) -> tuple[Literal, ...]:
    return tuple(known for text in texts if (known := literal(text)))


def _source(frame: FrameType) -> str:
    """Return the source of the expression that a frame evaluates."""
    return _source_at(frame.f_code, frame.f_lasti, frame.f_globals)


def _source_at(code: CodeType, instruction: int, module: dict[str, Any]) -> str:
    """Return the source of the expression or statement that an instruction is of."""
    first, last, start, end = next(itertools.islice(code.co_positions(), instruction // 2, None))
    if first is None or last is None or start is None or end is None or last - first > MAX_LINES:
        return ""
    written = linecache.getlines(code.co_filename, module)[first - 1 : last]
    if sum(map(len, written)) > MAX_SOURCE:
        return ""
    # Columns are in bytes.
    lines = [line.encode() for line in written]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode()


def _calls(source: str) -> list[ast.Call]:
    """Return the call that an expression is; of a `with` statement those of its head.

    A frame that leaves a block is at the statement up to Python 3.12, and at the expression in its head later.
    """
    if _with.match(source):
        statement = ast.parse(source).body[0]
        nodes = (
            [item.context_expr for item in statement.items] if isinstance(statement, (ast.With, ast.AsyncWith)) else []
        )
    else:
        nodes = [ast.parse(f"({source})", mode="eval").body]
    bare = [node.value if isinstance(node, ast.Await) else node for node in nodes]
    return [node for node in bare if isinstance(node, ast.Call)]


def _built_before(call: ast.Call) -> Iterator[ast.expr]:
    """Yield what was handed to the calls of which a call is made: `Problem("no stock").log()`."""
    func = call.func
    while isinstance(func, (ast.Attribute, ast.Call)):
        if isinstance(func, ast.Call):
            yield from func.args
            func = func.func
        else:
            func = func.value


def _shown(node: ast.expr) -> Iterator[str]:
    """Yield the variables of whose text, or a part of them, an expression is made that adds no word to it."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.FormattedValue(value=value):
            yield from _shown(value)
        case ast.JoinedStr(values=parts) if not any(map(_has_words, parts)):
            for part in parts:
                yield from _shown(part)
        case (
            ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join"), args=[value])
            | ast.Call(func=ast.Name(id="str"), args=[value])
            | ast.Call(func=ast.Attribute(value=value), args=[])
            | ast.Call(func=ast.Attribute(value=value, attr="format" | "format_map"))
            | ast.BinOp(left=value, op=ast.Mod())
        ):
            yield from _shown(value)


def _has_words(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and has_words(str(part.value))


def _names(node: ast.expr) -> Iterator[str]:
    """Yield the names whose values are in the text of an expression as a whole, and not an attribute or an item."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Call(func=func, args=args):
            for part in (*([func.value] if isinstance(func, ast.Attribute) else []), *args):
                yield from _names(part)
        case ast.BinOp() | ast.FormattedValue() | ast.JoinedStr() | ast.Starred() | ast.Tuple():
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from _names(child)


def _all_names(nodes: list[ast.expr]) -> set[str]:
    return {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}


def _parameters(code: CodeType) -> frozenset[str]:
    more = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + more]) - {"cls", "self"}
