"""Secrets by their shape: each rule by its own examples, and at a cost that grows with the text and no faster."""

import itertools
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asab_sentry.pipeline.scrubbing.secret_patterns import rules
from asab_sentry.pipeline.scrubbing.secret_patterns.rule import Rule
from asab_sentry.pipeline.scrubbing.secret_patterns.rules import PERSONAL, RULES
from asab_sentry.secret_keys.denylist import FILTERED

ALL = RULES | PERSONAL
EXAMPLES = [
    pytest.param(rule, text, left, id=f"{name}-{number}")
    for name, rule in ALL.items()
    for number, (text, left) in enumerate(rule.examples.items())
]

HOSTILE = [
    *("://", "://a:b", "://a@", "://a:", "://?a=&", "://u:1", "eyJ", "eyJ.", "eyJa.b", "-----BEGIN "),
    *("-----BEGIN PRIVATE KEY-----", "-----BEGIN A PRIVATE KEY----------END ", "4 ", "4", "4-", "1 4", "password"),
    *("a=", "password='", 'password="a', "password='\\'", "token: ", "a.b", "a:", "Bearer ", "Bearer a", "Basic aaaa"),
    *("Digest username=", "Token =", ",", "\\", "a= ", "password=>", "_", "-", "a b=", "[Filtered]"),
    *('token="[Filtered]', "token='[Filtered]", "token=' ", "token=Bearer "),
    *("<password>", "<password>x", "<password> ", "<password>x ", "</", "<a ", "<a:password x='", "<token/>", "<"),
    *("<password><![CDATA[", "]]>", "<token>[Filtered]", "...", "<token>...", "<token>'[Filtered]", "<token>none,"),
    *('name="password"', 'name="password"\r\n', 'name="token"\n\n', 'name="token"\\n\\n', "\r\n", "\n--", "\\n--"),
    *("+1 ", "00420 ", "0123 ", "(55) ", "12 ", "tel: 1 ", "tel 1234567", "%2B1", "555-", "1.2.3.4", "1.2.3.", "::"),
    *("a:b:", "[::1]", "2001:db8::7 ", "@a.", "joe@", "a@b.c", "%40", "DE89 ", "DE89AAAA", "de8"),
    *('name="token"\n\n"[Filtered]', 'name="token"\n\n"', "name=", 'name="token"\na:', 'name="token"\n\nnone\n--'),
]
"""Texts that consist of what the rules look for, and of nothing else."""

LINES = [
    *("password,a\n", "a|token\n", "token  a\n", "token,a\\n", "kind: Secret\ndata:\n  a: b\n", "kind: Secret data: {"),
    *("[SQL: a=? ", "[parameters: (", "Duplicate entry '", " -u a -p ", " -u a -p {", "<<< ", "password for a: "),
    *("token (a): ", "password|", "<password value=", "<td>token</td>", "mnemonic: a b ", "&lt;", "\u0430p", "\uff50"),
    *("\\u0022", "password=[token=? a=? "),
    *(
        "LOGIN a ",
        "AUTH\r\n$1\r\n",
        "\x00a",
        "'token' must (got '",
        "SELECT token=? ",
        "'a' AS ",
        " -u a:b ",
        "token: <<A\n",
    ),
    *("jwt.decode(a, 'x', ", "jwt.decode(,'", "hmac.new('", "decrypt with key ", "vault kv put a b=c ", "vault put"),
    *(
        "your code is ",
        "::add-mask::",
        "[a]:25 b:",
        "put-parameter ",
        "--value ",
        "mc alias set a b c ",
        "'AUTH', 'a', '",
    ),
    *(
        "following token ",
        "token refreshed: ",
        "token d'a",
        "token de ",
        "token\u300c",
        "'params': ['",
        "1234 is your ",
    ),
    *("$9$a$", "snmp-server ", "Ihr Code ", "joe:a1b2c3d4@1.1.1.1", "token pro a je ", "following token a "),
    *("[passwords]\\na=", "'immutable' data: {", "token: Token {", "login('a', '", "Raw value: '", "$1 = 'a' SELECT "),
    *("connect('a', ", "connect('a', 'b", "set_password(a, ", "password: old=aaaa ", "password: old=aaaa new=", "', '"),
    *(
        "seed phrase abc ",
        "phrase abc, abc ",
        "credentials joe / ",
        "credentials: a, ",
        "secret for a b ",
        "code 1234-123 ",
    ),
    *(
        "runas /p:",
        "mkpasswd -m a ",
        "SELECT token = :a ",
        "SELECT token = %(a)s a='b' ",
        "; 'a' SELECT token=?",
        "sip:a:",
    ),
    *("INSERT INTO t (token) VALUES (:a ", "Parameters: a(String), SELECT token=? "),
]
"""The same of what stands in other lines or behind other words."""


def clean(text: str) -> str:
    for rule in ALL.values():
        text = rule.clean(text)
    return text


@pytest.mark.parametrize(("rule", "text", "left"), EXAMPLES)
def test_examples(rule: Rule, text: str, left: str) -> None:
    """A rule leaves of each of its examples what stands beside it, and all rules together leave no more."""
    assert rule.clean(text) == left
    assert clean(clean(text)) == clean(text)


def test_each_rule_shows_what_it_hides_and_what_it_leaves() -> None:
    """Each rule has an example of which it hides a part, and one that it leaves."""
    for name, rule in ALL.items():
        changed = {text != left for text, left in rule.examples.items()}
        assert changed == {True, False}, name


@settings(max_examples=100)
@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=30).map("".join))
@example('password="al\u00f97name="token"\n\n')
def test_any_text(text: str) -> None:
    """Any text is cleaned, without a failure, and is then clean; what was left out before may be less the next time."""
    for rule in ALL.values():
        once = rule.clean(text)
        assert rule.clean(once) == once or FILTERED in text


def test_quick_checks_miss_nothing() -> None:
    """What tells cheaply which texts are searched lets each example through."""
    for rule in RULES.values():
        for text, left in rule.examples.items():
            assert text == left or (rule.may_hold(text) and (len(text) >= rules.LONG or rules.SIGNS & set(text)))


@pytest.mark.parametrize("unit", [*HOSTILE, *LINES])
@pytest.mark.parametrize("end", ["", "@", "'", " "])
def test_hostile_texts(unit: str, end: str) -> None:
    """Eight times the text takes nowhere near 64 times as long, as it would if the time grew with its square."""
    _is_linear("", unit, end)


@pytest.mark.parametrize(
    "beginning",
    [
        *(
            "\\npassword=",
            "'password': '",
            "password: x",
            "[passwords]\\n",
            "'[credentials]\\na=",
            "SELECT token=?",
            "a,token\n",
        ),
        *("\\nCookie: a=b", "kind: Secret\ndata:", '{"name": "password"', "AUTH", "curl -u ", "password=", "token=('"),
    ],
)
def test_backslashes(beginning: str) -> None:
    """The same holds for many backslashes, which are that of one escape, behind what makes rules look at them."""
    _is_linear(beginning, "\\", "")


@pytest.mark.parametrize("unit", ["a-", "a.", "a_1-", "\n"])
@pytest.mark.parametrize(
    "beginning",
    [
        *("Bearer ", "cookie ", "password ", "token: Token {", 'LOGIN a "', "login('a', '", "password=<<A\n"),
    ],
)
def test_words_with_dashes(beginning: str, unit: str) -> None:
    """The same holds for words with dashes behind a name, as names of resources are, and for empty lines."""
    _is_linear(beginning, unit, "")


@pytest.mark.parametrize(("rule", "text", "left"), [each for each in EXAMPLES if each.values[1] != each.values[2]])
def test_beginnings_of_examples(rule: Rule, text: str, left: str) -> None:
    """The same holds for a rule whose example is followed by its own beginning, by itself or by backslashes."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(text, left, strict=False))
    beginning = "".join(one for one, _ in same) or text[: len(text) // 2]
    for before, unit in ((f"{text}\n", beginning), (f"{text}\n", text), (f"{text}\n", "\\"), (beginning, "\\")):
        _is_linear(before, unit, "", rule.clean)


def _is_linear(beginning: str, unit: str, end: str, clean: Callable[[str], str] = clean) -> None:
    def seconds(length: int) -> float:
        text = beginning + unit * (length // len(unit)) + end
        began = time.thread_time()
        clean(text)
        return time.thread_time() - began

    short = min(seconds(2_000) for _ in range(2))
    assert any(seconds(16_000) < 32 * max(short, 0.000_2) for _ in range(2))


@pytest.mark.parametrize(
    "text",
    [
        *("password={}", "password='{}'", '{{"password": "{}"}}', "sent Bearer 1{}", "token=Basic {}"),
        *("<password>{}</password>", "<token><![CDATA[{}]]></token>", 'name="token"\r\n\r\n{}\r\n--b--'),
    ],
)
def test_long_secrets(text: str) -> None:
    """Of a secret nothing is left, however long it is, nor when the text is cut within it."""
    long = text.format("x" * 100_000)
    assert "xx" not in clean(long)
    assert "xx" not in clean(long[:6000])
    assert "xx" not in clean(long[:6000] + "...")


def test_source_code() -> None:
    """Lines of source code have a rule of their own for what a name is assigned, and the same ones for all else."""
    assert rules.in_source(RULES["assignments"]).clean("password = read(path)") == "password = read(path)"
    assert rules.in_source(RULES["JSON Web Tokens"]) is RULES["JSON Web Tokens"]


@given(st.from_regex(r"-?[0-9]{1,12}\.[0-9]{1,20}(?:e[+-][0-9]{1,3})?", fullmatch=True))
def test_decimals(text: str) -> None:
    """No rule looks for a number with a decimal point, by which none of a card is written."""
    assert [name for name, rule in RULES.items() if rule.clean(text) != text] == []
