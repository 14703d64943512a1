"""`attention_required` of ASAB's API service, while the server takes nothing."""

import logging
from collections.abc import Callable
from typing import Any

from ..runtime.diagnostics import reason, say

API_SERVICE = "asab.ApiService"

ID = "asab-sentry"
"""By which ASAB tells what requires attention."""

AFTER = 60.0
"""Seconds for which delivery must have failed: a restart of the server is nothing to look at."""

TICK = "Application.tick/10!"


class Attention:
    """Asks for attention where the application has an API service, which advertises that in ZooKeeper if it has that.

    `trouble` says for how many seconds delivery has failed and why, or None while it works.
    """

    def __init__(self, app: Any, trouble: Callable[[], tuple[float, str] | None]) -> None:
        self._app = app
        self._trouble = trouble
        self._asked = False
        app.PubSub.subscribe(TICK, self.look)

    def look(self, message_type: str) -> None:  # noqa: ARG002  # PubSub gives it
        """Ask for attention, or take that back."""
        trouble = self._trouble()
        wanted = trouble is not None and trouble[0] >= AFTER
        if wanted == self._asked:
            return
        # Asked for each time, as it may be made at any time.
        service = self._app.get_service(API_SERVICE)
        if service is None:
            return
        self._asked = wanted
        try:
            if trouble is not None and wanted:
                service.attention_required({"message": f"Sentry does not take events ({trouble[1]})"}, ID)
            else:
                service.remove_attention(ID)
        except Exception as error:
            say(logging.ERROR, f"{API_SERVICE} cannot be told ({reason(error)})", exc_info=True)
