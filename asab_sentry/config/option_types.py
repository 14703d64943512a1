"""How the text of an option becomes a value: each kind parses a text and says in one sentence what it accepts."""

import fnmatch
import importlib
import math
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import sentry_sdk.integrations
import sentry_sdk.utils

from ..sdk import integration_arguments
from ..secret_keys import denylist
from . import backtracking, fingerprint_rules, levels, units


class Kind(NamedTuple):
    """A kind of option: `parse` raises ValueError when a text is not what `accepts` says."""

    parse: Callable[[str], Any]
    accepts: str


class Reason(ValueError):
    """Says more about what is wrong with a text than `Kind.accepts` does, in words meant for operators."""


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, separated by white space or lines."""
    return tuple(text.split())


def _one_of(table: dict[str, Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        if text.lower() not in table:
            raise ValueError
        return table[text.lower()]

    return parse


def _rate(text: str) -> float:
    value = float(text)
    if not 0.0 <= value <= 1.0:
        raise ValueError
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    value = int(text)
    if value > sys.maxsize:  # no list is as long, and no counter goes as far
        raise Reason("it is too large")
    return value


def _each(is_right: Callable[[str], Any], fault: str) -> Callable[[str], tuple[str, ...]]:
    """Return what parses words, each of which is right."""

    def parse(text: str) -> tuple[str, ...]:
        for word in words(text):
            if not is_right(word):
                raise Reason(f"{word!r} {fault}")
        return words(text)

    return parse


def _or_off(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return what parses a value, or `off`, which is None."""
    return lambda text: None if text.lower() == "off" else parse(text)


def _is_path(text: str) -> bool:
    return text.startswith("/") and "\0" not in text


def _number(text: str) -> str:
    return str(_count(text))


_function_name = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")


def _positive(text: str) -> int:
    value = _count(text)
    if value == 0:
        raise ValueError
    return value


def _interval(text: str) -> float:
    value = _seconds(text)
    if not value:
        raise ValueError
    return value


def _seconds(text: str) -> float:
    value = float(units.seconds(text))
    if not (math.isfinite(value) and value >= 0):
        raise ValueError
    if value > threading.TIMEOUT_MAX:  # no lock waits as long
        raise Reason("it is too long")
    return value


def _size(text: str) -> int:
    value = units.size(text)
    if not value > 0:
        raise ValueError
    if value > sys.maxsize:
        raise Reason("it is too large")
    return int(value)


def _directory(text: str) -> str:
    if not text.isprintable():
        raise ValueError
    return text


def _dsn(text: str) -> str:
    if len(text.split()) > 1:
        raise Reason("White space within it")
    try:
        sentry_sdk.utils.Dsn(text)
    except ValueError as error:
        # The rest of the sentence may repeat a part of the value.
        sentences = ("Unsupported scheme", "Missing hostname", "Missing public key", "Invalid project")
        raise Reason(next((known for known in sentences if str(error).startswith(known)), "No URL")) from None
    return text


def _url(text: str) -> str:
    if not urlsplit(text).scheme or not urlsplit(text).hostname:
        raise ValueError
    return text


def _token(text: str) -> str:
    if not (text.isascii() and text.isprintable() and len(text.split()) == 1):
        raise ValueError
    return text


def _file(text: str) -> str:
    try:
        is_file = Path(text).is_file()
    except OSError as error:
        raise Reason(error.strerror) from error
    if not is_file:
        raise Reason("there is no such file")
    return text


def named_object(text: str) -> Any:
    """Return the object of a name as in `module:name`; raise ValueError."""
    module_name, separator, path = text.partition(":")
    if not (separator and module_name and path):
        raise ValueError
    try:
        hook: Any = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        sentence = " ".join(f"{type(error).__name__}: {error}".split())
        raise Reason(f"{module_name} cannot be imported ({sentence})") from error
    for name in path.split("."):
        try:
            hook = getattr(hook, name)
        except AttributeError:
            raise Reason(f"{module_name} has no {path}") from None
    return hook


def _hook(text: str) -> Callable[..., Any]:
    hook = named_object(text)
    if not callable(hook):
        raise Reason(f"{text} is not callable")
    return hook  # type: ignore[no-any-return]


def _patterns(text: str) -> tuple[str, ...]:
    for pattern in words(text):
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise Reason(f"{pattern!r} is no regular expression ({error})") from error
    return words(text)


INTERNAL = (
    r"^[a-z]+://([^@/]*@)?"
    r"(localhost|127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(1[6-9]|2\d|3[01])\.\d+\.\d+"
    r"|169\.254\.\d+\.\d+|\[::1\]|\[f[cde][0-9a-f:]*\]|[^.:/?#@\[\]]+)(:\d+)?([/?#]|$)"
)
"""URLs of the fleet: loopback, private addresses, and names without a dot, as docker-compose gives them."""


def _targets(text: str) -> tuple[str, ...]:
    known = {"internal": (INTERNAL,), "all": (".*",), "off": ()}
    if text.lower() in known:
        return known[text.lower()]
    return tuple(pattern for word in _patterns(text) for pattern in known.get(word, (word,)))


def _transactions(text: str) -> tuple[str, ...]:
    patterns = []
    for line in filter(None, (part.strip() for part in re.split(r"[\n,]", text))):
        method, _, path = line.rpartition(" ")
        if not path.startswith(("/", "*")):
            raise Reason(f"{line!r} names no path")
        patterns.append(f"{fnmatch.translate(method.strip() or '*')[:-2]} {fnmatch.translate(path)}")
    return tuple(patterns)


def _rules(text: str) -> tuple[fingerprint_rules.Rule, ...]:
    rules, reasons = [], []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        try:
            rules.append(fingerprint_rules.parse(line))
        except ValueError as error:
            reasons.append(f"{line!r}: {error}" if len(lines) > 1 else str(error))
    if reasons:
        raise Reason("; ".join(reasons))
    return tuple(rules)


def _statuses(text: str) -> frozenset[int]:
    statuses: set[int] = set()
    if text.lower() == "off":
        return frozenset()
    for word in re.split(r"[\s,]+", text.strip()):
        first, dash, last = word.partition("-")
        lowest, highest = _count(first), _count(last if dash else first)
        if not 100 <= lowest <= highest <= 599:
            raise ValueError
        statuses.update(range(lowest, highest + 1))
    return frozenset(statuses)


def _filters(text: str) -> tuple[str, ...]:
    for pattern in _patterns(text):
        if re.search(pattern, ""):
            raise Reason(f"{pattern!r} matches the empty text, and so everywhere")
        slow = backtracking.slow_text(pattern)
        if slow is not None:
            raise Reason(
                f"{pattern!r} takes too long for {slow[:20]!r} and so on, of {len(slow)} characters: nest no "
                "repetitions, and let none follow another one that matches the same"
            )
    return words(text)


PERSONAL = ("email", "phone", "ip", "iban")


def _personal(text: str) -> tuple[str, ...]:
    named = {word.lower() for word in words(text)}
    for name in sorted(named.difference(PERSONAL)):
        raise Reason(f"there is no {name!r}")
    return tuple(name for name in PERSONAL if name in named)


_type_name = re.compile(r"[\w*?\[\]!<>-]+(?:\.[\w*?\[\]!<>-]+)*")


def _integrations(text: str) -> tuple[str, ...]:
    known = integration_arguments.names()
    for name in words(text):
        if name not in known:
            raise Reason(f"sentry-sdk has no integration {name!r}")
    return words(text)


def _name(text: str) -> str:
    if not 0 < len(text) <= 200 or not text.isprintable():
        raise ValueError
    return text


def _identifier(limit: int, reserved: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        text = text.strip()  # as Sentry does
        if any(character in "/\\" or not character.isprintable() for character in text):
            raise ValueError
        if len(text.encode()) > limit:
            raise Reason(f"it has {len(text.encode())} bytes")
        # Sentry reads these words in any case.
        if text in {"", ".", ".."} or text.lower() == reserved:
            raise ValueError
        return text

    return parse


def _slug(text: str) -> str:
    if re.fullmatch(SLUG_PATTERN, text) is None:
        raise ValueError
    return text


SLUG_PATTERN = r"[a-z0-9_-]{1,50}"
"""What Sentry makes of any other name of a monitor is not foreseeable."""

SLUG = Kind(_slug, "accepted are 1 to 50 of a-z, 0-9, _ and -")
NAME = Kind(_name, "accepted is a name of 1 to 200 characters")
BOOLEAN = Kind(
    _one_of(
        {word: truth for truth, group in ((True, "yes true on 1"), (False, "no false off 0")) for word in group.split()}
    ),
    "accepted is yes or no",
)
OWN = "own"
"""Local variables of the frames of the application, and of no others."""
VARIABLES = Kind(
    lambda text: OWN if text.lower() == OWN else BOOLEAN.parse(text),
    "accepted is yes, no, or own (only in frames of the application)",
)
LIFECYCLE = Kind(_one_of({"trace": "trace", "manual": "manual"}), "accepted is trace or manual")
NUMBER = Kind(_number, "accepted is a number")
FUNCTIONS = Kind(
    _each(_function_name.fullmatch, "is no full name of a function"),
    "accepted are full names of functions, as in shop.orders.load, separated by white space or lines",
)
RATE = Kind(_rate, "accepted is a number from 0 to 1")
COUNT = Kind(_count, "accepted is a whole number, 0 or more")
POSITIVE = Kind(_positive, "accepted is a whole number, 1 or more")
SECONDS = Kind(_seconds, "accepted is a time of 0 or more, in seconds or with a unit as in 500ms, 2s, 1m")
BUDGET = Kind(_or_off(_positive), "accepted is a whole number, 1 or more, or off")
INTERVAL = Kind(_interval, "accepted is a time of more than 0, in seconds or with a unit as in 30s, 1m, 1h")
GRACE = Kind(_or_off(_interval), "accepted is a time of more than 0, in seconds or with a unit as in 30s, 1m, or off")
LEVEL = Kind(_or_off(levels.number), f"accepted is {levels.ACCEPTED}, or off")
WORDS = Kind(words, "names separated by white space or lines")
DSN = Kind(_dsn, "accepted is a DSN as in https://PUBLIC_KEY@HOST/PROJECT_NUMBER")
PATHS = Kind(
    _each(_is_path, "is no absolute path"),
    "accepted are absolute paths separated by white space or lines, with * for any characters",
)
TOKEN = Kind(_token, "accepted is a token as Sentry shows it, without white space")
URL = Kind(_url, "accepted is a URL as in http://proxy:3128")
FILE = Kind(_file, "accepted is the path of a file")
DIRECTORY = Kind(_directory, "accepted is the path of a directory, or nothing")
SIZE = Kind(_size, "accepted is a size of more than 0, in bytes or with a unit as in 500k, 64M, 1G")
HOOK = Kind(_hook, "accepted is module:callable")
TARGETS = Kind(_targets, "accepted is internal, all, off, or regular expressions separated by white space or lines")
TRANSACTIONS = Kind(_transactions, "accepted are paths as in /health* or GET /asab/v1/*, separated by commas or lines")
STATUSES = Kind(_statuses, "accepted are HTTP statuses and ranges of them, as in 500-599 or 404 500-599, or off")
FILTERS = Kind(
    _filters,
    "accepted are regular expressions that do not match the empty text, separated by white space or lines",
)
SHAPES = Kind(_personal, "accepted are some of email, phone, ip and iban, separated by white space or lines")
KEYS = Kind(
    _each(denylist.words, "has neither letters nor digits"),
    "accepted are keys, as in credit_card, separated by white space or lines",
)
TYPES = Kind(
    _each(_type_name.fullmatch, "is no name of a type or module"),
    "accepted are names of types and modules, with wildcards, as in myapp.models.* torch.Tensor, separated by white "
    "space or lines",
)
RULES = Kind(
    _rules,
    "accepted are lines as in logger:kazoo* = zookeeper-away, or type:ConnectionError message:*mongo* = mongo-away",
)
BODY_SIZE = Kind(
    _one_of({size: size for size in ("never", "small", "medium", "always")}),
    "accepted is never, small (up to 1 kB), medium (up to 10 kB) or always",
)
INTEGRATIONS = Kind(_integrations, "accepted are names of sentry-sdk's integrations separated by white space or lines")

# What Sentry's ingestion rejects (sentry-relay, `validate_release`, `validate_environment`).
RELEASE = Kind(
    _identifier(200, "latest"),
    "accepted is a name of 1 to 200 bytes, as in app@1.2.3, without control characters, / and \\, "
    "and not '.', '..' or 'latest'",
)
ENVIRONMENT = Kind(
    _identifier(64, "none"),
    "accepted is a name of 1 to 64 bytes, as in production, without control characters, / and \\, "
    "and not '.', '..' or 'none'",
)


def without_credentials(text: str) -> str:
    """Return a text whose URLs may be shown."""
    return re.sub(r"//[^/\s]*@", "//***@", text)


def masked(text: str, kind: Kind | None = None) -> str:
    """Return a text that may be shown: credentials hidden, at most 100 characters."""
    # It may be malformed, so that a credential stands where none belongs.
    if kind == TOKEN or (kind == DSN and "@" not in text):
        return "***"
    if kind in {DSN, URL}:
        text = re.sub(r"\A(https?://)?.*@", r"\1***@", text, flags=re.DOTALL)
    text = without_credentials(text)
    return text if len(text) <= 100 else f"{text[:97]}..."
