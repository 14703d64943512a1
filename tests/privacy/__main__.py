"""Prints how much is hidden of what must be, and of what must not be: python -m privacy [--detail] [PART ...]."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable

from . import corpus, cost, harmless, personal, plan, wire
from .judge import Ledger

PASSWORDS = 100
"""So many for each spelling."""
PART = 4
"""One of so many kinds is put in a place, and others in the next place; one of so many names is in each spelling."""


def row(name: str, part: int, whole: int, unit: str = "leak") -> None:
    """Print a rate."""
    share = 100 * part / whole if whole else 0
    print(f"  {name:<44} {part:>6} of {whole:>6} {unit:<5} {share:6.1f} %")


def rates(ledger: Ledger, of: str) -> None:
    """Print the rates of leaks by a field of the probes, where there are any."""
    for name, (leaked, whole) in sorted(ledger.rates(of).items(), key=lambda item: -item[1][0] / item[1][1]):
        if leaked:
            row(name, leaked, whole)


def clean_kinds(ledgers: Iterable[Ledger]) -> tuple[int, int]:
    """Return how many kinds leaked nowhere, and how many there are."""
    probes = [(probe, probe in ledger.leaks) for ledger in ledgers for probe in ledger.probes]
    leaky = {(probe.family, probe.kind) for probe, leaked in probes if leaked}
    whole = {(probe.family, probe.kind) for probe, _ in probes}
    return len(whole) - len(leaky), len(whole)


class Table:
    """Prints the parts of the table."""

    def __init__(self, *, detail: bool, full: bool) -> None:
        self._detail = detail
        self._full = full

    def _show(self, title: str, run: wire.Run, *fields: str) -> Ledger:
        ledger = run.ledger
        print(title)
        if ledger.missing:
            print(f"  NOT SENT: {len(ledger.missing)} batches, as {ledger.missing[0].place}")
        row("all", len(ledger.leaks), len(ledger.probes))
        for field in ("family", "kind", "spelling", "place") if self._detail else fields:
            rates(ledger, field)
        for probe, around in ledger.leaks.items() if self._detail else ():
            print(f"    {probe.place} | {probe.family} | {probe.kind} | {probe.spelling}: {probe.secret}")
            print(f"        in  {probe.text!r:.300}\n        out {around!r}")
        return ledger

    def kinds(self) -> None:
        """Print what leaks of each kind, in each of its texts and in each place."""
        texts = self._show("each kind in each of its texts", wire.on_the_wire(plan.each_text()), "family")
        run = wire.on_the_wire(plan.everywhere() if self._full else plan.everywhere(plan.SHARE, PART))
        places = self._show("kinds in each place", run, "place")
        row("kinds that are clean everywhere", *clean_kinds([texts, places]), "kinds")

    def opened(self) -> None:
        """Print what leaks of requests and users where `send_default_pii` opens them."""
        batches = [*plan.of_requests(plan.everywhere(plan.SHARE, PART)), *plan.of_requests(plan.by_name())]
        self._show("requests and users, with send_default_pii", wire.on_the_wire(batches, pii=True), "place")

    def names(self) -> None:
        """Print what leaks of each name in each spelling, and as a key."""
        self._show("each name as a key", wire.on_the_wire(plan.by_name()), "place")
        names = [*corpus.names()][:: 1 if self._full else PART]
        self._show("names in each spelling", wire.on_the_wire(plan.each_name(names=names), close=True), "family")

    def spellings(self) -> None:
        """Print what leaks of spellings that are put together, and of those that stand in other texts."""
        self._show("names, separators and quotes, each with each", wire.on_the_wire(plan.each_of_grid(), close=True))
        run = wire.on_the_wire(plan.each_wrapping(), close=True)
        self._show("each spelling in other texts", run, "family")

    def passwords(self) -> None:
        """Print what leaks of random passwords."""
        count = 10 * PASSWORDS if self._full else PASSWORDS
        run = wire.on_the_wire(plan.passwords(count), close=True)
        self._show(f"{count} random passwords in each spelling", run, "kind")

    def spool(self) -> None:
        """Print what leaks on disk."""
        self._show("each text in the spool, while the far end is away", wire.in_the_spool(plan.each_text()))

    def personal(self) -> None:
        """Print what leaves that is personal by its shape, where that is to be hidden, and which lines lose a word."""
        print("personal data, with personal=email phone ip iban")
        told = personal.sent()
        for kind in dict.fromkeys(line.kind for line in told):
            of_kind = [line for line in told if line.kind == kind]
            wrong = [line for line in of_kind if line.left != line.wanted]
            row(kind if kind != "none" else "lose a word", len(wrong), len(of_kind), "lines")
            for line in wrong if self._detail else ():
                print(f"    {line.text!r}\n        {line.left!r}")

    def harmless(self) -> None:
        """Print which harmless lines lose a word."""
        for title, lines in (
            ("harmless lines of services", harmless.sent(harmless.lines("harmless"))),
            ("harmless lines that provoke", harmless.sent(harmless.lines("provoking"))),
            ("harmless values", harmless.values()),
        ):
            losing = [line for line in lines if not line.is_whole]
            print(title)
            row("lose a word", len(losing), len(lines), "lines")
            for line in losing if self._detail else ():
                print(f"    {line.source}: {line.text!r}\n        {line.left!r}")

    def cost(self) -> None:
        """Print what scrubbing costs."""
        print("cost")
        for name, seconds in cost.rows():
            print(f"  {name:<60} {seconds * 1000:8.1f} ms")


def main() -> None:
    """Print the table."""
    parts = ("kinds", "opened", "names", "spellings", "passwords", "spool", "personal", "harmless", "cost")
    parser = argparse.ArgumentParser(prog="make privacy")
    parser.add_argument("--detail", action="store_true", help="each leak and each line that lost a word")
    parser.add_argument("--full", action="store_true", help="every kind in every place, ten times as many passwords")
    parser.add_argument("parts", nargs="*", help=f"of: {' '.join(parts)}")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    table = Table(detail=arguments.detail, full=arguments.full)
    began = time.monotonic()
    for part in arguments.parts or parts:
        show: Callable[[], None] = getattr(table, part)
        show()
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
