"""How the sender sends what is kept, and what may become of each attempt."""

import enum
from typing import Protocol


class Outcome(enum.Enum):
    """What became of an attempt."""

    DONE = enum.auto()
    """Taken or refused for good: it is to be forgotten."""
    LATER = enum.auto()
    """Nobody took it: it is to be tried again after a while."""
    LIMITED = enum.auto()
    """The server asked to wait, and said how long."""


class Channel(Protocol):
    """How to send (`transport`). Methods do not raise."""

    def post(self, label: str, content: bytes) -> Outcome:
        """Send what was kept; several threads may do so at once."""

    def wait(self, label: str) -> float:
        """Return the seconds until something with that label may be sent."""

    def send_unspooled(self) -> Outcome | None:
        """Send one of the things that are not worth being kept; None when there are none."""

    def maintain(self) -> None:
        """Do what is to be done from time to time."""
