"""Storms: a few events and a count, and nothing lost uncounted."""

import itertools
import re
from collections import Counter
from collections.abc import Hashable
from pathlib import Path

import apps
import pytest
from far import FarEnd, title
from hypothesis import given
from hypothesis import strategies as st

from asab_sentry.pipeline import limit
from asab_sentry.pipeline.gate import label
from asab_sentry.pipeline.limit import Limiter, Untold


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def counts(untold: dict[Hashable, Untold]) -> dict[Hashable, int]:
    return {issue: count for issue, (count, _) in untold.items()}


steps = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.floats(min_value=0, max_value=30), st.booleans()), max_size=300
)
budgets = st.one_of(st.none(), st.integers(min_value=1, max_value=6))


@given(steps, budgets, budgets)
def test_budgets_and_counts(steps, issue_events, total_events) -> None:
    """No window of an interval holds more than the budgets, and every suppressed event is told of exactly once."""
    interval, clock = 60.0, Clock()
    limiter = Limiter(issue_events, total_events, interval, clock)
    admitted: list[tuple[float, str]] = []
    asked, told = Counter(), Counter()
    for issue, pause, tell in steps:
        clock.now += pause
        asked[issue] += 1
        admission = limiter.admit(issue)
        if admission is not None:
            admitted.append((clock.now, issue))
            told[issue] += admission.suppressed
        if tell:
            told.update(counts(limiter.untold()))
    told.update(counts(limiter.untold(everything=True)))
    assert asked == told + Counter(issue for _, issue in admitted)
    assert limiter.untold(everything=True) == {}
    for moment, _ in admitted:
        window = [issue for when, issue in admitted if moment - interval < when <= moment]
        if issue_events is not None:
            assert max(Counter(window).values()) <= issue_events
        if total_events is not None:
            assert len(window) <= 2 * total_events


def test_rolling() -> None:
    """Two bursts at a boundary share one budget, as the interval has no boundaries."""
    clock = Clock()
    limiter = Limiter(10, None, 60.0, clock)
    clock.now += 59
    assert sum(limiter.admit("a") is not None for _ in range(50)) == 10
    clock.now += 2
    assert sum(limiter.admit("a") is not None for _ in range(50)) == 0
    clock.now += 61
    assert sum(limiter.admit("a") is not None for _ in range(50)) == 10


def test_next_event_tells_how_many_and_since_when() -> None:
    """The first event that passes again carries count and age of what was suppressed before it."""
    clock = Clock()
    limiter = Limiter(1, None, 60.0, clock)
    assert limiter.admit("a").suppressed == 0
    clock.now += 10
    assert limiter.admit("a") is None
    clock.now += 20
    assert limiter.admit("a") is None
    clock.now += 30
    admission = limiter.admit("a")
    assert (admission.suppressed, admission.age, admission.total) == (2, 50.0, 2)
    assert limiter.untold(everything=True) == {}


def sent_within(limiter: Limiter, clock: Clock, pause: float, seconds: float) -> list[float]:
    """Ask about an issue again and again for a while; return after how many seconds its events were sent."""
    begin, sent = clock.now, []
    for number in range(int(seconds / pause)):
        clock.now = begin + number * pause
        if limiter.admit("flood") is not None:
            sent.append(clock.now - begin)
    clock.now = begin + seconds
    return sent


@pytest.mark.parametrize("per_minute", [240, 48, 10])
def test_a_flood_decays(per_minute: int) -> None:
    """An error that lasts has its budget in the first minute, then one event a minute, in 10 minutes, an hour."""
    clock = Clock()
    sent = sent_within(Limiter(10, 100, 60.0, clock), clock, 60 / per_minute, 24 * 3600)
    figures = [sum(moment < minutes * 60 for moment in sent) for minutes in (1, 10, 60, 1440)]
    assert figures == [10, 19, 24, 50]
    page = (Path(__file__).parents[1] / "docs" / "limits.md").read_text()
    rows = re.findall(r"^\| (?:minute|10 minutes|hour|day) \| (\d+) \|", page, re.MULTILINE)
    assert [int(row) for row in rows] == figures
    pauses = {round((later - earlier) / 60) for earlier, later in itertools.pairwise(sent[9:])}
    assert pauses == {1, 10, 60}


def test_a_flood_in_bursts_decays() -> None:
    """An error that comes 20 times every 5 minutes is a flood as well."""
    clock = Clock()
    limiter = Limiter(10, 100, 60.0, clock)
    by_burst = []
    for _ in range(8):
        by_burst.append(sum(limiter.admit("flood") is not None for _ in range(20)))
        clock.now += 300
    assert by_burst == [10, 10, 1, 0, 1, 0, 1, 0]


def test_what_is_no_flood_does_not_decay() -> None:
    """An issue that stays below its budget, or is at it for no longer than an interval, keeps it."""
    clock = Clock()
    limiter = Limiter(10, 100, 60.0, clock)
    assert len(sent_within(limiter, clock, 60 / 9, 3600)) == 540
    clock.now += 3600
    assert sum(limiter.admit("flood") is not None for _ in range(100)) == 10
    clock.now += 90
    assert sum(limiter.admit("flood") is not None for _ in range(9)) == 9


def test_recovered() -> None:
    """Ten intervals below its budget, be it silent or not, and an issue has its whole budget again."""
    for pause in (3600.0, 60.0):
        clock = Clock()
        limiter = Limiter(10, 100, 60.0, clock)
        sent_within(limiter, clock, 1.0, 3600)
        begin = clock.now
        while clock.now < begin + 660:
            clock.now += pause
            recovering = limiter.admit("flood")
        assert recovering is not None
        clock.now += 60
        admissions = [limiter.admit("flood") for _ in range(100)]
        assert sum(admission is not None for admission in admissions) == 10
        assert all(admission.suppressed == 0 for admission in admissions[:10])
        clock.now += 60
        assert limiter.admit("flood").total == 90, "the count of the flood begins anew"


def test_a_flood_tells_of_all_of_it() -> None:
    """Each event of a flood tells how many were suppressed since the one before it, and how many in all."""
    clock = Clock()
    limiter = Limiter(10, 100, 60.0, clock)
    admissions = []
    for _ in range(3600):
        admissions.append(limiter.admit("flood"))
        assert limiter.untold() == {}, "an event will tell"
        clock.now += 1
    told = [admission for admission in admissions if admission is not None]
    assert told[-1].total == sum(admission.suppressed for admission in told)
    clock.now += 60
    rest = limiter.untold()["flood"]
    assert rest.total == sum(admission is None for admission in admissions) == told[-1].total + rest.suppressed


def test_pauses_are_no_longer_than_an_hour() -> None:
    """Of a flood there is an event an hour, or an interval where that is longer."""
    for interval, longest in ((60.0, 3600.0), (1800.0, 3600.0), (7200.0, 7200.0)):
        clock = Clock()
        sent = sent_within(Limiter(1, None, interval, clock), clock, interval / 4, interval * 400)
        assert max(later - earlier for earlier, later in itertools.pairwise(sent)) == longest


def test_a_new_issue_is_seen() -> None:
    """Over the total budget the first event of a new issue passes, up to twice the budget, its next ones not."""
    clock = Clock()
    limiter = Limiter(None, 10, 60.0, clock)
    assert sum(limiter.admit("noise") is not None for _ in range(100)) == 10
    assert limiter.admit("new") is not None
    assert limiter.admit("new") is None
    assert sum(limiter.admit(f"new {number}") is not None for number in range(50)) == 9
    clock.now += 61
    assert limiter.admit("noise") is not None


def test_give_back() -> None:
    """What was admitted and not sent after all leaves the budget as it was, and what it told of is told by another."""
    clock = Clock()
    limiter = Limiter(1, 1, 60.0, clock)
    limiter.give_back("a", limiter.admit("a"))
    assert limiter.admit("a") is not None
    assert limiter.admit("a") is None
    clock.now += 61
    admission = limiter.admit("a")
    assert (admission.suppressed, admission.age) == (1, 61.0)
    limiter.give_back("a", admission)
    clock.now += 1
    again = limiter.admit("a")
    assert (again.suppressed, again.age, again.total) == (1, 62.0, 1)
    limiter.give_back("a", again)
    limiter._issues.clear()
    limiter.give_back("a", again)
    assert counts(limiter.untold(everything=True)) == {"a": 1}


def test_move() -> None:
    """An event that turns out to be of another issue takes the budget of that one; not without end is it asked for."""
    limiter = Limiter(2, 4, 60.0, Clock())
    for other in ("b", "c", "b"):
        assert limiter.move("a", limiter.admit("a"), other) is not None
    assert limiter.move("a", limiter.admit("a"), "b") is None
    assert limiter.admit("a") is not None
    assert limiter.admit("a") is None
    assert counts(limiter.untold(everything=True)) == {"a": 1, "b": 1}
    limiter = Limiter(2, 3, 60.0, Clock())
    assert limiter.move("a", limiter.admit("a"), "b") is not None
    assert limiter.move("a", limiter.admit("a"), "b") is not None
    assert limiter.move("a", limiter.admit("a"), "b") is None
    limiter = Limiter(2, None, 60.0, Clock())
    made = [limiter.move("a", admission, "b") for _ in range(5000) if (admission := limiter.admit("a"))]
    assert len(made) == 2 + limit.MISTAKEN
    assert counts(limiter.untold(everything=True)) == {"a": 4898, "b": 100}


def test_untold_once_an_interval() -> None:
    """What no event tells of is reported when nothing more came for an interval, and once an interval."""
    clock = Clock()
    limiter = Limiter(1, None, 60.0, clock)
    for issue in "ab":
        limiter.admit(issue)
        limiter.admit(issue)
        clock.now += 30
    assert limiter.untold() == {"a": Untold(1, 1)}
    clock.now += 31
    assert limiter.untold() == {}
    clock.now += 30
    assert limiter.untold() == {"b": Untold(1, 1)}


def test_untold_while_it_goes_on() -> None:
    """What is suppressed for others, so that no event of it comes, is reported after two intervals."""
    clock = Clock()
    limiter = Limiter(None, 1, 60.0, clock)
    untold: dict[Hashable, Untold] = {}
    while "hidden" not in untold:
        limiter.admit("noise")
        limiter.admit("hidden")
        clock.now += 5
        untold |= limiter.untold()
    assert untold["hidden"] == Untold(24, 24)
    assert clock.now == 1000 + 125


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many issues there are, a bounded number is remembered, and no count is lost."""
    monkeypatch.setattr(limit, "MAX_ISSUES", 10)
    limiter = Limiter(1, None, 60.0, Clock())
    for issue in range(1000):
        limiter.admit(issue)
        limiter.admit(issue)
    assert len(limiter._issues) == 10
    told = limiter.untold(everything=True)
    assert told[limit.OTHERS] == Untold(990, 990)
    assert sum(counts(told).values()) == 1000


def test_issues_in_words() -> None:
    """An issue is named by its parts."""
    assert label(("ValueError", "app.py", 5, "shop.py", 7)) == "ValueError app.py:5 shop.py:7"
    assert label(("shop", "ERROR", "app.py:5")) == "shop ERROR app.py:5"
    assert label("other issues") == "other issues"


STORM = """
class Noise(Exception):
    pass


class App(Base):
    def setup(self):
        logging.getLogger().handlers[:] = []
        console = logging.StreamHandler()
        console.addFilter(lambda record: record.name == "asab_sentry")
        logging.getLogger().addHandler(console)

    def fails(self, number):
        raise ValueError("number %d" % number)

    def one(self, message, number):
        try:
            self.fails(number)
        except ValueError as error:
            # Looking for them takes longer than all the rest.
            watched = number % 100 == 0
            before = watched and len(gc.get_referrers(error.__traceback__))
            L.exception(message)
            assert not watched or len(gc.get_referrers(error.__traceback__)) == before

    async def main(self):
        for number in range(1000):
            self.one("storm", number)
        for number in range(1000):
            L.error("record {}".format(number))
        for number in range(1000):
            self.Sentry.capture_message("message {}".format(number))
        for number in range(50):
            thread = threading.Thread(target=self.fails, args=(number,))
            threading.excepthook = lambda arguments: None
            thread.start()
            thread.join()
        for _ in range(1000):
            L.exception("ignored", exc_info=Noise())
        self.one("suppressed", 5)
        try:
            raise KeyError("another kind")
        except KeyError:
            L.exception("not lost in the noise")
        await asyncio.sleep({pause})
        self.one("after the storm", -1)
        self.stop()
"""


def test_storm(far: FarEnd, tmp_path) -> None:
    """A storm of equal errors is a few events; the line at the end tells exactly how many more there were."""
    source = STORM.replace("{pause}", "0")
    run = apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nignore_errors=Noise\n")
    assert run.returncode == 0, run.stderr
    arrived = Counter(re.sub(r"-?\d+", "N", title(event)) for event in far.events)
    assert arrived == {
        "ValueError: number N": 20,
        "record N": 10,
        "message N": 10,
        "KeyError: 'another kind'": 1,
    }
    crumbs = [value.get("message") for value in far.events[-1]["breadcrumbs"]["values"]]
    assert "suppressed" in crumbs
    (line,) = re.findall(r"(\d+) events? (?:was|were) suppressed: (.*)", run.stderr)
    # 1002 exceptions logged, 1000 records, 1000 messages, 50 exceptions of threads; 40 of them arrived.
    assert int(line[0]) == 1002 + 1000 + 1000 + 50 - 40
    assert "990 of app __main__ App.main record {}" in line[1]
    assert "992 of ValueError" in line[1]
    assert "40 of ValueError" in line[1]


def test_after_a_storm(far: FarEnd, tmp_path) -> None:
    """The next event of an issue tells how many were suppressed; what no event tells of is one line an interval."""
    ini = "[sentry]\nignore_errors=Noise\n[sentry:limits]\ninterval=1500ms\nissue_events=5\ntotal_events=off\n"
    run = apps.run(tmp_path, STORM.replace("{pause}", "3.2"), dsn=far.dsn, ini=ini)
    assert run.returncode == 0, run.stderr
    by_event = [int(event["tags"]["suppressed"]) for event in far.events if "suppressed" in event["tags"]]
    for event in far.events:
        if "suppressed" in event["tags"]:
            assert event["contexts"]["suppressed"]["count"] == int(event["tags"]["suppressed"])
            assert event["contexts"]["suppressed"]["since"].startswith("20")
    by_line = [int(count) for count in re.findall(r"(\d+) events? (?:was|were) suppressed", run.stderr)]
    assert by_line
    assert len(far.events) + sum(by_event) + sum(by_line) == 1003 + 1000 + 1000 + 50


def test_fingerprints_of_the_application(far: FarEnd, tmp_path) -> None:
    """An issue is what the fingerprint says, whoever has set it: a scope, an argument, an event processor or a hook."""
    source = """
    def by_node(event, hint):
        if "node" in event.get("tags", {}):
            event["fingerprint"].append(event["tags"]["node"])
        return event

    class App(Base):
        def processor(self, event, hint):
            if event["tags"].get("shelf"):
                event["fingerprint"] = ["shelf", event["tags"]["shelf"]]
            return event

        def setup(self):
            self.Sentry.add_event_processor(self.processor)

        async def main(self):
            for number in range(30):
                for tenant in ("one", "two"):
                    with self.Sentry.scope() as scope:
                        scope.fingerprint = ["{{ default }}", tenant]
                        L.error("scope")
                    with sentry_sdk.new_scope() as scope:
                        scope.fingerprint = [tenant]
                        L.error("of scope %s", number)
                        L.error("of scope, too")
                    scope = sentry_sdk.Scope()
                    scope.fingerprint = ["by hand", tenant]
                    self.Sentry.capture_message("by hand", level="error", scope=scope)
                    self.Sentry.capture_message("by argument", level="error", fingerprint=["argument", tenant])
                for shelf in ("upper", "lower"):
                    with self.Sentry.scope():
                        self.Sentry.set_tag("shelf", shelf)
                        L.error("shelf")
                        L.error("same shelf")
                for node in ("first", "second"):
                    with self.Sentry.scope():
                        self.Sentry.set_tag("node", node)
                        L.error("node")
            self.stop()
    """
    ini = "[sentry]\nbefore_send=__main__:by_node\n[sentry:limits]\ntotal_events=off\nissue_events=3\n"
    run = apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    assert run.returncode == 0, run.stderr
    assert Counter(tuple(event["fingerprint"]) for event in far.events) == {
        ("app", "__main__", "App.main", "scope", "one"): 3,
        ("app", "__main__", "App.main", "scope", "two"): 3,
        ("one",): 3,
        ("two",): 3,
        ("by hand", "one"): 3,
        ("by hand", "two"): 3,
        ("argument", "one"): 3,
        ("argument", "two"): 3,
        ("shelf", "upper"): 3,
        ("shelf", "lower"): 3,
        ("app", "__main__", "App.main", "node", "first"): 3,
        ("app", "__main__", "App.main", "node", "second"): 3,
    }
    assert "57 of shelf upper" in run.stderr
    assert f"{30 * 16 - 36} events were suppressed" in run.stderr


def test_no_limits(far: FarEnd, tmp_path) -> None:
    """With both budgets off every event is sent."""
    source = """
    class App(Base):
        async def main(self):
            for number in range(60):
                self.Sentry.capture_message("message")
            self.stop()
    """
    ini = "[sentry]\nshutdown_timeout = 60\n[sentry:limits]\nissue_events = off\ntotal_events = off\n"
    apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    assert len(far.events) == 60
