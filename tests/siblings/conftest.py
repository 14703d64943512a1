"""The far end with a fleet of processes around it."""

import pytest

from siblings.fleet import Fleet


@pytest.fixture
def fleet(far, tmp_path):
    started = Fleet(tmp_path, far)
    yield started
    started.end()
