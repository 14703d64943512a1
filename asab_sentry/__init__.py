"""Sentry for ASAB microservices: every error, once, with the context that explains it."""

from .sdk import version  # first, as it says whether sentry-sdk is one that the rest can work with
from .service import SentryService

__version__ = "0.1.0"

__all__ = ["SentryService"]

del version
