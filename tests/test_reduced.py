"""What cannot be made, or hardly: reduced events, events near the limit of recursion, interrupts meanwhile."""

import apps
import pytest
from far import FarEnd, title

NO_LIMITS = "[sentry]\nshutdown_timeout=60\n[sentry:limits]\nissue_events=off\ntotal_events=off\n"

FAILS = """
from asab_sentry.sources import frames


def fail(*args):
    raise MemoryError("no room")


class App(Base):
    async def main(self):
        sentry_sdk.set_tag("shop", "north")
        frames.of_traceback = frames.threads = fail
        try:
            self.sell(5)
        except ZeroDivisionError:
            L.exception("not sold", struct_data={"order": 7})
        L.error("a message of %s", "the log")
        self.Sentry.capture_message("a message by hand")
        self.Sentry.capture_exception(ValueError("by hand"))
        print(self.Sentry.Reduced, self.Sentry.Dropped)
        self.stop()

    def sell(self, order):
        return order / 0
"""


def test_reduced_events(far: FarEnd, tmp_path) -> None:
    """Where an event cannot be made, its type, text, place and tags arrive; that is said, and counted."""
    run = apps.run(tmp_path, FAILS, dsn=far.dsn)
    assert run.stdout.split(maxsplit=1) == ["4", "{}\n"]
    assert run.stderr.count("An event is sent reduced, as it could not be made (MemoryError: no room)") == 1
    events = {title(event): event for event in far.wait_for(4)}
    assert events.keys() == {
        *("ZeroDivisionError: division by zero", "a message of %s", "a message by hand", "ValueError: by hand")
    }
    failed = events["ZeroDivisionError: division by zero"]
    (value,) = failed["exception"]["values"]
    assert [frame["function"] for frame in value["stacktrace"]["frames"]] == ["main", "sell"]
    assert failed["logentry"]["message"] == "not sold"
    assert {failed["logger"], events["a message of %s"]["logger"]} == {"app"}
    assert [event["level"] for event in events.values()].count("error") == 3
    assert {event["tags"]["shop"] for event in events.values()} == {"north"}
    assert "extra" not in failed
    assert "struct_data" not in failed["contexts"]


NAMELESS = """
class NoNames(type):
    def fail(cls):
        raise RuntimeError("no name")

    __name__ = __module__ = property(fail)


class Nameless(Exception, metaclass=NoNames):
    pass


class App(Base):
    async def main(self):
        logging.getLogger().handlers[:] = [logging.NullHandler()]  # what others make of it is not what is tested
        try:
            raise Nameless("it has none")
        except Nameless as error:
            L.exception("not sold")
            self.Sentry.capture_exception(error)
        self.Sentry.capture_exception(Nameless("by hand"))
        print(self.Sentry.Reduced, self.Sentry.Dropped)
        self.stop()
"""


def test_exceptions_without_names(far: FarEnd, tmp_path) -> None:
    """An exception whose class fails when it is asked for its names, as sentry-sdk asks it, arrives reduced."""
    run = apps.run(tmp_path, NAMELESS, dsn=far.dsn)
    assert run.stdout.split(maxsplit=1) == ["2", "{}\n"], run.stderr
    assert {event["exception"]["values"][-1]["value"] for event in far.wait_for(2)} == {"it has none", "by hand"}


DEEP = """
ROOM = 45  # frames that logging itself needs, with some to spare


class App(Base):
    async def main(self):
        self.Logged = None
        self.Deepest = sys.getrecursionlimit() - len(list(self.outward())) - ROOM
        try:
            self.recurse({"depth": 0})
        except RecursionError as error:
            first = error
        L.error("later", exc_info=first)
        captured = self.Sentry.capture_exception(first)
        print(self.Deepest - self.Logged, captured, self.Sentry.Reduced, self.Sentry.Dropped)
        L.error("after")
        self.stop()

    def outward(self):
        frame = sys._getframe()
        while frame is not None:
            yield frame
            frame = frame.f_back

    def recurse(self, state):
        try:
            self.recurse({"depth": state["depth"] + 1})
        except RecursionError:
            if self.Logged is None and state["depth"] <= self.Deepest:
                self.Logged = state["depth"]
                L.exception("near the limit")
            raise
"""


def test_near_the_limit_of_recursion(far: FarEnd, tmp_path) -> None:
    """A RecursionError that is logged near the limit arrives as a whole, and once: what tells of it later does not."""
    run = apps.run(tmp_path, DEEP, dsn=far.dsn)
    assert run.stdout.splitlines() == ["0 None 0 {}"]
    near, after = far.wait_for(2)
    assert (title(after), near["logentry"]["message"]) == ("after", "near the limit")
    value = near["exception"]["values"][-1]
    assert (value["type"], value["value"][:32]) == ("RecursionError", "maximum recursion depth exceeded")
    frames = value["stacktrace"]["frames"]
    assert len(frames) > 30
    assert {frame["function"] for frame in frames[:30]} == {"recurse"}
    assert all("depth" in frame["vars"]["state"] for frame in frames[-20:] if frame["function"] == "recurse")
    assert near["tags"]["appclass"] == "App"


INTERRUPTED = """
import signal


class Stop(BaseException):
    pass


class Shown:
    def __init__(self, act):
        self.act = act

    def __repr__(self):
        self.act()
        return "shown"


class App(Base):
    async def main(self):
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGUSR1, self.handle)
        logging.getLogger().handlers[:] = [logging.NullHandler()]
        for act in (self.raise_interrupt, self.interrupt, self.send_signal):
            for log in (self.log, self.log_data, self.log_exception, self.capture):
                thing = Shown(act)
                try:
                    log(f"{act.__name__} {log.__name__}", thing)
                except BaseException as error:
                    print(act.__name__, log.__name__, type(error).__name__)
                del thing
                L.error(f"after {act.__name__} {log.__name__}")
        L.info("breadcrumb")
        L.error("last")
        self.stop()

    def handle(self, *of):
        raise Stop

    def raise_interrupt(self):
        raise KeyboardInterrupt

    def interrupt(self):
        os.kill(os.getpid(), signal.SIGINT)

    def send_signal(self):
        os.kill(os.getpid(), signal.SIGUSR1)

    def log(self, text, thing):
        L.error(text + " %r", thing)

    def log_data(self, text, thing):
        L.error(text, struct_data={"thing": thing})

    def log_exception(self, text, thing):
        try:
            raise ValueError(text)
        except ValueError:
            L.exception(text)

    def capture(self, text, thing):
        self.Sentry.capture_message(text)
"""


def test_interrupts(far: FarEnd, tmp_path) -> None:
    """What a signal handler raises while an event is made goes on to the application; what a repr raises does not.

    Nothing is broken after it: each of the events arrives, and so do those that follow.
    """
    run = apps.run(tmp_path, INTERRUPTED, dsn=far.dsn, ini=NO_LIMITS, env={"PYTHONWARNINGS": ""})
    assert run.returncode == 0, run.stderr
    logs = ("log", "log_data", "log_exception", "capture")
    assert run.stdout.splitlines() == [
        f"{act} {log} {kind}"
        for act, kind in (("interrupt", "KeyboardInterrupt"), ("send_signal", "Stop"))
        for log in logs
    ]
    texts = [(event.get("logentry") or event).get("message") for event in far.wait_for(25)]
    acts = ("raise_interrupt", "interrupt", "send_signal")
    for text in (f"{act} {log}" for act in acts for log in logs):
        assert [seen for seen in texts if seen and seen.removesuffix(" %r") == text] != [], text
        assert texts.count(f"after {text}") == 1
    last = next(event for event in far.events if title(event) == "last")
    assert last["breadcrumbs"]["values"][-1]["message"] == "breadcrumb"
    assert last["threads"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "main"


NEVER_RAISED = """
class App(Base):
    async def main(self):
        self.tell()
        self.stop()

    def tell(self):
        amount = 5
        made = ValueError("never raised")
        made.__cause__ = KeyError("nor this")
        self.Sentry.capture_exception(made)
        sentry_sdk.capture_exception(ValueError("by sentry-sdk"))
        L.error("logged", exc_info=ValueError("logged"))
"""


def test_never_raised(far: FarEnd, tmp_path) -> None:
    """An exception that was never raised has the stack of whoever tells of it, with local variables."""
    apps.run(tmp_path, NEVER_RAISED, dsn=far.dsn)
    events = {title(event): event for event in far.wait_for(3)}
    assert events.keys() == {"ValueError: never raised", "ValueError: by sentry-sdk", "ValueError: logged"}
    for event in events.values():
        assert all("stacktrace" not in value for value in event["exception"]["values"])
        (thread,) = event["threads"]["values"]
        frame = thread["stacktrace"]["frames"][-1]
        assert (frame["function"], frame["vars"]["amount"]) == ("tell", "5")
    assert [value["type"] for value in events["ValueError: never raised"]["exception"]["values"]] == [
        "KeyError",
        "ValueError",
    ]


@pytest.mark.parametrize("on", ["yes", "no"])
def test_never_raised_without_stacks(far: FarEnd, tmp_path, on: str) -> None:
    """`attach_stacktrace` holds for these as well."""
    apps.run(tmp_path, NEVER_RAISED, dsn=far.dsn, ini=f"[sentry]\nattach_stacktrace={on}\n")
    assert {"threads" in event for event in far.wait_for(3)} == {on == "yes"}
