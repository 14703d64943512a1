"""ASAB's `-d`: the service goes on in the background, as a process that was forked with all files closed."""

import contextlib
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apps
import pytest
from far import FarEnd, closed_port, title
from kept import kept_files

pytest.importorskip("daemon", reason="ASAB has -d by python-daemon")

SOURCE = """
class App(Base):
    async def main(self):
        L.error("in the background of %s", os.environ["NAME"])
        if os.environ["NAME"] == "one":
            self.stop()
"""


def run(directory: Path, port: int, *arguments: str, name: str = "") -> None:
    """Run the application; with `-d` the process that was started ends when the daemon begins."""
    ini = f"[general]\npidfile={directory}/app.pid\nworking_dir={directory}\n[sentry]\nshutdown_timeout=200ms\n"
    dsn = f"http://public@127.0.0.1:{port}/1"
    done = apps.run(directory, SOURCE, dsn=dsn, ini=ini, args=arguments, env={"NAME": name})
    assert done.returncode == 0, done.stderr


def until(holds: Callable[[], object], deadline: float = 15.0) -> None:
    end = time.monotonic() + deadline
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def files(directory: Path) -> list[Path]:
    """Return the files of envelopes that wait."""
    return kept_files(directory / ".app" / "sentry")


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[None]:
    """No daemon outlives a test."""
    yield
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((tmp_path / "app.pid").read_text()), signal.SIGKILL)


def test_daemon(far: FarEnd, tmp_path: Path, ended: None) -> None:
    """What a daemon captures arrives, and nothing is left when it has ended."""
    run(tmp_path, far.port, "-d", name="one")
    (event,) = far.wait_for(1)
    assert title(event) == "in the background of one"
    until(lambda: not (tmp_path / "app.pid").exists())
    assert files(tmp_path) == []


def test_killed_daemon(tmp_path: Path, ended: None) -> None:
    """Without a server events wait in files that nobody else can write, and the next daemon sends them."""
    port = closed_port()
    run(tmp_path, port, "-d", name="two")
    until(lambda: files(tmp_path))
    (file,) = files(tmp_path)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (file, *list(file.parents)[:4])]
    assert modes == [0o600, 0o700, 0o700, 0o700, 0o755]
    run(tmp_path, port, "-k")  # ASAB's own way to end it
    until(lambda: not (tmp_path / "app.pid").exists())
    with FarEnd(port) as far:
        run(tmp_path, port, "-d", name="one")
        assert {title(event) for event in far.wait_for(2)} == {
            "in the background of two",
            "in the background of one",
        }
        until(lambda: not (tmp_path / "app.pid").exists())
    assert files(tmp_path) == []
