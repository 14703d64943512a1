"""The arguments of an integration of sentry-sdk: those of its constructor, whatever the version."""

import importlib
import inspect
from types import ModuleType
from typing import Any, NamedTuple

from sentry_sdk.integrations import DidNotEnable, Integration

REPLACED = {
    "argv": "the arguments of a process are not sent, as they may hold secrets",
    "atexit": "[sentry] shutdown_timeout says how long the end of the process waits",
    "dedupe": "each exception is one event anyway",
    "excepthook": "what ends the process is an event anyway",
    "logging": "[sentry:logging] says what log records are",
    "loguru": "[sentry:logging] says what log records are, those of loguru among them",
    "modules": "the installed packages are sent anyway; [sentry] disabled_integrations = modules leaves them out",
}
"""Integrations in whose place this package has something, and what that is."""

OF_APPLICATIONS = {
    "aiohttp": "requests are handled by this package, see [sentry] failed_request_status_codes",
    "asyncio": "each task has its own scope anyway, and what it raises is an event",
}
"""Those that it replaces in applications of ASAB only."""

DONE_ANYWAY = frozenset({"unraisablehook"})
"""Those that have nothing to be configured, and do what this package does."""


class Argument(NamedTuple):
    """An argument of a constructor: its name, what is said of its type, its default, and texts that it may be alone."""

    name: str
    annotation: str
    default: Any
    choices: tuple[str, ...] = ()


def names() -> list[str]:
    """Return the names of all integrations, which are those of their modules."""
    import pkgutil  # noqa: PLC0415  # only where the option is used: it is slow to import

    modules = pkgutil.iter_modules(importlib.import_module("sentry_sdk.integrations").__path__)
    return [module.name for module in modules if not module.name.startswith("_")]


def load(name: str) -> type[Integration] | None:
    """Return the class of an integration; None where its library is not installed here."""
    try:
        module = importlib.import_module(f"sentry_sdk.integrations.{name}")
    except DidNotEnable:
        return None
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "sentry_sdk":
            raise
        return None
    # Some have several, which are named otherwise.
    kinds = {str(kind.identifier).replace("_", ""): kind for kind in classes(module)}
    return kinds.get(name.replace("_", "")) or next(iter(kinds.values()), None)


def classes(module: ModuleType) -> list[type[Integration]]:
    """Return the integrations of a module."""
    return [
        member
        for member in list(vars(module).values())
        # By its type: the settings of Django, which are in such a module too, are not to be asked for anything yet.
        if issubclass(type(member), type)
        and issubclass(member, Integration)
        and member.__module__.startswith(module.__name__)
    ]


def arguments(kind: type[Integration]) -> dict[str, Argument]:
    """Return the arguments of a constructor by their names."""
    module = importlib.import_module(kind.__module__)
    styles = tuple(getattr(module, "TRANSACTION_STYLE_VALUES", ()))
    return {
        name: Argument(
            name, str(parameter.annotation), parameter.default, styles if name == "transaction_style" else ()
        )
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
    }
