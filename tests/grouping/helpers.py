"""Helpers as services have them, and the far ends of the service."""

import logging
import socket

import aiohttp.web
import structlog

L = logging.getLogger("shop.helpers")


def fail(text):
    L.error(text)


def fail_with(template, *args):
    L.error(template, *args, struct_data={"by": "helper"})


class Reporter:
    def __init__(self, name):
        self.name = name

    def report(self, event, **facts):
        self.write("; ".join([f"{self.name}: {event}", *(f"{key}={value}" for key, value in facts.items())]))

    def write(self, line):
        L.error(line)


def complain(answer):
    L.error(answer["error"])


def warn_late(number):
    L.error("Lorry {} is late".format(number))


# Not by a factory of structlog, which replaces the logger class of ASAB.
structured = structlog.wrap_logger(
    logging.getLogger("shop.structured"),
    processors=[
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
)


class Server:
    """A server that answers with a status and an empty object; gives its URL."""

    def __init__(self, status):
        self._status = status

    async def __aenter__(self):
        async def answer(request):
            return aiohttp.web.json_response({}, status=self._status)

        self._runner = aiohttp.web.ServerRunner(aiohttp.web.Server(answer))
        await self._runner.setup()
        site = aiohttp.web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def __aexit__(self, *_):
        await self._runner.cleanup()


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
