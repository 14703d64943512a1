"""`asab-sentry test`: an event to the server, and what that answers."""

import argparse
import dataclasses
import os

from ..config.inspection import Survey
from .connection import proxy_fault
from .output import said, write, write_faults
from .test_event import EXIT_CODES, probe


def run(given: argparse.Namespace, found: Survey) -> int:
    """Run the command; return its exit code."""
    faults = list(found.faults)
    if not faults and not found.options.dsn:
        faults = ["Sentry is off: its DSN is set but empty"]
    fault = proxy_fault(found.options)
    faults += [fault] if fault else []
    if faults:
        write_faults(faults, as_json=given.json)
        return os.EX_CONFIG
    answers = probe(found.options, found.identity, given.message, transaction=given.transaction)
    report = {"answers": [dataclasses.asdict(answer) for answer in answers], "warnings": list(found.warnings)}
    lines = [said(answer) for answer in answers] + [f"warning: {warning}" for warning in found.warnings]
    write(report, lines, as_json=given.json)
    return next((EXIT_CODES[answer.reason] for answer in answers if answer.reason), os.EX_OK)
