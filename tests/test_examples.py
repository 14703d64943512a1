"""The examples, each run as its users run it."""

import importlib
import json
import os
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import programs
import pytest
from apps import WARNINGS
from far import mechanism, title

import asab_sentry.testing

EXAMPLES = Path(__file__).parents[1] / "examples"


def environment(far, home, **more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    return kept | {"SENTRY_DSN": far.dsn, "HOME": str(home)} | more


def run(far, tmp_path, script, configuration, code=0):
    done = programs.run(
        [str(EXAMPLES / script), "-c", str(EXAMPLES / configuration)],
        cwd=tmp_path,
        env=environment(far, tmp_path),
        options=WARNINGS,
    )
    assert done.returncode == code, done.stderr
    return done


def test_every_example_is_run_here():
    """There is no example in Python without a test in this file."""
    here = Path(__file__).read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in here] == []


@pytest.mark.parametrize(
    "script", ["minimal.py", "errors.py", "tagging.py", "tracing.py", "cron_job.py", "before_send.py", "web_service.py"]
)
def test_command_of_the_example_is_the_one_that_is_run(script):
    """The command in the first lines of an example names its own files."""
    line = f"python examples/{script} -c examples/{Path(script).stem}.conf"
    assert line in (EXAMPLES / script).read_text(encoding="utf-8")


def test_minimal(far, tmp_path):
    """The smallest service sends an error and a caught exception, with the breadcrumb that led to them, and stops."""
    done = run(far, tmp_path, "minimal.py", "minimal.conf")
    error, caught = far.events
    assert title(error) == "The price list is incomplete"
    assert error["contexts"]["struct_data"] == {"missing": ["teapot", "kettle"]}
    assert title(caught) == "ValueError: could not convert string to float: '12,50'"
    assert mechanism(caught) == ("generic", True)
    assert {error["level"], caught["level"]} == {"error"}
    for event in (error, caught):
        assert event["tags"] == {"appclass": "MinimalApp"}
        crumbs = {crumb["message"]: crumb.get("data") for crumb in event["breadcrumbs"]["values"]}
        assert crumbs["Reading the price list"] == {"file": "prices.csv"}
    assert "Reading the price list" not in done.stderr


def test_errors(far, tmp_path):
    """Each error arrives once, marked as handled or not, and none that was handled without a word."""
    run(far, tmp_path, "errors.py", "errors.conf", code=1)
    found = [(title(event), mechanism(event) if "exception" in event else event["level"]) for event in far.events]
    assert sorted(found, key=str) == sorted(
        [
            ("LookupError: no stock is assigned to the order", ("asab.pubsub", False)),
            ("ValueError: the list has no column 'price'", ("asab.task", False)),
            ("OSError: the label printer is out of paper", ("asab.loop", False)),
            ("ValueError: could not convert string to float: '12,50'", ("logging", True)),
            ("KeyError: 'mug'", ("generic", True)),
            ("The stock differs from the books", "error"),
            ("The stock is low", "warning"),
            ("RuntimeError: the shop is on fire", ("excepthook", False)),
        ],
        key=str,
    )
    crumbs = {crumb["message"] for event in far.events for crumb in event["breadcrumbs"]["values"]}
    assert "The label will be printed tomorrow" in crumbs


def test_tracing(far, tmp_path):
    """One transaction is sent with the spans of its tasks, the sampler drops the other; an error is in its trace."""
    run(far, tmp_path, "tracing.py", "tracing.conf")
    (transaction,) = far.transactions
    assert transaction["transaction"] == "import"
    spans = {span["description"]: span for span in transaction["spans"]}
    assert sorted(spans) == ["read the list", "store the kettle", "store the teapot"]
    assert spans["store the teapot"]["data"]["article"] == "teapot"
    assert spans["store the kettle"]["start_timestamp"] < spans["store the teapot"]["timestamp"]
    (event,) = far.events
    assert title(event) == "The list has no mugs"
    assert event["contexts"]["trace"]["trace_id"] == transaction["contexts"]["trace"]["trace_id"]


def test_tagging_tags(far, tmp_path):
    """Tags, context and user are on the events of their own unit of work and on no other."""
    run(far, tmp_path, "tagging.py", "tagging.conf")
    everywhere = {"appclass": "TaggingApp", "team": "logistics", "region": "eu-central"}
    events = {title(event): event for event in far.events}
    assert len(far.events) == len(events) == 2

    express = events["The parcel service is down"]
    own = {"customer": "acme", "order": "1001", "express": "True", "carrier": "pigeon"}
    assert express["tags"] == everywhere | own
    assert express["contexts"]["order"] == {"number": 1001, "express": True, "weight": 2.5}
    assert express["user"] == {"id": "acme-api", "email": "[Filtered]"}

    light = events["An order weighs nothing"]
    assert light["level"] == "warning"
    assert light["tags"] == everywhere | {"customer": "globex", "order": "1003", "express": "False"}
    assert light["contexts"]["order"]["number"] == 1003
    assert light["user"] == {"id": "globex-api", "email": "[Filtered]"}

    spans = {
        transaction["tags"]["customer"]: [(span["op"], span["description"]) for span in transaction["spans"]]
        for transaction in far.transactions
    }
    assert spans == {
        "acme": [("order", "order 1001")],
        "globex": [("order", "order 1002"), ("order", "order 1003")],
    }
    for transaction in far.transactions:
        assert transaction["transaction"] == "import orders"
        assert transaction["tags"] == everywhere | {"customer": transaction["tags"]["customer"]}


def test_cron_job(far, tmp_path):
    """A run that fails is captured with its own tag, the job goes on, and each run is checked in."""
    run(far, tmp_path, "cron_job.py", "cron_job.conf")
    (event,) = far.events
    assert title(event) == "ValueError: could not convert string to float: '12,50'"
    assert event["tags"]["price"] == "12,50"
    crumbs = [crumb["data"] for crumb in event["breadcrumbs"]["values"] if crumb["message"] == "Importing a price"]
    assert crumbs == [{"price": "12,50"}]
    ended = ["ok", "error", "ok"]
    assert [each["status"] for each in far.check_ins] == [each for end in ended for each in ("in_progress", end)]
    assert {each["monitor_slug"] for each in far.check_ins} == {"price-import"}
    assert far.check_ins[0]["monitor_config"]["schedule"] == {"type": "interval", "value": 1, "unit": "minute"}


def test_before_send(far, tmp_path):
    """Of three errors one is dropped, one is ignored, and one is changed."""
    run(far, tmp_path, "before_send.py", "before_send.conf")
    (event,) = far.events
    assert title(event) == "Order N is lost"
    assert event["tags"] == {"appclass": "BeforeSendApp", "shift": "night"}


def test_examples_within_a_test(monkeypatch):
    """The examples can be tested as users test their services: in the process, with nothing on the network."""
    monkeypatch.syspath_prepend(EXAMPLES)
    for script, events, check_ins in (("cron_job", 1, 6), ("before_send", 1, 0), ("minimal", 2, 0)):
        application = next(
            member
            for name, member in vars(importlib.import_module(script)).items()
            if name.endswith("App") and member.__module__ == script
        )
        with asab_sentry.testing.capture(args=["-c", str(EXAMPLES / f"{script}.conf")]) as sent:
            assert application().run() == 0
        assert (len(sent.events), len(sent.check_ins)) == (events, check_ins), script


def request(method, url):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def wait_for_port(process, port):
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the service ended"
        assert time.monotonic() < deadline, "the service does not listen"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


def test_web_service(far, tmp_path):
    """The web service tells Sentry of a failed request under the id that its client is shown, and of no 404."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (EXAMPLES / "web_service.conf").read_text(encoding="utf-8")
    configuration = tmp_path / "web_service.conf"
    configuration.write_text(text.replace("listen=127.0.0.1 8080\n", f"listen=127.0.0.1 {port}\n"))
    with programs.service(
        [str(EXAMPLES / "web_service.py"), "-c", str(configuration)],
        cwd=tmp_path,
        env=environment(far, tmp_path, NO_PROXY="127.0.0.1"),
        options=WARNINGS,
    ) as process:
        wait_for_port(process, port)
        address = f"http://127.0.0.1:{port}"
        assert request("GET", f"{address}/orders/1001")[0] == 200
        assert request("GET", f"{address}/nowhere")[0] == 404
        status, answer = request("GET", f"{address}/orders/1003/price-per-article")
        assert status == 500
        assert request("POST", f"{address}/orders/1002/payment")[0] == 202
        failed, caught = far.wait_for(2)
    assert len(far.events) == 2
    assert title(failed).endswith("division by zero")
    assert failed["event_id"] == answer["uuid"].replace("-", "")
    assert failed["tags"] == {"appclass": "ShopApp", "order": "1003"}
    assert title(caught) == "PaymentError: the gateway did not answer"
    assert caught["tags"] == {"appclass": "ShopApp", "order": "1002", "gateway": "bank", "attempt": "1"}
