"""Secrets by their value: what the configuration and the environment hold is recognized wherever it surfaces.

Held as secret are: options and variables whose key names a secret, the whole section `[passwords]`, passwords in URLs
of any option, and the DSN. Values that are short, common or plain numbers would hide more than they protect; so would
paths.
"""

import configparser
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, unquote, urlsplit

from ..denylist import FILTERED, Keys, listed
from ..locks import Lock
from ..options import uncommented
from ..values import CUT

SHORTEST = 6
"""Characters that a secret has at least; a number has two more."""
MAX_HELD = 2000
"""How many values are known at most; of more, the newest."""
SHORTEST_LINE = 20
"""Of a value of several lines, as a private key, lines of so many characters are known by themselves."""

COMMON = listed(
    "admin administrator anonymous asab bearer changeme default disabled elastic enabled example filtered guest "
    "kafka keycloak localhost mongodb mysql nobody notset optional password passwords postgres postgresql "
    "production public rabbitmq redis required secret secrets sentry service staging string system testing "
    "unknown username zookeeper"
)
"""Words that are values of secrets in examples and elsewhere mean something else."""

_no_secret = re.compile(r"[\d.,:]{1,7}|\d{4}-\d\d-\d\d.*|[./~].*/.*|/[\w.-]*|\$\{.*\}|<.*>|\[Filtered\]", re.DOTALL)


def is_worth(value: str) -> bool:
    """Return whether a value is hidden wherever it stands: neither short nor common, no number of a port, no path."""
    return len(value) >= SHORTEST and value.lower() not in COMMON and not _no_secret.fullmatch(value)


EXAMPLES = {
    "hidden": ("hunter2", "s3cr3t", "correct horse", "12345678", "p/w/d-1"),
    "left": (
        "",
        "abc",
        "12345",
        "8080",
        "True",
        "localhost",
        "postgres",
        "/run/secrets/x",
        "./a/b",
        "2026-01-01",
        "1.2.3",
    ),
}
"""Values that are hidden and values that are left."""


def _forms(value: str) -> Iterator[str]:
    """Yield the ways in which a value is written: as it is, in a URL, in a `repr`, in JSON."""
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield repr(value)[1:-1]
    yield json.dumps(value)[1:-1]
    for line in value.splitlines():
        if len(line.strip()) >= SHORTEST_LINE:
            yield line.strip()


def _in_url(value: str) -> Iterator[str]:
    """Yield the password of a URL."""
    try:
        password = urlsplit(value.strip()).password if "://" in value and "@" in value else None
    except ValueError:
        return
    if password:
        yield password
        yield unquote(password)


def in_dsn(dsn: str) -> Iterator[str]:
    """Yield what of a DSN is no address: its keys."""
    for part in (urlsplit(dsn).username, urlsplit(dsn).password):
        if part:
            yield part


def in_environment(environ: Mapping[str, str], keys: Keys) -> Iterator[str]:
    """Yield the secrets of environment variables."""
    for name, value in environ.items():
        yield from _in_url(value)
        # The shell's working directories.
        if name not in {"PWD", "OLDPWD"} and keys.is_secret(name) and "://" not in value:
            yield value


def in_configuration(config: configparser.ConfigParser, keys: Keys) -> Iterator[str]:
    """Yield the secrets of a configuration."""
    for section in config.sections():
        for key in config.options(section):
            try:
                value = config.get(section, key)
            except configparser.InterpolationError:
                value = config.get(section, key, raw=True)
            if not isinstance(value, str):
                continue
            yield from _in_url(value)
            if section == "passwords" or (keys.is_secret(key) and "://" not in value):
                yield value
                yield uncommented(value)


class _Known(NamedTuple):
    """What is known at a time, replaced as a whole: a signal handler may ask while more is being learned."""

    values: dict[str, None]
    expression: re.Pattern[str] | None
    version: int
    seen: Any
    """The configuration that it was learned from."""


class Held:
    """The values that are known as secrets. `version` changes when more of them are.

    The configuration is read again when one of its values changed, so that what is added to it at run time is known.
    """

    def __init__(self, config: Any, environ: Mapping[str, str], keys: Keys, dsn: str) -> None:
        self._config = config
        self._environ = environ
        self._keys = keys
        self._lock = Lock()
        self._known = _Known({}, None, 0, None)
        self._learn(in_dsn(dsn), None)
        self.refresh()

    @property
    def version(self) -> int:
        """The number of times that more became known."""
        return self._known.version

    def refresh(self) -> None:
        """Read the configuration again, if it changed."""
        # Private, because what is public resolves references and is 100 times slower. A section is a dict of texts.
        sections = self._config._sections  # noqa: SLF001
        try:
            now = len(self._environ), [tuple(section.values()) for section in sections.values()]
        except RuntimeError:  # another thread is adding to it: the next event will see that
            return
        if now == self._known.seen:
            return
        with self._lock:
            self._learn((*in_environment(self._environ, self._keys), *in_configuration(self._config, self._keys)), now)

    def _learn(self, values: Iterable[str], seen: Any) -> None:
        found = {form: None for value in values if is_worth(value.strip()) for form in _forms(value.strip())}
        before = self._known
        known = before._replace(seen=seen)
        if not found.keys() <= before.values.keys():
            together = dict(list((before.values | found).items())[-MAX_HELD:])
            longest = sorted(together, key=len, reverse=True)
            known = _Known(together, re.compile("|".join(map(re.escape, longest))), before.version + 1, seen)
        self._known = known

    def clean(self, text: str) -> str:
        """Return the text without the values that are known."""
        known = self._known
        if known.expression is None:
            return text
        if known.expression.search(text):
            text = known.expression.sub(FILTERED, text)
        return _without_cut(text, known.values) if text.endswith(CUT) else text


def _without_cut(text: str, values: Iterable[str]) -> str:
    """Return a text that was cut without the beginning of one of the values at its end."""
    body = text.removesuffix(CUT)
    tail = body[-max(map(len, values)) :]
    lengths = (
        length
        for value in values
        if value[: SHORTEST - 2] in tail
        for length in range(min(len(value) - 1, len(tail)), SHORTEST - 3, -1)
        if tail.endswith(value[:length])
    )
    longest = max(lengths, default=0)
    return body[: len(body) - longest] + FILTERED + CUT if longest else text
