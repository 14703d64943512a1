"""The far end: a live server that takes whatever is posted. `python -m bench.far [SECONDS [PORT]]`.

It waits so long to answer.
"""

import asyncio
import json
import sys

import aiohttp.web


async def serve(seconds: float, port: int) -> None:
    """Tell the port and take what comes until the process is ended."""

    async def take(request: aiohttp.web.Request) -> aiohttp.web.Response:
        await request.read()
        await asyncio.sleep(seconds)
        return aiohttp.web.json_response({"id": "1" * 32})

    application = aiohttp.web.Application(client_max_size=10**9)
    application.router.add_post("/{path:.*}", take)
    runner = aiohttp.web.AppRunner(application, access_log=None)
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", port).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    seconds, chosen = [*sys.argv[1:], "0", "0"][:2]
    asyncio.run(serve(float(seconds), int(chosen)))
