"""Sections of more than options: tags, integrations, and those that are not known."""

from collections.abc import Mapping
from typing import Any

from .. import tags
from ..objects.kinds import name_of
from ..sdk import integration_arguments, version
from ..sdk.integration_arguments import Argument
from . import integrations, masking, mistakes, near_names
from .options import Row, table
from .raw_options import Notes, RawOptions, value_of

TAGS = "tags"
"""The one argument that is a section."""


def constant_tags(raws: RawOptions, notes: Notes) -> dict[str, str]:
    """Return the tags of the section."""
    constant = {}
    for key in raws.keys("sentry:tags"):
        raw = raws.from_ini("sentry:tags", key)
        if raw is None:
            continue
        mistake = mistakes.mistake(raw.text)
        if mistake:
            notes.warnings.append(f"{raw.place} = {masking.masked(raw.text)!r}: {mistake}")
        try:
            constant[key] = tags.text(key, raw.text)
        except tags.InvalidTag as error:
            notes.faults.append(f"{raw.place}: {error}")
    return constant


def tags_of(argument: Any, notes: Notes) -> dict[str, str]:
    """Return the tags of an argument."""
    if argument is None:
        return {}
    if not isinstance(argument, Mapping):
        notes.faults.append(f"init({TAGS}=): {name_of(type(argument))} is not accepted; accepted is a dict")
        return {}
    constant = {}
    for key, value in argument.items():
        try:
            name, text = tags.valid(key, value)
            constant[name] = text
        except tags.InvalidTag as error:
            notes.faults.append(f"init({TAGS}=): {error}")
        except Exception as error:  # they may be anybody's
            notes.faults.append(f"init({TAGS}=): {name_of(type(error))} is raised by a key or a value")
    return constant


def integration_sections(raws: RawOptions, disabled: tuple[str, ...], notes: Notes) -> dict[str, dict[str, Any]]:
    """Return the arguments of integrations that have sections; those of libraries that are not here stay unread."""
    configured: dict[str, dict[str, Any]] = {}
    for section in raws.config.sections():
        if not section.startswith(integrations.PREFIX):
            continue
        name = section.removeprefix(integrations.PREFIX)
        if name in integration_arguments.REPLACED:
            notes.faults.append(f"[{section}] is not accepted: {integration_arguments.REPLACED[name]}")
        elif name not in (known := integration_arguments.names()):
            hint = near_names.nearest(name, known, f"[{integrations.PREFIX}{{}}]", otherwise="")
            notes.faults.append(f"[{section}]: sentry-sdk {version.INSTALLED} has no such integration{hint}")
        elif name in disabled:
            notes.warnings.append(f"[{section}] does nothing, as [sentry] disabled_integrations names it")
        elif (kind := integration_arguments.load(name)) is not None:
            configured[name] = _integration(raws, section, integration_arguments.arguments(kind), notes)
    return configured


def _integration(raws: RawOptions, section: str, arguments: Mapping[str, Argument], notes: Notes) -> dict[str, Any]:
    values = {}
    for key in raws.keys(section):
        argument = arguments.get(key)
        kind = argument and integrations.kind_of(argument)
        if argument is None:
            hint = near_names.nearest(key, arguments, "{}", otherwise="")
            notes.faults.append(f"[{section}] {key} is no argument of the integration{hint}")
        elif kind is None:
            notes.faults.append(f"[{section}] {key}: it can be no text")
        elif raw := raws.from_ini(section, key):
            values[key] = value_of(Row(section, key, kind, ""), raw, notes)
    return values


def warn_of_unknown(raws: RawOptions, notes: Notes) -> None:
    """Note names of sections and keys that nobody reads, and what was meant."""
    known: dict[str, list[str]] = {"sentry:tags": []}
    for _, row in table():
        known.setdefault(row.section, []).extend((row.key, *row.aliases))
    for section in raws.config.sections():
        if section != "sentry" and not section.startswith("sentry:"):
            name = mistakes.meant_section(section, known)
            if name is not None:
                notes.warnings.append(f"[{section}] is not known; did you mean [{name}]?")
        elif section.startswith(integrations.PREFIX):
            pass
        elif section not in known:
            notes.warnings.append(f"[{section}] is not known{_hint_of_section(section, raws.keys(section), known)}")
        elif section != "sentry:tags":
            notes.warnings.extend(
                f"[{section}] {key} is not known{_hint(section, key, known)}"
                for key in raws.keys(section)
                if key not in known[section]
            )


def _hint_of_section(section: str, keys: list[str], known: Mapping[str, list[str]]) -> str:
    """Return what was meant by a section: one of nearly that name, or one that has its keys."""
    tail = section.removeprefix("sentry:")
    if not tail.strip(": "):
        return "; did you mean [sentry]?"
    if tail.startswith("integration"):
        return near_names.INTEGRATIONS
    of_keys = [other for other, names in known.items() if keys and set(keys) <= set(names)]
    otherwise = [f"; did you mean [{other}]?" for other in of_keys[:1]]
    tails = [other.removeprefix("sentry:") for other in known if other != "sentry"]
    return near_names.nearest(tail.lower(), tails, "[sentry:{}]", *otherwise)


def _hint(section: str, key: str, known: Mapping[str, list[str]]) -> str:
    """Return what was meant by a key: that of another section, or one of nearly that name."""
    option = next((row for _, row in table() if key.upper() in row.variables), None)
    if option is not None:
        return f"; it is a variable of the environment, the option is [{option.section}] {option.key}"
    if section == "sentry" and f"sentry:{key}" in known:
        return f"; did you mean the section [sentry:{key}]?"
    if section == "sentry" and key in near_names.ELSEWHERE:
        return near_names.ELSEWHERE[key]
    elsewhere = [f"; did you mean [{other}] {key}?" for other, keys in known.items() if key in keys]
    if elsewhere and section == "sentry":
        return elsewhere[0]
    return near_names.nearest(key, known[section], "{}", *elsewhere[:1])
