"""Sentry for ASAB microservices and the other processes of the fleet: every error, once, with what explains it."""

from typing import TYPE_CHECKING, Any

from .config.reading import ConfigError
from .loggers import getLogger
from .process import Sentry, init
from .sdk import version  # first, as it says whether sentry-sdk is one that the rest can work with

if TYPE_CHECKING:
    from .service import SentryService

__version__ = "0.1.0"

__all__ = ["ConfigError", "Sentry", "SentryService", "getLogger", "init"]

del version


def __getattr__(name: str) -> Any:
    # Not before it is asked for: it imports ASAB, which gives the loggers of the whole process another class.
    if name == "SentryService":
        from .service import SentryService  # noqa: PLC0415

        return SentryService
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names: what else is here is of no use to anybody."""
    return [*__all__, "__doc__", "__version__"]
