"""Breadcrumbs of log records: made of them, and left in the scope, past the functions of sentry-sdk."""

import logging

import sentry_sdk

from ..config import levels
from ..objects import json_values
from ..pipeline.log_breadcrumbs import LogBreadcrumb
from . import record_facts
from .record_facts import MAX_CATEGORY

_isolation_scope = sentry_sdk.Scope.get_isolation_scope


def add(breadcrumb: LogBreadcrumb, limit: int) -> None:
    """Append to the current isolation scope, of which the newest `limit` breadcrumbs are kept."""
    # Private, because `Scope.add_breadcrumb` copies into a plain dict and looks up client and hooks each time.
    kept = _isolation_scope()._breadcrumbs  # noqa: SLF001
    kept.append(breadcrumb)
    while len(kept) > limit:
        kept.popleft()


def made_of(record: logging.LogRecord) -> LogBreadcrumb:
    """Return the breadcrumb of a record, which may hold anything."""
    levelno, created = record.levelno, record.created
    crumb = LogBreadcrumb(
        type="log",
        level=levels.sentry(levelno),
        category=record_facts.name_of(record)[:MAX_CATEGORY],
        message=record_facts.message(record),
        timestamp=created if type(created) is float else record_facts.moment(record).timestamp(),
    )
    data = record_facts.data(record)
    plain = json_values.plain_copy(data)
    if plain:
        crumb["data"] = plain
    elif plain is None and data is not None:
        crumb["data"] = record_facts.struct_data(data, json_values.DATA)
    error = record_facts.exception(record)
    if error is not None:
        crumb.setdefault("data", {}).setdefault("exception", json_values.error(error, record_facts.MAX_ERROR))
    return crumb
