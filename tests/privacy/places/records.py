"""Places in log records and breadcrumbs."""

import sentry_sdk

from .registry import L, Values, each, log, place


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


@place("struct_data", 15, objects=True)
def _(values: Values) -> None:
    L.error("it failed", struct_data=values.named())


@place("struct_data, nested", 10, objects=True)
def _(values: Values) -> None:
    L.error("it failed", struct_data={"a": [{"b": value} for value in values]})


@place("extra of a log record", 8, objects=True)
def _(values: Values) -> None:
    L.error("it failed", extra=values.named())


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


@place("capture_message")
def _(values: Values) -> None:
    sentry_sdk.capture_message(values[0])
