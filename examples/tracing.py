"""Where the time goes: a transaction with spans, some side by side, and a sampler that decides what is sent.

SENTRY_DSN=https://PUBLIC_KEY@HOST/PROJECT python examples/tracing.py -c examples/tracing.conf
"""

import asyncio
import logging
from typing import Any

import asab

import asab_sentry

L = logging.getLogger(__name__)


def sampler(context: dict[str, Any]) -> float:
    """Named in the ini file: all imports are sent, and no heartbeats."""
    return 0.0 if context["transaction_context"]["name"] == "heartbeat" else 1.0


class TracingApp(asab.Application):  # type: ignore[misc]  # asab has no type information
    def __init__(self) -> None:
        super().__init__()
        self.SentryService = asab_sentry.SentryService(self)

    async def main(self) -> None:
        with self.SentryService.transaction("task", "heartbeat"):
            await asyncio.sleep(0.01)
        with self.SentryService.transaction("task", "import"):
            with self.SentryService.span("file", "read the list"):
                await asyncio.sleep(0.01)
            await asyncio.gather(self.store("teapot"), self.store("kettle"))
            L.error("The list has no mugs")  # Sentry shows it together with the transaction
        self.stop()

    async def store(self, article: str) -> None:
        with self.SentryService.span("db", f"store the {article}") as span:
            span.set_data("article", article)
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    TracingApp().run()
