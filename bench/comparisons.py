"""Runs a row on all sides in turn (A B A B ...) and compares them."""

import asyncio
import compileall
import functools
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from .plans import Plan, Web
from .processes import Process

Result = dict[str, Any]
Answers = dict[str, list[dict[str, Any]]]

SIDES = ("bare", "sdk", "ours")

MORE = 2
"""So many times more rounds of web requests, as what else the machine does tells most on them."""


def in_turn(run: Mapping[str, Callable[[], dict[str, Any]]], rounds: int) -> Answers:
    """Return the answers of all sides in all rounds but the first, which warms up."""
    answers: Answers = {name: [] for name in run}
    for number in range(rounds + 1):
        for name, ask in run.items():
            answer = ask()
            if number:
                answers[name].append(answer)
    return answers


def compared(answers: Answers, fact: str = "seconds", scale: float = 1e6) -> Result:
    """Return the median of each side, and the median of the ratios of this package to the SDK alone.

    Of the ratios of all rounds, as what else the machine does changes in minutes, and a round takes seconds.
    """
    values = {name: [float(answer[fact]) for answer in several] for name, several in answers.items()}
    result: Result = {name: statistics.median(several) * scale for name, several in values.items()}
    bare = values.get("bare", [0.0] * len(values["sdk"]))
    ratios = [
        (ours - none) / (sdk - none)
        for ours, sdk, none in zip(values["ours"], values["sdk"], bare, strict=True)
        if sdk != none
    ]
    return {**result, "ratio": statistics.median(ratios) if ratios else 0.0}


def records(plan: Plan, rounds: int) -> list[Result]:
    """Compare the sides in one row of records."""
    names = SIDES if plan.over_bare else SIDES[1:]
    sides = {name: Process("bench.side", name, plan.tracing, plan.name) for name in names}
    try:
        run = {name: functools.partial(side.ask, plan.name, plan.count) for name, side in sides.items()}
        answers = in_turn(run, plan.rounds or rounds)
    finally:
        for side in sides.values():
            side.end()
    last = {name: {**several[-1]} for name, several in answers.items()}
    facts = {name: answer for name, answer in last.items() if answer.pop("seconds") is not None and answer}
    return [{"row": plan.title, "target": plan.target, **compared(answers), "facts": facts}]


def road(plans: Iterable[Plan], rounds: int, pythons: Mapping[str, str]) -> Iterable[Result]:
    """Compare the sides, and what else is in environments of its own, on the whole road; yield the rows."""
    with Process("bench.far") as far:
        arguments = str(far.ready["port"])
        sides = {name: Process("bench.road", name, arguments) for name in SIDES}
        sides |= {name: Process("bench.road", name, arguments, python=python) for name, python in pythons.items()}
        try:
            for plan in plans:
                run = {name: functools.partial(side.ask, plan.name, plan.count) for name, side in sides.items()}
                answers = in_turn(run, plan.rounds or rounds)
                yield {"row": plan.title, "target": plan.target, **compared(answers), "facts": {}}
                if plan.name == "error.0":
                    yield {"row": "the same, all threads", "target": 0.7, **compared(answers, "all"), "facts": {}}
        finally:
            for side in sides.values():
                side.end()


class _Service:
    """A web service of one side, under requests of four connections."""

    def __init__(self, *arguments: str, python: str = sys.executable) -> None:
        self.process = Process("bench.service", *arguments, python=python)

    async def _get(self, path: str, count: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.process.ready["port"])
        body = b""
        for _ in range(count):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            body = await reader.readexactly(length)
        writer.close()
        return body

    async def _run(self, path: str, count: int) -> float:
        before = json.loads(await self._get("/cpu", 1))["cpu"]
        await asyncio.gather(*(self._get(path, count // 4) for _ in range(4)))
        return float(json.loads(await self._get("/cpu", 1))["cpu"] - before) / count

    def ask(self, row: Web) -> dict[str, Any]:
        """Return the CPU seconds of the service for one request."""
        return {"seconds": asyncio.run(self._run(row.path, row.count))}


def web(row: Web, rounds: int, pythons: Mapping[str, str]) -> list[Result]:
    """Compare the CPU of web requests; with a live server and defaults on the whole road."""
    far = Process("bench.far") if row.name.startswith("road.web") else None
    port = [str(far.ready["port"])] if far else []
    sides = {name: _Service(name, row.rate, row.limits, *port) for name in SIDES}
    if far:
        sides |= {name: _Service(name, row.rate, row.limits, *port, python=path) for name, path in pythons.items()}
    try:
        answers = in_turn({name: functools.partial(side.ask, row) for name, side in sides.items()}, rounds * MORE)
    finally:
        for side in sides.values():
            side.process.end()
        if far:
            far.end()
    return [{"row": row.title, "target": row.target, **compared(answers), "facts": {}}]


START = """
import json, logging, os, time
began = time.process_time()
import asab
asab.Config.read_dict({{"sentry": {{"data_source_name": "http://public@127.0.0.1:9/1"}}}})
app = asab.Application(args=[])
{0}
facts = {{"start": time.process_time() - began}}
with open("/proc/self/statm") as file:
    facts["memory"] = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
began = time.thread_time()
logging.getLogger("bench").error("failed")
facts["first"] = time.thread_time() - began
print(json.dumps(facts))
"""
STARTS = {
    "bare": "",
    "sdk": "import sentry_sdk\nsentry_sdk.init('http://public@127.0.0.1:9/1', attach_stacktrace=True)",
    "ours": "import asab_sentry\nasab_sentry.SentryService(app)",
}


def start(rounds: int) -> list[Result]:
    """Compare new processes: CPU and memory of import and start, CPU of the first event."""
    # As pip does when it installs; here the package is imported from its sources.
    compileall.compile_dir(Path(__file__).parents[1] / "asab_sentry", quiet=1)

    def run(name: str) -> dict[str, Any]:
        command = [sys.executable, "-c", START.format(STARTS[name])]
        facts: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return facts

    answers = in_turn({name: functools.partial(run, name) for name in SIDES}, rounds)
    return [
        {"row": "import and start of an idle service", "target": 0.6, **compared(answers, "start"), "facts": {}},
        {"row": "memory of an idle service, kB", "target": 1.0, **compared(answers, "memory", 1024), "facts": {}},
        {"row": "first ERROR record of a process", "target": None, **compared(answers, "first"), "facts": {}},
    ]


def drain() -> list[Result]:
    """Return how fast this package sends what has waited; sentry-sdk alone keeps nothing."""
    with Process("bench.drain") as process:
        return [{"row": "drain of 1,000 events of 20 kB, 50 ms away", "target": None, "facts": {"ours": process.ready}}]
