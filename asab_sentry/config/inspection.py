"""The configuration of a service without the service: each value, where it is from, what is wrong with it."""

import configparser
import dataclasses
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asab

from . import ini_files, integrations, masking, options
from .identity import Identity, identify
from .ini_files import Unreadable
from .raw_options import uncommented
from .reading import Reading, is_wanted, read

Places = dict[tuple[str, str], str]
"""The file of each key of each section."""

UNNAMED = "<appclass>"
"""Stands for the class of the application while it is not known."""

DEFAULT = "default"
"""Where the value of an option is from that nobody has set."""

UNKNOWN = "not known, see --appclass"

MIN_SECRET = 4
"""Shorter values of `[passwords]` are in too many other words."""


@dataclass(frozen=True)
class Value:
    """An option or tag as it may be shown."""

    section: str
    key: str
    text: str
    origin: str


@dataclass(frozen=True)
class Survey:
    """What a configuration comes to. With faults the service would not start; the options are those without fault."""

    options: options.Options
    identity: Identity
    values: tuple[Value, ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    has_var_dir: bool
    """Whether `[general] var_dir` is configured. Its default is made of the name of the script of the service."""
    has_section: bool = True
    """Whether there is a section `[sentry]`, by which many services know that they are to use Sentry."""
    path: str = ""
    """That of the configuration file; empty: none is read."""
    is_off: bool = False
    """Whether nobody wants Sentry: the DSN is empty, or nothing speaks of it."""


def survey(path: str, environ: Mapping[str, str], appclass: str | None) -> Survey:
    """Return what the configuration file and the environment come to; raise `Unreadable` when there is no such file.

    `asab.Config` holds the configuration from then on, as in the service. `appclass` is the name of the class of the
    application; None: not known, so what is made of it stays open.
    """
    places, missing = _load(path)
    reading = read(asab.Config, environ)
    settings = reading.options()
    identity = identify(
        settings,
        appclass=appclass or UNNAMED,
        hostname=environ.get("ASAB_HOSTNAME") or platform.node(),
        manifest=asab.Config.get("general", "manifest", fallback=""),
        environ=environ,
    )
    warnings = [*missing, *reading.warnings, *identity.warnings]
    hide = _hider()
    return Survey(
        options=settings,
        identity=identity if appclass else _unnamed(identity),
        values=tuple(
            dataclasses.replace(value, text=hide(value.text), origin=hide(value.origin))
            for value in (*_options(reading, identity, places), *_tags(identity, places), *_integrations(places))
        ),
        faults=tuple(map(hide, reading.faults)),
        warnings=tuple(map(hide, warnings)),
        has_var_dir=("general", "var_dir") in places,
        has_section=asab.Config.has_section("sentry"),
        path=path,
        is_off=settings.dsn == "" and ("dsn" in reading.origins or not is_wanted(asab.Config, environ)),
    )


def environment_only(fault: str, environ: Mapping[str, str]) -> Survey:
    """Return what the environment comes to where the configuration file cannot be read, which is the `fault`."""
    settings = read(configparser.ConfigParser(), environ).options()
    identity = identify(settings, appclass=UNNAMED, hostname=platform.node(), manifest="", environ=environ)
    return Survey(settings, _unnamed(identity), values=(), faults=(fault,), warnings=(), has_var_dir=False)


def _load(path: str) -> tuple[Places, list[str]]:
    """Return where each key is from, and a sentence for each file that is included and not there."""
    fault = ini_files.why_absent(path) if path else None
    if fault:
        raise Unreadable(fault)
    places: Places = {}
    missing: list[str] = []
    reading = [path]
    read = asab.Config.read

    def read_and_note(filename: str) -> Any:
        reading.append(filename)
        done = read(filename)
        includes = asab.Config.get("general", "include", fallback="", raw=True)
        missing.extend(ini_files.missing_includes(filename, includes, str(Path(filename).absolute().parent)))
        sections = configparser.RawConfigParser(strict=False)
        sections.read(filename)
        if any("\0" in name for name in sections.sections()):  # which ASAB takes for names
            raise UnicodeError(filename)
        places.update({(name, key): filename for name in sections.sections() for key in sections.options(name)})
        return done

    # There is no other way; the application sets it for -c too.
    defaults: dict[str, str] = type(asab.Config)._default_values["general"]  # noqa: SLF001
    before = defaults["config_file"]
    defaults["config_file"] = path
    asab.Config.read = read_and_note
    try:
        asab.Config._load()  # noqa: SLF001
    except (configparser.Error, OSError, UnicodeError) as error:
        raise Unreadable(ini_files.unreadable(reading[-1], error)) from None
    except SystemExit:  # ASAB has said why
        raise Unreadable(f"The configuration that {path} includes cannot be read") from None
    finally:
        asab.Config.read = read
        defaults["config_file"] = before
    return places, missing


def _options(reading: Reading, identity: Identity, places: Places) -> list[Value]:
    defaults = {field.name: field.default for field in dataclasses.fields(options.Options)}
    values = []
    for name, row in options.table():
        origin = reading.origins.get(name)
        if origin is not None:
            text = " ".join(str((reading.values.get(name) if origin.text is None else origin.text) or "").split())
            shown, place = text and masking.masked(text, row.kind), _place(origin.place, places)
        elif name in identity.origins:
            shown, place = getattr(identity, name) or "", identity.origins[name]
            if UNNAMED in shown:
                place += f"; the class is {UNKNOWN}"
        else:
            shown, place = row.kind.written(defaults[name]), DEFAULT
        values.append(Value(row.section, row.key, shown, place))
    return values


def _place(place: str, places: Places) -> str:
    section, bracket, key = place.removeprefix("[").partition("] ")
    if not bracket:
        return f"environment variable {place}" if place.isidentifier() else place
    # Without a file it is from ZooKeeper, or was set by a module.
    return f"{place} in {places[section, key]}" if (section, key) in places else place


def _tags(identity: Identity, places: Places) -> list[Value]:
    values = []
    for key, text in identity.tags.items():
        if ("sentry:tags", key) in places or asab.Config.has_option("sentry:tags", key):
            origin = _place(f"[sentry:tags] {key}", places)
        elif key == "appclass":
            origin = UNKNOWN if text == UNNAMED else "class of the application"
        else:
            origin = f"environment variable {key.upper()}"
        values.append(Value("sentry:tags", key, "" if text == UNNAMED else text, origin))
    return values


def _integrations(places: Places) -> list[Value]:
    """Return the arguments of integrations that have sections, as they are written."""
    return [
        Value(section, key, masking.masked(uncommented(text)), _place(f"[{section}] {key}", places))
        for section in asab.Config.sections()
        if section.startswith(integrations.PREFIX)
        for key, text in asab.Config.items(section, raw=True)
    ]


def _unnamed(identity: Identity) -> Identity:
    """Return the identity without what was made of the class of the application."""
    release = identity.release
    return identity._replace(
        release=None if release and release.startswith(f"{UNNAMED}@") else release,
        tags={key: text for key, text in identity.tags.items() if text != UNNAMED},
    )


def _hider() -> Any:
    """Return a function that makes a text without the values of `[passwords]`."""
    secrets = [value for _, value in asab.Config.items("passwords", raw=True) if len(value) >= MIN_SECRET]

    def hide(text: str) -> str:
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    return hide


def config_file(argument: str | None) -> str:
    """Return the path of the configuration file: the argument, or as in ASAB the variable ASAB_CONFIG."""
    return argument if argument is not None else os.environ.get("ASAB_CONFIG", "")
