"""Runs the application, and looks at what arrives at the far end and at what is on disk while it is away."""

import os
import pickle
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import programs
from far import FarEnd, closed_port
from kept import kept_files

from asab_sentry.delivery import files

from . import plan
from .judge import Ledger
from .plan import Batch

INI = """
[general]
var_dir=.
[sentry]
traces_sample_rate=1
max_request_body_size=always
shutdown_timeout={timeout}
send_default_pii={pii}
[sentry:privacy]
personal={personal}
[sentry:logging]
logs=warning
[sentry:limits]
issue_events=off
total_events=off
[sentry:spool]
max_bytes=1G
max_envelopes=100000
"""
TESTS = Path(__file__).parent.parent

SCRIPT = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from privacy.plant import Plant

sys.exit(Plant().run())
"""

TIMEOUT = 600.0
"""Seconds for a run, of which the longest of `make privacy` takes minutes."""


class Run(NamedTuple):
    """What was put where, what was seen of it, and how long the application worked, in seconds of CPU."""

    ledger: Ledger
    seconds: float


def _configuration(timeout: float, *, pii: bool, personal: str) -> tuple[str, dict[str, str]]:
    """Return the ini file and the environment that hold what is known by its value."""
    ini, environ = INI.format(timeout=timeout, pii=pii, personal=personal) + "[shop]\n", {}
    for number, (family, name, secret) in enumerate(plan.held()):
        value = "before-it-was-rotated" if family == "rotated" else secret
        if name.startswith("environment") or number % 2:
            environ[f"{name.upper()}_PASSWORD"] = value
        else:
            ini += f"{name}_password={value.replace('$', '$$')}\n"
    return ini, environ


def start(
    directory: Path, dsn: str, batches: Sequence[Batch], timeout: float, *, pii: bool = False, personal: str = ""
) -> float:
    """Run the application, with this `shutdown_timeout`; return how long it worked, in seconds of CPU."""
    ini, environ = _configuration(timeout, pii=pii, personal=personal)
    (directory / "app.conf").write_text(ini)
    (directory / "batches").write_bytes(pickle.dumps(list(batches)))
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    (directory / "app.py").write_text(SCRIPT)
    done = programs.run(
        ["app.py", "-c", "app.conf"],
        cwd=directory,
        env=inherited | environ | {"SENTRY_DSN": dsn, "HOME": str(directory)},
        timeout=TIMEOUT,
    )
    if done.returncode:
        raise SystemExit(f"the application failed:\n{done.stdout}\n{done.stderr}")
    return float(done.stdout.split()[-1])


def on_the_wire(batches: Iterable[Batch], *, close: bool = False, pii: bool = False) -> Run:
    """Put batches in their places and look at what arrives at the far end."""
    ledger = Ledger([Batch("", ()), *batches], close=close)
    with tempfile.TemporaryDirectory() as name, FarEnd() as far:
        seconds = start(Path(name), far.dsn, ledger.batches, 60, pii=pii)
        for envelope in far.envelopes:
            ledger.look(envelope.raw)
    return Run(ledger, seconds)


def in_the_spool(batches: Iterable[Batch]) -> Run:
    """Put batches in their places while the far end is away, and look at what is on disk."""
    ledger = Ledger([Batch("", ()), *batches])
    with tempfile.TemporaryDirectory() as name:
        seconds = start(Path(name), f"http://public@127.0.0.1:{closed_port()}/1", ledger.batches, 0)
        envelopes = {*kept_files(Path(name))}
        for path in sorted(Path(name, "sentry").rglob("*")):
            if path.is_file():
                # Numbers and time in the first line may have five characters of a secret by chance.
                ledger.look(files.read(path) if path in envelopes else path.read_bytes())
    return Run(ledger, seconds)
