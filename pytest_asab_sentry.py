"""A plugin of pytest, which comes with asab-sentry: the fixture `sent` is what a service would have sent to Sentry.

It is no part of the package, as pytest imports it in each run, also of tests that have nothing to do with Sentry.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from asab_sentry.testing import Sent


@pytest.fixture
def sentry_config() -> Mapping[str, Mapping[str, Any]]:
    """Return sections of the configuration for tests with `sent`: to be overridden, as any fixture."""
    return {}


@pytest.fixture
def sent(sentry_config: Mapping[str, Mapping[str, Any]]) -> "Iterator[Sent]":
    """Yield what a `SentryService` that is made in the test would have sent; nothing is on the network."""
    import asab_sentry.testing  # noqa: PLC0415  # it imports ASAB, which takes a while

    with asab_sentry.testing.capture(config=sentry_config) as captured:
        yield captured
