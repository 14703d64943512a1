"""Proxies: logged in to by their URL, and what is said of those that cannot be used."""

import base64
import json
import os
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import apps
import programs
import pytest
import sentry_sdk.consts
import urllib3

from asab_sentry.config import proxies
from asab_sentry.config.options import Options
from asab_sentry.delivery.connections import login_of
from asab_sentry.delivery.transport import Transport

LOGIN = "joe%40corp:s%C3%A9same%3A1"
PLAIN = "joe@corp:sésame:1"


class Proxy(ThreadingHTTPServer):
    """Passes on what those ask for who log in as `PLAIN`; `asked` are the requests and how they were answered."""

    def __init__(self):
        asked = self.asked = []
        clients = self.clients = set()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def refuses(self):
                kind, _, login = self.headers.get("Proxy-Authorization", "").partition(" ")
                known = kind == "Basic" and base64.b64decode(login).decode() == PLAIN
                asked.append((self.command, self.path, known))
                clients.add(self.client_address)
                if not known:
                    self.send_response(407)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                return not known

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.refuses():
                    return
                headers = {name: self.headers[name] for name in ("Content-Type", "Content-Encoding", "X-Sentry-Auth")}
                request = urllib.request.Request(self.path, body, headers)
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(request) as response:
                    content = response.read()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_CONNECT(self):
                if not self.refuses():
                    self.send_error(502)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]


@pytest.fixture
def proxy():
    server = Proxy()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def command(tmp_path, *arguments, ini="[sentry]\n", **environ):
    (tmp_path / "shop.conf").write_text(ini)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SENTRY_", "ASAB_")) and not name.lower().endswith("_proxy")
    }
    done = programs.run(
        ["-m", "asab_sentry", *arguments], cwd=tmp_path, env=kept | environ, options=("-B", "-W", "error")
    )
    assert "Traceback" not in done.stderr
    assert "sésame" not in done.stdout + done.stderr
    assert "s%C3%A9same" not in done.stdout + done.stderr
    return done


def test_login(far, proxy, tmp_path):
    """An event reaches the server through a proxy that wants a login, which is that of its URL."""
    run = apps.run(
        tmp_path,
        """
        class App(Base):
            async def main(self):
                self.Sentry.capture_message("hello")
                self.stop()
        """,
        dsn=far.dsn,
        ini=f"[sentry]\nhttp_proxy=http://{LOGIN}@127.0.0.1:{proxy.port}\n",
    )
    assert run.returncode == 0, run.stderr
    assert [event["message"] for event in far.events] == ["hello"]
    assert {(method, known) for method, _, known in proxy.asked} == {("POST", True)}


HELLO = """
class App(Base):
    async def main(self):
        self.Sentry.capture_message("hello")
        self.stop()
"""


def test_without_a_scheme(far, proxy, tmp_path):
    """A proxy of the environment without a scheme is one for HTTP, as curl and others take it."""
    environ = {"http_proxy": f"{LOGIN}@127.0.0.1:{proxy.port}", "no_proxy": "", "NO_PROXY": ""}
    run = apps.run(tmp_path, HELLO, dsn=far.dsn, env=environ)
    assert run.returncode == 0, run.stderr
    assert [event["message"] for event in far.events] == ["hello"]
    assert {(method, known) for method, _, known in proxy.asked} == {("POST", True)}


@pytest.mark.parametrize(("no_proxy", "said"), [("", True), ("*", False)])
def test_unusable_of_the_environment(far, tmp_path, no_proxy, said):
    """A proxy of the environment that cannot be used is told of and left out, unless it is not for this server."""
    environ = {"http_proxy": "ftp://joe:swordfish@proxy", "no_proxy": no_proxy, "NO_PROXY": no_proxy}
    run = apps.run(tmp_path, HELLO, dsn=far.dsn, env=environ)
    assert [event["message"] for event in far.events] == ["hello"]
    assert ("@proxy cannot be used: accepted is a URL" in run.stderr) is said
    assert "swordfish" not in run.stderr


def test_login_again(far, proxy):
    """Each request over one connection to a proxy is asked for and logged in as the first one was."""
    url = f"http://{LOGIN}@127.0.0.1:{proxy.port}"
    transport = Transport({**sentry_sdk.consts.DEFAULT_OPTIONS, "dsn": far.dsn, "http_proxy": url})
    for number in range(1, 4):
        assert transport.request(b'{"number": %d}\n{"type":"event"}\n{}' % number).status == 200
    transport.kill()
    assert [envelope.headers["number"] for envelope in far.envelopes] == [1, 2, 3]
    assert proxy.asked == [("POST", f"http://127.0.0.1:{far.port}/api/1/envelope/", True)] * 3
    assert len(proxy.clients) == 1


def test_commands_log_in(far, proxy, tmp_path):
    """So does the event of the command `test`, also by a variable of the environment."""
    url = f"http://{LOGIN}@127.0.0.1:{proxy.port}"
    done = command(tmp_path, "test", "-c", "shop.conf", SENTRY_DSN=far.dsn, http_proxy=url)
    assert done.returncode == 0, done.stdout
    assert len(far.events) == len(proxy.asked) == 1


def test_tunnel(proxy, tmp_path):
    """For https the login goes with the request for a tunnel, of the service and of the commands."""
    url = f"http://{LOGIN}@127.0.0.1:{proxy.port}"
    dsn = "https://public@sentry.invalid/1"
    transport = Transport({**sentry_sdk.consts.DEFAULT_OPTIONS, "dsn": dsn, "https_proxy": url})
    with pytest.raises(urllib3.exceptions.HTTPError):
        transport.request(b'{}\n{"type":"event"}\n{}')
    transport.kill()
    done = command(tmp_path, "check", "-c", "shop.conf", SENTRY_DSN=dsn, https_proxy=url)
    assert done.returncode == os.EX_UNAVAILABLE
    api = {"SENTRY_ORG": "acme", "SENTRY_PROJECT": "shop", "SENTRY_AUTH_TOKEN": "sntrys_1"}
    done = command(tmp_path, "issues", "-c", "shop.conf", SENTRY_DSN=dsn, https_proxy=url, **api)
    assert done.returncode == os.EX_UNAVAILABLE
    assert proxy.asked == [("CONNECT", "sentry.invalid:443", True)] * 3


@pytest.mark.parametrize("login", ["", "joe@", "joe:@", ":x@", "@"])
def test_other_logins(login):
    """Users without a password and URLs without a user are no failure."""
    headers = login_of(f"http://{login}proxy:3128")
    given = login.removesuffix("@")
    decoded = {name: base64.b64decode(value.removeprefix("Basic ")).decode() for name, value in headers.items()}
    assert decoded == ({"proxy-authorization": given if ":" in given else f"{given}:"} if given else {})


UNUSABLE = {
    "http://[": "it is no URL",
    "http://joe:sésame@[": "it is no URL",
    "ftp://proxy": "accepted is a URL as in http://proxy:3128",
    "http://": "it names no host",
    "socks5://proxy:1080": "PySocks is needed",
    "http://proxy:99999": "it is no URL",
}


@pytest.mark.parametrize("url", UNUSABLE)
@pytest.mark.parametrize("arguments", [("check",), ("test",), ("issues",), ("spool", "--directory", "waiting", "send")])
def test_unusable(tmp_path, url, arguments):
    """A proxy that cannot be used is a fault of each command that would need it, in one line, with exit code 78."""
    api = {"SENTRY_ORG": "acme", "SENTRY_PROJECT": "shop", "SENTRY_AUTH_TOKEN": "sntrys_1"}
    dsn = "https://public@sentry.invalid/1"
    done = command(tmp_path, *arguments, "-c", "shop.conf", SENTRY_DSN=dsn, https_proxy=url, **api)
    assert done.returncode == os.EX_CONFIG, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("fault: ")]
    assert line.startswith("fault: Proxy ")
    assert UNUSABLE[url] in line


def test_unused(tmp_path, monkeypatch):
    """A proxy that is not for this server is not looked at."""
    done = command(
        tmp_path, "check", "--json", "-c", "shop.conf", SENTRY_DSN="https://public@sentry.invalid/1",
        https_proxy="http://[", no_proxy="sentry.invalid",
    )  # fmt: skip
    assert json.loads(done.stdout)["faults"] == []
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    assert proxies.proxy_of(Options(http_proxy="http://a"), "https", "sentry.invalid") == "http://a"
    assert proxies.proxy_of(Options(https_proxy="http://a"), "http", "sentry.invalid") is None
    assert proxies.fault_of(None) is None
