"""A service in which everything fails: each cause once, under the tag `cause`. RUN is the number of the run."""

import asyncio
import concurrent.futures
import contextlib
import gc
import logging
import os
import socket
import sys
import threading

import aiohttp
import aiohttp.web
import asab
import asab.contextvars
import asab.library
import asab.storage
import asab.web.auth.providers.key_providers.url
import asab.web.rest
import asab.web.tenant
import helpers
import loguru
import prices
import sentry_sdk

import asab_sentry

L = logging.getLogger(__name__)
RUN = int(os.environ["RUN"])


def different(first: int = 1) -> int:
    """Return a number that is another one in each run."""
    return first * 1000 + 17 * RUN


def node() -> str:
    return f"node-{RUN}.example.com"


def alone(work):
    """Let a library work in a task of its own, so that no line of the service is on its stack."""
    return asyncio.create_task(work)


class Service(asab.Application):
    def __init__(self):
        super().__init__()
        self.Sentry = asab_sentry.SentryService(self)
        self.Tenants = asab.web.tenant.TenantService(self, auto_install_web_wrapper=False)
        self.Tenants.initialize = self.in_cause("tenants", self.Tenants.initialize)
        self.add_module(asab.web.Module)
        self.Container = asab.web.WebContainer(self.get_service("asab.WebService"), "web")
        self.Container.WebApp.router.add_get("/orders/{order}", self.get_order)
        self.Container.WebApp.router.add_get("/bills/{bill}", self.get_bill)
        self.Container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)

    def in_cause(self, name, function):
        async def call(*args):
            with self.cause(name):
                await alone(function(*args))

        return call

    @contextlib.contextmanager
    def cause(self, name):
        with self.Sentry.scope():
            self.Sentry.set_tag("cause", name)
            yield

    async def main(self):
        for name in dir(self):
            if name.startswith("cause_"):
                with self.cause(name.removeprefix("cause_")):
                    result = getattr(self, name)()
                    if asyncio.iscoroutine(result):
                        await result
        await asyncio.sleep(0)
        gc.collect()
        await asyncio.sleep(0)
        self.stop()

    # Records of the application

    def cause_template(self):
        L.error("Order %s of customer %s is incomplete", different(), node())

    def cause_format(self):
        L.error("Cannot reach node {} at {}".format(different(), node()), struct_data={"node": node()})

    def cause_f_string(self):
        L.error(
            f"The article {different()} is not on the shelf of {node()}",
            struct_data={"article": different()},
        )

    def cause_percent(self):
        L.error("The scales of node %s show %.3f kg" % (node(), different() / 7))

    def cause_before_the_call(self):
        message = "Stock of {} differs".format(different())
        if RUN:
            message = message.strip()
        L.error(message)

    def cause_helper_1(self):
        helpers.fail("The printer {} has no paper".format(different()))

    def cause_helper_2(self):
        helpers.fail(f"The drawer {different()} is open")

    def cause_helper_template(self):
        helpers.fail_with("The shelf %s is empty", different())

    def cause_shim_1(self):
        helpers.Reporter("stock").report("Recount failed", article=different())

    def cause_shim_2(self):
        helpers.Reporter("stock").report("Transfer failed", article=different())

    def cause_answer_1(self):
        helpers.complain({"error": f"quota of user '{node()}' is used up after {different()} requests"})

    def cause_answer_2(self):
        helpers.complain({"error": f"no such table: orders_{different()}"})

    def cause_structlog_1(self):
        helpers.structured.error("Refund lost", refund=different(), node=node())

    def cause_structlog_2(self):
        helpers.structured.error("Voucher used twice", voucher=f"V-{different()}")

    def cause_loguru_1(self):
        loguru.logger.error("Parcel {} went to {}", different(), node())

    def cause_loguru_2(self):
        loguru.logger.error(f"Parcel {different()} came back")

    # Records of libraries

    def library(self):
        return asab.web.auth.providers.key_providers.url.UrlPublicKeyProvider(self, self.Url)

    async def cause_jwks_status(self):
        async with helpers.Server(503) as self.Url:
            await alone(self.library().reload_keys())

    async def cause_jwks_refused(self):
        self.Url = f"http://127.0.0.1:{helpers.closed_port()}/jwks.json"
        await alone(self.library().reload_keys())

    async def cause_jwks_no_keys(self):
        async with helpers.Server(200) as self.Url:
            await alone(self.library().reload_keys())

    async def cause_bind(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            asab.Config["web:taken"] = {"listen": f"127.0.0.1 {taken.getsockname()[1]}"}
            container = asab.web.WebContainer(self.get_service("asab.WebService"), "web:taken")
            await alone(container._start(self))

    async def cause_service_twice(self):
        with contextlib.suppress(RuntimeError):
            await self.Loop.run_in_executor(None, asab.Service, self, "asab.TenantService")

    async def cause_storage(self):
        asab.Config["asab:storage"] = {"type": f"no-such-{different()}"}
        with contextlib.suppress(SystemExit):
            asab.storage.Module(self)

    def cause_done_callback(self):
        future = concurrent.futures.Future()
        future.add_done_callback(prices.notify)
        future.set_result(different())

    async def cause_unclosed_session(self):
        session = aiohttp.ClientSession()
        await asyncio.sleep(0)
        del session
        gc.collect()

    # Exceptions

    def cause_json_1(self):
        try:
            prices.today(different())
        except ValueError:
            L.exception("No prices of today")

    def cause_json_2(self):
        try:
            prices.tomorrow(different())
        except ValueError:
            L.exception("No prices of tomorrow")

    async def cause_connect_1(self):
        try:
            await prices.fetch(helpers.closed_port())
        except aiohttp.ClientError:
            L.exception("Cannot fetch prices")

    async def cause_connect_2(self):
        try:
            async with aiohttp.ClientSession() as session:
                await session.post(f"http://127.0.0.1:{helpers.closed_port()}/orders/{different()}")
        except aiohttp.ClientError:
            L.exception("Cannot send order {}".format(different()))

    def cause_schema_1(self):
        try:
            prices.check({"price": f"a lot, {different()}"})
        except ValueError:
            L.exception("Price {} is none".format(different()))

    def cause_schema_2(self):
        try:
            prices.check_all([{"price": different()}, {}])
        except ValueError:
            L.exception("Some prices are none")

    async def cause_status(self):
        async with helpers.Server(404) as url:
            try:
                await prices.checked(url)
            except aiohttp.ClientResponseError:
                L.exception("Price list {} is gone".format(different()))

    def cause_chain(self):
        try:
            try:
                {}[different()]
            except KeyError as error:
                raise RuntimeError(f"Order {different()} is not known") from error
        except RuntimeError:
            L.exception("Cannot ship")

    async def cause_group(self):
        async def pack(number):
            raise LookupError(f"No box for order {number}")

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(pack(different()))
                group.create_task(pack(different(2)))
        except ExceptionGroup:
            L.exception("Cannot pack")

    def cause_recursion(self):
        def walk(shelf):
            return walk({"within": shelf})

        try:
            walk({})
        except RecursionError:
            L.exception("Shelf {} has no end".format(different()))

    def cause_not_raised(self):
        self.Sentry.capture_exception(prices.PriceError(f"no price of {different()}"))

    def cause_message_by_hand(self):
        self.Sentry.capture_message("Night shift of {} begins late".format(node()), level="error")

    def cause_message_by_the_sdk(self):
        sentry_sdk.capture_message(f"Day shift of {node()} begins late")

    async def cause_executor(self):
        try:
            await self.Loop.run_in_executor(None, prices.count, different())
        except ZeroDivisionError:
            L.exception("Cannot count")

    def cause_pool(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            pool.submit(helpers.warn_late, different()).result()

    def cause_thread(self):
        thread = threading.Thread(target=prices.recount, args=(different(),), name=f"recount-{different()}")
        thread.start()
        thread.join()

    async def cause_lost_task(self):
        asyncio.create_task(prices.poll(different()), name=f"poll-{different()}")
        await asyncio.sleep(0.01)
        gc.collect()

    async def cause_lost_future(self):
        future = self.Loop.create_future()
        future.set_exception(prices.PriceError(f"stale since {different()}"))
        del future
        gc.collect()

    async def cause_callback(self):
        self.Loop.call_soon(prices.refresh, different())
        await asyncio.sleep(0.01)

    async def cause_task_service(self):
        done = asyncio.Event()

        async def ship():
            self.Sentry.set_tag("cause", "task_service")
            self.Loop.call_later(0.05, done.set)
            raise OSError(28, f"No space for order {different()}")

        self.TaskService.schedule(ship())
        await done.wait()

    async def cause_pubsub(self):
        self.PubSub.subscribe("Order.shipped!", self.on_shipped)
        self.PubSub.publish("Order.shipped!", different())

    def on_shipped(self, message_type, order):
        raise LookupError(f"No account for order {order}")

    async def cause_pubsub_async(self):
        self.PubSub.subscribe("Order.billed!", self.on_billed)
        self.PubSub.publish("Order.billed!", different())
        await asyncio.sleep(0.01)

    async def on_billed(self, message_type, order):
        self.Sentry.set_tag("cause", "pubsub_async")
        raise LookupError(f"No invoice for order {order}")

    async def cause_tick(self):
        self.PubSub.subscribe("Application.tick!", self.on_tick)
        self.Ticked = asyncio.Event()
        await self.Ticked.wait()
        self.PubSub.unsubscribe("Application.tick!", self.on_tick)

    def on_tick(self, message_type):
        self.Sentry.set_tag("cause", "tick")
        self.Ticked.set()
        raise ValueError(f"The clock shows {different()}")

    # Requests

    async def ask(self, path):
        (address,) = self.Container.Addresses
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{address[1]}{path}") as response:
            assert response.status == 500

    async def cause_request_1(self):
        await self.ask(f"/orders/{different()}")

    async def cause_request_2(self):
        await self.ask(f"/bills/{different()}")

    async def get_order(self, request):
        self.Sentry.set_tag("cause", "request_1")
        raise IndexError(f"order {request.match_info['order']} of tenant {node()}")

    async def get_bill(self, request):
        self.Sentry.set_tag("cause", "request_2")
        return prices.invoice(request.match_info["bill"])


if __name__ == "__main__":
    sys.exit(Service().run())
