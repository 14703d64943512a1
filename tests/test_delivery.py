"""An event that was captured arrives, whatever happens to the process right afterwards."""

import json
import signal
import socket
import threading
from pathlib import Path

import apps
import pytest
from far import FarEnd, closed_port, title
from judge import complaints
from kept import kept, kept_files

IDLE = """
class App(Base):
    async def main(self):
        self.stop()
"""

LAST_WORDS = """
class App(Base):
    async def main(self):
        event_id = self.Sentry.capture_message("last words", "error")
        print(event_id, flush=True)
        {end}
"""

ENDS = {
    "SIGKILL": "os.kill(os.getpid(), 9)",
    "os._exit": "os._exit(3)",
    "SIGSEGV": "os.kill(os.getpid(), 11)",
    "execv": "os.execv(sys.executable, [sys.executable, '-c', 'pass'])",
    "third stop": "self.stop(); self.stop(); self.stop()",
}


def refused() -> str:
    return f"http://public@127.0.0.1:{closed_port()}/1"


def left(directory: Path) -> list[Path]:
    """Return the files of envelopes that wait."""
    return kept_files(directory)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_last_words(tmp_path: Path, end: str) -> None:
    """However a process ends right after a call, the next start delivers the event of it, with its id, once."""
    port = closed_port()
    dsn = f"http://public@127.0.0.1:{port}/1"
    dead = apps.run(tmp_path, LAST_WORDS.format(end=end), dsn=dsn)
    event_id = dead.stdout.split()[0]
    with FarEnd(port) as far:
        apps.run(tmp_path, IDLE, dsn=dsn)
        apps.run(tmp_path, IDLE, dsn=dsn)
        messages = [event for event in far.events if title(event) == "last words"]
        assert [event["event_id"] for event in messages] == [event_id]
    assert left(tmp_path) == []


def test_uncaught_exception(tmp_path: Path) -> None:
    """An exception that ends the process is delivered by the next start when the server is away, and a line says so."""
    port = closed_port()
    dsn = f"http://public@127.0.0.1:{port}/1"
    source = """
        class App(Base):
            async def main(self):
                raise ValueError("the end")
    """
    dead = apps.run(tmp_path, source, dsn=dsn, ini="[sentry]\nshutdown_timeout=200ms\n")
    assert "ValueError: the end" in dead.stderr
    assert dead.stderr.count("1 event waits in") == 1
    with FarEnd(port) as far:
        apps.run(tmp_path, IDLE, dsn=dsn)
        assert [title(event) for event in far.events] == ["ValueError: the end"]


def test_full_queue(tmp_path: Path) -> None:
    """More events than the queue of sentry-sdk holds, then a kill: all of them arrive."""
    port = closed_port()
    dsn = f"http://public@127.0.0.1:{port}/1"
    source = """
        class App(Base):
            async def main(self):
                for number in range(300):
                    L.error("event %d", number, struct_data={"number": number})
                os.kill(os.getpid(), 9)
    """
    ini = "[sentry]\nshutdown_timeout=20s\nunclean_exit=no\n"
    ini += "[sentry:limits]\nissue_events=off\ntotal_events=off\n"
    apps.run(tmp_path, source, dsn=dsn, ini=ini)
    with FarEnd(port) as far:
        apps.run(tmp_path, IDLE, dsn=dsn, ini=ini)
        events = sorted(far.events, key=lambda event: event["timestamp"])  # several connections have sent them
        assert [title(event) for event in events] == [f"event {number}" for number in range(300)]


def test_restart(far: FarEnd, tmp_path: Path) -> None:
    """A restart by ASAB's own execv loses nothing: the same process goes on with what it had."""
    source = """
        class App(Base):
            async def main(self):
                if "AGAIN" in os.environ:
                    self.stop()
                    return
                os.environ["AGAIN"] = "1"
                L.error("before the restart")
                os.execv(sys.executable, [sys.executable, *sys.argv])
    """
    apps.run(tmp_path, source, dsn=far.dsn)
    assert {event["event_id"] for event in far.events} == {far.wait_for(1)[0]["event_id"]}
    assert left(tmp_path) == []


def test_two_processes(tmp_path: Path) -> None:
    """Several processes on one directory: each sends its own, and each event arrives once."""
    source = """
        class App(Base):
            async def main(self):
                name = sys.argv[-1]
                for number in range(20):
                    L.error("%s %d", os.environ["NAME"], number)
                    await asyncio.sleep(0.01)
                self.stop()
    """
    ini = f"""
        [general]
        var_dir={tmp_path}/var
        [sentry]
        shutdown_timeout=10s
        [sentry:limits]
        issue_events=off
    """
    with FarEnd() as far:

        def work(name: str) -> None:
            (tmp_path / name).mkdir()
            apps.run(tmp_path / name, source, dsn=far.dsn, ini=ini, env={"NAME": name})

        threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expected = [f"{name} {number}" for name in "abc" for number in range(20)]
        assert sorted(title(event) for event in far.events) == sorted(expected)
        assert [title(event) for event in far.events if title(event)[0] == "a"] == expected[:20]
    assert left(tmp_path) == []


def test_memory_only(far: FarEnd, tmp_path: Path) -> None:
    """With an empty directory nothing is written, and events are sent all the same."""
    source = """
        class App(Base):
            async def main(self):
                L.error("from memory")
                self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\n[sentry:spool]\ndirectory =  # memory only\n")
    assert [title(event) for event in far.events] == ["from memory"]
    assert "asab_sentry" not in run.stderr
    assert not list(tmp_path.rglob("sentry"))


def test_unusable_directory(far: FarEnd, tmp_path: Path) -> None:
    """With a directory that cannot be used one line says so at the start, and events are sent all the same."""
    (tmp_path / "file").write_text("")
    source = """
        class App(Base):
            async def main(self):
                for number in range(3):
                    L.error("event %d", number)
                self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=f"[sentry]\n[sentry:spool]\ndirectory={tmp_path}/file/spool\n")
    assert len(far.events) == 3
    assert run.stderr.count("asab_sentry Events are kept in memory only: ") == 1
    assert run.stderr.count(" asab_sentry ") == 1


SESSIONS = """
class App(Base):
    async def main(self):
        L.error("one more")
        await asyncio.sleep(0)
        while self.Sentry.Waiting < int(os.environ["EVENTS"]):
            await asyncio.sleep(0.01)
        self.stop()
"""


def test_sessions_are_no_events(tmp_path: Path) -> None:
    """Sessions that wait on disk since processes have ended are told of neither as events that wait nor as dropped."""
    dsn, ini = refused(), "[sentry]\nrelease=app@1\nshutdown_timeout=100ms\n"
    runs = [apps.run(tmp_path, SESSIONS, dsn=dsn, ini=ini, env={"EVENTS": f"{number}"}) for number in (1, 2, 3)]
    for run, total in zip(runs, ("1 event waits in", "2 events wait in", "3 events wait in"), strict=True):
        assert total in run.stderr
    assert [envelope.name.rpartition(".")[2] for envelope in kept(tmp_path)] == ["error", "session"] * 3
    last = apps.run(tmp_path, SESSIONS, dsn=dsn, ini=f"{ini}[sentry:spool]\nmax_envelopes=1\n", env={"EVENTS": "1"})
    assert "3 events were dropped: 3 over max_envelopes" in last.stderr
    # The session of this run finds no room, rather than to take that of the event.
    assert [envelope.name.rpartition(".")[2] for envelope in kept(tmp_path)] == ["error"]


def test_configured_directory(tmp_path: Path) -> None:
    """The directory is taken from the configuration, relative to where the service is started."""
    ini = "[sentry]\nshutdown_timeout=100ms\n[sentry:spool]\ndirectory=here/sentry\nmax_envelopes=2\n"
    source = """
        class App(Base):
            async def main(self):
                for number in range(5):
                    L.error("event %d", number)
                os.chdir("/")
                L.error("elsewhere")
                self.stop()
    """
    run = apps.run(tmp_path, source, dsn=refused(), ini=ini)
    assert len(left(tmp_path / "here")) == 2
    assert "4 events were dropped: 4 over max_envelopes" in run.stderr
    assert f"2 events wait in {tmp_path}/here/sentry for the next start" in run.stderr


def test_shutdown_is_bounded(tmp_path: Path) -> None:
    """A server that accepts and never answers delays the end of the service by `shutdown_timeout` and no more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = """
            class App(Base):
                async def main(self):
                    L.error("unheard")
                    self.Began = time.monotonic()
                    self.stop()

            import atexit
            atexit.register(lambda: print(time.monotonic() - app.Began))
            app = None
        """
        end = "\n\nif __name__ == '__main__':\n    app = App()\n    app.run()\n"
        dsn = f"http://public@127.0.0.1:{server.getsockname()[1]}/1"
        run = apps.run(tmp_path, source, dsn=dsn, ini="[sentry]\nshutdown_timeout=500ms\n", end=end)
    assert 0.4 < float(run.stdout) < 10
    assert "1 event waits in" in run.stderr


def test_multiprocessing(far: FarEnd, tmp_path: Path) -> None:
    """What a forked child logs arrives, and what its parent logged before arrives once."""
    source = """
        import multiprocessing

        def work(app):
            L.error("of the child")
            app.Sentry.flush(5)

        class App(Base):
            async def main(self):
                L.error("of the parent")
                child = multiprocessing.get_context("fork").Process(target=work, args=(self,))
                child.start()
                child.join()
                self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn)
    assert sorted(title(event) for event in far.events) == ["of the child", "of the parent"]
    assert left(tmp_path) == []


def test_room_that_is_not_there(far: FarEnd, tmp_path: Path) -> None:
    """Where a disk is so full that there is room for an event only, nothing stays of what was sent."""
    source = """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (32768, 32768))

        class App(Base):
            async def main(self):
                for name in ("one", "two", "three"):
                    self.Sentry.capture_message(name, "error")
                    self.Sentry.flush(10)
                self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nunclean_exit=no\n")
    assert [title(event) for event in far.events] == ["one", "two", "three"]
    assert "asab_sentry" not in run.stderr
    assert [*tmp_path.rglob("*.v2")] == []


def test_fork_by_a_thread(far: FarEnd, tmp_path: Path) -> None:
    """A child that is forked by a thread ends when that returns from what it does, and what it has logged arrives."""
    source = """
        def work():
            child = os.fork()
            if child == 0:
                L.error("of the child")
                return
            os.waitpid(child, 0)

        class App(Base):
            async def main(self):
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
                self.stop()
    """
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\n[sentry:logging]\nlogs=error\n")
    assert run.returncode == 0, run.stderr
    assert [title(event) for event in far.events] == ["of the child"]
    assert left(tmp_path) == []


def test_fork_that_takes_threads_along(far: FarEnd, tmp_path: Path) -> None:
    """Where threads live on in a child, as those of gevent do, what its parent has is not sent by them."""
    source = """
        from asab_sentry.delivery import backoff
        backoff.FIRST = 0.001

        class App(Base):
            async def main(self):
                L.error("of the parent")
                transport = sentry_sdk.get_client().transport
                while transport.trouble is None:
                    await asyncio.sleep(0.001)
                os.dup(transport._spool._own.folder._lock.number)  # as the parent has it
                sender = transport._sender
                transport.after_fork()
                while sender._is_running:  # at an attempt
                    await asyncio.sleep(0.001)
                open("forked", "w").close()
                for number in range(10):
                    self.Sentry.capture_message(f"{number} of the child")
                    self.Sentry.flush(5)
                os._exit(0)
    """
    far.answer = lambda _: (200 if (tmp_path / "forked").exists() else 500, {})
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nunclean_exit=no\n[sentry:limits]\nissue_events=off\n")
    assert [title(event) for event in far.events] == [f"{number} of the child" for number in range(10)]


def test_watchdog(tmp_path: Path) -> None:
    """The last words of ASAB's watchdog arrive, with the stacks of all threads, the main one where it hangs."""
    source = """
        import asab.application

        hanging = threading.Event()

        def hangs():
            hanging.set()
            time.sleep(30)

        class App(Base):
            async def main(self):
                # As the watchdog finds it after some minutes.
                self.LastOnTick60 = 0
                threading.Thread(target=self.watch, name="the watchdog").start()
                hangs()

            def watch(self):
                hanging.wait()
                self._watchdog()
    """
    port = closed_port()
    dsn = f"http://public@127.0.0.1:{port}/1"
    dead = apps.run(tmp_path, source, dsn=dsn)
    assert dead.returncode == -signal.SIGKILL
    with FarEnd(port) as far:
        apps.run(tmp_path, IDLE, dsn=dsn)
        (event,) = far.events
    assert event["level"] == "fatal"
    assert title(event) == "The event loop lost its interactivity. Stopping the application!"
    stacks = {thread["name"]: thread for thread in event["threads"]["values"]}
    assert "hangs" in [frame["function"] for frame in stacks["MainThread"]["stacktrace"]["frames"][-3:]]
    assert stacks["MainThread"]["crashed"]
    assert stacks["the watchdog"]["current"]
    assert stacks["the watchdog"]["stacktrace"]["frames"][-1]["function"] == "_watchdog"
    assert "vars" not in json.dumps(event["threads"])
    assert complaints(event) == []
