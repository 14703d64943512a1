"""Names as options have them: of a release, of a monitor, of a function, of whatever a module holds."""

import importlib
import inspect
import re
from collections.abc import Callable
from typing import Any

from .. import tags
from ..sdk import integration_arguments
from . import near_names
from .kind import Reason, words

SLUG_PATTERN = r"[a-z0-9_-]{1,50}"
"""What Sentry makes of any other name of a monitor is not foreseeable."""

PERSONAL = ("email", "phone", "ip", "iban")
"""Kinds of personal data."""

is_function = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+").fullmatch
"""Whether a text is the full name of a function."""

is_module = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*").fullmatch
"""Whether a text is the name of a module."""

is_class = re.compile(r"[^\W\d]\w*(\.([^\W\d]\w*|<\w+>))*").fullmatch
"""Whether a text is the name of a class, or its full name, which may be within a function."""

is_type = re.compile(r"[\w*?\[\]!<>-]+(?:\.[\w*?\[\]!<>-]+)*").fullmatch
"""Whether a text is the name of a type or module, with wildcards."""


def name(text: str) -> str:
    """Return a name that can be shown."""
    if not 0 < len(text) <= 200 or not text.isprintable():
        raise ValueError
    return text


def identifier(limit: int, reserved: str) -> Callable[[str], str]:
    """Return what parses a release or an environment as Sentry takes it."""

    def parse(text: str) -> str:
        text = text.strip()  # as Sentry does
        if any(character in "/\\" or not character.isprintable() for character in text):
            raise ValueError
        if len(text.encode()) > limit:
            raise Reason(f"it has {len(text.encode())} bytes")
        # Sentry reads these words in any case.
        if text in {"", ".", ".."} or text.lower() == reserved:
            raise ValueError
        return text

    return parse


def dist(text: str) -> str:
    """Return a build of a release as Sentry takes it."""
    text = text.strip()  # as Sentry does
    if re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", text) is None:
        raise ValueError
    return text


def tag_keys(text: str) -> tuple[str, ...]:
    """Return keys that tags may have."""
    for key in words(text):
        try:
            tags.text(key, key)
        except tags.InvalidTag as error:
            raise Reason(str(error)) from error
    return words(text)


def slug(text: str) -> str:
    """Return the name of a monitor."""
    if re.fullmatch(SLUG_PATTERN, text) is None:
        raise ValueError
    return text


def named_object(text: str) -> Any:
    """Return the object of a name as in `module:name`; raise ValueError."""
    module_name, separator, path = text.partition(":")
    if not (separator and path and is_module(module_name)):
        raise ValueError
    try:
        value: Any = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        sentence = " ".join(f"{type(error).__name__}: {error}".split())
        raise Reason(f"{module_name} cannot be imported ({sentence})") from error
    for name in path.split("."):
        try:
            value = getattr(value, name)
        except AttributeError:
            raise Reason(f"{module_name} has no {path}") from None
    return value


def why_absent(name: str) -> str | None:
    """Return why there is no function of a full name, be it of a module or of a class; None when there is one."""
    place, _, last = name.rpartition(".")
    module, _, owner = place.rpartition(".")
    reasons = []
    for text in filter(None, (f"{place}:{last}", module and f"{module}:{owner}.{last}")):
        try:
            function(text)
        except Reason as reason:
            reasons.append(str(reason))
        else:
            return None
    return reasons[-1]


def function(text: str) -> Callable[..., Any]:
    """Return what can be called, of a name as in `module:name`."""
    value = named_object(text)
    if not callable(value):
        raise Reason(f"{text} is not callable")
    return value  # type: ignore[no-any-return]


def hook(*arguments: str) -> Callable[[str], Callable[..., Any]]:
    """Return what parses the name of a function that takes these arguments and returns at once."""
    return lambda text: fitting(function(text), text, arguments)


def fitting(value: Callable[..., Any], name: str, arguments: tuple[str, ...]) -> Callable[..., Any]:
    """Return what can be called, if it takes these arguments and returns at once; raise `Reason`."""
    if inspect.iscoroutinefunction(value):
        raise Reason(f"{name} is a coroutine function, which nobody awaits")
    try:
        # That of a decorator, not of what it decorates.
        inspect.signature(value, follow_wrapped=False).bind(*arguments)
    except TypeError as error:
        raise Reason(f"{name} cannot be called with ({', '.join(arguments)}): {error}") from error
    except Exception:  # of some that are written in C nobody knows what they take, and it may be anybody's
        return value
    return value


def integrations(text: str) -> tuple[str, ...]:
    """Return names of integrations of sentry-sdk."""
    known = integration_arguments.names()
    for name in words(text):
        if name not in known:
            raise Reason(f"sentry-sdk has no integration {name!r}{near_names.nearest(name, known, '{}', otherwise='')}")
    return words(text)


def personal(text: str) -> tuple[str, ...]:
    """Return which kinds of personal data are named."""
    named = {word.lower() for word in words(text)}
    for name in sorted(named.difference(PERSONAL)):
        raise Reason(f"there is no {name!r}{near_names.nearest(name, PERSONAL, '{}', otherwise='')}")
    return tuple(name for name in PERSONAL if name in named)
