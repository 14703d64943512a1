"""Log records as structured logs of Sentry, beside breadcrumbs and events: a text, and attributes to search by."""

import logging
from types import FrameType
from typing import TYPE_CHECKING, Any

from sentry_sdk import logger

from ..config.levels import NOTICE
from ..objects import json_values
from ..objects.attributes import MAX_TEXT, attribute
from ..objects.kinds import qualified_name_of
from . import record_facts
from .asab import callers
from .record_rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 50
"""Attributes that are made of struct_data, and of what `extra=` added."""

MAX_PARAMETERS = 20
MAX_ERROR = 300

Attributes = dict[str, Any]

_PLAIN = frozenset({str, int, float, bool})
_BY_LEVEL = (
    (logging.CRITICAL, logger.fatal),
    (logging.ERROR, logger.error),
    (logging.WARNING, logger.warning),
    (logging.INFO, logger.info),
    (logging.NOTSET, logger.debug),
)


def send(record: logging.LogRecord, frame: FrameType | None, rule: Rule) -> None:
    """Send a record as a log, with the scope and the trace of now; `frame` has logged it."""
    capture = next(function for level, function in _BY_LEVEL if record.levelno >= level)
    if rule.log_keys:
        text, attributes = _of_breadcrumb(record, rule)
    else:
        text, attributes = record_facts.message(record), _attributes(record, frame, rule)
    if record.levelno == NOTICE:
        attributes["level.name"] = "NOTICE"
    tenant = callers.current_tenant()
    if tenant is not None:
        attributes.setdefault("tenant", tenant)
    capture(text, attributes=attributes)


def _of_breadcrumb(record: logging.LogRecord, rule: Rule) -> tuple[str, Attributes]:
    data = _flat(rule.breadcrumb(record).get("data") or {})
    text = " ".join(str(data[key]) for key in rule.log_keys if key in data)
    return text, {"logger.name": record_facts.name_of(record), **data}


def _attributes(record: logging.LogRecord, frame: FrameType | None, rule: Rule) -> Attributes:
    data: Any = record.__dict__.get("_struct_data")
    if record_facts.is_nothing(data):
        data = {}
    elif not json_values.is_plain(data):
        data = record_facts.struct_data(data, json_values.DATA)
    attributes = {
        **_flat(record_facts.added(record)),
        **_flat(rule.shown(data)),
        "logger.name": record_facts.name_of(record),
    }
    if frame is not None:  # not as the record has it: ASAB's logger calls another one
        attributes["code.file.path"] = frame.f_code.co_filename
        attributes["code.function.name"] = frame.f_code.co_qualname
        attributes["code.line.number"] = frame.f_lineno
    if rule.shows_template and record_facts.has_template(record):
        attributes["sentry.message.template"] = json_values.text(record.msg, MAX_TEXT)
        attributes |= _parameters(record.args)
    error = record_facts.exception(record)
    if error is not None:
        attributes["exception.type"] = qualified_name_of(type(error))
        attributes["exception.message"] = json_values.text(error, MAX_ERROR)
    return attributes


def _parameters(args: Any) -> Attributes:
    if type(args) is tuple and _PLAIN.issuperset(map(type, args)):
        parameters: Iterable[tuple[Any, Any]] = enumerate(args[:MAX_PARAMETERS])
    elif type(args) is tuple:
        parameters = enumerate(json_values.sequence(args[:MAX_PARAMETERS], **json_values.DATA))
    else:
        parameters = json_values.mapping(args, **json_values.DATA).items()
    return {f"sentry.message.parameter.{name}": attribute(value) for name, value in parameters}


def _flat(data: dict[str, Any]) -> Attributes:
    return {key: attribute(value) for key, value in list(data.items())[:MOST]}
