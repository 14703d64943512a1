"""A real ASAB application that puts each batch in its place (`wire.SCRIPT`)."""

import asyncio
import logging
import os
import pickle
import time
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import asab
import asab.web
import asab.web.rest
import yarl

import asab_sentry
from asab_sentry.pipeline.scrubbing import budget

from . import places, plan
from .places import Values

FLUSH = 40
"""After so many batches it is waited until they are sent, as transactions wait in a bounded memory."""


# Else it depends on the machine how much of the breadcrumbs is cleaned, and how much is cut.
budget.LONGEST = 600.0


class Plant(asab.Application):
    """Puts what it is told where it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.Sentry = asab_sentry.SentryService(self)
        self.add_module(asab.web.Module)
        service = self.get_service("asab.WebService")
        self.Container = asab.web.WebContainer(service, "web", config={"listen": "127.0.0.1 0"})
        self.Container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        self.Container.WebApp.router.add_post(r"/{path:[\s\S]*}", self.handle)
        self.Batch = 0
        self.Batches: list[plan.Batch] = pickle.loads(Path("batches").read_bytes())
        self.Places = [batch.place for batch in self.Batches]
        self.Url = ""
        self.Started = asyncio.Event()
        self.PubSub.subscribe("WebContainer.started!", self.on_started)
        logging.getLogger("app").setLevel(logging.DEBUG)
        for handler in logging.root.handlers:
            handler.setLevel(logging.CRITICAL + 1)

    def on_started(self, message_type: str, container: asab.web.WebContainer) -> None:
        """Take note of where it listens."""
        self.Url = f"http://127.0.0.1:{container.WebAppRunner.addresses[0][1]}"
        self.Started.set()

    async def handle(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Read the request, and fail."""
        places.mark(self.Batch)
        await request.read()
        raise RuntimeError("it failed")

    async def main(self) -> None:
        """Put it all there."""
        began = time.process_time()
        await self.Started.wait()
        self.rotate()
        for place in dict.fromkeys(place for place in self.Places if place):
            await self.put(place, 0, Values([("field0", "nothing") if place in places.NAMED_PLACES else "nothing"]))
        for number, place in enumerate(self.Places):
            if number > 0:
                await self.put(place, number, Values(self.values(number)))
            if number % FLUSH == 0:
                self.Sentry.flush()
        self.Sentry.flush()
        print(f"{time.process_time() - began:.1f}")
        self.stop()

    def values(self, number: int) -> list[Any]:
        """Return what is put somewhere; no variable holds it while an event is captured."""
        return [probe.value() for probe in self.Batches[number].probes]

    async def put(self, place: str, number: int, values: Values) -> None:
        """Put values in a place."""
        if place not in places.WEB:
            places.put(place, number, values)
            return
        self.Batch = number
        given = places.WEB[place](values)
        url = yarl.URL(self.Url + given.pop("path", "/order"), encoded=True)
        async with aiohttp.ClientSession() as session, session.post(url, **given) as response:
            await response.read()

    def rotate(self) -> None:
        """Give new values to what is known under the same name: first in the configuration, then, after an event."""
        for family, name, secret in plan.held():
            if family == "rotated" and not name.startswith("environment"):
                asab.Config["shop"][f"{name}_password"] = secret
        places.put("message", 0, Values(["rotated"]))
        for family, name, secret in plan.held():
            if family == "rotated" and name.startswith("environment"):
                os.environ[f"{name.upper()}_PASSWORD"] = secret
