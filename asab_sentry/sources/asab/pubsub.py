"""PubSub: each delivery of a message is a unit of work, and those of some messages are watched."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...patches import replace
from ...pipeline import exception_marks
from ...runtime.guards import attempt
from ..tracebacks import step_aside
from ..work import scopes

Subscribers = Iterable[Callable[..., Any]]
Watch = Callable[[Subscribers], Subscribers]
"""Sees the subscribers of a message that is delivered, and returns what is called for each."""


def subscribe(pubsub: Any, message_type: str, subscriber: Callable[..., None]) -> Callable[[], None]:
    """Subscribe to messages; return the function that ends it, which holds the subscriber: PubSub does so weakly."""
    pubsub.subscribe(message_type, subscriber)
    return functools.partial(pubsub.unsubscribe, message_type, subscriber)


def install(pubsub: Any, watches: Mapping[str, Watch]) -> Callable[[], None]:
    """Deliver the messages of an `asab.PubSub` as units of work; return the function that ends it.

    `watches` are for messages of these types.
    """
    # Private, because subscribers are looked up and called in one go; `publish` and its asynchronous form both use it.
    deliver = functools.partial(functools.partial, _deliver)

    def make(subscribers: Callable[[str], Subscribers]) -> Callable[[str], Iterator[Any]]:
        def callbacks(message_type: str) -> Iterator[Any]:
            watch = watches.get(message_type)
            called = subscribers(message_type)
            return map(deliver, called if watch is None else watch(called))

        return callbacks

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
