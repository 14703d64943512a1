"""The fleet in a docker engine: it is built, errs, loses the server and an instance, and a table tells what arrived.

make fleet
make fleet BASE=my-python:3.13   with another base image (python3 with venv, and the packages in an index or in it)
"""

import contextlib
import functools
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from demo.run import DemoError, command, step

from .server import Arrived, Server

HERE = Path(__file__).resolve().parent
PROJECT = "asab-sentry-fleet"
PORTS = {"shop-1": 8081, "shop-2": 8082}
INSTANCES = ("prices-1", "shop-1", "shop-2")
FAILING = "/orders/1003/price-per-article"
CHECK = ("asab-sentry", "check", "-c", "/conf/fleet.conf", "--appclass", "ShopApp")
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main() -> int:
    """Run the command; return its exit code: 69 where no engine answers."""
    if not engine_answers():
        print("fleet: no docker engine answers (docker info)", file=sys.stderr)
        return os.EX_UNAVAILABLE
    return command(fleet)


def engine_answers() -> bool:
    """Return whether there is a docker engine."""
    return (
        shutil.which("docker") is not None
        and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    )


def fleet() -> None:
    """Build and run the fleet; a DemoError says what did not happen."""
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as undo:
        server = Server(gateway())
        server.start()
        undo.callback(server.stop)
        compose = Compose(Path(directory), server.dsn)
        undo.callback(compose.run, "down", "--volumes", "--remove-orphans", "--timeout", "3")
        with step("building the image"):
            compose.run("build")
        with step("checking the configuration in a container"):
            compose.run(
                "run", "--rm", "shop-2", *["asab-sentry", "check", "-c", "/conf/fleet.conf", "--appclass", "ShopApp"]
            )
        with step("starting the fleet"):
            compose.run("up", "--detach", "--no-build")
            for port in PORTS.values():
                wait(functools.partial(answers, port), f"nothing answers on port {port}")
        with step("errors of each instance"):
            for port in PORTS.values():
                status(port, FAILING)
            wait(lambda: instances(server.arrived) >= set(INSTANCES), "an instance has not been heard of")
        first = list(server.arrived)
        with step("an error while the server is away, and its instance is killed and removed"):
            server.stop()
            status(PORTS["shop-1"], FAILING)
            time.sleep(1)
            compose.run("kill", "shop-1")
            compose.run("rm", "--force", "shop-1")
        with step("the server is back: a sibling sends what the dead one has left, and tells of its death"):
            server.start()
            back = time.monotonic()
            wait(lambda: len(issues_of("shop-1", server.arrived[len(first) :])) > 1, "it was not sent", seconds=120)
        later = [one for one in server.arrived[len(first) :] if instance(one) == "shop-1"]
        table(first, later, back)


def gateway() -> str:
    """Return the address of this machine as containers see it."""
    (network,) = json.loads(output("docker", "network", "inspect", "bridge"))
    config = network["IPAM"]["Config"][0]
    # An engine that has no container on it yet may not tell.
    return str(config.get("Gateway") or next(ipaddress.ip_network(config["Subnet"]).hosts()))


class Compose:
    """docker compose with the files of the fleet, and one that adds the server and the base image."""

    def __init__(self, directory: Path, dsn: str) -> None:
        secret = directory / "sentry_dsn.txt"
        secret.write_text(f"{dsn}\n", encoding="utf-8")
        directory.chmod(0o755)
        secret.chmod(0o644)  # the user of the image reads it
        more: dict[str, Any] = {"secrets": {"sentry_dsn": {"file": str(secret)}}}
        arguments = {name: os.environ[name] for name in ("BASE", "PIP_ARGUMENTS") if os.environ.get(name)}
        if arguments:
            more["services"] = {name: {"build": {"args": arguments}} for name in (*PORTS, "prices")}
        override = directory / "override.json"
        override.write_text(json.dumps({"version": "3.9", **more}), encoding="utf-8")
        is_plugin = not subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
        program = ["docker", "compose"] if is_plugin else ["docker-compose"]
        files = ["-f", str(HERE / "docker-compose.yaml"), "-f", str(override)]
        self._command = [*program, "--project-name", PROJECT, *files]
        self._environment = {**os.environ, "SENTRY_DSN": dsn}

    def run(self, *arguments: str) -> None:
        """Run a command of compose; raise DemoError with the end of what it says."""
        done = subprocess.run(
            [*self._command, *arguments],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DemoError(f"docker compose {arguments[0]} has failed\n{done.stdout[-2000:]}")


def output(*arguments: str) -> str:
    """Return what a command writes."""
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.strip()


def status(port: int, path: str) -> int | None:
    """Return the status of a request to an instance; None: it does not answer."""
    try:
        with OPENER.open(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def answers(port: int) -> bool:
    """Return whether an instance answers anything."""
    return status(port, "/") is not None


def wait(condition: Callable[[], bool], otherwise: str, seconds: float = 60) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise DemoError(otherwise)
        time.sleep(0.2)


def instance(arrived: Arrived) -> str:
    """Return whose event it is."""
    return str(arrived.event["tags"].get("instance_id"))


def instances(arrived: list[Arrived]) -> set[str]:
    """Return whose events have arrived."""
    return set(map(instance, arrived))


def issue(arrived: Arrived) -> str:
    """Return what an event tells of."""
    value = arrived.event["exception"]["values"][-1]
    return f"{value['type']}: {value['value']}"


def issues_of(name: str, arrived: list[Arrived]) -> set[str]:
    """Return what has arrived of an instance."""
    return {issue(one) for one in arrived if instance(one) == name}


def rows(first: list[Arrived], later: list[Arrived], back: float) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table."""
    yield "INSTANCE", "CLASS", "RELEASE", "ENVIRONMENT", "NODE", "ISSUE", "HOW"
    for one in (*first, *later):
        event = one.event
        tags = event["tags"]
        how = "by itself" if one in first else f"by a sibling {one.moment - back:.1f} s after the server was back"
        yield instance(one), tags["appclass"], event["release"], event["environment"], tags["node_id"], issue(one), how


def table(first: list[Arrived], later: list[Arrived], back: float) -> None:
    """Print what has arrived: while the server was there, and `later`, when it was back."""
    lines = list(rows(first, later, back))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print()
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
