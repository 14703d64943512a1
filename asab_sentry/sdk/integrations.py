"""Which integrations of sentry-sdk are on, and what they are not to do."""

import contextlib
import importlib
import importlib.util
import inspect
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import aiohttp.web
import sentry_sdk.integrations
from sentry_sdk.integrations import DidNotEnable, Integration
from sentry_sdk.integrations.aiohttp import AioHttpIntegration
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.modules import ModulesIntegration
from sentry_sdk.integrations.unraisablehook import UnraisablehookIntegration

from . import ignored_loggers, loguru, other_setups

REPLACED: tuple[type[Integration], ...] = (
    LoggingIntegration,  # sources.records
    DedupeIntegration,  # pipeline.gate, which knows an exception in any task
    AtexitIntegration,  # the end of `client.Client`, which prints nothing
    ExcepthookIntegration,  # sources.interpreter_hooks
    ArgvIntegration,  # process arguments may hold secrets
    ModulesIntegration,  # pipeline.modules, which does not hold up the first event
    UnraisablehookIntegration,  # sources.interpreter_hooks; a default of sentry-sdk 3 only
)

LIBRARIES = {
    "boto3": "botocore",
    "google_genai": "google.genai",
    "langchain": "langchain_core",
    "openai_agents": "agents",
}
"""What those integrations of sentry-sdk import that have another name than their library."""


def enabled(disabled: Collection[str]) -> list[Integration]:
    """Return those that are on, beside what sentry-sdk finds by itself, unless their names are among the disabled."""
    return [
        *([] if "aiohttp" in disabled else [AioHttpIntegration()]),
        *([] if "loguru" in disabled else loguru.integrations()),
    ]


def disabled(names: Iterable[str]) -> list[type[Integration]]:
    """Return the classes of those that are off: what has something in its place here, and those of `names`."""
    kinds = list(REPLACED)
    for name in names:
        try:
            module = importlib.import_module(f"sentry_sdk.integrations.{name}")
        except DidNotEnable:  # it cannot be on
            continue
        kinds += [
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if issubclass(member, Integration) and member.__module__.startswith(module.__name__)
        ]
    return kinds


def leave_out(client: Any, kinds: Iterable[type[Integration]]) -> None:
    """Take integrations from a client that is not to have them: what is installed, sentry-sdk gives to each."""
    for kind in kinds:
        client.integrations.pop(kind.identifier, None)


@contextlib.contextmanager
def absent_left_out() -> Iterator[None]:
    """Spare sentry-sdk the import of integrations whose libraries are not installed, a good part of its start."""
    # Private, as `disabled_integrations` takes classes, and to have them is to import them.
    entries = sentry_sdk.integrations._AUTO_ENABLING_INTEGRATIONS  # noqa: SLF001
    before = entries[:]
    entries[:] = [entry for entry in entries if _may_be_installed(entry.split(".")[2])]
    try:
        yield
    finally:
        entries[:] = before


def _may_be_installed(integration: str) -> bool:
    try:
        return importlib.util.find_spec(LIBRARIES.get(integration, integration)) is not None
    except ModuleNotFoundError:  # of the package that it would be in
        return False
    except (ImportError, ValueError):
        return True


@contextlib.contextmanager
def server_untouched() -> Iterator[None]:
    """Keep what sentry-sdk does to aiohttp's client, and undo what it does to its server (`sources.web.server`)."""
    application, dispatcher = aiohttp.web.Application, aiohttp.web.UrlDispatcher
    handle, resolve = application._handle, dispatcher.resolve  # noqa: SLF001  # patched by the SDK
    with ignored_loggers.kept(other_setups.SERVER_LOG):
        yield
    application._handle, dispatcher.resolve = handle, resolve  # type: ignore[method-assign]  # noqa: SLF001
