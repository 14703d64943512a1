"""Exceptions that the interpreter can raise nowhere: they are events, and are printed as before."""

import re

import apps
from far import FarEnd, mechanism, title

UNRAISABLE = """
import weakref


class Closing:
    def __del__(self):
        held = "a local variable"
        raise ValueError("in __del__")


class Watched:
    pass


def on_end(reference):
    raise KeyError("in a callback")


def stubborn():
    try:
        yield
    except GeneratorExit:
        yield


async def waits():
    try:
        await asyncio.sleep(60)
    finally:
        raise LookupError("while it is closed")


class Exiting:
    def __del__(self):
        raise SystemExit


class App(asab.Application):
    def __init__(self):
        super().__init__()
        if SENTRY:
            self.Sentry = asab_sentry.SentryService(self)

    async def main(self):
        Closing()
        watched = Watched()
        reference = weakref.ref(watched, on_end)
        del watched
        generator = stubborn()
        next(generator)
        del generator
        coroutine = waits()
        coroutine.send(None)
        del coroutine
        Exiting()
        self.stop()


import atexit
atexit.register(Closing)
"""


def test_unraisable(far: FarEnd, tmp_path) -> None:
    """What `__del__`, the callback of a weak reference, a generator or a coroutine raises is an event, to the end."""
    shown = []
    for sentry in (True, False):
        (tmp_path / str(sentry)).mkdir()
        source = UNRAISABLE.replace("SENTRY", str(sentry))
        run = apps.run(tmp_path / str(sentry), source, dsn=far.dsn)
        assert run.returncode == 0, run.stderr
        lines = [re.sub("0x[0-9a-f]+|^.*NOTICE.*", "", line) for line in run.stderr.splitlines()]
        shown.append([line.replace(str(tmp_path / str(sentry)), "") for line in lines])
    assert shown[0] == shown[1]
    assert len([line for line in shown[0] if line.startswith("Traceback")]) >= 5
    # What comes after all has been sent is on disk.
    source = "class App(Base):\n    async def main(self):\n        self.stop()\n"
    apps.run(tmp_path / "True", source, dsn=far.dsn)
    arrived = list({event["event_id"]: event for event in far.events}.values())
    events = [event for event in arrived if title(event) != "ValueError: in __del__"]
    assert [title(event) for event in events] == [
        "KeyError: 'in a callback'",
        "RuntimeError: generator ignored GeneratorExit",
        "LookupError: while it is closed",
    ]
    at_once, at_the_end = (event for event in arrived if title(event) == "ValueError: in __del__")
    for event in (at_once, at_the_end, *events):
        assert mechanism(event) == ("unraisable", False)
        assert event["level"] == "error"
    assert at_once["logentry"]["message"] == "Exception ignored in Closing.__del__"
    assert events[0]["logentry"]["message"] == "Exception ignored in on_end"
    assert not [event for event in far.events if "0x" in event["logentry"]["message"]]
    frame = at_once["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert frame["function"] == "__del__"
    assert frame["vars"]["held"] == "'a local variable'"


HOOKED = """
class Closing:
    def __del__(self):
        raise ValueError("in __del__")


def hook(unraisable):
    print("seen by the application", unraisable.exc_type.__name__)


sys.unraisablehook = hook


class App(Base):
    async def main(self):
        Closing()
        self.stop()
"""


def test_hook_of_the_application(far: FarEnd, tmp_path) -> None:
    """A hook that the application has set before is called, and prints or not."""
    run = apps.run(tmp_path, HOOKED, dsn=far.dsn)
    assert run.stdout.splitlines() == ["seen by the application ValueError"]
    assert "Traceback" not in run.stderr
    (event,) = far.events
    assert mechanism(event) == ("unraisable", False)
