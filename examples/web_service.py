"""A small shop: an ASAB web microservice whose errors arrive in Sentry.

SENTRY_DSN=https://PUBLIC_KEY@HOST/PROJECT python examples/web_service.py -c examples/web_service.conf

Then ask it for a price that cannot be computed: http://127.0.0.1:8080/orders/1003/price-per-article
"""

# mypy: allow-subclassing-any

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp.web
import asab
import asab.web
import asab.web.rest

import asab_sentry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

L = asab_sentry.getLogger(__name__)

ORDERS = {
    "1001": {"articles": 2, "price": 19.80},
    "1002": {"articles": 1, "price": 7.00},
    "1003": {"articles": 0, "price": 0.00},
}


class PaymentError(Exception):
    """The payment gateway did not take the money."""


class ShopService(asab.Service):
    """What the shop does; some of it goes wrong."""

    def __init__(self, app: ShopApp, service_name: str = "shop.ShopService") -> None:
        super().__init__(app, service_name)
        app.PubSub.subscribe("Order.shipped!", self.on_shipped_update_stock)
        app.PubSub.subscribe("Order.shipped!", self.on_shipped_tell_customer)

    def price_per_article(self, order: str) -> float:
        """Divide the price of an order, which may be empty."""
        L.info("Reading the order", struct_data={"order": order})
        price, articles = ORDERS[order]["price"], ORDERS[order]["articles"]
        L.info("Dividing the price", struct_data={"articles": articles})
        return price / articles

    def pay(self, order: str) -> None:
        """Ask the payment gateway for the price of the order."""
        error = TimeoutError(f"order {order}: no answer in 3 s")
        raise PaymentError("the gateway did not answer") from error

    def on_shipped_update_stock(self, message_type: str, order: str) -> None:
        """Take the articles of a shipped order off the stock (a synchronous PubSub callback)."""
        L.info("Updating the stock", struct_data={"message_type": message_type, "order": order})
        raise LookupError("no stock is assigned to the order")

    async def on_shipped_tell_customer(self, message_type: str, order: str) -> None:
        """Write to the customer (an asynchronous PubSub callback)."""
        L.info("Writing to the customer", struct_data={"message_type": message_type, "order": order})
        await asyncio.sleep(0)
        raise ConnectionRefusedError("the mail server is down")

    async def import_articles(self) -> None:
        """Read the articles of a supplier (a task for the TaskService)."""
        await asyncio.sleep(0)
        raise ValueError("the list has no column 'price'")

    async def print_label(self) -> None:
        """Print the address of a parcel (a task that nobody waits for)."""
        await asyncio.sleep(0)
        raise OSError("the label printer is out of paper")

    def count_stock(self) -> None:
        """Compare the stock with the books, and log what was found."""
        L.info("Counting the stock", struct_data={"warehouse": "Bratislava"})
        L.log(asab.LOG_NOTICE, "Stock counted", struct_data={"articles": 4120})
        L.error("The stock differs from the books", struct_data={"article": "teapot", "books": 12, "counted": 9})


class ShopWebHandler:
    """The web API of the shop."""

    def __init__(self, app: ShopApp) -> None:
        self.App = app
        self.ShopService = app.ShopService
        self.SentryService = app.SentryService

        app.add_module(asab.web.Module)
        container = asab.web.WebContainer(app.get_service("asab.WebService"), "web")
        container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        container.WebApp.middlewares.append(self.tag_order)

        router = container.WebApp.router
        router.add_get("/health", self.health)
        router.add_get("/orders/{order}", self.get_order)
        router.add_get("/orders/{order}/price-per-article", self.get_price_per_article)
        router.add_post("/orders/{order}/payment", self.pay)
        router.add_post("/orders/{order}/shipment", self.ship)
        router.add_post("/orders/{order}/label", self.print_label)
        router.add_post("/articles/import", self.import_articles)
        router.add_post("/stock/count", self.count_stock)
        router.add_get("/stock/{article}", self.get_stock)

    @aiohttp.web.middleware
    async def tag_order(
        self,
        request: aiohttp.web.Request,
        handler: Callable[[aiohttp.web.Request], Awaitable[aiohttp.web.StreamResponse]],
    ) -> aiohttp.web.StreamResponse:
        """Tag whatever happens in a request for an order with the number of that order."""
        order = request.match_info.get("order")
        if order is not None and self.SentryService is not None:
            self.SentryService.set_tag("order", order)
        return await handler(request)

    async def health(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Say that the service is up."""
        return self.answer(request, "OK")

    async def get_order(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Return an order; an unknown one is a KeyError, which ASAB answers with 404."""
        return self.answer(request, "OK", data=ORDERS[request.match_info["order"]])

    async def get_price_per_article(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Return a price; an exception that nobody catches is an event, and ASAB answers with 500."""
        return self.answer(request, "OK", data=self.ShopService.price_per_article(request.match_info["order"]))

    async def pay(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Pay an order; a failure is caught, captured and answered with 202."""
        try:
            self.ShopService.pay(request.match_info["order"])
        except PaymentError as e:
            if self.SentryService is not None:
                self.SentryService.set_tags({"gateway": "bank", "attempt": 1})
                self.SentryService.capture_exception(e)
            return self.answer(request, "PAYMENT-POSTPONED", status=202)
        return self.answer(request, "OK")

    async def ship(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Tell the rest of the application that an order was shipped; both subscribers fail."""
        self.App.PubSub.publish("Order.shipped!", request.match_info["order"])
        return self.answer(request, "OK")

    async def print_label(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Start a task and forget it; its exception is reported nevertheless."""
        asyncio.create_task(self.ShopService.print_label())  # noqa: RUF006 lost on purpose
        return self.answer(request, "ACCEPTED", status=202)

    async def import_articles(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Let the TaskService run a task that fails."""
        self.App.TaskService.schedule(self.ShopService.import_articles())
        return self.answer(request, "ACCEPTED", status=202)

    async def count_stock(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Log an error, with breadcrumbs before it and structured data."""
        self.ShopService.count_stock()
        return self.answer(request, "OK")

    async def get_stock(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Return the stock of an article, and send a message because it is low."""
        if self.SentryService is not None:
            self.SentryService.set_tag("article", request.match_info["article"])
            self.SentryService.capture_message("The stock of an article is low", level="warning")
        return self.answer(request, "OK", data={"stock": 1})

    def answer(
        self, request: aiohttp.web.Request, result: str, data: object = None, status: int = 200
    ) -> aiohttp.web.Response:
        """Answer with JSON."""
        response: aiohttp.web.Response = asab.web.rest.json_response(
            request, {"result": result, "data": data}, status=status
        )
        return response


class ShopApp(asab.Application):
    """The application; the Sentry service comes first, so that it sees the others start."""

    def __init__(self) -> None:
        super().__init__()
        self.SentryService: asab_sentry.SentryService | None = None
        self.SentryService = asab_sentry.SentryService(self)
        self.ShopService = ShopService(self)
        self.ShopWebHandler = ShopWebHandler(self)


if __name__ == "__main__":
    ShopApp().run()
