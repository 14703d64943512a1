"""What is written of options: where each stands in the ini configuration or the environment, and its text."""

import configparser
import contextlib
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..runtime.diagnostics import brief_reason
from . import masking, mistakes, option_types
from .kind import Kind, Reason
from .options import Row

EMPTY = "it is empty; to have its default, leave it out"
"""As a variable of the environment may be that a value names."""

REASONS = {
    configparser.InterpolationMissingOptionError: "it refers to what is not there",
    configparser.InterpolationDepthError: "it refers to itself",
    configparser.InterpolationSyntaxError: "a $ in it begins no reference",
}
"""Why a value has no text."""


class Raw(NamedTuple):
    """The text of an option and where it was written; `show`: whether it may be shown."""

    text: str
    place: str
    show: bool = True


class Notes:
    """What is found to be wrong, a sentence each."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.warnings: list[str] = []


def uncommented(value: str) -> str:
    """Return the value without trailing comments, which ASAB's configuration leaves in: ` # text` or ` ; text`."""
    return "\n".join(re.sub(r"(^|\s+)[#;].*$", "", line) for line in value.splitlines()).strip()


class RawOptions:
    """An ini configuration and an environment, as texts of options; what is wrong is noted."""

    def __init__(self, config: configparser.ConfigParser, environ: Mapping[str, str], notes: Notes) -> None:
        self.config = config
        self._environ = environ
        self._notes = notes

    def find(self, row: Row) -> Raw | None:
        """Return what is written of an option; None: nothing."""
        if row.kind is option_types.RULES:
            return self._rules(row)
        # One after the other, as a place that is not needed cannot be at fault.
        places = itertools.chain(
            (self.from_ini(row.section, key, row.kind) for key in (row.key, *row.aliases)),
            (self._from_environment(variable, row) for variable in row.variables),
        )
        raws = (place for place in places if place is not None)
        if row.kind is not option_types.DSN:
            return next(raws, None)
        self._warn_of_two(row)
        return self._dsn(raws)

    def _dsn(self, raws: Iterator[Raw]) -> Raw | None:
        empty = None
        for raw in raws:
            if raw.text:
                return raw
            empty = empty or raw
        if empty is None and not self._notes.faults and self.config.has_section("sentry"):
            self._notes.faults.append(
                "No DSN: set [sentry] data_source_name, or the environment variable SENTRY_DSN, or SENTRY_DSN_FILE to "
                "the path of a file that holds it; set one of them to an empty value to switch Sentry off"
            )
        return empty

    def _warn_of_two(self, row: Row) -> None:
        texts = {}
        for key in (row.key, *row.aliases):
            with contextlib.suppress(configparser.InterpolationError):  # it is told where it is needed
                texts[key] = uncommented(self.config.get(row.section, key, fallback=""))
        first, *others = [key for key, text in texts.items() if text] or [""]
        self._notes.warnings.extend(
            f"[{row.section}] {key} is another one than {first}, which holds"
            for key in others
            if texts[key] != texts[first]
        )

    def _rules(self, row: Row) -> Raw | None:
        """Return all rules of a section: a rule that stands for itself has its first matcher for a key."""
        lines = {
            key: raw.text if key == row.key else f"{key}:{raw.text}"
            for key in self.keys(row.section)
            if key in (row.key, *row.aliases) and (raw := self.from_ini(row.section, key))
        }
        return Raw("\n".join(lines.values()), f"[{row.section}] {', '.join(lines)}") if lines else None

    def from_ini(self, section: str, key: str, kind: Kind | None = None) -> Raw | None:
        """Return what is written of a key of a section; None: nothing, or nothing that can be read."""
        place = f"[{section}] {key}"
        try:
            value = self.config.get(section, key, fallback=None)
        except configparser.InterpolationError as error:
            # Not str(error), which repeats the value, and that may hold a secret.
            text = uncommented(self.config.get(section, key, raw=True))
            names = mistakes.unset_variables(text, kind, self._environ, self.config.options(section), key)
            unset = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not set in the environment"
            reason = unset if names else _reason(error, text, kind)
            self._notes.faults.append(f"{place}: {reason}; accepted are ${{section:option}}, and $$ for a plain $")
            return None
        if value is None:
            return None
        text = uncommented(value)
        if value and not text and kind in mistakes.MEANS_SIGNS:
            self._notes.warnings.append(f"{place} is nothing but a comment; a # that begins a value is written [#]")
        return Raw(text, place)

    def _from_environment(self, variable: str, row: Row) -> Raw | None:
        value = self._environ.get(variable)
        if value is None:
            return None
        if variable.endswith("_FILE") and value:
            try:
                # Some editors begin a file with a mark of its encoding.
                text = Path(value).read_text(encoding="utf-8-sig")
                return Raw(text.strip(), f"content of {variable}={value}", show=False)
            except (OSError, UnicodeError) as error:
                # Not str(error), which repeats the value: it may be the DSN itself by mistake.
                reason = brief_reason(error) if isinstance(error, OSError) else "it is not UTF-8"
                # The service needs no token, and may not be the one who may read it.
                notes = self._notes.warnings if row.kind is option_types.TOKEN else self._notes.faults
                notes.append(f"{variable}={masking.masked(value)}: cannot be read ({reason})")
                return None
        if re.search(r"\s#", value):
            self._notes.warnings.append(f"{variable} has a comment, which is a part of the value of a variable")
        # An empty variable is how docker-compose passes on one that is not set.
        return Raw(value.strip(), variable) if value.strip() or row.kind is option_types.DSN else None

    def keys(self, section: str) -> list[str]:
        """Return the keys of a section, without those that all have."""
        if not self.config.has_section(section):
            return []
        return [key for key in self.config.options(section) if key not in self.config.defaults()]


def _reason(error: configparser.InterpolationError, text: str, kind: Kind | None) -> str:
    """Return why a value has no text, without what may be a part of a secret."""
    may_hold_one = kind in {option_types.TOKEN, option_types.DSN, option_types.URL, None}
    if isinstance(error, configparser.InterpolationMissingOptionError) and (
        not may_hold_one or text == f"${{{error.reference}}}"
    ):
        return f"there is no ${{{error.reference}}}"
    return REASONS.get(type(error), type(error).__name__)


def value_of(row: Row, raw: Raw, notes: Notes) -> Any:
    """Return the value of what is written; None where that is not accepted, which is noted."""
    shown = f" = {masking.masked(raw.text, row.kind)!r}" if raw.show else ""
    mistake = mistakes.mistake(raw.text, row.kind)
    try:
        value = row.kind.parse(raw.text)
    except ValueError as error:
        reason = mistake or (str(error) if isinstance(error, Reason) else "" if raw.text else EMPTY)
        notes.faults.append(f"{raw.place}{shown}: {reason and f'{reason}; '}{row.kind.accepts}")
        return None
    if mistake:
        notes.warnings.append(f"{raw.place}{shown}: {mistake}")
    return value
