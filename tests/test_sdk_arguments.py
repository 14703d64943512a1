"""Arguments of `sentry_sdk.init` that are passed on do what sentry-sdk's documentation says."""

import apps
import pytest
from far import FarEnd

from asab_sentry.sdk import version

SOURCE = """
import shop


class App(Base):
    async def main(self):
        for status in (200, 404):
            with self.Sentry.transaction("task", f"answer {status}") as transaction:
                transaction.set_http_status(status)
                shop.load()
        L.error("failed")
        self.stop()
"""


def run(tmp_path, far: FarEnd, ini: str) -> None:
    (tmp_path / "shop.py").write_text("def load():\n    pass\n")
    done = apps.run(tmp_path, SOURCE, dsn=far.dsn, ini=f"[sentry]\ntraces_sample_rate=1\n{ini}\n")
    assert done.returncode == 0, done.stderr


def test_functions_to_trace(tmp_path, far: FarEnd) -> None:
    """Calls of functions that are named are spans."""
    run(tmp_path, far, "functions_to_trace=shop.load")
    assert [[span["description"] for span in each["spans"]] for each in far.transactions] == [["shop.load"]] * 2


@pytest.mark.skipif(version.THREE, reason="sentry-sdk 3 has no transactions")
def test_trace_ignore_status_codes(tmp_path, far: FarEnd) -> None:
    """Transactions of these statuses are not sent."""
    run(tmp_path, far, "trace_ignore_status_codes=404")
    assert [each["transaction"] for each in far.transactions] == ["answer 200"]


def test_dist(tmp_path, far: FarEnd) -> None:
    """The build is on all that is sent."""
    run(tmp_path, far, "release=shop@1.0\ndist=42")
    assert [each["dist"] for each in far.events] == ["42"]
