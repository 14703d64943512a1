"""The rows: what is done, how often in one go, and the ratio to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """A row of one thread; `name` is what the sides are asked for."""

    name: str
    title: str
    count: int
    target: float | None = None
    tracing: str = "off"
    over_bare: bool = False
    """Whether the cost on the side without Sentry is subtracted from both."""
    rounds: int = 0
    """How many, where it is another number than that of all others."""


@dataclass(frozen=True)
class Web:
    """A row of web requests: the CPU of the whole process."""

    name: str
    title: str
    path: str
    count: int
    target: float | None = None
    rate: str = "off"
    limits: str = "default"


RECORDS = (
    Plan("record.info", "INFO record to breadcrumb", 4000, 1 / 4, over_bare=True),
    Plan("record.number", "the same, with another number each time", 1000, over_bare=True),
    Plan("record.word", "the same, with another word each time", 1000, over_bare=True),
    Plan("record.log", "INFO record to breadcrumb and log", 1000, 1.0, over_bare=True),
    Plan("record.log.number", "the same, with another number each time", 1000, 1.0, over_bare=True),
    Plan("record.log.word", "the same, with another word each time", 1000, 1.0, over_bare=True),
    Plan("record.log.all", "the same, all threads", 1000, 1.0, over_bare=True),
    Plan("record.error.0", "ERROR record to event, no breadcrumbs", 100, 2 / 3, over_bare=True),
    Plan("record.error.100", "ERROR record to event, 100 breadcrumbs", 100, 1 / 5, over_bare=True),
    Plan("record.exception.100", "L.exception, 16 frames, 100 breadcrumbs", 40, 1 / 3, over_bare=True),
    Plan("texts.plain", "ERROR record of 8 kB, never seen before", 20, over_bare=True),
    Plan("texts.hostile", "the same, made to cost much", 20, over_bare=True),
    Plan("texts.known", "the same, plain, 2,000 known secrets", 20, over_bare=True),
    Plan("capture.exception", "capture_exception", 100, 1.1),
    Plan("capture.message", "capture_message", 100, 1.1),
    Plan("keep.5", "delivery: keep an event of 5 kB", 100),
    Plan("keep.50", "delivery: keep an event of 50 kB", 50),
    Plan("keep.500", "delivery: keep an event of 500 kB", 20),
    Plan("set_tag", "set_tag", 10000),
    Plan("set_context", "set_context", 10000),
    Plan("transaction", "transaction with a span, tracing off", 1000, 1 / 10),
    Plan("transaction", "transaction with a span, not sampled", 1000, 1 / 4, tracing="0"),
    Plan("transaction", "transaction with a span, sampled", 200, 1.0, tracing="1"),
    Plan("task", "asyncio task with a scope of its own", 4000, 1 / 2, over_bare=True),
    Plan("turn", "turn of the event loop", 20000),
    Plan("storm", "an equal error of 20,000", 20000, 1 / 50, over_bare=True, rounds=1),
    Plan("suppressed.error", "suppressed ERROR record", 2000, over_bare=True),
    Plan("suppressed.exception", "suppressed L.exception, 16 frames", 500, over_bare=True),
    Plan("stall", "longest of 1,000 steps of 100 breadcrumbs", 1),
)
"""Lines that are run again and again, envelopes thrown away, sentry-sdk with the options that this package has."""

ROAD = (
    Plan("info", "INFO record", 400, 0.15),
    Plan("error.0", "ERROR record, no breadcrumbs", 40, 0.5),
    Plan("error.cold", "the same, one alone after silence", 4, 0.5),
    Plan("error.100", "ERROR record, 100 breadcrumbs", 20, 0.15),
    Plan("exception.100", "L.exception, 16 frames, 100 breadcrumbs", 15, 0.1),
)
"""Lines that were never run, a live server, sentry-sdk with its defaults."""

WEB = (
    Web("web", "web request, tracing off", "/item/7", 800, 1 / 3),
    Web("web", "web request, 1 % sampled", "/item/7", 800, 1 / 3, rate="0.01"),
    Web("web", "web request, all sampled", "/item/7", 400, 1.0, rate="1"),
    Web("web", "failing web request, default limits", "/fails/7", 160),
    Web("web", "failing web request, each an event", "/fails/7", 160, 1 / 4, limits="off"),
)

ROAD_WEB = (
    Web("road.web.off", "web request, tracing off", "/item/7", 800, 0.1),
    Web("road.web.notices", "web request with 10 NOTICE records", "/notices/7", 400, 0.25),
    Web("road.web.fails", "failing web request, each an event", "/fails/7", 80, 0.15),
)
