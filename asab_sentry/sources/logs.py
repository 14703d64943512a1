"""Log records as structured logs of Sentry, beside breadcrumbs and events: a text, and attributes to search by."""

import logging
import time
from types import FrameType
from typing import Any

from ..config import levels
from ..objects import json_values
from ..objects.attributes import MAX_TEXT, attribute
from ..objects.kinds import qualified_name_of
from ..sdk import log_items
from . import record_facts
from .asab import callers
from .record_rules import Rule

MOST = 50
"""Attributes that are made of struct_data, and of what `extra=` added."""

MAX_PARAMETERS = 20
MAX_ERROR = 300

Attributes = dict[str, Any]

LATEST = 2**63 / 1e9
"""Seconds since 1970 that are not too many nanoseconds."""

_PLAIN = frozenset({str, int, float, bool})


def send(record: logging.LogRecord, frame: FrameType | None, rule: Rule) -> None:
    """Send a record as a log, with the scope and the trace of now; `frame` has logged it."""
    if rule.log_keys:
        text, attributes = _of_breadcrumb(record, rule)
    else:
        text, attributes = record_facts.message(record), _attributes(record, frame, rule)
    if record.levelno == levels.NOTICE:
        attributes["level.name"] = "NOTICE"
    tenant = callers.current_tenant()
    if tenant is not None:
        attributes.setdefault("tenant", tenant)
    log_items.capture(levels.sentry(record.levelno), text, attributes, _moment(record))


def _moment(record: logging.LogRecord) -> int:
    created = record.created
    return int(created * 1e9) if type(created) is float and 0 < created < LATEST else time.time_ns()


def _of_breadcrumb(record: logging.LogRecord, rule: Rule) -> tuple[str, Attributes]:
    attributes = {"logger.name": record_facts.name_of(record)}
    _put_in(attributes, rule.breadcrumb(record).get("data") or {})
    return " ".join(str(attributes[key]) for key in rule.log_keys if key in attributes), attributes


def _attributes(record: logging.LogRecord, frame: FrameType | None, rule: Rule) -> Attributes:
    facts = record.__dict__
    data: Any = facts.get("_struct_data")
    if record_facts.is_nothing(data):
        data = {}
    elif not json_values.is_plain(data):
        data = record_facts.struct_data(data, json_values.DATA)
    attributes: Attributes = {}
    added = record_facts.added(record)
    if added:
        _put_in(attributes, added)
    _put_in(attributes, rule.shown(data))
    attributes["logger.name"] = record_facts.name_of(record)
    if frame is not None:  # not as the record has it: ASAB's logger calls another one
        code = frame.f_code
        attributes["code.file.path"] = code.co_filename
        attributes["code.function.name"] = code.co_qualname
        attributes["code.line.number"] = frame.f_lineno
    if rule.shows_template and record_facts.has_template(record):
        attributes["sentry.message.template"] = json_values.text(record.msg, MAX_TEXT)
        _put_in(attributes, _parameters(record.args), log_items.PARAMETER)
    error = record_facts.exception(record)
    if error is not None:
        attributes["exception.type"] = qualified_name_of(type(error))
        attributes["exception.message"] = json_values.text(error, MAX_ERROR)
    return attributes


def _parameters(args: Any) -> dict[Any, Any]:
    if type(args) is not tuple:
        return json_values.mapping(args, **json_values.DATA)
    args = args[:MAX_PARAMETERS]
    return dict(
        enumerate(args if _PLAIN.issuperset(map(type, args)) else json_values.sequence(args, **json_values.DATA))
    )


def _put_in(attributes: Attributes, data: dict[Any, Any], prefix: str = "") -> None:
    for key, value in list(data.items())[:MOST]:
        kind = type(value)
        # Most values, without another call.
        is_one = kind is bool or (kind is str and len(value) <= MAX_TEXT)
        attributes[f"{prefix}{key}" if prefix else key] = value if is_one else attribute(value)
