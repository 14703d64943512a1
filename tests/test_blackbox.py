"""What a service did before it died: real processes that die in all ways, and others that tell of them."""

import signal
from textwrap import dedent

import pytest
from apps import run
from far import FarEnd, title

INI = """
[general]
var_dir=var
[sentry]
release=shop@1.2
environment=test
"""

ALIVE = """
class App(Base):
    async def main(self):
        self.stop()
"""


def killed(directory, source, dsn, *, ini=INI, returncode=-signal.SIGKILL, **more):
    """Run an application that dies."""
    done = run(directory, source, dsn=dsn, ini=ini, **more)
    assert done.returncode == returncode, done.stderr
    return done


def told(directory, far, *, ini=INI, env=None):
    """Run one that lives, and return the events of deaths that have arrived."""
    done = run(directory, ALIVE, dsn=far.dsn, ini=ini, env=env)
    assert done.returncode == 0, done.stderr
    return deaths(far)


def deaths(far):
    return [event for event in far.events if "exit" in event.get("contexts", {})]


KILLED = """
import signal
from textwrap import dedent

import pytest

class App(Base):
    async def main(self):
        L.info("step %d of the order", 1)
        logging.getLogger("shop").warning("stock is low")
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_service_is_told_of_by_the_next_start(tmp_path):
    """One event: who it was, when it was last alive, and its last breadcrumbs."""
    with FarEnd() as far:
        killed(tmp_path, KILLED, far.dsn, env={"SERVICE_ID": "shop", "INSTANCE_ID": "shop-1"})
        (event,) = told(tmp_path, far, ini=INI.replace("1.2", "1.3"), env={"SERVICE_ID": "other"})
    assert title(event) == "UncleanExit: App was killed"
    assert event["exception"]["values"][0]["mechanism"] == {"type": "asab.exit", "handled": False}
    assert (event["release"], event["environment"]) == ("shop@1.2", "test")
    assert (event["tags"]["service_id"], event["tags"]["instance_id"]) == ("shop", "shop-1")
    crumbs = [(crumb["category"], crumb["level"], crumb["message"]) for crumb in event["breadcrumbs"]["values"]]
    assert crumbs[-2:] == [("app", "info", "step 1 of the order"), ("shop", "warning", "stock is low")]
    facts = event["contexts"]["exit"]
    assert facts["cause"] == "killed"
    assert facts["phase"] == "running"
    assert facts["ran_for_seconds"] > 0
    assert event["fingerprint"] == ["asab.exit", "App", "shop"]
    assert list((tmp_path / "var" / "sentry").rglob("blackbox*")) == []


@pytest.mark.parametrize(
    ("end", "returncode"),
    [
        ("self.stop()", 0),
        ("raise SystemExit(3)", 3),
        ("raise RuntimeError('fatal')", 1),
        ("os._exit(4)", 4),
        ("os.execv('/bin/sh', ['sh', '-c', 'exit 5'])", 5),
        ("os.execvpe('sh', ['sh', '-c', 'exit 6'], os.environ)", 6),
        ("self.stop(); self.stop(); self.stop()", 70),
    ],
)
def test_a_service_that_says_goodbye_is_not_told_of(tmp_path, end, returncode):
    """An end, an exit, a fatal exception, which is an event itself, and a restart leave nothing behind."""
    source = f"class App(Base):\n    async def main(self):\n        L.info('last')\n        {end}\n"
    with FarEnd() as far:
        killed(tmp_path, source, far.dsn, returncode=returncode)
        left = [path for path in (tmp_path / "var" / "sentry").rglob("*") if path.is_file()]
        assert [path.name for path in left if path.name.startswith("blackbox")] == []
        assert told(tmp_path, far) == []


def test_a_service_goes_on_where_what_was_to_be_executed_is_not_there(tmp_path):
    """It has a black box again, and is told of when it is killed."""
    source = """
    import signal

    class App(Base):
        async def main(self):
            with contextlib.suppress(FileNotFoundError):
                os.execv("/not/there", ["there"])
            self.Sentry.capture_message("goes on", "error")
            end = time.monotonic() + 20
            while not any(b"still here" in ring.read_bytes() for ring in Path("var").rglob("blackbox.ring")):
                assert time.monotonic() < end
                L.info("still here")
                await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    with FarEnd() as far:
        killed(tmp_path, "from pathlib import Path\n" + dedent(source), far.dsn)
        (event,) = told(tmp_path, far)
    assert event["breadcrumbs"]["values"][-1]["message"] == "still here"
