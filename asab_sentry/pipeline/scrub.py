"""What must not leave the machine: one walk through an event, before it is stored or sent.

Values become `[Filtered]` by key (`denylist`), by value (`held`), by shape (`shapes`) and by where they stand
(`personal`). Everything is copied on the way: nothing that others own is changed.
"""

import copy
import datetime
import logging
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from .. import values
from ..denylist import FILTERED, MAX_KEY, Keys
from ..notices import say
from ..options import Options
from . import personal, shapes
from .held import Held
from .reduced import reduced
from .shortcut import DEEPEST, Shortcut, Unfit
from .texts import Texts, remember

Event = dict[str, Any]
Clean = Callable[[Any, int], Any]
"""Returns what is left of a value; the number is how deep it may be nested."""
Entries = dict[str, tuple[str, Clean | None]]
"""What becomes of a key, and what cleans its value; None: it is cleaned as any other."""

WEB_LOGGER = "asab.web"
"""Logger of ASAB's JsonExceptionMiddleware, which logs the headers of the request."""

SOURCE = frozenset({"pre_context", "context_line", "post_context"})
"""Keys of a frame that hold source code."""
MOMENTS = frozenset({"timestamp", "start_timestamp"})
IDS = frozenset({"event_id", "trace_id", "span_id", "parent_span_id", "check_in_id", "profiler_id"})

_CONTAINERS = frozenset({dict, list})

_hexadecimal = re.compile(r"[0-9a-f-]{16,36}", re.ASCII).fullmatch
_moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII).fullmatch


class Scrubber:
    """Cleans what is about to leave. Its methods without a leading underscore never raise."""

    def __init__(self, options: Options, config: Any, environ: Mapping[str, str], shortcut: Shortcut) -> None:
        self._shortcut = shortcut
        self.keys = Keys(options.denylist, options.allowlist, send_default_pii=options.send_default_pii)
        self._texts = Texts(
            Held(config, environ, self.keys, options.dsn), options.patterns, send_default_pii=options.send_default_pii
        )
        self._text = self._texts.clean
        self._pii = options.send_default_pii
        # What is remembered is copied where a hook may change it.
        self._own = _copied if options.before_send or options.before_send_transaction else lambda known: known
        self._with_body = options.max_request_body_size != "never"
        self._entries: Entries = {}
        self._event_entries: Entries = {}
        self._known_parts: dict[str, tuple[Any, Any]] = {}
        self._known_places: dict[str, tuple[Event, Event]] = {}
        self._parts: dict[str, Clean] = {
            "request": self._request,
            "user": lambda user, depth: self._value(user if self._pii else personal.user(user), depth),
            "breadcrumbs": self._breadcrumbs,
            "modules": self._modules,
            "sdk": self._sdk,
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
            return _walked(self._event, event, self._shortcut.fit)
        except Exception as error:
            _say("An event", error, "it is sent reduced to its type, place and tags")
            hint.pop("attachments", None)
            return reduced(event, self._text)

    def modules(self, installed: dict[str, str]) -> dict[str, str]:
        """Return the installed packages as they may leave, cleaned once."""
        known, cleaned = self._known_parts.get("modules") or (None, {})
        if known is not installed:
            cleaned = self._modules(installed, DEEPEST)
            self._known_parts["modules"] = installed, cleaned
        owned: dict[str, str] = self._own(cleaned)
        return owned

    def breadcrumb(self, breadcrumb: dict[str, Any]) -> dict[str, Any]:
        """Return a breadcrumb as it may leave; of what cannot be scrubbed only that and when it was."""
        try:
            return _walked(self._breadcrumb, breadcrumb, self._shortcut.bounded)
        except Exception as error:
            _say("A breadcrumb", error, "only its time and level are sent")
            return {key: breadcrumb[key] for key in ("type", "level", "timestamp") if key in breadcrumb}

    def telemetry(self, item: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ARG002
        """Return a log or metric of sentry-sdk as it may leave; what cannot be scrubbed is dropped."""
        try:
            self._refresh()
            return _walked(self._mapping, item, self._shortcut.bounded)
        except Exception as error:
            _say("A log or metric", error, "it is dropped")
            return None

    def _refresh(self) -> None:
        if self._texts.refresh():
            # Anew, as another thread may be about to remember what it has cleaned of less.
            self._entries, self._event_entries, self._known_places, self._known_parts = {}, {}, {}, {}

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
        contexts = event.get("contexts")
        if (
            event.get("logger") == WEB_LOGGER
            and not self._pii
            and isinstance(contexts, dict)
            and "struct_data" in contexts
        ):
            logged = personal.logged_headers(contexts["struct_data"])
            event = {**event, "contexts": {**contexts, "struct_data": logged}}
        cleaned = self._mapping(event, is_event=True)
        _keep_sampling(event, cleaned)
        return cleaned

    def _request(self, request: Any, depth: int) -> Any:
        if not isinstance(request, dict):
            return self._value(request, depth)
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
        return self._mapping(request, depth) | cleaned

    def _meta(self, meta: Any, depth: int) -> Any:
        """Return sentry-sdk's remarks on values, by their keys."""
        if not isinstance(meta, dict):
            return meta
        # A header that the SDK left out is `[Filtered]` like others, and no more what it remarked on.
        return {self._text(key): self._meta(inner, depth) for key, inner in meta.items() if key != "headers"}

    def _modules(self, modules: Any, depth: int) -> Any:
        if not isinstance(modules, dict):
            return self._value(modules, depth)

        # Names of packages, as PyJWT, are no keys.
        return {self._value(name): self._value(version) for name, version in modules.items()}

    def _sdk(self, sdk: Any, depth: int) -> Any:
        known, cleaned = self._known_parts.get("sdk") or (None, None)
        if known is None or known != sdk:
            cleaned = self._value(sdk, depth)
            self._known_parts["sdk"] = _copied(sdk), cleaned
        return self._own(cleaned)

    def _breadcrumbs(self, part: Any, depth: int) -> Any:
        values = part.get("values") if isinstance(part, dict) else None
        if not isinstance(values, list):
            return self._value(part, depth)
        return self._mapping({**part, "values": None}) | {"values": [self._breadcrumb(value) for value in values]}

    def _breadcrumb(self, breadcrumb: Any) -> Any:
        if isinstance(breadcrumb, dict) and breadcrumb.get("category") == WEB_LOGGER and not self._pii:
            breadcrumb = {**breadcrumb, "data": personal.logged_headers(breadcrumb.get("data"))}
        return self._value(breadcrumb)

    def _value(self, value: Any, depth: int = DEEPEST) -> Any:
        kind = type(value)
        if kind is str:
            return self._string(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return FILTERED if value > 10**12 and shapes.is_card(str(value)) else value
        if isinstance(value, dict):
            return self._mapping(value, depth)
        if isinstance(value, (list, tuple)) and depth > 0:
            return [self._value(inner, depth - 1) for inner in value]
        return self._scalar(value)

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, float) and math.isfinite(value):
            return float.__float__(value)
        # As members of enumerations.
        if isinstance(value, str):
            return self._string(str.__str__(value))
        if isinstance(value, int):
            return self._value(int.__int__(value))
        if isinstance(value, datetime.datetime):
            return _text(value)
        raise Unfit

    def _string(self, text: str) -> str:
        if self._shortcut.is_long(text):
            raise Unfit
        return self._text(text)

    def _mapping(self, given: dict[Any, Any], depth: int = DEEPEST, *, is_event: bool = False) -> dict[str, Any]:
        if depth <= 0:
            raise Unfit
        cleaned: dict[str, Any] = {}
        entries, known = self._event_entries if is_event else self._entries, self._texts.known
        for key, value in given.items():
            name, clean = entries.get(key) or self._entry(key, entries, is_event=is_event)
            while name in cleaned:  # two keys that are secrets themselves
                name += "_"
            if clean is not None:
                cleaned[name] = clean(value, depth - 1)
            elif type(value) is str:
                # Here pass most values of an event, and most of them are known.
                text = known.get(value)
                cleaned[name] = self._string(value) if text is None else text
            elif type(value) is dict:
                cleaned[name] = self._mapping(value, depth - 1)
            else:
                cleaned[name] = self._value(value, depth - 1)
        return cleaned

    def _entry(self, key: Any, entries: Entries, *, is_event: bool) -> tuple[str, Clean | None]:
        # Names of headers are a kind of str.
        text = key if type(key) is str else values.text(key, 1000)
        part = self._parts.get(text) if is_event else None
        entry = text if part or text in SOURCE else self._text(text), part or self._rule(text)
        if len(text) <= MAX_KEY:
            remember(entries, text, entry)
        return entry

    def _rule(self, key: str) -> Clean | None:
        if self.keys.is_secret(key) or (not self._pii and personal.is_header(key)):
            return self._blank
        if key == personal.BODY and not self._with_body:
            return self._blank
        if key in self._special:
            return self._special[key]
        left_out = None if self._pii else personal.rule(key)
        return None if left_out is None else lambda value, depth: self._value(left_out(value), depth)

    def _blank(self, value: Any, depth: int) -> Any:
        return self._value(personal.blank(value), depth)

    def _id(self, value: Any, depth: int) -> Any:
        # One of digits only may seem a payment card.
        return value if type(value) is str and _hexadecimal(value) else self._value(value, depth)

    def _time(self, value: Any, depth: int) -> Any:
        if type(value) is datetime.datetime:
            return _text(value)
        return value if type(value) is str and _moment(value) else self._value(value, depth)

    def _source(self, value: Any, depth: int) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._source(line, depth - 1) for line in value]
        return self._texts.source(value) if type(value) is str else self._value(value, depth)

    def _frames(self, value: Any, depth: int) -> Any:
        if not isinstance(value, (list, tuple)):
            return self._value(value, depth)
        return [self._frame(frame, depth) for frame in value]

    def _frame(self, frame: Any, depth: int) -> Any:
        """Return a frame; what is the same each time its line is reached is cleaned once."""
        if not isinstance(frame, dict):
            return self._value(frame, depth)
        place = {**frame}
        changing = {"vars": place.pop("vars")} if "vars" in place else {}
        name, places = f"{place.get('abs_path')}:{place.get('lineno')}", self._known_places
        given, cleaned = places.get(name) or (None, {})
        if given != place:
            cleaned = self._mapping(place, depth)
            remember(places, name, (_copied(place), cleaned))
        return {**self._own(cleaned), **self._mapping(changing, depth)}


def _walked(walk: Callable[[Any], Event], item: Event, fit: Callable[[Event], Event]) -> Event:
    """Return what a walk makes of an item; what it does not take as it is is made fit first."""
    try:
        return walk(item)
    except (Unfit, RuntimeError):  # the latter by a dict that another thread changes meanwhile
        return walk(fit(item))


def _copied(value: Any) -> Any:
    """Return JSON that a hook may change."""
    if type(value) is dict:
        return {key: _copied(inner) if type(inner) in _CONTAINERS else inner for key, inner in value.items()}
    if type(value) is list:
        return [_copied(inner) if type(inner) in _CONTAINERS else inner for inner in value]
    return value


def _text(when: datetime.datetime) -> str:
    """Return a moment as sentry-sdk writes it."""
    if when.tzinfo is not datetime.UTC:
        when = when.astimezone(datetime.UTC)
    return f"{when.isoformat(timespec='microseconds')[:26]}Z"


def _keep_sampling(event: Event, cleaned: Event) -> None:
    """Keep the public key in what sentry-sdk moves from the event into the header of the envelope."""
    contexts = event.get("contexts")
    trace = contexts.get("trace") if isinstance(contexts, dict) else None
    sampling = trace.get("dynamic_sampling_context") if isinstance(trace, dict) else None
    if isinstance(sampling, dict) and "public_key" in sampling:
        cleaned["contexts"]["trace"]["dynamic_sampling_context"]["public_key"] = sampling["public_key"]


def _say(what: str, error: Exception, then: str) -> None:
    say(logging.ERROR, f"{what} could not be scrubbed ({type(error).__name__}); {then}", cause=what, exc_info=True)
