"""Services under load, killed at random, and a server that goes away, hangs and refuses: does every event arrive?

    python tests/soak.py [--minutes 5] [--processes 3] [--seed 1]

A service notes the id of each event after the call that captured it has returned. In the end the server is up, a last
service starts on the same directory and stops, and each id that was noted must be at the server, and an event of each
process that was killed, and of no other, once. Fails when one is not.
"""

import argparse
import collections
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from far import Envelope, FarEnd, closed_port

from asab_sentry.blackbox import ring
from asab_sentry.blackbox.files import RING
from asab_sentry.blackbox.state import Phase
from asab_sentry.delivery import files

SERVICE = """
import asyncio, os, random, sys
import asab, asab_sentry


class App(asab.Application):
    def __init__(self):
        super().__init__(args=["-c", "app.conf"])
        self.Sentry = asab_sentry.SentryService(self)

    async def main(self):
        notes = os.open("noted", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        while os.environ["WORK"] != "no":
            event_id = self.Sentry.capture_message(f"event {random.random()}", "error")
            if event_id is None:
                os._exit(99)
            os.write(notes, event_id.encode() + b"\\n")
            await asyncio.sleep(random.expovariate(1 / 0.03))
            chance = random.random()
            if chance < 0.003:
                os._exit(0)
            elif chance < 0.006:
                os.execv(sys.executable, [sys.executable, *sys.argv])
            elif chance < 0.009:
                break
        self.stop()


App().run()
"""

INI = """
[general]
var_dir=var
[sentry]
data_source_name=http://public@127.0.0.1:{port}/1
shutdown_timeout={timeout}
[sentry:limits]
issue_events=off
total_events=off
"""


class Ids(list):
    """In place of the envelopes that arrived: the ids of their events only, and of deaths, by process, apart."""

    def __init__(self) -> None:
        self.deaths: dict[str, int] = {}

    def append(self, envelope) -> None:
        for item in envelope.items:
            if item.headers["type"] == "event" and "exit" in item.payload.get("contexts", {}):
                self.deaths[item.payload["event_id"]] = item.payload["contexts"]["exit"]["pid"]
                return
        super().extend([envelope.headers["event_id"]] if "event_id" in envelope.headers else [])


class Server:
    """A server that is in one mood after the other; what arrived stays."""

    MOODS = ("up", "up", "up", "down", "hangs", "resets", "500", "429", "flaky")

    def __init__(self, chance: random.Random) -> None:
        self.port = closed_port()
        self.ids = Ids()
        self.moods: collections.Counter[str] = collections.Counter()
        self._chance = chance
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.is_set():
            mood = self._chance.choice(self.MOODS)
            self.moods[mood] += 1
            over = threading.Event()
            if mood == "down":
                self._ended.wait(self._chance.uniform(0.5, 4))
                continue
            try:
                server = FarEnd(self.port)
            except OSError:  # a connection of somebody else has the port meanwhile
                self._ended.wait(0.2)
                continue
            with server as far:
                far.envelopes = self.ids
                far.answer = lambda envelope, mood=mood, over=over: self._answer(envelope, mood, over)
                self._ended.wait(self._chance.uniform(0.5, 4))
                over.set()

    def _answer(self, envelope: Envelope, mood: str, over: threading.Event) -> tuple[int, dict[str, str]]:
        if mood == "flaky":
            mood = self._chance.choice(("up", "resets", "500", "forgets"))
        if mood == "forgets":  # what it took, and so does not answer
            self.ids.append(envelope)
        if mood == "hangs":
            over.wait(20)
            return 0, {}
        if mood == "429":
            return 429, {"X-Sentry-Rate-Limits": f"{self._chance.uniform(0.1, 2):.2f}:error:key"}
        return {"up": (200, {}), "500": (500, {})}.get(mood, (0, {}))

    def end(self) -> None:
        self._ended.set()
        self._thread.join()


def service(directory: Path, *, work: bool) -> subprocess.Popen:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    with (directory / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "service.py"],
            cwd=directory,
            env=environ | {"WORK": "yes" if work else "no"},
            stdout=log,
            stderr=log,
        )


def waiting_in(directory: Path) -> int:
    # Not `rglob`, which fails when a directory goes meanwhile, as that of a process whose events are all sent.
    waiting = 0
    for place, _, names in os.walk(directory):
        for name in filter(files.FILE.fullmatch, names):
            with contextlib.suppress(FileNotFoundError):
                waiting += files.look(Path(place) / name) is not None
    return waiting


def kill(process: subprocess.Popen, directory: Path) -> bool:
    """Kill a process; return whether it had begun and not said good-bye, as its black box says."""
    process.send_signal(signal.SIGSTOP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        process.returncode = os.waitstatus_to_exitcode(status)
        return False
    signs = []
    for path in (directory / "var").rglob(f"{process.pid}-*/{RING}"):
        with contextlib.suppress(FileNotFoundError, ring.Damaged):
            signs.append(ring.read(path.read_bytes())[0])
    process.send_signal(signal.SIGKILL)
    process.wait()
    return any(sign.phase < Phase.GONE for sign in signs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    directory = Path(tempfile.mkdtemp(prefix="soak-"))
    server = Server(chance)
    (directory / "service.py").write_text(SERVICE)
    (directory / "app.conf").write_text(INI.format(port=server.port, timeout="500ms"))
    ends: collections.Counter[str] = collections.Counter()
    killed: collections.Counter[int] = collections.Counter()
    running = [service(directory, work=True) for _ in range(arguments.processes)]
    end = time.monotonic() + arguments.minutes * 60
    most = 0
    while time.monotonic() < end:
        time.sleep(chance.uniform(0.2, 1.0))
        most = max(most, waiting_in(directory))
        for index, process in enumerate(running):
            if process.poll() is None and chance.random() < 0.1:
                killed[process.pid] += kill(process, directory)
            if process.poll() is not None:
                ends[{-9: "SIGKILL", 0: "exit"}.get(process.returncode, str(process.returncode))] += 1
                running[index] = service(directory, work=True)
    for process in running:
        killed[process.pid] += kill(process, directory)
    server.end()
    waiting = waiting_in(directory)
    (directory / "app.conf").write_text(INI.format(port=server.port, timeout="120s"))
    with FarEnd(server.port) as far:
        far.envelopes = server.ids
        service(directory, work=False).wait()
    noted = (directory / "noted").read_text().split()
    arrived = collections.Counter(server.ids)
    missing = set(noted) - set(arrived)
    print(f"{arguments.minutes} minutes, {arguments.processes} processes at a time, seed {arguments.seed}")
    print(f"ends of processes: {dict(ends)}, and {arguments.processes} killed at the end")
    print(f"moods of the server: {dict(server.moods)}")
    print(f"events whose call returned: {len(noted)}, all ids different: {len(noted) == len(set(noted))}")
    still = waiting_in(directory)
    print(f"waiting on disk: at most {most}, at the end {waiting}, after the last start {still}")
    early = len(set(arrived) - set(noted))
    print(f"at the server, by id: {len(arrived)}, among them {early} of calls that were killed before they returned")
    print(f"sent again though taken before: {arrived.total() - len(arrived)}")
    print(f"missing: {len(missing)} {sorted(missing)[:5] or ''}")
    told = collections.Counter(server.ids.deaths.values())
    untold, untrue = killed - told, told - killed
    print(f"killed: {killed.total()}, told of: {told.total()}, not: {untold.total()}, but not killed: {untrue.total()}")
    if missing or ends["99"] or untold or untrue:
        print(f"see {directory}")
        return 1
    subprocess.run(["rm", "-r", directory], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
