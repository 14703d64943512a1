"""Tags, context and user, each where it belongs, and the time that the parts of the work take.

SENTRY_DSN=https://PUBLIC_KEY@HOST/PROJECT python examples/tagging.py -c examples/tagging.conf

Two customers are imported side by side. Each import is an asyncio task, hence a unit of work: what is set in one is not
seen in the other. Each order is a unit of work within it.
"""

import asyncio
from typing import Any

import asab

import asab_sentry

L = asab_sentry.getLogger(__name__)

ORDERS = {
    "acme": [{"number": 1001, "express": True, "weight": 2.5}],
    "globex": [{"number": 1002, "express": False, "weight": 1.0}, {"number": 1003, "express": False, "weight": 0.0}],
}


class TaggingApp(asab.Application):  # type: ignore[misc]  # asab has no type information
    def __init__(self) -> None:
        super().__init__()
        self.SentryService = asab_sentry.SentryService(self)
        # Outside of any unit of work: on everything that this application sends from now on.
        self.SentryService.set_tag("region", "eu-central")

    async def main(self) -> None:
        await asyncio.gather(*(self.import_orders(customer) for customer in ORDERS))
        self.stop()

    async def import_orders(self, customer: str) -> None:
        self.SentryService.set_tag("customer", customer)
        self.SentryService.set_user({"id": f"{customer}-api", "email": f"api@{customer}.example"})
        with self.SentryService.transaction("task", "import orders"):
            for order in ORDERS[customer]:
                with self.SentryService.span("order", f"order {order['number']}"):
                    await self.import_order(order)

    async def import_order(self, order: dict[str, Any]) -> None:
        with self.SentryService.scope():
            self.SentryService.set_tags({"order": order["number"], "express": order["express"]})
            self.SentryService.set_context("order", order)
            await asyncio.sleep(0.01)  # where the other customer takes over
            if order["express"]:
                L.error("The parcel service is down", struct_data={"carrier": "pigeon", "attempts": 3})
            if not order["weight"]:
                self.SentryService.capture_message("An order weighs nothing", level="warning")


if __name__ == "__main__":
    TaggingApp().run()
