"""Secrets by their value: what the configuration and the environment hold is recognized wherever it surfaces.

Held as secret are: options and variables whose key names a secret, the whole section `[passwords]`, what is written
as only secrets are in sections as `[credentials]` and `[tokens]`, passwords in URLs of any option, and the DSN.
Values that are short, common or plain numbers would hide more than they protect; so would paths.
"""

import configparser
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ...config.raw_options import uncommented
from ...objects.json_values import CUT
from ...runtime.locks import Lock
from ...secret_keys.denylist import FILTERED, Keys
from ...secret_keys.key_words import words_of
from .finder import Finder
from .secret_patterns import ini_sections, judge
from .spellings import spellings
from .varying_words import may_share_number

SHORTEST = 6
"""Characters that a secret has at least; a number has two more."""
PASSWORDS = "passwords"
"""A section of ASAB's configuration whose values are all secret."""
LONGEST = 8192
"""Characters of a value that are looked for as a whole, as no text has more of them."""
SHORTEST_REST = 100
"""A part behind others is not known where it is shorter."""
MOST_PARTS = 8
"""So many parts of such a length are known of a longer one."""
LONGEST_URL = 65_536
"""So much of a value is looked at for a password of a URL."""
MAX_HELD = 2000
"""How many values are known at most; of more, the newest."""

COMMON = words_of(
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


def _in_url(value: str) -> Iterator[str]:
    """Yield the password of a URL."""
    value = value[:LONGEST_URL]
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
    for name in list(environ):
        value = environ.get(name)
        if value is None:  # another thread has removed it
            continue
        yield from _in_url(value)
        # The shell's working directories.
        if name not in {"PWD", "OLDPWD"} and keys.is_secret(name) and "://" not in value:
            yield value


def options_of(config: configparser.ConfigParser) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the sections of a configuration, each with its options, also of what another thread removes meanwhile."""
    # Private, because what is public fails where a section or an option is gone. To copy a dict is one step.
    defaults = {**config.defaults()}
    for name, section in config._sections.copy().items():  # type: ignore[attr-defined]  # noqa: SLF001
        yield name, {key: _value_of(config, name, key, written) for key, written in {**defaults, **section}.items()}


def _value_of(config: configparser.ConfigParser, section: str, key: str, written: Any) -> Any:
    """Return the value of an option; as it is written, where that is gone or refers to what is not there."""
    try:
        return config.get(section, key)
    except Exception:
        return written


def in_configuration(config: configparser.ConfigParser, keys: Keys) -> Iterator[str]:
    """Yield the secrets of a configuration."""
    for section, options in options_of(config):
        for key, value in options.items():
            if not isinstance(value, str):
                continue
            yield from _in_url(value)
            is_one = section == PASSWORDS or (ini_sections.names_many(section) and judge.is_random(value.strip()))
            if is_one or (keys.is_secret(key) and "://" not in value):
                yield value
                yield uncommented(value)


def _parts(value: str) -> Iterator[str]:
    """Yield what is known of a value: one that is very long, by its beginning, in parts."""
    value = value[: MOST_PARTS * LONGEST].strip()
    for start in range(0, len(value) or 1, LONGEST):
        part = value[start : start + LONGEST].strip()
        if not start or len(part) >= SHORTEST_REST:
            yield part


class _Known(NamedTuple):
    """What is known at a time, replaced as a whole: a signal handler may ask while more is being learned."""

    values: dict[str, tuple[str, ...]]
    """With the ways in which each is written."""
    finder: Finder
    version: int
    may_be_numbers: bool
    seen: Any
    """The configuration and the environment that it was learned from."""


class Held:
    """The values that are known as secrets. `version` changes when more of them are.

    Configuration and environment are read again when one of their values changed, so that what is added at run time is
    known.
    """

    def __init__(self, config: Any, environ: Mapping[str, str], keys: Keys, dsn: str, token: str = "") -> None:
        self._config = config
        self._environ = environ
        # Private, because what is public decodes all of them, and this is asked for each event.
        self._variables: Mapping[Any, Any] = getattr(environ, "_data", environ)
        self._keys = keys
        self._lock = Lock()
        self._known = _Known({}, Finder(()), 0, may_be_numbers=False, seen=None)
        self._learn((*in_dsn(dsn), token), None)
        self.refresh()

    @property
    def version(self) -> int:
        """The number of times that more became known."""
        return self._known.version

    @property
    def may_be_numbers(self) -> bool:
        """Whether a text may come to have one of them by another number in it."""
        return self._known.may_be_numbers

    def refresh(self) -> None:
        """Read the configuration and the environment again, if they changed."""
        # Private, because what is public resolves references and is 100 times slower. A section is a dict of texts.
        sections = self._config._sections  # noqa: SLF001
        if (self._variables, sections) == self._known.seen:
            return
        try:
            now = {**self._variables}, {name: {**section} for name, section in sections.copy().items()}
        except RuntimeError:  # another thread is adding to it: the next event will see that
            return
        with self._lock:
            self._learn((*in_environment(self._environ, self._keys), *in_configuration(self._config, self._keys)), now)

    @property
    def is_outdated(self) -> bool:
        """Whether there are more or fewer variables than when they were read: a short look."""
        seen = self._known.seen
        return seen is None or len(seen[0]) != len(self._variables)

    def _learn(self, values: Iterable[str], seen: Any) -> None:
        before = self._known
        known = before._replace(seen=seen)
        new = {part for value in values for part in _parts(value) if is_worth(part)} - before.values.keys()
        if new:
            fresh = {value: tuple(form for form in spellings(value) if len(form) >= SHORTEST) for value in sorted(new)}
            together = dict(list((before.values | fresh).items())[-MAX_HELD:])
            written = [form for forms in together.values() for form in forms]
            may_be_numbers = any(map(may_share_number, written))
            known = _Known(together, Finder(written), before.version + 1, may_be_numbers, seen)
        self._known = known

    def clean(self, text: str) -> str:
        """Return the text without the values that are known."""
        finder = self._known.finder
        if finder.may_find(text):
            cleaned, done = "", 0
            for start, end in finder.find(text):
                cleaned += text[done:start] + FILTERED
                done = end
            text = cleaned + text[done:]
        if text.endswith(CUT):
            begun = finder.begun(text.removesuffix(CUT))
            if begun is not None:
                return f"{text[:begun]}{FILTERED}{CUT}"
        return text
