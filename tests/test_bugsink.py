"""End to end: a real application, and a real server that takes what Sentry takes."""

from collections.abc import Iterator

import apps
import pytest
from demo.bugsink import Bugsink

SOURCE = """
class App(Base):
    async def main(self):
        L.info("first step", struct_data={"order": 7})
        self.Sentry.set_tag("customer", "c-1001")
        for number in range(3):
            try:
                self.fails(number)
            except ValueError:
                L.exception("order failed", struct_data={"number": number})
        self.Sentry.capture_message("a message", level="warning")
        try:
            self.has_no_end({f"key {number}": "x" * 30 for number in range(100)}, "y" * 1000)
        except RecursionError as error:
            self.Sentry.capture_exception(error)
        self.stop()

    def has_no_end(self, data, text):
        more = dict(data)
        self.has_no_end(more, text)

    def fails(self, number):
        raise ValueError("no such order")
"""

INI = "[sentry]\nrelease=shop@1.4.2\nenvironment=test\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bugsink]:
    """A server with an empty database."""
    with Bugsink(tmp_path_factory.mktemp("bugsink")) as bugsink:
        yield bugsink


def test_key(server: Bugsink, tmp_path) -> None:
    """Each server has the same projects with the same keys, so that a DSN holds when a demo is started again."""
    with Bugsink(tmp_path) as another:
        theirs = [dsn.replace(f":{another.port}/", f":{server.port}/") for dsn in (another.dsn, another.visitors_dsn)]
    assert theirs == [server.dsn, server.visitors_dsn]
    assert server.dsn != server.visitors_dsn


def test_visitors(server: Bugsink, tmp_path) -> None:
    """What is sent to the project of visitors is not among the issues of the demo."""
    assert apps.run(tmp_path, SOURCE, dsn=server.visitors_dsn, ini=INI).returncode == 0
    assert server.issues() == []


def test_issues(server: Bugsink, tmp_path) -> None:
    """Errors become issues with their count and tags; a resolved one that happens again is open again."""
    assert apps.run(tmp_path, SOURCE, dsn=server.dsn, ini=INI).returncode == 0
    issues = {issue["calculated_value"]: issue for issue in server.issues()}
    assert set(issues) == {"no such order", "a message", "maximum recursion depth exceeded"}
    issue = issues["no such order"]
    assert issue["calculated_type"] == "ValueError"
    assert issue["digested_event_count"] == 3

    data = server.event(server.events(issue["id"])[0]["id"])["data"]
    assert data["tags"]["customer"] == "c-1001"
    assert data["tags"]["appclass"] == "App"
    assert (data["release"], data["environment"], data["level"]) == ("shop@1.4.2", "test", "error")
    assert data["contexts"]["struct_data"] == {"number": 2}
    assert "first step" in [crumb["message"] for crumb in data["breadcrumbs"]["values"]]
    assert data["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "fails"

    server.resolve(issue["id"])
    assert [each["is_resolved"] for each in server.issues() if each["id"] == issue["id"]] == [True]
    assert apps.run(tmp_path, SOURCE, dsn=server.dsn, ini=INI).returncode == 0
    (again,) = (each for each in server.issues() if each["id"] == issue["id"])
    assert again["is_resolved"] is False
    assert again["digested_event_count"] == 6


def test_unknown_key(server: Bugsink, tmp_path) -> None:
    """With a key that the server does not know events are kept, and its answer is said without the key."""
    key = "0123456789abcdef0123456789abcdef"
    scheme, _, rest = server.dsn.partition("://")
    run = apps.run(tmp_path, SOURCE, dsn=f"{scheme}://{key}@{rest.partition('@')[2]}", ini=INI)
    assert run.returncode == 0
    assert "Sentry refuses the key or the project of the DSN (HTTP 40" in run.stderr
    assert "5 events wait in " in run.stderr
    assert key not in run.stdout + run.stderr
