"""For the tests of your own services: what would have been sent, as plain dicts, and nothing on the network."""

from .captured import DSN, Sent, capture

__all__ = ["DSN", "Sent", "capture"]
