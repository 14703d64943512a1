"""Asks Sentry's own grouping which events of the corpus are one issue, and writes down what it said.

`sentry` 23.7.1 is installed for it in an environment of its own, which takes Python 3.8 (PYTHON38), 800 MB and minutes.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import corpus

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".grouping"
REQUIREMENT = "sentry==23.7.1"


def install() -> Path:
    """Make the environment, unless that was done before; return its interpreter."""
    interpreter, stamp, log = VENV / "bin" / "python", VENV / "installed", VENV.with_suffix(".log")
    if stamp.is_file() and stamp.read_text() == REQUIREMENT:
        return interpreter
    python = os.environ.get("PYTHON38") or shutil.which("python3.8")
    if python is None:
        raise SystemExit("grouping: Python 3.8 is needed; set PYTHON38 to its path")
    print(f"installing {REQUIREMENT}", flush=True)
    with log.open("w") as output:
        for command in (
            [python, "-m", "venv", "--clear", VENV],
            [interpreter, "-m", "pip", "--disable-pip-version-check", "install", REQUIREMENT],
        ):
            if subprocess.run(command, stdout=output, stderr=output, check=False).returncode:
                raise SystemExit(f"grouping: it cannot be installed, see {log}")
    stamp.write_text(REQUIREMENT)
    log.unlink()
    return interpreter


def judge(interpreter: Path, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what Sentry makes of each event."""
    done = subprocess.run(
        [interpreter, Path(__file__).with_name("judge.py")],
        input="\n".join(map(json.dumps, events)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def issues(verdicts: list[dict[str, Any]]) -> list[int]:
    """Return the number of the issue of each event: events with a hash in common are one issue."""
    numbers: dict[str, int] = {}
    for verdict in verdicts:
        known = {numbers[found] for found in verdict["hashes"] if found in numbers}
        number = min(known, default=len(numbers))
        numbers = {found: number if other in known else other for found, other in numbers.items()}
        numbers.update(dict.fromkeys(verdict["hashes"], number))
    return [numbers[verdict["hashes"][0]] for verdict in verdicts]


def faults(causes: list[str], numbers: list[int]) -> list[str]:
    """Return a sentence for each cause that is not one issue, and for each issue that is not one cause."""
    of_cause = {cause: {number for of, number in zip(causes, numbers, strict=True) if of == cause} for cause in causes}
    of_issue = {
        number: {cause for cause, of in zip(causes, numbers, strict=True) if of == number} for number in numbers
    }
    apart = [f"{cause} is {len(found)} issues" for cause, found in of_cause.items() if len(found) > 1]
    return apart + [f"{', '.join(sorted(found))} are one issue" for found in of_issue.values() if len(found) > 1]


def main() -> int:
    """Judge two runs of the corpus."""
    interpreter = install()
    first, second = corpus.run(1), corpus.run(2)
    causes = [*first, *second]
    events = [*first.values(), *second.values()]
    without = [{key: value for key, value in event.items() if key != "fingerprint"} for event in events]
    found = []
    for title, judged in (("as sent", events), ("by the stacks alone", without)):
        verdicts = judge(interpreter, judged)
        numbers = issues(verdicts)
        found.append(faults(causes, numbers))
        print(f"{title}: {len(set(causes))} causes are {len(set(numbers))} issues")
        print("".join(f"    {fault}\n" for fault in found[-1]), end="")
        if judged is events:
            corpus.write(first, verdicts)
            print(
                "".join(f"    {cause}: {verdict['culprit']}\n" for cause, verdict in zip(first, verdicts, strict=False))
            )
    return 1 if found[0] else 0


if __name__ == "__main__":
    sys.exit(main())
