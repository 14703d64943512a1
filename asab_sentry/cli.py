"""The command `asab-sentry`: what all its commands have, and how they end."""

import argparse
import contextlib
import importlib.metadata
import os
import platform
import signal
import sys
from collections.abc import Sequence
from typing import Protocol

from . import __version__
from .commands import check, events, issues, migrate, release, spool, test
from .commands.output import Unwritable, flush, write_faults
from .config.ini_files import Unreadable
from .config.inspection import Survey, config_file, environment_only, survey
from .sdk import version


class Command(Protocol):
    """What a module of `commands` has, to be a command."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments of the command."""

    def run(self, args: argparse.Namespace, survey: Survey) -> int:
        """Run the command; return its exit code."""


COMMANDS: dict[str, Command] = {
    "check": check,
    "test": test,
    "spool": spool,
    "issues": issues,
    "events": events,
    "release": release,
}
"""Those of a service; `migrate` is one of a project, and reads no configuration."""


ACTIONS = {
    ("spool", "all"): "purge",
    ("spool", "to_current_dsn"): "send",
    ("issues", "query"): "list",
    ("issues", "period"): "list",
    ("issues", "all"): "list",
    ("issues", "to"): "assign",
}
"""The one action that an option of a command is for, where it says what is done."""


EXIT_CODES = """\
exit codes:
  0   all is well
  2   arguments that are not known
  64  arguments that do not fit, or nobody to ask
  65  refused for its size or content, not there, damaged; migrate: something is left
  69  the server cannot be reached, or is out of order
  70  sentry-cli has failed
  74  a file, the directory of the spool, or the output cannot be used
  75  a quota is used up
  76  something else than Sentry answers
  77  key, project or token is refused
  78  the configuration is at fault, or nothing was sent
"""
"""Those of `os.EX_*`."""


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
    except KeyboardInterrupt:
        return _interrupted()
    return code


def _open_what_is_closed() -> None:
    """Open a standard stream that was closed, as by `>&-` or a supervisor; Python has None for it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # for the process


def _write_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupted() -> int:
    """End as a program does that Ctrl-C ends, by the signal, so that a script that called it ends, too."""
    with contextlib.suppress(BrokenPipeError, Unwritable):
        flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.raise_signal(signal.SIGINT)
    return 128 + signal.SIGINT  # where the signal is blocked


def _run(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    try:
        args = parser.parse_args(arguments)
    except SystemExit as end:  # after --help, --version, or what does not fit
        return int(end.code or os.EX_OK)
    if args.command is None:
        parser.print_help()
        return os.EX_OK
    if args.command == "migrate":
        return migrate.run(args)
    files = [file for file in (args.service if args.config is None else args.config, *args.files) if file is not None]
    faults = _misfits(args, files)
    if faults:
        write_faults(faults, as_json=args.json)
        return os.EX_USAGE
    if len(files) > 1:
        return check.run_each(args, files)
    args.config = next(iter(files), None)
    return _run_with_file(args)


def _misfits(args: argparse.Namespace, files: Sequence[str]) -> list[str]:
    """Return what does not fit, though each argument is known."""
    faults = [
        f"--{option.replace('_', '-')} is for `{command} {action}`, not for `{command} {args.action}`"
        for (command, option), action in ACTIONS.items()
        if command == args.command and getattr(args, option) and args.action != action
    ]
    if args.command == "test" and len(files) > 1:
        faults.append(f"One configuration file is tested, not {len(files)}: {', '.join(files)}")
    return faults


def _run_with_file(args: argparse.Namespace) -> int:
    # As for a service that is started here: hooks are modules beside it.
    sys.path.insert(0, "")
    path = config_file(args.config)
    try:
        known = survey(path, os.environ, args.appclass)
    except Unreadable as error:
        if args.command != "spool" or args.action == "send":
            write_faults([str(error)], as_json=args.json)
            return os.EX_CONFIG
        known = environment_only(str(error), os.environ)
    return COMMANDS[args.command].run(args, known)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="asab-sentry",
        description="Check and test how a service reaches Sentry.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-c", "--config", metavar="FILE", help="configuration file of the service (default: that of ASAB_CONFIG)"
    )
    common.add_argument(
        "--appclass", metavar="CLASS", help="name of the application's class, as in ShopApp: a part of the release"
    )
    common.add_argument("--json", action="store_true", help="print JSON")
    # Also before the command, as those who start a service write it.
    parser.add_argument("-c", "--config", dest="service", metavar="FILE", help="configuration file of the service")
    parser.add_argument("--version", action="version", version=_version())
    parser.set_defaults(files=[])
    _add_commands(parser.add_subparsers(dest="command", metavar="COMMAND"), common)
    return parser


def _add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    def add(name: str, what: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=parents, help=what, description=f"{what[0].upper()}{what[1:]}.")

    for name, command in COMMANDS.items():
        command.add_arguments(add(name, command.HELP, common))
    migrate.add_arguments(add("migrate", migrate.HELP))


def _version() -> str:
    versions = {
        "asab-sentry": __version__,
        "sentry-sdk": version.INSTALLED,
        "asab": importlib.metadata.version("asab"),
        "Python": platform.python_version(),
    }
    return ", ".join(f"{name} {number}" for name, number in versions.items())
