"""Numbers of payment cards, and others as long."""

import random

import pytest

from asab_sentry.pipeline.scrubbing.secret_patterns import cards
from asab_sentry.pipeline.scrubbing.secret_patterns.cards import clean

NUMBERS = (
    *("4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "30569309025904"),
    *("2223003122003222", "3530111333300000", "6200000000000005"),
)
"""Those that payment services give for tests."""


@pytest.mark.parametrize("number", NUMBERS)
def test_cards(number: str) -> None:
    """Each is recognized, in one piece and as on the card; with another last digit it is none."""
    assert cards.is_card(number)
    assert clean(f"card {number}, please") == "card [Filtered], please"
    assert clean(f"pan={number}") == "pan=[Filtered]"
    if len(number) == 16:
        for mark in " -":
            grouped = mark.join(number[start : start + 4] for start in range(0, 16, 4))
            assert clean(f"card {grouped}, please") == "card [Filtered], please"
            assert "1111" not in clean(f"{grouped[:12]}...") or "1111" not in number
    other = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not cards.is_card(other)
    assert clean(f"card {other}") == f"card {other}"


def luhn(digits: str) -> str:
    return next(digits + str(last) for last in range(10) if _sum(digits + str(last)) % 10 == 0)


def _sum(digits: str) -> int:
    return sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))


def test_numbers_that_are_none() -> None:
    """Of ids few are taken for a card, of those of phones none, of times and rows of numbers none."""
    chosen = random.Random(7)
    ids = ["".join(chosen.choices("0123456789", k=16)) for _ in range(4000)]
    assert sum(clean(f"order {each}") != f"order {each}" for each in ids) < 0.03 * len(ids)
    assert all(clean(f"order_id={each}") == f"order_id={each}" for each in ids)
    phones = [luhn(f"{first}{''.join(chosen.choices('0123456789', k=12))}") for first in ("35", "86", "01", "99")]
    assert all(clean(f"imei {each}") == f"imei {each}" for each in phones)
    moments = [str(1732256000123456 + chosen.randrange(10**12)) for _ in range(1000)]
    assert all(clean(f"at {each}") == f"at {each}" for each in moments)
    for width in (1, 2, 3, 4):
        rows = [" ".join(str(chosen.randrange(10 ** (width - 1), 10**width)) for _ in range(20)) for _ in range(1000)]
        assert all(clean(row) == row for row in rows)
