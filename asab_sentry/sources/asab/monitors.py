"""Monitors of the application itself: ASAB's housekeeping, and a heartbeat that says that the loop is alive."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import asab
import asab.pubsub

from ...config.options import Options
from ..tracebacks import step_aside
from ..work import crons
from .pubsub import Subscribers, Watch, subscribe

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


def watches(options: Options) -> dict[str, Watch]:
    """Return what watches the deliveries of messages, by their types, as `[sentry:monitors] housekeeping` says."""
    if options.housekeeping is None:
        return {}
    at = asab.Config.get("housekeeping", "at", fallback="03:00")
    return {HOUSEKEEPING: _housekeeping(options.housekeeping, housekeeping_config(at))}


def housekeeping_config(at: str) -> crons.Config:
    """Return how Sentry is to judge the housekeeping that ASAB does each day at a time of UTC, as in `03:00`."""
    hour, _, minute = at.partition(":")
    crontab = f"{int(minute)} {int(hour)} * * *"
    return {
        "schedule": {"type": "crontab", "value": crontab},
        "checkin_margin": HOUSEKEEPING_MARGIN,
        "timezone": "UTC",
    }


def install_heartbeat(pubsub: Any, slug: str) -> Callable[[], None]:
    """Check in once a minute, by the ticks of the application; return the function that ends it."""

    def beat(message_type: str) -> None:  # noqa: ARG001  # PubSub gives it
        crons.check_in(slug, "ok", HEARTBEAT_CONFIG)

    return subscribe(pubsub, HEARTBEAT, beat)


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


def _housekeeping(slug: str, config: crons.Config) -> Watch:
    # Private: subscribers that are coroutines come wrapped in it, and it returns before they have ended.
    deliver_async = asab.pubsub._deliver_async  # noqa: SLF001

    def watch(subscribers: Subscribers) -> Iterator[Callable[..., Any]]:
        this = _Round(slug, config)
        for callback in subscribers:
            if isinstance(callback, functools.partial) and callback.func is deliver_async:
                loop, function = callback.args
                yield functools.partial(deliver_async, loop, this.watched_coroutine(function))
            else:
                yield this.watched(callback)
        this.done()

    return watch
