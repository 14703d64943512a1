"""Log records as structured logs of Sentry, beside breadcrumbs and events: a text, and attributes to search by."""

import logging
import time
from types import FrameType
from typing import Any

from ..config import levels
from ..objects import json_values
from ..objects.attributes import LARGEST, MAX_TEXT, attribute
from ..objects.kinds import qualified_name_of
from ..pipeline.log_breadcrumbs import LogBreadcrumb
from ..sdk import log_items
from . import record_facts
from .asab import callers
from .record_rules import ORDINARY, Rule

MOST = 50
"""Attributes that are made of struct_data, and of what `extra=` added."""

MAX_PARAMETERS = 20
MAX_ERROR = 300

Attributes = dict[str, Any]

LATEST = 2**63 / 1e9
"""Seconds since 1970 that are not too many nanoseconds."""

_PARAMETERS = tuple(f"{log_items.PARAMETER}{number}" for number in range(MAX_PARAMETERS))
_PLAIN = frozenset({str, int, float, bool})


def send(record: logging.LogRecord, frame: FrameType | None, rule: Rule, breadcrumb: LogBreadcrumb | None) -> None:
    """Send a record as a log, with the scope and the trace of now.

    `frame` has logged it; `breadcrumb` is what was made of it before, if that was done.
    """
    if rule.log_keys:
        text, attributes = _of_breadcrumb(record, breadcrumb or rule.breadcrumb(record), rule.log_keys)
    else:
        text, attributes = _of_record(record, breadcrumb, rule)
        _put_in_place(attributes, record, frame, rule)
    if record.levelno == levels.NOTICE:
        attributes["level.name"] = "NOTICE"
    tenant = callers.current_tenant()
    if tenant is not None:
        attributes.setdefault("tenant", tenant)
    log_items.capture(levels.sentry(record.levelno), text, attributes, _moment(record))


def _moment(record: logging.LogRecord) -> int:
    created = record.created
    return int(created * 1e9) if type(created) is float and 0 < created < LATEST else time.time_ns()


def _of_breadcrumb(
    record: logging.LogRecord, breadcrumb: LogBreadcrumb, log_keys: tuple[str, ...]
) -> tuple[str, Attributes]:
    attributes = {"logger.name": record_facts.name_of(record)}
    _put_in(attributes, breadcrumb.get("data") or {})
    return " ".join(str(attributes[key]) for key in log_keys if key in attributes), attributes


def _of_record(record: logging.LogRecord, breadcrumb: LogBreadcrumb | None, rule: Rule) -> tuple[str, Attributes]:
    """Return the text of a log, and as attributes what was logged beside it and what the record is about."""
    attributes: Attributes = {}
    added = record_facts.added(record)
    error = record_facts.exception(record) if record.exc_info or type(record.msg) is not str else None
    if breadcrumb is not None and rule is ORDINARY and not added and error is None:
        _put_in(attributes, breadcrumb.get("data") or {})
        return breadcrumb["message"], attributes
    _put_in(attributes, added)
    data: Any = record.__dict__.get("_struct_data")
    if not record_facts.is_nothing(data):
        if not json_values.is_plain(data):
            data = record_facts.struct_data(data, json_values.DATA)
        _put_in(attributes, rule.shown(data))
    if error is not None:
        attributes["exception.type"] = qualified_name_of(type(error))
        attributes["exception.message"] = json_values.text(error, MAX_ERROR)
    return record_facts.message(record), attributes


def _put_in_place(attributes: Attributes, record: logging.LogRecord, frame: FrameType | None, rule: Rule) -> None:
    """Add where it was logged, and of what its message was made."""
    attributes["logger.name"] = record_facts.name_of(record)
    if frame is not None:  # not as the record has it: ASAB's logger calls another one
        code = frame.f_code
        attributes["code.file.path"] = code.co_filename
        attributes["code.function.name"] = code.co_qualname
        attributes["code.line.number"] = frame.f_lineno
    if rule.shows_template and record_facts.has_template(record):
        attributes["sentry.message.template"] = json_values.text(record.msg, MAX_TEXT)
        _put_in(attributes, _parameters(record.args))


def _parameters(args: Any) -> dict[Any, Any]:
    if type(args) is not tuple:
        data = json_values.mapping(args, **json_values.DATA)
        return {f"{log_items.PARAMETER}{name}": value for name, value in data.items()}
    args = args[:MAX_PARAMETERS]
    plain = args if _PLAIN.issuperset(map(type, args)) else json_values.sequence(args, **json_values.DATA)
    return dict(zip(_PARAMETERS, plain, strict=False))


def _put_in(attributes: Attributes, data: dict[Any, Any]) -> None:
    for name, value in list(data.items())[:MOST]:
        kind = type(value)
        # Most values, without another call.
        is_one = kind is bool or (kind is str and len(value) <= MAX_TEXT)
        attributes[name] = value if is_one or (kind is int and -LARGEST <= value < LARGEST) else attribute(value)
