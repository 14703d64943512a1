"""Breadcrumbs of log records: JSON without sentry-sdk's serializer.

They live in the scope beside all other breadcrumbs, so they fork and isolate with it.
"""

import datetime
from typing import Any, NamedTuple, Protocol

from sentry_sdk._types import AnnotatedValue

from ..objects import json_values as json
from ..objects.ready_json import ReadyDict, copied
from .scrubbing.budget import Budget, beginning

Event = dict[str, Any]
Hint = dict[str, Any]


class LogBreadcrumb(ReadyDict):
    """A breadcrumb of JSON values; its timestamp is in seconds since the epoch, its data plain or JSON already.

    `cleaned` is what may leave of it: most breadcrumbs are in several events.
    """

    __slots__ = ("cleaned",)
    cleaned: "_Cleaned"


class _Cleaned(NamedTuple):
    """What may leave of a breadcrumb, the `version` of who said so, and what the breadcrumb was then."""

    version: int
    before: dict[str, Any]
    result: dict[str, Any]


class Cleaner(Protocol):
    """Who says what of a breadcrumb may leave (`pipeline.scrubbing.scrubber`)."""

    @property
    def version(self) -> int:
        """Changes when more is to be hidden than before."""

    def breadcrumb(self, breadcrumb: dict[str, Any]) -> dict[str, Any]:
        """Return a breadcrumb as it may leave."""


def take(event: Event) -> list[LogBreadcrumb]:
    """Take the log breadcrumbs out of an event and return them."""
    values = _values(event)
    ours = [value for value in values if type(value) is LogBreadcrumb]
    if ours:
        event["breadcrumbs"] = {"values": [value for value in values if type(value) is not LogBreadcrumb]}
    return ours


def _values(event: Event) -> list[Any]:
    # Event processors may leave anything.
    container = event.get("breadcrumbs")
    if type(container) is AnnotatedValue:  # a list of which sentry-sdk has left out the beginning
        container = container.value
    values = container.get("values") if type(container) is dict else None
    return values if type(values) is list else []


def put_back(event: Event, ours: list[LogBreadcrumb], limit: int, cleaner: Cleaner, *, as_text: bool) -> None:
    """Return log breadcrumbs, cleaned, to an event, in time order, the newest `limit` of all.

    `as_text`: with timestamps as text, in copies, as sentry-sdk would hand them to a hook.
    """
    others = _values(event)
    clean = _clean(ours[-limit:], cleaner)
    if as_text:
        clean = [{**value, "timestamp": _text(value["timestamp"])} for value in clean]
    values = sorted([*clean, *others], key=_time) if others else clean
    event["breadcrumbs"] = {"values": values[-limit:]}
    # Remarks of sentry-sdk are on the list without ours.
    event.get("_meta", {}).pop("breadcrumbs", None)


def _clean(ours: list[LogBreadcrumb], cleaner: Cleaner) -> list[dict[str, Any]]:
    """Return what may leave of breadcrumbs; of the older ones a beginning, where much is to be cleaned at once."""
    version, budget = cleaner.version, Budget()
    clean = []
    for breadcrumb in reversed(ours):
        known: _Cleaned | None = getattr(breadcrumb, "cleaned", None)
        # An event processor may have changed it.
        if known is None or known.version != version or known.before != breadcrumb:
            if budget.is_spent:
                clean.append(cleaner.breadcrumb(beginning(breadcrumb)))
                continue
            known = breadcrumb.cleaned = _cleaned(breadcrumb, cleaner, version)
            budget.spend(known.result)
        clean.append(known.result)
    clean.reverse()
    return clean


def _cleaned(breadcrumb: LogBreadcrumb, cleaner: Cleaner, version: int) -> _Cleaned:
    data = breadcrumb.get("data")
    if type(data) is dict and json.is_ready(data, json.DATA["size"]):
        before = {**breadcrumb, "data": data.copy()}
    else:
        if type(data) is dict:
            data = breadcrumb["data"] = json.mapping(data, **json.DATA)
        before = {**breadcrumb, "data": copied(data)} if data else {**breadcrumb}
    return _Cleaned(version, before, cleaner.breadcrumb(breadcrumb))


def _text(timestamp: float) -> str:
    moment = datetime.datetime.fromtimestamp(timestamp, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _time(breadcrumb: dict[str, Any]) -> float:
    timestamp = breadcrumb.get("timestamp")
    if isinstance(timestamp, str):
        try:
            return datetime.datetime.fromisoformat(timestamp).timestamp()
        except ValueError:
            return 0.0
    return timestamp if isinstance(timestamp, (int, float)) else 0.0
