"""How the table of options is filled: what code gives, then ini, then environment, then default.

All faults are found in one go, each a sentence that says where it is.
"""

import configparser
import contextlib
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from .. import tags
from ..objects.kinds import name_of
from ..sdk import integration_arguments, version
from ..sdk.integration_arguments import Argument
from . import arguments, integrations, masking, option_types, slips
from .kind import Kind, Reason
from .options import Options, Row, table

TAGS = "tags"
"""The one argument that is a section."""

INTEGRATIONS = "; integrations of sentry-sdk have sections [sentry:integration:NAME]"
"""What is said to who would give some to `sentry_sdk.init`."""


def is_wanted(config: configparser.ConfigParser, environ: Mapping[str, str]) -> bool:
    """Return whether anybody speaks of Sentry: there is a section [sentry], or a DSN, which may be empty."""
    return config.has_section("sentry") or "SENTRY_DSN" in environ or "SENTRY_DSN_FILE" in environ


class ConfigError(Exception):
    """The configuration cannot be used. `faults` and `warnings` have one sentence for each that was found."""

    def __init__(self, faults: list[str], warnings: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
        self.warnings = warnings


def uncommented(value: str) -> str:
    """Return the value without trailing comments, which ASAB's configuration leaves in: ` # text` or ` ; text`."""
    return "\n".join(re.sub(r"(^|\s+)[#;].*$", "", line) for line in value.splitlines()).strip()


def load(
    config: configparser.ConfigParser, environ: Mapping[str, str], arguments: Mapping[str, Any] = MappingProxyType({})
) -> Options:
    """Return the options of an ini configuration and an environment; raise `ConfigError` with all faults at once.

    `arguments` are those that code gives by the names of the fields; they hold against all else.
    """
    reading = read(config, environ, arguments)
    if reading.faults:
        raise ConfigError(list(reading.faults), list(reading.warnings))
    return reading.options()


class Origin(NamedTuple):
    """Where the value of an option was written, and its text as it was written (None: it must not be shown)."""

    place: str
    text: str | None


class Reading(NamedTuple):
    """What was read: values that are set, where each is from, faults and warnings."""

    values: Mapping[str, Any]
    origins: Mapping[str, Origin]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]

    def options(self) -> Options:
        """Return the options; the value of one that is at fault is None."""
        return Options(**self.values, warnings=self.warnings)


def read(
    config: configparser.ConfigParser, environ: Mapping[str, str], arguments: Mapping[str, Any] = MappingProxyType({})
) -> Reading:
    """Read an ini configuration, an environment and arguments, faults included."""
    reader = _Reader(config, environ)
    values: dict[str, Any] = {}
    origins = {}
    arguments = reader.named(arguments)
    for name, row in table():
        if name in arguments:
            place = f"init({name}=)"
            origins[name] = Origin(place, None)
            values[name] = reader.argument(row, place, arguments[name])
            reader.warn_of_major(row, _Raw("", place))
            continue
        raw = reader.find(row)
        if raw is None:
            continue
        origins[name] = Origin(raw.place, raw.text if raw.show else None)
        if name != "dsn" or raw.text:
            values[name] = reader.parse(row, raw)
        reader.warn_of_major(row, raw)
    values["tags"] = reader.constant_tags() | reader.tags_of(arguments.get(TAGS))
    values["integrations"] = reader.integrations(values.get("disabled_integrations") or ())
    reader.warn_of_unknown()
    return Reading(values, origins, tuple(reader.faults), tuple(reader.warnings))


class _Raw(NamedTuple):
    """The text of an option and where it was written."""

    text: str
    place: str
    show: bool = True


class _Reader:
    """Finds and parses options; collects faults and warnings."""

    def __init__(self, config: configparser.ConfigParser, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self.faults: list[str] = []
        self.warnings: list[str] = []

    def find(self, row: Row) -> _Raw | None:
        if row.kind is option_types.RULES:
            return self._rules(row)
        # One after the other, as a place that is not needed cannot be at fault.
        places = itertools.chain(
            (self._from_ini(row.section, key, row.kind) for key in (row.key, *row.aliases)),
            (self._from_environment(variable, row) for variable in row.variables),
        )
        raws = (place for place in places if place is not None)
        if row.kind is not option_types.DSN:
            return next(raws, None)
        self._warn_of_two(row)
        return self._dsn(raws)

    def _dsn(self, raws: Iterator[_Raw]) -> _Raw | None:
        empty = None
        for raw in raws:
            if raw.text:
                return raw
            empty = empty or raw
        if empty is None and not self.faults and self._config.has_section("sentry"):
            self.faults.append(
                "No DSN: set [sentry] data_source_name, or the environment variable SENTRY_DSN, or SENTRY_DSN_FILE to "
                "the path of a file that holds it; set one of them to an empty value to switch Sentry off"
            )
        return empty

    def _warn_of_two(self, row: Row) -> None:
        texts = {}
        for key in (row.key, *row.aliases):
            with contextlib.suppress(configparser.InterpolationError):  # it is told where it is needed
                texts[key] = uncommented(self._config.get(row.section, key, fallback=""))
        first, *others = [key for key, text in texts.items() if text] or [""]
        self.warnings.extend(
            f"[{row.section}] {key} is another one than {first}, which holds"
            for key in others
            if texts[key] != texts[first]
        )

    def _from_ini(self, section: str, key: str, kind: Kind | None = None) -> _Raw | None:
        place = f"[{section}] {key}"
        try:
            value = self._config.get(section, key, fallback=None)
        except configparser.InterpolationError as error:
            # Not str(error), which repeats the value, and that may hold a secret.
            text = uncommented(self._config.get(section, key, raw=True))
            names = slips.unset(text, kind, self._environ, self._config.options(section))
            unset = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not set in the environment"
            reason = unset if names else type(error).__name__
            self.faults.append(f"{place}: {reason}; accepted are ${{section:option}}, and $$ for a plain $")
            return None
        return None if value is None else _Raw(uncommented(value), place)

    def _from_environment(self, variable: str, row: Row) -> _Raw | None:
        value = self._environ.get(variable)
        if value is None:
            return None
        if variable.endswith("_FILE") and value:
            try:
                return _Raw(
                    Path(value).read_text(encoding="utf-8").strip(), f"content of {variable}={value}", show=False
                )
            except (OSError, UnicodeError) as error:
                # Not str(error), which repeats the value: it may be the DSN itself by mistake.
                reason = getattr(error, "strerror", None) or "it is not UTF-8"
                # The service needs no token, and may not be the one who may read it.
                notes = self.warnings if row.kind is option_types.TOKEN else self.faults
                notes.append(f"{variable}={masking.masked(value)}: cannot be read ({reason})")
                return None
        # An empty variable is how docker-compose passes on one that is not set.
        return _Raw(value.strip(), variable) if value.strip() or row.kind is option_types.DSN else None

    def _rules(self, row: Row) -> _Raw | None:
        """Return all rules of a section: a rule that stands for itself has its first matcher for a key."""
        lines = {
            key: raw.text if key == row.key else f"{key}:{raw.text}"
            for key in self._keys(row.section)
            if key in (row.key, *row.aliases) and (raw := self._from_ini(row.section, key))
        }
        return _Raw("\n".join(lines.values()), f"[{row.section}] {', '.join(lines)}") if lines else None

    def parse(self, row: Row, raw: _Raw) -> Any:
        is_quoted = slips.is_quoted(raw.text, row.kind)
        shown = f" = {masking.masked(raw.text, row.kind)!r}" if raw.show else ""
        try:
            value = row.kind.parse(raw.text)
        except ValueError as error:
            reason = f"{error}; " if isinstance(error, Reason) else ""
            if is_quoted:
                reason = "it is in quotes, which nothing takes off; "
            elif slips.is_name(raw.text):
                reason = "it is the name of a variable, which nothing expands here; "
            self.faults.append(f"{raw.place}{shown}: {reason}{row.kind.accepts}")
            return None
        if is_quoted:
            self.warnings.append(f"{raw.place}{shown}: it is in quotes, which are a part of the value")
        return value

    def named(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments that are given, by the names of the fields."""
        names = {TAGS: TAGS}
        for name, row in table():
            names |= dict.fromkeys((name, row.key, *row.aliases) if row.section == "sentry" else (name,), name)
        for name in arguments:
            if name not in names:
                hint = INTEGRATIONS if name == "integrations" else slips.nearest(name, names, "{}")
                self.faults.append(f"init({name}=) is not known{hint}")
        return {names[name]: value for name, value in arguments.items() if name in names and value is not None}

    def argument(self, row: Row, place: str, value: Any) -> Any:
        """Return the value of an argument: of a text or of what stands for one."""
        if row.kind is option_types.HOOK and callable(value):
            return value
        try:
            text = arguments.text(value, is_of_lines=row.kind in {option_types.RULES, option_types.TRANSACTIONS})
        except ValueError as error:
            self.faults.append(f"{place}: {error}; {row.kind.accepts}")
            return None
        return self.parse(row, _Raw(text, place)) if text or row.kind is not option_types.DSN else ""

    def tags_of(self, argument: Any) -> dict[str, str]:
        if argument is None:
            return {}
        if not isinstance(argument, Mapping):
            self.faults.append(f"init({TAGS}=): {name_of(type(argument))} is not accepted; accepted is a dict")
            return {}
        constant = {}
        for key, value in argument.items():
            try:
                name, text = tags.valid(key, value)
                constant[name] = text
            except tags.InvalidTag as error:
                self.faults.append(f"init({TAGS}=): {error}")
            except Exception as error:  # they may be anybody's
                self.faults.append(f"init({TAGS}=): {name_of(type(error))} is raised by a key or a value")
        return constant

    def warn_of_major(self, row: Row, raw: _Raw) -> None:
        if row.only not in {None, version.MAJOR}:
            instead = f"; [{row.section}] {row.instead} is in its place" if row.instead else ""
            self.warnings.append(f"{raw.place} does nothing with sentry-sdk {version.INSTALLED}{instead}")

    def _keys(self, section: str) -> list[str]:
        if not self._config.has_section(section):
            return []
        return [key for key in self._config.options(section) if key not in self._config.defaults()]

    def constant_tags(self) -> dict[str, str]:
        constant = {}
        for key in self._keys("sentry:tags"):
            raw = self._from_ini("sentry:tags", key)
            if raw is None:
                continue
            if slips.is_quoted(raw.text):
                shown = masking.masked(raw.text)
                self.warnings.append(f"{raw.place} = {shown!r}: it is in quotes, which are a part of the value")
            try:
                constant[key] = tags.text(key, raw.text)
            except tags.InvalidTag as error:
                self.faults.append(f"{raw.place}: {error}")
        return constant

    def integrations(self, disabled: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Return the arguments of integrations that have sections; those of libraries that are not here stay unread."""
        configured: dict[str, dict[str, Any]] = {}
        for section in self._config.sections():
            if not section.startswith(integrations.PREFIX):
                continue
            name = section.removeprefix(integrations.PREFIX)
            if name in integration_arguments.REPLACED:
                self.faults.append(f"[{section}] is not accepted: {integration_arguments.REPLACED[name]}")
            elif name not in (known := integration_arguments.names()):
                hint = slips.nearest(name, known, f"[{integrations.PREFIX}{{}}]", otherwise="")
                self.faults.append(f"[{section}]: sentry-sdk {version.INSTALLED} has no such integration{hint}")
            elif name in disabled:
                self.warnings.append(f"[{section}] does nothing, as [sentry] disabled_integrations names it")
            elif (kind := integration_arguments.load(name)) is not None:
                configured[name] = self._integration(section, integration_arguments.arguments(kind))
        return configured

    def _integration(self, section: str, arguments: Mapping[str, Argument]) -> dict[str, Any]:
        values = {}
        for key in self._keys(section):
            argument = arguments.get(key)
            kind = argument and integrations.kind_of(argument)
            if argument is None:
                hint = slips.nearest(key, arguments, "{}", otherwise="")
                self.faults.append(f"[{section}] {key} is no argument of the integration{hint}")
            elif kind is None:
                self.faults.append(f"[{section}] {key}: it can be no text")
            elif raw := self._from_ini(section, key):
                values[key] = self.parse(Row(section, key, kind, ""), raw)
        return values

    def warn_of_unknown(self) -> None:
        known: dict[str, list[str]] = {"sentry:tags": []}
        for _, row in table():
            known.setdefault(row.section, []).extend((row.key, *row.aliases))
        for section in self._config.sections():
            if section != "sentry" and not section.startswith("sentry:"):
                name = slips.meant(section, known)
                if name is not None:
                    self.warnings.append(f"[{section}] is not known; did you mean [{name}]?")
            elif section.startswith(integrations.PREFIX):
                pass
            elif section not in known:
                self.warnings.append(f"[{section}] is not known{slips.nearest(section, known, '[{}]')}")
            elif section != "sentry:tags":
                self.warnings.extend(
                    f"[{section}] {key} is not known{slips.nearest(key, known[section], '{}')}"
                    for key in self._keys(section)
                    if key not in known[section]
                )
