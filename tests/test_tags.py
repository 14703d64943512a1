"""Tags: each rule has its sentence, and what passes is what Sentry keeps."""

import enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from judge import complaints
from sentry_relay.processing import StoreNormalizer

from asab_sentry import SentryService, tags

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a machine is, is not what is tested."""

NORMALIZER = StoreNormalizer(project_id=1, enable_trimming=True, remove_other=True)

# Lone surrogates among them, as in names of files that are not UTF-8.
any_text = st.text(st.characters(), max_size=8) | st.text(max_size=tags.MAX_VALUE + 10)


class Broken(int):
    """A number that can neither be shown nor written."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class Colour(enum.IntEnum):
    RED = 1


class list:  # noqa: A001  # reprlib goes by the name of the class
    pass


def kept(key: str, text: str) -> bool:
    """Return whether Sentry keeps the tag as it is, without a remark."""
    event = {"tags": {key: text}}
    return complaints(event) == [] and NORMALIZER.normalize_event(event)["tags"] == [[key, text]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        ("é/\\\t€", "é/\\\t€"),
        ("x" * 200, "x" * 200),
        (" around\r", "around"),
        ("caf\udce9", "caf?"),
        (0, "0"),
        (-7, "-7"),
        (1.5, "1.5"),
        (float("nan"), "nan"),
        (True, "True"),
        (False, "False"),
        (Colour.RED, "1"),
    ],
)
def test_value(value: Any, text: str) -> None:
    """Text, numbers and truth values are sent as text that Sentry keeps."""
    assert tags.text("key", value) == text
    assert type(tags.text("key", value)) is str
    assert kept("key", text)


@pytest.mark.parametrize("key", ["k", "K9", "a_b.c:d-e", "x" * 32, "Release", "0"])
def test_key(key: str) -> None:
    """Keys of up to 32 letters, digits and some signs are kept by Sentry."""
    assert kept(key, tags.text(key, "value"))


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (None, "v", "Tag key None must be a string, not NoneType"),
        (7, "v", "Tag key 7 must be a string, not int"),
        (b"k", "v", "Tag key b'k' must be a string, not bytes"),
        pytest.param(10**5000, "v", "Tag key <int of 16610 bits> must be", id="huge key"),
        ("", "v", "Tag key '' must not be empty"),
        ("k" * 33, "v", f"Tag key '{'k' * 33}' has 33 characters, at most 32 are accepted"),
        ("a b", "v", "Tag key 'a b' may hold only letters, digits and _ . : -"),
        ("a\n", "v", "Tag key 'a\\n' may hold only letters, digits and _ . : -"),
        ("é", "v", "Tag key 'é' may hold only letters, digits and _ . : -"),
        ("k", None, "Tag 'k': value None must be a str, int, float or bool, not NoneType"),
        ("k", b"v", "Tag 'k': value b'v' must be a str, int, float or bool, not bytes"),
        ("k", {"a": 1}, "Tag 'k': value {'a': 1} must be a str, int, float or bool, not dict"),
        ("k", list(), "Tag 'k': value <"),
        ("k", 1j, "Tag 'k': value 1j must be a str, int, float or bool, not complex"),
        pytest.param("k", 10**5000, "Tag 'k': value <int", id="huge value"),
        pytest.param("k", Broken(1), "Tag 'k': value <Broken: repr() failed", id="broken value"),
        ("k", "v" * 201, f"Tag 'k': value '{'v' * 27}...{'v' * 28}' has 201 characters, at most 200 are accepted"),
        ("k", 10**200, f"Tag 'k': value '1{'0' * 26}...{'0' * 28}' has 201 characters, at most 200 are accepted"),
        ("k", "a\nb", "Tag 'k': value 'a\\nb' must not contain a newline"),
        ("k", "", "Tag 'k': value '' must not be empty"),
        ("k", " \t", "Tag 'k': value ' \\t' must not be empty"),
    ],
)
def test_rule(key: Any, value: Any, sentence: str) -> None:
    """A broken rule is named in one sentence with the value, shortened, in it."""
    with pytest.raises(tags.InvalidTag) as raised:
        tags.text(key, value)
    assert str(raised.value).startswith(sentence)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("key", sorted(tags.RESERVED))
def test_reserved_key(key: str) -> None:
    """The keys that Sentry takes away without a word are refused, with all of them in the sentence."""
    assert NORMALIZER.normalize_event({"tags": {key: "value"}}).get("tags") is None
    with pytest.raises(tags.InvalidTag, match=f"^Tag key '{key}' is reserved: Sentry fills dist, .*, user itself$"):
        tags.text(key, "value")


def test_rules_in_words() -> None:
    """Page and reference have the rules of the code."""
    page = (Path(__file__).parents[1] / "docs" / "enrich.md").read_text(encoding="utf-8")
    assert f"| key | 1 to {tags.MAX_KEY} of the characters " in page
    assert f"| reserved keys | {', '.join(f'`{key}`' for key in sorted(tags.RESERVED))}: " in page
    assert f"| value | a str of 1 to {tags.MAX_VALUE} characters " in page
    reference = (SentryService.set_tag.__doc__ or "").replace("`", "")
    assert f"key: Up to {tags.MAX_KEY} {tags.KEY}; not one of asab_sentry.tags.RESERVED" in reference


@CALM
@given(any_text)
@example("\x85")
@example("\x1c x")
@example("a\rb")
@example("\x00")
@example("\udcff")
def test_accepted_value_is_kept(value: str) -> None:
    """Whatever value is accepted is one that Sentry keeps as it is."""
    try:
        text = tags.text("key", value)
    except tags.InvalidTag:
        return
    assert kept("key", text)
    assert tags.text("key", text) == text


@CALM
@given(any_text | st.text(alphabet="azAZ09_.:-", max_size=tags.MAX_KEY + 1))
def test_accepted_key_is_kept(key: str) -> None:
    """Whatever key is accepted is one that Sentry keeps as it is."""
    try:
        text = tags.text(key, "value")
    except tags.InvalidTag:
        return
    assert kept(key, text)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=5) | any_text | st.builds(object),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3) | st.tuples(inner),
    max_leaves=5,
)


@CALM
@given(anything, anything)
def test_no_other_error(key: Any, value: Any) -> None:
    """Whatever is given, it is a text that Sentry keeps or an `InvalidTag`, and no other error."""
    try:
        text = tags.text(key, value)
    except tags.InvalidTag:
        return
    assert kept(key, text)
