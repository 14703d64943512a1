"""What a log record becomes as a structured log of Sentry: a text, and attributes to search by.

What it says, and what holds where it is logged, is noted at once; a log is made of that when many are sent.
"""

import itertools
import logging
import time
from collections.abc import Iterable, Sequence
from types import CodeType, FrameType
from typing import Any, NamedTuple

from ..config import levels
from ..objects import json_values
from ..objects.attributes import LARGEST, MAX_TEXT, are_plain, attribute
from ..objects.cache import Cache
from ..objects.kinds import qualified_name_of
from ..pipeline.last_stage import SECRETS
from ..pipeline.log_breadcrumbs import LogBreadcrumb
from ..sdk import scope_facts
from ..sdk.bounded_values import LONGEST_KEY
from ..sdk.log_items import PARAMETER, SEVERITIES, Log
from ..sdk.scope_facts import ScopeFacts
from . import record_facts
from .asab import callers
from .record_rules import ORDINARY, Rule

MOST = 50
"""Attributes that are made of struct_data, and of what `extra=` added."""

MAX_PARAMETERS = 20
MAX_ERROR = 300

MAX_KNOWN = 2048

LATEST = 2**63 / 1e9
"""Seconds since 1970 that are not too many nanoseconds."""

_PARAMETERS = tuple(f"{PARAMETER}{number}" for number in range(MAX_PARAMETERS))
_TEXT = frozenset({id(str)})
_NOTHING: dict[Any, Any] = {}


class Noted(NamedTuple):
    """What is noted of a record: nothing of it changes afterwards."""

    levelno: int
    logger: str
    moment: int
    text: str
    data: dict[str, Any]
    """What was logged beside the text, as JSON."""
    code: CodeType | None
    """Who has logged it, not as the record has it: ASAB's logger calls another one."""
    place: int
    """Where in that: to ask for the line takes the longer the more code there is."""
    template: str | None
    parameters: Iterable[Any]
    """Values, or a dict of them."""
    tenant: str | None
    scopes: ScopeFacts
    secrets: Sequence[str]
    """What no rule finds in it, to be hidden all the same."""


def note(
    record: logging.LogRecord,
    frame: FrameType | None,
    rule: Rule,
    breadcrumb: LogBreadcrumb | None,
    secrets: Sequence[str],
    *,
    with_user: bool,
) -> Noted:
    """Note a record that `frame` has logged; `breadcrumb` is what was made of it before, if that was done.

    `secrets` are what is known only by the event of the record.
    """
    code, place, template = None, 0, None
    parameters: Iterable[Any] = ()
    if rule.log_keys:
        text, data = _of_breadcrumb(breadcrumb or rule.breadcrumb(record), rule.log_keys)
    else:
        text, data = _of_record(record, breadcrumb, rule)
        if frame is not None:
            code, place = frame.f_code, frame.f_lasti
        if rule.shows_template and record_facts.has_template(record):
            template, parameters = record.msg, _parameters(record.args)
    return Noted(
        record.levelno,
        record_facts.name_of(record),
        _moment(record),
        text,
        data,
        code,
        place,
        template,
        parameters,
        callers.current_tenant(),
        scope_facts.current(with_user=with_user),
        secrets,
    )


def make(noted: Noted) -> Log:
    """Return the log of what was noted, with nothing hidden yet; under `SECRETS` is what no rule will find."""
    own: dict[str, Any] = {} if noted.tenant is None else {"tenant": noted.tenant}
    _put_in(own, noted.data)
    own["logger.name"] = noted.logger
    if noted.code is not None:
        own |= _place(noted.code, noted.place)
    if noted.template is not None:
        own["sentry.message.template"] = json_values.text(noted.template, MAX_TEXT)
        parameters = noted.parameters
        if isinstance(parameters, dict):
            _put_in(own, {f"{PARAMETER}{name}": value for name, value in parameters.items()})
        else:
            _put_in(own, dict(zip(_PARAMETERS, parameters, strict=False)))
    if noted.levelno == levels.NOTICE:
        own["level.name"] = "NOTICE"
    severity, number = SEVERITIES[levels.sentry(noted.levelno)]
    return {
        "severity_text": severity,
        "severity_number": number,
        "attributes": {**noted.scopes.attributes, **own},
        "body": noted.text,
        "time_unix_nano": noted.moment,
        "trace_id": noted.scopes.trace_id,
        "span_id": noted.scopes.span_id,
        SECRETS: noted.secrets,
    }


_places: Cache[tuple[int, int], tuple[CodeType, dict[str, Any]]] = Cache(MAX_KNOWN)
"""By the id of the code, as that of equal functions in different files is equal; who knows the code keeps its id."""


def _place(code: CodeType, instruction: int) -> dict[str, Any]:
    """Return where something was logged."""
    known = _places.get((id(code), instruction))
    if known is None:
        line, *_ = next(itertools.islice(code.co_positions(), max(instruction, 0) // 2, None), (None,))
        place = {
            "code.file.path": code.co_filename,
            "code.function.name": code.co_qualname,
            "code.line.number": line or code.co_firstlineno,
        }
        known = _places.add((id(code), instruction), (code, place))
    return known[1]


def _moment(record: logging.LogRecord) -> int:
    created = record.created
    return int(created * 1e9) if type(created) is float and 0 < created < LATEST else time.time_ns()


def _of_breadcrumb(breadcrumb: LogBreadcrumb, log_keys: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    data = {name: attribute(value) for name, value in _most(breadcrumb.get("data") or _NOTHING).items()}
    return " ".join(str(data[key]) for key in log_keys if key in data), data


def _of_record(record: logging.LogRecord, breadcrumb: LogBreadcrumb | None, rule: Rule) -> tuple[str, dict[str, Any]]:
    """Return the text of a log, and what was logged beside it and what the record is about."""
    added = record_facts.added(record)
    error = record_facts.exception(record) if record.exc_info or type(record.msg) is not str else None
    if breadcrumb is not None and rule is ORDINARY and not added and error is None:
        return breadcrumb["message"], _most(breadcrumb.get("data") or _NOTHING)
    data = {**_most(added)}
    struct_data: Any = record.__dict__.get("_struct_data")
    if not record_facts.is_nothing(struct_data):
        plain = json_values.plain_copy(struct_data)
        shown = rule.shown(record_facts.struct_data(struct_data, json_values.DATA) if plain is None else plain)
        data |= _most(shown)
    if error is not None:
        data["exception.type"] = qualified_name_of(type(error))
        data["exception.message"] = json_values.text(error, MAX_ERROR)
    return record_facts.message(record), data


def _most(data: dict[Any, Any]) -> dict[str, Any]:
    """Return data with names that are texts, and no more of it than becomes attributes."""
    if len(data) <= MOST and _TEXT.issuperset(map(id, map(type, data))):
        return data
    several = [*data.items()][:MOST]
    return {json_values.text(json_values.shown_key(name), LONGEST_KEY): value for name, value in several}


def _parameters(args: Any) -> Iterable[Any]:
    if type(args) is not tuple:
        return json_values.mapping(args, **json_values.DATA)
    args = args[:MAX_PARAMETERS]
    return args if are_plain(args) else json_values.sequence(args, **json_values.DATA)


def _put_in(attributes: dict[str, Any], data: dict[str, Any]) -> None:
    for name, value in data.items():
        kind = type(value)
        # Most values, without another call.
        is_one = kind is bool or (kind is str and len(value) <= MAX_TEXT)
        attributes[name] = value if is_one or (kind is int and -LARGEST <= value < LARGEST) else attribute(value)
