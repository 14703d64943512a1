"""Runs the rows on all sides in turn and prints medians and ratios.

python -m bench [--json FILE] [--rounds N] [--peers] [ROW ...]
"""

import argparse
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from . import comparisons, peers, plans
from .comparisons import Result

ROUNDS = 5


ROAD = "The whole road: lines that were never run, a live server, sentry-sdk with its defaults"
KNOWN = "Lines that are run again and again, no server, sentry-sdk with the options of this package"


def road(wanted: Callable[[str], bool], rounds: int, pythons: dict[str, str]) -> Iterator[Iterable[Result]]:
    """Yield the results of the whole road."""
    if plan := [plan for plan in plans.ROAD if wanted(f"road.{plan.name}")]:
        yield comparisons.road(plan, rounds, pythons)
    for row in plans.ROAD_WEB:
        if wanted(row.name):
            yield comparisons.web(row, rounds, pythons)
    if wanted("drain"):
        yield comparisons.drain()


def known(wanted: Callable[[str], bool], rounds: int) -> Iterator[Iterable[Result]]:
    """Yield the results of lines that are known."""
    for plan in plans.RECORDS:
        if wanted(plan.name):
            yield comparisons.records(plan, rounds)
    for row in plans.WEB:
        if wanted(row.name):
            yield comparisons.web(row, rounds, {})
    if wanted("start"):
        yield comparisons.start(rounds)


def show(result: Result, others: Iterable[str]) -> None:
    """Print a row."""
    numbers = ""
    if "ratio" in result:
        columns = [f"{result[name]:.1f}" if name in result else "" for name in ("bare", "sdk", "ours")]
        target = f"{result['target']:.2f}" if result["target"] else ""
        more = [f"{result[name]:.1f}" if name in result else "" for name in others]
        numbers = "{:>10}{:>11}{:>9}".format(*columns) + f"{result['ratio']:>8.3f}{target:>8}"
        numbers += "".join(f"{value:>14}" for value in more)
    print(f"{result['row']:44}{numbers}", flush=True)
    if any(result["facts"].values()):
        print(f"  {result['facts']}", flush=True)


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", help="only rows whose name begins so")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--peers", action="store_true", help="also what a user might take instead, on the whole road")
    arguments = parser.parse_args()
    pythons = peers.install() if arguments.peers else {}
    results: list[dict[str, Any]] = []
    columns = "".join(f"{name:>14}" for name in pythons)
    print(f"{'':44}{'no Sentry':>10}{'SDK alone':>11}{'this':>9}{'ratio':>8}{'goal':>8}{columns}")

    def wanted(name: str) -> bool:
        return not arguments.rows or any(name.startswith(beginning) for beginning in arguments.rows)

    for heading, part in ((ROAD, road(wanted, arguments.rounds, pythons)), (KNOWN, known(wanted, arguments.rounds))):
        print(heading)
        for result in itertools.chain.from_iterable(part):
            results.append(result)
            show(result, pythons)
    print("microseconds of CPU for one, medians; ratio: this / SDK alone, without 'no Sentry'")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
