"""Errors of all kinds, uncaught, caught and just told: each arrives once, except those that somebody has handled.

SENTRY_DSN=https://PUBLIC_KEY@HOST/PROJECT python examples/errors.py -c examples/errors.conf

It ends as services end that fail: with a traceback and exit code 1, and the last error arrives as well.
"""

import asyncio
import logging

import asab

import asab_sentry

L = logging.getLogger(__name__)

STOCK = {"teapot": 12, "kettle": 3}


class ErrorsApp(asab.Application):  # type: ignore[misc]  # asab has no type information
    def __init__(self) -> None:
        super().__init__()
        self.SentryService = asab_sentry.SentryService(self)
        self.PubSub.subscribe("Order.shipped!", self.on_order_shipped)

    def on_order_shipped(self, message_type: str, order: int) -> None:
        raise LookupError("no stock is assigned to the order")

    async def import_articles(self) -> None:
        raise ValueError("the list has no column 'price'")

    async def print_label(self) -> None:
        raise OSError("the label printer is out of paper")

    async def main(self) -> None:
        # Nobody catches these.
        self.PubSub.publish("Order.shipped!", 1001)
        self.TaskService.schedule(self.import_articles())
        asyncio.create_task(self.print_label())  # noqa: RUF006 lost on purpose
        await asyncio.sleep(0.1)

        # Somebody catches these: logged, captured, both (which is one event), handled.
        try:
            float("12,50")
        except ValueError:
            L.exception("The price is no number")
        try:
            STOCK["mug"]
        except KeyError as error:
            self.SentryService.capture_exception(error)
            L.exception("There are no mugs")
        try:
            await asyncio.create_task(self.print_label())
        except OSError:
            L.warning("The label will be printed tomorrow")  # a breadcrumb

        # These are no exceptions.
        L.error("The stock differs from the books")
        self.SentryService.capture_message("The stock is low", level="warning")

        raise RuntimeError("the shop is on fire")


if __name__ == "__main__":
    ErrorsApp().run()
