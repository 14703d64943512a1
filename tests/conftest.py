"""Fixtures: the far end, and the judge of all that arrives there."""

import compileall
import gc
import importlib.util
import sys
from collections.abc import Iterator

import asab  # noqa: F401  # loggers that are made from now on are its own, in whatever order tests run
import hypothesis
import pytest
from documented import faults
from far import FarEnd
from judge import complaints

import asab_sentry

# Where Python is told to write no bytecode, each process of the tests would compile all modules again, and each run of
# pytest the tests.
if sys.dont_write_bytecode:
    compileall.compile_dir(asab_sentry.__path__[0], quiet=2)
    sys.dont_write_bytecode = False

# They need frameworks that are in an environment of their own: `make siblings`.
collect_ignore = [] if importlib.util.find_spec("celery") else ["siblings"]

# The same examples in each run, and no minutes of looking for smaller ones.
hypothesis.settings.register_profile(
    "short",
    max_examples=50,
    derandomize=True,
    deadline=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
hypothesis.settings.load_profile("short")


def pytest_collection_finish() -> None:
    """Leave what the tests consist of out of all that is collected from now on."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def far() -> Iterator[FarEnd]:
    """A server for one test; all events that arrive must be what Sentry stores."""
    with FarEnd() as server:
        yield server
        judge(server)


@pytest.fixture(scope="module")
def shared_far() -> Iterator[FarEnd]:
    """A server for all tests of a module."""
    with FarEnd() as server:
        yield server
        judge(server)


def judge(server: FarEnd) -> None:
    """Fail when Sentry would find fault with an event, or cut something."""
    for event in server.judged:
        assert complaints(event) == [], event.get("logentry") or event.get("exception") or event.get("transaction")
    for envelope in server.envelopes:
        assert list(faults(envelope)) == []
