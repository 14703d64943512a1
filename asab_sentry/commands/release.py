"""`asab-sentry release`: the release that the service would report is registered, finalized and deployed."""

import argparse
import os
import shutil
import subprocess
from typing import Any

from ..api import Sentry
from ..config.inspection import Survey
from .output import write, write_faults
from .server import address, ask_project, missing

HELP = "register and finalize the release of the service"

NO_RELEASE = (
    "The release is not known: set [sentry] release or SENTRY_RELEASE, or give --appclass where there is a manifest"
)
NO_CLI = "--commits takes sentry-cli, which is not installed: pip install sentry-cli"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--deploy", metavar="ENVIRONMENT", help="record that it is deployed there")
    parser.add_argument("--commits", choices=["auto"], help="auto: those of the git checkout, by sentry-cli")


def run(args: argparse.Namespace, survey: Survey) -> int:
    """Run the command; return its exit code."""
    cli = shutil.which("sentry-cli")
    faults = [] if survey.identity.release else [NO_RELEASE]
    faults += [NO_CLI] if args.commits and cli is None else []
    if faults:
        write_faults([*(missing(survey) or survey.faults), *faults], as_json=args.json)
        return os.EX_CONFIG
    return ask_project(args, survey, lambda sentry: _release(args, survey, sentry, cli or ""))


def _release(args: argparse.Namespace, survey: Survey, sentry: Sentry, cli: str) -> int:
    version = survey.identity.release or ""
    report: dict[str, Any] = {"release": version, "registered": True, "finalized": False, "deploy": None}
    sentry.create_release(version)
    lines = [f"{version} is registered"]
    if args.commits:
        fault = _set_commits(cli, survey, version)
        if fault:
            write_faults([fault], as_json=args.json)
            return os.EX_SOFTWARE
        report["commits"] = args.commits
        lines.append("its commits are those of this checkout")
    sentry.finalize_release(version)
    report["finalized"] = True
    lines.append("it is finalized")
    if args.deploy:
        sentry.create_deploy(version, args.deploy)
        report["deploy"] = args.deploy
        lines.append(f"it is deployed to {args.deploy}")
    write(report, lines, as_json=args.json)
    return os.EX_OK


def _set_commits(cli: str, survey: Survey, version: str) -> str | None:
    """Let sentry-cli find out which commits are new, by the repositories that Sentry knows; return what went wrong."""
    known = address(survey.options)
    variables = {
        "SENTRY_URL": known["url"],
        "SENTRY_ORG": known["organization"],
        "SENTRY_PROJECT": known["project"],
        "SENTRY_AUTH_TOKEN": known["auth_token"],
    }
    done = subprocess.run(  # noqa: S603  # as the operator has asked
        [cli, "releases", "set-commits", version, "--auto"],
        env={**os.environ, **{name: value for name, value in variables.items() if value}},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if not done.returncode:
        return None
    output = " ".join((done.stderr or done.stdout).replace(known["auth_token"] or "\0", "***").split())
    return f"sentry-cli cannot set the commits ({output[:500]})"
