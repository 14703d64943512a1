"""`asab-sentry events`: the newest events of the project, or one by its id, as in a log or in an answer to a client."""

import argparse
import itertools
import os
import re

from ..api import NotFound, Sentry
from ..config.inspection import Survey
from .event_text import event_lines
from .issues import PAGE, issue_lines
from .output import write, write_faults
from .server import ask_project
from .terminal import columns

HELP = "show an event by its id, or list the newest ones"

COLUMNS = ("event", "issue", "when", "title")

_event_id = re.compile(r"[0-9a-fA-F]{32}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("event", nargs="?", default="list", help="id of an event, or list (default)")
    parser.add_argument("--all", action="store_true", help="list: not only the newest ones")


def run(args: argparse.Namespace, survey: Survey) -> int:
    """Run the command; return its exit code."""
    if args.event == "list":
        return ask_project(args, survey, lambda sentry: _list(args, sentry))
    event_id = args.event.replace("-", "").lower()
    if not _event_id.fullmatch(event_id):
        fault = f"{args.event} is no id of an event: 32 hexadecimal digits, with dashes or without"
        write_faults([fault], as_json=args.json)
        return os.EX_USAGE
    return ask_project(args, survey, lambda sentry: _show(args, sentry, event_id))


def _list(args: argparse.Namespace, sentry: Sentry) -> int:
    listed = sentry.events()
    events = list(listed if args.all else itertools.islice(listed, PAGE))
    rows = [
        (event.get("eventID"), event.get("groupID"), str(event.get("dateCreated"))[:19], event.get("title"))
        for event in events
    ]
    write({"events": events}, columns(COLUMNS, rows) if rows else ["no events"], as_json=args.json)
    return os.EX_OK


def _show(args: argparse.Namespace, sentry: Sentry, event_id: str) -> int:
    try:
        event = sentry.event(event_id)
    except NotFound as error:
        if sentry.is_bugsink():
            raise
        hint = "It may still wait to be sent, see asab-sentry spool, or be of another project"
        write_faults([str(error), hint], as_json=args.json)
        return os.EX_DATAERR
    issue = sentry.issue(str(event["groupID"])) if event.get("groupID") else {}
    lines = [*(issue_lines(issue) if issue else []), *event_lines(event)]
    write({"event": event, "issue": issue}, lines, as_json=args.json)
    return os.EX_OK
