"""One side of the comparison: an ASAB application with nothing, with sentry-sdk alone, or with this package.

Reads the name of a row from standard input, does the work of the row and answers with a line of JSON.
"""

import asyncio
import gc
import itertools
import json
import logging
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, ClassVar

import asab
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.aiohttp import AioHttpIntegration
from sentry_sdk.integrations.asyncio import AsyncioIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import HttpTransport

DSN = "http://public@127.0.0.1:9/1"
DATA = {"order": 7, "customer": "c-1001", "amount": 12.5, "state": "paid", "retry": False}

SDK_LESS = 40
"""Of what this package suppresses sentry-sdk is given so much less: it makes an event of each."""

L: Any = logging.getLogger("bench")  # takes struct_data
Row = Callable[["Side", int], float]
ROWS: dict[str, Row] = {}
FACTS: dict[str, int] = {}
"""What a row noticed beside its CPU time."""


def row(name: str) -> Callable[[Row], Row]:
    """Add a row; its function does the work `count` times and returns the CPU seconds of all."""

    def add(function: Row) -> Row:
        ROWS[name] = function
        return function

    return add


IS_THREE = not hasattr(sentry_sdk, "start_transaction")
"""sentry-sdk 3, which makes no events of log records by itself."""


def options_of_sdk(*, logs: bool) -> dict[str, Any]:
    """Return what sentry-sdk alone is given, so that it does the same work."""
    if IS_THREE:
        level = logging.INFO if logs else None
        return {"integrations": [LoggingIntegration(level=level, event_level=logging.ERROR)]}
    return {
        "enable_logs": logs,
        "integrations": [AioHttpIntegration(transaction_style="method_and_path_pattern")],
    }


class Discarding(HttpTransport):
    """The far end: takes envelopes and counts them."""

    taken = 0

    def capture_envelope(self, envelope: Any) -> None:  # noqa: ARG002
        """Count an envelope."""
        Discarding.taken += 1


class Taken:
    """The answer of a server that takes everything."""

    status = 200
    headers: ClassVar[dict[str, str]] = {}
    data = b"{}"
    error = ""

    def __init__(self) -> None:
        self._left = b"{}"

    def read(self, *_: Any, **__: Any) -> bytes:
        """Return what is left of the answer."""
        part, self._left = self._left, b""
        return part

    def close(self) -> None:
        """Do nothing."""


class Side:
    """The application, and the functions that are compared."""

    def __init__(self, name: str, tracing: str, var_dir: str, row: str = "") -> None:
        storm, logs = row.startswith(("storm", "suppressed")), row.startswith("record.log")
        asab.Config.read_dict({"general": {"var_dir": var_dir}})
        if name == "ours":
            limits = "10" if storm else "off"
            sections = {"sentry": {"data_source_name": DSN}, "sentry:limits": {"issue_events": limits}}
            sections["sentry:limits"]["total_events"] = "100" if storm else "off"
            sections["sentry:logging"] = {"logs": "info" if logs else "off"}
            asab.Config.read_dict(sections)
        rate = {"off": None, "0": 0.0, "1": 1.0}[tracing]
        self.app = asab.Application(args=[])
        self.api: Any = None
        self.asyncio_integration = False
        if name == "sdk":
            self.asyncio_integration = True
            sentry_sdk.init(
                dsn=DSN,
                attach_stacktrace=True,
                traces_sample_rate=rate,
                **options_of_sdk(logs=logs),
            )
            self.api = sentry_sdk
        elif name == "ours":
            import asab_sentry  # noqa: PLC0415  # not on the other sides

            if rate is not None:
                asab.Config["sentry"]["traces_sample_rate"] = str(rate)
            self.api = asab_sentry.SentryService(self.app)
        self.name = name
        client = sentry_sdk.get_client()
        if client.transport is not None:
            # The transport of this side, without a network.
            answer: Any = lambda *_: Taken()  # noqa: E731  # a method, by the name that each side has for it
            self.transport: Any = client.transport
            vars(self.transport).update({"_request": answer, "_ask": answer})
            client.transport = Discarding(client.options)
        root = logging.getLogger()
        root.handlers[:] = [logging.NullHandler()]
        root.setLevel(logging.INFO)

    def breadcrumbs(self, count: int) -> None:
        """Leave `count` breadcrumbs in the current scope."""
        sentry_sdk.get_isolation_scope().clear_breadcrumbs()
        for number in range(count):
            L.info("step %d of the order", number, struct_data=DATA)

    def transaction(self) -> Any:
        """Return a transaction of this side."""
        if self.name == "ours":
            return self.api.transaction("task", "bench")
        if IS_THREE:
            return sentry_sdk.start_span(name="bench", attributes={"sentry.op": "task"}, parent_span=None)
        return sentry_sdk.start_transaction(op="task", name="bench")

    def span(self) -> Any:
        """Return a span of this side."""
        if self.name == "ours":
            return self.api.span("step", "one")
        if IS_THREE:
            return sentry_sdk.start_span(name="one", attributes={"sentry.op": "step"})
        return sentry_sdk.start_span(op="step", name="one")


def timed(function: Callable[[], Any], count: int) -> float:
    """Return the CPU seconds of this thread for `count` calls."""
    began = time.thread_time()
    for _ in range(count):
        function()
    return time.thread_time() - began


@row("record.info")
def info(side: Side, count: int) -> float:
    """INFO record with struct_data."""
    side.breadcrumbs(100)
    return timed(lambda: L.info("step %d of the order", 5, struct_data=DATA), count)


@row("record.number")
def number(side: Side, count: int) -> float:
    """INFO record that differs in a number from the one before."""
    side.breadcrumbs(100)
    return timed(lambda: L.info("step %d of the order", next(_numbers), struct_data=DATA), count)


@row("record.word")
def word(side: Side, count: int) -> float:
    """INFO record that differs in a word from the one before."""
    side.breadcrumbs(100)
    return timed(lambda: L.info("customer c-%x has paid", next(_numbers), struct_data=DATA), count)


_numbers = itertools.count()


@row("record.log")
def log(side: Side, count: int) -> float:
    """INFO record with struct_data, to a breadcrumb and a log; sentry-sdk alone sends no struct_data."""
    side.breadcrumbs(100)
    return timed(lambda: L.info("step %d of the order", 5, struct_data=DATA), count)


@row("record.log.number")
def log_number(side: Side, count: int) -> float:
    """INFO record to a breadcrumb and a log that differs in a number from the one before."""
    side.breadcrumbs(100)
    return timed(lambda: L.info("step %d of the order", next(_numbers), struct_data=DATA), count)


def _log_word() -> None:
    customer = f"c-{next(_numbers) * 7919:x}"
    L.info("customer %s has paid", customer, struct_data=DATA | {"customer": customer})


@row("record.log.word")
def log_word(side: Side, count: int) -> float:
    """INFO record to a breadcrumb and a log that differs in words from the one before, also in struct_data."""
    side.breadcrumbs(100)
    return timed(_log_word, count)


class Serializing(HttpTransport):
    """The far end: takes bytes."""

    def capture_envelope(self, envelope: Any) -> None:
        """Make bytes of an envelope."""
        envelope.serialize()


@row("record.log.all")
def log_all(side: Side, count: int) -> float:
    """INFO record to a log that differs in words from the one before, until there are the bytes of its envelope."""
    side.breadcrumbs(100)
    sentry_sdk.flush()
    client = sentry_sdk.get_client()
    if client.transport is not None:
        client.transport = Serializing(client.options)
    began = time.process_time()
    for _ in range(count):
        _log_word()
    sentry_sdk.flush()
    return time.process_time() - began


@row("record.error.0")
def error_0(side: Side, count: int) -> float:
    """ERROR record without breadcrumbs."""
    total = 0.0
    for _ in range(count):
        side.breadcrumbs(0)
        total += timed(lambda: L.error("order %d failed", 5, struct_data=DATA), 1)
    return total


@row("record.error.100")
def error_100(side: Side, count: int) -> float:
    """ERROR record with 100 breadcrumbs."""
    side.breadcrumbs(100)
    return timed(lambda: L.error("order %d failed", 5, struct_data=DATA), count)


def _texts(unit: str, known: int = 0) -> Row:
    """Return a row of ERROR records of 8 kB that consist of this."""
    numbers = itertools.count()

    def work(side: Side, count: int) -> float:
        # What is in the environment under such a name is known as a secret.
        os.environ.update(
            {f"BENCH_{number}_PASSWORD": f"{number:x}-{number * 7919:x}-{number}" for number in range(known)}
        )
        side.breadcrumbs(0)
        L.error("begin")
        return timed(lambda: L.error("%s", f"{unit * (8000 // len(unit))}{next(numbers)}"[-8000:]), count)

    return work


PLAIN = "2026-11-26 09:33:32,123 INFO shop.orders: order 4711 of customer 12 took 35 ms, state=done, retries: 0; "
ROWS["texts.plain"] = _texts(PLAIN)
ROWS["texts.hostile"] = _texts("('password', ")
ROWS["texts.known"] = _texts(PLAIN, 2000)


def _deep(depth: int, payload: dict[str, Any]) -> None:
    number, text, things = depth, "some text of the frame", list(range(depth))
    if depth == 1:
        raise ValueError(f"{number} {text} {len(things)}")
    _deep(depth - 1, {**payload, f"key{depth}": things})


@row("record.exception.100")
def exception_100(side: Side, count: int) -> float:
    """L.exception with 16 frames with local variables and 100 breadcrumbs."""
    side.breadcrumbs(100)
    total = 0.0
    for _ in range(count):
        try:
            _deep(16, {})
        except ValueError:
            total += timed(lambda: L.exception("order failed", struct_data=DATA), 1)
    return total


@row("capture.exception")
def capture_exception(side: Side, count: int) -> float:
    """capture_exception of 3 frames."""
    side.breadcrumbs(0)
    total = 0.0
    for _ in range(count):
        try:
            _deep(3, {})
        except ValueError as error:
            total += timed(lambda error=error: side.api.capture_exception(error), 1)  # type: ignore[misc]
    return total


@row("capture.message")
def capture_message(side: Side, count: int) -> float:
    """capture_message."""
    side.breadcrumbs(0)
    return timed(lambda: side.api.capture_message("a message"), count)


@row("set_tag")
def set_tag(side: Side, count: int) -> float:
    """set_tag."""
    return timed(lambda: side.api.set_tag("order", "c-1001"), count)


@row("set_context")
def set_context(side: Side, count: int) -> float:
    """set_context of five values."""
    return timed(lambda: side.api.set_context("order", DATA), count)


@row("transaction")
def transaction(side: Side, count: int) -> float:
    """Measure a transaction with one span."""

    def work() -> None:
        with side.transaction(), side.span():
            pass

    return timed(work, count)


def _keep(size: int) -> Row:
    def work(side: Side, count: int) -> float:
        text = "some text of fifty characters, as in local values."
        data = {f"key{number}": text for number in range(size // 65)}
        envelopes = [Envelope({"event_id": f"{number:032x}"}) for number in range(count)]
        for envelope in envelopes:
            envelope.add_event({"event_id": envelope.headers["event_id"], "contexts": {"data": data}})  # type: ignore[dict-item]
        total, began = 0.0, time.process_time()
        for envelope in envelopes:
            total += timed(lambda envelope=envelope: side.transport.capture_envelope(envelope), 1)  # type: ignore[misc]
            # As no service has errors at this rate, the threads that send are not what is measured.
            side.transport.flush(10)
        FACTS["all_threads_us"] = round((time.process_time() - began) / count * 1e6)
        return total

    return work


for _size in (5, 50, 500):
    row(f"keep.{_size}")(_keep(_size * 1000))


@row("task")
def task(side: Side, count: int) -> float:
    """Creation and end of an asyncio task."""

    async def nothing() -> None:
        pass

    async def main() -> float:
        if side.asyncio_integration:
            # Does something only where a loop runs, and once.
            sentry_sdk.get_client().integrations.setdefault("asyncio", AsyncioIntegration())
            AsyncioIntegration.setup_once()
            side.asyncio_integration = False
        total = 0.0
        for _ in range(count // 100):
            began = time.thread_time()
            await asyncio.gather(*(asyncio.create_task(nothing()) for _ in range(100)))
            total += time.thread_time() - began
        return total

    return side.app.Loop.run_until_complete(main())  # type: ignore[no-any-return]


@row("turn")
def turn(side: Side, count: int) -> float:
    """Turn of the loop of an application that runs, and is looked at where it might be blocked."""

    async def main() -> float:
        side.app.PubSub.publish("Application.run!")
        began = time.thread_time()
        for _ in range(count):
            await asyncio.sleep(0)
        return time.thread_time() - began

    return side.app.Loop.run_until_complete(main())  # type: ignore[no-any-return]


@row("storm")
def storm(side: Side, count: int) -> float:
    """Equal errors, in steps of an event loop that is watched for its longest stall."""

    def fails() -> None:
        try:
            _deep(5, {})
        except ValueError:
            L.exception("order failed", struct_data=DATA)

    # Each costs it the same.
    repeated = SDK_LESS if side.name == "sdk" else 1

    async def main() -> float:
        began = time.thread_time()
        for _ in range(count // repeated // 100):
            before = time.perf_counter()
            for _ in range(100):
                fails()
            FACTS["stall_ms"] = max(FACTS["stall_ms"], round((time.perf_counter() - before) * 1e3))
            await asyncio.sleep(0)
        return time.thread_time() - began

    FACTS["stall_ms"] = 0
    side.breadcrumbs(100)
    spent: float = side.app.Loop.run_until_complete(main())
    return spent * repeated


@row("suppressed.error")
def suppressed_error(side: Side, count: int) -> float:
    """ERROR record that the limits suppress; sentry-sdk sends it."""
    timed(lambda: L.error("order %d failed", 5, struct_data=DATA), 20)
    few = count // SDK_LESS if side.name == "sdk" else count
    return timed(lambda: L.error("order %d failed", 5, struct_data=DATA), few) * count / few


@row("suppressed.exception")
def suppressed_exception(side: Side, count: int) -> float:
    """L.exception that the limits suppress; sentry-sdk sends it."""
    few, total = count // SDK_LESS if side.name == "sdk" else count, 0.0
    for number in range(few + 20):
        try:
            _deep(16, {})
        except ValueError:
            seconds = timed(lambda: L.exception("order failed", struct_data=DATA), 1)
            total += seconds if number >= 20 else 0.0
    return total * count / few


@row("stall")
def stall(side: Side, count: int) -> float:
    """100,000 breadcrumbs in a second, as the longest of 1,000 steps of an event loop, which are to take 1 ms each."""
    side.breadcrumbs(100)
    return count * max(timed(lambda: L.info("step %d of the order", 5, struct_data=DATA), 100) for _ in range(1000))


def memory() -> int:
    """Return the largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Be a side."""
    with tempfile.TemporaryDirectory() as var_dir:
        answer_rows(Side(sys.argv[1], sys.argv[2], var_dir, *sys.argv[3:4]))


def answer_rows(side: Side) -> None:
    """Answer rows until standard input ends."""
    print("{}", flush=True)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        name, count = line.split()
        taken = Discarding.taken
        FACTS.clear()
        answer = {"seconds": ROWS[name](side, int(count)) / int(count)}
        if FACTS:
            answer |= FACTS | {"events": Discarding.taken - taken, "memory": memory()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
