"""Breadcrumbs of log records: made of them, and left in the scope, past the functions of sentry-sdk."""

import logging
from typing import Any

import sentry_sdk

from ..config import levels
from ..objects import json_values
from ..objects.json_values import MAX_MESSAGE
from ..pipeline.log_breadcrumbs import LogBreadcrumb
from . import record_facts
from .record_facts import BARE, MAX_CATEGORY

_isolation_scope = sentry_sdk.Scope.get_isolation_scope
_levels = {levelno: levels.sentry(levelno) for levelno in levels.NAMES.values()}


def add(breadcrumb: LogBreadcrumb, limit: int) -> None:
    """Append to the current isolation scope, of which the newest `limit` breadcrumbs are kept."""
    # Private, because `Scope.add_breadcrumb` copies into a plain dict and looks up client and hooks each time.
    kept = _isolation_scope()._breadcrumbs  # noqa: SLF001
    kept.append(breadcrumb)
    while len(kept) > limit:
        kept.popleft()


def made_of(record: logging.LogRecord) -> LogBreadcrumb:
    """Return the breadcrumb of a record."""
    try:
        usual = _of_usual(record)
    except Exception:  # the class of a class may fail to be asked for its hash
        usual = None
    return usual or _of_any(record)


def _of_usual(record: logging.LogRecord) -> LogBreadcrumb | None:  # noqa: C901, PLR0911  # calls cost
    """Return what `_of_any` would of a text with numbers and texts in it and a few of these as struct_data, or None.

    Most records are such ones, so this is what a breadcrumb costs.
    """
    facts, name, message = record.__dict__, record.name, record.msg
    args: Any = record.args
    level, created, data, formatted = _levels.get(record.levelno), record.created, None, None
    if (
        type(record) is not logging.LogRecord
        or type(name) is not str
        or type(message) is not str
        or type(args) is not tuple
        or type(created) is not float
        or level is None
        or record.exc_info
        or len(name) > MAX_CATEGORY
    ):
        return None
    if len(facts) != BARE:
        if len(facts) != BARE + ("_struct_data" in facts) + ("message" in facts) + ("asctime" in facts):
            return None
        data, formatted = facts.get("_struct_data"), facts.get("message")
        if data is not None:
            data = json_values.plain_copy(data)
            if data is None:
                return None
    if formatted is not None:
        if type(formatted) is not str:
            return None
        message = formatted
    elif args:
        if not record_facts.are_simple(args):
            return None
        try:
            message = message % args
        except Exception:
            return None
    if len(message) > MAX_MESSAGE or not message.isascii():
        return None
    breadcrumb = {"type": "log", "level": level, "category": name, "message": message, "timestamp": created}
    if data:
        # Not looked at again before an event needs it: `log_breadcrumbs.put_back` makes JSON of it.
        breadcrumb["data"] = data
    return LogBreadcrumb(breadcrumb)


def _of_any(record: logging.LogRecord) -> LogBreadcrumb:
    """Return the breadcrumb of a record that may hold anything."""
    levelno, created = record.levelno, record.created
    crumb = LogBreadcrumb(
        type="log",
        level=_levels.get(levelno) or levels.sentry(levelno),
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
