"""Hooks of users: one that fails, or returns what is none, is said, and is as if it were not there."""

import logging
from collections.abc import Callable
from typing import Any, cast

from ..config.options import Hook
from ..objects import json_values
from ..objects.calls import is_interrupt
from ..objects.kinds import describe_type, name_of
from ..runtime import reentrancy
from ..runtime.diagnostics import reason, say
from .log_breadcrumbs import Event, Hint

MAX_NAME = 200
"""Longest name of a hook in what is said of it."""


class Processors:
    """The event processors that the application added; one that fails leaves the event as it was given it."""

    def __init__(self) -> None:
        self._hooks: tuple[Hook, ...] = ()

    def add(self, hook: Any) -> None:
        """Let a hook see each event from now on."""
        if callable(hook):
            self._hooks += (cast("Hook", guarded(hook)),)
        else:
            say(logging.ERROR, f"add_event_processor() takes a callable, not {name_of(type(hook))}; it is left out")

    def process(self, event: Event, hint: Hint) -> Event | None:
        """Ask one after the other (an event processor)."""
        if event.get("type") == "check_in":
            return event
        for hook in self._hooks:
            result: Event | None = hook(event, hint)
            if result is None:
                return None
            event = result
        return event


def guarded(hook: Hook | None) -> Hook | None:
    """Return the hook so that its failure is said and what it was given is used unchanged."""

    def accepted(result: Any) -> bool:
        return result is None or issubclass(type(result), dict)

    return hook and _called(hook, accepted, "a dict or None", otherwise=lambda event, _hint: event)


EVENT: dict[str, Any] = {"event_id": str, "type": str}
"""What sentry-sdk cannot do without, or takes for something else: fields and their types. Of events."""

TELEMETRY: dict[str, Any] = {
    "attributes": dict,
    "body": object,
    "name": object,
    "severity_number": object,
    "severity_text": object,
    "time_unix_nano": int,
    "timestamp": (int, float),
    "type": object,
    "value": (int, float),
}
"""The same of logs and metrics, which it makes something of in a thread."""


def completed(hook: Hook | None, needed: dict[str, Any]) -> Hook | None:
    """Return the hook so that in its result is what is needed, at least as the hook was given it."""
    if hook is None:
        return None

    def call(event: Event, hint: Hint) -> Event | None:
        kept = {name: event[name] for name in needed if name in event}
        result: Event | None = hook(event, hint)
        if result is not None:
            for name, value in kept.items():
                if not isinstance(result.get(name), needed[name]) or name not in result:
                    result[name] = {} if name == "attributes" else value
        return result

    return call


def guarded_sampler(hook: Hook | None, rate: float) -> Hook | None:
    """Return the sampler so that its failure is said and the rate is used."""

    def accepted(result: Any) -> bool:
        return issubclass(type(result), (int, float)) and 0 <= result <= 1

    return hook and _called(hook, accepted, "a number from 0 to 1", otherwise=lambda *_: rate)


def guarded_for_spans(hook: Hook | None) -> Hook | None:
    """Return the hook so that its failure is said and the span is sent unchanged."""
    return hook and _called(hook, lambda result: isinstance(result, dict), "a dict", otherwise=lambda span, _hint: span)


def _called(hook: Hook, accepted: Callable[[Any], bool], accepts: str, *, otherwise: Hook) -> Hook:
    name = _name_of(hook)

    def call(*args: Any) -> Any:
        try:
            result = reentrancy.call_hook(hook, *args)
        except BaseException as error:
            if is_interrupt(error):
                raise
            say(logging.ERROR, f"Hook {name} failed ({reason(error)})", cause=name, exc_info=True)
            return otherwise(*args)
        if accepted(result):
            return result
        say(logging.ERROR, f"Hook {name} returned {name_of(type(result))}, accepted is {accepts}", cause=name)
        return otherwise(*args)

    return call


def _name_of(hook: Any) -> str:
    try:
        # A functools.partial and other objects have neither.
        place = getattr(hook, "__module__", type(hook).__module__)
        name = f"{place}:{getattr(hook, '__qualname__', type(hook).__name__)}"
    except Exception:
        name = describe_type(hook)
    return json_values.text(name, MAX_NAME)
