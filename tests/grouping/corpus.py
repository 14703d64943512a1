"""Runs the service, and says what is sent for each of its causes."""

import itertools
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import programs
from far import FarEnd

FILES = ("service.py", "prices.py", "helpers.py")

VERDICTS = Path(__file__).with_name("verdicts.json")

CONFIGURATION = """
[sentry]
[sentry:limits]
issue_events=off
total_events=off
[web]
listen=127.0.0.1 0
"""


def run(number: int) -> dict[str, dict[str, Any]]:
    """Return the event of each cause; in each run ids and line numbers are others."""
    with FarEnd() as far, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in FILES:
            source = (Path(__file__).parent / name).read_text(encoding="utf-8")
            shifted = source.replace("\n\n    def ", "\n\n" + "    # shifted\n" * number + "    def ")
            (folder / name).write_text("# shifted\n" * number + shifted)
        (folder / "service.conf").write_text(CONFIGURATION)
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
        done = programs.run(
            ["service.py", "-c", "service.conf"],
            cwd=folder,
            env={**environ, "SENTRY_DSN": far.dsn, "HOME": temporary, "RUN": str(number)},
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        events = far.events
    causes: dict[str, dict[str, Any]] = {}
    for event in events:
        # What is raised in a callback of the event loop has left its scope.
        cause = (event.get("tags") or {}).get("cause", "callback")
        assert cause not in causes, f"two events of {cause}: {event.get('logentry')}, {event.get('exception')}"
        causes[cause] = event
    return causes


def sent(event: dict[str, Any]) -> dict[str, Any]:
    """Return what of an event makes its issue: the fingerprint, and the frames that are said to be the application."""
    part = event.get("exception") or event.get("threads") or {}
    frames = [
        f"{frame['module']} in {frame['function']}"
        for value in part.get("values") or ()
        for frame in (value.get("stacktrace") or {}).get("frames") or ()
        if frame["in_app"]
    ]
    return {"fingerprint": event.get("fingerprint"), "in_app": [frame for frame, _ in itertools.groupby(frames)]}


def write(events: dict[str, dict[str, Any]], verdicts: list[dict[str, Any]]) -> None:
    """Write down what was sent for each cause, and what Sentry took for its culprit and for the application."""
    judged = {}
    for (cause, event), verdict in zip(events.items(), verdicts, strict=False):
        facts = sent(event)
        in_app = [frame for frame, _ in itertools.groupby(verdict["in_app"])]
        if in_app != facts["in_app"]:
            raise SystemExit(f"grouping: Sentry takes other frames of {cause} for the application: {in_app}")
        judged[cause] = {**facts, "culprit": verdict["culprit"]}
    VERDICTS.write_text(json.dumps(judged, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def judged() -> dict[str, dict[str, Any]]:
    """Return what was written down."""
    return json.loads(VERDICTS.read_text(encoding="utf-8"))
