"""Breadcrumbs of what failed before: outgoing requests and logged exceptions."""

import apps
from far import FarEnd, title

SOURCE = """
import aiohttp, aiohttp.web, socket


class Odd(Exception):
    def __str__(self):
        raise RuntimeError


class App(Base):
    async def main(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            url = f"http://user:hidden@127.0.0.1:{port}/prices?token=hidden#top"
            timeout = aiohttp.ClientTimeout(total=0.05)
            await self.fails(url, aiohttp.ClientError, TimeoutError, timeout=timeout)
            task = asyncio.create_task(self.fails(url, ValueError))
            await asyncio.sleep(0.05)
            task.cancel()
        await self.fails(f"http://127.0.0.1:{port}/refused", aiohttp.ClientError)
        await self.fails("http://nowhere.invalid/", aiohttp.ClientError)
        try:
            {}["article"]
        except KeyError:
            L.warning("No article", exc_info=True, struct_data={"shelf": 7})
        L.warning(ValueError("x" * 1000))
        L.warning("odd", exc_info=Odd())
        try:
            raise OSError(28, "No space")
        except OSError:
            L.error("No room", exc_info=True, struct_data={"exception": "mine"})
        L.error("the end")
        self.stop()

    async def fails(self, url, *expected, **more):
        async with aiohttp.ClientSession(trace_configs=[aiohttp.TraceConfig()], **more) as session:
            try:
                await session.get(url)
            except expected:
                pass
"""


def test_what_failed_before(far: FarEnd, tmp_path) -> None:
    """A request that fails leaves a breadcrumb with the reason; one of a logged exception has its type and text."""
    run = apps.run(tmp_path, SOURCE, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    (event,) = [event for event in far.events if title(event) == "the end"]
    crumbs = event["breadcrumbs"]["values"]
    requests = [crumb for crumb in crumbs if crumb["type"] == "http"]
    assert {(crumb["category"], crumb["level"], crumb["data"]["http.method"]) for crumb in requests} == {
        ("httplib", "error", "GET")
    }
    timed_out, refused, unknown = requests
    assert timed_out["data"]["url"].endswith("/prices")
    assert timed_out["data"]["reason"] in {"TimeoutError", "ConnectionTimeoutError", "SocketTimeoutError"}
    assert "hidden" not in str(crumbs)
    assert refused["data"]["reason"].startswith("ClientConnectorError: Cannot connect to host 127.0.0.1:")
    assert "nowhere.invalid" in unknown["data"]["reason"]
    logged = {crumb["message"]: crumb["data"] for crumb in crumbs if crumb["type"] == "log" and "data" in crumb}
    assert logged["No article"] == {"shelf": 7, "exception": "KeyError: 'article'"}
    assert logged["odd"]["exception"].startswith("Odd: <Odd")
    assert logged["No room"] == {"exception": "mine"}
    assert len(logged["x" * 1000]["exception"]) == 300
    assert logged["x" * 1000]["exception"].startswith("ValueError: xxx")


def test_switched_off(far: FarEnd, tmp_path) -> None:
    """Where the integration of aiohttp is left out, requests leave no breadcrumbs."""
    run = apps.run(tmp_path, SOURCE, dsn=far.dsn, ini="[sentry]\ndisabled_integrations=aiohttp\n")
    assert run.returncode == 0, run.stderr
    assert not [crumb for event in far.events for crumb in event["breadcrumbs"]["values"] if crumb["type"] == "http"]
