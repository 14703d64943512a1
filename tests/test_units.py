"""Times and sizes are those of ASAB, without ASAB."""

import asab.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asab_sentry.config import units

NUMBERS = st.one_of(
    st.integers(-5, 10**6).map(str), st.floats(0, 1e6).map(str), st.sampled_from(["", ".", "1.5.2", "x"])
)
TIMES = st.sampled_from(["ms", "y", "Y", "M", "w", "W", "d", "D", "h", "m", "s", "", "min", "S", "H", " s", " ms"])
SIZES = st.sampled_from(["B", "kB", "MB", "GB", "TB", "k", "K", "M", "G", "T", "", "KB", "kb", "b", " GB", "%"])


def outcome(function, text):
    try:
        return function(text)
    except (ValueError, IndexError, UnboundLocalError) as error:
        return "refused", isinstance(error, ValueError)


@given(NUMBERS, TIMES, st.text(max_size=2))
def test_seconds(number, unit, more):
    """A time is as many seconds as ASAB makes of it, and what ASAB refuses is refused."""
    for text in (number + unit, f" {number} {unit}", number + unit + more):
        assert outcome(units.seconds, text) == pytest.approx(outcome(asab.utils.convert_to_seconds, text), nan_ok=True)


@given(NUMBERS, SIZES, st.text(max_size=2))
def test_size(number, unit, more):
    """A size is as many bytes as ASAB makes of it, and what ASAB refuses is refused."""
    for text in (number + unit, f" {number} {unit} ", number + unit + more):
        theirs = outcome(asab.utils.convert_to_bytes, text)
        assert outcome(units.size, text) == (("refused", True) if theirs == ("refused", False) else theirs)


@pytest.mark.parametrize("value", [90, 1.5, True])
def test_numbers(value):
    """A number is a time in seconds."""
    assert units.seconds(value) == asab.utils.convert_to_seconds(value)
