"""The process as it was before: what applications and this package change in it, and how that is taken back."""

import contextlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence

import sentry_sdk
import sentry_sdk.scope
import sentry_sdk.utils

from ..client import Client
from ..runtime import diagnostics
from . import applications, configuration, loops


def begin(undo: contextlib.ExitStack, config: Mapping[str, Mapping[str, str]], args: Sequence[str], dsn: str) -> None:
    """Give the process a new configuration, command line, loop and scopes; `undo` is to bring back the old ones."""
    _set_environment(undo, dsn)
    undo.callback(setattr, sys, "argv", sys.argv)
    sys.argv = [*sys.argv[:1], *args]
    configuration.renew(undo, config)
    _new_memory(undo)
    _new_scopes(undo)
    _end_logging(undo)
    applications.report_runs(undo, loops.renew(undo))
    applications.end(undo)
    _end_clients(undo)


def _set_environment(undo: contextlib.ExitStack, dsn: str) -> None:
    # HOSTNAME and THIS_DIR are written by ASAB.
    for name in ("SENTRY_DSN", "SENTRY_DSN_FILE", "HOSTNAME", "THIS_DIR"):
        if name in os.environ:
            undo.callback(os.environ.__setitem__, name, os.environ[name])
        else:
            undo.callback(os.environ.pop, name, None)
    os.environ["SENTRY_DSN"] = dsn
    os.environ.pop("SENTRY_DSN_FILE", None)


def _new_memory(undo: contextlib.ExitStack) -> None:
    before = dict(diagnostics.said_at)
    diagnostics.said_at.clear()

    def restore() -> None:
        diagnostics.said_at.clear()
        diagnostics.said_at.update(before)

    undo.callback(restore)


def _new_scopes(undo: contextlib.ExitStack) -> None:
    # Private: sentry-sdk can only add scopes to those there are. Its own tests do the same.
    scope = sentry_sdk.scope
    undo.callback(setattr, scope, "_global_scope", scope._global_scope)  # noqa: SLF001
    scope._global_scope = None  # noqa: SLF001
    for variable in (scope._isolation_scope, scope._current_scope):  # noqa: SLF001
        # Not by a token: a fixture may end in another context than it began in.
        undo.callback(variable.set, variable.get(None))
        variable.set(None)
    undo.callback(setattr, sentry_sdk.utils.logger, "disabled", sentry_sdk.utils.logger.disabled)
    undo.callback(setattr, sentry_sdk.utils.logger, "propagate", sentry_sdk.utils.logger.propagate)


def _end_logging(undo: contextlib.ExitStack) -> None:
    undo.callback(logging.root.setLevel, logging.root.level)
    levels = {name: logger.level for name, logger in _loggers().items()}
    handlers = list(logging.root.handlers)

    def restore() -> None:
        # Not others: a runner of tests has its own for each phase of a test.
        for handler in [known for known in logging.root.handlers if known not in handlers and _is_of_asab(known)]:
            logging.root.removeHandler(handler)
            handler.close()
        for name, logger in _loggers().items():
            logger.setLevel(levels.get(name, logging.NOTSET))

    undo.callback(restore)


def _is_of_asab(handler: logging.Handler) -> bool:
    # The handler of the log file is one of the standard library.
    return type(handler).__module__.startswith("asab.") or type(handler.formatter).__module__.startswith("asab.")


def _loggers() -> dict[str, logging.Logger]:
    by_name = logging.root.manager.loggerDict
    return {name: logger for name, logger in by_name.items() if isinstance(logger, logging.Logger)}


def _end_clients(undo: contextlib.ExitStack) -> None:
    before = list(Client.at_work)

    def restore() -> None:
        for client in [client for client in Client.at_work if client not in before]:
            client.close()

    undo.callback(restore)
