"""Many texts that are looked for in one, and the ways in which a secret is written."""

import base64
import html
import itertools
import json
from urllib.parse import quote, quote_plus

import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from asab_sentry.pipeline.scrubbing.finder import FEW, PIECE, Finder
from asab_sentry.pipeline.scrubbing.spellings import spellings

words = st.text(alphabet="ab", min_size=PIECE, max_size=9)


@given(
    st.lists(words, max_size=6) | st.lists(words, min_size=FEW + 1, max_size=FEW + 9, unique=True),
    st.text(alphabet="abc", max_size=40),
)
def test_all_are_found(known: list[str], text: str) -> None:
    """Each place of each is found, and nothing else."""
    there = {
        place
        for word in known
        for start in range(len(text))
        if text.startswith(word, start)
        for place in range(start, start + len(word))
    }
    spans = list(Finder(known).find(text))
    assert {place for start, end in spans for place in range(start, end)} == there
    assert spans == sorted(spans)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


@given(st.lists(words, max_size=6), st.text(alphabet="ab", max_size=20))
def test_what_begins_at_the_end(known: list[str], text: str) -> None:
    """It is found where the first of them begins of which the text has a part at its end."""
    begins = [start for start in range(len(text) - PIECE + 1) if any(word.startswith(text[start:]) for word in known)]
    assert Finder(known).begun(text) == (begins[0] if begins else None)


def test_the_work_does_not_depend_on_how_many_are_known() -> None:
    """Of a text as many pieces are looked up with 5,000 known as with fifty."""

    class Text(str):
        """Counts how often a piece of it is taken."""

        __slots__ = ()
        pieces = 0

        def __getitem__(self, place):
            Text.pieces += 1
            return super().__getitem__(place)

    counts = []
    for known in (50, 5000):
        finder = Finder(f"S3cr3t-{number * 7919:012d}" for number in range(known))
        Text.pieces = 0
        assert list(finder.find(Text("the order of a customer " * 300))) == []
        counts.append(Text.pieces)
    assert counts[0] == counts[1]


SECRET = "p@ss w/rd+\"é'\\&<1>%"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower().replace("é", "%c3%a9"),
        yarl.URL.build(scheme="http", host="h", user="u", password=SECRET).raw_password,
        yarl.URL.build(query={"a": SECRET}).raw_query_string[2:],
        yarl.URL.build(path=f"/{SECRET}").raw_path[1:],
        repr(SECRET)[1:-1],
        repr(SECRET.encode())[2:-1],
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(SECRET))[3:-3],
        repr(json.dumps(SECRET))[2:-2],
        html.escape(SECRET),
        SECRET.encode().hex(),
    ],
)
def test_spellings(written: str) -> None:
    """A secret is known as it is, in URLs, as Python, JSON and HTML write it, and in hexadecimal digits."""
    assert list(Finder(spellings(SECRET)).find(f"<{written}>")) == [(1, len(written) + 1)]


@pytest.mark.parametrize("before", ["", "a", "joe:", "user:", "longer-user:"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64(before: str, after: str, encode) -> None:
    """In base64 a secret is known whatever stands before and behind it."""
    secret = "Sw0rdfish>>?/7"
    text = encode(f"{before}{secret}{after}".encode()).decode()
    ((start, end),) = Finder(form for form in spellings(secret) if len(form) >= PIECE).find(text)
    shown = text[:start].rstrip("=") + "A" * (end - start) + text[end:].rstrip("=")
    left = base64.urlsafe_b64decode(shown.replace("+", "-").replace("/", "_") + "=" * (-len(shown) % 4))
    assert not any(secret[place : place + 2].encode() in left for place in range(len(secret) - 1))


def test_lines() -> None:
    """Of a value of several lines, as a key, long lines are known by themselves."""
    forms = set(spellings("first line of the key\nend\nsecond line of the key"))
    assert {"first line of the key", "second line of the key"} <= forms
    assert "end" not in forms


def test_what_is_no_text_for_urls() -> None:
    """A value of the environment that is not UTF-8 is known, too."""
    value = b"hunter2-\xff-hunter2".decode("utf-8", "surrogateescape")
    assert value in set(spellings(value))
    assert "hunter2-%FF-hunter2" in set(spellings(value))
