"""What an application gives to a capture by hand: what can be used of it, as JSON within bounds."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

import sentry_sdk

from .. import tags
from ..config import levels
from ..objects import json_values
from ..objects.calls import Calls
from ..objects.contents import claim_of, is_mapping, pairs_of, values_of
from ..runtime.diagnostics import reason, say
from . import attachment_arguments

BOUNDS = json_values.CONTEXT
MAX_CONTEXTS = 50
MAX_FINGERPRINT = 20
MAX_PART = 200
"""Longest part of a fingerprint."""

ATTACHMENTS = "attachments"


class MessageArguments(TypedDict, total=False):
    """What an event that is captured by hand gets, by the names of the arguments."""

    tags: Mapping[str, str | float]
    extras: Mapping[str, Any]
    contexts: Mapping[str, Mapping[str, Any]]
    user: Mapping[str, Any]
    fingerprint: Sequence[str]
    attachments: Sequence[str | os.PathLike[str] | tuple[Any, ...]]


class CaptureArguments(MessageArguments, total=False):
    """What that of an exception gets besides."""

    level: str | int


Scope = Any
"""A `sentry_sdk.Scope` or a function that is given one."""


def usable(scope: Any, arguments: dict[str, Any]) -> tuple[Scope | None, dict[str, Any]]:
    """Return what sentry-sdk can use of the arguments; say what was left out. Never raises.

    What it takes by the hint of an event, and not by arguments, is under `ATTACHMENTS`.
    """
    made: dict[str, Any] = {}
    for key, value in arguments.items():
        name = json_values.text(key, MAX_PART)
        if name not in _MAKERS:
            say(logging.ERROR, f"Capture argument {name!r} is left out; accepted are {', '.join(_MAKERS)}")
        elif value is not None:
            try:
                made[name] = _MAKERS[name](value)
            except Exception as error:
                say(logging.ERROR, f"Capture argument {name!r} is left out: {json_values.text(error, MAX_PART)}")
    attachments = made.pop(ATTACHMENTS, None)
    scope, made = _fitting(scope, made)
    return scope, made if attachments is None else {**made, ATTACHMENTS: attachments}


def _fitting(scope: Any, made: dict[str, Any]) -> tuple[Scope | None, dict[str, Any]]:
    if scope is None:
        return None, made
    if issubclass(type(scope), sentry_sdk.Scope):
        # sentry-sdk takes either this or the other arguments.
        return (_with(lambda merged: merged.update_from_scope(scope), made), {}) if made else (scope, {})
    if callable(scope):
        return _with(scope, made), {}
    shown = json_values.text(scope, 60)
    say(logging.ERROR, f"Capture argument 'scope' is left out: it must be a sentry_sdk.Scope, not {shown}")
    return None, made


def _with(change: Any, made: dict[str, Any]) -> Any:
    def both(merged: sentry_sdk.Scope) -> None:
        try:
            Calls()(change, merged)
        except Exception as error:
            say(logging.ERROR, f"Capture argument 'scope' is left out: it failed ({reason(error)})", exc_info=True)
        merged.update_from_kwargs(**made)

    return both


def level(value: Any) -> str | None:
    """Return Sentry's level for a name or a number; of one that is not known error, which is said."""
    if value is None:
        return None
    text = json_values.text(value, 60)
    try:
        return levels.sentry(levels.number(text))
    except ValueError as error:
        say(logging.ERROR, f"Level {text!r} is not known, the event gets level error: {error}")
        return "error"


def _mapping(value: Any) -> Any:
    if not is_mapping(value):
        raise ValueError("it must be a dict")
    return value


def _contexts(value: Any) -> dict[str, Any]:
    return {
        json_values.text(name, MAX_PART): json_values.mapping(
            context if is_mapping(context) else {"value": context}, **BOUNDS
        )
        for name, context in pairs_of(_mapping(value), Calls())[:MAX_CONTEXTS]
    }


def _fingerprint(value: Any) -> list[str]:
    if not issubclass(claim_of(value, Calls()), (list, tuple)):
        raise ValueError("it must be a list of texts")  # noqa: TRY004  # the sentence is all that is used
    return [json_values.text(part, MAX_PART) for part in values_of(value, Calls())[:MAX_FINGERPRINT]]


_MAKERS: dict[str, Callable[[Any], Any]] = {
    ATTACHMENTS: attachment_arguments.attachments,
    "contexts": _contexts,
    "extras": lambda value: json_values.mapping(_mapping(value), **json_values.EXTRA),
    "fingerprint": _fingerprint,
    "level": level,
    "tags": lambda value: tags.usable(pairs_of(_mapping(value), Calls()), logging.ERROR),
    "user": lambda value: json_values.user(_mapping(value)),
}
