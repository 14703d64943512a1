"""`attention_required` of ASAB's API service: asked for while the server takes nothing, taken back when it does."""

import json
from pathlib import Path

import apps
import pytest
from far import FarEnd, closed_port

SOURCE = """
import types
import asab.api
import asab_sentry.delivery.posting

class ZooKeeper:
    # What ASAB's own container hands to a ZooKeeper that is connected.
    def is_connected(self):
        return True

    def advertise(self, data, path):
        print(json.dumps(data.get("attention_required")))

class App(Base):
    def look(self):
        self.PubSub.publish("Application.tick/10!")

    async def main(self):
        if "api" in os.environ:
            # After the other service, as in many applications.
            api = asab.api.ApiService(self)
            api.ZkContainer = ZooKeeper()
        L.error("one")
        self.Sentry.flush(0.5)
        self.look()
        print('"a minute later"')
        asab_sentry.delivery.posting.time = types.SimpleNamespace(monotonic=lambda: time.monotonic() + 61)
        self.look()
        self.look()
        open("up", "w").close()
        L.error("two")
        self.Sentry.flush(5)
        self.look()
        print(json.dumps("end"))
        self.stop()
"""


def run(far: FarEnd, directory: Path, source: str = SOURCE, **environ: str) -> list:
    done = apps.run(directory, source, dsn=far.dsn, env=environ)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert " ERROR " not in done.stderr.replace("ERROR app ", "")
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (503, {}, "HTTP 503"),
        (302, {"Location": "/login"}, "HTTP 302 /login"),
        (429, {"Retry-After": "1"}, "HTTP 429"),
        (403, {}, "HTTP 403 {}"),
    ],
)
def test_attention(far, tmp_path, status, headers, reason):
    """It is asked for once, when nothing was taken for a minute, with the reason, and taken back when something is."""
    up = tmp_path / "up"
    far.answer = lambda _: (200, {}) if up.exists() else (status, headers)
    before, asked, after, end = run(far, tmp_path, api="yes")
    assert (before, after, end) == ("a minute later", None, "end")
    assert set(asked) == {"asab-sentry"}
    assert asked["asab-sentry"]["message"] == f"Sentry does not take events ({reason})"
    assert asked["asab-sentry"]["_c"].startswith("20")


def test_one_event_that_cannot_be_taken(far, tmp_path):
    """An event that the server refuses for what it is requires no attention, nor does a server that takes all."""
    far.answer = lambda _: (413, {})
    assert run(far, tmp_path, api="yes") == ["a minute later", "end"]
    far.answer = lambda _: (200, {})
    assert run(far, tmp_path, api="yes") == ["a minute later", "end"]


def test_without_an_api_service(far, tmp_path):
    """An application without API service is told nothing, and nothing breaks."""
    far.answer = lambda _: (200, {}) if (tmp_path / "up").exists() else (503, {})
    assert run(far, tmp_path) == ["a minute later", "end"]


def test_without_a_zookeeper(far, tmp_path):
    """With an API service whose ZooKeeper cannot be reached, nothing breaks: it is remembered for later."""
    source = """
        import asab.api
        import asab.zookeeper
        import asab_sentry.delivery.attention

        asab_sentry.delivery.attention.AFTER = 0.0

        class App(Base):
            def setup(self):
                self.add_module(asab.zookeeper.Module)
                self.Api = asab.api.ApiService(self)
                # Not by `initialize_zookeeper()`, which waits for the connection in other things that it does.
                self.Api.ZkContainer = asab.zookeeper.ZooKeeperContainer(self.get_service("asab.ZooKeeperService"))

            async def main(self):
                L.error("one")
                self.Sentry.flush(0.2)
                self.PubSub.publish("Application.tick/10!")
                print(json.dumps(list(self.Api.AttentionRequired)), flush=True)
                os._exit(0)
    """
    far.answer = lambda _: (503, {})
    assert run(far, tmp_path, source, ASAB_ZOOKEEPER_SERVERS=f"127.0.0.1:{closed_port()}") == [["asab-sentry"]]
