"""Monitors of the application itself: ASAB's housekeeping, and a heartbeat that says that the loop is alive."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import asab
import asab.pubsub

from ...config.options import Options
from ...patches import replace
from ..tracebacks import step_aside
from ..work import crons

HOUSEKEEPING = "Application.housekeeping!"
HEARTBEAT = "Application.tick/60!"

HEARTBEAT_CONFIG: crons.Config = {
    "schedule": {"type": "interval", "value": 1, "unit": "minute"},
    # A restart takes a moment, and ticks begin anew with it.
    "checkin_margin": 3,
    "max_runtime": 1,
}

HOUSEKEEPING_MARGIN = 15
"""Minutes; ASAB looks every ten whether it is time."""


def install(app: asab.Application, options: Options) -> Callable[[], None]:
    """Watch what is configured in `[sentry:monitors]`; return the function that ends it."""
    undo = contextlib.ExitStack()
    if options.heartbeat is not None:
        undo.callback(_heartbeat(app.PubSub, options.heartbeat))
    if options.housekeeping is not None:
        at = asab.Config.get("housekeeping", "at", fallback="03:00")
        undo.callback(_housekeeping(app.PubSub, options.housekeeping, housekeeping_config(at)))
    return undo.close


def housekeeping_config(at: str) -> crons.Config:
    """Return how Sentry is to judge the housekeeping that ASAB does each day at a time of UTC, as in `03:00`."""
    hour, _, minute = at.partition(":")
    crontab = f"{int(minute)} {int(hour)} * * *"
    return {
        "schedule": {"type": "crontab", "value": crontab},
        "checkin_margin": HOUSEKEEPING_MARGIN,
        "timezone": "UTC",
    }


def _heartbeat(pubsub: Any, slug: str) -> Callable[[], None]:
    def beat(message_type: str) -> None:  # noqa: ARG001  # PubSub gives it
        crons.check_in(slug, "ok", HEARTBEAT_CONFIG)

    pubsub.subscribe(HEARTBEAT, beat)
    # PubSub itself holds its subscribers weakly.
    return lambda: pubsub.unsubscribe(HEARTBEAT, beat)


class _Round:
    """One housekeeping: it ends when its last subscriber has ended."""

    def __init__(self, slug: str, config: crons.Config) -> None:
        self._end = crons.begin(slug, config)
        self._open = 1  # that subscribers are being called
        self._well = True

    def done(self, *, well: bool = True) -> None:
        self._open -= 1
        self._well = self._well and well
        if self._open == 0:
            self._end(self._well)

    def watched(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        self._open += 1

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                result = callback(*args, **kwargs)
            except BaseException as error:
                self.done(well=False)
                step_aside(error)
                raise
            self.done()
            return result

        return call

    def watched_coroutine(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        self._open += 1

        @functools.wraps(callback)
        async def call(*args: Any, **kwargs: Any) -> Any:
            try:
                result = await callback(*args, **kwargs)
            except BaseException as error:
                self.done(well=False)
                step_aside(error)
                raise
            self.done()
            return result

        return call


def _housekeeping(pubsub: Any, slug: str, config: crons.Config) -> Callable[[], None]:
    # Private, as in `sources.asab.pubsub`: there is no other place where all subscribers are seen.
    deliver_async = asab.pubsub._deliver_async  # noqa: SLF001

    def make(subscribers: Callable[[str], Iterator[Callable[..., Any]]]) -> Callable[[str], Iterator[Any]]:
        def callbacks(message_type: str) -> Iterator[Callable[..., Any]]:
            if message_type != HOUSEKEEPING:
                yield from subscribers(message_type)
                return
            this = _Round(slug, config)
            for callback in subscribers(message_type):
                if isinstance(callback, functools.partial) and callback.func is deliver_async:
                    loop, function = callback.args
                    yield functools.partial(deliver_async, loop, this.watched_coroutine(function))
                else:
                    yield this.watched(callback)
            this.done()

        return callbacks

    return replace(pubsub, "_callback_iter", make)
