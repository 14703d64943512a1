"""Events, transactions and check-ins, part by part, and breadcrumbs."""

from typing import Any

from ...config.options import Options
from ...objects import json_values
from ...objects.cache import Cache
from ...objects.ready_json import copy_json
from ...secret_keys.denylist import MAX_KEY, Keys
from . import new_texts, parameters, recurring_secrets, request_data
from .budget import Budget, shortened, work
from .key_rules import KeyRules
from .plain_breadcrumbs import PlainBreadcrumbs
from .text_cleaner import MAX_KNOWN, Texts
from .walker import SOURCE, Clean, Table, Unfit, as_dict

Event = dict[str, Any]

LONG_PARTS = ("exception", "threads", "contexts", "extra", "spans", "breadcrumbs")


class EventWalk(KeyRules):
    """One for all events, until more secrets are known; it remembers what is left of places in the code, too.

    It takes JSON as it is and raises `Unfit` where it finds something else; `Lenient` makes JSON of everything.
    """

    def __init__(self, options: Options, keys: Keys, texts: Texts) -> None:
        super().__init__(options, keys, texts)
        self._with_address = "ip" not in options.personal
        # What is remembered is copied where a hook may change it.
        self._is_hooked = bool(options.before_send or options.before_send_transaction)
        # Not where an operator wants them hidden as a whole.
        self._with_source = all(self._entry(key, self._values)[1] == self._source for key in SOURCE)
        self._places: Cache[str, tuple[Event, Event]] = Cache(MAX_KNOWN)
        self._sdks: tuple[Any, Any] = None, None
        self._installed: tuple[Any, dict[str, str]] = None, {}
        self._special["frames"] = self._frames
        self.plain_breadcrumbs = PlainBreadcrumbs(texts, self.takes_any, options.max_value_length).plain
        """Of several breadcrumbs of log records, copies of those of which nothing is to be hidden, else None."""
        self._requests = Table({"data": self._body, "cookies": self._cookies}, self._request_rule)
        self._events = Table(
            {
                "request": self._request,
                "user": self._user,
                "exception": self._exceptions,
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

    def _unfit(self, value: Any) -> Any:  # noqa: ARG002  # another walk makes something of it
        raise Unfit

    def event(self, event: Event, secrets: list[str]) -> Event:
        """Return an event, a transaction or a check-in; add to `secrets` what was hidden wherever it stands in it."""
        new_texts.learn(event, self._texts)
        cuts = work.cuts
        cleaned: Event = self.mapping(_by_weight(event), table=self._events)
        recurring = recurring_secrets.found_in(event, cleaned, self._keys)
        if recurring:
            secrets += recurring
            cleaned = recurring_secrets.without_secrets(cleaned, recurring)
        if work.cuts > cuts and recurring_secrets.are_unknown(event, cleaned):
            cleaned = recurring_secrets.without_variables(cleaned)
        _keep_sampling(event, cleaned)
        return cleaned

    def installed(self, modules: dict[str, str]) -> dict[str, str]:
        """Return the installed packages, which are the same each time."""
        known, cleaned = self._installed
        if known is not modules:
            clean = self._texts.release
            cleaned = {clean(name): clean(version) for name, version in modules.items()}
            self._installed = modules, cleaned
        return dict(cleaned) if self._is_hooked else cleaned

    def breadcrumb(self, breadcrumb: Any) -> Any:
        """Return a breadcrumb; most messages of log records differ from others in their numbers only."""
        message = breadcrumb.get("message") if isinstance(breadcrumb, dict) else None
        if type(message) is str and message not in self._texts.known and self.takes_any("message"):
            left = self._texts.but_for_numbers(message)
            if left is not None and not self._is_long(left):
                return self.mapping({**breadcrumb, "message": None}) | {"message": left}
        return self.value(breadcrumb)

    def _request(self, request: Any, depth: int) -> Any:
        return self.mapping(request, depth, self._requests) if isinstance(request, dict) else self.value(request, depth)

    def _request_rule(self, key: str) -> Clean | None:
        return self._rule(key) or (self._url if key == "url" and not self._pii else None)

    def _body(self, data: Any, depth: int) -> Any:
        return self.value(data if self._with_body or data in request_data.NO_BODY else request_data.blank(data), depth)

    def _cookies(self, cookies: Any, depth: int) -> Any:
        # All cookies are secret by their key; where they are opened, those of a secret name remain so.
        return self.value(cookies if self._pii else request_data.blank_pairs(cookies), depth)

    def _url(self, url: Any, depth: int) -> Any:
        return self.value(request_data.url(self._beginning(url)) if isinstance(url, str) else url, depth)

    def _user(self, user: Any, depth: int) -> Any:
        if not self._pii:
            return self.value(request_data.user(as_dict(user)), depth)
        # An address that is none would be an error for Sentry.
        is_shown = self._with_address or not isinstance(user, dict)
        return self.value(user if is_shown else {key: user[key] for key in user if key != "ip_address"}, depth)

    def _logentry(self, entry: Any, depth: int) -> Any:
        cleaned = self.value(entry, depth)
        if isinstance(entry, dict) and entry.get("params") and isinstance(cleaned, dict):
            text, left = entry.get("formatted"), cleaned.get("formatted")
            if not text:
                text = parameters.formatted(entry)
                left = self._text(text)
            cleaned["params"] = parameters.without_hidden(cleaned["params"], text, left)
        return cleaned

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
            cuts, cleaned = work.cuts, self.value(sdk, depth)
            if work.cuts > cuts:
                return cleaned
            self._sdks = copy_json(sdk), cleaned
        return copy_json(cleaned) if self._is_hooked else cleaned

    def _exceptions(self, part: Any, depth: int) -> Any:
        values = part.get("values") if isinstance(part, dict) else None
        if not isinstance(values, list):
            return self.value(part, depth)
        # What was raised last is the last of them. Their texts come before their frames, which are more.
        stacks = [
            {key: value[key] for key in ("stacktrace", "raw_stacktrace") if key in value} if type(value) is dict else {}
            for value in values
        ]
        heads = [
            {key: value[key] for key in value if key not in stack} if stack else value
            for value, stack in zip(values, stacks, strict=True)
        ]
        depth -= 2
        cleaned = [self.value(head, depth) for head in reversed(heads)]
        for left, stack in zip(cleaned, reversed(stacks), strict=True):
            if stack:
                left.update(self.mapping(stack, depth))
        return self.mapping({**part, "values": None}) | {"values": cleaned[::-1]}

    def _meta(self, meta: Any, depth: int) -> Any:
        """Return sentry-sdk's remarks on values, by their keys."""
        if not isinstance(meta, dict) or depth <= 0:
            return self.value(meta, depth)
        # A header that the SDK left out is `[Filtered]` like others, and no more what it remarked on.
        clean = self._text
        return {clean(str(key)): self._meta(inner, depth - 1) for key, inner in meta.items() if key != "headers"}

    def _breadcrumbs(self, part: Any, depth: int) -> Any:
        values = part.get("values") if isinstance(part, dict) else None
        if not isinstance(values, list):
            return self.value(part, depth)
        if not values and len(part) == 1:
            return {"values": []}
        cleaned, budget = [], Budget()
        for value in reversed(values):
            is_cut = budget.is_spent and isinstance(value, dict)
            cleaned.append(self.breadcrumb(shortened(value) if is_cut else value))
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

    def _frames(self, value: Any, depth: int) -> Any:
        if not isinstance(value, (list, tuple)):
            return self.value(value, depth)
        # The innermost first: where there is too much, more of these is left.
        return [self._frame(frame, depth) for frame in reversed(value)][::-1]

    def _frame(self, frame: Any, depth: int) -> Any:
        """Return a frame; what is the same each time its line is reached is cleaned once."""
        if not isinstance(frame, dict):
            return self.value(frame, depth)
        place = {**frame}
        changing = {"vars": place.pop("vars")} if "vars" in place else {}
        name, places = f"{place.get('abs_path')}:{place.get('lineno')}", self._places
        remembered, cleaned = places.get(name) or (None, {})
        if remembered != place and work.is_over:
            return self.mapping({key: part for key, part in place.items() if key not in SOURCE}, depth)
        if remembered != place:
            cuts, cleaned = work.cuts, self._place(place, depth)
            if work.cuts == cuts:
                places.add(name, (copy_json(place), cleaned))
        same = copy_json(cleaned) if self._is_hooked else cleaned
        return {**same, **self.mapping(changing, depth)} if changing else {**same}

    def _place(self, place: Event, depth: int) -> Any:
        """Return a frame without its variables; the lines of source of most are clean, which is seen at once."""
        before, line, after = map(place.get, SOURCE)
        if not (self._with_source and type(before) is list and type(after) is list):
            return self.mapping(place, depth)
        if not self._texts.are_plain_sources([*before, line, *after]):
            return self.mapping(place, depth)
        rest = {**place}
        for part in SOURCE:
            del rest[part]
        return self.mapping(rest, depth) | dict(zip(SOURCE, ([*before], line, [*after]), strict=True))


class Lenient(EventWalk):
    """A walk that cuts and converts what another one does not take."""

    def _unfit(self, value: Any) -> Any:
        if isinstance(value, str):
            text = self._text(self._beginning(value))
            return _cut(text, self._limit) if self._is_long(text) else text
        if isinstance(value, (dict, list, tuple)):
            return json_values.CUT
        return self.value(json_values.mapping({"": value}, **json_values.CONTEXT)[""])


def _by_weight(event: Event) -> Event:
    """Return an event with those parts last that may be long: of what comes last less is left, if it is too much."""
    ordered = event.copy()
    for part in LONG_PARTS:
        if part in ordered:
            ordered[part] = ordered.pop(part)
    return ordered


def _keep_sampling(event: Event, cleaned: Event) -> None:
    """Keep the public key and the release in what sentry-sdk moves from the event into the header of the envelope."""
    contexts = event.get("contexts")
    trace = contexts.get("trace") if isinstance(contexts, dict) else None
    sampling = trace.get("dynamic_sampling_context") if isinstance(trace, dict) else None
    for key in ("public_key", "release"):
        if isinstance(sampling, dict) and key in sampling:
            cleaned["contexts"]["trace"]["dynamic_sampling_context"][key] = sampling[key]


def _cut(text: str, limit: int) -> str:
    """Return the beginning of a text, of at most `limit` bytes."""
    return (
        text.encode("utf-8", "replace")[: max(limit - len(json_values.CUT), 0)].decode(errors="ignore")
        + json_values.CUT
    )
