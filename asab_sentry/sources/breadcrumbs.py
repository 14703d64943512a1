"""Breadcrumbs of log records: JSON without sentry-sdk's serializer.

They live in the scope beside all other breadcrumbs, so they fork and isolate with it. An event processor lifts them
out of the event before the serializer, which would cost more than all the rest, and `put_back` returns them after it.
"""

import datetime
from typing import Any, Protocol

import sentry_sdk

from .. import values as json

Event = dict[str, Any]
Hint = dict[str, Any]

_LIFTED = "asab_sentry.breadcrumbs"


class LogBreadcrumb(dict[str, Any]):
    """A breadcrumb of JSON values; its timestamp is in seconds since the epoch, its data plain or JSON already.

    `cleaned` is what may leave of it, with the `version` of who said so: most breadcrumbs are in several events.
    """

    __slots__ = ("cleaned",)
    cleaned: tuple[int, dict[str, Any]]


class Cleaner(Protocol):
    """Who says what of a breadcrumb may leave (`pipeline.scrub`)."""

    @property
    def version(self) -> int:
        """Changes when more is to be hidden than before."""

    def breadcrumb(self, breadcrumb: dict[str, Any]) -> dict[str, Any]:
        """Return a breadcrumb as it may leave."""


_isolation_scope = sentry_sdk.Scope.get_isolation_scope


def add(breadcrumb: LogBreadcrumb, limit: int) -> None:
    """Append to the current isolation scope, of which the newest `limit` breadcrumbs are kept."""
    # Private, because `Scope.add_breadcrumb` copies into a plain dict and looks up client and hooks each time.
    kept = _isolation_scope()._breadcrumbs  # noqa: SLF001
    kept.append(breadcrumb)
    while len(kept) > limit:
        kept.popleft()


def lift(event: Event, hint: Hint) -> Event:
    """Move log breadcrumbs from the event to the hint (an event processor)."""
    values = _values(event)
    if values:
        hint[_LIFTED] = ours = [value for value in values if type(value) is LogBreadcrumb]
        for breadcrumb in ours:
            if type(data := breadcrumb.get("data")) is dict:
                breadcrumb["data"] = json.mapping(data, **json.DATA)
        event["breadcrumbs"]["values"] = [value for value in values if type(value) is not LogBreadcrumb]
    return event


def _values(event: Event) -> list[Any]:
    # Event processors may leave anything.
    found = event.get("breadcrumbs")
    values = found.get("values") if isinstance(found, dict) else None
    return values if isinstance(values, list) else []


def put_back(event: Event, hint: Hint, limit: int, cleaner: Cleaner, *, as_text: bool) -> None:
    """Return the log breadcrumbs, cleaned, to the serialized event, in time order, the newest `limit` of all.

    `as_text`: with timestamps as text, in copies, as sentry-sdk would hand them to a hook.
    """
    lifted = hint.pop(_LIFTED, None)
    if not lifted:
        return
    others = _values(event)
    version = cleaner.version
    ours = [_cleaned(breadcrumb, cleaner, version) for breadcrumb in lifted[-limit:]]
    if as_text:
        ours = [{**value, "timestamp": _text(value["timestamp"])} for value in ours]
    values = sorted([*ours, *others], key=_time) if others else ours
    event["breadcrumbs"] = {"values": values[-limit:]}
    # Remarks of sentry-sdk are on the list without ours.
    event.get("_meta", {}).pop("breadcrumbs", None)


def _cleaned(breadcrumb: LogBreadcrumb, cleaner: Cleaner, version: int) -> dict[str, Any]:
    known: tuple[int, dict[str, Any]] | None = getattr(breadcrumb, "cleaned", None)
    if known is None or known[0] != version:
        known = breadcrumb.cleaned = version, cleaner.breadcrumb(breadcrumb)
    return known[1]


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
