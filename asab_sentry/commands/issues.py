"""`asab-sentry issues`: the issues of the project are listed, shown, resolved, ignored, assigned or deleted."""

import argparse
import itertools
import os
from typing import Any

from ..api import NotFound, Sentry
from ..config.inspection import Survey
from ..runtime.diagnostics import counted
from .event_text import event_lines
from .output import write, write_faults
from .server import ask_project, is_agreed
from .terminal import coloured, columns, plain

HELP = "list, show and change the issues of the project"

COLUMNS = ("issue", "level", "status", "events", "users", "last seen", "title")

PAGE = 25
"""So many issues are listed, unless all are wanted."""

STATUSES = {"resolve": "resolved", "unresolve": "unresolved", "ignore": "ignored"}

ACTIONS = ("list", "show", *STATUSES, "assign", "delete")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="list", help="what to do (default: list)")
    parser.add_argument("issue", nargs="*", help="number or short id of an issue, as in SHOP-1A")
    parser.add_argument("--query", help="list: a search of Sentry; empty: all (default: those unresolved)")
    parser.add_argument("--period", help="list: of which Sentry counts, 24h or 14d")
    parser.add_argument("--all", action="store_true", help="list: not only the newest ones")
    parser.add_argument("--to", help="assign: a user's name or address, or team:NUMBER")
    parser.add_argument("--yes", action="store_true", help="delete: do not ask")


def run(args: argparse.Namespace, survey: Survey) -> int:
    """Run the command; return its exit code."""
    fault = _fault(args)
    if fault:
        write_faults([fault], as_json=args.json)
        return os.EX_USAGE
    actions = {"list": _list, "show": _show, "delete": _delete}
    return ask_project(args, survey, lambda sentry: actions.get(args.action, _change)(args, sentry))


def _fault(args: argparse.Namespace) -> str | None:
    if args.action == "list":
        return f"list takes no issues: show {args.issue[0]} shows one" if args.issue else None
    if not args.issue:
        return f"{args.action} takes numbers or short ids of issues, as in SHOP-1A"
    if args.action == "assign" and not args.to:
        return "assign takes --to: a user's name or address, or team:NUMBER"
    return None


def _list(args: argparse.Namespace, sentry: Sentry) -> int:
    listed = sentry.issues(query=args.query, period=args.period)
    issues = list(listed if args.all else itertools.islice(listed, PAGE + 1))
    more = not args.all and len(issues) > PAGE
    issues = issues if args.all else issues[:PAGE]
    rows = [
        (
            issue.get("shortId") or issue["id"],
            issue.get("level"),
            issue.get("status"),
            issue.get("count"),
            issue.get("userCount"),
            str(issue.get("lastSeen"))[:19],
            issue.get("title"),
        )
        for issue in issues
    ]
    lines = columns(COLUMNS, rows) if rows else []
    shown = [coloured(line, str(issue.get("level"))) for line, issue in zip(lines[1:], issues, strict=True)]
    total = f"{counted(len(issues), 'issue', 'issues')}{', --all shows more' if more else ''}"
    write({"issues": issues, "more": more}, [*lines[:1], *shown, total], as_json=args.json)
    return os.EX_OK


def _show(args: argparse.Namespace, sentry: Sentry) -> int:
    report: list[dict[str, Any]] = []
    lines: list[str] = []
    for name in args.issue:
        issue = sentry.issue(name)
        try:
            event = sentry.newest_event(str(issue["id"]))
        except NotFound:  # all of them are gone by now
            event = {}
        report.append({"issue": issue, "event": event})
        lines += [*issue_lines(issue), *event_lines(event), ""] if event else [*issue_lines(issue), ""]
    write({"issues": report}, lines[:-1], as_json=args.json)
    return os.EX_OK


def issue_lines(issue: dict[str, Any]) -> list[str]:
    """Return an issue as lines."""
    assigned = (issue.get("assignedTo") or {}).get("name")
    facts = [
        plain(issue.get("status")),
        f"{plain(issue.get('count'))} events",
        f"first {plain(issue.get('firstSeen'))[:19]}",
        f"last {plain(issue.get('lastSeen'))[:19]}",
        *([f"assigned to {plain(assigned)}"] if assigned else []),
    ]
    name = coloured(plain(issue.get("shortId") or issue["id"]), "bold")
    link = [f"  {plain(issue['permalink'])}"] if issue.get("permalink") else []
    return [f"{name}  {', '.join(facts)}", *link]


def _change(args: argparse.Namespace, sentry: Sentry) -> int:
    changes = {"assignedTo": args.to} if args.action == "assign" else {"status": STATUSES[args.action]}
    what = f"assigned to {args.to}" if args.action == "assign" else STATUSES[args.action]
    for name in args.issue:
        sentry.update_issue(name, **changes)
        if not args.json:
            write({}, [f"{name} is {what}"], as_json=False)
    write({"issues": args.issue, **changes}, [], as_json=args.json)
    return os.EX_OK


def _delete(args: argparse.Namespace, sentry: Sentry) -> int:
    agreed = is_agreed(args, f"Delete {counted(len(args.issue), 'issue', 'issues')} with all events?")
    if agreed is None:
        return os.EX_USAGE
    deleted = []
    for name in args.issue if agreed else []:
        sentry.delete_issue(name)
        deleted.append(name)
        if not args.json:
            write({}, [f"{name} is deleted"], as_json=False)
    write({"deleted": deleted}, [] if deleted else ["nothing is deleted"], as_json=args.json)
    return os.EX_OK
