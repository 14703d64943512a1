"""Breadcrumbs of what failed before: outgoing requests and logged exceptions."""

import apps
import pytest
from far import FarEnd, closed_port, title

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


CLIENTS = """
import http.client, http.server, importlib, socket, traceback, urllib.request, urllib3


class Odd(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/hangs-up?token=hidden":
            self.close_connection = True
        else:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *args):
        pass


async def get_httpx_async(url):
    async with importlib.import_module("httpx").AsyncClient() as client:
        await client.get(url)

def get_httpx(url):
    importlib.import_module("httpx").get(url)

def get_requests(url):
    importlib.import_module("requests").get(url)

def get_urllib3(url):
    urllib3.PoolManager(retries=False).request("GET", url)

def get_urllib(url):
    urllib.request.urlopen(url.replace("user:hidden@", ""))

def get_http_client(url):
    scheme, address = url.replace("user:hidden@", "").split("://")
    host, path = address.split("/", 1)
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host)
    connection.request("GET", "/" + path)
    connection.getresponse()


class App(Base):
    async def main(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            closed = probe.getsockname()[1]
        get = globals()[os.environ["CLIENT"]]
        for url in (
            f"http://user:hidden@127.0.0.1:{server.server_port}/answers?token=hidden",
            f"http://user:hidden@127.0.0.1:{server.server_port}/hangs-up?token=hidden",
            f"http://user:hidden@127.0.0.1:{closed}/refused?token=hidden",
            f"https://user:hidden@127.0.0.1:{closed}/refused-tls?token=hidden",
        ):
            try:
                result = get(url)
                if asyncio.iscoroutine(result):
                    await result
            except Exception as error:
                assert "/answers" not in url, error
                assert "asab_sentry" not in traceback.format_exc(), traceback.format_exc()
        L.error("the end")
        server.shutdown()
        server.server_close()
        self.stop()
"""


@pytest.mark.parametrize(
    ("client", "library"),
    [
        ("get_http_client", "http.client"),
        ("get_urllib", "urllib.request"),
        ("get_urllib3", "urllib3"),
        ("get_requests", "requests"),
        ("get_httpx", "httpx"),
        ("get_httpx_async", "httpx"),
    ],
)
def test_clients(far: FarEnd, tmp_path, client: str, library: str) -> None:
    """Each request has one breadcrumb, a failed one tells why, and nothing of ours is in its traceback."""
    pytest.importorskip(library)
    run = apps.run(tmp_path, CLIENTS, dsn=far.dsn, env={"CLIENT": client})
    assert run.returncode == 0, run.stderr
    assert [title(event) for event in far.events] == ["the end"]
    (event,) = far.events
    crumbs = [crumb for crumb in event["breadcrumbs"]["values"] if crumb["type"] == "http"]
    assert "hidden" not in str(crumbs)
    # sentry-sdk 3 has other names for what it tells of a request.
    url, method = ("url.full", "http.request.method") if "url.full" in crumbs[0]["data"] else ("url", "http.method")
    paths = [(crumb["data"].get(url) or crumb["data"]["url"]).rpartition("/")[2] for crumb in crumbs]
    assert paths == ["answers", "hangs-up", "refused", "refused-tls"]
    answered, *failed = crumbs
    assert "reason" in answered["data"] or url == "url.full"
    assert answered["data"]["http.response.status_code"] == 200
    for crumb in failed:
        assert crumb["level"] == "error"
        assert (crumb["data"].get(method) or crumb["data"]["http.method"]) == "GET"
        assert "Err" in crumb["data"]["reason"] or "Disconnected" in crumb["data"]["reason"]


def test_clients_switched_off(far: FarEnd, tmp_path) -> None:
    """Where the integration of a client is left out, its requests leave no breadcrumbs."""
    ini = "[sentry]\ndisabled_integrations=stdlib\n"
    run = apps.run(tmp_path, CLIENTS, dsn=far.dsn, ini=ini, env={"CLIENT": "get_urllib3"})
    assert run.returncode == 0, run.stderr
    assert not [crumb for crumb in far.events[0]["breadcrumbs"]["values"] if crumb["type"] == "http"]


def test_events_on_their_way_leave_none(tmp_path) -> None:
    """That Sentry itself cannot be reached is no breadcrumb."""
    source = """
    def show(breadcrumb, hint):
        print(breadcrumb["type"], flush=True)
        return breadcrumb

    class App(Base):
        async def main(self):
            L.error("an event")
            self.Sentry.flush(0.3)
            self.stop()
    """
    ini = "[sentry]\nbefore_breadcrumb=__main__:show\n"
    run = apps.run(tmp_path, source, dsn=f"http://public@127.0.0.1:{closed_port()}/1", ini=ini)
    assert run.returncode == 0, run.stderr
    assert "log" in run.stdout.split()
    assert "http" not in run.stdout.split()
