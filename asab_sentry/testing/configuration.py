"""The configuration of ASAB, which knows no end of one, as it was before."""

import contextlib
import copy
from collections.abc import Mapping
from typing import Any

import asab
import asab.config


def renew(undo: contextlib.ExitStack, config: Mapping[str, Mapping[str, str]]) -> None:
    """Give the process a new configuration; `undo` is to bring back the old one."""
    kind = type(asab.Config)
    # Private: ASAB can load its configuration, but not unload it.
    before = copy.deepcopy(kind._default_values)  # noqa: SLF001
    sections = {name: dict(asab.Config.items(name, raw=True)) for name in asab.Config.sections()}
    added: list[Mapping[str, Any]] = []
    outer = asab.Config.add_defaults

    def add_defaults(dictionary: Mapping[str, Any]) -> None:
        outer(dictionary)
        if dictionary is not kind._default_values:  # noqa: SLF001
            added.append(dictionary)

    def restore() -> None:
        asab.Config.add_defaults = outer
        kind._default_values.clear()  # noqa: SLF001
        kind._default_values.update(before)  # noqa: SLF001
        asab.Config.clear()
        # Past the interpolation, which took place when this was read.
        asab.Config._sections.update((name, dict(section)) for name, section in sections.items())  # noqa: SLF001
        for name in sections:
            asab.Config._proxies[name] = type(asab.Config["DEFAULT"])(asab.Config, name)  # noqa: SLF001
        # Modules that were imported meanwhile add their defaults only once.
        for dictionary in added:
            asab.Config.add_defaults(dictionary)

    asab.Config.add_defaults = add_defaults
    undo.callback(restore)
    # A process without ticks would be killed by the watchdog after a quarter of an hour, and be one that hangs before.
    standing = {"sentry": {}, "sentry:loop": {"blocked": "off"}, "general": {"watchdog_threshold": "0"}}
    for name, section in (standing | dict(config)).items():
        if not asab.Config.has_section(name):
            asab.Config.add_section(name)
        for key, value in section.items():
            asab.Config.set(name, key, value)
