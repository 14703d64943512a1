"""Sentry for ASAB microservices: every error, once, with the context that explains it."""

from .service import SentryService

__version__ = "0.1.0"

__all__ = ["SentryService"]
