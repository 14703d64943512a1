"""What comes up while an event is being made: it arrives too, after that."""

import apps
from far import FarEnd, mechanism, title

NO_LIMITS = "[sentry]\n[sentry:limits]\nissue_events=off\ntotal_events=off\n"

COLLECTED = """
class Trigger:
    # The collector is called, once, where the event is made.
    Collect = gc.collect

    def __repr__(self):
        collect, Trigger.Collect = Trigger.Collect, int
        collect()
        return "trigger"


class Node:
    def __init__(self, number):
        self.Number = number

    def __del__(self):
        L.error("node %d is gone", self.Number)


class App(Base):
    async def fails(self, number):
        self.Sentry.set_tag("number", number)
        raise RuntimeError(f"lost {number}")

    async def main(self):
        gc.disable()
        for number in range(60):
            task = asyncio.create_task(self.fails(number))
            cycle = [task]
            cycle.append(cycle)
            node = Node(number)
            node.Itself = node
        del task, cycle, node
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with self.Sentry.scope():
            self.Sentry.set_tag("where", "block")
            self.report(Trigger())
        L.error("after")
        self.stop()

    def report(self, trigger):
        L.error("outer")
"""


def test_what_the_collector_finds_meanwhile(far: FarEnd, tmp_path) -> None:
    """Lost tasks and what `__del__` logs arrive, all of them, where the collector finds them while an event is made."""
    run = apps.run(tmp_path, COLLECTED, dsn=far.dsn, ini=NO_LIMITS, env={"PYTHONWARNINGS": ""})
    assert run.returncode == 0, run.stderr
    events = {title(event): event for event in far.events}
    assert len(events) == len(far.events) == 122
    for number in range(60):
        lost = events[f"RuntimeError: lost {number}"]
        assert mechanism(lost) == ("asab.loop", False)
        assert lost["tags"]["number"] == str(number)
        gone = events[f"node {number} is gone"]
        assert gone["tags"]["where"] == "block"
        frames = gone["threads"]["values"][0]["stacktrace"]["frames"]
        assert frames[-1]["function"] == "__del__"
        assert not [frame for frame in frames if frame["module"].startswith(("asab_sentry", "sentry_sdk"))]
        assert [frame["function"] for frame in frames if frame["module"] == "__main__"][-3:-1] == ["report", "__repr__"]
    assert "where" not in events["after"]["tags"]
    assert title(far.events[0]) == "outer"


SIGNALS = """
import contextvars, signal, weakref

unit = contextvars.ContextVar("unit", default=None)


class Interrupting:
    def __init__(self, how):
        self.How = how

    def __repr__(self):
        if self.How == "signal":
            signal.raise_signal(signal.SIGUSR1)
        else:
            Dying()
        return "interrupting"


class Dying:
    def __init__(self):
        Dying.Reference = weakref.ref(self, lambda reference: L.error("weakref in %s", unit.get()))


class App(Base):
    def on_signal(self, number, frame):
        L.error("signal in %s", unit.get())
        L.info("crumb of the signal")

    async def main(self):
        signal.signal(signal.SIGUSR1, self.on_signal)
        with self.Sentry.scope():
            self.Sentry.set_tag("where", "block")
            unit.set("block")
            self.interrupted(Interrupting("signal"))
            unit.set("after")
        with self.Sentry.scope():
            L.error("second", extra={"value": Interrupting("weakref")})
        L.error("last")
        self.stop()

    def interrupted(self, interrupting):
        try:
            raise ValueError("first")
        except ValueError:
            L.exception("first")
"""


def test_signals_and_weak_references(far: FarEnd, tmp_path) -> None:
    """What a signal handler or the callback of a weak reference logs meanwhile has the scope in which that was."""
    run = apps.run(tmp_path, SIGNALS, dsn=far.dsn, ini=NO_LIMITS)
    assert run.returncode == 0, run.stderr
    titles = [title(event) for event in far.events]
    assert titles[:2] == ["ValueError: first", "signal in block"]
    assert titles.count("weakref in after") >= 1
    assert titles[-1] == "last"
    events = {title(event): event for event in far.events}
    assert events["signal in block"]["tags"]["where"] == "block"
    stack = events["signal in block"]["threads"]["values"][0]["stacktrace"]["frames"]
    assert stack[-1]["function"] == "on_signal"
    assert stack[-1]["context_line"].strip().startswith("L.error(")
    assert events["last"]["tags"].get("where") is None
    crumbs = [value.get("message") for value in events["last"]["breadcrumbs"]["values"]]
    assert "crumb of the signal" not in crumbs


ENDLESS = """
class Loud:
    def __repr__(self):
        L.error("asked for its repr")
        return "loud"


class Wrong:
    def __repr__(self):
        wrong = Wrong()
        return "wrong"

    def __del__(self):
        raise LookupError("gone")


class App(Base):
    async def main(self):
        L.error("loud", extra={"value": Loud()})
        self.loud(Loud())
        self.wrong(Wrong())
        L.error("last")
        self.Sentry.flush()
        print(self.Sentry.Dropped)
        self.stop()

    def loud(self, *many):
        a = b = c = many[0]
        L.error("loud itself")

    def wrong(self, wrong):
        L.error("wrong")
"""


def test_endless(far: FarEnd, tmp_path) -> None:
    """What would go on for ever, each event because of the one before, ends, and what is lost is counted."""
    run = apps.run(tmp_path, ENDLESS, dsn=far.dsn, ini=NO_LIMITS)
    assert run.returncode == 0, run.stderr
    dropped = eval(run.stdout.splitlines()[-1])
    assert dropped["recursion"] > 1
    assert 10 < len(far.events) < 4000
    assert {title(event) for event in far.events} == {
        "loud",
        "loud itself",
        "asked for its repr",
        "wrong",
        "LookupError: gone",
        "last",
    }
