"""Counts of what was sent, lost and waits, as metrics of `asab.MetricsService`."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from ..runtime.diagnostics import reason, say

METRICS_SERVICE = "asab.MetricsService"


class Published:
    """Hands totals to `asab.MetricsService` each time that it flushes: what was added since the last time."""

    def __init__(self, app: Any, name: str, totals: Callable[[], Mapping[str, int]], text: str) -> None:
        self._totals = totals
        self._added: dict[str, int] = {}
        service = app.get_service(METRICS_SERVICE)
        self._counter = service.create_counter(name, init_values=dict.fromkeys(totals(), 0), help=text)
        app.PubSub.subscribe("Metrics.flush!", self.flush)

    def flush(self, message_type: str) -> None:  # noqa: ARG002  # PubSub gives it
        """Add what was counted since the last time."""
        for name, total in dict(self._totals()).items():
            before = self._added.get(name, 0)
            self._counter.add(name, total - before if total >= before else total)  # they begin anew in a forked child
            self._added[name] = total


class Measured:
    """Hands a number to `asab.MetricsService` each time that it flushes: as it is then."""

    def __init__(self, app: Any, name: str, value: Callable[[], float], text: str, *, unit: str | None = None) -> None:
        self._value = value
        service = app.get_service(METRICS_SERVICE)
        self._gauge = service.create_gauge(name, init_values={"events": value()}, help=text, unit=unit)
        app.PubSub.subscribe("Metrics.flush!", self.flush)

    def flush(self, message_type: str) -> None:  # noqa: ARG002  # PubSub gives it
        """Measure."""
        self._gauge.set("events", self._value())


class Scores:
    """Hands numbers by route to `asab.MetricsService` each time that it flushes: as they are then."""

    def __init__(self, app: Any, name: str, scores: Callable[[], Mapping[str, float]], text: str) -> None:
        self._scores = scores
        self._name, self._text = name, text
        self._service = app.get_service(METRICS_SERVICE)
        self._gauges: dict[str, Any] = {}
        app.PubSub.subscribe("Metrics.flush!", self.flush)

    def flush(self, message_type: str) -> None:  # noqa: ARG002  # PubSub gives it
        """Measure."""
        for route, score in self._scores().items():
            if route not in self._gauges:
                self._gauges[route] = self._service.create_gauge(self._name, tags={"route": route}, help=self._text)
            self._gauges[route].set("score", score)


def publish(
    app: Any,
    *,
    sent: Callable[[], Mapping[str, int]],
    dropped: Callable[[], Mapping[str, int]],
    waiting: Callable[[], int],
    longest_wait: Callable[[], float],
    apdex: Callable[[], Mapping[str, float]] | None = None,
) -> Any:
    """Make the metrics of the service, `sentry_...`, where the application has metrics; None where not."""
    if app.get_service(METRICS_SERVICE) is None:
        return None
    try:
        return (
            Published(app, "sentry_sent", sent, "Counts what Sentry has taken per minute."),
            Published(app, "sentry_dropped", dropped, "Counts what does not reach Sentry per minute, by reason."),
            Measured(app, "sentry_waiting", waiting, "How many events and check-ins wait to be sent."),
            Measured(app, "sentry_longest_wait", longest_wait, "How long the oldest has waited.", unit="seconds"),
            None if apdex is None else Scores(app, "sentry_apdex", apdex, "How fast requests are answered, by route."),
        )
    except Exception as error:
        say(logging.ERROR, f"Metrics could not be made ({reason(error)})", exc_info=True)
        return None
