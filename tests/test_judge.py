"""The judge of the tests finds what Sentry would find."""

import pytest
from judge import complaints

GOOD = {"message": "m", "platform": "python", "tags": {"a": "b"}, "level": "error"}


def test_good() -> None:
    """A good event gives no complaint."""
    assert complaints(GOOD) == []


@pytest.mark.parametrize(
    "bad",
    [
        {"level": "notice"},
        {"tags": {"a b!": "c"}},
        {"tags": {"a": "x\ny"}},
        {"release": "a/b"},
        {"logger": "x" * 100},
        {"contexts": {"c": {"k": "x" * 20000}}},
        {"extra": {"k": "x" * 20000}},
        {"breadcrumbs": {"values": [{"message": "x" * 9000}]}},
    ],
)
def test_bad(bad: dict) -> None:
    """What Sentry rejects or cuts is a complaint."""
    assert complaints(GOOD | bad) != []
