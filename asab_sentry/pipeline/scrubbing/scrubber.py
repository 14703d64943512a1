"""What must not leave the machine: one walk through an event, before it is stored or sent.

Values become `[Filtered]` by key (`denylist`), by value (`known_values`), by shape (`secret_patterns`) and by where
they stand (`request_data`). Everything is copied on the way: nothing that others own is changed.
"""

import logging
from collections.abc import Mapping
from typing import Any

from ...config.options import Options
from ...objects.calls import let_through
from ...runtime.diagnostics import say
from ...sdk.serialized import has_databags, serialized
from ...secret_keys.denylist import FILTERED, Keys
from . import parameters
from .attributes import Attributes, Look
from .budget import ANEW, EVENT, FIRST, work
from .event_parts import Event, EventWalk, Lenient
from .known_values import Held
from .minimal_event import reduced
from .text_cleaner import Texts
from .walker import Unfit

ARGUMENTS = "process.command_args"


class Scrubber:
    """Cleans what is about to leave. Its methods never raise, but for those that say so."""

    def __init__(self, options: Options, config: Any, environ: Mapping[str, str]) -> None:
        self._options = options
        self.keys = Keys(options.denylist, options.allowlist, send_default_pii=options.send_default_pii)
        self._held = Held(config, environ, self.keys, options.dsn, options.api_auth_token or "")
        self.texts = Texts(
            self._held,
            options.patterns,
            options.personal,
            send_default_pii=options.send_default_pii,
            longest=options.max_value_length,
        )
        self.version = -1
        """Changes when more values are known as secrets: what was clean before may be so no more."""
        self._is_first = True
        self.refresh()

    def refresh(self) -> None:
        """Look for new secrets; raise what may go wrong."""
        self.texts.refresh()
        if self.version != self.texts.version:
            version = self.texts.version
            # Anew, as another thread may be about to remember what it has cleaned of less. The version last, as a
            # signal handler may come here meanwhile.
            self._walk = EventWalk(self._options, self.keys, self.texts)
            self._lenient = Lenient(self._options, self.keys, self.texts)
            self._attributes = Attributes(self._lenient, self.texts)
            self.version = version

    def glance(self) -> None:
        """Look for new secrets where something is kept that will be cleaned later: some are there for a moment only."""
        if self._held.is_outdated:
            self.refresh()

    def event(self, event: Event, hint: dict[str, Any], secrets: list[str] | None = None) -> Event:
        """Return an event, transaction or check-in as it may leave; what cannot be scrubbed is reduced.

        What it tells by names to be secret is added to `secrets`, as it may stand elsewhere without one.
        """
        secrets = [] if secrets is None else secrets
        try:
            self.refresh()
            try:
                if has_databags(event):
                    event = serialized(event)
                seconds, self._is_first = FIRST if self._is_first else EVENT, False
                with work.within(seconds):
                    return self._walk.event(event, secrets)
            except Exception as error:  # it is no JSON yet, or changes meanwhile
                let_through(error)
                event = serialized(event)
                with work.within(ANEW):
                    return self._lenient.event(event, secrets)
        except Exception as error:
            let_through(error)
            _say("An event", error, "it is sent reduced to its type, place and tags")
            hint.pop("attachments", None)
            return reduced(event, self.texts.clean)

    def modules(self, installed: dict[str, str]) -> dict[str, str]:
        """Return the installed packages as they may leave."""
        return self._walk.installed(installed)

    def breadcrumb(self, breadcrumb: dict[str, Any]) -> dict[str, Any]:
        """Return a breadcrumb as it may leave; of what cannot be scrubbed only that and when it was."""
        try:
            cleaned: dict[str, Any]
            try:
                cleaned = self._walk.breadcrumb(breadcrumb)
            except Unfit:
                cleaned = self._lenient.breadcrumb(breadcrumb)
        except Exception as error:
            let_through(error)
            _say("A breadcrumb", error, "only its time and level are sent")
            return {key: breadcrumb[key] for key in ("type", "level", "timestamp") if key in breadcrumb}
        return cleaned

    def plain_breadcrumbs(self, breadcrumbs: list[Any]) -> list[dict[str, Any] | None]:
        """Return copies of those breadcrumbs of log records of which nothing is to be hidden; None for others."""
        try:
            return self._walk.plain_breadcrumbs(breadcrumbs)
        except Exception as error:  # they are no more what they were, and looked at one by one
            let_through(error)
            return [None] * len(breadcrumbs)

    def span(self, span: dict[str, Any]) -> dict[str, Any]:
        """Return a span of sentry-sdk 3 as it may leave: that SDK sends it as it was where this fails or returns None.

        What is read of the result is `name` and `attributes`.
        """
        try:
            self.refresh()
            attributes = span["attributes"]
            # Those of the process, which that SDK adds to each segment.
            if ARGUMENTS in attributes:
                attributes = {name: value for name, value in attributes.items() if name != ARGUMENTS}
            named = {"name": span["name"], "attributes": attributes}
            with work.within(EVENT):
                cleaned = self._attributes.clean(named)
        except Exception as error:
            _say("A span", error, "it is sent without its name and attributes")
            return {"name": FILTERED, "attributes": {}}
        return {**span, **cleaned}

    def telemetry(self, item: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ARG002
        """Return a log or metric of sentry-sdk as it may leave; what cannot be scrubbed is dropped."""
        try:
            self.refresh()
            with work.within(EVENT):
                return _cleaned(item, self._attributes)
        except Exception as error:
            _say("A log or metric", error, "it is dropped")
            return None

    def logs(self, logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return logs, whose text and attributes are to be scrubbed, as they may leave; what cannot be is dropped."""
        try:
            self.refresh()
            attributes = self._attributes  # those of now, as another thread may learn of a secret meanwhile
            looks = attributes.look_at(logs) if len(logs) > 1 else [None] * len(logs)
        except Exception as error:
            _say("Logs", error, "they are dropped")
            return []
        cleaned = []
        for log, look in zip(logs, looks, strict=True):
            try:
                shown = {name: log[name] for name in ("body", "attributes")}
                cleaned.append(log | _cleaned(shown, attributes, look))
            except Exception as error:
                _say("A log", error, "it is dropped")
        return cleaned

    def text(self, text: str) -> str:
        """Return a text as it may leave; raise what may go wrong."""
        return self.texts.clean(text)


def _cleaned(item: dict[str, Any], attributes: Attributes, look: Look | None = None) -> dict[str, Any]:
    cleaned = attributes.clean(item, look)
    text = item.get("body")
    if type(text) is str and cleaned["body"] != text:
        cleaned["attributes"] = parameters.of_log(cleaned.get("attributes") or {}, text, cleaned["body"])
    return cleaned


def _say(what: str, error: Exception, then: str) -> None:
    say(logging.ERROR, f"{what} could not be scrubbed ({type(error).__name__}); {then}", cause=what, exc_info=True)
