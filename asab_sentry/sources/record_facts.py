"""What a log record tells: its message, its data and the exception that it is about, whatever anybody put there."""

import datetime
import logging
import operator
from collections.abc import Callable
from typing import Any

from ..objects import json_values
from ..objects.calls import Calls, let_through
from ..objects.contents import is_mapping
from ..objects.errors import is_exception
from ..objects.reprs import bounded_repr, bounded_str, strict_str

MAX_LOGGER = 64
MAX_CATEGORY = 128
MAX_ERROR = 300

EVENTS = ("event", "message", "msg")
"""Keys of a message that is a dict, under one of which is what has happened."""

_bare = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None)))
_standard = _bare | {"message", "asctime", "taskName"}
BARE = len(_bare)


def name_of(record: logging.LogRecord) -> str:
    """Return the name of the logger; of a record that was made by hand it may be anything."""
    name = record.name
    return name if type(name) is str else json_values.text(name, MAX_CATEGORY) if name is not None else "root"


def moment(record: logging.LogRecord) -> datetime.datetime:
    """Return when the record was made."""
    try:
        return datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.datetime.now(datetime.UTC)


def exception(record: logging.LogRecord) -> BaseException | None:
    """Return the exception that the record is about: of `exc_info`, or the message itself."""
    exc_info: Any = record.exc_info
    if type(exc_info) is tuple and len(exc_info) == 3 and is_exception(exc_info[1]):
        error: BaseException = exc_info[1]
        return error
    message: Any = record.msg
    return message if type(message) is not str and is_exception(message) else None


def add_id(record: logging.LogRecord, event_id: str) -> None:
    """Add the id of its event to what the record shows as `struct_data`; what was given is not changed."""
    data = record.__dict__.get("_struct_data")
    if data is None or type(data) is dict:
        record.__dict__["_struct_data"] = {**(data or {}), "event_id": event_id}


def has_args(record: logging.LogRecord) -> bool:
    """Return whether there is something to put into the message: values, or a mapping of them."""
    args = record.args
    return args is not None and (type(args) is not tuple or args != ())


def event_of(message: object) -> str | None:
    """Return what a message tells that is a dict, as it is for formatters that write JSON."""
    if type(message) is not dict:
        return None
    return next((event for name in EVENTS if type(event := message.get(name)) is str), None)


def has_template(record: logging.LogRecord) -> bool:
    """Return whether the message is made of a text and of what was put into it."""
    return has_args(record) and type(record.msg) is str


def message(record: logging.LogRecord) -> str:
    """Return the formatted message; where arguments do not fit, the message without them."""
    # Set by a formatter that was here before.
    formatted = record.__dict__.get("message")
    if formatted is None:
        formatted, args = record.msg, record.args
        # Most have a text, and numbers and texts to be put into it.
        is_usual = type(args) is tuple and type(formatted) is str
        if args if is_usual else has_args(record):
            try:
                is_simple = is_usual and are_simple(args)  # type: ignore[arg-type]
                formatted = record.getMessage() if is_simple else _formatted(record)
            except Exception as error:
                let_through(error)
                formatted = record.msg
        if type(formatted) is str and len(formatted) <= json_values.MAX_MESSAGE and formatted.isascii():
            return formatted
    return json_values.text(formatted, json_values.MAX_MESSAGE)


MAX_ARGS = json_values.MAX_MESSAGE // 2
"""No message can show more arguments."""

OF_ALL = 3 * json_values.MAX_MESSAGE
"""So much is made of all arguments together, as a template may show less of one than was made of it."""
LEAST = 20
"""So much of an argument is made in any case."""

SIMPLE = frozenset({str, int, float, bool, type(None)})


def are_simple(args: tuple[Any, ...]) -> bool:
    """Return whether arguments are numbers, and texts of which a message can hold all."""
    if len(args) > MAX_ARGS:
        return False
    for value in args:
        kind = type(value)
        if kind not in SIMPLE or (kind is str and len(value) > json_values.MAX_MESSAGE):
            return False
    return True


def _formatted(record: logging.LogRecord) -> str:
    """Return the message with arguments that may be anything."""
    calls = Calls()
    if type(record).getMessage is not logging.LogRecord.getMessage:
        return bounded_str(calls(record.getMessage), json_values.MAX_MESSAGE, calls)
    template, args = bounded_str(record.msg, json_values.MAX_MESSAGE, calls), record.args
    left = _Left(calls)
    if issubclass(type(args), tuple):
        if tuple.__len__(args) > MAX_ARGS:  # type: ignore[arg-type]
            return template
        return template % tuple(_Argument(value, left) for value in tuple.__iter__(args))  # type: ignore[arg-type]
    return template % _Arguments(args, left)


class _Left:
    """What is left of a message for its arguments."""

    __slots__ = ("calls", "size")

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.size = OF_ALL

    def show(self, show: Callable[[Any, int, Calls], str], value: Any) -> str:
        """Return a text of a value, of which no more is made than there is place for."""
        shown = show(value, max(min(self.size, json_values.MAX_MESSAGE), LEAST), self.calls)
        self.size -= len(shown)
        return shown


class _Argument:
    """An argument of a message, of which no more is made than a message can show."""

    __slots__ = ("_left", "_value")

    def __init__(self, value: Any, left: _Left) -> None:
        self._value = value
        self._left = left

    def __str__(self) -> str:
        return self._left.show(strict_str, self._value)

    def __repr__(self) -> str:
        return self._left.show(bounded_repr, self._value)

    def __int__(self) -> int:
        return int(self._left.calls(int, self._value))

    def __index__(self) -> int:
        return int(self._left.calls(operator.index, self._value))

    def __float__(self) -> float:
        return float(self._left.calls(float, self._value))


class _Arguments(_Argument):
    """A mapping of arguments, as which a record also takes one argument that is a mapping."""

    __slots__ = ()

    def __getitem__(self, name: str) -> _Argument:
        return _Argument(self._value[name], self._left)


def is_nothing(data: Any) -> bool:
    """Return whether there is no struct_data. What may be anything is not asked: a table of numbers cannot be true."""
    return data is None or (type(data) is dict and not data)


def struct_data(data: Any, bounds: dict[str, int]) -> dict[str, Any]:
    """Return struct_data as JSON; what is no mapping, as one."""
    if type(data) is not dict and not is_mapping(data):
        data = {"struct_data": data}
    return json_values.mapping(data, **bounds)


def data(record: logging.LogRecord) -> Any:
    """Return struct_data and what `extra=` added; of equal keys that of struct_data."""
    facts = record.__dict__
    struct_data, extra = facts.get("_struct_data"), _added(facts)
    if is_nothing(struct_data) or not extra:
        return extra if is_nothing(struct_data) else struct_data
    return extra | (struct_data if type(struct_data) is dict else {"struct_data": struct_data})


def logentry(record: logging.LogRecord, *, with_template: bool) -> dict[str, Any]:
    """Return the message of a record, `with_template` also what it is made of."""
    formatted = message(record)
    # Sentry shows an event without any text as "<unlabeled event>".
    entry: dict[str, Any] = {"message": formatted or name_of(record)}
    if with_template and has_template(record):
        entry = {"message": json_values.text(record.msg, json_values.MAX_MESSAGE), "formatted": formatted}
        if type(record.args) is tuple:
            entry["params"] = json_values.sequence(record.args, **json_values.DATA)
        else:
            entry["params"] = json_values.mapping(record.args, **json_values.DATA)  # type: ignore[arg-type]
    return entry


def _added(facts: dict[Any, Any]) -> dict[Any, Any]:
    """Return what `extra=` added to a record, which takes any keys."""
    # The last two are of handlers that have formatted the record.
    if len(facts) == BARE + ("_struct_data" in facts) + ("message" in facts) + ("asctime" in facts):
        return {}
    return {
        key: value for key, value in facts.items() if key not in _standard and not (type(key) is str and key[:1] == "_")
    }


def added(record: logging.LogRecord) -> dict[str, Any]:
    """Return what `extra=` and `stack_info=` added, as JSON."""
    extra = _added(record.__dict__)
    if record.stack_info:
        extra["stack_info"] = record.stack_info
    return json_values.mapping(extra, **json_values.EXTRA) if extra else {}
