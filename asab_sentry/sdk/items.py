"""What is sent, by the names that Sentry and the installed version have for it."""

from .version import THREE

TRACED = {"span": "spans"} if THREE else {"transaction": "transactions"}
"""What tracing sends: its category, and what users call it."""
