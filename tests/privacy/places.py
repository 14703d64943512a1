"""Places in what is sent: each puts values where an application, its requests or its libraries would put them."""

import linecache
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import sentry_sdk

Put = Callable[[list[Any]], None]


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


def named(values: list[Any]) -> dict[str, Any]:
    """Return values under names that say nothing."""
    return {f"field{number}": value for number, value in enumerate(values)}


def fail() -> None:
    """Log an exception that holds nothing itself."""
    try:
        raise ValueError("it failed")
    except ValueError:
        L.exception("at last")


def log() -> None:
    """Log an error that holds nothing itself."""
    L.error("at last")


def raised(error: BaseException) -> None:
    """Log an exception."""
    try:
        raise error
    except BaseException:
        L.exception("at last")


L = logging.getLogger("app")


@place("message")
def _(values: list[Any]) -> None:
    L.error(values[0])


@place("message, argument")
def _(values: list[Any]) -> None:
    L.error("it failed: %s", values[0])


@place("message, argument by repr", objects=True)
def _(values: list[Any]) -> None:
    L.error("it failed: %r", values[0])


@place("message, formatted", objects=True)
def _(values: list[Any]) -> None:
    L.error(f"it failed: {values[0]}")


@place("capture_message")
def _(values: list[Any]) -> None:
    sentry_sdk.capture_message(values[0])


@place("struct_data", 15, objects=True)
def _(values: list[Any]) -> None:
    L.error("it failed", struct_data=named(values))


@place("struct_data, nested", 10, objects=True)
def _(values: list[Any]) -> None:
    L.error("it failed", struct_data={"a": [{"b": value} for value in values]})


@place("extra of a log record", 8, objects=True)
def _(values: list[Any]) -> None:
    L.error("it failed", extra=named(values))


@place("exception")
def _(values: list[Any]) -> None:
    raised(RuntimeError(values[0]))


@place("exception, argument", objects=True)
def _(values: list[Any]) -> None:
    raised(RuntimeError("refused", values[0]))


@place("KeyError", objects=True)
def _(values: list[Any]) -> None:
    raised(KeyError(values[0] if isinstance(values[0], str) else repr(values[0])))


@place("exception, chained", 3)
def _(values: list[Any]) -> None:
    error: BaseException | None = None
    for value in values:
        link = RuntimeError(value)
        link.__cause__ = error
        error = link
    outer = RuntimeError("refused")
    outer.__cause__ = error
    raised(outer)


@place("exception group", 5)
def _(values: list[Any]) -> None:
    raised(ExceptionGroup("several", [RuntimeError(value) for value in values]))


@place("exception note", 2)
def _(values: list[Any]) -> None:
    error = RuntimeError("refused")
    for value in values:
        error.add_note(value)
    raised(error)


@place("exception type")
def _(values: list[Any]) -> None:
    raised(type(values[0], (RuntimeError,), {})("refused"))


def _in_frame(variables: dict[str, Any]) -> None:
    try:
        exec("raise ValueError('it failed')", {}, variables)  # a frame with these variables
    except ValueError:
        L.exception("at last")


@place("local variable", 6, objects=True)
def _(values: list[Any]) -> None:
    _in_frame(named(values))


@place("local variable, in a dict", 4, objects=True)
def _(values: list[Any]) -> None:
    _in_frame({"payload": named(values)})


@place("local variable, in a list", 4, objects=True)
def _(values: list[Any]) -> None:
    _in_frame({"items": [values]})


class Shown:
    """An object that shows what it holds."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Shown {self.text}>"


@place("local variable, in a repr", 4)
def _(values: list[Any]) -> None:
    _in_frame(named([Shown(value) for value in values]))


@place("local variable, bytes", 4)
def _(values: list[Any]) -> None:
    _in_frame(named([value.encode() for value in values]))


@place("source lines", 5)
def _(values: list[Any]) -> None:
    # Each in a file of its own, as what a place in the code holds is remembered.
    _source.count += 1
    name = f"/app/generated{_source.count}.py"
    lines = [f"# {' '.join(value.splitlines())}\n" if "\n" in value else f"{value}\n" for value in values]
    lines += ["raise ValueError('it failed')\n"]
    linecache.cache[name] = sum(map(len, lines)), None, lines, name
    code = compile("\n" * len(values) + "raise ValueError('it failed')\n", name, "exec")
    try:
        exec(code, {})
    except ValueError:
        L.exception("at last")


class _source:
    count = 0


@place("name of a file and a function")
def _(values: list[Any]) -> None:
    code = compile("raise ValueError('it failed')", f"/app/{values[0].splitlines()[0]}.py", "exec")
    try:
        exec(code.replace(co_name=values[0]), {})
    except ValueError:
        L.exception("at last")


@place("breadcrumb", 100)
def _(values: list[Any]) -> None:
    for value in values:
        L.warning("%s", value)
    log()


@place("breadcrumb, struct_data", 100, objects=True)
def _(values: list[Any]) -> None:
    for value in values:
        L.warning("it happens", struct_data={"detail": value})
    log()


@place("breadcrumb of sentry-sdk", 100)
def _(values: list[Any]) -> None:
    for value in values:
        sentry_sdk.add_breadcrumb(message=value, category="app")
    log()


@place("breadcrumb of sentry-sdk, data", 100, objects=True)
def _(values: list[Any]) -> None:
    for value in values:
        sentry_sdk.add_breadcrumb(message="it happens", category="app", data={"detail": value})
    log()


@place("tag", 20)
def _(values: list[Any]) -> None:
    sentry_sdk.set_tags(named(values))
    log()


@place("context", 8, objects=True)
def _(values: list[Any]) -> None:
    sentry_sdk.set_context("order", named(values))
    log()


@place("extra of a scope", 8, objects=True)
def _(values: list[Any]) -> None:
    for key, value in named(values).items():
        sentry_sdk.get_current_scope().set_extra(key, value)
    log()


@place("user", 6)
def _(values: list[Any]) -> None:
    sentry_sdk.set_user({"id": values[0], "data": named(values[1:])})
    log()


@place("fingerprint", 5)
def _(values: list[Any]) -> None:
    sentry_sdk.get_current_scope().fingerprint = list(values)
    log()


@place("name of the logger")
def _(values: list[Any]) -> None:
    logging.getLogger(values[0]).error("it failed")
    logging.Logger.manager.loggerDict.pop(values[0], None)


@place("name of a thread")
def _(values: list[Any]) -> None:
    scope = sentry_sdk.get_isolation_scope()

    def run() -> None:
        with sentry_sdk.scope.use_isolation_scope(scope):
            log()
            with _transaction():
                pass

    thread = threading.Thread(target=run, name=values[0])
    thread.start()
    thread.join()


def request(**parts: Any) -> None:
    """Send an event of a request."""
    sentry_sdk.capture_event({"message": "it failed", "level": "error", "request": {"url": "http://shop/", **parts}})


@place("request, url")
def _(values: list[Any]) -> None:
    request(url=f"http://shop/{values[0]}")


@place("request, query")
def _(values: list[Any]) -> None:
    request(query_string=f"name={values[0]}")


@place("request, headers", 20)
def _(values: list[Any]) -> None:
    request(headers={f"X-{name}": value for name, value in named(values).items()} | {"User-Agent": values[0]})


@place("request, harmless header")
def _(values: list[Any]) -> None:
    request(headers={"User-Agent": values[0], "X-Request-Id": values[0]})


@place("request, cookies", 20)
def _(values: list[Any]) -> None:
    request(cookies=named(values))


@place("request, body", 20, objects=True)
def _(values: list[Any]) -> None:
    request(data=named(values))


@place("request, body as text")
def _(values: list[Any]) -> None:
    request(data=values[0])


@place("modules", 20)
def _(values: list[Any]) -> None:
    sentry_sdk.capture_event({"message": "it failed", "level": "error", "modules": named(values)})


def _transaction(name: str = "job") -> Any:
    return sentry_sdk.start_transaction(op="task", name=name)


@place("span", 50)
def _(values: list[Any]) -> None:
    with _transaction():
        for value in values:
            with sentry_sdk.start_span(op="db", name=value):
                pass


@place("span, data", 50, objects=True)
def _(values: list[Any]) -> None:
    with _transaction():
        for value in values:
            with sentry_sdk.start_span(op="db", name="select") as span:
                span.set_data("detail", value)


@place("transaction")
def _(values: list[Any]) -> None:
    with _transaction(values[0]):
        pass


@place("transaction, data", 8, objects=True)
def _(values: list[Any]) -> None:
    with _transaction() as transaction:
        for key, value in named(values).items():
            transaction.set_data(key, value)


@place("transaction of an event")
def _(values: list[Any]) -> None:
    sentry_sdk.get_current_scope().set_transaction_name(values[0])
    log()


@place("attachment, name", 5)
def _(values: list[Any]) -> None:
    for value in values:
        sentry_sdk.get_current_scope().add_attachment(bytes=b"content", filename=value)
    log()


@place("monitor")
def _(values: list[Any]) -> None:
    tag = sentry_sdk.get_isolation_scope()._tags["batch"]
    sentry_sdk.crons.capture_checkin(
        monitor_slug=values[0], status="ok", check_in_id=f"{int(tag):032d}", monitor_config={"schedule": values[0]}
    )


@place("log of sentry-sdk", 10, objects=True)
def _(values: list[Any]) -> None:
    sentry_sdk.logger.error("it failed {detail}", attributes=named(values), detail=str(values[0]))


@place("metric", 10)
def _(values: list[Any]) -> None:
    sentry_sdk.metrics.count("failures", 1, attributes=named(values))


def put(name: str, batch: int, values: list[Any]) -> None:
    """Put values in a place; what is sent tells the number of the batch."""
    with sentry_sdk.isolation_scope() as scope:
        scope.clear()
        scope.set_tag("batch", str(batch))
        scope.set_attribute("batch", str(batch)) if hasattr(scope, "set_attribute") else None
        PLACES[name].put(values)


def chunks(name: str, values: list[Any]) -> Iterator[list[Any]]:
    """Yield values, as many as are put in a place at once."""
    size = PLACES[name].at_once
    for start in range(0, len(values), size):
        yield values[start : start + size]
