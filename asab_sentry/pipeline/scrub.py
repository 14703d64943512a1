"""What must not leave the machine: one walk through an event, before it is stored or sent.

Values become `[Filtered]` by key (`denylist`), by value (`held`), by shape (`shapes`) and by where they stand
(`personal`). Everything is copied on the way: nothing that others own is changed.
"""

import copy
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from .. import values
from ..denylist import FILTERED, MAX_KEY, Keys
from ..notices import say
from ..options import Options
from ..ready import is_ready
from . import personal, shapes
from .held import Held
from .reduced import reduced
from .shortcut import MOMENTS
from .texts import Texts, remember

Event = dict[str, Any]
Clean = Callable[[Any], Any]

WEB_LOGGER = "asab.web"
"""Logger of ASAB's JsonExceptionMiddleware, which logs the headers of the request."""

SOURCE = frozenset({"pre_context", "context_line", "post_context"})
"""Keys of a frame that hold source code."""
IDS = frozenset({"event_id", "trace_id", "span_id", "parent_span_id", "check_in_id", "profiler_id"})

_hexadecimal = re.compile(r"[0-9a-f-]{16,36}", re.ASCII).fullmatch
_moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII).fullmatch


class Scrubber:
    """Cleans what is about to leave. Its methods without a leading underscore never raise."""

    def __init__(self, options: Options, config: Any, environ: Mapping[str, str]) -> None:
        self.keys = Keys(options.denylist, options.allowlist, send_default_pii=options.send_default_pii)
        self._texts = Texts(
            Held(config, environ, self.keys, options.dsn), options.patterns, send_default_pii=options.send_default_pii
        )
        self._text = self._texts.clean
        self._pii = options.send_default_pii
        self._with_body = options.max_request_body_size != "never"
        self._entries: dict[str, tuple[str, Clean]] = {}
        self._known_parts: dict[str, tuple[Any, Any]] = {}
        self._known_places: dict[tuple[str, str], tuple[Event, Event]] = {}
        self._parts: dict[str, Clean] = {
            "request": self._request,
            "user": self._user,
            "breadcrumbs": self._breadcrumbs,
            "modules": self._modules,
            "sdk": lambda sdk: _copied(self._once("sdk", sdk, self._value)),
            "_meta": self._meta,
        }
        self._special: dict[str, Clean] = {
            **dict.fromkeys(SOURCE, self._source),
            **dict.fromkeys(IDS, self._id),
            **dict.fromkeys(MOMENTS, self._time),
            "frames": self._frames,
        }

    @property
    def version(self) -> int:
        """Changes when more values are known as secrets: what was clean before may be so no more."""
        return self._texts.version

    def event(self, event: Event, hint: dict[str, Any]) -> Event:
        """Return an event, transaction or check-in as it may leave; what cannot be scrubbed is reduced."""
        try:
            self._refresh()
            self._attachments(hint)
            return self._event(event)
        except Exception as error:
            _say("An event", error, "it is sent reduced to its type, place and tags")
            hint.pop("attachments", None)
            return reduced(event, self._text)

    def breadcrumb(self, breadcrumb: dict[str, Any]) -> dict[str, Any]:
        """Return a breadcrumb as it may leave; of what cannot be scrubbed only that and when it was."""
        try:
            cleaned: dict[str, Any] = self._breadcrumb(breadcrumb)
        except Exception as error:
            _say("A breadcrumb", error, "only its time and level are sent")
            return {key: breadcrumb[key] for key in ("type", "level", "timestamp") if key in breadcrumb}
        return cleaned

    def telemetry(self, item: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ARG002
        """Return a log or metric of sentry-sdk as it may leave; what cannot be scrubbed is dropped."""
        try:
            self._refresh()
            cleaned: dict[str, Any] = self._mapping(item)
        except Exception as error:
            _say("A log or metric", error, "it is dropped")
            return None
        return cleaned

    def _refresh(self) -> None:
        if self._texts.refresh():
            # Anew, as another thread may be about to remember what it has cleaned of less.
            self._entries, self._known_places, self._known_parts = {}, {}, {}

    def _attachments(self, hint: dict[str, Any]) -> None:
        """Clean the names of attachments; what they hold is what the application chose to send."""
        attachments = list(hint.get("attachments") or ())
        for place, given in enumerate(attachments):
            name = self._text(given.filename)
            if name != given.filename:
                attachments[place] = copy.copy(given)
                attachments[place].filename = name
        if attachments:
            hint["attachments"] = attachments

    def _event(self, event: Event) -> Event:
        cleaned = {}
        for key, given in list(event.items()):
            part = self._parts.get(key)
            if part is not None:
                cleaned[key] = part(given)
                continue
            value = given
            if key == "contexts" and event.get("logger") == WEB_LOGGER and not self._pii and "struct_data" in given:
                value = {**given, "struct_data": personal.logged_headers(given["struct_data"])}
            name, clean = self._entries.get(key) or self._entry(key, self._entries)
            cleaned[name] = clean(value)
        _keep_sampling(event, cleaned)
        return cleaned

    def _request(self, request: Any) -> Any:
        if not isinstance(request, dict):
            return self._value(request)
        request = dict(request)
        cleaned = {}
        if "data" in request:
            data = request.pop("data")
            shown = self._with_body or data in personal.NO_BODY
            cleaned["data"] = self._value(data if shown else personal.blank(data))
        if "cookies" in request:
            # All cookies are secret by their key; where they are opened, those of a secret name remain so.
            cookies = request.pop("cookies")
            cleaned["cookies"] = self._value(cookies if self._pii else personal.blank_pairs(cookies))
        if not self._pii and isinstance(url := request.get("url"), str):
            request["url"] = personal.url(url)
        return {**self._mapping(request), **cleaned}

    def _user(self, user: Any) -> Any:
        return self._value(user if self._pii else personal.user(user))

    def _meta(self, meta: Any) -> Any:
        """Return sentry-sdk's remarks on values, by their keys."""
        if not isinstance(meta, dict):
            return meta
        # A header that the SDK left out is `[Filtered]` like others, and no more what it remarked on.
        return {self._text(key): self._meta(inner) for key, inner in meta.items() if key != "headers"}

    def _modules(self, modules: Any) -> Any:
        if not isinstance(modules, dict):
            return self._value(modules)

        def clean(modules: dict[str, Any]) -> dict[str, Any]:
            # Names of packages, as PyJWT, are no keys.
            return {self._value(name): self._value(version) for name, version in list(modules.items())}

        return {**self._once("modules", modules, clean)}

    def _once(self, part: str, given: Any, clean: Clean) -> Any:
        """Return a part that is the same in each event, cleaned once."""
        parts = self._known_parts
        known, cleaned = parts.get(part) or (None, None)
        if known is None or known != given:
            known, cleaned = parts[part] = _copied(given), clean(given)
        return cleaned

    def _breadcrumbs(self, part: Any) -> Any:
        if not isinstance(part, dict):
            return self._value(part)
        values = part.get("values")
        if not isinstance(values, list):
            return self._mapping(part)
        return {**self._mapping({**part, "values": None}), "values": [self._breadcrumb(value) for value in values]}

    def _breadcrumb(self, breadcrumb: Any) -> Any:
        if isinstance(breadcrumb, dict) and breadcrumb.get("category") == WEB_LOGGER and not self._pii:
            breadcrumb = {**breadcrumb, "data": personal.logged_headers(breadcrumb.get("data"))}
        return self._value(breadcrumb)

    def _value(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return self._text(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            return FILTERED if value > 10**12 and shapes.is_card(str(value)) else value
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, (list, tuple)):
            return [self._value(inner) for inner in value]
        # No JSON: an event processor or a hook left it.
        return self._value(values.mapping({"": value}, **values.CONTEXT)[""])

    def _mapping(self, given: dict[Any, Any]) -> dict[str, Any]:
        cleaned: dict[str, Any] = {}
        entries = self._entries
        # Others may change it meanwhile.
        for key, value in list(given.items()):
            # Names of headers are a kind of str.
            text = key if type(key) is str else values.text(key, 1000)
            name, clean = entries.get(text) or self._entry(text, entries)
            while name in cleaned:  # two keys that are secrets themselves
                name += "_"
            cleaned[name] = clean(value)
        return cleaned

    def _entry(self, key: str, entries: dict[str, tuple[str, Clean]]) -> tuple[str, Clean]:
        """Return what becomes of a key, and what cleans its value."""
        entry = (key if key in SOURCE else self._text(key), self._rule(key))
        if len(key) <= MAX_KEY:
            remember(entries, key, entry)
        return entry

    def _rule(self, key: str) -> Clean:
        if self.keys.is_secret(key) or (not self._pii and personal.is_header(key)):
            return self._blank
        if key == personal.BODY and not self._with_body:
            return self._blank
        if key in self._special:
            return self._special[key]
        left_out: Clean | None = None if self._pii else personal.rule(key)
        return self._value if left_out is None else lambda value: self._value(left_out(value))

    def _blank(self, value: Any) -> Any:
        return self._value(personal.blank(value))

    def _id(self, value: Any) -> Any:
        # One of digits only may seem a payment card.
        return value if type(value) is str and _hexadecimal(value) else self._value(value)

    def _time(self, value: Any) -> Any:
        return value if type(value) is str and _moment(value) else self._value(value)

    def _source(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._source(line) for line in value]
        return self._texts.source(value) if type(value) is str else self._value(value)

    def _frames(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return self._value(value)
        return [self._frame(personal.frame(frame, with_body=self._with_body, pii=self._pii)) for frame in value]

    def _frame(self, frame: Any) -> Any:
        """Return a frame; what is the same each time its line is reached is cleaned once."""
        if not isinstance(frame, dict):
            return self._value(frame)
        place: Event = {}
        changing: Event = {}
        for key, value in list(frame.items()):
            (changing if key == "vars" else place)[key] = value
        name, places = (str(place.get("abs_path")), str(place.get("lineno"))), self._known_places
        given, cleaned = places.get(name) or (None, {})
        if given != place:
            cleaned = self._mapping(place)
            if is_ready(place):
                remember(places, name, (_copied(place), cleaned))
        return {**_copied(cleaned), **self._mapping(changing)}


def _copied(value: Any) -> Any:
    """Return JSON that a hook may change."""
    kind = type(value)
    if kind is dict:
        return {key: inner if type(inner) is str else _copied(inner) for key, inner in value.items()}
    return [inner if type(inner) is str else _copied(inner) for inner in value] if kind is list else value


def _keep_sampling(event: Event, cleaned: Event) -> None:
    """Keep the public key in what sentry-sdk moves from the event into the header of the envelope."""
    contexts = event.get("contexts")
    trace = contexts.get("trace") if isinstance(contexts, dict) else None
    sampling = trace.get("dynamic_sampling_context") if isinstance(trace, dict) else None
    if isinstance(sampling, dict) and "public_key" in sampling:
        cleaned["contexts"]["trace"]["dynamic_sampling_context"]["public_key"] = sampling["public_key"]


def _say(what: str, error: Exception, then: str) -> None:
    say(logging.ERROR, f"{what} could not be scrubbed ({type(error).__name__}); {then}", cause=what, exc_info=True)
