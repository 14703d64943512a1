"""Runs the rows on all sides in turn (A B A B ...) and prints medians and ratios.

A ratio is the median of those of all rounds: what else the machine does changes in minutes, a round takes seconds.

python -m bench [--json FILE] [--rounds N] [ROW ...]
"""

import argparse
import asyncio
import compileall
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Plan:
    """A row: what is done, how often in one go, against what, and the ratio to reach."""

    name: str
    title: str
    count: int
    target: float | None
    tracing: str = "off"
    over_bare: bool = False
    """Whether the cost on the side without Sentry is subtracted from both."""


PLANS = (
    Plan("record.info", "INFO record to breadcrumb", 4000, 1 / 4, over_bare=True),
    Plan("record.log", "INFO record to breadcrumb and log", 1000, 1.0, over_bare=True),
    Plan("record.error.0", "ERROR record to event, no breadcrumbs", 100, 2 / 3, over_bare=True),
    Plan("record.error.100", "ERROR record to event, 100 breadcrumbs", 100, 1 / 5, over_bare=True),
    Plan("record.exception.100", "L.exception, 16 frames, 100 breadcrumbs", 40, 1 / 3, over_bare=True),
    Plan("texts.plain", "ERROR record of 8 kB, never seen before", 20, None, over_bare=True),
    Plan("texts.hostile", "the same, made to cost much", 20, None, over_bare=True),
    Plan("texts.known", "the same, plain, 2,000 known secrets", 20, None, over_bare=True),
    Plan("capture.exception", "capture_exception", 100, 1.1),
    Plan("capture.message", "capture_message", 100, 1.1),
    Plan("keep.5", "delivery: keep an event of 5 kB", 100, None),
    Plan("keep.50", "delivery: keep an event of 50 kB", 50, None),
    Plan("keep.500", "delivery: keep an event of 500 kB", 20, None),
    Plan("set_tag", "set_tag", 10000, None),
    Plan("set_context", "set_context", 10000, None),
    Plan("transaction", "transaction with a span, tracing off", 1000, 1 / 10),
    Plan("transaction", "transaction with a span, not sampled", 1000, 1 / 4, tracing="0"),
    Plan("transaction", "transaction with a span, sampled", 200, 1.0, tracing="1"),
    Plan("task", "asyncio task with a scope of its own", 4000, 1 / 2, over_bare=True),
    Plan("storm", "an equal error of 20,000", 20000, 1 / 50, over_bare=True),
)


class Side:
    """A process of one side."""

    def __init__(self, name: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.side", name, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("bench: a side ended early")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def run(self, plan: Plan) -> dict[str, Any]:
        """Run a row once; `seconds` of the answer are CPU seconds for one piece of work."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{plan.name} {plan.count}\n")
        self._process.stdin.flush()
        return self._answer()


def _compared(seconds: dict[str, list[float]]) -> dict[str, float]:
    """Return the median of each side in microseconds, and the ratio of this package to the SDK alone."""
    medians = {name: statistics.median(values) * 1e6 for name, values in seconds.items()}
    ours, sdk = seconds["ours"], seconds["sdk"]
    bare = seconds.get("bare", [0.0] * len(sdk))
    ratios = [(mine - none) / (theirs - none) for mine, theirs, none in zip(ours, sdk, bare, strict=True)]
    return {**medians, "ratio": statistics.median(ratios)}


def compare(plan: Plan, rounds: int) -> dict[str, Any]:
    """Compare the sides in one row."""
    names = ("bare", "sdk", "ours") if plan.over_bare else ("sdk", "ours")
    seconds: dict[str, list[float]] = {name: [] for name in names}
    last: dict[str, dict[str, Any]] = {}
    sides = {name: Side(name, plan.tracing, plan.name) for name in names}
    try:
        for number in range(rounds + 1):
            for name, side in sides.items():
                last[name] = side.run(plan)
                if number:  # the first round warms up
                    seconds[name].append(last[name]["seconds"])
    finally:
        for side in sides.values():
            side.__exit__()
    result: dict[str, Any] = {"row": plan.title, "unit": "us of CPU", "target": plan.target, **_compared(seconds)}
    result["facts"] = {name: {key: value for key, value in last[name].items() if key != "seconds"} for name in names}
    return result


WEB = (
    ("web request, tracing off", "off", "default", "/item/7", 1000, 1 / 3),
    ("web request, 1 % sampled", "0.01", "default", "/item/7", 1000, 1 / 3),
    ("web request, all sampled", "1", "default", "/item/7", 500, 1.0),
    ("failing web request, default limits", "off", "default", "/fails/7", 160, None),
    ("failing web request, each an event", "off", "off", "/fails/7", 160, 1 / 4),
)
SHORT_ROUNDS = 3
"""So many times more rounds of web requests, as what else the machine does tells most on them."""


class Web:
    """A web service of one side, under requests of four connections."""

    def __init__(self, side: str, rate: str, limits: str) -> None:
        command = [sys.executable, "-m", "bench.service", side, rate, limits]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self._port = json.loads(self._process.stdout.readline())["port"]

    def stop(self) -> None:
        """End the service."""
        self._process.kill()
        self._process.wait()

    async def _get(self, path: str, count: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
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

    def run(self, path: str, count: int) -> float:
        """Return the CPU seconds of the service for one request."""
        return asyncio.run(self._run(path, count))


def web(row: tuple[str, str, str, str, int, float | None], rounds: int) -> dict[str, Any]:
    """Compare the CPU of web requests."""
    title, rate, limits, path, count, target = row
    sides = {name: Web(name, rate, limits) for name in ("bare", "sdk", "ours")}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    try:
        for number in range(rounds + 1):
            for name, side in sides.items():
                found = side.run(path, count)
                if number:  # the first round warms up
                    seconds[name].append(found)
    finally:
        for side in sides.values():
            side.stop()
    return {"row": title, "unit": "us of CPU", "target": target, **_compared(seconds), "facts": {}}


START = """
import json, logging, resource, time
began = time.perf_counter()
import asab
asab.Config.read_dict({{"sentry": {{"data_source_name": "http://public@127.0.0.1:9/1"}}}})
app = asab.Application(args=[])
{0}
facts = {{"start": time.perf_counter() - began}}
facts["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
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


def start_up(rounds: int) -> list[dict[str, Any]]:
    """Compare new processes: wall time and memory of import and start, CPU of the first event."""
    found: dict[str, list[dict[str, float]]] = {"bare": [], "sdk": [], "ours": []}
    # As pip does when it installs; here the package is imported from its sources.
    compileall.compile_dir(Path(__file__).parents[1] / "asab_sentry", quiet=1)
    for number in range(rounds + 1):
        for name, facts in found.items():
            command = [sys.executable, "-c", START.format(STARTS[name])]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            if number:  # the first round warms up
                facts.append(json.loads(done.stdout))

    def row(title: str, unit: str, fact: str, target: float | None) -> dict[str, Any]:
        compared = _compared({name: [each[fact] for each in facts] for name, facts in found.items()})
        memory = {name: {"memory": facts[-1]["memory"]} for name, facts in found.items()} if fact == "start" else {}
        return {"row": title, "unit": unit, "target": target, **compared, "facts": memory}

    return [
        row("import and start of an idle service", "us of time", "start", 1.0),
        row("first ERROR record of a process", "us of CPU", "first", None),
    ]


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", help="only rows whose name begins so")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    arguments = parser.parse_args()
    results = []
    print(f"{'':42}{'no Sentry':>10}{'SDK alone':>11}{'this':>9}{'ratio':>8}{'target':>8}")

    def show(result: dict[str, Any]) -> None:
        results.append(result)
        bare = f"{result['bare']:.1f}" if "bare" in result else ""
        target = f"{result['target']:.2f}" if result["target"] else ""
        numbers = f"{bare:>10}{result['sdk']:>11.1f}{result['ours']:>9.1f}{result['ratio']:>8.3f}{target:>8}"
        print(f"{result['row']:42}{numbers}", flush=True)
        extra = result["facts"]
        if any(extra.values()):
            print(f"  {extra}")

    for plan in PLANS:
        if not arguments.rows or any(plan.name.startswith(name) for name in arguments.rows):
            show(compare(plan, 1 if plan.name == "storm" else arguments.rounds))
    for row in WEB:
        if not arguments.rows or "web" in arguments.rows:
            show(web(row, arguments.rounds * SHORT_ROUNDS))
    if not arguments.rows or "start" in arguments.rows:
        for result in start_up(arguments.rounds):
            show(result)
    print("microseconds of CPU on the calling thread for one, medians; ratio: this / SDK alone, without 'no Sentry'")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
