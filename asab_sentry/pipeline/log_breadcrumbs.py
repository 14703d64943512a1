"""Breadcrumbs of log records: JSON without sentry-sdk's serializer.

They live in the scope beside all other breadcrumbs, so they fork and isolate with it.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sentry_sdk._types import AnnotatedValue

from ..objects import json_values as json
from ..objects.ready_json import ReadyDict, copy_json
from .scrubbing.budget import MORE, Budget, shortened, work
from .scrubbing.recurring_secrets import without_secrets

Event = dict[str, Any]
Hint = dict[str, Any]


class LogBreadcrumb(ReadyDict):
    """A breadcrumb of JSON values; its timestamp is in seconds since the epoch, its data plain or JSON already.

    `cleaned` is what may leave of it: most breadcrumbs are in several events.
    """

    __slots__ = ("cleaned",)
    cleaned: "_Cleaned"


_Cleaned = tuple[int, dict[str, Any], dict[str, Any]]
"""What may leave of a breadcrumb, behind the version of who said so, and what the breadcrumb was then."""


class Cleaner(Protocol):
    """Who says what of a breadcrumb may leave (`pipeline.scrubbing.scrubber`)."""

    @property
    def version(self) -> int:
        """Changes when more is to be hidden than before."""

    def breadcrumb(self, breadcrumb: dict[str, Any]) -> dict[str, Any]:
        """Return a breadcrumb as it may leave."""

    def plain_breadcrumbs(self, breadcrumbs: list[Any]) -> list[dict[str, Any] | None]:
        """Return copies of those breadcrumbs that may leave as they are, which is cheap to see; None for others."""


def take(event: Event) -> list[LogBreadcrumb]:
    """Take the log breadcrumbs out of an event and return them."""
    values = _values(event)
    ours = [value for value in values if type(value) is LogBreadcrumb] if values else []
    if ours:
        others = [value for value in values if type(value) is not LogBreadcrumb] if len(ours) < len(values) else []
        event["breadcrumbs"] = {"values": others}
    return ours


def _values(event: Event) -> list[Any]:
    # Event processors may leave anything.
    container = event.get("breadcrumbs")
    if type(container) is AnnotatedValue:  # a list of which sentry-sdk has left out the beginning
        container = container.value
    values = container.get("values") if type(container) is dict else None
    return values if type(values) is list else []


def put_back(
    event: Event,
    ours: list[LogBreadcrumb],
    limit: int,
    cleaner: Cleaner,
    secrets: Sequence[str] = (),
    *,
    as_text: bool,
) -> None:
    """Return log breadcrumbs, cleaned, to an event, in time order, the newest `limit` of all.

    `secrets`: what the event has told to be secret; later events know nothing of it, so breadcrumbs lose it for good.
    `as_text`: with timestamps as text, in copies, as sentry-sdk would hand them to a hook.
    """
    others = _values(event)
    clean = _clean(ours[-limit:], cleaner)
    if secrets:
        hide_secrets(ours[-limit:], secrets, cleaner)
        clean = without_secrets(clean, secrets)
    if as_text:
        clean = [{**value, "timestamp": _text(value["timestamp"])} for value in clean]
    values = sorted([*clean, *others], key=_time) if others else clean
    event["breadcrumbs"] = {"values": values[-limit:]}
    # Remarks of sentry-sdk are on the list without ours.
    event.get("_meta", {}).pop("breadcrumbs", None)


def hide_secrets(breadcrumbs: Iterable[LogBreadcrumb], secrets: Sequence[str], cleaner: Cleaner) -> None:
    """Take these texts out of breadcrumbs.

    Those that have one are cleaned before: what is secret by its shape has that no more when a part of it is gone.
    """
    version = cleaner.version
    with work.within(MORE):
        for breadcrumb in breadcrumbs:
            whole = {**breadcrumb}
            if without_secrets(whole, secrets) != whole:
                cleaned = _known(breadcrumb, version) or _cleaned(breadcrumb, cleaner, version)[-1]
                breadcrumb.update(without_secrets(cleaned, secrets))


def _clean(ours: list[LogBreadcrumb], cleaner: Cleaner) -> list[dict[str, Any]]:
    """Return what may leave of breadcrumbs; of the older ones a beginning, where much is to be cleaned at once."""
    version = cleaner.version
    results = [_known(breadcrumb, version) for breadcrumb in ours]
    new = [place for place, result in enumerate(results) if result is None]
    for place, plain in zip(new, cleaner.plain_breadcrumbs([ours[place] for place in new]), strict=True):
        if plain is not None:
            ours[place].cleaned, results[place] = (version, plain, plain), plain
    if None in results:
        seconds = work.left_for_breadcrumbs()
        with work.within(seconds):
            _clean_others(ours, results, cleaner, version, Budget(seconds))
    return [result for result in results if result is not None]


def _clean_others(
    ours: list[LogBreadcrumb],
    results: list[dict[str, Any] | None],
    cleaner: Cleaner,
    version: int,
    budget: Budget,
) -> None:
    for place in range(len(ours) - 1, -1, -1):
        breadcrumb = ours[place]
        if results[place] is not None:
            continue
        if budget.is_spent:
            results[place] = cleaner.breadcrumb(shortened(breadcrumb))
        else:
            cuts, known = work.cuts, _cleaned(breadcrumb, cleaner, version)
            if work.cuts == cuts:
                breadcrumb.cleaned = known
            results[place] = known[-1]
            budget.spend(known[-1])


def _known(breadcrumb: LogBreadcrumb, version: int) -> dict[str, Any] | None:
    """Return what is left of a breadcrumb, if it was cleaned; not of one that an event processor has changed since."""
    known: _Cleaned | None = getattr(breadcrumb, "cleaned", None)
    return None if known is None or known[0] != version or known[1] != breadcrumb else known[2]


def _cleaned(breadcrumb: LogBreadcrumb, cleaner: Cleaner, version: int) -> _Cleaned:
    data = breadcrumb.get("data")
    if type(data) is dict and json.is_ready(data, json.DATA["size"]):
        before = {**breadcrumb, "data": data.copy()}
    else:
        if type(data) is dict:
            data = breadcrumb["data"] = json.mapping(data, **json.DATA)
        before = {**breadcrumb, "data": copy_json(data)} if data else {**breadcrumb}
    return version, before, cleaner.breadcrumb(breadcrumb)


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
