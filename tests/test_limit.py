"""Storms: a few events and a count, and nothing lost uncounted."""

import re
from collections import Counter

import apps
import pytest
from far import FarEnd, title
from hypothesis import given
from hypothesis import strategies as st

from asab_sentry.pipeline import limit
from asab_sentry.pipeline.gate import issue_of, label
from asab_sentry.pipeline.limit import Admission, Limiter


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


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
            told.update(limiter.untold())
    told.update(limiter.untold(everything=True))
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
    clock.now += 58
    assert sum(limiter.admit("a") is not None for _ in range(50)) == 10


def test_next_event_tells_how_many_and_since_when() -> None:
    """The first event that passes again carries count and age of what was suppressed before it."""
    clock = Clock()
    limiter = Limiter(1, None, 60.0, clock)
    assert limiter.admit("a") == Admission()
    clock.now += 10
    assert limiter.admit("a") is None
    clock.now += 20
    assert limiter.admit("a") is None
    clock.now += 30
    assert limiter.admit("a") == Admission(suppressed=2, age=50.0)
    assert limiter.untold(everything=True) == {}


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
    """Counts that an event was to tell of are kept when it is not sent after all."""
    clock = Clock()
    limiter = Limiter(1, None, 60.0, clock)
    limiter.admit("a")
    limiter.admit("a")
    clock.now += 61
    admission = limiter.admit("a")
    assert admission == Admission(1, 61.0)
    limiter.give_back("a", admission)
    limiter.give_back("never seen", Admission(5, 1.0))
    limiter.give_back("a", Admission())
    assert limiter.untold(everything=True) == {"a": 1, "never seen": 5}


def test_untold_once_an_interval() -> None:
    """What no event tells of is reported an interval after it began, and once an interval."""
    clock = Clock()
    limiter = Limiter(1, None, 60.0, clock)
    for issue in "ab":
        limiter.admit(issue)
        limiter.admit(issue)
        clock.now += 30
    assert limiter.untold() == {"a": 1}
    clock.now += 31
    assert limiter.untold() == {}
    clock.now += 30
    assert limiter.untold() == {"b": 1}


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many issues there are, a bounded number is remembered, and no count is lost."""
    monkeypatch.setattr(limit, "MAX_ISSUES", 10)
    limiter = Limiter(1, None, 60.0, Clock())
    for issue in range(1000):
        limiter.admit(issue)
        limiter.admit(issue)
    assert len(limiter._issues) == 10
    told = limiter.untold(everything=True)
    assert told[limit.OTHERS] == 990
    assert sum(told.values()) == 1000


def test_issues_in_words() -> None:
    """An issue is named by its parts; a ready-made event by its exception or message."""
    assert label(("ValueError", "app.py", 5, "shop.py", 7)) == "ValueError app.py:5 shop.py:7"
    assert label(("shop", "ERROR", "app.py:5")) == "shop ERROR app.py:5"
    assert label("other issues") == "other issues"
    frames = {"frames": [{}, {"filename": "a.py", "lineno": 7}]}
    assert issue_of({"exception": {"values": [{"type": "E", "stacktrace": frames}]}}) == ("E", "a.py:7")
    assert issue_of({"exception": {"values": [{"type": "E"}]}}) == ("E", "None:None")
    assert issue_of({"message": "m", "level": "info"}) == (None, "info", "m")


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
        for number in range(3000):
            self.one("storm", number)
        for number in range(3000):
            L.error("record {}".format(number))
        for number in range(3000):
            self.Sentry.capture_message("message {}".format(number))
        for number in range(50):
            thread = threading.Thread(target=self.fails, args=(number,))
            threading.excepthook = lambda arguments: None
            thread.start()
            thread.join()
        for _ in range(3000):
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
    # 3002 exceptions logged, 3000 records, 3000 messages, 50 exceptions of threads; 40 of them arrived.
    assert int(line[0]) == 3002 + 3000 + 3000 + 50 - 40
    assert "2990 of app ERROR" in line[1]
    assert "2992 of ValueError" in line[1]
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
    assert len(far.events) + sum(by_event) + sum(by_line) == 3003 + 3000 + 3000 + 50


def test_no_limits(far: FarEnd, tmp_path) -> None:
    """With both budgets off every event is sent."""
    source = """
    class App(Base):
        async def main(self):
            for number in range(60):
                self.Sentry.capture_message("message")
            self.stop()
    """
    ini = "[sentry]\n[sentry:limits]\nissue_events = off\ntotal_events = off\n"
    apps.run(tmp_path, source, dsn=far.dsn, ini=ini)
    assert len(far.events) == 60
