"""The walk through an event: what is left of each value, by its key and by where it stands.

`Walk` takes JSON as it is and raises `Unfit` where it finds something else; `Lenient` makes JSON of everything.
"""

import datetime
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...config.options import Options
from ...objects import json_values
from ...objects.known import Known
from ...objects.ready_json import copied
from ...sdk.bounds import DEEPEST, LONGEST_KEY
from ...secret_keys import denylist
from ...secret_keys.denylist import FILTERED, MAX_KEY, Keys
from . import beside, parameters, request_data
from .budget import Budget, beginning
from .secret_patterns import cards, phones, urls
from .text_cleaner import MAX_KNOWN, Texts

Event = dict[str, Any]
Clean = Callable[[Any, int], Any]
"""Returns what is left of a value; the number is how deep it may be nested."""

MARGIN = 1000
"""A text that is too long is cleaned with so many characters more than are left of it."""

SOURCE = frozenset({"pre_context", "context_line", "post_context"})
"""Keys of a frame that hold source code."""
MOMENTS = frozenset({"timestamp", "start_timestamp"})
IDS = frozenset({"event_id", "trace_id", "span_id", "parent_span_id", "check_in_id", "profiler_id"})

_hexadecimal = re.compile(r"[0-9a-f-]{16,36}", re.ASCII).fullmatch
_is_uuid = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII).fullmatch
_moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII).fullmatch


class Unfit(Exception):
    """What is walked is no JSON, nested too deep, or has a text that is too long."""


class _Table(Known[str, tuple[str, Clean | None]]):
    """What becomes of the keys of a kind of dict, and what cleans their values (None: they are cleaned as any other).

    `rule` says what cleans the value of a key that is none of the `parts`.
    """

    __slots__ = ("parts", "rule")

    def __init__(self, parts: dict[str, Clean], rule: Callable[[str], Clean | None]) -> None:
        super().__init__(MAX_KNOWN)
        self.parts = parts
        self.rule = rule


class Walk:
    """One for all events, until more secrets are known; it remembers what is left of keys and of places in the code."""

    def __init__(self, options: Options, keys: Keys, texts: Texts) -> None:
        self._keys = keys
        self._texts = texts
        self._text = texts.clean
        self._shortest = texts.shortest
        self._limit = options.max_value_length
        self._pii = options.send_default_pii
        self._with_address = "ip" not in options.personal
        self._with_phones = "phone" not in options.personal
        self._with_body = options.max_request_body_size != "never"
        # What is remembered is copied where a hook may change it.
        self._is_hooked = bool(options.before_send or options.before_send_transaction)
        self._places: Known[str, tuple[Event, Event]] = Known(MAX_KNOWN)
        self._sdks: tuple[Any, Any] = None, None
        self._installed: tuple[Any, dict[str, str]] = None, {}
        self._special: dict[str, Clean] = {
            **dict.fromkeys(IDS, self._id),
            **dict.fromkeys(MOMENTS, self._time),
            **dict.fromkeys(SOURCE, self._source),
            "uuid": self._uuid,
            "frames": self._frames,
            "netloc": self._netloc,
        }
        self._values = _Table({}, self._rule)
        self._headers = _Table({}, self._header_rule)
        self._requests = _Table({"data": self._body, "cookies": self._cookies}, self._request_rule)
        self._events = _Table(
            {
                "request": self._request,
                "user": self._user,
                "logentry": self._logentry,
                "release": self._release,
                "breadcrumbs": self._breadcrumbs,
                "spans": self._spans,
                "modules": self._modules,
                "sdk": self._sdk,
                "_meta": self._meta,
            },
            self._rule,
        )

    def installed(self, modules: dict[str, str]) -> dict[str, str]:
        """Return the installed packages, which are the same each time."""
        known, cleaned = self._installed
        if known is not modules:
            clean = self._texts.release
            cleaned = {clean(name): clean(version) for name, version in modules.items()}
            self._installed = modules, cleaned
        return dict(cleaned) if self._is_hooked else cleaned

    def _unfit(self, value: Any) -> Any:  # noqa: ARG002  # another walk makes something of it
        raise Unfit

    def event(self, event: Event) -> Event:
        """Return an event, a transaction or a check-in."""
        contexts = event.get("contexts")
        if (
            event.get("logger") == request_data.WEB_LOGGER
            and not self._pii
            and isinstance(contexts, dict)
            and "struct_data" in contexts
        ):
            logged = request_data.logged_headers(contexts["struct_data"])
            if logged is not contexts["struct_data"]:
                event = {**event, "contexts": {**contexts, "struct_data": logged}}
        cleaned: Event = self.mapping(event, table=self._events)
        _keep_sampling(event, cleaned)
        return cleaned

    def _request(self, request: Any, depth: int) -> Any:
        return self.mapping(request, depth, self._requests) if isinstance(request, dict) else self.value(request, depth)

    def _logentry(self, entry: Any, depth: int) -> Any:
        cleaned = self.value(entry, depth)
        if isinstance(entry, dict) and entry.get("params") and isinstance(cleaned, dict):
            hidden = parameters.without_hidden(cleaned["params"], entry.get("formatted"), cleaned.get("formatted"))
            cleaned["params"] = hidden
        return cleaned

    def _netloc(self, netloc: Any, depth: int) -> Any:
        return self.value(urls.without_credentials(netloc) if isinstance(netloc, str) else netloc, depth)

    def _body(self, data: Any, depth: int) -> Any:
        return self.value(data if self._with_body or data in request_data.NO_BODY else request_data.blank(data), depth)

    def _cookies(self, cookies: Any, depth: int) -> Any:
        # All cookies are secret by their key; where they are opened, those of a secret name remain so.
        return self.value(cookies if self._pii else request_data.blank_pairs(cookies), depth)

    def _url(self, url: Any, depth: int) -> Any:
        return self.value(request_data.url(self._beginning(url)) if isinstance(url, str) else url, depth)

    def _meta(self, meta: Any, depth: int) -> Any:
        """Return sentry-sdk's remarks on values, by their keys."""
        if not isinstance(meta, dict) or depth <= 0:
            return self.value(meta, depth)
        # A header that the SDK left out is `[Filtered]` like others, and no more what it remarked on.
        clean = self._text
        return {clean(str(key)): self._meta(inner, depth - 1) for key, inner in meta.items() if key != "headers"}

    def _user(self, user: Any, depth: int) -> Any:
        if not self._pii:
            return self.value(request_data.user(_plain(user)), depth)
        # An address that is none would be an error for Sentry.
        is_shown = self._with_address or not isinstance(user, dict)
        return self.value(user if is_shown else {key: user[key] for key in user if key != "ip_address"}, depth)

    def _release(self, release: Any, depth: int) -> Any:
        return self._texts.release(release) if type(release) is str else self.value(release, depth)

    def _modules(self, modules: Any, depth: int) -> Any:
        if not isinstance(modules, dict):
            return self.value(modules, depth)
        # Names of packages, as PyJWT, are no keys.
        clean = self._texts.release
        return {
            clean(json_values.text(name, MAX_KEY)): self._release(version, depth - 1)
            for name, version in modules.items()
        }

    def _sdk(self, sdk: Any, depth: int) -> Any:
        known, cleaned = self._sdks
        if known is None or known != sdk:
            cleaned = self.value(sdk, depth)
            self._sdks = copied(sdk), cleaned
        return copied(cleaned) if self._is_hooked else cleaned

    def _breadcrumbs(self, part: Any, depth: int) -> Any:
        values = part.get("values") if isinstance(part, dict) else None
        if not isinstance(values, list):
            return self.value(part, depth)
        if not values and len(part) == 1:
            return {"values": []}
        cleaned, budget = [], Budget()
        for value in reversed(values):
            is_cut = budget.is_spent and isinstance(value, dict)
            cleaned.append(self.breadcrumb(beginning(value) if is_cut else value))
            budget.spend(cleaned[-1])
        return self.mapping({**part, "values": None}) | {"values": cleaned[::-1]}

    def _spans(self, spans: Any, depth: int) -> Any:
        return [self._span(span, depth - 1) for span in spans] if isinstance(spans, list) else self.value(spans, depth)

    def _span(self, span: Any, depth: int) -> Any:
        text = span.get("description") if isinstance(span, dict) else None
        if type(text) is not str or not self._is_long(text):
            return self.value(span, depth)
        # It is a query, which sentry-sdk does not cut; a very long one is.
        return self.mapping({**span, "description": None}, depth) | {"description": self._text(text)}

    def breadcrumb(self, breadcrumb: Any) -> Any:
        """Return a breadcrumb."""
        if isinstance(breadcrumb, dict) and breadcrumb.get("category") == request_data.WEB_LOGGER and not self._pii:
            breadcrumb = {**breadcrumb, "data": request_data.logged_headers(breadcrumb.get("data"))}
        return self.value(breadcrumb)

    def value(self, value: Any, depth: int = DEEPEST) -> Any:
        """Return any value."""
        kind = type(value)
        if kind is str:
            return self._string(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return FILTERED if value > 10**12 and cards.is_card(str(value)) else value
        if isinstance(value, dict):
            return self.mapping(value, depth)
        if isinstance(value, (list, tuple)) and depth > 0:
            return self._sequence(value, depth - 1)
        return self._scalar(value)

    def _sequence(self, values: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
        cleaned = [
            self._pair(inner, depth) if request_data.is_pair(inner) else self.value(inner, depth) for inner in values
        ]
        if len(values) > 1 and isinstance(values[0], str):
            for place, left in beside.in_list(values, self._keys):
                cleaned[place] = self.value(left, depth)
        return cleaned

    def _pair(self, pair: Any, depth: int) -> Any:
        """Return a pair of a list of them, as headers and the items of a dict are."""
        if depth > 0 and self._keys.is_secret(beside.plain(pair[0])):
            return [self._string(pair[0]), self._blank(pair[1], depth - 1)]
        return self.value(pair, depth)

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, float) and math.isfinite(value):
            return float.__float__(value)
        # As members of enumerations.
        if isinstance(value, str):
            return self._string(str.__str__(value))
        if isinstance(value, int):
            return self.value(int.__int__(value))
        if _is_moment(value):
            return self._string(_text(value))
        return self._unfit(value)

    def _beginning(self, text: str) -> str:
        """Return a text, or more of it than will be left: it is cut at the limit when it is clean."""
        return text if len(text) <= self._limit + MARGIN else text[: self._limit + MARGIN] + json_values.CUT

    def _is_long(self, text: str) -> bool:
        # The limit is in bytes.
        length, limit = len(text), self._limit
        return length > limit or (length * 4 > limit and len(text.encode("utf-8", "replace")) > limit)

    def _string(self, text: str) -> Any:
        if len(text) < self._shortest:
            return text
        known = self._texts.known.get(text)
        if known is not None:
            return known
        return self._unfit(text) if self._is_long(text) else self._text(text)

    def mapping(self, values: dict[Any, Any], depth: int = DEEPEST, table: _Table | None = None) -> Any:
        """Return a dict, by its keys."""
        if depth <= 0:
            return self._unfit(values)
        cleaned: dict[str, Any] = {}
        if table is None:
            table = self._values
        known, shortest = self._texts.known, self._shortest
        for key, value in values.items():
            name, clean = table.get(key) or self._entry(key, table)
            if name in cleaned:  # two keys that are secrets themselves
                name = _another(name, cleaned)
            if clean is _of_field:
                cleaned[name] = (self._blank if beside.of_field(values, self._keys) else self.value)(value, depth - 1)
            elif clean is not None:
                cleaned[name] = clean(value, depth - 1)
            elif type(value) is str:
                # Here pass most values of an event, and most of them are short or known.
                text = value if len(value) < shortest else known.get(value)
                cleaned[name] = self._string(value) if text is None else text
            elif type(value) is dict:
                cleaned[name] = self.mapping(value, depth - 1)
            else:
                cleaned[name] = self.value(value, depth - 1)
        return cleaned

    def _entry(self, key: Any, table: _Table) -> tuple[str, Clean | None]:
        """Return what becomes of a key, and what cleans its value."""
        # Names of headers are a kind of str.
        text = key if type(key) is str and len(key) <= LONGEST_KEY else json_values.text(key, LONGEST_KEY)
        part = table.parts.get(text)
        entry = text if part or text in SOURCE else self._text(text), part or table.rule(text)
        if len(text) <= MAX_KEY:
            table.add(text, entry)
        return entry

    def _rule(self, key: str) -> Clean | None:
        weight = self._keys.weight(key)
        if weight:
            return self._unless_small if weight == denylist.MAYBE else self._blank
        if key == request_data.BODY and not self._with_body:
            return self._blank
        if key in self._special:
            return self._special[key]
        if key.lower() in beside.VALUES:
            return _of_field
        if not self._with_phones and phones.is_named(key):
            return self._phone
        return None if self._pii else self._personal_rule(key)

    def _personal_rule(self, key: str) -> Clean | None:
        if request_data.is_header(key):
            return self._blank
        if key in request_data.QUERIES:
            return self._query
        return self._of_headers if request_data.is_of_headers(key) else None

    def _phone(self, value: Any, depth: int) -> Any:
        return FILTERED if phones.is_number(value) else self.value(value, depth)

    def _query(self, value: Any, depth: int) -> Any:
        plain = self._beginning(value) if isinstance(value, str) else _plain(value)
        return self.value(request_data.without_query(plain), depth)

    def _of_headers(self, value: Any, depth: int) -> Any:
        if isinstance(value, (dict, Mapping)):
            return self.mapping(_plain(value), depth, self._headers)
        return self.value(request_data.header_pairs(value), depth)

    def _request_rule(self, key: str) -> Clean | None:
        return self._rule(key) or (self._url if key == "url" and not self._pii else None)

    def _header_rule(self, name: str) -> Clean | None:
        return self._rule(name) if request_data.is_harmless(name) else self._header

    def _header(self, value: Any, depth: int) -> Any:
        # sentry-sdk leaves some of them empty.
        return FILTERED if value == "" else self._blank(value, depth)

    def _blank(self, value: Any, depth: int) -> Any:
        if denylist.is_path(value):
            return self.value(value, depth)
        return self.value(request_data.blank(_plain(value)), depth)

    def _unless_small(self, value: Any, depth: int) -> Any:
        return value if denylist.is_small(value) else self._blank(value, depth)

    def _id(self, value: Any, depth: int) -> Any:
        # One of digits only may seem a payment card.
        return value if type(value) is str and _hexadecimal(value) else self.value(value, depth)

    def _uuid(self, value: Any, depth: int) -> Any:
        return self._texts.identifier(value) if type(value) is str and _is_uuid(value) else self.value(value, depth)

    def _time(self, value: Any, depth: int) -> Any:
        if type(value) is float and math.isfinite(value):
            return value
        if _is_moment(value):
            return _text(value)
        return value if type(value) is str and _moment(value) else self.value(value, depth)

    def _source(self, value: Any, depth: int) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._source(line, depth - 1) for line in value]
        return self._texts.source(value) if type(value) is str else self.value(value, depth)

    def _frames(self, value: Any, depth: int) -> Any:
        if not isinstance(value, (list, tuple)):
            return self.value(value, depth)
        return [self._frame(frame, depth) for frame in value]

    def _frame(self, frame: Any, depth: int) -> Any:
        """Return a frame; what is the same each time its line is reached is cleaned once."""
        if not isinstance(frame, dict):
            return self.value(frame, depth)
        place = {**frame}
        changing = {"vars": place.pop("vars")} if "vars" in place else {}
        name, places = f"{place.get('abs_path')}:{place.get('lineno')}", self._places
        remembered, cleaned = places.get(name) or (None, {})
        if remembered != place:
            cleaned = self.mapping(place, depth)
            places.add(name, (copied(place), cleaned))
        same = copied(cleaned) if self._is_hooked else cleaned
        return {**same, **self.mapping(changing, depth)} if changing else {**same}


def _of_field(value: Any, depth: int) -> Any:
    """Stand for what cleans the value of a field, which depends on the name beside it."""
    raise NotImplementedError


class Lenient(Walk):
    """A walk that cuts and converts what another one does not take."""

    def _unfit(self, value: Any) -> Any:
        if isinstance(value, str):
            text = self._text(self._beginning(value))
            return _cut(text, self._limit) if self._is_long(text) else text
        if isinstance(value, (dict, list, tuple)):
            return json_values.CUT
        return self.value(json_values.mapping({"": value}, **json_values.CONTEXT)[""])


def _plain(value: Any) -> Any:
    return value if isinstance(value, dict) or not isinstance(value, Mapping) else dict(value)


def _cut(text: str, limit: int) -> str:
    """Return the beginning of a text, of at most `limit` bytes."""
    return (
        text.encode("utf-8", "replace")[: max(limit - len(json_values.CUT), 0)].decode(errors="ignore")
        + json_values.CUT
    )


def _another(name: str, names: Event) -> str:
    """Return a name that is not there yet."""
    if f"{name}_" not in names:
        return f"{name}_"
    number = len(names)
    while f"{name}_{number}" in names:
        number += 1
    return f"{name}_{number}"


def _is_moment(value: Any) -> bool:
    """Return whether a value is a moment that can be told in UTC: those at the ends of the calendar need not be."""
    return isinstance(value, datetime.datetime) and datetime.MINYEAR < value.year < datetime.MAXYEAR


def _text(when: datetime.datetime) -> str:
    """Return a moment as sentry-sdk writes it."""
    if when.tzinfo is not datetime.UTC:
        when = when.astimezone(datetime.UTC)
    return f"{when.isoformat(timespec='microseconds')[:26]}Z"


def _keep_sampling(event: Event, cleaned: Event) -> None:
    """Keep the public key and the release in what sentry-sdk moves from the event into the header of the envelope."""
    contexts = event.get("contexts")
    trace = contexts.get("trace") if isinstance(contexts, dict) else None
    sampling = trace.get("dynamic_sampling_context") if isinstance(trace, dict) else None
    for key in ("public_key", "release"):
        if isinstance(sampling, dict) and key in sampling:
            cleaned["contexts"]["trace"]["dynamic_sampling_context"][key] = sampling[key]
