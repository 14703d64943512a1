"""PubSub: each delivery of a message is a unit of work."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from ...patches import replace
from ...pipeline import exception_marks
from ...runtime.guards import attempt
from ..tracebacks import step_aside
from ..work import scopes


def install(pubsub: Any) -> Callable[[], None]:
    """Deliver the messages of an `asab.PubSub` as units of work; return the function that ends it."""
    # Private, because subscribers are looked up and called in one go; `publish` and its asynchronous form both use it.
    deliver = functools.partial(functools.partial, _deliver)

    def make(subscribers: Callable[[str], Iterator[Callable[..., Any]]]) -> Callable[[str], Iterator[Any]]:
        return lambda message_type: map(deliver, subscribers(message_type))

    return replace(pubsub, "_callback_iter", make)


def _deliver(callback: Callable[..., Any], message_type: Any, *args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True  # from events, as sentry-sdk hides its own frames
    try:
        with scopes.Unit():
            return callback(message_type, *args, **kwargs)
    except BaseException as error:
        attempt("The message of a delivery is not known", exception_marks.note_delivery, error, message_type)
        step_aside(error)
        raise
