"""Which integrations of sentry-sdk are on, and what they are not to do."""

import contextlib
import functools
import importlib
import importlib.util
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import sentry_sdk.integrations
from sentry_sdk.integrations import DidNotEnable, Integration
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.modules import ModulesIntegration
from sentry_sdk.integrations.unraisablehook import UnraisablehookIntegration

from ..runtime import imports
from ..runtime.diagnostics import L
from ..runtime.guards import attempt
from . import ignored_loggers, integration_arguments, other_setups
from .integration_arguments import DONE_ANYWAY, OF_APPLICATIONS
from .version import THREE

REPLACED: tuple[type[Integration], ...] = (
    LoggingIntegration,  # sources.records
    DedupeIntegration,  # pipeline.gate, which knows an exception in any task
    AtexitIntegration,  # the end of `client.Client`, which prints nothing
    ExcepthookIntegration,  # sources.interpreter_hooks
    ArgvIntegration,  # process arguments may hold secrets
    ModulesIntegration,  # pipeline.modules, which does not hold up the first event
    UnraisablehookIntegration,  # sources.interpreter_hooks; a default of sentry-sdk 3 only
)

AIOHTTP = "aiohttp"
"""The integration whose part for outgoing requests alone is used where requests are watched by us."""

LIBRARIES = {
    "boto3": "botocore",
    "google_genai": "google.genai",
    "langchain": "langchain_core",
    "openai_agents": "agents",
}
"""What those integrations of sentry-sdk import that have another name than their library."""


TOGETHER = frozenset(
    {
        "anthropic",
        "cohere",
        "google_genai",
        "huggingface_hub",
        "langchain",
        "langgraph",
        "mcp",
        "openai",
        "openai_agents",
        "pydantic_ai",
    }
)
"""Integrations that are on or off by which of the others is there, so that all are asked for at the start."""


def add(client: Any, configured: Mapping[str, Mapping[str, Any]], *, has_server: bool) -> None:
    """Set those up that have sections, in place of what is there without; one that fails is off, and no other.

    Args:
        client: Of sentry-sdk, which would not be made if one of them failed.
        configured: Names and arguments.
        has_server: Whether this is an application of ASAB.
    """
    for name, arguments in configured.items():
        if has_server and name in OF_APPLICATIONS:
            L.warning("[sentry:integration:%s] does nothing in an application of ASAB: %s", name, OF_APPLICATIONS[name])
        elif name not in DONE_ANYWAY:
            attempt(f"Integration {name} of sentry-sdk is off", _add, client, name, arguments)


def _add(client: Any, name: str, arguments: Mapping[str, Any]) -> None:
    kind = integration_arguments.load(name)
    # Its library is not installed: some integrations say so when they are imported, others when they are set up.
    with contextlib.suppress(DidNotEnable, ModuleNotFoundError):
        if kind is not None:
            _set_up(client, kind(**arguments))


def _set_up(client: Any, integration: Integration) -> None:
    made = sentry_sdk.integrations.setup_integrations([integration], with_defaults=False, options=client.options)
    client.integrations.update(made)


def disabled(names: Iterable[str]) -> list[type[Integration]]:
    """Return the classes of those that are off: what has something in its place here, and those of `names`."""
    kinds = list(REPLACED)
    for name in names:
        try:
            module = importlib.import_module(f"sentry_sdk.integrations.{name}")
        except DidNotEnable:  # it cannot be on
            continue
        kinds += integration_arguments.classes(module)
    return kinds


def leave_out(client: Any, kinds: Iterable[type[Integration]]) -> None:
    """Take integrations from a client that is not to have them: what is installed, sentry-sdk gives to each."""
    for kind in kinds:
        client.integrations.pop(kind.identifier, None)


@contextlib.contextmanager
def later_left_out() -> Iterator[None]:
    """Leave integrations of libraries to `install_later`: their import is the greater part of the start of sentry-sdk.

    It would not start if one of them failed, as with a version of a library that it does not know.
    """
    # Private, as `disabled_integrations` takes classes, and to have them is to import them.
    entries = sentry_sdk.integrations._AUTO_ENABLING_INTEGRATIONS  # noqa: SLF001
    before = entries[:]
    entries[:] = [entry for entry in entries if _is_wanted_now(entry.split(".")[2])]
    try:
        yield
    finally:
        entries[:] = before


def _is_wanted_now(integration: str) -> bool:
    if integration not in TOGETHER:
        return False
    try:
        return importlib.util.find_spec(LIBRARIES.get(integration, integration)) is not None
    except ModuleNotFoundError:  # of the package that it would be in
        return False
    except (ImportError, ValueError):
        return True


def install_later(client: Any, *, has_server: bool) -> Callable[[], None]:
    """Set the others up when the application imports their libraries, or now; return the function that ends it.

    `has_server`: what sentry-sdk does to aiohttp's server is undone, as there is something better.
    """
    undo = contextlib.ExitStack()
    off = {kind.identifier for kind in client.options["disabled_integrations"]}

    def set_up(make: Callable[[], Integration]) -> None:
        try:
            integration = make()
            if integration.identifier not in off and integration.identifier not in client.integrations:
                is_of_server = has_server and integration.identifier == AIOHTTP
                with server_untouched() if is_of_server else contextlib.nullcontext():
                    _set_up(client, integration)
        except DidNotEnable:  # as where the library is too old
            return

    def wait_for(integration: str, make: Callable[[], Integration]) -> None:
        undo.callback(_when_used(integration, functools.partial(set_up, make)))

    for entry in sentry_sdk.integrations._AUTO_ENABLING_INTEGRATIONS:  # noqa: SLF001
        integration = entry.split(".")[2]
        if integration not in TOGETHER:
            wait_for(integration, functools.partial(_default, entry))
    if THREE:  # in sentry-sdk 2 it is one of those above
        wait_for("loguru", _loguru)
    return undo.close


def _loguru() -> Integration:
    """Return the integration of loguru, told to make events from ERROR: in sentry-sdk 3 it makes none by itself."""
    from sentry_sdk.integrations.loguru import LoguruIntegration  # noqa: PLC0415  # it imports loguru

    return LoguruIntegration(level=None, event_level=logging.ERROR)


def _when_used(integration: str, step: Callable[[], None]) -> Callable[[], None]:
    """Take a step when the library of an integration is there, or now; return the function that ends the waiting.

    A client of somebody else's may import the integration, and by it the library: then when both are there.
    """
    library, module = LIBRARIES.get(integration, integration), f"sentry_sdk.integrations.{integration}"
    undo = contextlib.ExitStack()
    is_taken = False

    def take() -> None:
        nonlocal is_taken
        if library in sys.modules and not imports.is_under_way(module) and not is_taken:
            is_taken = True
            step()

    undo.callback(imports.when_imported(library, take))
    if not is_taken:
        undo.callback(imports.when_imported(module, take))
    return undo.close


def _default(entry: str) -> Integration:
    path, _, name = entry.rpartition(".")
    made: Integration = getattr(importlib.import_module(path), name)()
    return made


@contextlib.contextmanager
def server_untouched() -> Iterator[None]:
    """Keep what sentry-sdk does to aiohttp's client, and undo what it does to its server (`sources.web.server`)."""
    web = importlib.import_module("aiohttp.web")
    application, dispatcher = web.Application, web.UrlDispatcher
    handle, resolve = application._handle, dispatcher.resolve  # noqa: SLF001  # patched by the SDK
    with ignored_loggers.unchanged(other_setups.SERVER_LOG):
        yield
    application._handle, dispatcher.resolve = handle, resolve  # noqa: SLF001
