"""Places in the parts of an event that an application adds to."""

import logging

import sentry_sdk

from .registry import Values, each, log, place


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


@place("modules", 20)
def _(values: Values) -> None:
    sentry_sdk.capture_event({"message": "it failed", "level": "error", "modules": values.named()})


@place("attachment, name", 5)
def _(values: Values) -> None:
    each(values, lambda value: sentry_sdk.get_current_scope().add_attachment(bytes=b"content", filename=value))
    log()
