"""The commands `asab-sentry check`, `test`, `spool`, `issues`, `events`, `release` and `migrate`.

Exit codes are those of `os.EX_*`: 0; 78 (CONFIG) faults, or nothing was sent; 69 (UNAVAILABLE) not reachable; of
`test` and `spool send` also 77 (NOPERM) key or project refused, 75 (TEMPFAIL) quota, 65 (DATAERR) size or content, 76
(PROTOCOL) another answer; of `spool` 74 (IOERR) its directory cannot be used, 64 (USAGE) nobody to ask; of those that
ask Sentry's API 77 token or scope refused, 65 there is no such thing, 64 arguments that do not fit; of `release` 70
(SOFTWARE) `sentry-cli` has failed; of `migrate` 65 while something is left, 74 a file cannot be read or written. Of all
74 where the output cannot be written.
"""

import argparse
import importlib.metadata
import os
import platform
import sys
from collections.abc import Sequence

from . import __version__
from .commands import check, events, issues, migrate, release, spool, test
from .commands.output import Unwritable, flush, write_faults
from .commands.test_event import MESSAGE
from .config.ini_files import Unreadable
from .config.inspection import config_file, environment_only, survey
from .sdk import version

COMMANDS = {
    "check": check.run,
    "test": test.run,
    "spool": spool.run,
    "issues": issues.run,
    "events": events.run,
    "release": release.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    _open_what_is_closed()
    parser = _parser()
    try:
        code = _run(parser, arguments)
        flush()
    except BrokenPipeError:  # as by `| head`
        _write_no_more()
        return os.EX_OK
    except Unwritable as error:
        _write_no_more()
        sys.stderr.write(f"asab-sentry: what it says cannot be written: {error}\n")
        return os.EX_IOERR
    return code


def _open_what_is_closed() -> None:
    """Open a standard stream that was closed, as by `>&-` or a supervisor; Python has None for it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # for the process


def _write_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    try:
        args = parser.parse_args(arguments)
    except SystemExit as end:  # after --help, --version, or what does not fit
        return int(end.code or os.EX_OK)
    if args.command is None:
        parser.print_help()
        return os.EX_OK
    if args.command != "migrate" and args.config is None:
        args.config = args.service
    if args.command == "check" and args.files:
        files = [*([args.config] if args.config is not None else []), *args.files]
        if len(files) > 1:
            return check.run_each(args, files)
        (args.config,) = files
    if args.command == "migrate":
        return migrate.run(args)
    # As for a service that is started here: hooks are modules beside it.
    sys.path.insert(0, os.getcwd())  # noqa: PTH109  # a path of Python is a text
    path = config_file(args.config)
    try:
        known = survey(path, os.environ, args.appclass)
    except Unreadable as error:
        if args.command != "spool" or args.action == "send":
            write_faults([str(error)], as_json=args.json)
            return os.EX_CONFIG
        known = environment_only(str(error), os.environ)
    return COMMANDS[args.command](args, known)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="asab-sentry", description="Check and test how a service reaches Sentry.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-c", "--config", help="configuration file of the service (default: ASAB_CONFIG)")
    common.add_argument("--appclass", help="name of the application's class, as in ShopApp: a part of the release")
    common.add_argument("--json", action="store_true", help="print JSON")
    # Also before the command, as those who start a service write it.
    parser.add_argument("-c", "--config", dest="service", help="configuration file of the service")
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    checked = commands.add_parser(
        "check", parents=[common], help="print what is set and where it is from, and connect to the server"
    )
    checked.add_argument("files", nargs="*", metavar="FILE", help="configuration files, each checked by itself")
    checked.add_argument("--strict", action="store_true", help="warnings are faults")
    checked.add_argument("--all", action="store_true", help="print also the options that have their default")
    test = commands.add_parser("test", parents=[common], help="send an error event and print what the server answers")
    test.add_argument("--message", default=MESSAGE, help="text of the event")
    test.add_argument("--transaction", action="store_true", help="send a transaction too")
    waiting = commands.add_parser("spool", parents=[common], help="what waits on disk: list, send or throw away")
    waiting.add_argument("action", nargs="?", choices=spool.ACTIONS, default="list", help="what to do (default: list)")
    waiting.add_argument("--directory", help="where events wait, if the configuration does not say so")
    waiting.add_argument("--all", action="store_true", help="purge: also what was captured for other DSNs")
    waiting.add_argument(
        "--to-current-dsn", action="store_true", help="send: also what was captured for other DSNs, to the one of now"
    )
    waiting.add_argument("--yes", action="store_true", help="purge, and send --to-current-dsn: do not ask")
    listed = commands.add_parser("issues", parents=[common], help="list, show and change the issues of the project")
    listed.add_argument("action", nargs="?", choices=issues.ACTIONS, default="list", help="what to do (default: list)")
    listed.add_argument("issue", nargs="*", help="number or short id of an issue, as in SHOP-1A")
    listed.add_argument("--query", help="list: a search of Sentry; empty: all (default: those unresolved)")
    listed.add_argument("--period", help="list: of which Sentry counts, 24h or 14d")
    listed.add_argument("--all", action="store_true", help="list: not only the newest ones")
    listed.add_argument("--to", help="assign: a user's name or address, or team:NUMBER")
    listed.add_argument("--yes", action="store_true", help="delete: do not ask")
    shown = commands.add_parser("events", parents=[common], help="show an event by its id, or list the newest ones")
    shown.add_argument("event", nargs="?", default="list", help="id of an event, or list (default)")
    shown.add_argument("--all", action="store_true", help="list: not only the newest ones")
    left = commands.add_parser("migrate", help="find what is left of asab.sentry in a project, and change it")
    left.add_argument("path", metavar="PATH", help="the project, or one file of it")
    left.add_argument("--write", action="store_true", help="change the files (default: show what would be changed)")
    left.add_argument("--json", action="store_true", help="print JSON")
    out = commands.add_parser("release", parents=[common], help="register and finalize the release of the service")
    out.add_argument("--deploy", metavar="ENVIRONMENT", help="record that it is deployed there")
    out.add_argument("--commits", choices=["auto"], help="auto: those of the git checkout, by sentry-cli")
    return parser


def _version() -> str:
    versions = {
        "asab-sentry": __version__,
        "sentry-sdk": version.INSTALLED,
        "asab": importlib.metadata.version("asab"),
        "Python": platform.python_version(),
    }
    return ", ".join(f"{name} {number}" for name, number in versions.items())
