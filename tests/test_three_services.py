"""A trace through three services under load: each is a process of its own."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apps
import programs
from far import FarEnd, closed_port
from test_examples import request, wait_for_port

SOURCE = """
import logging, os

import aiohttp, asab, asab.web, asab.web.rest

import asab_sentry

L = logging.getLogger("orders")


class OrdersApp(asab.Application):
    def __init__(self):
        super().__init__(modules=[asab.web.Module])
        self.Sentry = asab_sentry.SentryService(self)
        router = self.get_service("asab.WebService").WebApp.router
        router.add_get("/orders/{number}", self.order)

    async def order(self, request):
        number = int(request.match_info["number"])
        if os.environ["NEXT"]:
            async with aiohttp.ClientSession() as session:
                async with session.get(f"{os.environ['NEXT']}/orders/{number}") as answer:
                    return asab.web.rest.json_response(request, await answer.json())
        with self.Sentry.span("db", "SELECT"):
            if number % 10 == 0:
                L.error("order is missing", struct_data={"number": number})
        return asab.web.rest.json_response(request, {"number": number})


OrdersApp().run()
"""

REQUESTS = 60


@contextlib.contextmanager
def service(directory: Path, dsn: str, port: int, following: str) -> Iterator[None]:
    directory.mkdir()
    (directory / "app.py").write_text(SOURCE)
    limits = "[sentry:limits]\nissue_events=off\ntotal_events=off\n"
    sentry = "[sentry]\ntraces_sample_rate=1\ntransport_queue_size=10000\nshutdown_timeout=20\n"
    (directory / "app.conf").write_text(f"{sentry}{limits}[web]\nlisten=127.0.0.1 {port}\n")
    environ = {"SENTRY_DSN": dsn, "NEXT": following, "HOME": str(directory), "PATH": "/usr/bin:/bin"}
    command = ["app.py", "-c", "app.conf"]
    with programs.service(command, cwd=directory, env=environ, options=apps.WARNINGS) as process:
        wait_for_port(process, port)
        yield


def spans_of(transaction: dict[str, Any]) -> set[str]:
    """Return the ids of a transaction and of its spans."""
    return {transaction["contexts"]["trace"]["span_id"], *(span["span_id"] for span in transaction["spans"])}


def test_trace(far: FarEnd, tmp_path: Path) -> None:
    """Each request is one trace of three transactions, each below a span of the one before; its error is in it."""
    ports = [closed_port() for _ in range(3)]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    with contextlib.ExitStack() as running:
        for number, following in reversed(list(enumerate([*urls[1:], ""]))):
            running.enter_context(service(tmp_path / str(number), far.dsn, ports[number], following))
        with ThreadPoolExecutor(10) as callers:
            answers = list(callers.map(lambda number: request("GET", f"{urls[0]}/orders/{number}"), range(REQUESTS)))
    assert answers == [(200, {"number": number}) for number in range(REQUESTS)]
    traces: dict[str, list[dict[str, Any]]] = {}
    for transaction in far.transactions:
        traces.setdefault(transaction["contexts"]["trace"]["trace_id"], []).append(transaction)
    assert len(traces) == REQUESTS
    for transactions in traces.values():
        assert {transaction["transaction"] for transaction in transactions} == {"GET /orders/{number}"}
        assert len(transactions) == 3
        parents = {transaction["contexts"]["trace"].get("parent_span_id"): transaction for transaction in transactions}
        first = parents.pop(None)
        (second,) = (parents[parent] for parent in parents if parent in spans_of(first))
        (third,) = (parents[parent] for parent in parents if parent in spans_of(second))
        assert {span["op"] for span in third["spans"]} == {"db"}
    errors = [event["contexts"]["trace"]["trace_id"] for event in far.events]
    assert len(set(errors)) == len(errors) == REQUESTS / 10
    assert set(errors) <= traces.keys()
