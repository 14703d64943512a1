"""The fleet of examples/fleet: commands and environments of its compose file, in processes instead of containers.

Paths of containers become paths of the test. The engine, its images and its networks are not a part of this.
"""

import contextlib
import os
import re
import signal
import socket
from pathlib import Path

import programs
import pytest
import yaml
from apps import WARNINGS
from far import title
from test_examples import request, wait_for_port

FLEET = Path(__file__).parents[1] / "examples" / "fleet"
COMPOSE = yaml.safe_load((FLEET / "docker-compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]


def identity(service):
    """Return the environment that a service is given, as written."""
    return dict(line.split("=", 1) for line in service["environment"])


class Container:
    """A service of the compose file, with a directory of the test for its file system; volumes are shared."""

    def __init__(self, name, directory, variables):
        self.service = SERVICES[name]
        self.variables = variables
        self.files = directory / name
        self.files.mkdir()
        self.paths = dict(files_of_the_image())
        for secret in self.service.get("secrets", ()):
            source = directory / COMPOSE["secrets"][secret]["file"]
            self.paths[f"/run/secrets/{secret}"] = source
        for volume in self.service["volumes"]:
            source, target, *_ = volume.split(":")
            self.paths[target] = directory / source if source in COMPOSE["volumes"] else FLEET / source
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.configuration()

    def configuration(self):
        """Write the configuration file as the container sees it, with a port that is free."""
        path = self.service["command"][-1]
        text = self.of_the_test(self.paths[path].read_text(encoding="utf-8"))
        self.paths[path] = self.files / Path(path).name
        self.paths[path].write_text(text.replace("listen=0.0.0.0 8080", f"listen=127.0.0.1 {self.port}"))

    def of_the_test(self, text):
        for path, there in self.paths.items():
            text = text.replace(path, str(there))
        return text

    @property
    def environment(self):
        """The environment that compose makes, and no more of Sentry and ASAB."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
        own = {
            name: self.of_the_test(re.sub(r"\$\{(\w+)\}", lambda found: self.variables.get(found[1], ""), value))
            for name, value in identity(self.service).items()
        }
        return kept | {"HOME": str(self.files), "NO_PROXY": "127.0.0.1"} | own

    def check(self):
        """Run the command that tells what the service would read."""
        configuration = self.of_the_test(self.service["command"][-1])
        return programs.run(["-m", "asab_sentry", "check", "-c", configuration], cwd=self.files, env=self.environment)

    @contextlib.contextmanager
    def running(self):
        python, *rest = self.service["command"]
        assert python == "python"
        command = [*map(self.of_the_test, rest)]
        with programs.service(command, cwd=self.files, env=self.environment, options=WARNINGS) as process:
            yield process


def files_of_the_image():
    """Return what the Dockerfile copies, by its place in the image."""
    for line in re.findall(r"^COPY (.+)$", (FLEET / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            there = FLEET.parents[1] / source
            assert there.exists(), source
            yield f"{target}{there.name}" if target.endswith("/") else target, there


def test_image():
    """The image has what it copies, whatever else is in the directory, and its processes are not root's."""
    ignored = (FLEET.parents[1] / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    text = (FLEET / "Dockerfile").read_text(encoding="utf-8")
    assert {source for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for source in line.split()[:-1]} == kept
    assert re.findall(r"^USER (\w+)$", text, re.MULTILINE) == ["shop"]
    assert re.search(r"install --directory --owner=shop --mode=700 (\S+)", text)[1] in {
        volume.split(":")[1] for service in SERVICES.values() for volume in service["volumes"]
    }


def test_restarts():
    """Attempts are bounded, as a configuration does not mend itself, and web services are asked how they are."""
    assert {service["restart"] for service in SERVICES.values()} == {"on-failure:5"}
    healthy = {name for name, service in SERVICES.items() if "healthcheck" in service}
    assert healthy == {name for name, service in SERVICES.items() if "ports" in service}


@pytest.mark.parametrize("name", SERVICES)
def test_dsn(name, far, tmp_path):
    """Each service of the compose file has the DSN: from `.env`, or from a secret."""
    (tmp_path / "sentry_dsn.txt").write_text(f"{far.dsn}\n")
    done = Container(name, tmp_path, {"SENTRY_DSN": far.dsn}).check()
    assert done.returncode == 0, done.stdout
    assert f"http://***@127.0.0.1:{far.port}/1" in done.stdout


def test_no_dsn(tmp_path):
    """Without a DSN in `.env` the service that reads it has Sentry switched off."""
    done = Container("shop-1", tmp_path, {}).check()
    assert (done.returncode, "Sentry is off" in done.stdout) == (0, True), done.stdout


def test_fleet(far, tmp_path):
    """The commands and environments of the fleet: an event of each service arrives, and says whose it is."""
    (tmp_path / "sentry_dsn.txt").write_text(f"{far.dsn}\n")
    containers = {name: Container(name, tmp_path, {"SENTRY_DSN": far.dsn}) for name in SERVICES}
    with contextlib.ExitStack() as running:
        processes = {name: running.enter_context(container.running()) for name, container in containers.items()}
        for name in ("shop-1", "shop-2"):
            wait_for_port(processes[name], containers[name].port)
            status, _ = request("GET", f"http://127.0.0.1:{containers[name].port}/orders/1003/price-per-article")
            assert status == 500
        far.wait_for(3)
        folders = {path.parent for path in (tmp_path / "spool").glob("*/*/lock")}
        assert len(folders) >= 2, "both web services use the volume, each a directory of its own"
    found = {event["tags"]["instance_id"]: event for event in far.events}
    assert len(found) == len(far.events) == len(SERVICES)
    for service in SERVICES.values():
        who = identity(service)
        event = found[who["INSTANCE_ID"]]
        assert event["environment"] == who["SITE_ID"]
        assert event["release"] == f"{event['tags']['appclass']}@1.4.2"
        for name in ("SITE_ID", "NODE_ID", "SERVICE_ID", "INSTANCE_ID"):
            assert event["tags"][name.lower()] == who[name]
    assert {instance: event["tags"]["appclass"] for instance, event in found.items()} == {
        "shop-1": "ShopApp",
        "shop-2": "ShopApp",
        "prices-1": "CronJobApp",
    }
    assert title(found["shop-2"]).endswith("division by zero")
    assert title(found["prices-1"]) == "ValueError: could not convert string to float: '12,50'"
    assert {each["monitor_slug"] for each in far.check_ins} == {"price-import"}


def test_an_instance_that_is_killed_is_told_of_by_another(far, tmp_path):
    """As `docker compose kill` does it: the event has the tags of the dead, and comes by the volume that both use."""
    (tmp_path / "sentry_dsn.txt").write_text(f"{far.dsn}\n")
    dead, sibling = (Container(name, tmp_path, {"SENTRY_DSN": far.dsn}) for name in ("shop-1", "shop-2"))
    with contextlib.suppress(AssertionError), dead.running() as process:
        wait_for_port(process, dead.port)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    with sibling.running() as process:
        wait_for_port(process, sibling.port)
        (event,) = far.wait_for(1)
    assert title(event) == "UncleanExit: ShopApp was killed"
    assert event["tags"]["instance_id"] == "shop-1"
    assert event["environment"] == "prague"
    assert list((tmp_path / "spool").rglob("blackbox*")) == []
