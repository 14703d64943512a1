"""Testing: a service under test sends nothing, tells what it would have sent, and leaves no trace in the process."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading

import asab
import asab.abc.singleton
import pytest
import sentry_sdk
import sentry_sdk.scope
from far import title

import asab_sentry
import asab_sentry.testing
from asab_sentry.runtime import diagnostics
from asab_sentry.testing import applications

L = logging.getLogger("shop")


class ShopApp(asab.Application):
    def __init__(self):
        super().__init__()
        if "sentry" in asab.Config.sections():
            self.Sentry = asab_sentry.SentryService(self)
        self.PubSub.subscribe("Price.changed!", self.on_price_changed)

    async def main(self):
        L.info("Reading the prices", extra={"_struct_data": {"file": "prices.csv"}})
        L.error("The price list is incomplete")
        self.PubSub.publish("Price.changed!", "12,50")
        with self.Sentry.transaction("task", "import"), self.Sentry.span("file", "read"):
            pass
        self.stop()

    def on_price_changed(self, message_type, price):
        return float(price)


@pytest.fixture
def sent():
    with asab_sentry.testing.capture(config={"sentry": {"traces_sample_rate": "1.0"}}) as sent:
        yield sent


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_service_under_test(sent):
    """A whole application runs, and events, transactions and breadcrumbs are there as plain dicts."""
    assert ShopApp().run() == 0
    message, error = sent.events
    assert message["logentry"]["message"] == "The price list is incomplete"
    assert error["exception"]["values"][0]["type"] == "ValueError"
    assert error["tags"] == {"appclass": "ShopApp"}
    assert [transaction["transaction"] for transaction in sent.transactions] == ["import"]
    assert [span["description"] for span in sent.transactions[0]["spans"]] == ["read"]
    breadcrumb = next(each for each in sent.breadcrumbs if each["message"] == "Reading the prices")
    assert breadcrumb["data"] == {"file": "prices.csv"}
    messages = [each["message"] for each in sent.breadcrumbs]
    assert len(messages) == len(set(messages))
    assert sent.check_ins == []
    sent.clear()
    assert sent.events == sent.transactions == []


def test_the_next_test_begins_anew(sent):
    """A second application of the same process has its own limits, tags, breadcrumbs and configuration."""
    app = ShopApp()
    assert asab.Config["sentry"]["traces_sample_rate"] == "1.0"
    app.Sentry.capture_message("second")
    (event,) = sent.events
    assert "breadcrumbs" not in event or len(event["breadcrumbs"]["values"]) < 3


def state():
    return {
        "scopes": [
            sentry_sdk.scope._global_scope,
            sentry_sdk.scope._isolation_scope.get(None),
            sentry_sdk.scope._current_scope.get(None),
        ],
        "client": sentry_sdk.get_client().is_active(),
        "call_handlers": logging.Logger.callHandlers,
        "level": logging.root.level,
        "handlers": list(logging.root.handlers),
        "kazoo": logging.getLogger("kazoo").level,
        "excepthook": sys.excepthook,
        "argv": sys.argv,
        "environment": dict(os.environ),
        "singletons": dict(asab.abc.singleton.Singleton._instances),
        "configuration": {name: dict(asab.Config.items(name, raw=True)) for name in asab.Config.sections()},
        "defaults": repr(asab.Config._default_values),
        "signals": [signal.getsignal(number) for number in applications.SIGNALS],
        "said": dict(diagnostics.said_at),
        "clients": list(asab_sentry.client.Client.at_work),
        "transport": asab_sentry.client.Client.make_transport,
    }


@pytest.mark.parametrize("end", ["run", "not run", "raised"])
def test_nothing_is_left(end, tmp_path, monkeypatch):
    """All global state is what it was, however the application ended."""
    monkeypatch.setenv("SENTRY_DSN_FILE", "/nowhere")
    (tmp_path / "shop.conf").write_text("[general]\ninclude=\n[shop]\nsite=$HOSTNAME\n[logging]\nlevels=kazoo DEBUG\n")
    diagnostics.said_at["before"] = 1.0
    before = state()
    args = ["-c", str(tmp_path / "shop.conf")]
    try:
        with asab_sentry.testing.capture(config={"new": {"key": "value"}}, args=args) as sent:
            assert diagnostics.said_at == {}
            app = ShopApp()
            assert asab.Config["shop"]["site"] == os.environ["HOSTNAME"]
            assert asab.Config["new"]["key"] == "value"
            app.Sentry.set_tag("bad key", 1)
            app.Sentry.capture_message("sent")
            if end == "run":
                app.run()
            if end == "raised":
                raise KeyError(end)
    except KeyError:
        pass
    finally:
        after = state()
        del diagnostics.said_at["before"]
    assert after == before
    assert title(sent.events[0]) == "sent"
    gc.collect()


def test_defaults_of_modules_stay():
    """What a module adds to the configuration when it is imported is there for the next test as well."""
    with asab_sentry.testing.capture():
        asab.Config.add_defaults({"testing:module": {"key": "value"}})
    try:
        assert asab.Config["testing:module"]["key"] == "value"
    finally:
        asab.Config.remove_section("testing:module")


def test_an_application_of_before_stays():
    """An application that was made before keeps running, and each block gives it a new service."""
    with asab_sentry.testing.capture():
        app = asab.Application()
        for _ in range(2):
            with asab_sentry.testing.capture() as sent:
                asab_sentry.SentryService(app).capture_message("sent")
            assert len(sent.events) == 1
            assert app.get_service("asab.SentryService") is None
            assert not sentry_sdk.get_client().is_active()

        def stop(message_type):
            app.stop()

        app.PubSub.subscribe("Application.run!", stop)
        assert app.run() == 0


def test_within_a_running_loop():
    """An application may be made within a test that is a coroutine; its loop goes on."""

    async def main():
        with asab_sentry.testing.capture() as sent:
            app = ShopApp()
            await asyncio.create_task(app.main())
        assert asyncio.get_running_loop().get_exception_handler() is None
        return sent

    sent = asyncio.run(main())
    assert len(sent.events) == 2


def test_threads_and_hooks(sent):
    """What is captured in a thread is recorded when the call returns."""
    app = ShopApp()
    thread = threading.Thread(target=lambda: app.Sentry.capture_message("from a thread"))
    thread.start()
    thread.join()
    assert len(sent.events) == 1


def test_environment_of_the_machine_is_left_alone(monkeypatch):
    """A DSN of the machine is not used, be it empty or real."""
    for dsn in ("", "https://real@sentry.example.com/7"):
        monkeypatch.setenv("SENTRY_DSN", dsn)
        with asab_sentry.testing.capture() as sent:
            app = ShopApp()
            assert app.Sentry.Options.dsn == asab_sentry.testing.DSN
            app.Sentry.capture_message("sent")
        assert len(sent.events) == 1
        assert os.environ["SENTRY_DSN"] == dsn


def test_what_is_no_json_is_recorded(sent):
    """An event that a hook left something in is recorded as it would be sent."""
    app = ShopApp()
    sentry_sdk.get_global_scope().add_event_processor(lambda event, hint: event | {"extra": {"object": object}})
    app.Sentry.capture_message("odd")
    assert "object" in sent.events[0]["extra"]["object"]
