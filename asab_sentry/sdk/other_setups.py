"""Others in the process who set up sentry-sdk by themselves, as code of before does: nothing is sent twice, or past us.

- What a `sentry_sdk.init()` before ours installed works on for whatever client there is, so for ours.
- One after ours would put its client in the place of ours: what is captured would be neither scrubbed nor kept.
- A handler of sentry-sdk makes events of log records of which they are made already.
"""

import contextlib
import functools
import inspect
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import sentry_sdk

from ..patches import replace
from ..runtime import stacks
from ..runtime.diagnostics import L
from ..runtime.guards import attempt
from .client import SdkClient
from .ignored_loggers import SETS

OURS = "asab_sentry.ours"
"""In the hint of a breadcrumb of a log record: that it was made here."""

SERVER_LOG = "aiohttp.server"
"""A logger that sentry-sdk ignores, as it does something to the server."""


def is_other(client: Any) -> bool:
    """Return whether a client is somebody's, and not ours."""
    return client is not None and client.is_active() and not isinstance(client, SdkClient)


def free_server() -> Callable[[], None]:
    """Free aiohttp's server of what sentry-sdk does to it; return the function that takes that back."""
    web, undo = sys.modules.get("aiohttp.web"), contextlib.ExitStack()
    if web is None:  # then it has done nothing to it
        return undo.close
    application = web.Application
    handle = application._handle  # noqa: SLF001  # patched by the SDK
    undo.callback(replace(application, "_handle", _original))
    undo.callback(replace(web.UrlDispatcher, "resolve", _original))
    ignoring = [names for names in SETS if application._handle is not handle and SERVER_LOG in names]  # noqa: SLF001
    for names in ignoring:
        names.discard(SERVER_LOG)
        undo.callback(names.add, SERVER_LOG)
    return undo.close


def _original(function: Any) -> Any:
    """Return the function in whose place sentry-sdk's integration of aiohttp has put this one, or the function."""
    while getattr(function, "__globals__", {}).get("__name__") == "sentry_sdk.integrations.aiohttp":
        variables = inspect.getclosurevars(function).nonlocals
        # Private names of local variables.
        original = variables.get("old_handle") or variables.get("old_urldispatcher_resolve")
        if original is None:
            break
        function = original
    return function


def keep_client(before: Any, begun: str) -> Callable[[], None]:
    """Say that ours took the place of a client, if it did; let no other take that of ours, and say so once.

    `begun` says by what ours began.
    Return the function that ends it.
    """
    is_told = False
    if is_other(before):
        L.warning(
            "sentry_sdk.init() was called before %s: its options do not hold any more, those of [sentry] do; remove "
            "that call",
            begun,
        )

    def make(set_client: Any) -> Any:
        @functools.wraps(set_client)
        def set_ours(scope: sentry_sdk.Scope, client: Any = None) -> None:
            nonlocal is_told
            if not is_other(client) or scope is not sentry_sdk.get_global_scope():
                set_client(scope, client)
            elif not is_told:
                is_told = True
                L.error(
                    "sentry_sdk.init() was called after %s (%s): it has no effect, as what is captured would be "
                    "neither scrubbed nor kept; put its options into [sentry] and remove that call",
                    begun,
                    attempt("Where that was is not known", _place),
                )

        return set_ours

    return replace(sentry_sdk.Scope, "set_client", make)


def _place() -> str:
    frame = stacks.caller()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "in code that is gone"


def _is_of_loguru() -> bool:
    """Return whether loguru hands over a record, of which no logger knows."""
    frame = stacks.caller()
    return frame is not None and str(frame.f_globals.get("__name__")).startswith("loguru.")


class Handlers:
    """Tells what handlers of sentry-sdk make of log records: these are handled already, and that is said once."""

    def __init__(self) -> None:
        self._is_told = False

    def have_handled(self, hint: dict[str, Any]) -> bool:
        """Return whether this is about a record that was handled before; those of other processes were not."""
        record = hint.get("log_record")
        if not isinstance(record, logging.LogRecord) or record.process != os.getpid() or _is_of_loguru():
            return False
        if not self._is_told:
            self._is_told = True
            L.warning("A logger has a handler of sentry_sdk, which is not needed: it is left out; remove it")
        return True
