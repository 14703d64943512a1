"""The corpus of secrets and of harmless lines: what leaks and what is lost for nothing is bounded (`make privacy`)."""

import pytest
from privacy import corpus, harmless, personal, places, plan, wire
from privacy.judge import Ledger

SECRETS = {
    "each kind in each of its texts": (plan.each_text, 4),
    "some kinds in each place": (lambda: plan.everywhere(4, 40), 2),
    "names as keys": (lambda: plan.by_name(6), 0),
    "some names in each spelling": (lambda: plan.each_name(names=[*corpus.names()][::74]), 0),
    "names, separators and quotes": (lambda: [*plan.each_of_grid()][::3], 0),
    "each spelling in other texts": (lambda: [*plan.each_wrapping()][::3], 0),
    "random passwords in each spelling": (lambda: plan.passwords(5), 0),
}
"""What is put where, and how many leaks of it are not mended: those of tools name no secret, or after its value,
and names of files stand without those of their folders."""

OPENED = 3
"""How many leak in requests that are opened: a name that no header can have, a statement that is half encoded, and what
stands behind a command in the same query."""

HARMLESS = {"harmless": 0, "provoking": 0, "values": 0}
"""How many lines of a file may lose a word, or be less than they were."""

LOST_TO_PERSONAL = 7
"""How many of these lines have an e-mail address or the address of a host."""


def shown(ledger: Ledger) -> str:
    """Return some of what leaked, for whoever reads the failure."""
    return "\n".join(
        f"{p.place} | {p.family} | {p.kind}: {p.text!r} -> {seen!r}" for p, seen in [*ledger.leaks.items()][:20]
    )


@pytest.mark.parametrize("name", SECRETS)
def test_secrets(name: str) -> None:
    """Of what is put into what is sent, no more secrets leave than are known to."""
    make, bound = SECRETS[name]
    batches = [*make()]
    are_breadcrumbs = {batch.place for batch in batches} == {"breadcrumb"}
    ledger = wire.on_the_wire(batches, close=are_breadcrumbs).ledger
    assert ledger.missing == []
    assert len(ledger.leaks) <= bound, shown(ledger)


def test_opened() -> None:
    """Where `send_default_pii` opens requests and users, their secrets do not leave."""
    batches = [*plan.of_requests(plan.everywhere(4, 40)), *plan.of_requests(plan.by_name(12))]
    ledger = wire.on_the_wire(batches, pii=True).ledger
    assert ledger.missing == []
    assert len(ledger.leaks) <= OPENED, shown(ledger)


def test_spool() -> None:
    """On disk is what is on the wire: no secret that does not leave is kept."""
    batches = [*plan.each_text()][::2]
    on_disk, on_the_wire = wire.in_the_spool(batches).ledger, wire.on_the_wire(batches).ledger
    assert on_disk.missing == on_the_wire.missing == []
    assert on_disk.leaks.keys() == on_the_wire.leaks.keys(), shown(on_disk)


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_lines(name: str) -> None:
    """Of what services print and keep, nearly nothing loses a word."""
    sent = harmless.values() if name == "values" else harmless.sent(harmless.lines(name))
    losing = [line for line in sent if not line.is_whole]
    assert len(losing) <= HARMLESS[name], "\n".join(f"{line.text} -> {line.left}" for line in losing[:20])


def test_personal() -> None:
    """What is personal by its shape does not leave where that is asked for, and nothing else is lost by it."""
    wrong = [line for line in personal.sent() if line.left != line.wanted]
    assert wrong == []


def test_personal_is_not_in_harmless_lines() -> None:
    """Of what services print, only addresses are lost."""
    lines = [line for name in ("harmless", "provoking") for line in harmless.lines(name)]
    losing = [line for line in harmless.sent(lines, personal=personal.ALL) if not line.is_whole]
    assert len(losing) == LOST_TO_PERSONAL, "\n".join(f"{line.text} -> {line.left}" for line in losing)


TEXT_PLACES = sorted(places.PLACES.keys() - set(places.NAMED_PLACES))
HIDING = frozenset(
    {f"{source}, {part}" for source in ("request", "web request") for part in ("headers", "cookies", "query")}
)
"""Places of which no value leaves."""


def test_judge() -> None:
    """A word that nothing marks as a secret is found in each place that is not hidden as a whole, however written.

    In each place it is written in three ways, in the next places in others.
    """
    forms = ("$secret", "$repr", "$json", "$injson3", "$url", "$b64", "$hexed", "$bytes", "'$inrepr'")
    written = {place: forms[number % 3 :: 3] for number, place in enumerate(TEXT_PLACES)}
    batches = [
        batch
        for place, chosen in written.items()
        for form in chosen
        for batch in plan.batches(place, [plan.Wanted("", form, "", "alnum 12", f"it failed: {form}")])
    ]
    ledger = wire.on_the_wire(batches).ledger
    assert ledger.missing == []
    probes = [probe for batch in ledger.batches for probe in batch.probes]
    unseen = {(probe.place, probe.kind) for probe in probes if probe not in ledger.leaks}
    assert unseen == {(place, form) for place in HIDING for form in written[place]}
