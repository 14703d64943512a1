"""Places in transactions, spans, threads, monitors, logs and metrics."""

import threading
from typing import Any

import sentry_sdk
from far import THREE

from .registry import Values, log, place


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
