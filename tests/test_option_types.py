"""Kinds of options: what is accepted becomes a value that can be used, anything else a sentence."""

import fnmatch
import json
import math
import posixpath
import re
import sys
from pathlib import Path
from typing import Any

import certifi
import pytest
import sentry_sdk
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from judge import complaints
from sentry_relay.processing import StoreNormalizer

from asab_sentry.config import fingerprint_rules, masking, option_types, patterns
from asab_sentry.config.kind import Kind, Reason

END = fnmatch.translate("")[-2:]
"""What a pattern ends with: `\\Z`, or `\\z` from Python 3.14 on."""

TOO_LONG = "File name too long" if sys.version_info < (3, 14) else "there is no such file"

NORMALIZER = StoreNormalizer(project_id=1, enable_trimming=True, remove_other=True)
KINDS = {name: kind for name, kind in vars(option_types).items() if isinstance(kind, Kind)}
KEY = "0123456789abcdef"
DECODE = json.JSONDecoder.decode

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a machine is, is not what is tested."""

ACCEPTED = {
    "SLUG": [("nightly-import", "nightly-import"), ("a_1", "a_1"), ("x" * 50, "x" * 50)],
    "NAME": [("host-1", "host-1"), ("Host č. 1", "Host č. 1"), ("x" * 200, "x" * 200)],
    "BOOLEAN": [(word, True) for word in ("yes", "True", "ON", "1")]
    + [(word, False) for word in ("no", "False", "OFF", "0")],
    "RATE": [("0", 0.0), ("0.25", 0.25), ("1", 1.0), ("1e-3", 0.001)],
    "COUNT": [("0", 0), ("100", 100)],
    "POSITIVE": [("1", 1), ("8192", 8192)],
    "SECONDS": [("0", 0.0), ("2.5", 2.5), ("500ms", 0.5), ("2s", 2.0), ("1m", 60.0)],
    "BUDGET": [("1", 1), ("10", 10), ("off", None), ("OFF", None)],
    "GRACE": [("10", 10.0), ("1m", 60.0), ("off", None), ("Off", None)],
    "INTERVAL": [("60", 60.0), ("500ms", 0.5), ("1h", 3600.0)],
    "LEVEL": [("notice", 25), ("ERROR", 40), ("35", 35), ("off", None), ("Off", None)],
    "WORDS": [
        ("", ()),
        ("one", ("one",)),
        (" one two\n\tthree\n", ("one", "two", "three")),
        ("one, two,three\n,four,", ("one", "two", "three", "four")),
    ],
    "CLASSES": [
        ("", ()),
        ("ValueError, shop.Order.Lost shop.f.<locals>.E", ("ValueError", "shop.Order.Lost", "shop.f.<locals>.E")),
    ],
    "MODULES": [("", ()), ("shop, shop_plugins.mail", ("shop", "shop_plugins.mail"))],
    "TAG_KEYS": [("", ()), ("tenant, order.id", ("tenant", "order.id"))],
    "DSN": [
        (dsn, dsn)
        for dsn in (
            f"https://{KEY}@o1.ingest.sentry.io/42",
            f"http://{KEY}:secret@localhost:9000/prefix/1",
            f"https://{KEY}@[::1]/1",
        )
    ],
    "URL": [(url, url) for url in ("http://proxy:3128", "https://user:password@proxy", "socks5h://localhost:1080")],
    "FILE": [(__file__, __file__)],
    "CERTIFICATES": [(certifi.where(), certifi.where())],
    "DIST": [("1", "1"), (" build-7.linux_x64 ", "build-7.linux_x64"), ("x" * 64, "x" * 64)],
    "DIRECTORY": [("", ""), ("/no/such/place", "/no/such/place"), ("~/spool", "~/spool")],
    "SIZE": [("1", 1), ("500k", 500_000), ("64M", 64_000_000), ("1.5 MB", 1_500_000)],
    "FUNCTION": [("json:dumps", json.dumps), ("json.decoder:JSONDecoder.decode", DECODE)],
    "HOOK": [
        ("posixpath:join", posixpath.join),
        ("builtins:max", max),
        ("json:JSONDecoder.decode", DECODE),
    ],
    "SAMPLER": [("json:dumps", json.dumps), ("builtins:bool", bool)],
    "TARGETS": [
        (r"x{1,2} [,] (a,b) a\,", ("x{1,2}", "[,]", "(a,b)", r"a\,")),
        ("^https://api\\. internal", ("^https://api\\.", patterns.INTERNAL)),
        ("Internal", (patterns.INTERNAL,)),
        ("all", (".*",)),
        ("off", ()),
    ],
    "TRANSACTIONS": [
        ("/health*", ("(?s:.*) (?s:/health.*)" + END,)),
        ("get /a", ("(?s:GET) (?s:/a)" + END,)),
        ("", ()),
    ],
    "STATUSES": [("500-502", frozenset({500, 501, 502})), ("404, 503", frozenset({404, 503})), ("off", frozenset())],
    "FILTERS": [("", ()), ("\\d{6}/\\d{4} ab+", ("\\d{6}/\\d{4}", "ab+")), ("a,b", ("a,b",))],
    "KEYS": [("", ()), ("iban card_holder\nX-Card", ("iban", "card_holder", "X-Card"))],
    "BODY_SIZE": [("never", "never"), ("Small", "small"), ("MEDIUM", "medium"), ("always", "always")],
    "INTEGRATIONS": [("", ()), ("threading\nstdlib", ("threading", "stdlib")), ("redis,httpx", ("redis", "httpx"))],
    "RELEASE": [(text, text) for text in ("app@1.2.3", "23.40-alpha", "é" * 100, "none", "a b")],
    "RULES": [("logger:kazoo* = away", (fingerprint_rules.parse("logger:kazoo* = away"),))],
    "ENVIRONMENT": [(text, text) for text in ("production", "é" * 32, "latest", "a b", "...")],
    "VARIABLES": [("yes", True), ("no", False), ("Own", "own")],
    "LIFECYCLE": [("trace", "trace"), ("Manual", "manual")],
    "NUMBER": [("4711", "4711"), ("0", "0")],
    "FUNCTIONS": [("", ()), ("shop.load\nshop.Order.pay", ("shop.load", "shop.Order.pay"))],
    "PATHS": [("", ()), ("/etc/hostname /srv/*.conf", ("/etc/hostname", "/srv/*.conf"))],
    "TOKEN": [("sntrys_abc", "sntrys_abc")],
    "SHAPES": [("", ()), ("ip Email", ("email", "ip"))],
    "TYPES": [("", ()), ("myapp.models.* torch.Tensor", ("myapp.models.*", "torch.Tensor"))],
}

REFUSED = {
    "SLUG": ["", "x" * 51, "With Space", "Upper", "a/b", "ž"],
    "NAME": ["", "x" * 201, "a\nb", "a\x00"],
    "BOOLEAN": ["", "maybe", "2", "yes please"],
    "RATE": ["", "half", "-0.1", "1.01", "nan", "inf", "50%"],
    "COUNT": ["", "-1", "1.5", "ten", "٣", "1_000", "9" * 5000, str(2**63)],
    "POSITIVE": ["", "0", "-1", "9" * 20],
    "SECONDS": ["", "-1", "soon", "nan", "inf", "1e999", "ms", "infinity", "1e12", "300y"],
    "BUDGET": ["", "0", "-1", "1.5", "some"],
    "GRACE": ["", "0", "-1", "never", "inf", "1e300"],
    "INTERVAL": ["", "0", "-1", "soon", "inf"],
    "LEVEL": ["", "loud", "-1", "none", "1.5"],
    "WORDS": ["kazoo; noisy", "kazoo;noisy"],
    "CLASSES": ["ValueError;KeyError", "ValueError | KeyError", "'ValueError'", "*Error", "shop:Error", "shop.Error()"],
    "MODULES": ["shop.*", "src/shop", "shop-plugins", "shop:app"],
    "TAG_KEYS": ["a/b", "tenant release", "x" * 33],
    "DSN": [
        "nonsense",
        "https://sentry.io/1",
        f"https://{KEY}@sentry.io/",
        f"https://{KEY}@sentry.io/project",
        f"ftp://{KEY}@sentry.io/1",
        f"https://{KEY}@/1",
        f"https://{KEY}@[sentry.io/1",
        f"https://{KEY}@sentry.io:99999/1",
        f"https://{KEY}@sentry.io/1 https://{KEY}@sentry.io/2",
        f"https://{KEY}@sentry.io/1,https://{KEY}@sentry.io/2",
        f"https://{KEY}@sentry.io/-1",
        f"https://{KEY}é@sentry.io/1",
    ],
    "URL": ["", "proxy", "proxy:3128", "http://", "//proxy", "http://[proxy"],
    "FILE": ["/no/such/file", str(Path(__file__).parent), "x" * 5000],
    "CERTIFICATES": ["/no/such/file", str(Path(__file__).parent), "x" * 5000, __file__],
    "DIST": ["", "a b", "é", "a/b", "x" * 65, "a\nb"],
    "DIRECTORY": ["a\x00b", "a\nb"],
    "SIZE": ["", "0", "-1", "much", "nan", "inf", "1e999", "nanM", "infM", "M", "9999999999T"],
    "FUNCTION": ["", "json", "json:", ":dumps", "no_such_module:hook", ".json:dumps", "json:nothing", "json:__name__"],
    "HOOK": ["json", "json:nothing", "json:dumps", "asyncio:sleep", "./json.py:dumps", "json/decoder:JSONDecoder"],
    "SAMPLER": ["json", "json:nothing", "posixpath:commonprefix.x", "operator:add", "asyncio:wait"],
    "TARGETS": ["[", "ok (", "x{99999999999}", "internal, ok"],
    "TRANSACTIONS": ["health", "GET"],
    "STATUSES": ["", "600", "5xx", "500-", "504-500", "0-9223372036854775807", "500-99999999999999999999"],
    "FILTERS": ["[", "ok x*", "a|", "x{99999999999}", "ok, ok"],
    "KEYS": ["--", "iban _"],
    "BODY_SIZE": ["", "huge", "1000", "no"],
    "INTEGRATIONS": ["nothing", "threading _wsgi_common"],
    "RELEASE": ["", ".", "..", "latest", "Latest", "a/b", "a\\b", "a\nb", "a\tb", "x" * 201, "é" * 101, "\udcff"],
    "RULES": ["logger:kazoo*", "kazoo* = away", "path:a = b", "logger:a ="],
    "ENVIRONMENT": ["", ".", "..", "none", "None", "a/b", "a\\b", "a\nb", "a\tb", "x" * 65, "é" * 33, "\udcff"],
    "VARIABLES": ["", "mine", "2"],
    "LIFECYCLE": ["", "auto"],
    "NUMBER": ["", "one", "-1", "1.5"],
    "FUNCTIONS": ["load", "shop:load", "shop..load", "shop.load()"],
    "PATHS": ["app.conf", "~/a", "/a b", "/a, /b"],
    "TOKEN": ["", "a b", "é", "a\nb"],
    "SHAPES": ["names", "email name"],
    "TYPES": ["myapp:Person", "Person()", "a..b"],
}


def cases(table: dict[str, list[Any]]) -> list[Any]:
    """Return the rows of a table of examples as parameters with short names."""
    return [
        pytest.param(KINDS[name], case, id=f"{name}-{index}")
        for name, examples in table.items()
        for index, case in enumerate(examples)
    ]


def test_every_kind_has_examples() -> None:
    """Each kind has examples of what it accepts and of what it refuses."""
    for examples in (ACCEPTED, REFUSED):
        assert sorted(KINDS.keys() ^ examples.keys()) == [], "kinds without examples, or examples without a kind"
    assert all(ACCEPTED.values())
    assert all(REFUSED.values())


@pytest.mark.parametrize(("kind", "case"), cases(ACCEPTED))
def test_accepted(kind: Kind, case: tuple[str, Any]) -> None:
    """An accepted text becomes the value that it says, of the type that is used."""
    text, value = case
    assert kind.parse(text) == value
    assert type(kind.parse(text)) is type(value)


@pytest.mark.parametrize(("kind", "text"), cases(REFUSED))
def test_refused(kind: Kind, text: str) -> None:
    """A text that is not accepted raises ValueError and nothing else."""
    with pytest.raises(ValueError):  # noqa: PT011  # a Reason or not, the sentence is that of the kind
        kind.parse(text)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_sentence(kind: Kind) -> None:
    """Each kind says in one line what it accepts."""
    assert kind.accepts
    assert kind.accepts.isprintable()
    assert not kind.accepts.endswith(".")


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (option_types.DSN, "sentry.io/1", "Unsupported scheme"),
        (option_types.DSN, "https:/sentry.io/1", "Missing hostname"),
        (option_types.DSN, "https://sentry.io/1", "Missing public key"),
        (option_types.DSN, f"https://{KEY}@sentry.io/x", "Invalid project"),
        (option_types.DSN, f"https://{KEY}@[sentry.io/1", "No URL"),
        (option_types.DSN, f"https://{KEY} @sentry.io/1", "White space within it"),
        (option_types.DSN, f"https://{KEY}@sentry.io:99999/1", "Its port is no number up to 65535"),
        (option_types.DSN, f"https://{KEY}@sentry.io:port/1", "Its port is no number up to 65535"),
        (option_types.DSN, "Off", "An empty value switches Sentry off"),
        (option_types.FILE, "/no/such/file", "there is no such file"),
        (option_types.FILE, "x" * 5000, TOO_LONG),
        (option_types.FILE, "/", "it is a directory"),
        (
            option_types.FUNCTION,
            "no_such_module:hook",
            "no_such_module cannot be imported (ModuleNotFoundError: No module named",
        ),
        (option_types.FUNCTION, "json:nothing", "json has no nothing"),
        (option_types.FUNCTION, "json:JSONDecoder.nothing", "json has no JSONDecoder.nothing"),
        (option_types.FUNCTION, "json:__name__", "json:__name__ is not callable"),
        (option_types.HOOK, "asyncio:sleep", "asyncio:sleep is a coroutine function, which nobody awaits"),
        (option_types.HOOK, "json:dumps", "json:dumps cannot be called with (event, hint): too many positional"),
        (option_types.TAG_KEYS, "tenant release", "Tag key 'release' is reserved: "),
        (option_types.PATHS, "/a, /b", "'/a,' ends with a comma, which does not separate here"),
        (option_types.PATHS, "/a,/b", "'/a,/b' has a comma, which does not separate here"),
        (option_types.TARGETS, "localhost,example", "'localhost,example' has a comma, which does not separate here"),
        (option_types.INTEGRATIONS, "Redis", "sentry-sdk has no integration 'Redis'; did you mean redis?"),
        (
            option_types.TARGETS,
            "ok (",
            "'(' is no regular expression (missing ), unterminated subpattern at position 0)",
        ),
        (option_types.INTEGRATIONS, "threading nothing", "sentry-sdk has no integration 'nothing'"),
        (option_types.INTERVAL, "1M", "M is a month in ASAB and a minute to others: write d or m"),
        (option_types.SECONDS, "0.5 M", "M is a month in ASAB and a minute to others: write d or m"),
        (option_types.WORDS, "kazoo; noisy", "'kazoo;' has a semicolon, which does not separate here"),
        (option_types.TRANSACTIONS, "GET POST /a", "'GET POST /a' has more than one method"),
        (option_types.LEVEL, "Eror", "did you mean error?"),
        (option_types.LEVEL, "inf", "did you mean info?"),
        (option_types.SHAPES, "emails, phone", "there is no 'emails'; did you mean email?"),
        (option_types.RELEASE, "é" * 101, "it has 202 bytes"),
        (option_types.ENVIRONMENT, "x" * 65, "it has 65 bytes"),
    ],
)
def test_reason(kind: Kind, text: str, reason: str) -> None:
    """Where more can be said about what is wrong, it is said."""
    with pytest.raises(Reason) as raised:
        kind.parse(text)
    assert str(raised.value).startswith(reason)


@pytest.mark.parametrize(
    "dsn",
    [
        f"{KEY}@sentry.io/1",
        f"{KEY}:secret@sentry.io/1",
        f"a{KEY}://sentry.io/1",
        f"https://public:{KEY}/x@sentry.io/1",
        f"https://{KEY}\u2100@sentry.io/1",
        f"https://{KEY}@sentry.io/{KEY}",
        f"https:/{KEY}@sentry.io/1",
        f"https://a {KEY}@sentry.io/1",
        KEY,
    ],
)
def test_reason_keeps_the_key(dsn: str) -> None:
    """No part of a malformed DSN stands in what is said about it."""
    with pytest.raises(Reason) as raised:
        option_types.DSN.parse(dsn)
    assert KEY not in str(raised.value)


def test_hook_that_fails_on_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is one line also where the error of the hook's module has several."""
    (tmp_path / "hook_that_fails.py").write_text("raise RuntimeError('first\\nsecond')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Reason) as raised:
        option_types.HOOK.parse("hook_that_fails:hook")
    assert str(raised.value) == "hook_that_fails cannot be imported (RuntimeError: first second)"


def test_hook_that_is_decorated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a decorator takes counts, and not what the function that it decorates does."""
    (tmp_path / "hooks_of_two_kinds.py").write_text(
        "import functools\n\n\ndef of_event(hook):\n    @functools.wraps(hook)\n    def call(event, hint):\n"
        "        return hook(event)\n\n    return call\n\n\n@of_event\ndef hook(event):\n    return event\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert option_types.HOOK.parse("hooks_of_two_kinds:hook")({}, {}) == {}


def test_integrations_are_those_of_the_sdk() -> None:
    """Each module of sentry-sdk's integrations can be named, and what is private cannot."""
    folder = Path(sentry_sdk.integrations.__file__).parent
    public = sorted(path.stem for path in folder.iterdir() if not path.name.startswith("_"))
    assert {"aiohttp", "logging", "threading", "openai_agents"} <= set(public)
    assert option_types.INTEGRATIONS.parse(" ".join(public)) == tuple(public)


@CALM
@given(st.text(max_size=70) | st.text(st.characters(), max_size=6))
@example("latest ")
@example("\u2028x")
@example("a\x85")
@example(" x")
@pytest.mark.parametrize(
    ("kind", "key"), [(option_types.RELEASE, "release"), (option_types.ENVIRONMENT, "environment")]
)
def test_sentry_takes_it(kind: Kind, key: str, text: str) -> None:
    """Whatever is accepted as release or environment is stored by Sentry as it is."""
    try:
        value = kind.parse(text)
    except ValueError:
        return
    assert complaints({key: value}) == []
    assert NORMALIZER.normalize_event({key: value})[key] == value


@CALM
@given(
    kind=st.sampled_from([option_types.RELEASE, option_types.ENVIRONMENT]),
    text=st.sampled_from(["x", "é", "€", "𝄞"]),
    times=st.integers(15, 201),
)
def test_sentry_takes_long_ones(kind: Kind, text: str, times: int) -> None:
    """The longest accepted release and environment are the longest that Sentry takes, counted in bytes."""
    key = "release" if kind is option_types.RELEASE else "environment"
    stored = NORMALIZER.normalize_event({key: text * times})[key]
    try:
        assert kind.parse(text * times) == stored
    except Reason:
        assert stored is None


@CALM
@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=200))
def test_sentry_takes_the_name(name: str) -> None:
    """Whatever is accepted as the name of the server is stored by Sentry as it is."""
    event = {"server_name": option_types.NAME.parse(name)}
    assert complaints(event) == []
    assert NORMALIZER.normalize_event(event)["tags"] == [["server_name", name]]


@CALM
@given(st.text(max_size=20))
@pytest.mark.parametrize("name", sorted(KINDS.keys() - {"FUNCTION", "HOOK", "SAMPLER", "FILE"}))
@pytest.mark.filterwarnings("ignore::FutureWarning")  # of patterns that will mean something else
def test_any_text(name: str, text: str) -> None:
    """Any text is either accepted or raises ValueError."""
    try:
        value = KINDS[name].parse(text)
    except ValueError:
        return
    assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (None, "app@1.2.3", "app@1.2.3"),
        (None, "see http://user:password@host/x", "see http://***@host/x"),
        (None, "x" * 100, "x" * 100),
        (None, "x" * 101, "x" * 97 + "..."),
        (option_types.RELEASE, "app@1/2", "app@1/2"),
        (option_types.DSN, "https://key:secret@host/x", "https://***@host/x"),
        (option_types.DSN, "https://ke/y\n@se@host", "https://***@host"),
        (option_types.DSN, "https:/key@host", "***@host"),
        (option_types.DSN, "key", "***"),
        (option_types.URL, "user:password@proxy", "***@proxy"),
        (option_types.URL, "socks://user:password@proxy", "***@proxy"),
        (option_types.URL, "proxy:3128", "proxy:3128"),
    ],
)
def test_masked(kind: Kind | None, text: str, shown: str) -> None:
    """A text is shown without the credentials in it, and shortened."""
    assert masking.masked(text, kind) == shown


@pytest.mark.parametrize(
    ("url", "internal"),
    [
        ("http://localhost:8080/x", True),
        ("http://127.0.0.1/x", True),
        ("https://10.1.2.3:443/", True),
        ("http://172.16.0.9/x", True),
        ("http://172.32.0.9/x", False),
        ("http://192.168.1.1", True),
        ("http://[::1]:80/", True),
        ("http://[fd00::1]/", True),
        ("http://[2001:db8::1]/", False),
        ("http://my-service:8080/path.with.dots?q=a.b", True),
        ("http://user:pw@my-service/", True),
        ("https://api.example.com/localhost", False),
        ("https://example.com:443/my-service", False),
        ("https://my-service@example.com/", False),
        ("https://8.8.8.8/", False),
    ],
)
def test_internal(url: str, internal: bool) -> None:
    """Of the fleet are loopback, private addresses and names without a dot, whatever else an address holds."""
    assert (re.search(patterns.INTERNAL, url) is not None) is internal
