"""How the table of options is filled: what code gives, then ini, then environment, then default.

All faults are found in one go, each a sentence that says where it is.
"""

import configparser
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ..sdk import version
from . import certificates, names, near_names, option_types, sections
from .arguments import text_of
from .options import Options, Row, table
from .raw_options import Notes, Raw, RawOptions, value_of

PROFILES = {"profiles_sample_rate": "", "profile_session_sample_rate": ", or profile_lifecycle = manual"}
"""Options by which there are profiles, and what may be set instead of transactions."""


def is_wanted(config: configparser.ConfigParser, environ: Mapping[str, str]) -> bool:
    """Return whether anybody speaks of Sentry: there is a section [sentry], or a DSN, which may be empty."""
    return config.has_section("sentry") or "SENTRY_DSN" in environ or "SENTRY_DSN_FILE" in environ


class ConfigError(Exception):
    """The configuration cannot be used. `faults` and `warnings` have one sentence for each that was found."""

    def __init__(self, faults: list[str], warnings: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
        self.warnings = warnings


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
    notes = Notes()
    raws = RawOptions(config, environ, notes)
    values: dict[str, Any] = {}
    origins = {}
    named = _named(arguments, notes)
    for name, row in table():
        if name in named:
            place = f"init({name}=)"
            origins[name] = Origin(place, None)
            values[name] = _argument(row, place, named[name], notes)
        else:
            raw = raws.find(row)
            if raw is None:
                continue
            place = raw.place
            origins[name] = Origin(place, raw.text if raw.show else None)
            if name != "dsn" or raw.text:
                values[name] = value_of(row, raw, notes)
        _warn_of_major(row, place, notes)
    _warn_of_profiles(values, origins, notes)
    _check_certificate(values, origins, notes)
    _warn_of_functions(values, origins, notes)
    values["tags"] = sections.constant_tags(raws, notes) | sections.tags_of(named.get(sections.TAGS), notes)
    disabled = values.get("disabled_integrations") or ()
    values["integrations"] = sections.integration_sections(raws, disabled, notes)
    sections.warn_of_unknown(raws, notes)
    return Reading(values, origins, tuple(notes.faults), tuple(notes.warnings))


def _named(arguments: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Return the arguments that are given, by the names of the fields."""
    known, keys = {sections.TAGS: sections.TAGS}, {}
    for name, row in table():
        keys[row.key] = f"; did you mean {name}?"
        known |= dict.fromkeys((name, row.key, *row.aliases) if row.section == "sentry" else (name,), name)
    for name in arguments:
        if name not in known:
            hint = near_names.ELSEWHERE.get(name) or keys.get(name) or near_names.nearest(name, known, "{}")
            notes.faults.append(f"init({name}=) is not known{hint}")
    return {known[name]: value for name, value in arguments.items() if name in known and value is not None}


def _argument(row: Row, place: str, value: Any, notes: Notes) -> Any:
    """Return the value of an argument: of a text or of what stands for one."""
    called_with = option_types.CALLED_WITH.get(row.kind)
    try:
        if called_with and callable(value):
            return names.fitting(value, "it", called_with)
        text = text_of(value, is_of_lines=row.kind in {option_types.RULES, option_types.TRANSACTIONS})
    except ValueError as error:
        notes.faults.append(f"{place}: {error}; {row.kind.accepts}")
        return None
    return value_of(row, Raw(text, place), notes) if text or row.kind is not option_types.DSN else ""


def _warn_of_profiles(values: Mapping[str, Any], origins: Mapping[str, Origin], notes: Notes) -> None:
    """Profiles are of transactions, unless code says when there is one."""
    if values.get("traces_sample_rate") is not None or values.get("traces_sampler") is not None:
        return
    for name, other in PROFILES.items():
        if values.get(name) and not (other and values.get("profile_lifecycle") == "manual"):
            place = origins[name].place
            notes.warnings.append(f"{place} does nothing without transactions: set [sentry] traces_sample_rate{other}")


def _check_certificate(values: Mapping[str, Any], origins: Mapping[str, Origin], notes: Notes) -> None:
    cert_file, key_file = values.get("cert_file"), values.get("key_file")
    if cert_file is not None:
        fault = certificates.fault(cert_file, key_file)
        if fault is not None:
            notes.faults.append(f"{origins['cert_file'].place} = {cert_file!r}: {fault}; {option_types.FILE.accepts}")
    elif key_file is not None:
        notes.warnings.append(f"{origins['key_file'].place} does nothing without a cert_file")


def _warn_of_functions(values: Mapping[str, Any], origins: Mapping[str, Origin], notes: Notes) -> None:
    """sentry-sdk says nothing of a function that it does not find. Where Sentry is off it looks for none."""
    for function in (values.get("functions_to_trace") or ()) if values.get("dsn") else ():
        why = names.why_absent(function)
        if why is not None:
            notes.warnings.append(f"{origins['functions_to_trace'].place}: calls of {function} are no spans, as {why}")


def _warn_of_major(row: Row, place: str, notes: Notes) -> None:
    if not row.is_here:
        instead = f"; [{row.section}] {row.instead} is in its place" if row.instead else ""
        notes.warnings.append(f"{place} does nothing with sentry-sdk {version.INSTALLED}{instead}")
