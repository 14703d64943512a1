"""The corpus of secrets: what is in secrets.toml, and secrets of which no five characters are anywhere else."""

import base64
import functools
import json
import random
import shlex
import string
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import yarl

HERE = Path(__file__).parent
RUN = 5
"""So many characters of a secret in a row are a leak."""

ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase + "234567",
    "hex": "0123456789abcdef",
    "base64": string.ascii_letters + string.digits + "+/",
    "digits": string.digits,
    "password": "".join(map(chr, range(0x21, 0x7F))),
}


def card(random_: random.Random) -> str:
    """Return the number of a payment card, of 16 digits."""
    digits = "4" + "".join(random_.choices(string.digits, k=14))
    odd = sum(sum(divmod(int(digit) * 2, 10)) for digit in digits[::2])
    return digits + str(-(odd + sum(map(int, digits[1::2]))) % 10)


def make_secret(kind: str, seed: str) -> str:
    """Return a secret of a kind, as in `alnum 16`; the same one for the same seed."""
    alphabet, length = kind.split()
    random_ = random.Random(seed)
    if alphabet == "card":
        return card(random_)
    if alphabet == "grouped":
        digits = card(random_)
        return " ".join(digits[place : place + 4] for place in range(0, 16, 4))
    if alphabet == "known":
        half = "".join(random_.choices(ALPHABETS["alnum"], k=int(length) // 2 - 1))
        return f"{half}+/{''.join(random_.choices(ALPHABETS['alnum'], k=int(length) // 2 - 1))}"
    return "".join(random_.choices(ALPHABETS[alphabet], k=int(length)))


def written(secret: str, key: str) -> dict[str, Callable[[], str]]:
    """Return the ways in which a secret is written, by the names that they have in the corpus."""
    in_json = json.dumps(secret)[1:-1]

    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    return {
        "key": lambda: key,
        "secret": lambda: secret,
        "text": lambda: secret,
        "repr": lambda: repr(secret),
        "bytes": lambda: repr(secret.encode()),
        "json": lambda: json.dumps(secret),
        "injson": lambda: in_json,
        "injson2": lambda: json.dumps(in_json)[1:-1],
        "injson3": lambda: json.dumps(json.dumps(in_json)[1:-1])[1:-1],
        "inrepr": lambda: secret.replace("\\", "\\\\").replace("'", "\\'"),
        "jsoninrepr": lambda: in_json.replace("\\", "\\\\").replace("'", "\\'"),
        "indouble": lambda: "".join("\\" + each if each in '\\"$`' else each for each in secret),
        "insql": lambda: secret.replace("\\", "\\\\").replace("'", "\\'"),
        "url": lambda: quote(secret, safe=""),
        "lowerurl": lambda: "".join(f"%{ord(each):02x}" if each in "+/" else each for each in secret),
        "yarl": lambda: str(yarl.URL.build(query={"a": secret})).removeprefix("?a="),
        "b64": lambda: encoded(f"joe:{secret}"),
        "b64only": lambda: encoded(secret),
        "b64url": lambda: base64.urlsafe_b64encode(f"joe:{secret}".encode()).decode().rstrip("="),
        "hexed": lambda: secret.encode().hex(),
        "half": lambda: secret[: len(secret) // 2 + 1],
        "xml": lambda: escape(secret, {'"': "&quot;"}),
        "sh": lambda: shlex.quote(secret),
        "sql": lambda: "'{}'".format(secret.replace("'", "''")),
    }


class _Template(string.Template):
    flags = 0  # names are in lower case


class _Lazy(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        self[name] = text = self.ways[name]()
        return text

    ways: dict[str, Callable[[], str]]


def spelled(template: str, secret: str, key: str = "") -> str:
    """Return a text of the corpus with a secret in it."""
    values = _Lazy()
    values.ways = written(secret, key)
    return _Template(template.removeprefix("\n")).substitute(values)


@dataclass(frozen=True)
class Kind:
    """A kind of secret: what it is made of, its name if it has one, and the texts in which it stands."""

    family: str
    name: str
    secret: str
    texts: tuple[str, ...]
    key: str = ""


SAMPLE_KEYS = ("password", "api_key", "clientSecret", "DB_PASSWORD", "auth_token")
"""Names with which a spelling is tried by itself."""

PLAIN = ("assignments.plain", "assignments.single quotes", "json.object", "http.query", "commands.option")
"""Spellings in which each name is tried by itself; all names in all spellings are a number of their own."""


@functools.cache
def data() -> dict[str, Any]:
    """Return what is in secrets.toml."""
    return tomllib.loads((HERE / "secrets.toml").read_text("utf-8"))


@functools.cache
def spellings() -> dict[str, str]:
    """Return the spellings of what has a name: templates by `family.name`."""
    return {
        f"{family}.{name}": template for family, each in data()["spellings"].items() for name, template in each.items()
    }


@functools.cache
def names() -> dict[str, str]:
    """Return the names of secrets, with their families."""
    return {name: family for family, listed in data()["names"].items() for name in listed.split()}


def length_of(name: str) -> str:
    """Return what a secret of this name is made of."""
    return "digits 8" if names().get(name) == "numbers" else "alnum 20"


def kinds() -> Iterator[Kind]:
    """Yield all kinds of secrets in texts."""
    for name, family in names().items():
        yield Kind(f"name: {family}", name, length_of(name), tuple(spellings()[each] for each in PLAIN), name)
    for number, (name, template) in enumerate(spellings().items()):
        family, _, short = name.partition(".")
        key = SAMPLE_KEYS[number % len(SAMPLE_KEYS)]
        yield Kind(f"spelling: {family}", short, "alnum 20", (template,), key)
    for family, entries in data()["texts"].items():
        secret = entries["secret"]
        for name, entry in entries.items():
            if name != "secret":
                own, texts = (entry["secret"], entry["texts"]) if isinstance(entry, dict) else (secret, entry)
                yield Kind(family, name, own, tuple(texts))
    yield from wild()


def grid() -> dict[str, str]:
    """Return the grid of spellings: templates by what they are made of."""
    parts = data()["grid"]
    return {
        f"{name}{between}{secret}": f"retry: {name}{between}{secret} of it"
        for name in parts["names"]
        for between in parts["between"]
        for secret in parts["secrets"]
        if _is_written(name, between)
    }


def _is_written(name: str, between: str) -> bool:
    """Return whether anybody writes so: options have `=` or a space behind them."""
    return between in ("=", " ", " = ") if name.startswith("--") else between != " "


def wild() -> Iterator[Kind]:
    """Yield the spellings that are kinds of their own, and those whose secrets are words."""
    for family in ("wild", "words"):
        for text in data()[family]["texts"]:
            yield Kind(family, text, data()[family]["secret"], (text,))


def runs(secret: str) -> set[str]:
    """Return what must not be seen of a secret: each five characters in a row."""
    return {secret[place : place + RUN] for place in range(max(len(secret) - RUN + 1, 1))}
