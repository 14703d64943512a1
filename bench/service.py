"""A real ASAB web service of one side: `python -m bench.service SIDE RATE LIMITS [PORT]`.

With the port of a live server it is for the whole road: the side has its defaults and sends there.
"""

import json
import logging
import sys
import tempfile
import time
from typing import Any

import aiohttp.web
import asab
import asab.web
import asab.web.rest

from . import sides

DSN = "http://public@127.0.0.1:9/1"

L: Any = logging.getLogger("bench")


class Service(asab.Application):  # type: ignore[misc]  # no type information upstream
    """Answers /item/{id} and fails at /fails/{id}; /cpu tells the CPU seconds of the process."""

    def __init__(self, side: str, rate: str, limits: str, port: str = "") -> None:
        directory = tempfile.mkdtemp()
        asab.Config.read_dict({"general": {"var_dir": directory}})
        super().__init__(args=[])
        self.add_module(asab.web.Module)
        web = self.get_service("asab.WebService")
        self.container = asab.web.WebContainer(web, "web", config={"listen": "127.0.0.1 0"})
        self.container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        router = self.container.WebApp.router
        router.add_get("/item/{id}", self.item)
        router.add_get("/notices/{id}", self.notices)
        router.add_get("/fails/{id}", self.fails)
        router.add_get("/cpu", self.cpu)
        self.PubSub.subscribe("WebContainer.started!", self.started)
        if port:
            sides.start(side, self, int(port))
        else:
            self._start_discarding(side, rate, limits)

    def _start_discarding(self, side: str, rate: str, limits: str) -> None:
        """Start a side with the same options as the others, of which nothing leaves the process."""
        if side == "sdk":
            import sentry_sdk  # noqa: PLC0415  # not on the other sides
            from sentry_sdk.integrations.aiohttp import AioHttpIntegration  # noqa: PLC0415

            style = AioHttpIntegration(transaction_style="method_and_path_pattern")
            sample = None if rate == "off" else float(rate)
            sentry_sdk.init(DSN, attach_stacktrace=True, traces_sample_rate=sample, integrations=[style])
        elif side == "ours":
            import asab_sentry  # noqa: PLC0415

            # With a release sessions are counted, with a threshold Apdex.
            asab.Config.read_dict({"sentry": {"data_source_name": DSN, "release": "bench@1", "apdex_threshold": "1s"}})
            if limits == "off":
                asab.Config.read_dict({"sentry:limits": {"issue_events": "off", "total_events": "off"}})
            if rate != "off":
                asab.Config["sentry"]["traces_sample_rate"] = rate
            asab_sentry.SentryService(self)
        if side != "bare":
            import sentry_sdk  # noqa: PLC0415

            from .side import Discarding  # noqa: PLC0415  # other environments have no sentry-sdk

            client = sentry_sdk.get_client()
            client.transport = Discarding(client.options)
        logging.getLogger().handlers[:] = [logging.NullHandler()]
        logging.getLogger().setLevel(logging.INFO)

    def started(self, message_type: str, container: Any) -> None:  # noqa: ARG002
        """Tell the port."""
        print(json.dumps({"port": container.WebAppRunner.addresses[0][1]}), flush=True)

    async def item(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Answer."""
        return asab.web.rest.json_response(request, {"id": request.match_info["id"]})  # type: ignore[no-any-return]

    async def notices(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Log 10 records, and answer."""
        for number in range(10):
            L.log(asab.LOG_NOTICE, "step %d of order %s", number, request.match_info["id"], struct_data={"n": number})
        return asab.web.rest.json_response(request, {"id": request.match_info["id"]})  # type: ignore[no-any-return]

    async def fails(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Fail."""
        raise RuntimeError(request.match_info["id"])

    async def cpu(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Tell the CPU seconds of the process."""
        return asab.web.rest.json_response(request, {"cpu": time.process_time()})  # type: ignore[no-any-return]


if __name__ == "__main__":
    Service(*sys.argv[1:]).run()
