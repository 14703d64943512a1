"""`make demo`: a service that fails in many ways, a server that hears of it, and a table of what arrived."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from .bugsink import Bugsink
from .run import (
    HOME,
    HOST,
    ROOT,
    DemoError,
    Interrupted,
    Process,
    Venv,
    clean_environment,
    command,
    free_port,
    locked,
    require_free,
    shown,
    step,
)

RUN = HOME / "run"  # configuration, database and logs of one run
SERVICE = Venv("asab-sentry", "service", ("-e", str(ROOT)), made_of=ROOT / "pyproject.toml")

CONFIGURATION = """\
[general]
var_dir=var

[web]
listen={host} {port}

[logging:console]
enabled=true

[sentry]

[sentry:logging]
breadcrumbs=info  # logging level for capturing breadcrumbs
events=error  # logging level for capturing events
"""
MANIFEST = {"version": "v1.4.2"}
IDENTITY = {"SITE_ID": "demo", "NODE_ID": "node-1", "SERVICE_ID": "shop", "INSTANCE_ID": "shop-1"}
RELEASE = "ShopApp@1.4.2"
ENVIRONMENT = "demo"

# What the service is asked for, and the status of its answers.
REQUESTS = (
    ("GET", "/orders/1001", 200),
    ("GET", "/orders/1002", 200),
    ("GET", "/orders/9999", 404),
    ("GET", "/nowhere", 404),
    ("GET", "/orders/1003/price-per-article", 500),
    ("GET", "/orders/1003/price-per-article", 500),
    ("GET", "/orders/1003/price-per-article", 500),
    ("POST", "/orders/1001/payment", 202),
    ("POST", "/orders/1002/payment", 202),
    ("GET", "/stock/teapot", 200),
    ("POST", "/stock/count", 200),
    ("POST", "/orders/1002/shipment", 200),
    ("POST", "/articles/import", 202),
    ("POST", "/orders/1001/label", 202),
)


@dataclasses.dataclass(frozen=True)
class Expected:
    """An issue that must arrive; `tags` and `breadcrumbs` are some of those of its newest event."""

    title: str
    count: int = 1
    level: str = "error"
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    breadcrumbs: tuple[str, ...] = ()


EXPECTED = (
    Expected(
        f"ZeroDivisionError: {'float ' if sys.version_info < (3, 14) else ''}division by zero",
        count=3,
        tags={"order": "1003"},
        breadcrumbs=("Reading the order", "Dividing the price"),
    ),
    Expected("PaymentError: the gateway did not answer", count=2, tags={"order": "1002", "gateway": "bank"}),
    Expected("The stock of an article is low", level="warning", tags={"article": "teapot"}),
    Expected("The stock differs from the books", breadcrumbs=("Counting the stock", "Stock counted")),
    Expected("LookupError: no stock is assigned to the order", tags={"order": "1002"}),
    Expected("ConnectionRefusedError: the mail server is down", tags={"order": "1002"}),
    Expected("ValueError: the list has no column 'price'"),
    Expected("OSError: the label printer is out of paper", tags={"order": "1001"}),
)
EVERYWHERE = {"appclass": "ShopApp"} | {name.lower(): value for name, value in IDENTITY.items()}


@dataclasses.dataclass(frozen=True)
class Issue:
    """An issue at the server, with what its newest event says."""

    title: str
    count: int
    level: str
    tags: dict[str, str]
    release: str
    environment: str
    breadcrumbs: tuple[str, ...]


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--port", help=f"port of Bugsink on {HOST} (default: a free one)")
    parser.add_argument("--keep", action="store_true", help="keep Bugsink running until it has been looked at")
    arguments = parser.parse_args()
    return command(lambda: demo(arguments.port, keep=arguments.keep))


def demo(port: str | None, *, keep: bool) -> None:
    """Install, start, drive, read back and compare; nothing is left running."""
    started = time.monotonic()
    with contextlib.ExitStack() as cleanup:
        cleanup.enter_context(locked(HOME / "demo.lock", wait=False))
        bugsink = Bugsink(RUN / "bugsink", read_port(port))
        require_free(bugsink.port)
        Bugsink.install()
        SERVICE.install()
        shutil.rmtree(RUN, ignore_errors=True)
        RUN.mkdir()
        cleanup.callback(bugsink.stop)
        with step("starting Bugsink"):
            bugsink.start()
        with step("starting the service"):
            address, service = start_service(bugsink.dsn)
            cleanup.callback(service.stop)
            service.wait_until(lambda: answers(address))
        with step(f"sending {len(REQUESTS)} requests"):
            send_requests(address)
            wait_for_events(bugsink)
            service.stop()
        issues = read_issues(bugsink)
        print_table(issues)
        events = sum(issue.count for issue in issues)
        print(f"{len(issues)} issues, {events} events in {time.monotonic() - started:.1f} s")
        check(issues)
        if keep:
            wait_for_visitor(bugsink)


def read_port(text: str | None) -> int | None:
    """Return the number of a port."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise DemoError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


def start_service(dsn: str) -> tuple[str, Process]:
    """Start the service that is told of Sentry by its environment; return its address and its process."""
    port = free_port()
    (RUN / "service.ini").write_text(CONFIGURATION.format(host=HOST, port=port))
    (RUN / "MANIFEST.json").write_text(json.dumps(MANIFEST))
    process = Process(
        "the service",
        SERVICE.program("python"),
        ROOT / "examples" / "web_service.py",
        "-c",
        "service.ini",
        directory=RUN,
        log=RUN / "service.log",
        environment=clean_environment(SENTRY_DSN=dsn, **IDENTITY),
    )
    return f"http://{HOST}:{port}", process


def request(method: str, url: str) -> int:
    """Send a request and return the status of the answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, method=method), timeout=10) as response:
            status: int = response.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    return status


def answers(address: str) -> bool:
    """Say whether the service listens."""
    with contextlib.suppress(OSError):
        return request("GET", f"{address}/health") == 200
    return False


def send_requests(address: str) -> None:
    """Drive the service."""
    for method, path, expected in REQUESTS:
        status = request(method, f"{address}{path}")
        if status != expected:
            log = shown(RUN / "service.log")
            raise DemoError(f"the service answered {status} to {method} {path}, not {expected}, see {log}")


def wait_for_events(bugsink: Bugsink, seconds: float = 20) -> None:
    """Wait until as many events of every expected issue have arrived; what is missing is told later."""
    deadline = time.monotonic() + seconds
    expected = {issue.title: issue.count for issue in EXPECTED}
    while time.monotonic() < deadline:
        arrived = {title(issue): issue["digested_event_count"] for issue in bugsink.issues()}
        if all(arrived.get(name, 0) >= count for name, count in expected.items()):
            return
        time.sleep(0.1)


def title(issue: dict[str, Any]) -> str:
    """Return the title of an issue: type and text of an exception, or just the text of a message."""
    if issue["calculated_type"] == "Log Message":
        return str(issue["calculated_value"])
    return f"{issue['calculated_type']}: {issue['calculated_value']}"


def read_issues(bugsink: Bugsink) -> list[Issue]:
    """Read the issues and the newest event of each."""
    issues = []
    for issue in bugsink.issues():
        data = bugsink.event(bugsink.events(issue["id"])[0]["id"])["data"]
        breadcrumbs = data.get("breadcrumbs", {}).get("values", [])
        issues.append(
            Issue(
                title=title(issue),
                count=issue["digested_event_count"],
                level=data.get("level", ""),
                tags=data.get("tags", {}),
                release=data.get("release", ""),
                environment=data.get("environment", ""),
                breadcrumbs=tuple(str(breadcrumb.get("message")) for breadcrumb in breadcrumbs),
            )
        )
    return issues


def print_table(issues: list[Issue]) -> None:
    """Print the issues, with the tags that all of them have in a line of their own."""
    shared = set.intersection(*(set(issue.tags.items()) for issue in issues)) if issues else set()
    rows = [("TITLE", "LEVEL", "COUNT", "TAGS", "RELEASE", "ENVIRONMENT")]
    for issue in issues:
        tags = joined(set(issue.tags.items()) - shared)
        rows.append((issue.title, issue.level, str(issue.count), tags, issue.release, issue.environment))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"\ntags of every event: {joined(shared)}")


def joined(tags: set[tuple[str, str]]) -> str:
    """Return tags in one line."""
    return " ".join(f"{key}={value}" for key, value in sorted(tags))


def check(issues: list[Issue]) -> None:
    """Compare what has arrived with what had to; the differences are a DemoError."""
    arrived = {issue.title: issue for issue in issues}
    faults = [fault for expected in EXPECTED for fault in differences(expected, arrived.pop(expected.title, None))]
    faults += [f"{name!r} arrived unexpectedly" for name in arrived]
    if faults:
        raise DemoError("; ".join(faults))


def differences(expected: Expected, issue: Issue | None) -> list[str]:
    """Say what an issue lacks."""
    if issue is None:
        return [f"{expected.title!r} is missing"]
    wanted: dict[str, object] = {
        "count": expected.count,
        "level": expected.level,
        "release": RELEASE,
        "environment": ENVIRONMENT,
    }
    faults = [
        f"{name} {getattr(issue, name)!r} instead of {value!r}"
        for name, value in wanted.items()
        if getattr(issue, name) != value
    ]
    tags = (EVERYWHERE | expected.tags).items() - issue.tags.items()
    faults += [f"no tag {joined({tag})}" for tag in sorted(tags)]
    faults += [f"no breadcrumb {text!r}" for text in expected.breadcrumbs if text not in issue.breadcrumbs]
    return [f"{expected.title!r} has {fault}" for fault in faults]


def wait_for_visitor(bugsink: Bugsink) -> None:
    """Say where Bugsink is, and wait until it is not needed any more."""
    print(f"\nBugsink is at {bugsink.url} (login {Bugsink.EMAIL}, password {Bugsink.PASSWORD})")
    print(f"For a service of your own, whose issues are in the project Visitors: SENTRY_DSN={bugsink.visitors_dsn}")
    with contextlib.suppress(Interrupted, EOFError):
        if sys.stdin.isatty():
            input("Press Enter or Ctrl-C to stop it. ")
        else:
            print("Press Ctrl-C to stop it.", flush=True)
            signal.pause()


if __name__ == "__main__":
    sys.exit(main())
