"""Much of something, in one event: what is looked at and sent of it is bounded as a whole."""

import ast
import collections
import functools
import importlib
import itertools
import json
import logging
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import here
import pytest
import sentry_sdk
from test_scrubber import scrub

import asab_sentry
from asab_sentry import tags
from asab_sentry.objects import json_values, variables
from asab_sentry.pipeline import log_breadcrumbs
from asab_sentry.pipeline.literals import MAX_CONSTANT, literal
from asab_sentry.pipeline.scrubbing import budget
from asab_sentry.sources import breadcrumbs, exceptions, frames, record_facts, source_lines


def deep(depth: int, texts: list[str]) -> None:
    shown = list(texts)
    if depth == 0:
        raise ValueError(len(shown))
    deep(depth - 1, texts)


def test_local_variables_of_all_frames() -> None:
    """The local variables of all frames and exceptions of an event have a bound; those of the innermost come first."""
    error = None
    for number in range(20):
        try:
            deep(50, [f"text {number} {place}" for place in range(100)])
        except ValueError as raised:
            raised.__cause__ = error
            error = raised
    described = exceptions.describe(error, error.__traceback__)
    shown = [
        [frame["vars"] for frame in value["stacktrace"]["frames"] if "vars" in frame] for value in described["values"]
    ]
    assert len(json.dumps(shown)) < 2 * variables.SIZE_OF_ALL
    assert len(shown[-1][-1]["shown"]) > 10
    assert shown[0][-1] == {"...": "3 more"}


def test_few_variables_of_many_frames() -> None:
    """Where they are few, they are all there."""
    with pytest.raises(ValueError, match="1") as raised:
        deep(100, ["x"])
    (value,) = exceptions.describe(raised.value, raised.value.__traceback__)["values"]
    assert value["stacktrace"]["frames"][1]["vars"]["texts"] == ["'x'"]


class Cleaner:
    """Counts what it cleans."""

    version = 1

    def __init__(self) -> None:
        self.cleaned = 0

    def breadcrumb(self, breadcrumb: dict) -> dict:
        self.cleaned += len(str(breadcrumb))
        return breadcrumb

    def plain_breadcrumbs(self, breadcrumbs: list) -> list:
        return [None] * len(breadcrumbs)


def crumb(number: int) -> log_breadcrumbs.LogBreadcrumb:
    text = f"{number} " * 100_000
    return log_breadcrumbs.LogBreadcrumb(message=text[:8000], data={"key": text[:1500]}, timestamp=float(number))


def test_long_breadcrumbs() -> None:
    """Of many long breadcrumbs the newest are cleaned as a whole, of the others a beginning; those are next."""
    cleaner, ours = Cleaner(), [crumb(number) for number in range(100)]
    for cleanings in itertools.count():
        cleaner.cleaned, event = 0, {}
        log_breadcrumbs.put_back(event, ours, 100, cleaner, as_text=False)
        kept = event["breadcrumbs"]["values"]
        assert [value["timestamp"] for value in kept] == list(range(100))
        assert (len(kept[-1]["message"]), len(kept[-1]["data"]["key"])) == (8000, 1500)
        assert cleaner.cleaned < budget.MOST + 100 * 500
        if cleaner.cleaned == 0:
            break
        if cleanings == 0:
            assert (kept[0]["message"][:4], len(kept[0]["message"])) == ("0 0 ", budget.SHORT)
            assert "data" not in kept[0]
    assert len(kept[0]["message"]) == 8000
    assert cleanings < 30


def test_slow_breadcrumbs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where cleaning takes long, the newest are cleaned as a whole, of the others a beginning."""
    now = itertools.count(step=budget.LONGEST / 10)
    monkeypatch.setattr(time, "thread_time", lambda: next(now))
    ours = [log_breadcrumbs.LogBreadcrumb(message="x" * 300, timestamp=1.0) for _ in range(100)]
    event: dict = {}
    log_breadcrumbs.put_back(event, ours, 100, Cleaner(), as_text=False)
    lengths = [len(value["message"]) for value in event["breadcrumbs"]["values"]]
    assert lengths == sorted(lengths)
    assert 5 < lengths.count(300) < 15
    assert lengths.count(budget.SHORT) == 100 - lengths.count(300)


def test_slow_breadcrumbs_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What sentry-sdk's own function was given is cleaned no longer than breadcrumbs of records are."""
    now = itertools.count(step=budget.LONGEST / 10)
    monkeypatch.setattr(time, "thread_time", lambda: next(now))
    values = [{"message": "x" * 300, "data": {"number": number}} for number in range(100)]
    cleaned = scrub({"breadcrumbs": {"values": values}})["breadcrumbs"]["values"]
    lengths = [len(value["message"]) for value in cleaned]
    assert lengths == sorted(lengths)
    assert lengths.count(budget.SHORT) == 100 - lengths.count(300)
    assert 5 < lengths.count(300) < 15
    assert cleaned[-1]["data"] == {"number": 99}


def test_short_breadcrumbs() -> None:
    """Many short breadcrumbs are all cleaned as a whole."""
    ours = [
        log_breadcrumbs.LogBreadcrumb(message="x" * 300, data={"number": number}, timestamp=1.0)
        for number in range(100)
    ]
    event: dict = {}
    log_breadcrumbs.put_back(event, ours, 100, Cleaner(), as_text=False)
    assert [value["data"]["number"] for value in event["breadcrumbs"]["values"]] == list(range(100))


def test_long_templates() -> None:
    """Of a very long template the beginning names the issue."""
    known = literal("order %s of " * 1_000_000)
    assert sum(map(len, known.parts)) <= MAX_CONSTANT


def test_long_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of megabytes, as a generated module may have, are sent by their beginning."""
    long = f"TEXT = {'x' * 5_000_000!r}\n"
    fail = f"def fail(): raise ValueError('x')  # {'y' * 5_000_000}\n"
    (tmp_path / "generated.py").write_text(long * 2 + fail + long)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "generated", raising=False)
    with pytest.raises(ValueError, match="x") as raised:
        importlib.import_module("generated").fail()
    (value,) = exceptions.describe(raised.value, raised.value.__traceback__)["values"]
    frame = value["stacktrace"]["frames"][-1]
    lines = [*frame["pre_context"], frame["context_line"], *frame["post_context"]]
    assert frame["context_line"].startswith("def fail(): raise ValueError('x')")
    assert (len(lines), max(map(len, lines))) == (4, source_lines.LONGEST)


def test_many_threads() -> None:
    """Of very many threads some are shown, the main and the current one among them; their names are bounded."""
    done, shown = threading.Event(), []
    waiting = [threading.Thread(target=done.wait, name="n" * 100_000) for _ in range(frames.MAX_THREADS + 50)]
    for thread in waiting:
        thread.start()
    last = threading.Thread(target=lambda: shown.append(frames.all_threads()), name="last " * 1000)
    last.start()
    last.join(30)
    done.set()
    for thread in waiting:
        thread.join(30)
    ((entries,),) = (value.values() for value in shown)
    assert len(entries) == frames.MAX_THREADS
    assert [entry["main"] for entry in entries].count(True) == 1
    (current,) = (entry for entry in entries if entry["current"])
    assert current["name"].startswith("last last")
    assert max(len(entry["name"]) for entry in entries) == frames.MAX_NAME


def test_name_of_the_current_thread() -> None:
    """The name of the thread that logs is bounded as well."""
    thread = threading.current_thread()
    before, thread.name = thread.name, "n" * 1_000_000
    try:
        (entry,) = frames.threads(sys._getframe())["values"]
    finally:
        thread.name = before
    assert len(entry["name"]) == frames.MAX_NAME


def test_loggers_of_any_name() -> None:
    """The name of a logger of megabytes is cut in events and log_breadcrumbs."""
    record = logging.makeLogRecord({"name": "n" * 5_000_000, "msg": "x", "levelno": 20})
    assert len(breadcrumbs.made_of(record)["category"]) == record_facts.MAX_CATEGORY


class Asked:
    """Counts how often it is shown."""

    times = 0

    def __repr__(self) -> str:
        Asked.times += 1
        return "asked"


@pytest.mark.parametrize("kind", [dict, collections.OrderedDict, collections.UserDict])
def test_a_mapping_as_the_argument_of_a_message(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a mapping that is the one argument of a record no more is shown than its message can hold."""
    monkeypatch.setattr(Asked, "times", 0)
    values = kind(dict.fromkeys(range(100_000), Asked()) | {"name": "joe"})
    record = logging.LogRecord("app", logging.ERROR, "/app.py", 1, "of %s", (values,), None)
    assert record.args is values
    assert len(record_facts.message(record)) <= json_values.MAX_MESSAGE
    assert Asked.times < 2000
    record = logging.LogRecord("app", logging.ERROR, "/app.py", 1, "of %(name)s and %(name)r", (values,), None)
    assert record_facts.message(record) == "of joe and 'joe'"


def test_a_long_text_as_an_argument_of_a_message() -> None:
    """Of a text no more is put into a message than that can hold."""
    text = "x" * 20_000_000
    record = logging.LogRecord("app", logging.ERROR, "/app.py", 1, "%d of %s", (1, text), None)
    tracemalloc.start()
    try:
        message = record_facts.message(record)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert message.startswith("1 of xxx")
    assert len(message) <= json_values.MAX_MESSAGE
    assert peak < 1_000_000


def test_tags_that_are_given_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """Of very many tags some are looked at, and that the others are not is said once."""
    usable = tags.usable([(f"key{number}", number) for number in range(5000)], logging.ERROR)
    assert len(usable) == tags.MOST
    assert [record.getMessage() for record in caplog.records] == [
        f"More than {tags.MOST} tags are given at once; the others are not set"
    ]


@pytest.mark.parametrize("value", [dict.fromkeys(range(100_000), Asked()), {Asked(): 1}, [Asked()] * 100_000])
def test_what_is_wrong_with_a_tag(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What says that a tag breaks a rule shows a little of it, and asks no more of it than that."""
    monkeypatch.setattr(Asked, "times", 0)
    with pytest.raises(tags.InvalidTag) as error:
        tags.text("key", value)
    assert len(str(error.value)) < 200
    assert Asked.times < 100


def test_many_arguments_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many large arguments no more is made than a message can hold, and of one after a short one all of it."""
    monkeypatch.setattr(Asked, "times", 0)
    large = [Asked()] * 100_000
    record = logging.LogRecord("app", logging.ERROR, "/app.py", 1, "%r " * 300, (large,) * 300, None)
    assert len(record_facts.message(record)) <= json_values.MAX_MESSAGE
    assert Asked.times < 10_000
    record = logging.LogRecord("app", logging.ERROR, "/app.py", 1, "%.3s and %r", (large, ["x" * 500]), None)
    assert record_facts.message(record) == f"[as and {['x' * 500]!r}"
    for args in ((1,) * 100_000, (large,) * 100_000):
        record = logging.LogRecord("app", logging.ERROR, "/app.py", 1, "%s" * 100_000, args, None)
        assert record_facts.message(record).startswith("%s%s")


def test_slow_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many objects are given at once: those that take long are not all asked."""
    monkeypatch.setattr(Asked, "times", 0)
    now = itertools.count(step=0.001)

    def work(service: asab_sentry.SentryService) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(time, "perf_counter", lambda: next(now))
            service.set_tags({f"tag{number}": Asked() for number in range(200)})
            service.set_tag("tag", Asked())
            sentry_sdk.capture_event({"message": "x", "contexts": {"c": {Asked(): Asked() for _ in range(200)}}})

    sent = here.sent_by(work, {})
    assert len(sent.events) == 1
    assert Asked.times <= 60


def test_source_of_any_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Source of tables and the like is not parsed for the text of a message: what is parsed has a bound."""
    table = ", ".join(f"'text {number} of a table'" for number in range(20_000))
    (tmp_path / "tables.py").write_text(
        "import logging\n\ndef report(log):\n"
        f"    texts = [{table}]\n    log.error(texts[5])\n    log.error(texts[7], extra={{'table': [{table}]}})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tables", raising=False)
    parsed: list[int] = []
    parse = ast.parse

    def noted(source: str, *of: object, **more: object) -> ast.AST:
        parsed.append(len(source))
        return parse(source, *of, **more)

    with monkeypatch.context() as patched:
        patched.setattr(ast, "parse", noted)
        sent = here.sent_by(lambda _: importlib.import_module("tables").report(logging.getLogger("app")), {})
    assert len(sent.events) == 2
    assert sum(parsed) < 100_000


def test_many_files_of_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many files those of the innermost frames are read for one event, and others for later ones."""
    count = 150
    for number in range(count):
        call = f"files{number - 1}.call()" if number else "1 / 0"
        (tmp_path / f"files{number}.py").write_text(f"def call():\n    import files{max(number - 1, 0)}\n    {call}\n")
        monkeypatch.delitem(sys.modules, f"files{number}", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with_source = []
    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as raised:
            importlib.import_module(f"files{count - 1}").call()
        (value,) = exceptions.describe(raised.value, raised.value.__traceback__)["values"]
        ours = [frame for frame in value["stacktrace"]["frames"] if frame["function"] == "call"]
        assert [frame["function"] for frame in ours] == ["call"] * count
        with_source.append([frame["context_line"] is not None for frame in ours].count(True))
        assert ours[-1]["context_line"] == "    1 / 0"
    assert with_source[0] <= source_lines.MOST // source_lines.OF_ANY + 1
    assert with_source[1] > with_source[0]


def test_a_slow_argument_of_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long to be shown is asked for the event and for the breadcrumb of a record together, not for each."""
    monkeypatch.setattr(Asked, "times", 0)
    now = itertools.count(step=0.001)

    def work(_: asab_sentry.SentryService) -> None:
        log = logging.getLogger("app")
        monkeypatch.setattr(log, "propagate", False)  # others would ask for all
        monkeypatch.setattr(log, "handlers", [logging.NullHandler()])
        with monkeypatch.context() as patched:
            patched.setattr(time, "perf_counter", lambda: next(now))
            log.error("these: %s", [Asked() for _ in range(500)], extra={"those": [Asked() for _ in range(500)]})

    sent = here.sent_by(work, {})
    assert len(sent.events) == 1
    assert Asked.times <= 25


def test_a_function_with_many_arguments() -> None:
    """Of what `functools.partial` was given no more is looked at than there is place for."""
    function = functools.partial(print, *range(100_000), sep=",")
    tracemalloc.start()
    try:
        shown = json_values.mapping({"f": function}, size=500, depth=3)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert shown["f"].startswith("functools.partial(<built-in function print>, 0, 1, 2")
    assert peak < 500_000
