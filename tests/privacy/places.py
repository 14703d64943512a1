"""Places in what is sent: each puts values where an application, its requests or its libraries would put them."""

import ast
import itertools
import linecache
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from types import CodeType
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import aiohttp
import sentry_sdk
from far import THREE


class Values:
    """The values that are put somewhere: a variable that holds them shows none."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = list(values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __getitem__(self, place: int) -> Any:
        return self._values[place]

    def __repr__(self) -> str:
        return "<Values>"

    def named(self) -> dict[str, Any]:
        """Return them under names that say nothing."""
        return {f"field{number}": value for number, value in enumerate(self)}


Put = Callable[[Values], None]


class Place(NamedTuple):
    """A place: what puts values there, how many in one event, and whether they may be other than texts."""

    put: Put
    at_once: int
    takes_objects: bool = False


PLACES: dict[str, Place] = {}


def place(name: str, at_once: int = 1, *, objects: bool = False) -> Callable[[Put], Put]:
    """Let a function be a place."""

    def known(put: Put) -> Put:
        PLACES[name] = Place(put, at_once, objects)
        return put

    return known


def each(values: Values, do: Callable[[Any], object]) -> None:
    """Do something with each value."""
    for value in values:
        do(value)


def fail() -> None:
    """Log an exception that holds nothing itself."""
    try:
        raise ValueError("it failed")
    except ValueError:
        L.exception("at last")


def log() -> None:
    """Log an error that holds nothing itself."""
    L.error("at last")


def raised(values: Values, make: Callable[[Values], BaseException]) -> None:
    """Log an exception that is made of values."""
    try:
        raise make(values)
    except BaseException:
        L.exception("at last")


L = logging.getLogger("app")


@place("message")
def _(values: Values) -> None:
    L.error(values[0])


@place("message, argument")
def _(values: Values) -> None:
    L.error("it failed: %s", values[0])


@place("message, argument by repr", objects=True)
def _(values: Values) -> None:
    L.error("it failed: %r", values[0])


@place("message, formatted", objects=True)
def _(values: Values) -> None:
    L.error(f"it failed: {values[0]}")


@place("capture_message")
def _(values: Values) -> None:
    sentry_sdk.capture_message(values[0])


@place("struct_data", 15, objects=True)
def _(values: Values) -> None:
    L.error("it failed", struct_data=values.named())


@place("struct_data, nested", 10, objects=True)
def _(values: Values) -> None:
    L.error("it failed", struct_data={"a": [{"b": value} for value in values]})


@place("extra of a log record", 8, objects=True)
def _(values: Values) -> None:
    L.error("it failed", extra=values.named())


@place("exception")
def _(values: Values) -> None:
    raised(values, lambda values: RuntimeError(values[0]))


@place("exception, argument", objects=True)
def _(values: Values) -> None:
    raised(values, lambda values: RuntimeError("refused", values[0]))


@place("KeyError", objects=True)
def _(values: Values) -> None:
    raised(values, lambda values: KeyError(values[0] if isinstance(values[0], str) else repr(values[0])))


@place("exception, chained", 3)
def _(values: Values) -> None:
    raised(values, _chained)


def _chained(values: Values) -> BaseException:
    error = RuntimeError("refused")
    last: BaseException = error
    for value in values:
        last.__cause__ = RuntimeError(value)
        last = last.__cause__
    return error


@place("exception group", 5)
def _(values: Values) -> None:
    raised(values, lambda values: ExceptionGroup("several", [RuntimeError(value) for value in values]))


@place("exception note", 2)
def _(values: Values) -> None:
    raised(values, _noted)


def _noted(values: Values) -> BaseException:
    error = RuntimeError("refused")
    for value in values:
        error.add_note(value)
    return error


@place("exception type")
def _(values: Values) -> None:
    raised(values, lambda values: type(values[0], (RuntimeError,), {})("refused"))


def _in_frame(values: Values, variables: Callable[[Values], dict[str, Any]]) -> None:
    try:
        exec("raise ValueError('it failed')", {}, variables(values))  # a frame with these variables
    except ValueError:
        L.exception("at last")


@place("local variable", 6, objects=True)
def _(values: Values) -> None:
    _in_frame(values, Values.named)


@place("local variable, in a dict", 4, objects=True)
def _(values: Values) -> None:
    _in_frame(values, lambda values: {"payload": values.named()})


@place("local variable, in a list", 4, objects=True)
def _(values: Values) -> None:
    _in_frame(values, lambda values: {"items": [list(values)]})


class Shown:
    """An object that shows what it holds."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Shown {self.text}>"


@place("local variable, in a repr", 4)
def _(values: Values) -> None:
    _in_frame(values, lambda values: Values(Shown(value) for value in values).named())


@place("local variable, bytes", 4)
def _(values: Values) -> None:
    _in_frame(values, lambda values: Values(value.encode() for value in values).named())


@place("source lines", 5)
def _(values: Values) -> None:
    code = _source(values)
    try:
        exec(code, {"__name__": "generated"})
    except ValueError:
        L.exception("at last")


_numbers = itertools.count()


def as_source(text: str) -> str:
    """Return a line of source code with a text: as it is where it is Python with a literal, else as a literal."""
    try:
        nodes = [*ast.walk(ast.parse(text.strip()))]
    except (SyntaxError, ValueError):
        nodes = []
    is_source = any(isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) for node in nodes)
    return text if is_source and "\n" not in text.strip() else f"    text = {text!r}"


def _source(values: Values) -> CodeType:
    # Each in a file of its own, as what a place in the code holds is remembered.
    name = f"/app/generated{next(_numbers)}.py"
    lines = [f"{as_source(value)}\n" for value in values]
    linecache.cache[name] = 1, None, [*lines, "raise ValueError('it failed')\n"], name
    return compile("\n" * len(lines) + "raise ValueError('it failed')\n", name, "exec")


@place("name of a file and a function")
def _(values: Values) -> None:
    code = compile("raise ValueError('it failed')", f"/app/{values[0].splitlines()[0]}.py", "exec")
    try:
        exec(code.replace(co_name=values[0]), {"__name__": "generated"})
    except ValueError:
        L.exception("at last")
    del code


@place("breadcrumb", 100)
def _(values: Values) -> None:
    each(values, lambda value: L.warning("%s", value))
    log()


@place("breadcrumb, struct_data", 100, objects=True)
def _(values: Values) -> None:
    each(values, lambda value: L.warning("it happens", struct_data={"detail": value}))
    log()


@place("breadcrumb of sentry-sdk", 100)
def _(values: Values) -> None:
    each(values, lambda value: sentry_sdk.add_breadcrumb(message=value, category="app"))
    log()


@place("breadcrumb of sentry-sdk, data", 100, objects=True)
def _(values: Values) -> None:
    each(values, lambda value: sentry_sdk.add_breadcrumb(message="it happens", category="app", data={"detail": value}))
    log()


@place("tag", 20)
def _(values: Values) -> None:
    sentry_sdk.set_tags(values.named())
    log()


@place("context", 8, objects=True)
def _(values: Values) -> None:
    sentry_sdk.set_context("order", values.named())
    log()


@place("extra of a scope", 8, objects=True)
def _(values: Values) -> None:
    sentry_sdk.get_current_scope().update_from_kwargs(extras=values.named())
    log()


@place("user", 6)
def _(values: Values) -> None:
    sentry_sdk.set_user({"id": values[0], "data": values.named()})
    log()


@place("fingerprint", 5)
def _(values: Values) -> None:
    sentry_sdk.get_current_scope().fingerprint = list(values)
    log()


@place("name of the logger")
def _(values: Values) -> None:
    logging.getLogger(values[0]).error("it failed")
    logging.Logger.manager.loggerDict.pop(values[0], None)


@place("name of a thread")
def _(values: Values) -> None:
    scope = sentry_sdk.get_isolation_scope()

    def run() -> None:
        with sentry_sdk.scope.use_isolation_scope(scope):
            log()
            with _transaction():
                pass

    thread = threading.Thread(target=run, name=values[0])
    thread.start()
    thread.join()


def request(values: Values, parts: Callable[[Values], dict[str, Any]]) -> None:
    """Send an event of a request."""
    sentry_sdk.capture_event(
        {"message": "it failed", "level": "error", "request": {"url": "http://shop/", **parts(values)}}
    )


@place("request, url")
def _(values: Values) -> None:
    request(values, lambda values: {"url": f"http://shop/{values[0]}"})


@place("request, query")
def _(values: Values) -> None:
    request(values, lambda values: {"query_string": f"name={values[0]}"})


@place("request, headers", 20)
def _(values: Values) -> None:
    request(values, lambda values: {"headers": {f"X-{key}": value for key, value in values.named().items()}})


@place("request, harmless header")
def _(values: Values) -> None:
    request(values, lambda values: {"headers": {"User-Agent": values[0], "X-Request-Id": values[0]}})


@place("request, cookies", 20)
def _(values: Values) -> None:
    request(values, lambda values: {"cookies": values.named()})


@place("request, body", 20, objects=True)
def _(values: Values) -> None:
    request(values, lambda values: {"data": values.named()})


@place("request, body as text")
def _(values: Values) -> None:
    request(values, lambda values: {"data": values[0]})


@place("modules", 20)
def _(values: Values) -> None:
    sentry_sdk.capture_event({"message": "it failed", "level": "error", "modules": values.named()})


def _transaction(name: str = "job") -> Any:
    if THREE:
        return sentry_sdk.start_span(name=name, parent_span=None)
    return sentry_sdk.start_transaction(op="task", name=name)


def _span(name: str) -> Any:
    return sentry_sdk.start_span(name=name) if THREE else sentry_sdk.start_span(op="db", name=name)


def _tell(span: Any, key: str, value: Any) -> None:
    (span.set_attribute if THREE else span.set_data)(key, value)


@place("span", 50)
def _(values: Values) -> None:
    with _transaction():
        for value in values:
            with _span(value):
                pass


@place("span, data", 50, objects=True)
def _(values: Values) -> None:
    with _transaction():
        for value in values:
            with _span("select") as span:
                _tell(span, "detail", value)


@place("transaction")
def _(values: Values) -> None:
    with _transaction(values[0]):
        pass


@place("transaction, data", 8, objects=True)
def _(values: Values) -> None:
    with _transaction() as transaction:
        for key, value in values.named().items():
            _tell(transaction, key, value)


@place("transaction of an event")
def _(values: Values) -> None:
    sentry_sdk.get_current_scope().set_transaction_name(values[0])
    log()


@place("attachment, name", 5)
def _(values: Values) -> None:
    each(values, lambda value: sentry_sdk.get_current_scope().add_attachment(bytes=b"content", filename=value))
    log()


@place("monitor")
def _(values: Values) -> None:
    tag = sentry_sdk.get_isolation_scope()._tags["batch"]
    sentry_sdk.crons.capture_checkin(
        monitor_slug=values[0], status="ok", check_in_id=f"{int(tag):032d}", monitor_config={"schedule": values[0]}
    )


@place("log of sentry-sdk", 10, objects=True)
def _(values: Values) -> None:
    sentry_sdk.logger.error("it failed {detail}", attributes=values.named(), detail=str(values[0]))


@place("metric", 10)
def _(values: Values) -> None:
    sentry_sdk.metrics.count("failures", 1, attributes=values.named())


WEB: dict[str, Callable[[Values], dict[str, Any]]] = {
    "web request, path": lambda values: {"path": f"/{quote(values[0], safe='')}"},
    "web request, query": lambda values: {"params": values.named()},
    "web request, headers": lambda values: {
        "headers": {f"X-{key}": _line(text) for key, text in values.named().items()}
    },
    "web request, harmless header": lambda values: {"headers": {"User-Agent": _line(values[0])}},
    "web request, cookies": lambda values: {
        "headers": {"Cookie": "; ".join(f"a{i}={_line(v)}" for i, v in enumerate(values))}
    },
    "web request, JSON": lambda values: {"json": {"order": values.named()}},
    "web request, body": lambda values: {"data": values[0].encode(), "headers": {"Content-Type": "text/plain"}},
    "web request, form": lambda values: {"data": values.named()},
    "web request, multipart": lambda values: {"data": _multipart(values)},
}
"""Places in requests to a real server: what the client is given, beside `path`."""

PLACES |= {
    name: Place(lambda _: None, 8 if "harmless" not in name and name[-4:] not in ("path", "body") else 1)
    for name in WEB
}

BY_NAME: dict[str, Put] = {
    "struct_data": lambda values: L.error("it failed", struct_data=dict(values)),
    "extra of a log record": lambda values: L.error("it failed", extra=dict(values)),
    "local variable": lambda values: _in_frame(values, dict),
    "local variable, in a dict": lambda values: _in_frame(values, lambda values: {"payload": dict(values)}),
    "breadcrumb, struct_data": lambda values: (L.warning("it happens", struct_data=dict(values)), log()),
    "context": lambda values: (sentry_sdk.set_context("order", dict(values)), log()),
    "extra of a scope": lambda values: (sentry_sdk.get_current_scope().update_from_kwargs(extras=dict(values)), log()),
    "tag": lambda values: (sentry_sdk.set_tags(dict(values)), log()),
    "request, body": lambda values: request(values, lambda values: {"data": dict(values)}),
    "request, headers": lambda values: request(values, lambda values: {"headers": dict(values)}),
    "request, cookies": lambda values: request(values, lambda values: {"cookies": dict(values)}),
    "request, query": lambda values: request(values, lambda values: {"query_string": urlencode(dict(values))}),
    "log of sentry-sdk": lambda values: sentry_sdk.logger.error("it failed", attributes=dict(values)),
}
"""Places where values have names; these are given pairs of a name and a value."""
WEB |= {
    "by name, web request, query": lambda values: {"params": dict(values)},
    "by name, web request, headers": lambda values: {"headers": {_token(key): text for key, text in values}},
    "by name, web request, cookies": lambda values: {
        "headers": {"Cookie": "; ".join(f"{_token(key)}={text}" for key, text in values)}
    },
    "by name, web request, JSON": lambda values: {"json": {"order": dict(values)}},
    "by name, web request, form": lambda values: {"data": dict(values)},
    "by name, web request, multipart": lambda values: {"data": _multipart(values)},
}
NAMED_PLACES = [*(f"by name, {name}" for name in BY_NAME), *(name for name in WEB if name.startswith("by name, "))]
PLACES |= {f"by name, {name}": Place(put, 6) for name, put in BY_NAME.items()}
PLACES |= {name: Place(lambda _: None, 6) for name in NAMED_PLACES if name in WEB}


def _token(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name)


def _line(text: str) -> str:
    return " ".join(text.split()).encode("latin-1", "replace").decode("latin-1")


def _multipart(values: Values) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    for key, text in values if isinstance(values[0], tuple) else values.named().items():
        writer.append(text).set_content_disposition("form-data", quote_fields=False, name=key)
    return writer


def put(name: str, batch: int, values: Values) -> None:
    """Put values in a place; what is sent tells the number of the batch."""
    with sentry_sdk.isolation_scope() as scope:
        scope.clear()
        mark(batch)
        PLACES[name].put(values)


def mark(batch: int) -> None:
    """Let what is sent from here on tell the number of the batch."""
    scope = sentry_sdk.get_isolation_scope()
    scope.set_tag("batch", str(batch))
    if hasattr(scope, "set_attribute"):
        scope.set_attribute("batch", str(batch))


def chunks(name: str, values: list[Any]) -> Iterator[list[Any]]:
    """Yield values, as many as are put in a place at once."""
    size = PLACES[name].at_once
    for start in range(0, len(values), size):
        yield values[start : start + size]
