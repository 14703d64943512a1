"""What is sent is your decision: events that are dropped, changed and ignored.

SENTRY_DSN=https://PUBLIC_KEY@HOST/PROJECT python examples/before_send.py -c examples/before_send.conf
"""

import logging
import re
from typing import Any

import asab

import asab_sentry

L = logging.getLogger(__name__)

Event = dict[str, Any]


def before_send(event: Event, hint: dict[str, Any]) -> Event | None:
    """Named in the ini file. Drops events of the health check, and takes order numbers out of messages."""
    if event.get("logger") == "health":
        return None
    entry = event.get("logentry")
    if entry is not None:
        entry["message"] = re.sub(r"\d+", "N", entry["message"])
    return event


class CustomerGone(Exception):
    """Named in `ignore_errors`: it happens, and nobody has to do anything about it."""


class BeforeSendApp(asab.Application):  # type: ignore[misc]  # asab has no type information
    def __init__(self) -> None:
        super().__init__()
        self.SentryService = asab_sentry.SentryService(self)
        self.SentryService.add_event_processor(self.add_shift)

    def add_shift(self, event: Event, hint: dict[str, Any]) -> Event:
        """Added in code, where the application is at hand."""
        event.setdefault("tags", {})["shift"] = "night"
        return event

    async def main(self) -> None:
        logging.getLogger("health").error("The probe was late")
        L.error("Order 1001 is lost")
        try:
            raise CustomerGone
        except CustomerGone:
            L.exception("The customer is gone")
        self.stop()


if __name__ == "__main__":
    BeforeSendApp().run()
