"""`asab-sentry test`: an event to the server, and what that answers."""

import argparse
import dataclasses
import logging
import os

import sentry_sdk.utils

from ..config import option_types
from ..config.inspection import Survey
from ..config.options import Options
from .check import why_off, without_section
from .connection import proxy_fault
from .next_steps import step
from .output import describe_answer, write, write_faults
from .terminal import coloured, plain
from .test_event import EXIT_CODES, MESSAGE, probe

HELP = "send an error event and print what the server answers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="the same as -c FILE")
    parser.add_argument("--message", default=MESSAGE, help="text of the event")
    parser.add_argument("--transaction", action="store_true", help="send a transaction too")


def run(args: argparse.Namespace, survey: Survey) -> int:
    """Run the command; return its exit code."""
    faults = list(survey.faults)
    if not faults and not survey.options.dsn:
        faults = [f"Sentry is off: {why_off(survey)}"]
    fault = proxy_fault(survey.options)
    faults += [fault] if fault else []
    if faults:
        write_faults(faults, as_json=args.json)
        return os.EX_CONFIG
    warnings = [*survey.warnings, *without_section(survey), *about_levels(survey.options)]
    answers = probe(survey.options, survey.identity, args.message, transaction=args.transaction)
    steps = dict.fromkeys(filter(None, (step(answer.reason, survey.options) for answer in answers)))
    to = _destination(survey)
    report = {
        "accepted": all(answer.reason is None for answer in answers),
        "answers": [dataclasses.asdict(answer) | {"accepted": answer.reason is None} for answer in answers],
        **to,
        "next": list(steps),
        "warnings": warnings,
    }
    lines = [
        *map(describe_answer, answers),
        f"to: {', '.join(f'{name} {plain(value)}' for name, value in to.items() if value)}",
        *(f"next: {plain(text)}" for text in steps),
        *(coloured(f"warning: {plain(text)}", "warning") for text in warnings),
    ]
    write(report, lines, as_json=args.json)
    return next((EXIT_CODES[answer.reason] for answer in answers if answer.reason), os.EX_OK)


def about_levels(options: Options) -> list[str]:
    """Return what is to be known where ERROR records, which this event stands for, are no events of the service."""
    if options.events is not None and options.events <= logging.ERROR:
        return []
    level = "off" if options.events is None else option_types.LEVEL.written(options.events)
    return [f"The service makes no events of ERROR records: [sentry:logging] events is {level}"]


def _destination(survey: Survey) -> dict[str, str | None]:
    dsn = sentry_sdk.utils.Dsn(survey.options.dsn)
    return {
        "server": dsn.netloc,
        "project": dsn.project_id,
        "environment": survey.identity.environment,
        "release": survey.identity.release,
    }
