"""The walk through an event: nothing secret is left, everything else is."""

import copy
import datetime
import enum
import itertools
import json
import logging
import re
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_known_values import configuration

from asab_sentry.config.options import Options
from asab_sentry.objects.json_values import CUT
from asab_sentry.objects.ready_json import ReadyDict
from asab_sentry.pipeline.scrubbing import request_data
from asab_sentry.pipeline.scrubbing.event_parts import EventWalk
from asab_sentry.pipeline.scrubbing.scrubber import Scrubber
from asab_sentry.pipeline.scrubbing.secret_patterns import names
from asab_sentry.pipeline.scrubbing.secret_patterns.rules import RULES
from asab_sentry.pipeline.scrubbing.text_cleaner import MAX_CLEANED, Texts
from asab_sentry.runtime import diagnostics
from asab_sentry.secret_keys import denylist

PASSWORD = "Sw0rdfish!7"
INI = f"[passwords]\nkafka={PASSWORD}\n"


def scrubber(ini: str = INI, environ: dict[str, str] | None = None, **options: Any) -> Scrubber:
    chosen = Options(**options)
    return Scrubber(chosen, configuration(ini), environ or {})


def scrub(event: dict[str, Any], **options: Any) -> dict[str, Any]:
    return scrubber(**options).event(event, {})


keys = st.text(max_size=8) | st.sampled_from(
    [
        *("password", "vars", "headers", "cookies", "data", "query_string", "pre_context", "context_line", "values"),
        *("url", "http.request.header.x", "event_id", "filename", "category", "message", "timestamp", PASSWORD),
    ]
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.just(PASSWORD),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=25,
)
PARTS = ("request", "user", "breadcrumbs", "contexts", "extra", "exception", "threads", "modules", "tags", "logger")
events = st.dictionaries(st.sampled_from(PARTS) | keys, json_values, max_size=6)


def same_structure(before: Any, after: Any) -> bool:
    """Return whether two values have the same containers of the same lengths, and leaves of a type or `[Filtered]`."""
    if isinstance(before, dict):
        return (
            isinstance(after, dict)
            and len(before) == len(after)
            and all(map(same_structure, before.values(), after.values()))
        )
    if isinstance(before, list):
        return isinstance(after, list) and len(before) == len(after) and all(map(same_structure, before, after))
    return type(before) is type(after) or after == "[Filtered]"


@given(st.dictionaries(keys, json_values, max_size=6))
def test_walk(data: dict[str, Any]) -> None:
    """Of any JSON the structure survives, the secret does not; it is not changed itself, and is then clean."""
    before = copy.deepcopy(data)
    walk = scrubber()
    cleaned = walk.event({"extra": data}, {})["extra"]
    assert data == before
    assert same_structure(before, cleaned)
    assert PASSWORD not in json.dumps(cleaned)
    assert walk.event({"extra": cleaned}, {})["extra"] == cleaned


@given(events)
def test_any_event(event: dict[str, Any]) -> None:
    """Any event is scrubbed, without a failure and without the secret, whatever stands in its parts."""
    diagnostics.said_at.clear()
    before = copy.deepcopy(event)
    cleaned = scrub(event)
    assert event == before
    assert PASSWORD not in json.dumps({key: value for key, value in cleaned.items() if key != "_meta"})


def test_secrets_that_look_like_ids() -> None:
    """A secret of hexadecimal digits is one under the keys of users, `uuid` among them."""
    secret = "0f14e45fd1114f1181110123456789ab"
    walk = scrubber(f"[passwords]\nkafka={secret}\n")
    event = {"contexts": {"struct_data": {"uuid": secret, "id": f"is {secret}"}}}
    assert walk.event(event, {})["contexts"]["struct_data"] == {"uuid": "[Filtered]", "id": "is [Filtered]"}
    assert scrub({"extra": {"uuid": "4111-1111-1111-1111"}})["extra"] == {"uuid": "[Filtered]"}
    account = "0f14e45f-d111-4f11-8111-0123456789ab"
    cleaned = scrub({"extra": {"uuid": account, "id": account}}, patterns=("0f14[0-9a-f-]+",))
    assert cleaned["extra"] == {"uuid": "[Filtered]", "id": "[Filtered]"}


def test_what_is_left() -> None:
    """A failed connection still tells the host; keys, types, lengths and the rest of the texts are left."""
    event = {
        "message": f"cannot connect to amqp://shop:{PASSWORD}@mq.example.com:5672/v as shop with {PASSWORD}, 3 times",
        "extra": {"password": "x", "token": None, "auth": {"user": "a", "tries": [1, True]}, "author": "me", "n": 7},
    }
    assert scrub(event) == {
        "message": "cannot connect to amqp://[Filtered]@mq.example.com:5672/v as shop with [Filtered], 3 times",
        "extra": {
            "password": "[Filtered]",
            "token": None,
            "auth": {"user": "[Filtered]", "tries": ["[Filtered]", True]},
            "author": "me",
            "n": 7,
        },
    }


REQUEST = {
    "method": "GET",
    "url": "http://shop/orders?user=joe",
    "query_string": "user=joe&debug",
    "headers": {"Host": "shop", "Cookie": "a=b", "X-Real-Ip": "10.0.0.7", "X-Custom": "joe"},
    "cookies": {"theme": "dark", "session": "abc"},
    "env": {"REMOTE_ADDR": "10.0.0.7", "SERVER_NAME": "shop"},
    "data": {"name": "joe", "card": 4111111111111111},
}


def test_request() -> None:
    """Of a request method, address, names and harmless headers are left."""
    assert scrub({"request": REQUEST})["request"] == {
        "method": "GET",
        "url": "http://shop/orders?user=[Filtered]",
        "query_string": "user=[Filtered]&debug",
        "headers": {"Host": "shop", "Cookie": "[Filtered]", "X-Real-Ip": "[Filtered]", "X-Custom": "[Filtered]"},
        "cookies": {"theme": "[Filtered]", "session": "[Filtered]"},
        "env": {"REMOTE_ADDR": "[Filtered]", "SERVER_NAME": "shop"},
        "data": {"name": "[Filtered]", "card": "[Filtered]"},
    }
    # Names that mean something elsewhere in an event.
    named = {"uuid": "0f14e45f-d111-4f11-8111-0123456789ab", "event_id": "1" * 32, "Query-String": "a", "frames": "b"}
    assert set(scrub({"request": {"headers": named}})["request"]["headers"].values()) == {"[Filtered]"}
    pairs = {"query_string": [["user", "joe"]], "headers": [["Host", "shop"], ["X-Custom", "joe"]]}
    assert scrub({"request": pairs})["request"] == {
        "query_string": [["user", "[Filtered]"]],
        "headers": [["Host", "shop"], ["X-Custom", "[Filtered]"]],
    }


def test_opened_by_name() -> None:
    """`send_default_pii` opens addresses, queries, cookies and headers; bodies have an option of their own."""
    opened = scrub({"request": REQUEST}, send_default_pii=True)["request"]
    assert opened == REQUEST | {
        "headers": REQUEST["headers"] | {"Cookie": "[Filtered]"},
        "cookies": {"theme": "dark", "session": "[Filtered]"},
        "data": {"name": "[Filtered]", "card": "[Filtered]"},
    }
    with_body = scrub({"request": REQUEST}, max_request_body_size="small")["request"]
    assert with_body["data"] == {"name": "joe", "card": "[Filtered]"}
    assert with_body["query_string"] == "user=[Filtered]&debug"


def test_user() -> None:
    """Of a user the id is left, unless `send_default_pii` opens the rest."""
    user = {"id": "7", "email": "joe@example.com", "ip_address": "10.0.0.7", "data": {"age": 7}}
    assert scrub({"user": user})["user"] == {"id": "7", "email": "[Filtered]", "data": {"age": "[Filtered]"}}
    assert scrub({"user": user}, send_default_pii=True)["user"] == user


def test_denylist_of_an_operator() -> None:
    """Keys that an operator denies are hidden where they mean something, too."""
    event = {"request": {"url": "plain"}, "extra": {"context_line": "plain", "frames": [{"pre_context": ["plain"]}]}}
    assert "plain" not in json.dumps(scrub(event, denylist=("url", "context")))


def test_spans() -> None:
    """Query values and headers in the data of spans are left out as those of requests are."""
    data = {
        "http.query": "a=b",
        "url": "http://h/p?a=b",
        "http.request.header.x-a": "b",
        "http.request.header.host": "h",
    }
    span = {"description": "GET http://h/p?a=b", "data": data, "trace_id": "4111111111111111"}
    (cleaned,) = scrub({"type": "transaction", "spans": [span]})["spans"]
    assert cleaned == {
        "description": "GET http://h/p?a=[Filtered]",
        "data": {
            "http.query": "a=[Filtered]",
            "url": "http://h/p?a=[Filtered]",
            "http.request.header.x-a": "[Filtered]",
            "http.request.header.host": "h",
        },
        "trace_id": "4111111111111111",
    }


def test_header_of_the_envelope() -> None:
    """The trace that becomes the header of the envelope keeps the key by which the server knows the project."""
    trace = {"dynamic_sampling_context": {"public_key": "0123456789abcdef", "transaction": f"GET {PASSWORD}"}}
    cleaned = scrub({"contexts": {"trace": trace}}, dsn="https://0123456789abcdef@sentry.example.com/1")
    assert cleaned["contexts"]["trace"]["dynamic_sampling_context"] == {
        "public_key": "0123456789abcdef",
        "transaction": "GET [Filtered]",
    }


def test_options() -> None:
    """The denylist hides keys, the allowlist opens them, patterns hide what matches anywhere."""
    event = {"extra": {"iban": "x", "session": "y", "note": "born 010203/1234."}}
    assert scrub(event, denylist=("iban",), allowlist=("session",), patterns=(r"\d{6}/\d{4}",))["extra"] == {
        "iban": "[Filtered]",
        "session": "y",
        "note": "born [Filtered].",
    }


def test_logs_and_metrics() -> None:
    """Logs and metrics of sentry-sdk are scrubbed by the same rules."""
    log = {"body": f"it is {PASSWORD}", "attributes": {"password": "x", "a": 1}, "time_unix_nano": 1732256000000000000}
    assert scrubber().telemetry(log, {}) == log | {
        "body": "it is [Filtered]",
        "attributes": {"password": "[Filtered]", "a": 1},
    }


NUMBERS = (1, 1.0, True, 4111111111111111, 4111111111111111.0, float("nan"), 2**70)
attributes = st.dictionaries(
    keys | st.sampled_from(["name", "Value", "content", "order.id", f"{PASSWORD}-of"]),
    st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.text(max_size=20)
    | st.sampled_from([PASSWORD, "password", "open sesame", "c-1001", "x" * 500, "a=b; token=abc", ["a", "b"]]),
    max_size=5,
)  # fmt: skip
logs = st.fixed_dictionaries(
    {
        "body": st.text(max_size=10) | st.sampled_from(["order 5 of 7", "order 6 of 8", f"is {PASSWORD}", None]),
        "attributes": attributes,
        "time_unix_nano": st.integers(0, 2**62),
    },
    optional={"trace_id": st.just("0" * 32), "span_id": st.none(), "name": st.just("password"), "value": st.just(7)},
)
USED = scrubber()


@given(logs)
def test_logs_that_were_seen_before(log: dict[str, Any]) -> None:
    """What was cleaned before changes nothing of what is left of a log, which is what a walk through it leaves."""
    walked = repr(_sorted(scrubber()._attributes._walked(log)))
    for _ in range(2):
        assert repr(_sorted(USED.telemetry(log, {}))) == walked


texts = st.text(max_size=10) | st.sampled_from(
    ["order 5 of 7", "order 6 of 8", f"is {PASSWORD}", "token=abc", "a \n b"]
)


@given(st.lists(st.fixed_dictionaries({"body": texts, "attributes": attributes, "span_id": st.none()}), max_size=4))
def test_logs_that_are_cleaned_together(several: list[dict[str, Any]]) -> None:
    """Of each of several logs is left what is left of it alone."""
    walked = [repr(_sorted(scrubber()._attributes._walked(log))) for log in several]
    for walk in (scrubber(), USED):
        assert [repr(_sorted(log)) for log in walk.logs(several)] == walked


@given(
    st.sampled_from(["order %s of %s", "%s %s", "card %s, %s", f"{PASSWORD} %s %s", "token=%s; a %s", "at %s (%s)."]),
    st.lists(st.sampled_from(["5", "0", "4111", "1111", "4111111111111111", "1234567890", "12345678"]), min_size=2),
)
def test_messages_that_differ_in_numbers(template: str, numbers: list[str]) -> None:
    """What was learned of a message changes nothing of what is left of others with other numbers."""
    USED.texts.learned_text(template % ("7", "8"))
    message = template % (numbers[0], " ".join(numbers[1:]))
    for _ in range(2):
        left = USED.breadcrumb({"type": "log", "message": message, "data": {"a": 5}})
        assert left == scrubber().breadcrumb({"type": "log", "message": message, "data": {"a": 5}})


@pytest.mark.parametrize(
    ("secret", "template", "number"),
    [
        ("73114262", "order %s is paid", "73114262"),
        ("of 4711, a", "%s is of %s, a part", "4711"),
        ("(4711 is", "order (%s is paid)", "4711"),
        ("4711.b", "order %s.b is paid", "4711"),
    ],
)
def test_secrets_with_numbers(secret: str, template: str, number: str) -> None:
    """A secret that is known by value is hidden where another number makes one of a message that is known."""
    template = template.replace("%s", "{0}")
    walk = scrubber("[general]", {"API_TOKEN": secret})
    for learned in ("1", "2222", "11111111"):
        assert walk.texts.learned_text(template.format(learned)) == template.format(learned)
    message = template.format(number)
    assert secret in message
    assert secret not in walk.texts.learned_text(message)
    assert walk.texts.but_for_numbers(message) in {None, scrubber("[general]", {"API_TOKEN": secret}).text(message)}


def test_a_secret_of_later() -> None:
    """Messages that are known but for their numbers are so no more when a part of them becomes known as a secret."""
    environ = {"LANG": "C"}
    walk = scrubber("[general]", environ)
    for number in ("1", "22", "7", "33"):
        assert walk.texts.learned_text(f"order {number} of amber-falcon") == f"order {number} of amber-falcon"
    environ["API_TOKEN"] = "amber-falcon"
    walk.refresh()
    assert "falcon" not in walk.texts.learned_text("order 8 of amber-falcon")


IDS = [
    *("123e4567-e89b-12d3-a456-426614174000", "65f1c0ffee12ab34cd56ef78", "c-3ab1", "1f2", "2fa", "code-5"),
    *(
        "xoxb-1234567890-abcdefghij",
        "sk-0123456789abcdef0123456789abcdef",
        "4111111111111111",
        "DE89370400440532013000",
    ),
    *("5", "0f" * 32, "0f5a9c77ab", "hunter2-of-42"),
]


@given(
    st.sampled_from(
        ["order %s of %s", "%s is %s", "x='%s', y=[%s]", 'a="%s"; %s.', "is (%s) 2fa=%s", "echo <<< %s, %s"]
    ),
    st.sampled_from(IDS),
    st.sampled_from(IDS),
)
def test_messages_that_differ_in_ids(template: str, one: str, other: str) -> None:
    """What was learned of a message changes nothing of what is left of others with other ids."""
    for learned in ("b1", "c-3", "00000000-0000-0000-0000-000000000001"):
        USED.texts.learned_text(template % (learned, learned))
    message = template % (one, other)
    assert USED.texts.but_for_numbers(message) in {None, scrubber().text(message)}


def test_no_id_is_a_name() -> None:
    """No id has a part of the name of a secret in it, whatever it is: texts that differ in ids have the same names."""
    ids = (map("".join, itertools.product("0123456789abcdef", repeat=length)) for length in range(1, 5))
    assert not names.may_hold(" ".join(itertools.chain.from_iterable(ids)))
    longer = {word for name in denylist.NAMES for word in name.split() if len(word) > 4}
    assert [word for word in longer if re.fullmatch("[0-9a-f]+", word)] == []


def test_ids_are_known_at_once() -> None:
    """A message with other ids than one that was learned is known, and so takes none of the time for new ones."""
    walk = scrubber()
    learned, message = ("request {} of c-{} for '{}' ({})".format(*ids) for ids in (IDS_OF_ONE, IDS_OF_ANOTHER))
    assert walk.texts.but_for_numbers(message) is None
    assert walk.texts.learned_text(learned) == learned
    assert walk.texts.but_for_numbers(message) == message


IDS_OF_ONE = "00000000-0000-0000-0000-000000000001", "1", "b1", "5"
IDS_OF_ANOTHER = "123E4567-e89b-12d3-a456-426614174000", "3ab1", "65f1c0ffee12ab34cd56ef78", "42"


def _sorted(log: dict[str, Any] | None) -> Any:
    assert log is not None
    return sorted((log | {"attributes": sorted(log["attributes"].items(), key=str)}).items(), key=str)


def test_a_log_with_a_secret_of_now() -> None:
    """A value that was harmless is hidden from when it is known as a secret."""
    environ = {"HOME": "/root"}
    walk = scrubber(environ=environ)
    log = {"body": "key is hunter22-abc", "attributes": {"key.of": "hunter22-abc", "order": "o-1"}}
    assert walk.telemetry(log, {}) == walk.telemetry(log, {}) == log
    environ["API_TOKEN"] = "hunter22-abc"
    left = walk.telemetry(log, {})
    assert left == {"body": "key is [Filtered]", "attributes": {"key.of": "[Filtered]", "order": "o-1"}}


def test_secrets_that_appear_later() -> None:
    """What was clean is looked at again when more is known as a secret."""
    config = configuration("[a]\n")
    walk = Scrubber(Options(), config, {})
    event = {
        "modules": {"PyJWT": "later-secret"},
        "extra": {"a": "later-secret"},
        "exception": {"filename": "later-secret"},
    }
    assert walk.event(event, {}) == event
    version = walk.version
    config.read_dict({"a": {"token": "later-secret"}})
    assert "later-secret" not in json.dumps(walk.event(event, {}))
    assert walk.version > version


def test_what_is_no_json() -> None:
    """What a hook of others left in an event that is no JSON is shown as text, and scrubbed."""
    cleaned = scrub({"extra": {"a": object, "b": {PASSWORD}, "c": (1, 2), 4: PASSWORD.encode()}})["extra"]
    assert cleaned == {"a": "<class 'object'>", "b": ["[Filtered]"], "c": [1, 2], "4": "[Filtered]"}


def test_long_queries() -> None:
    """What is left of a query is longer than it was: it is cut, and costs nothing else."""
    query = "&".join(f"id={number}" for number in range(600))
    event = {
        "message": "failed",
        "request": {"url": f"http://shop/?{query}", "query_string": query},
        "contexts": {"a": {"url": f"http://shop/?{query}"}},
    }
    cleaned = scrub(event)
    assert cleaned["message"] == "failed"
    for text in (cleaned["request"]["url"], cleaned["request"]["query_string"], cleaned["contexts"]["a"]["url"]):
        assert len(text) < 10_000
        assert "id=7" not in text
    crumb = {"category": "http", "data": {"url": f"http://shop/?{query}"}, "timestamp": 1.0}
    assert scrubber().breadcrumb(crumb)["category"] == "http"
    assert scrubber().telemetry({"body": f"http://shop/?{query}", "level": "info"}, {})["level"] == "info"  # type: ignore[index]


def test_endless_queries() -> None:
    """Of a query of a span, which nobody else cuts, a beginning is cleaned and sent: the time is bounded."""
    query = "SELECT name FROM orders UNION " * 5000 + f"SELECT '{PASSWORD}'"
    (span,) = scrub({"type": "transaction", "spans": [{"description": query}]})["spans"]
    assert span["description"] == query[:MAX_CLEANED] + CUT


@pytest.mark.parametrize("limit", [1, 5, 9, 20])
def test_short_limits(limit: int) -> None:
    """However short texts must be, nothing is lost for it."""
    cleaned = scrubber(max_value_length=limit).event({"level": "error", "tags": {"password": "x"}}, {})
    assert set(cleaned) == {"level", "tags"}
    assert len(scrubber(max_value_length=limit).modules({"a-long-name-of-a-package": "1.2.3"})) == 1


class Hostile:
    """Cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise ValueError

    __hash__ = None  # type: ignore[assignment]


class Field(str, enum.Enum):  # noqa: UP042  # whose text is not its value
    """Keys of an application."""

    PASSWORD = "password"


def test_odd_values() -> None:
    """What cannot be walked as it is is shown as sentry-sdk shows it, and costs nothing else of the event."""
    lowest = datetime.datetime.min  # noqa: DTZ901
    contexts = {
        "a": {"at": lowest, "known": lowest.replace(tzinfo=datetime.UTC), "token": Hostile()},
        "b": {"headers": MappingProxyType({"Accept": "text/html", "X-Custom": "joe"})},
        "c": {Field.PASSWORD: "hunter22", "number": 1},
    }
    event = {
        "contexts": contexts,
        "message": "failed",
        "user": MappingProxyType({"id": "7", "email": "joe@example.com"}),
        "modules": {("a",): "1"},
        "_meta": {5: {"": {"len": 1}}},
    }
    cleaned = scrubber().event(ReadyDict(event), {})
    assert cleaned["message"] == "failed"
    assert cleaned["contexts"]["a"]["token"] == "[Filtered]"
    assert cleaned["contexts"]["b"]["headers"] == {"Accept": "text/html", "X-Custom": "[Filtered]"}
    assert set(cleaned["contexts"]["c"].values()) == {"[Filtered]", 1}
    assert cleaned["user"] == {"id": "7", "email": "[Filtered]"}
    json.dumps(cleaned, allow_nan=False)
    log = scrubber().telemetry({"attributes": {Field.PASSWORD: "hunter22", "a": object()}}, {})
    assert log is not None
    assert log["attributes"]["password"] == "[Filtered]"


def test_patterns_and_moments() -> None:
    """Patterns of the operator are looked for in moments, too."""
    born = datetime.datetime(1980, 5, 17, tzinfo=datetime.UTC)
    cleaned = scrub({"contexts": {"p": {"birth": born}}}, patterns=(r"19\d\d-\d\d-\d\d",))
    assert cleaned["contexts"]["p"]["birth"] == "[Filtered]T00:00:00.000000Z"


def test_known_texts_are_cut() -> None:
    """A text that was seen where texts are not cut is cut where they are."""
    walk = scrubber(max_value_length=100)
    text = "x" * 300
    assert len(walk.event({"tags": {text: "a"}, "message": text}, {})["message"]) <= 100
    assert len(walk.event({"message": text}, {})["message"]) <= 100


def test_descriptions_of_spans() -> None:
    """The description of a span, as a query, is not cut; sentry-sdk does not do so either."""
    span = {"description": "SELECT " + "x" * 9000}
    assert scrub({"type": "transaction", "spans": [span]})["spans"] == [span]
    assert len(scrub({"contexts": {"a": span}})["contexts"]["a"]["description"]) <= 8192


class Broken:
    """Fails where it is looked at."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(PASSWORD)


FRAME = {"filename": "a.py", "function": "f", "lineno": 7, "vars": {"x": PASSWORD}, "context_line": PASSWORD}
FULL = {
    "event_id": "0" * 32,
    "level": "error",
    "message": PASSWORD,
    "tags": {"node": "n1", "note": f"is {PASSWORD}"},
    "extra": {"a": PASSWORD},
    "request": {"data": PASSWORD},
    "user": {"id": PASSWORD},
    "contexts": {"trace": {"trace_id": "1" * 32, "data": {"a": PASSWORD}}, "b": {"a": PASSWORD}},
    "breadcrumbs": {"values": [{"message": PASSWORD}]},
    "exception": {
        "values": [
            {
                "type": "E",
                "value": PASSWORD,
                "mechanism": {"type": "generic", "handled": False, "data": PASSWORD},
                "stacktrace": {"frames": [FRAME]},
            }
        ]
    },
}


@pytest.mark.parametrize(("kind", "where"), [(EventWalk, "value"), (Texts, "_clean"), (Texts, "refresh")])
def test_fault(kind: type, where: str, monkeypatch, caplog) -> None:
    """An event that cannot be scrubbed is sent reduced to its type, place and tags, and that is said once."""

    def fails(*_: Any) -> None:
        raise RuntimeError("a fault")

    diagnostics.said_at.clear()
    walk = scrubber()
    monkeypatch.setattr(kind, where, fails)
    with caplog.at_level(logging.ERROR, "asab_sentry"):
        for _ in range(3):
            hint = {"attachments": [SimpleNamespace(filename=PASSWORD)]}
            reduced = walk.event(FULL, hint)
    assert [record.getMessage() for record in caplog.records] == [
        "An event could not be scrubbed (RuntimeError); it is sent reduced to its type, place and tags"
    ]
    assert PASSWORD not in json.dumps(reduced)
    assert "attachments" not in hint
    assert reduced["tags"]["node"] == ("[Filtered]" if where == "_clean" else "n1")
    assert reduced["contexts"] == {"trace": {"trace_id": "1" * 32}}
    (value,) = reduced["exception"]["values"]
    assert value == {
        "type": "E",
        "value": "[Filtered]",
        "mechanism": {"type": "generic", "handled": False},
        "stacktrace": {"frames": [{"filename": "a.py", "function": "f", "lineno": 7}]},
    }
    assert set(reduced) == {"event_id", "level", "tags", "contexts", "exception"}


def test_fault_in_others(monkeypatch, caplog) -> None:
    """A transaction is reduced to its times, a message to what it is; a breadcrumb to its time; a log is dropped."""

    def fails(*_: Any) -> None:
        raise RuntimeError("a fault")

    diagnostics.said_at.clear()
    walk = scrubber()
    monkeypatch.setattr(Texts, "_clean", fails)
    with caplog.at_level(logging.ERROR, "asab_sentry"):
        transaction = {"type": "transaction", "transaction": "long enough", "spans": [{"description": PASSWORD}]}
        assert walk.event(transaction, {}) == {
            "type": "transaction",
            "transaction": "[Filtered]",
            "tags": {},
            "spans": [],
        }
        assert walk.event({"message": PASSWORD}, {}) == {"tags": {}, "logentry": {"message": "[Filtered]"}}
        crumb = {"type": "log", "timestamp": 1.0, "message": PASSWORD}
        assert walk.breadcrumb(crumb) == {"type": "log", "timestamp": 1.0}
        assert walk.telemetry({"body": PASSWORD}, {}) is None
        assert walk.logs([{"body": PASSWORD, "attributes": {}}]) == []
    assert len(caplog.records) == 4


def test_harmless_headers() -> None:
    """No header is harmless whose key names a secret or a client."""
    is_secret = scrubber().keys.is_secret
    assert list(filter(is_secret, request_data.HARMLESS)) == []


@pytest.mark.parametrize(
    "part", ["request", "user", "breadcrumbs", "contexts", "modules", "exception", "tags", "_meta"]
)
@pytest.mark.parametrize("value", [None, 7, PASSWORD, [PASSWORD], {"values": PASSWORD}, {PASSWORD: [PASSWORD]}])
def test_parts_of_any_form(part: str, value: Any, caplog) -> None:
    """A part of an event may be anything: it is scrubbed without a failure."""
    diagnostics.said_at.clear()
    cleaned = scrub({part: value})
    assert list(cleaned) == [part]
    assert part == "_meta" or PASSWORD not in json.dumps(cleaned)
    assert [record for record in caplog.records if record.name == "asab_sentry"] == []


def test_keys_that_are_secrets_themselves() -> None:
    """A secret that is a key is hidden, and no entry is lost where there are two of them."""
    assert scrub({"extra": {f"a{PASSWORD}": 1, "a[Filtered]": 2}})["extra"] == {"a[Filtered]": 1, "a[Filtered]_": 2}


def test_span_of_sentry_sdk_3() -> None:
    """Name and attributes of a span are cleaned; arguments of the process are left out; nothing fails."""
    span = {
        "name": "GET https://joe:hunter22@db/x",
        "status": "ok",
        "attributes": {"db.password": "hunter22", "process.command_args": ["app", "--token=x"], "rows": 7},
    }
    cleaned = scrubber().span(span)
    assert cleaned["name"] == "GET https://[Filtered]@db/x"
    assert cleaned["attributes"] == {"db.password": "[Filtered]", "rows": 7}
    assert cleaned["status"] == "ok"
    assert scrubber().span({"name": Hostile()})["attributes"] == {}


def test_keys_that_are_one_when_cleaned() -> None:
    """Keys that are secrets themselves keep their values, each under a short name of its own."""
    table = {f"{PASSWORD}{' ' * number}{PASSWORD}": number for number in range(3)} | {PASSWORD * 2: 3}
    many = {f"postgres://u:{number:04}hunter@db": number for number in range(90)}
    for values in (table, many):
        cleaned = scrub({"extra": {"of": values}})["extra"]["of"]
        assert sorted(cleaned.values()) == sorted(values.values())
        assert max(map(len, cleaned)) < 100
        assert PASSWORD not in str(cleaned)
        assert "0001hunter" not in str(cleaned)


@pytest.mark.parametrize("escape", ["\x1b", "\\x1b", "\\u001b", "\\033"])
def test_colours(escape: str) -> None:
    """A secret is found behind its name where a terminal shows both in colours; other texts keep theirs."""
    pair = f"{escape}[36mpassword{escape}[0m={escape}[35mhunter2{escape}[0m"
    other = f"{escape}[1;31mERROR{escape}[0m The order is late"
    assert scrub({"extra": {"a": pair, "b": other}})["extra"] == {"a": "password=[Filtered]", "b": other}


TOGETHER = [text for rule in RULES.values() for text in rule.examples] + [
    f"kafka = connect('{PASSWORD}')",
    "password = '\x1b[31mhunter2'",
    "password = 'hunter2...",
    "password = 'hunter2'  # 4111 1111 1111 1111",
]


@pytest.mark.parametrize("text", TOGETHER, ids=range(len(TOGETHER)))
def test_lines_of_source_together(text: str) -> None:
    """Lines of source code are cleaned as each of them would be alone, wherever in a frame they are."""
    plain = ["", "def pay(order):", "    return {**order, 'state': None}"]
    of_one = scrubber()
    for lines in (text.splitlines(), [text]):
        for before, line, after in (
            ([*plain, *lines], "", plain),
            (plain, "", [*lines, *plain]),
            (plain, lines[0], [*lines[1:], *plain]),
        ):
            frame = {"abs_path": "x.py", "pre_context": before, "context_line": line, "post_context": after}
            event = {"exception": {"values": [{"stacktrace": {"frames": [frame]}}]}}
            (cleaned,) = scrub(event)["exception"]["values"][0]["stacktrace"]["frames"]
            left = [*cleaned["pre_context"], cleaned["context_line"], *cleaned["post_context"]]
            alone = [of_one.event({"context_line": each}, {})["context_line"] for each in (*before, line, *after)]
            assert left == alone


def test_lists_of_numbers() -> None:
    """Numbers that local variables have in lists stay as they are, but for those that may be secrets."""
    few, card = ["1", "-2", "3.5"], "4111111111111111"
    variables = {"few": few, "cards": ["1", card], "password": few, "pairs": [["token", "12345"], ["x", "1"]]}
    left = scrub({"exception": {"values": [{"stacktrace": {"frames": [{"vars": variables}]}}]}})
    assert left["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"] == {
        "few": few,
        "cards": ["1", "[Filtered]"],
        "password": ["[Filtered]"] * 3,
        "pairs": [["token", "[Filtered]"], ["x", "1"]],
    }


def test_attributes_of_segments() -> None:
    """A span keeps the id of its segment, whatever its digits are, and not the arguments of the process."""
    attributes = {"sentry.segment.id": "4111111111111111", "process.command_args": ["shop", "--name", PASSWORD]}
    span = {"name": "pay", "attributes": {**attributes, "card": "4111111111111111"}}
    left = scrubber().span(span)
    assert left["attributes"] == {"sentry.segment.id": "4111111111111111", "card": "[Filtered]"}
    assert span["attributes"] == {**attributes, "card": "4111111111111111"}


def test_decimals() -> None:
    """A number with a decimal point stays, unless it is known as a secret or an operator looks for it."""
    number = "1795727484.381488"
    assert scrub({"extra": {"x": number}}) == {"extra": {"x": number}}
    assert scrubber(f"[passwords]\nx={number}\n").event({"extra": {"x": number}}, {}) == {"extra": {"x": "[Filtered]"}}
    assert scrub({"extra": {"x": number}}, patterns=(r"\d+\.",)) == {"extra": {"x": "[Filtered]381488"}}


def test_secrets_that_a_variable_names() -> None:
    """What a variable of one frame is named a secret is hidden in those of others, and in the texts of the event."""

    def event(*variables: dict[str, Any]) -> dict[str, Any]:
        frames = [{"function": "f", "vars": each} for each in variables]
        return {
            "exception": {"values": [{"value": "bad: hunter2!", "stacktrace": {"frames": frames}}]},
            "logentry": {"message": "bad: hunter2!"},
            "extra": {"hunter2!": ["hunter2!", 1]},
        }

    named = {"password": "'hunter2!'", "token": "'0f5a9c77ab'", "secret": "'swordfish'", "api_key": "'orders-eu'"}
    args = {
        "args": ["'hunter2!'", {"x": "b'hunter2!'"}],
        "value": "'0f5a9c77ab'",
        "p": "'swordfish'",
        "q": "'orders-eu'",
    }
    before = event(named, args)
    left = scrub(before)
    (error,) = left["exception"]["values"]
    assert error["stacktrace"]["frames"][1]["vars"] == {
        "args": ["'[Filtered]'", {"x": "b'[Filtered]'"}],
        "value": "'[Filtered]'",
        "p": "'swordfish'",
        "q": "'orders-eu'",
    }
    assert (error["value"], left["logentry"]["message"]) == ("bad: [Filtered]",) * 2
    assert left["extra"] == {"hunter2!": ["[Filtered]", 1]}
    assert before == event(named, args)
    told = scrub(
        event({"url": "'amqp://joe:0f5a9c77ab@mq'", "a": "'0f5a9c77ab'"}, {"text": "'joe:0f5a9c77ab'", "b": 1})
    )
    variables = [frame["vars"] for frame in told["exception"]["values"][0]["stacktrace"]["frames"]]
    assert variables == [{"url": "'amqp://[Filtered]@mq'", "a": "'[Filtered]'"}, {"text": "'[Filtered]'", "b": 1}]
    url = {"url": "'http://shop/orders?id=ORD20240001&x=y'", "text": "'ORD20240001 is lost'"}
    (frame,) = scrub(event(url))["exception"]["values"][0]["stacktrace"]["frames"]
    assert frame["vars"] == {"url": "'http://shop/orders?id=[Filtered]&x=[Filtered]'", "text": "'ORD20240001 is lost'"}
    error = {"type": "E", "value": "'token' must be in ['a'] (got '0f5a9c77ab')"}
    frames = {"frames": [{"vars": {"value": "'0f5a9c77ab'"}}]}
    left = scrub({"exception": {"values": [{**error, "stacktrace": frames}]}})
    assert left["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"] == {"value": "'[Filtered]'"}
    assert scrub(event(args))["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"] == args
