"""What commands print: lines, or JSON."""

import json
import sys
from typing import Any

from . import spool_files
from .terminal import coloured, plain
from .test_event import Answer


class Unwritable(Exception):
    """Nothing can be written to the standard output, as where the disk is full."""


def write(report: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """Print the report as JSON, or the lines; raise Unwritable, or BrokenPipeError where nobody reads on."""
    text = json.dumps(report, indent=2) + "\n" if as_json else "".join(f"{line}\n" for line in lines)
    encoding = sys.stdout.encoding or "utf-8"
    # Names may have letters that the encoding has not.
    text = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        sys.stdout.write(text)
    except OSError as error:
        raise _unwritable(error) from None


def flush() -> None:
    """Write what is written so far; raise as `write` does."""
    try:
        sys.stdout.flush()
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> Exception:
    return error if isinstance(error, BrokenPipeError) else Unwritable(error.strerror)


def write_faults(faults: list[str], *, as_json: bool) -> None:
    """Print why nothing was done."""
    write({"faults": faults}, [coloured(f"fault: {plain(fault)}", "error") for fault in faults], as_json=as_json)


def describe_answer(answer: Answer) -> str:
    """Return in one line what the server answered."""
    if answer.reason is None:
        verdict = coloured(f"accepted, {answer.event_id}", "good")
        return f"{answer.what}: {verdict}" + (f" ({answer.detail})" if answer.detail else "")
    here = answer.reason in {"unreachable", "not sent", spool_files.DAMAGED, spool_files.UNUSABLE}
    verdict = answer.reason if here else f"refused, {answer.reason}"
    facts = [f"HTTP {answer.status}"] if answer.status else []
    facts += [answer.detail] if answer.detail else []
    return f"{answer.what}: {coloured(verdict, 'error')}" + (f" ({', '.join(facts)})" if facts else "")
