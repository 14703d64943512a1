"""What a module has in its tables and under its names: the texts into which an expression puts something."""

import ast
import itertools
import re
from collections.abc import Iterator
from typing import Any

from .names_in_code import Names

MOST = 50
"""So many texts a variable or a table of the module may have."""

_gap = re.compile(r"%(?:\(\w+\))?[sdr]|\{\w*\}")


def of_table(node: ast.expr, names: Names) -> Iterator[Any]:
    """Yield what is in a dict or a list of the module, up to `MOST`, also in the members of it."""
    while isinstance(node, ast.Subscript):
        node = node.value
    match node:
        case ast.Call(func=ast.Name(id="dict" | "list" | "sorted" | "enumerate" | "reversed"), args=[inner]):
            node = inner
        case ast.Call(func=ast.Attribute(value=inner, attr="items" | "values"), args=[]):
            node = inner
    waiting, left = named(node, names), MOST
    while waiting and left:
        value = waiting.pop(0)
        left -= 1
        if type(value) is dict:
            waiting += itertools.islice(dict.values(value), MOST)
        elif type(value) in {list, tuple}:
            waiting += value[:MOST]
        else:
            yield value


def named(node: ast.expr, names: Names) -> list[Any]:
    """Return what a name stands for, or that of an attribute."""
    match node:
        case ast.Name(id=name):
            return [names.value(name)]
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return names.attributes(name, attribute)
        case _:
            return []


def templates_of_loops(source: ast.AST, names: Names) -> dict[str, list[str]]:
    """Return the templates that a table of the module has for the variables of a loop over it."""
    texts: dict[str, list[str]] = {}
    for loop in ast.walk(source):
        if isinstance(loop, ast.For) and not isinstance(loop.iter, ast.Attribute):
            # What has no gap may have been put together while the application runs.
            templates = [text for text in of_table(loop.iter, names) if type(text) is str and _gap.search(text)]
            for name in ast.walk(loop.target) if templates else ():
                if isinstance(name, ast.Name):
                    texts[name.id] = [*texts.get(name.id, ()), *templates][:MOST]
    return texts
