"""PubSub: each delivery of a message is a unit of work."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from . import scopes


def install(pubsub: Any) -> Callable[[], None]:
    """Deliver the messages of an `asab.PubSub` as units of work; return the function that ends it."""
    # Private, because subscribers are looked up and called in one go; `publish` and its asynchronous form both use it.
    subscribers = pubsub._callback_iter  # noqa: SLF001

    def callbacks(message_type: str) -> Iterator[Callable[..., Any]]:
        for callback in subscribers(message_type):
            yield functools.partial(_deliver, callback)

    pubsub._callback_iter = callbacks  # noqa: SLF001

    def uninstall() -> None:
        pubsub._callback_iter = subscribers  # noqa: SLF001

    return uninstall


def message_type(error: BaseException) -> Any:
    """Return the type of the message in whose delivery by the event loop an exception was raised, or None."""
    traceback = error.__traceback__
    # The first frame is that of the event loop.
    delivery = traceback.tb_next.tb_frame if traceback is not None and traceback.tb_next is not None else None
    if delivery is None or delivery.f_code is not _deliver.__code__:
        return None
    return delivery.f_locals["args"][0]


def _deliver(callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True  # from events, as sentry-sdk hides its own frames
    with scopes.Unit():
        return callback(*args, **kwargs)
