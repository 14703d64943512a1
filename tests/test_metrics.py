"""Counts: what was sent, suppressed and dropped, as properties of the service and as metrics of ASAB."""

import json
import re

import apps
import pytest
from far import TRACED

SOURCE = """
import asab.metrics

class App(Base):
    def setup(self):
        if "metrics" in sys.argv:
            self.add_module(asab.metrics.Module)

    async def main(self):
        S = self.Sentry
        S.add_event_processor(lambda event, hint: None if event.get("message") == "unwanted" else event)
        for number in range(6):
            S.capture_message("storm")
        S.capture_message("unwanted")
        with S.monitor("job"), S.transaction("task", "work"):
            pass
        S.flush()
        service = self.get_service("asab.MetricsService")
        lines = []
        if service is not None:
            from asab.metrics.openmetric import metric_to_openmetric
            for _ in range(2):
                await service.flush()
                lines.append([line for metric in service.Storage.Metrics
                    for line in metric_to_openmetric(metric).splitlines() if line.startswith("sentry_")])
        print(json.dumps([S.Sent, S.Suppressed, S.Dropped, S.Waiting, S.LongestWait, lines]))
        self.stop()
"""
INI = "[general]\n[sentry]\ntraces_sample_rate=1\n[sentry:limits]\nissue_events=4\n"


def run(far, tmp_path, *args):
    prelude = apps.PRELUDE.replace("super().__init__()", "super().__init__(args=['-c', 'app.conf'])")
    done = apps.run(tmp_path, SOURCE, dsn=far.dsn, ini=INI, args=args, prelude=prelude)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_properties(far, tmp_path):
    """The service counts what the server took, what the limits kept back, and what was dropped, by reason."""
    sent, suppressed, dropped, waiting, longest_wait, _ = run(far, tmp_path)
    assert sent == {"events": 4, TRACED: 1, "check_ins": 2}
    assert suppressed == 2
    assert dropped == {"event_processor": 1}
    assert (waiting, longest_wait) == (0, 0.0)


def test_refused(far, tmp_path):
    """What the server refuses is dropped, not sent."""
    far.answer = lambda _: (413, {})
    sent, _, dropped, waiting, *_ = run(far, tmp_path)
    assert set(sent.values()) == {0}
    assert dropped == {"send_error": 7, "event_processor": 1}
    assert waiting == 0


@pytest.mark.parametrize("status", [429, 500])
def test_kept(far, tmp_path, status):
    """What the server does not take now is neither sent nor dropped: it waits, but for transactions in a pause."""
    far.answer = lambda _: (status, {})
    sent, _, dropped, waiting, longest_wait, lines = run(far, tmp_path, "metrics")
    assert set(sent.values()) == {0}
    assert waiting == 6
    assert 0 < longest_wait < 30
    metrics = read(lines[-1])
    assert metrics["sentry_waiting events"] == 6
    assert 0 < metrics["sentry_longest_wait_seconds events"] < longest_wait
    assert dropped == {"event_processor": 1} | ({"ratelimit_backoff": 1} if status == 429 else {})


def test_metrics(far, tmp_path):
    """The same counts are in ASAB's metrics, those of the last minute."""
    *_, (first, second) = run(far, tmp_path, "metrics")
    values = {
        "sentry_sent events": 4,
        f"sentry_sent {TRACED}": 1,
        "sentry_sent check_ins": 2,
        "sentry_dropped suppressed": 2,
        "sentry_dropped event_processor": 1,
        "sentry_waiting events": 0,
        "sentry_longest_wait_seconds events": 0,
    }
    assert read(first) == values
    assert read(second) == dict.fromkeys(values, 0)


FORKED = """
import asab.metrics

class App(Base):
    def setup(self):
        self.add_module(asab.metrics.Module)

    async def main(self):
        S = self.Sentry
        service = self.get_service("asab.MetricsService")
        for _ in range(3):
            S.capture_message("parent's")
        S.flush()
        await service.flush()
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            print(json.dumps([S.Sent["events"], status]))
            self.stop()
            return
        before = S.Sent
        S.capture_message("child's")
        S.flush()
        self.PubSub.publish("Metrics.flush!")
        (added,) = (m["fieldset"][0]["actuals"] for m in service.Storage.Metrics if m["name"] == "sentry_sent")
        print(json.dumps([before["events"], S.Sent["events"], added["events"]]), flush=True)
        os._exit(0)
"""


def test_forked(far, tmp_path):
    """A forked child counts what is its own, from nothing; its parent's counts stay."""
    done = apps.run(tmp_path, FORKED, dsn=far.dsn, ini=INI)
    assert done.returncode == 0, done.stderr
    child, parent = done.stdout.splitlines()
    assert json.loads(child) == [0, 1, 1]
    assert json.loads(parent) == [3, 0]


def read(lines):
    found = (re.fullmatch(r'(\w+){.*name="(\w+)"} ([\d.]+)', line) for line in lines)
    return {f"{match[1]} {match[2]}": float(match[3]) for match in found}
