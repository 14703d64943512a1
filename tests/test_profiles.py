"""Profiles of the service, as configured."""

import apps
import pytest
from far import FarEnd

from asab_sentry.sdk import version

SOURCE = """
class App(Base):
    async def main(self):
        with self.Sentry.transaction("task", "prices"):
            self.count_prices()
        # What is profiled during transactions is sent after them, by a thread that ends then.
        while any("Continuous" in thread.name for thread in threading.enumerate()):
            await asyncio.sleep(0.01)
        self.stop()

    def count_prices(self):
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            sum(range(1000))
"""
BY_TRANSACTION = pytest.param(
    "profiles_sample_rate=1",
    "profile",
    marks=pytest.mark.skipif(version.THREE, reason="sentry-sdk 3 has no profiles of single transactions"),
)


@pytest.mark.parametrize(("ini", "kind"), [("profile_session_sample_rate=1", "profile_chunk"), BY_TRANSACTION])
def test_profile(tmp_path, far: FarEnd, ini: str, kind: str) -> None:
    """A share alone is enough: what the service did in a transaction is in its profile."""
    done = apps.run(tmp_path, SOURCE, dsn=far.dsn, ini=f"[sentry]\ntraces_sample_rate=1\n{ini}\n")
    assert done.returncode == 0, done.stderr
    profiles = [item.payload for envelope in far.envelopes for item in envelope.items if item.headers["type"] == kind]
    functions = {frame["function"] for profile in profiles for frame in profile["profile"]["frames"]}
    assert "App.count_prices" in functions
    assert {profile["environment"] for profile in profiles} == {"production"}


def test_no_profile(tmp_path, far: FarEnd) -> None:
    """Without a share nothing is profiled."""
    done = apps.run(tmp_path, SOURCE, dsn=far.dsn, ini="[sentry]\ntraces_sample_rate=1\n")
    assert done.returncode == 0, done.stderr
    assert not [item for envelope in far.envelopes for item in envelope.items if "profile" in item.headers["type"]]
