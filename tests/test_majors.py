"""What differs silently from one major of sentry-sdk to the next: the same holds with each."""

import contextlib
import importlib
import re
import subprocess
import sys
from pathlib import Path

import apps
import pytest
import sentry_sdk.consts
from far import THREE, FarEnd, title

import asab_sentry
from asab_sentry.commands.check import about_python
from asab_sentry.sdk import settings, version

PACKAGE = Path(asab_sentry.__file__).parent

BARE = """
class App(Base):
    def reads(self):
        value = "LOCAL-" + "VALUE"
        raise ValueError("x")

    async def waits(self):
        await asyncio.Future()

    async def main(self):
        value = "LOCAL-" + "VALUE"
        L.error("a record")
        sentry_sdk.capture_message("by the function of sentry-sdk")
        self.Sentry.capture_message("by hand")
        sentry_sdk.capture_event({"message": "made by hand"})
        for capture in (sentry_sdk.capture_exception, self.Sentry.capture_exception):
            try:
                self.reads()
            except ValueError as error:
                capture(error)
        thread = threading.Thread(target=self.reads)
        thread.start()
        thread.join()
        task = asyncio.create_task(self.waits())
        await asyncio.sleep(0)
        del task
        gc.collect()
        self.stop()
"""


def test_stacks_and_variables_that_are_not_wanted(far: FarEnd, tmp_path) -> None:
    """No event has a stack without `attach_stacktrace`, nor variables without `include_local_variables`."""
    ini = "[sentry]\nattach_stacktrace=no\ninclude_local_variables=no\n"
    run = apps.run(tmp_path, BARE, dsn=far.dsn, ini=ini)
    assert run.returncode == 0, run.stderr
    titles = [title(event) for event in far.events]
    assert [text for text in titles if text != "ValueError: x"][:4] == [
        "a record",
        "by the function of sentry-sdk",
        "by hand",
        "made by hand",
    ]
    assert titles.count("ValueError: x") == 3
    assert [event for event in far.events if "threads" in event or "stacktrace" in event] == []
    assert not any(b"LOCAL-VALUE" in envelope.raw or b'"vars"' in envelope.raw for envelope in far.envelopes)
    for event in far.events:
        for error in (event.get("exception") or {"values": ()})["values"]:
            frame = error["stacktrace"]["frames"][-1]
            assert (frame["pre_context"][-1].strip(), frame["post_context"][1].strip()) == (
                'value = "LOCAL-" + "VALUE"',
                "async def waits(self):",
            )


SAMPLED = """
class App(Base):
    async def main(self):
        for number in range(60):
            with self.Sentry.transaction("task", f"number {number}"):
                pass
        self.stop()
"""


def test_number_that_was_drawn(far: FarEnd, tmp_path) -> None:
    """The number that sampled a trace is what is told of it, so that others judge it alike."""
    run = apps.run(tmp_path, SAMPLED, dsn=far.dsn, ini="[sentry]\ntraces_sample_rate=0.5\n")
    assert run.returncode == 0, run.stderr
    traces = [envelope.headers["trace"] for envelope in far.envelopes if "trace" in envelope.headers]
    assert 0 < len(far.transactions) < 60
    assert {trace["sample_rate"] for trace in traces} == {"0.5"}
    numbers = [trace["sample_rand"] for trace in traces]
    assert all(re.fullmatch(r"0\.\d{6}", number) and float(number) < 0.5 for number in numbers)
    assert len(set(numbers)) > 1


@pytest.mark.skipif(not THREE, reason="sentry-sdk 2 collects none of it without send_default_pii")
def test_nothing_is_collected_by_default() -> None:
    """What integrations of sentry-sdk 3 collect is off, each kind by its name, unless `send_default_pii` opens it."""
    for pii in (False, True):
        collected = settings.adapt({"send_default_pii": pii, "functions_to_trace": []})["data_collection"]
        assert settings.BARE.items() <= collected.items()
        assert pii or {"user_info": False, "database_query_data": False, "queues": False}.items() <= collected.items()
    known = importlib.import_module("sentry_sdk.data_collection")._resolve_data_collection({"data_collection": {}})
    assert set(known) == {*settings.NOT_COLLECTED, *settings.BARE}


@pytest.mark.parametrize(
    ("installed", "is_accepted"),
    [
        *(("1.45.0", False), ("2.68.1", False), ("2.69.0", False), ("2.69.1", True), ("2.70.0a1", True)),
        *(("3.0.0b2", True), ("3.0.0", True), ("3.12.1", True), ("4.0.0a1", False), ("4.0.0", False)),
    ],
)
def test_version(installed: str, is_accepted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentry-sdk that is too old or too new is told in one line."""
    monkeypatch.setattr(sentry_sdk.consts, "VERSION", installed)
    refused = f"asab_sentry works with {version.ACCEPTED}; {installed} is installed"
    with contextlib.nullcontext() if is_accepted else pytest.raises(ImportError, match=f"^{re.escape(refused)}$"):
        exec((PACKAGE / "sdk" / "version.py").read_text(encoding="utf-8"), {"__name__": "version"})


def test_version_that_is_refused() -> None:
    """This line is what whoever imports the package sees."""
    code = "import sentry_sdk.consts; sentry_sdk.consts.VERSION = '2.69.0'; import asab_sentry"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    said = f"ImportError: asab_sentry works with {version.ACCEPTED}; 2.69.0 is installed"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, said)


DIFFERS = re.compile(
    r"\bTHREE\b|sentry_sdk\.(tracing|traces|tracing_utils|scrubber|data_collection)\b|start_transaction|start_span|start_child"
    r"|continue_trace|containing_transaction|SPANSTATUS|_IGNORED_LOGGERS|add_to_transactions|get_source_context|"
    r"EventScrubber|data_collection"
)
"""What one major has and the other has not."""


def test_one_seam() -> None:
    """What differs between the majors is named in `asab_sentry/sdk` alone."""
    named = {
        f"{path.relative_to(PACKAGE)}: {match[0]}"
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "sdk"
        for match in DIFFERS.finditer(path.read_text(encoding="utf-8"))
    }
    assert named == set()


def test_python_without_a_loop() -> None:
    """`asab-sentry check` warns of a Python on which ASAB does not start by itself, and says what helps."""
    assert about_python((3, 11)) == about_python((3, 13)) == []
    (warning,) = about_python((3, 14))
    assert "asyncio.set_event_loop(asyncio.new_event_loop())" in warning
